"""A model file as plain text for translation: its own numbers and ranges, nothing bound, every entry at its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from sim.engine.inputs import Array, Grid
from sim.model.equations import plain
from sim.model.mdl_text import Entry
from sim.simulate.variables import CONTROLS, Described, equation_line

_MARK = "{UTF-8}"
_CONTROL = "\n" + "*" * 56 + "\n\t.Control\n" + "*" * 56 + "~\n\t\tSimulation Control Parameters\n\t|\n"


def own_text(found: Iterable[Entry], same: frozenset[str] = frozenset()) -> str:
    r"""Entries as a text that translators read; units and documentation are dropped, for text from strangers says
    nothing to an engine. Each entry stays at its line, but for the control section, which comes last.

    Parameters
    ----------
    same
        Plain names of ranges that are the same as another, written ``B <-> A``.

    >>> from pathlib import Path
    >>> from sim.model.mdl_text import entries
    >>> own_text(entries("\n\nx = 1 ~ km2 ~ Area. |", Path("m.mdl"))).splitlines()[:3]
    ['{UTF-8}', '', 'x = 1 ~ ~ |']
    """
    text, line = _MARK, 1
    controls = []
    for entry in found:
        if is_control(entry):
            controls.append(f"{entry.name}  = {' '.join(entry.right.split())}\n\t~\t\n\t~\t\n\t|\n")
            continue
        gap = max(0, entry.line - line)
        written = equation_line(entry)
        if entry.is_subscript and plain(entry.name) in same:
            written = f"{entry.name} <-> {entry.right}"
        text += "\n" * gap + f"{'' if gap else ' '}{written} ~ ~ |"
        line += gap
    return text + "\n" + (_CONTROL + "\n".join(controls) if controls else "")


def is_control(entry: Entry) -> bool:
    """Whether an entry is one of the four numbers that govern time, or stands among them."""
    return entry.group.lower() == "control" or plain(entry.name) in CONTROLS


@dataclass(frozen=True)
class Changes:
    """How a model differs from its file, for an engine that reads nothing but text.

    Parameters
    ----------
    given
        Variables whose equations are replaced by a constant.
    started
        By stock the name of a constant that gives its first value.
    tables
        By lookup its y, shape (*axes, points).
    """

    given: Sequence[Described] = ()
    started: Mapping[str, tuple[Described, str]] = field(default_factory=dict)
    tables: Mapping[str, tuple[Described, Array]] = field(default_factory=dict)


def changed_text(found: Iterable[Entry], same: frozenset[str], grid: Grid, changes: Changes) -> str:
    """The text of a model with another clock, and constants in the place of what is given from outside.

    The constants stand as 0: their numbers are set afterwards.

    Raises
    ------
    ValueError
        If a stock isn't written as INTEG (flow, first value).
    """
    numbers = (grid.start, grid.start + grid.steps * grid.step, grid.step, grid.every * grid.step)
    clock = dict(zip(CONTROLS, numbers, strict=True))
    given = {plain(variable.name) for variable in changes.given} | {plain(name) for name in changes.tables}
    started = {plain(name): made for name, (_, made) in changes.started.items()}
    kept = []
    for entry in found:
        key = plain(entry.name)
        if entry.is_subscript or key not in given | clock.keys() | started.keys():
            kept.append(entry)
        elif key in clock:
            kept.append(replace(entry, right=repr(clock[key])))
        elif key in started:
            subscripts = f"[{', '.join(entry.subscripts)}]" if entry.subscripts else ""
            kept.append(replace(entry, right=_started(entry, started[key] + subscripts)))
    kept += [_zero(variable.name, variable) for variable in changes.given]
    kept += [_zero(made, variable) for variable, made in changes.started.values()]
    for variable, values in changes.tables.values():
        kept += _table(variable, values)
    return own_text(kept, same)


def _zero(name: str, variable: Described) -> Entry:
    return Entry(_quoted(name), variable.axes, "=", "0", "", "", 0, "")


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"\w[\w ]*", name) else '"' + name.strip('"') + '"'


def _table(variable: Described, values: Array) -> Iterable[Entry]:
    for place in product(*(range(size) for size in variable.shape)):
        labels = tuple(names[number] for names, number in zip(variable.labels, place, strict=True))
        pairs = ",".join(f"({x!r},{float(y)!r})" for x, y in zip(variable.points, values[place], strict=True))
        yield Entry(_quoted(variable.name), labels, "(", f"({pairs})", "", "", 0, "")


def _started(entry: Entry, first: str) -> str:
    """The right side of a stock with another first value.

    >>> _started(Entry("x", (), "=", "INTEG (MAX(a, b), 3)", "", "", 1, ""), "x0")
    'INTEG (MAX(a, b), x0)'
    """
    match = re.fullmatch(r"(INTEG\s*\()(.*)\)", entry.right.strip(), re.IGNORECASE | re.DOTALL)
    depth, quoted, comma = 0, False, -1
    for place, character in enumerate(match[2] if match else ""):
        quoted ^= character == '"'
        depth += 0 if quoted else (character in "([") - (character in ")]")
        if character == "," and depth == 0 and not quoted:
            comma = place
    if match is None or comma < 0:
        raise ValueError(f"not INTEG: {entry.name}")
    return f"{match[1]}{match[2][:comma]}, {first})"
