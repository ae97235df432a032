"""The text of a model on its way to entries: notes taken out, macros written out, ranges made simple."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from sim.errors import InputError
from sim.model.converted import Converted, is_xmile
from sim.model.external import Files, NumbersMissingError, put_numbers_in
from sim.model.findings import OF_ANY_NUMBERS, each_once
from sim.model.macros import expand_macros, split_macros
from sim.model.mdl_text import MAX_BYTES, Checked, Entry, checked_entries, read_model_text, without_comments
from sim.model.subscripts import simple_ranges


def read_text(path: Path) -> Converted:
    """The text of a model file of any kind in Vensim's language, and the method of integration that it asks for.

    Raises
    ------
    InputError
        As :func:`sim.model.mdl_text.read_model_text` and :func:`sim.model.xmile.xmile_to_vensim`.
    """
    try:
        raw = path.read_bytes()
    except OSError:
        return Converted(read_model_text(path), "euler")  # says what is wrong with it
    if path.suffix.lower() != ".mdl" and is_xmile(path, raw):
        from sim.model.xmile import xmile_to_vensim  # a language of its own, with its parser

        return xmile_to_vensim(raw, path)
    other = _of_other_encoding(raw) if len(raw) <= MAX_BYTES else None
    return Converted(read_model_text(path) if other is None else other.replace("\r\n", "\n"), "euler")


_CHINESE = re.compile(r"[\x00-\x7f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2027]*")

_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
"""What no text holds: characters of control, and what could not be decoded."""


def _of_other_encoding(raw: bytes) -> str | None:
    """A text that is not UTF-8: UTF-16 by its mark, or without one if it then reads as a model; GB18030 if it then is
    Chinese, else that of western systems.

    >>> _of_other_encoding("价格 = 1".encode("gb18030")), _of_other_encoding("café = 1".encode("cp1252"))
    ('价格 = 1', 'café = 1')
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw:
        texts = (raw.decode(encoding, errors="replace") for encoding in ("utf-16-le", "utf-16-be"))
        return next((text for text in texts if "~" in text and "|" in text and not _NO_TEXT.search(text)), None)
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        return None
    try:
        chinese = raw.decode("gb18030")
    except UnicodeDecodeError:
        chinese = "\ufffd"
    return chinese if _CHINESE.fullmatch(chinese) else raw.decode("cp1252", errors="replace")


def read_entries(text: str, path: Path, files: Files | None = None) -> tuple[tuple[Entry, ...], list[tuple[str, str]]]:
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
    checked, same = checked_text(text, path, files)
    if checked.problems:
        raise InputError(checked.problems)
    return checked.entries, same


def checked_text(text: str, path: Path, files: Files | None = None) -> tuple[Checked, list[tuple[str, str]]]:
    """As :func:`read_entries`, but with mistakes of single entries beside the entries.

    Raises
    ------
    InputError
        Where macros or ranges can't be read: nothing can be said of the rest without them.
    """
    text, macros = split_macros(without_comments(text), path)
    text, same = simple_ranges(text)
    checked = checked_entries(text, path, whole=True, files=files is not None)
    found, problems, known = checked.entries, checked.problems, True
    try:
        if files is not None:
            try:
                found = put_numbers_in(found, same, path, files)
            except NumbersMissingError as error:
                found, problems, known = error.entries, (*problems, *error.problems), False
        found = expand_macros(found, macros, path)
    except InputError as error:
        more = [problem for problem in error.problems if known or problem.code in OF_ANY_NUMBERS]
        raise InputError(each_once([*problems, *more], checked.lost)) from None
    return replace(checked, entries=found, problems=problems, known=known), same
