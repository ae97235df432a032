"""A term as a sum of named parts: by region and league, level, industry, pollutant; the parts add up to the term."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim import dims
from sim.explain.elements import Board, Elements
from sim.explain.terms import ADDING, COUNTING
from sim.targets.array import Values
from sim.targets.interpret import Interpreter
from sim.targets.quantity import Quantity
from sim.targets.syntax import FLAGS, Call, LabelTest, Name, Node, Select, swapped, walk

CLOSE = 1e-9
"""Relative difference up to which parts add up: sums in another order differ in their last digits."""

_ORDER = {
    "region": dims.REGIONS, "park_league": dims.LEAGUES, dims.LEAGUE: dims.LEAGUES, "level": dims.LEVELS,
    dims.INDUSTRY: dims.INDUSTRIES, dims.POLLUTANT: dims.POLLUTANTS, dims.TIER: dims.TIERS,
}  # fmt: skip
_KINDS = ("level", dims.TIER, dims.INDUSTRY, dims.POLLUTANT)
_LEAGUES = ("park_league", dims.LEAGUE)


@dataclass(frozen=True)
class Part:
    """A part of a term.

    Parameters
    ----------
    kind, label
        Kind of its label and the label itself.
    within
        Label of the part that it belongs to, as a league to its region; "" for a part of the whole.
    base, value
        What it adds in 2015 and in the target's year.
    elements
        How many elements it has in the target's year.
    """

    kind: str
    label: str
    within: str
    base: float | None
    value: float
    elements: int


@dataclass(frozen=True)
class Breakdown:
    """A term by one kind of label.

    Parameters
    ----------
    by
        ``place`` (regions with their leagues), ``level``, ``industry``, ``pollutant``, ``tier``.
    total
        What the parts add up to: the term; of a share the number of elements that are counted.
    through
        The output whose elements were added up, where the term's own has no such labels.
    """

    by: str
    parts: tuple[Part, ...]
    total: float
    through: str = ""

    @property
    def whole(self) -> tuple[Part, ...]:
        """The parts that add up to the term."""
        return tuple(part for part in self.parts if not part.within)


def operand(interpreter: Interpreter, term: Node) -> Quantity | None:
    """What a term is taken of, element by element; ``None`` for a bare number."""
    if not isinstance(term, Call):
        return None
    if term.function in COUNTING:
        members = interpreter.members
        return Quantity(members.is_zone if term.function == "zones" else members.live)
    return interpreter.quantity(term.operands[0])


def breakdowns(interpreter: Interpreter, board: Board, term: Node, year: int, base: int | None) -> list[Breakdown]:
    """Every way in which a term falls into parts, in the target's year.

    Parameters
    ----------
    base
        The year to compare with, if the record has it.
    """
    q = operand(interpreter, term)
    if q is None or not isinstance(term, Call) or term.function not in (*ADDING, *COUNTING):
        return []
    found = list(_of(q, board, term.function, year, base))
    finer = by_industry(interpreter, board, term) if term.function == "sum" else None
    if finer is not None and all(one.by != dims.INDUSTRY for one in found):
        through = _of(finer[0], board, "sum", year, base)
        found += [replace(one, through=finer[1]) for one in through if one.by == dims.INDUSTRY]
    return found


def _of(q: Quantity, board: Board, function: str, year: int, base: int | None) -> Iterator[Breakdown]:
    now = board.flat(q, year)
    before = None if base is None else board.flat(q, base)
    scales = [1.0 / max(len(one), 1) if function == "mean" and one is not None else 1.0 for one in (now, before)]
    total = float(now.values.sum()) * scales[0]
    place = _place(now, before, scales)
    if len(place) > 1:
        yield Breakdown("place", tuple(place), total)
    for kind in _KINDS:
        if kind in now.labels:
            parts = parts_of(kind, now, before, scales)
            if len(parts) > 1:
                yield Breakdown(kind, tuple(parts), total)


def _place(now: Elements, before: Elements | None, scales: Sequence[float]) -> list[Part]:
    league = next((kind for kind in _LEAGUES if kind in now.labels), "")
    if not league or "region" not in now.labels:
        return []
    found: list[Part] = []
    for region in parts_of("region", now, before, scales):
        inside = [None if one is None else one.only("region", region.label) for one in (now, before)]
        assert inside[0] is not None
        found.append(region)
        found += parts_of(league, inside[0], inside[1], scales, region.label)
    return found


def parts_of(
    kind: str, now: Elements, before: Elements | None, scales: Sequence[float] = (1.0, 1.0), within: str = ""
) -> list[Part]:
    """Sums by label, in the usual order of the labels."""
    present = {str(label) for one in (now, before) if one is not None for label in one.labels[kind]}
    order = [label for label in _ORDER.get(kind, ()) if label in present]
    found = []
    for label in (*order, *sorted(present - set(order))):
        mine = now.values[now.labels[kind] == label]
        then = None if before is None else before.values[before.labels[kind] == label]
        base = None if then is None else float(then.sum()) * scales[1]
        found.append(Part(kind, label, within, base, float(mine.sum()) * scales[0], len(mine)))
    return found


def by_industry(interpreter: Interpreter, board: Board, term: Call) -> tuple[Quantity, str] | None:
    """What a sum is taken of, by industry, with the output that gives it; "" for its own.

    A sum of an output without industries is taken through one that has them and adds up to it, park by park.
    """
    q = operand(interpreter, term)
    if q is None or dims.INDUSTRY in q.elements:
        return None if q is None else (q, "")
    inner, record = term.operands[0], board.record
    names = {node.name for node in walk(inner) if isinstance(node, Name) and node.name in record.outputs}
    if len(names) != 1 or any(isinstance(node, Call) for node in walk(inner)):
        return None
    (name,) = names
    whole = record.outputs[name]
    if whole.names != {dims.RUN, dims.PARK, dims.TIME}:
        return None
    for other, array in record.outputs.items():
        if array.names == whole.names | {dims.INDUSTRY} and other not in record.levels:
            finer = _finer(other, array.over(np.sum, [dims.INDUSTRY]).values, whole.values, board)
            if finer is not None:
                return interpreter.quantity(swapped(inner, _named(inner, name), finer)), other
    return None


def _named(node: Node, name: str) -> Node:
    return next(one for one in walk(node) if isinstance(one, Name) and one.name == name)


def _finer(other: str, total: Values, whole: Values, board: Board) -> Node | None:
    """The finer output in place of the one that it adds up to, over all industries or all but services."""
    if np.allclose(total, whole, rtol=CLOSE, atol=0.0):
        return Name(other)
    labels = board.record.labels[dims.INDUSTRY].values.ravel().astype(str)
    values = board.record.outputs[other].inner((dims.INDUSTRY,))
    material = values[..., np.isin(labels, dims.MATERIAL)].sum(axis=-1)
    if np.allclose(material.ravel(), whole.ravel(), rtol=CLOSE, atol=0.0):
        return Select(Name(other), LabelTest(dims.INDUSTRY, dims.INDUSTRIES[-1], equal=False))
    return None


def adds_up(parts: Sequence[Part], whole: float) -> bool:
    """Whether parts of the whole add up to it.

    >>> adds_up([Part("level", "national", "", None, 1.0, 1), Part("level", "regional", "", None, 2.0, 1)], 3.0)
    True
    """
    total = math.fsum(part.value for part in parts if not part.within)
    return math.isclose(total, whole, rel_tol=CLOSE, abs_tol=CLOSE)


def flags_in(node: Node) -> list[str]:
    """Conditions on parks that an expression names.

    >>> flags_in(Select(Name("iva"), Name("key24")))
    ['key24']
    """
    return [part.name for part in walk(node) if isinstance(part, Name) and part.name in FLAGS]
