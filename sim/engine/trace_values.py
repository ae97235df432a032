"""Expressions as functions of the numbers of one moment, with plain numpy: no hoisting, no fusing, nothing clever.

Every expression is worked out for all positions of the loops around it at once: its array has one axis for each loop,
of length 1 where the loop doesn't matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.engine.inputs import Array, Course, Grid
from sim.engine.kernel import Method
from sim.model.ir import Clock, Equations, Expression, Index, Look, Number, Op, Past, Reduce, Ref

SMALL = 1e-6
"""What counts as zero in ZIDZ, XIDZ and QUANTUM."""

Loops = tuple[tuple[str, str], ...]
Places = tuple[npt.NDArray[np.intp], ...]


@dataclass
class Moment:
    """The numbers that expressions are read from.

    Parameters
    ----------
    values
        By variable; shape of its axes (of a lookup: points last).
    time, number
        Model time, and the step that it belongs to.
    history
        By variable that a DELAY FIXED remembers: its values so far, shape (steps + 1, *axes).
    """

    values: dict[str, Array]
    time: float
    number: int = 0
    history: dict[str, Array] = field(default_factory=dict)


Formula = Callable[[Moment], Array]


@dataclass
class Delay:
    """A DELAY FIXED during one run: how many steps it takes and what it gives before, by position of its loops."""

    expression: Past
    loops: Loops
    in_steps: Formula
    initial: Formula
    steps: npt.NDArray[np.intp] = field(default_factory=lambda: np.ones((), dtype=np.intp))
    first: Array = field(default_factory=lambda: np.zeros(()))

    def begin(self, moment: Moment) -> None:
        """Take both numbers from the start of the run."""
        self.steps = np.maximum(1, np.floor(self.in_steps(moment) + (0.5 + SMALL))).astype(np.intp)
        self.first = self.initial(moment)


class Reader:
    """Turns expressions into functions of a moment.

    Parameters
    ----------
    at_start
        Whether the moment is the start of a run, where delays give their first value.
    started
        The start of a run that is under way: its delays need not be begun.
    """

    def __init__(
        self, equations: Equations, grid: Grid, *, at_start: bool = False, started: Moment | None = None
    ) -> None:
        self.equations, self.grid, self.at_start, self.started = equations, grid, at_start, started
        self.delays: list[Delay] = []

    def formula(self, expression: Expression, loops: Loops) -> Formula:
        """The function that works an expression out under the given loops."""
        match expression:
            case Number(value=value):
                return _same(np.full((1,) * len(loops), value))
            case Clock(which=which):
                return self._clock(which, (1,) * len(loops))
            case Ref(variable=name, index=index):
                return self._reference(name, index, loops)
            case Op(name=name, arguments=arguments):
                return _operation(OPERATIONS[name], [self.formula(argument, loops) for argument in arguments])
            case Reduce(operator=operator, axes=axes, body=body):
                inside = self.formula(body, (*loops, *axes))
                return _reduction(REDUCTIONS[operator], inside, self.sizes(axes), len(loops))
            case Look(table=table, index=index, argument=argument):
                return self._look(table, index, self.formula(argument, loops), loops)
            case Past():
                return self._past(expression, loops)

    def sizes(self, loops: Loops) -> tuple[int, ...]:
        """Number of positions of each loop."""
        return tuple(len(self.equations.ranges[over]) for _, over in loops)

    def places(self, index: tuple[Index, ...], loops: Loops) -> Places:
        """Positions along each axis of a variable, as arrays over the loops.

        >>> from sim.model.ir import Clocks
        >>> reader = Reader(Equations({"park": ("A", "B")}, {}, (), Clocks(0, 1, 1, 1)), Grid(0.0, 1.0, 1))
        >>> reader.places((Index("park"), Index(None, (3,))), (("park", "park"),))
        (array([0, 1]), array([3]))
        """
        names = [axis for axis, _ in loops]
        found = []
        for one in index:
            shape = [1] * len(loops)
            if one.axis is None:
                found.append(np.array(one.at(0)).reshape(shape))
                continue
            place = len(names) - 1 - names[::-1].index(one.axis)  # a loop hides those around it that have its name
            shape[place] = self.sizes(loops)[place]
            found.append(np.array([one.at(position) for position in range(shape[place])]).reshape(shape))
        return tuple(found)

    def _clock(self, which: str, shape: tuple[int, ...]) -> Formula:
        grid = self.grid
        if which == "time":
            return lambda moment: np.full(shape, moment.time)
        numbers = {
            "start": grid.start,
            "step": grid.step,
            "end": grid.end,
            "saveper": grid.step * grid.every,
        }
        return _same(np.full(shape, numbers[which]))

    def _reference(self, name: str, index: tuple[Index, ...], loops: Loops) -> Formula:
        if not index:
            shape = (1,) * len(loops)
            return lambda moment: moment.values[name].reshape(shape)
        places = self.places(index, loops)
        return lambda moment: moment.values[name][places]

    def _look(self, table: str, index: tuple[Index, ...], argument: Formula, loops: Loops) -> Formula:
        x = np.array(self.equations.variables[table].points)
        places = self.places(index, loops)

        def look(moment: Moment) -> Array:
            at = argument(moment)
            low = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 1)
            high = np.minimum(low + 1, len(x) - 1)
            width = np.where(high > low, x[high] - x[low], 1.0)
            beyond = np.where(np.isnan(at), np.nan, 0.0)
            weight = np.where(high > low, np.clip((at - x[low]) / width, 0.0, 1.0), beyond)
            y = moment.values[table]
            return between(y[(*places, low)], y[(*places, high)], weight)

        return look

    def _past(self, expression: Past, loops: Loops) -> Formula:
        if self.at_start:
            return self.formula(expression.initial, loops)
        start = Reader(self.equations, self.grid, at_start=True)
        in_steps = Op("divide", (expression.delay, Clock("step")))
        delay = Delay(expression, loops, start.formula(in_steps, loops), start.formula(expression.initial, loops))
        self.delays.append(delay)
        if self.started:
            delay.begin(self.started)
        places = self.places(expression.index, loops)

        def past(moment: Moment) -> Array:
            then = moment.number - delay.steps
            values: Array = moment.history[expression.variable][(np.maximum(then, 0), *places)]
            return np.where(then >= 0, values, delay.first)

        return past


def between(low: Array, high: Array, weight: Array) -> Array:
    """A number between two, exact at both ends and between equals (at weight 0 the upper one doesn't matter)."""
    level = (weight == 0.0) | ((low == high) & (weight == weight))
    return np.where(level, low, np.where(weight == 1.0, high, low * (1.0 - weight) + high * weight))


def course_at(course: Course, time: float, method: Method = "euler") -> Array:
    """The value of a course at a time, shape of the variable.

    >>> float(course_at(Course(np.array([0.0, 2.0]), np.array([1.0, 5.0]), "linear"), 0.5))
    2.0
    """
    points, weights = course.weights(np.array([time]), method)
    low, weight = int(points[0]), weights[0]
    high = min(low + 1, len(course.times) - 1)
    return between(course.values[..., low], course.values[..., high], weight)


def _same(value: Array) -> Formula:
    return lambda _: value


def _operation(function: Callable[..., Array], arguments: list[Formula]) -> Formula:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda moment: function(only(moment))
    if len(arguments) == 2:
        left, right = arguments
        return lambda moment: function(left(moment), right(moment))
    return lambda moment: function(*(argument(moment) for argument in arguments))


def _reduction(function: np.ufunc, inside: Formula, sizes: tuple[int, ...], outer: int) -> Formula:
    """A reduction over the last axes, one position after the other as the kernel does (numpy's own sums in pairs)."""

    def reduced(moment: Moment) -> Array:
        body = inside(moment)
        kept = body.shape[:outer]
        flat = np.broadcast_to(body, (*kept, *sizes)).reshape((*kept, -1))
        total: Array = function.accumulate(flat, axis=-1)[..., -1]
        return total

    return reduced


def _quantum(a: Array, b: Array) -> Array:
    return np.where(b < SMALL, a, b * np.trunc(a / b))


def _xidz(a: Array, b: Array, otherwise: Array) -> Array:
    return np.where(np.abs(b) < SMALL, otherwise, a / b)


def _each(name: str) -> Callable[..., Array]:
    """A function of kernels for arrays, where numpy has none like it."""

    def many(*arrays: Array) -> Array:
        from sim.engine import builtins  # imports the compiler, which few models need here

        function = getattr(builtins, name)
        found = np.frompyfunc(lambda *numbers: function(*map(float, numbers)), len(arrays), 1)(*arrays)
        return np.asarray(found, dtype=np.float64)

    return many


OPERATIONS: Mapping[str, Callable[..., Array]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "negative": np.negative,
    "power": np.power, "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
    "greater_equal": np.greater_equal, "equal": np.equal, "not_equal": np.not_equal, "and": np.logical_and,
    "or": np.logical_or, "not": np.logical_not, "where": np.where, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "absolute": np.abs, "sin": np.sin, "cos": np.cos, "tan": np.tan, "arcsin": np.arcsin, "arccos": np.arccos,
    "arctan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "minimum": np.minimum,
    "maximum": np.maximum, "integer": np.trunc, "modulo": lambda a, b: a - _quantum(a, b), "quantum": _quantum,
    "zidz": lambda a, b: _xidz(a, b, np.zeros(())), "xidz": _xidz,
    **{name: _each(name) for name in ("erfc", "log_gamma", "quantile", "uniform")},
}  # fmt: skip

REDUCTIONS: Mapping[str, np.ufunc] = {
    "sum": np.add, "product": np.multiply, "minimum": np.minimum, "maximum": np.maximum,
}  # fmt: skip
