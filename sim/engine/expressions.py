"""Expressions written as Python text inside the innermost loop, each part that occurs twice computed once."""

from __future__ import annotations

from collections.abc import Iterable
from math import isinf, isnan

from sim.engine.layout import Layout, Place
from sim.engine.tasks import COURSE, MADE
from sim.model.ir import TRUTH, Clock, Expression, Index, Number, Op, Past, Ref, walk

INFIX = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "less_equal": "<=", "greater": ">",
    "greater_equal": ">=", "equal": "==", "not_equal": "!=", "and": "&", "or": "|",
}  # fmt: skip
CALLS = {"absolute": "absolute", "sqrt": "square_root", "where": "select", "log": "log", "exp": "exp"}
CLOCK = {"time": "t", "step": "dt", "start": "start", "end": "stop", "saveper": "saveper"}
WHOLE_POWERS = {1.0: "{0}", 2.0: "({0} * {0})", 3.0: "({0} * {0} * {0})", 4.0: "(({0} * {0}) * ({0} * {0}))"}


class Writer:
    """Text of one nest: ``before`` its lanes, and the ``body`` for each lane.

    Parameters
    ----------
    tables
        Positions that follow no straight line, by their name in the source; shared by all nests.
    """

    def __init__(self, layout: Layout, tables: dict[tuple[int, ...], str]) -> None:
        self.layout, self.tables = layout, tables
        self.before: list[str] = []
        self.body: list[str] = []
        self.names: dict[Expression, str] = {}
        self.uses: dict[Expression, int] = {}
        self.number = 0

    def count(self, expressions: Iterable[Expression]) -> None:
        """Learn how often each part occurs, so that what occurs twice gets a name."""
        for expression in expressions:
            for part in walk(expression):
                self.uses[part] = self.uses.get(part, 0) + 1

    def name(self, comment: str = "") -> tuple[str, str]:
        """A new name of a local number, and what to write behind its line."""
        self.number += 1
        return f"v{self.number}", f"  # {comment}" if comment else ""

    def known(self, variable: str, index: tuple[Index, ...], name: str) -> None:
        """A value that this nest has just computed."""
        self.names[Ref(variable, index)] = name

    def text_of(self, variable: str, index: tuple[Index, ...]) -> str:
        """Text of the value of a variable."""
        return self.text(Ref(variable, index))

    def scalar(self, ref: Ref) -> str:
        """The name of a number that is the same for all lanes, read before their loop."""
        self.text(ref)
        return self.names[ref]

    def pair(self, expression: Expression) -> tuple[str, str]:
        """Texts of the condition and the value of a ``where``."""
        assert isinstance(expression, Op)
        return self.text(expression.arguments[0]), self.text(expression.arguments[1])

    def text(self, expression: Expression) -> str:
        """Text of an expression; lines that it needs go to ``before`` and ``body``."""
        if expression in self.names:
            return self.names[expression]
        match expression:
            case Number(value=value):
                return number_text(value)
            case Clock(which=which):
                return CLOCK[which]
            case Ref():
                return self._load(expression)
            case Past():
                return self._named(expression, self._past(expression))
            case Op():
                text = self._operation(expression)
                return self._named(expression, text) if self.uses.get(expression, 0) > 1 else text
        raise AssertionError(f"{type(expression).__name__} was taken out before")

    def _named(self, expression: Expression, text: str) -> str:
        name, _ = self.name()
        self.body.append(f"{name} = {text}")
        self.names[expression] = name
        return name

    def _load(self, ref: Ref) -> str:
        place = self.layout.places[ref.variable]
        if place.home == "course":
            return self._course(ref, place)
        where = f"r{place.region}[{index_text(self.layout, ref.variable, ref.index, place, self.tables)}]"
        return self._read(ref, where, place.lanes)

    def _read(self, ref: Ref, where: str, lanes: bool) -> str:
        name, _ = self.name()
        (self.body if lanes else self.before).append(f"{name} = {where}")
        self.names[ref] = name
        return name

    def _course(self, ref: Ref, place: Place) -> str:
        """Between two points of what follows time from outside."""
        number = self.layout.courses.index(ref.variable.removesuffix(COURSE) + COURSE)
        at = index_text(self.layout, ref.variable, ref.index, place, self.tables)
        low, high = f"courses[low{number} + {at}]", f"courses[high{number} + {at}]"
        return self._read(ref, f"{low} * (1.0 - share{number}) + {high} * share{number}", place.lanes)

    def _past(self, past: Past) -> str:
        """What a history holds of as many steps ago as this run's delay takes."""
        axes = self.layout.load.values[past.variable].axes
        place = Place("memory", -1, 0, axes, self.layout.shape(past.variable), lanes=True)
        cell = self.layout.histories[past.variable] * self.layout.lanes
        at = index_text(self.layout, past.variable, past.index, place, self.tables)
        steps, _ = self.name()
        self.body.append(f"{steps} = k - int({self.text(past.delay)})")
        row = self.layout.history_width * self.layout.lanes
        return f"select({steps} >= 0, past[max({steps}, 0) * {row} + {cell} + {at}], {self.text(past.initial)})"

    def _operation(self, op: Op) -> str:
        if op.name == "power" and isinstance(op.arguments[1], Number) and op.arguments[1].value in WHOLE_POWERS:
            return WHOLE_POWERS[op.arguments[1].value].format(self._simple(op.arguments[0]))
        texts = [self.text(argument) for argument in op.arguments]
        if op.name in INFIX:
            if all(isinstance(argument, Number) for argument in op.arguments) and op.name not in TRUTH:
                return f"({self._simple(op.arguments[0])} {INFIX[op.name]} {texts[1]})"
            return f"({texts[0]} {INFIX[op.name]} {texts[1]})"
        if op.name == "negative":
            return f"(-{texts[0]})"
        if op.name == "not":
            return f"(not {texts[0]})"
        return f"{CALLS.get(op.name, op.name)}({', '.join(texts)})"

    def _simple(self, expression: Expression) -> str:
        text = self.text(expression)
        return text if text.isidentifier() else self._named(expression, text)


def number_text(value: float) -> str:
    """A number as Python reads it back to the same bits.

    >>> number_text(0.1), number_text(float("-inf"))
    ('0.1', '(-inf)')
    """
    if isnan(value):
        return "nan"
    if isinf(value):
        return "inf" if value > 0 else "(-inf)"
    return repr(value) if value >= 0 else f"({value!r})"


def axis_name(layout: Layout, axis: str) -> str:
    """Variable of a loop: ``i`` and the number of its range, ``j`` for a second loop over the same."""
    over, _, again = axis.rpartition(MADE)
    if over and again.isdigit() and over in layout.load.ranges:
        return f"j{list(layout.load.ranges).index(over)}_{again}"
    return f"i{list(layout.load.ranges).index(axis)}"


def index_text(
    layout: Layout, name: str, index: tuple[Index, ...], place: Place, tables: dict[tuple[int, ...], str]
) -> str:
    """Index of an element in what is stored of a value, as text: literal sizes, loop variables, the lane last."""
    stored = list(index)
    first = ""
    if len(place.sizes) < len(stored):  # the park axis: a stride of its own, or none in a buffer
        at = layout.load.values[name].axes.index(str(layout.outer))
        if place.stride:
            first = f"{_position(layout, stored[at], tables)} * {place.stride}"
        del stored[at]
    text = ""
    for i, size in zip(stored, place.sizes, strict=True):
        here = _position(layout, i, tables)
        text = f"({text}) * {size} + {here}" if text else here
    if place.lanes:
        text = f"({text}) * {layout.lanes} + lane" if text else "lane"
    return " + ".join(filter(None, (first, text))) or "0"


def _position(layout: Layout, index: Index, tables: dict[tuple[int, ...], str]) -> str:
    if index.axis is None:
        return str(index.at(0))
    loop = axis_name(layout, index.axis)
    return loop if index.positions is None else _mapped(loop, index.positions, tables)


def _mapped(loop: str, positions: tuple[int, ...], tables: dict[tuple[int, ...], str]) -> str:
    first = positions[0]
    if positions == tuple(range(first, first + len(positions))):
        return f"({loop} + {first})" if first else loop
    name = tables.setdefault(positions, f"positions{len(tables)}")
    return f"{name}[{loop}]"
