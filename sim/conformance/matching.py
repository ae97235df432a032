"""Which variable of a model a column of results is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.conformance.expected import Column, Expected
from sim.model.equations import plain
from sim.model.ir import Clocks
from sim.simulate.aligned import Refusal
from sim.simulate.columns import Target, target_of
from sim.simulate.params import find
from sim.simulate.variables import CONTROLS, Described

_RUN = re.compile(r"\s+:\s+[^:\[\]]*$")
"""The name of the run, which Vensim may write after the variable: ``stock : base``."""


_NUMBERS = re.compile(r"\s*([^\[\]]+?)\s*\[\s*(\d{1,9}(?:\s*,\s*\d{1,9})*)\s*\]\s*")


@dataclass(frozen=True)
class Match:
    """Columns by what they are about.

    Parameters
    ----------
    found
        Column, and the element of the model's variable.
    clocks
        Columns of the control section, and the model's number.
    unknown
        Names of columns for which the model has no variable.
    absent
        Variables of the model for which the file has no column; constants and lookups are not counted.
    """

    found: tuple[tuple[Column, Target], ...]
    clocks: tuple[tuple[Column, float], ...]
    unknown: tuple[str, ...]
    absent: tuple[str, ...]


def match(expected: Expected, variables: Mapping[str, Described], clocks: Clocks) -> Match:
    """Give each column its variable; case, quotation marks, blanks and underscores in names don't count."""
    controls = dict(zip(CONTROLS, (clocks.start, clocks.end, clocks.step, clocks.saveper), strict=True))
    found: list[tuple[Column, Target]] = []
    timed: list[tuple[Column, float]] = []
    unknown: list[str] = []
    for column in expected.columns:
        name = _RUN.sub("", column.name)
        target = _target((column.name, name), variables)
        if plain(name) in controls:
            timed.append((column, controls[plain(name)]))
        elif target is not None:
            found.append((column, target))
        elif plain(name) != "time":
            unknown.append(column.name)
    seen = {target.variable.name for _, target in found}
    absent = [v.name for v in variables.values() if v.kind not in ("constant", "lookup") and v.name not in seen]
    return Match(tuple(found), tuple(timed), tuple(unknown), tuple(absent))


def _numbered(name: str, variables: Mapping[str, Described]) -> Target | None:
    """The element that numbers in brackets mean by their places from 1, as XMILE allows; nothing for other names.

    >>> _numbered("x[2]", {"x": Described("x", "stock", ("park",), (("A", "B"),))}).labels
    ('B',)
    """
    parts = _NUMBERS.fullmatch(name)
    variable = find(parts[1], variables) if parts else None
    if parts is None or not isinstance(variable, Described):
        return None
    places = [int(number) - 1 for number in parts[2].split(",")]
    if len(places) != len(variable.labels):
        return None
    if not all(0 <= place < len(labels) for place, labels in zip(places, variable.labels, strict=True)):
        return None
    return Target(variable, tuple(labels[place] for place, labels in zip(places, variable.labels, strict=True)))


def _target(names: Sequence[str], variables: Mapping[str, Described]) -> Target | None:
    """The element that the first of the names means that means one."""
    for name in names:
        try:
            target: Target | None = target_of(name.replace("][", ","), variables)
        except Refusal:
            target = _numbered(name, variables)
        if target is None:
            continue
        if target.labels or target.variable.cells == 1:
            return target
    return None
