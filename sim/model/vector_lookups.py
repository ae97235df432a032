"""VECTOR LOOKUP: a vector as the y of a lookup whose x lie at equal distances, read in the ways of Vensim's manual.

An x counts as that of a point within 1e-9 of the distance between two: it is worked out from the ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.model.algebra import Operand, Term, between, ceiling, floor, least, most, op, where
from sim.model.draft import Scope
from sim.model.equations import plain
from sim.model.ir import Expression, Index, Reduce, Ref
from sim.model.selections import Arguments, Write
from sim.model.syntax import Literal, Name
from sim.model.tables import NA

if TYPE_CHECKING:
    from sim.model.functions import Reader

_NEAR = 1e-9
_FUNCTION = "VECTOR LOOKUP"


@dataclass(frozen=True)
class Points:
    """The elements of a vector as points at 0, 1, … ``last``.

    Parameters
    ----------
    axis, over
        The loop over them, and its range.
    number
        The number of the element in the loop.
    """

    name: str
    before: tuple[Index, ...]
    axis: str
    over: str
    number: Term
    last: int

    def y(self, place: int) -> Term:
        """The y of one of them, from the end if the place is negative."""
        return Term(Ref(self.name, (*self.before, Index(None, (place % (self.last + 1),)))))

    @property
    def here(self) -> Term:
        """The y of the element that the loop is at."""
        return Term(Ref(self.name, (*self.before, Index(self.axis))))

    @property
    def following(self) -> Term:
        """The y of the one behind it; of the last, its own."""
        places = tuple(min(place + 1, self.last) for place in range(self.last + 1))
        return Term(Ref(self.name, (*self.before, Index(self.axis, places))))

    def over_all(self, body: Term, how: str = "sum") -> Term:
        """A sum over all of them, or the least."""
        return Term(Reduce(how, ((self.axis, self.over),), body.expression))  # type: ignore[arg-type]

    def at(self, place: Term) -> Term:
        """The y of the point at a whole number."""
        return self.over_all(where(op("equal", self.number, place), self.here, 0.0))


def _held(points: Points, place: Term) -> Term:
    away = op("absolute", least(float(points.last), most(0.0, place)) - points.number)
    return points.over_all(most(0.0, 1.0 - away) * points.here)


def _gone_on(points: Points, place: Term) -> Term:
    low = least(place, 0.0) * (points.y(1) - points.y(0))
    high = most(place - float(points.last), 0.0) * (points.y(-1) - points.y(-2))
    return _held(points, place) + (low + high)


def _backward(points: Points, place: Term) -> Term:
    return points.at(between(0.0, float(points.last), floor(place + _NEAR)))


def _forward(points: Points, place: Term) -> Term:
    return points.at(between(0.0, float(points.last), ceiling(place - _NEAR)))


def _area(points: Points, place: Term) -> Term:
    """From the first point on, in distances; inside, each y counts by the area under its part of the lines."""
    inside = between(0.0, float(points.last), place)
    reach = between(-1.0, 1.0, inside - points.number)
    rising, falling = (reach + 1.0) * (reach + 1.0) / 2.0, 1.0 - (1.0 - reach) * (1.0 - reach) / 2.0
    part = where(reach < 0.0, rising, falling) - where(points.number > 0.0, 0.0, 0.5)
    return points.over_all(part * points.here)


def _area_held(points: Points, place: Term) -> Term:
    before, past = least(place, 0.0), most(place - float(points.last), 0.0)
    return _area(points, place) + before * points.y(0) + past * points.y(-1)


def _area_gone_on(points: Points, place: Term) -> Term:
    before, past = least(place, 0.0), most(place - float(points.last), 0.0)
    more = before * before * (points.y(1) - points.y(0)) / 2.0 + past * past * (points.y(-1) - points.y(-2)) / 2.0
    return _area_held(points, place) + more


def _slope_gone_on(points: Points, place: Term) -> Term:
    """Of the line, in distances; at a point the mean of both sides."""
    last = float(points.last - 1)
    sides = (between(0.0, last, floor(place + _NEAR)), between(0.0, last, ceiling(place - _NEAR) - 1.0))
    rise = points.following - points.here
    rises = [points.over_all(where(op("equal", points.number, side), rise, 0.0)) for side in sides]
    return (rises[0] + rises[1]) / 2.0


def _slope(points: Points, place: Term) -> Term:
    outside = op("or", place < -_NEAR, place > points.last + _NEAR)
    return where(outside, 0.0, _slope_gone_on(points, place))


def _inverse(points: Points, y: Term) -> Term:
    """The smallest place that has a y; infinite if none has."""
    here, following = points.here, points.following
    inside = op("and", least(here, following) <= y, y <= most(here, following))
    flat = op("equal", here, following)
    share = where(flat, 0.0, (y - here) / where(flat, 1.0, following - here))
    return points.over_all(where(inside, points.number + share, float("inf")), "minimum")


Reading = Callable[[Points, Term], Term]
_READINGS: Mapping[int, Reading] = {0: _held, 2: _backward, 3: _gone_on, 4: _forward}
_AREAS: Mapping[int, Reading] = {1: _area_held, 7: _area_gone_on}
_SLOPES: Mapping[int, Reading] = {6: _slope, 9: _slope_gone_on}
_INVERT = 5
"""Modes: those that give a y, those times the distance, those by it, and the one that takes a y. Mode 8, INVERT with
lines that go on, has several answers, and the manual does not say which counts."""


def _look(read: Reader, arguments: Arguments, scope: Scope) -> Expression:
    vector = arguments[0]
    known = read.draft.known.get(plain(vector.name)) if isinstance(vector, Name) else None
    if known is None or not isinstance(vector, Name) or not known.axes or known.kind == "lookup":
        return read.draft.mistake(scope, "model_nothing_ranged", {"function": _FUNCTION})
    *before, named = read.index(known, vector.subscripts, scope)
    last = len(read.draft.ranges.labels[known.axes[-1]]) - 1
    mode = arguments[4].value if isinstance(arguments[4], Literal) else -1.0
    if mode not in (*_READINGS, *_AREAS, *_SLOPES, _INVERT) or named != Index(None, (0,)) or last < 1:
        return read.draft.missing(scope, f"{_FUNCTION}(…, mode)")
    argument, first, end = (Term(read.number(one, scope)) for one in arguments[1:4])
    following = read.along(known.axes[-1], scope)
    assert following is not None
    inner, axis = following
    number = Term(read.place_of(Index(axis.name), inner))
    points = Points(known.name, tuple(before), axis.name, axis.over, number, last)
    return _by_mode(int(mode), points, argument, first, end).expression


def _by_mode(mode: int, points: Points, argument: Term, first: Term, end: Term) -> Term:
    share: Operand = float(points.last)
    if mode == _INVERT:
        found = _inverse(points, argument)
        there = first + found / share * (end - first)
        return where(op("equal", found, float("inf")), Term(NA), there)
    place = (argument - first) / (end - first) * share
    if mode in _READINGS:
        return _READINGS[mode](points, place)
    distance = (end - first) / share
    return _AREAS[mode](points, place) * distance if mode in _AREAS else _SLOPES[mode](points, place) / distance


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Write]] = {_FUNCTION: ((5,), _look)}
"""By name the numbers of arguments that are possible and the translation."""
