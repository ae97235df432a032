"""The text of a model on its way to entries: notes taken out, macros written out, ranges made simple."""

from __future__ import annotations

from pathlib import Path

from sim.model.external import Files, put_numbers_in
from sim.model.macros import expand_macros, split_macros
from sim.model.mdl_text import Entry, entries, read_model_text, without_comments
from sim.model.subscripts import simple_ranges
from sim.model.xmile import Converted, is_xmile, xmile_to_vensim


def read_text(path: Path) -> Converted:
    """The text of a model file of any kind in Vensim's language, and the method of integration that it asks for.

    Raises
    ------
    InputError
        As :func:`sim.model.mdl_text.read_model_text` and :func:`sim.model.xmile.xmile_to_vensim`.
    """
    try:
        raw = path.read_bytes() if path.suffix.lower() != ".mdl" else b""
    except OSError:
        raw = b""  # the other reader says what is wrong with it
    if raw and is_xmile(path, raw):
        return xmile_to_vensim(raw, path)
    return Converted(read_model_text(path), "euler")


def read_entries(
    text: str, path: Path, files: Files | None = None
) -> tuple[tuple[Entry, ...], list[tuple[str, str]]]:
    """Entries of a model text that may hold the whole language, and the pairs of ranges that it declares the same.

    Parameters
    ----------
    files
        Where numbers that the text takes from files come from; without, such a text is refused.

    Raises
    ------
    InputError
        As :func:`sim.model.mdl_text.entries`, and for macros that don't fit their calls, and files that don't give what
        the model asks for.

    >>> found, same = read_entries(":MACRO: f(x) f = x * 2 ~~| :END OF MACRO: v = f(3) {six} + 1 ~~|", Path("m.mdl"))
    >>> [(entry.name, entry.right) for entry in found]
    [('"#v>f#"', '3 * 2'), ('v', '"#v>f#"       + 1')]
    """
    text, macros = split_macros(without_comments(text), path)
    text, same = simple_ranges(text)
    found = entries(text, path, whole=True, files=files is not None)
    if files is not None:
        found = put_numbers_in(found, same, path, files)
    return expand_macros(found, macros, path), same
