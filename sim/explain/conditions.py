"""The elements that a term counts or picks: which pass, which are nearest to the bar, and on what each hangs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from sim import dims
from sim.explain.elements import Board, Elements, Floats
from sim.explain.terms import written
from sim.targets.array import Array
from sim.targets.distance import distance
from sim.targets.interpret import Interpreter
from sim.targets.quantity import Quantity
from sim.targets.syntax import Binary, Call, Name, Node, Select

_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class Bar:
    """One side that a number must keep to: ``sign`` stands between the number and the bar."""

    sign: str
    node: Node


@dataclass(frozen=True)
class Test:
    """One condition of those that an element must meet.

    Parameters
    ----------
    node
        The number that is tested, or the whole condition where no number decides.
    bars
        What it is held against; empty where no number decides.
    """

    node: Node
    bars: tuple[Bar, ...]

    @property
    def text(self) -> str:
        """The number as an expression."""
        return written(self.node)


@dataclass(frozen=True)
class Measured:
    """A test of one element: its number, the bars, and whether it holds."""

    value: float | None
    bars: tuple[float, ...]
    holds: bool


@dataclass(frozen=True)
class Element:
    """An element against its conditions in the target's year.

    Parameters
    ----------
    labels
        Its labels by dimension, such as ``{"park": "P04"}`` or ``{"league": "ordos", "industry": "metals"}``.
    holds
        Whether it is counted.
    distance
        How far the number on which this hangs is from its bar, as a part of the bar; positive where it is counted,
        infinite where no number decides.
    since
        The year from whose end on it is counted, to that year or the record's end; ``None`` if it is not counted later.
    """

    labels: dict[str, str]
    holds: bool
    distance: float
    since: int | None
    tests: tuple[Measured, ...]

    @property
    def park(self) -> str:
        """Its park; "" where it is none."""
        return self.labels.get(dims.PARK, "")


@dataclass(frozen=True)
class Tally:
    """What a term counts.

    Parameters
    ----------
    tests
        The conditions, in the order of the expression.
    elements
        Those that take part: first those that are counted, the farthest from their bar first.
    passing
        By test how many elements meet it.
    """

    tests: tuple[Test, ...]
    elements: tuple[Element, ...]
    passing: tuple[int, ...]

    @property
    def counted(self) -> tuple[Element, ...]:
        """The elements that are counted."""
        return tuple(one for one in self.elements if one.holds)

    @property
    def others(self) -> tuple[Element, ...]:
        """The elements that are not, the nearest to their bar first."""
        return tuple(one for one in self.elements if not one.holds)


def tally(interpreter: Interpreter, board: Board, term: Call, year: int) -> Tally | None:
    """The elements of a condition that is counted; ``None`` for another term."""
    if term.function not in ("count", "share", "all"):
        return None
    node = term.operands[0]
    whole = interpreter.quantity(node)
    if not whole.elements:
        return None
    tests = tuple(_merged(list(_tests(interpreter, node))))
    now, since = board.flat(whole, year), _since(board, whole, year)
    apart = distance(interpreter, node)

    def flat(array: Array) -> Floats:
        return board.flat(Quantity(_spread(array, whole), whole.mask), year).values

    signed = flat(apart.signed)
    measured = [_measured(interpreter, test, whole, flat) for test in tests]
    found = [
        Element(
            _labels(now, at), bool(now.values[at] > 0.5), float(signed[at]), since[at],
            tuple(one[at] for one in measured),
        )
        for at in range(len(now))
    ]
    found.sort(key=lambda one: (not one.holds, -one.distance))
    return Tally(tests, tuple(found), tuple(sum(one.holds for one in each) for each in measured))


def _since(board: Board, whole: Quantity, year: int) -> list[int | None]:
    """By element that takes part in a year: since when it has been counted, else when it first is later."""
    by_year = {}
    for one in board.years:
        held = board.spread(whole.numbers, whole.elements, one) > 0.5
        there = True if whole.mask is None else board.spread(whole.mask, whole.elements, one) > 0
        by_year[one] = (held & there).ravel()
    now = by_year[year]
    taking = np.ones(now.shape) if whole.mask is None else board.spread(whole.mask, whole.elements, year).ravel()
    earlier, later = [one for one in board.years if one <= year][::-1], [one for one in board.years if one > year]
    found: list[int | None] = []
    for at in np.flatnonzero(taking > 0):
        if now[at]:
            unbroken = takewhile(lambda one, at=at: bool(by_year[one][at]), earlier)  # type: ignore[misc]
            found.append(min(unbroken))
        else:
            found.append(next((one for one in later if by_year[one][at]), None))
    return found


def _labels(elements: Elements, at: int) -> dict[str, str]:
    return {dim: str(elements.labels[dim][at]) for dim in elements.dims}


def _spread(array: Array, like: Quantity) -> Array:
    """An array with all elements of a quantity, for one that lacks some of its dims."""
    return Array(array.names | like.data.names, np.broadcast_to(
        array.values, np.broadcast_shapes(array.values.shape, like.data.values.shape)))  # fmt: skip


def _tests(interpreter: Interpreter, node: Node) -> Iterator[Test]:
    """The conditions that must hold together."""
    opened = interpreter.opened(node)
    match opened:
        case Binary(operator="and"):
            yield from _tests(interpreter, opened.left)
            yield from _tests(interpreter, opened.right)
        case Select():
            yield from _tests(interpreter, opened.value)
        case Binary(operator=operator) if operator in _TURNED:
            left, right = interpreter.quantity(opened.left), interpreter.quantity(opened.right)
            if not left.elements and right.elements:  # 500 < x: the bar stands on the left
                yield Test(opened.right, (Bar(_TURNED[operator], opened.left),))
            else:
                yield Test(opened.left, (Bar(operator, opened.right),))
        case _:
            yield Test(node, ())


def _merged(tests: Sequence[Test]) -> Iterator[Test]:
    """Two bars of the same number are one test."""
    by_number: dict[str, Test] = {}
    for test in tests:
        known = by_number.get(test.text)
        by_number[test.text] = test if known is None else Test(test.node, (*known.bars, *test.bars))
    yield from by_number.values()


def _measured(interpreter: Interpreter, test: Test, whole: Quantity, flat: object) -> list[Measured]:
    """The test of every element."""
    assert callable(flat)
    value = interpreter.quantity(test.node)
    if not test.bars:
        return [Measured(None, (), bool(one > 0.5)) for one in flat(value.numbers)]
    values = flat(value.numbers)
    bars = [flat(interpreter.quantity(bar.node).numbers) for bar in test.bars]
    held = [
        flat(interpreter.quantity(Binary(bar.sign, test.node, bar.node)).numbers) > 0.5 for bar in test.bars
    ]
    return [
        Measured(
            float(values[at]) if math.isfinite(values[at]) else None,
            tuple(float(bar[at]) for bar in bars),
            all(bool(one[at]) for one in held),
        )
        for at in range(len(values))
    ]


@dataclass(frozen=True)
class Candidate:
    """An element that a largest, smallest or n-th value is picked from, or a label whose sum is."""

    label: str
    kind: str
    value: float
    picked: bool


def candidates(interpreter: Interpreter, board: Board, term: Call, year: int) -> list[Candidate]:
    """What a term picks from, the largest first; empty for a term that picks nothing."""
    if term.function not in ("max", "min", "nth", "max_per"):
        return []
    q = interpreter.quantity(term.operands[0])
    now = board.flat(q, year)
    if not len(now):
        return []
    if term.function == "max_per":
        kind = str(term.option)
        labels = now.labels.get(kind)
        if labels is None:
            return []
        sums = {str(one): float(now.values[labels == one].sum()) for one in np.unique(labels) if one}
        listed = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
        return [Candidate(label, kind, value, value == listed[0][1]) for label, value in listed]
    kind = now.dims[-1] if len(now.dims) == 1 else ""
    names = [", ".join(_labels(now, at).values()) for at in range(len(now))]
    order = np.argsort(-now.values, kind="stable")
    rank = {"max": 0, "min": len(order) - 1}.get(term.function, int(term.option or 1) - 1)
    return [
        Candidate(names[int(at)], kind, float(now.values[at]), place == min(rank, len(order) - 1))
        for place, at in enumerate(order)
    ]


def of_picked(interpreter: Interpreter, term: Call, picked: Candidate) -> Node | None:
    """The value of the picked element alone, as an expression that gives one number a year; ``None`` if it can't be.

    Every sum over other dimensions inside is taken of the picked element: ``max(change(sum(x, park)))`` of a
    pollutant becomes ``change(sum(x[pollutant == "SO2"]))``.
    """
    from sim.targets.syntax import LabelTest

    if term.function == "max_per" or not picked.kind:
        return None
    test = LabelTest(picked.kind, picked.label, equal=True)

    def narrowed(node: Node) -> Node:
        node = interpreter.opened(node)
        if not interpreter.quantity(node).elements or isinstance(node, Name):
            return node
        if isinstance(node, Call) and node.function == "sum" and node.option is not None:
            return Call("sum", (Select(node.operands[0], test),))
        if isinstance(node, Call):
            return Call(node.function, tuple(narrowed(one) for one in node.operands), node.option)
        if isinstance(node, Binary):
            return Binary(node.operator, narrowed(node.left), narrowed(node.right))
        if isinstance(node, Select):  # the condition has done its work: the picked element meets it
            return narrowed(node.value)
        return node

    found = narrowed(term.operands[0])
    return found if not interpreter.quantity(found).elements else None
