"""The slow twin of the generated kernel: one run, one equation after the other, in plain numpy.

What the kernel gives is checked against it, and where a run broke it is run again to find the first bad number
(:mod:`sim.engine.trace_failure`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.inputs import Array, RunInputs
from sim.engine.kernel import Method
from sim.engine.trace_values import Delay, Formula, Loops, Moment, Places, Reader, course_at
from sim.model.ir import Clock, Equation, Equations, Expression, Op, Past, Ref, walk
from sim.model.order import initial_order, order
from sim.model.override import input_name, override


def evaluate(
    equations: Equations, inputs: RunInputs, keep: Sequence[str], method: Method = "euler"
) -> dict[str, Array]:
    """Run a model once.

    Parameters
    ----------
    inputs
        Those of one run. Names among its constants and series are overridden, see :mod:`sim.model.override`.
    keep
        Names of variables.
    method
        ``euler``; ``rk4`` is the classical method of Runge and Kutta: auxiliaries and series take part in its stages,
        held variables and delays of fixed length stay what they were at the beginning of the step.

    Returns
    -------
    dict
        By kept variable its values at ``inputs.grid.times``, shape (kept times, *axes). Numbers follow IEEE 754:
        nothing is raised for infinities and what is no number.

    Raises
    ------
    InputError
        If equations need each other at the same moment, or an input names no variable.

    >>> from sim.engine.inputs import Grid
    >>> from sim.model.ir import Clocks, Number, Variable
    >>> rules = (Equation("x", "initial", (), (), Number(1.0)), Equation("x", "flow", (), (), Ref("x")))
    >>> model = Equations({}, {"x": Variable("x", "stock")}, rules, Clocks(0.0, 2.0, 1.0, 1.0))
    >>> evaluate(model, RunInputs(Grid(0.0, 1.0, 2)), ["x"])
    {'x': array([1., 2., 4.])}
    """
    run = Run(equations, inputs, keep, method)
    kept: dict[str, list[Array]] = {name: [] for name in keep}
    for moment in run.moments():
        if moment.number % inputs.grid.every == 0:
            for name in keep:
                kept[name].append(moment.values[name].copy())
    return {name: np.stack(arrays) for name, arrays in kept.items()}


@dataclass(frozen=True)
class Statement:
    """An equation ready to be worked out."""

    equation: Equation
    formula: Formula
    places: Places
    shape: tuple[int, ...]

    def work(self, moment: Moment, into: Mapping[str, Array]) -> Array:
        """Work the equation out and put its numbers in their place; gives them over the loops of the equation."""
        found = np.broadcast_to(self.formula(moment), self.shape)
        into[self.equation.variable][self.places] = found
        return found


@dataclass(frozen=True)
class Seen:
    """What was just worked out.

    Parameters
    ----------
    body
        The expression: that of the equation, or part of it, or what changes a stock.
    found
        Its numbers over ``loops``.
    moment
        What they were read from.
    time
        Model time that they belong to.
    """

    equation: Equation
    body: Expression
    loops: Loops
    found: Array
    moment: Moment
    time: float


Watcher = Callable[[Seen], None]


class Run:
    """One run of a model, moment by moment.

    Parameters
    ----------
    keep
        Equations that none of these needs are left out.
    watch
        Sees every number as it appears.

    Attributes
    ----------
    started
        The start of the run, kept as it was.
    """

    def __init__(
        self,
        equations: Equations,
        inputs: RunInputs,
        keep: Sequence[str],
        method: Method = "euler",
        watch: Watcher | None = None,
    ) -> None:
        if inputs.runs != 1:
            raise ValueError("one run at a time: take inputs.run(number)")
        self.inputs, self.method, self.watch = inputs.run(0), method, watch
        self.numbers = {input_name(equations, name): values for name, values in self.inputs.constants.items()}
        self.equations = override(equations, inputs.constants, inputs.series)
        self.needed = needed(self.equations, keep)
        self.reader = Reader(self.equations, inputs.grid)
        self.delays: list[tuple[Equation, Delay]] = []
        in_order = order(self.equations)
        self.start = self._statements(initial_order(self.equations), Reader(self.equations, inputs.grid, at_start=True))
        self.auxiliaries = self._statements(in_order, self.reader)
        self.flows = self._statements(self._role("flow"), self.reader)
        self.following = self._statements(self._role("next"), self.reader)

    def moments(self) -> Iterator[Moment]:
        """The run at each step in turn; the arrays are overwritten afterwards."""
        grid = self.inputs.grid
        with np.errstate(all="ignore"):
            moment = self._begin()
            for number in range(grid.steps + 1):
                moment.number = number
                self._work(moment, float(grid.at(np.array(number))))
                for name, history in moment.history.items():
                    history[number] = moment.values[name]
                yield moment
                if number < grid.steps:
                    self._advance(moment)

    # --- making ready

    def _role(self, role: str) -> Iterable[Equation]:
        return (equation for equation in self.equations.equations if equation.role == role)

    def _statements(self, chosen: Iterable[Equation], reader: Reader) -> list[Statement]:
        found = []
        for equation in chosen:
            if equation.variable in self.needed:
                loops, before = equation.loops, len(reader.delays)
                formula = reader.formula(equation.body, loops)
                found.append(Statement(equation, formula, reader.places(equation.target, loops), reader.sizes(loops)))
                self.delays += [(equation, delay) for delay in reader.delays[before:]]
        return found

    def _empty(self, name: str) -> Array:
        return np.full(self.equations.shape(self.equations.variables[name].axes), np.nan)

    def _begin(self) -> Moment:
        """The moment before the first: constants, and first values of stocks, held variables and delays."""
        values: dict[str, Array] = {}
        for name, variable in self.equations.variables.items():
            values[name] = self._empty(name)
            if variable.kind in ("constant", "lookup") and name not in self.inputs.series:
                shape = (*values[name].shape, len(variable.points)) if variable.points else values[name].shape
                given = self.numbers.get(name, np.reshape(variable.values, shape) if variable.values else np.nan)
                numbers = np.asarray(given, dtype=float)
                values[name] = np.broadcast_to(numbers, shape) if shape else numbers.reshape(())
        start = Moment({name: array.copy() for name, array in values.items()}, self.inputs.grid.start)
        self.started = start
        self._follow_series(start)
        for statement in self.start:
            self._see(statement, start, start.values)
        for equation, delay in self.delays:
            self._see_delay(equation, delay, start)
            delay.begin(start)
        for name, variable in self.equations.variables.items():
            if variable.kind in ("stock", "held"):
                values[name] = start.values[name].copy()
        remembered = dict.fromkeys(delay.expression.variable for _, delay in self.delays)
        steps = self.inputs.grid.steps + 1
        return Moment(values, start.time, 0, {name: np.zeros((steps, *values[name].shape)) for name in remembered})

    def _see_delay(self, equation: Equation, delay: Delay, start: Moment) -> None:
        if self.watch:
            reader = Reader(self.equations, self.inputs.grid, at_start=True)
            for part in (delay.expression.delay, delay.expression.initial):
                found = np.broadcast_to(reader.formula(part, delay.loops)(start), reader.sizes(delay.loops))
                self.watch(Seen(equation, part, delay.loops, found, start, start.time))

    # --- one step

    def _follow_series(self, moment: Moment) -> None:
        for name, course in self.inputs.series.items():
            moment.values[name] = course_at(course, moment.time, self.method)

    def _work(self, moment: Moment, time: float) -> None:
        """All auxiliaries at a time, from the stocks of the moment."""
        moment.time = time
        self._follow_series(moment)
        for statement in self.auxiliaries:
            self._see(statement, moment, moment.values)

    def _see(self, statement: Statement, moment: Moment, into: Mapping[str, Array]) -> None:
        found = statement.work(moment, into)
        if self.watch:
            equation = statement.equation
            self.watch(Seen(equation, equation.body, equation.loops, found, moment, moment.time))

    def _collect(self, moment: Moment, statements: list[Statement]) -> dict[str, Array]:
        """Net flows or next values by variable."""
        into = {s.equation.variable: self._empty(s.equation.variable) for s in statements}
        for statement in statements:
            self._see(statement, moment, into)
        return into

    def _advance(self, moment: Moment) -> None:
        following = self._collect(moment, self.following)
        slope = self._collect(moment, self.flows)
        levels = {name: moment.values[name] for name in slope}
        if self.method == "rk4":
            slope = self._mean_slope(moment, levels, slope)
        step = self.inputs.grid.step
        changed = {name: level + step * slope[name] for name, level in levels.items()}
        if self.watch:
            self._see_change(moment, changed)
        moment.values |= changed | following

    def _mean_slope(self, moment: Moment, levels: Mapping[str, Array], first: dict[str, Array]) -> dict[str, Array]:
        """The weighted mean of the net flows at four stages of the step."""
        step, time = self.inputs.grid.step, moment.time
        slopes = [first]
        for share in (0.5, 0.5, 1.0):
            for name, level in levels.items():
                moment.values[name] = level + share * step * slopes[-1][name]
            self._work(moment, time + share * step)
            slopes.append(self._collect(moment, self.flows))
        moment.values |= levels
        moment.time = time
        k1, k2, k3, k4 = slopes
        return {name: (k1[name] + 2.0 * k2[name] + 2.0 * k3[name] + k4[name]) / 6.0 for name in first}

    def _see_change(self, moment: Moment, changed: Mapping[str, Array]) -> None:
        assert self.watch
        for statement in self.flows:
            flow = statement.equation
            change = Op("multiply", (Clock("step"), flow.body))
            body = Op("add", (Ref(flow.variable, flow.target), change))
            found = np.broadcast_to(changed[flow.variable][statement.places], statement.shape)
            self.watch(Seen(flow, body, flow.loops, found, moment, moment.time + self.inputs.grid.step))


def needed(equations: Equations, keep: Iterable[str]) -> set[str]:
    """Names of the variables that some of ``keep`` need, themselves included.

    >>> from sim.model.ir import Clocks
    >>> rules = (Equation("a", "value", (), (), Ref("b")), Equation("c", "value", (), (), Ref("a")))
    >>> sorted(needed(Equations({}, {}, rules, Clocks(0.0, 1.0, 1.0, 1.0)), ["a"]))
    ['a', 'b']
    """
    takes: dict[str, set[str]] = {}
    for equation in equations.equations:
        mine = takes.setdefault(equation.variable, set())
        for part in walk(equation.body):
            if isinstance(part, Ref | Past):
                mine.add(part.variable)
    found: set[str] = set()
    waiting = list(keep)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += takes.get(name, ())
    return found
