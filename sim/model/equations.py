"""Do the equations of a model hang together? Names that nothing defines, brackets left open, a name defined twice.

A translator would stop at the first of these with a message of its own and no line; here each has its line and
the nearest name that exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.errors import Place, Problem
from sim.model.mdl_text import Entry
from sim.toml_values import nearest

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d]\w*(?:\s+\w+)*)(?P<call>\s*\()?"
    r"|(?P<word>:[A-Za-z ]+:)"
)
_OPEN = re.compile(r"[-+*/^=<>,]\s*\)|[-+*/^=<>]\s*$|\(\s*[*/^=<>,]")
_BUILT_IN = ("time",)


def plain(name: str) -> str:
    """A name as Vensim compares it: case, quotation marks and underscores for spaces do not count.

    >>> plain('"Idle_Land  Fraction"')
    'idle land fraction'
    """
    return " ".join(name.strip('"').replace("_", " ").lower().split())


def check_equations(found: Sequence[Entry], path: Path) -> Iterator[Problem]:
    """Problems of the equations of a model file, in the order of the file.

    >>> [problem.values["reference"] for problem in check_equations(_example("a = b + 1 ~~|"), Path("m.mdl"))]
    ['b']
    """
    known = {plain(entry.name): entry.name for entry in found} | {name: name for name in _BUILT_IN}
    known |= {plain(label): label for entry in found if entry.is_subscript for label in _elements(entry)}
    seen: dict[tuple[str, ...], int] = {}
    for entry in found:
        place = Place(path, entry.line)
        first = seen.setdefault((plain(entry.name), *map(plain, entry.subscripts), entry.excepted), entry.line)
        if first != entry.line:
            yield Problem(place, "model_twice", {"name": entry.name, "line": first})
        if entry.is_subscript:
            continue
        if not _is_closed(entry.right):
            yield Problem(place, "model_equation", {"name": entry.name})
        for name in dict.fromkeys([*entry.subscripts, *_references(entry.right)]):
            if plain(name) not in known:
                values = {"name": entry.name, "reference": name}
                yield Problem(place, "model_reference", values, nearest(name, known.values()))


def _references(right: str) -> Iterator[str]:
    """Names of variables and subscripts in an expression; what opens a bracket is a function or a lookup."""
    for token in _TOKEN.finditer(right):
        name = token["quoted"] or token["name"]
        if name and not token["call"]:
            yield " ".join(name.split())


def _is_closed(right: str) -> bool:
    """Whether brackets match and no operator stands at an end with nothing to act on."""
    depth: list[str] = []
    for character in right:
        if character in "([":
            depth.append(character)
        elif character in ")]" and (not depth or depth.pop() != {")": "(", "]": "["}[character]):
            return False
    return bool(right) and not depth and not _OPEN.search(right)


def _elements(entry: Entry) -> list[str]:
    """The elements of a range, those between the first and the last of ``(A1 - A9)`` too."""
    elements = [part.strip() for part in entry.right.split(",")]
    for part in list(elements):
        ends = re.fullmatch(r"\(\s*([^\W\d]\w*?)(\d+)\s*-\s*[^\W\d]\w*?(\d+)\s*\)", part)
        if ends:
            elements += [f"{ends[1]}{number}" for number in range(int(ends[2]), int(ends[3]) + 1)]
    return elements


def _example(text: str) -> Sequence[Entry]:
    from sim.model.mdl_text import entries

    return entries(text, Path("m.mdl"))
