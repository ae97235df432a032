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
from sim.nearest import nearest

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"'
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[^\W\d][\w$']*(?:\s+[\w$']+)*)(?P<call>\s*\()?"
    r"|(?P<word>:[A-Za-z ]+:)"
)
_OPEN = re.compile(r"[-+*/^=<>,]\s*\)|[-+*/^=<>]\s*$|\(\s*[*/^=<>,]")
_BUILT_IN = ("time",)
_KEEPS = re.compile(r"\b(INTEG|INITIAL|SMOOTH\w*|DELAY\w*|TREND|FORECAST|SAMPLE IF TRUE)\b", re.IGNORECASE)
"""Functions that remember: what they take does not have to be known at the same moment."""


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
        if not _is_closed(entry.right) and not (entry.is_data and not entry.right):
            yield Problem(place, "model_equation", {"name": entry.name})
        for name in dict.fromkeys([*entry.subscripts, *references(entry.right)]):
            if plain(name) not in known:
                values = {"name": entry.name, "reference": name}
                yield Problem(place, "model_reference", values, nearest(name, known.values()))
    for code, needs in (("model_loop", _variables_needed(found)), ("model_range_loop", _ranges_within(found))):
        for circle in _circles(needs):
            line = next(entry.line for entry in found if plain(entry.name) == circle[0])
            yield Problem(Place(path, line), code, {"circle": " → ".join(circle)})


def _variables_needed(found: Sequence[Entry]) -> dict[str, set[str]]:
    """By variable the variables whose value it takes at the same moment."""
    needs: dict[str, set[str]] = {plain(entry.name): set() for entry in found if not entry.is_subscript}
    for entry in found:
        if not entry.is_subscript and not _KEEPS.search(entry.right):
            needs[plain(entry.name)] |= {plain(name) for name in references(entry.right)} & needs.keys()
    return needs


def _ranges_within(found: Sequence[Entry]) -> dict[str, set[str]]:
    """By subscript range the ranges among its elements."""
    names = {plain(entry.name) for entry in found if entry.is_subscript}
    return {
        plain(entry.name): {plain(label) for label in _elements(entry)} & names for entry in found if entry.is_subscript
    }


def _circles(needs: dict[str, set[str]]) -> Iterator[list[str]]:
    """Names that need each other, each circle once, its first name at both ends.

    >>> list(_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}}))
    [['b', 'c', 'b']]
    """
    done: set[str] = set()
    for first in needs:
        trail, waiting = [first], [sorted(needs[first])]
        while waiting and first not in done:
            if not waiting[-1]:
                waiting.pop()
                done.add(trail.pop())
                continue
            name = waiting[-1].pop()
            if name in trail:
                yield [*trail[trail.index(name) :], name]
            elif name not in done:
                trail.append(name)
                waiting.append(sorted(needs[name]))


def references(right: str, calls: bool = False) -> Iterator[str]:
    """Names of variables and subscripts in an expression; with ``calls`` also what opens a bracket: functions, lookups.

    >>> list(references("MAX(a, stock level[park] * 2)")), list(references("table(x)", calls=True))
    (['a', 'stock level', 'park'], ['table', 'x'])
    """
    for token in _TOKEN.finditer(right):
        name = token["quoted"] or token["name"]
        if name and (calls or not token["call"]):
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
