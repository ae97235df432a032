"""What has to be computed, before its order: values with their time class, and tasks that give them.

Every value has a class: does it move in time, does it vary by run? What does neither is computed once for all runs
(section ``shared``), what doesn't move once for each run (``start``, which also gives stocks their first value), the
rest at every step (``step``). Equations that no asked-for variable needs are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.model.ir import (
    Check,
    Clock,
    Equation,
    Equations,
    Expression,
    Index,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Variable,
    parts,
    rebuild,
    references,
    walk,
)
from sim.model.order import order

Section = Literal["shared", "start", "step"]
Source = Literal["input", "course", "stock", "held", "task", "stage"]
Role = Literal["value", "update", "replace", "record", "history"]

LEAST_OUTER = 8
"""A range with fewer labels is no outer loop: phases would cost more than they save."""

COURSE = "\t @course"
XS, YS, SLOPES = "\t @x", "\t @y", "\t @slope"
AT_START = "\t @start"
FLOW = "\t @flow"
NEXT = "\t @next"
MADE = "\t#"
"""Names made here hold a tab, which no name of a model does, so that they never meet one."""

NODES, CHECK = f"{MADE}nodes of ", f"{MADE}check "
HALF = Number(0.5 + 1e-6)
"""Rounds to whole steps as PySD does: half a step counts as one."""


@dataclass
class Value:
    """An array of numbers that tasks give or take.

    Parameters
    ----------
    axes
        Ranges, in the order in which its elements are stored.
    """

    name: str
    axes: tuple[str, ...]
    source: Source
    moves: bool = False
    varies: bool = False


@dataclass(frozen=True)
class Task:
    """Something to compute: for every position of ``loops`` one number that goes to ``target[index]``.

    Parameters
    ----------
    operator
        Of a reduction, how the numbers are brought together; its loops then include axes that the target lacks.
        ``last``: ``body`` is a ``where`` whose third argument stands for what is there already.
    initial
        What stands in the target before the first number comes; by default what changes nothing (0 for a sum).
    guarded
        Whether it serves kept values only, and so is left out at the steps where none are kept.
    """

    number: int
    target: str
    index: tuple[Index, ...]
    loops: tuple[tuple[str, str], ...]
    body: Expression
    section: Section
    role: Role = "value"
    operator: str | None = None
    initial: Expression | None = None
    guarded: bool = False
    line: int = 0


@dataclass
class Workload:
    """All values and tasks of a kernel."""

    ranges: dict[str, tuple[str, ...]]
    values: dict[str, Value]
    tasks: list[Task]
    outputs: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    histories: list[str] = field(default_factory=list)
    names: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def add(self, task: Task) -> None:
        """Take in a task, which gets the next number."""
        self.tasks.append(replace(task, number=len(self.tasks)))


def workload(
    equations: Equations, outputs: Sequence[str], series: Iterable[str] = (), varying: Iterable[str] = ()
) -> Workload:
    """Values and tasks for a set of asked-for variables.

    Parameters
    ----------
    outputs
        Names of variables to keep.
    series
        Constants that follow time from outside.
    varying
        Constants, series and lookups that differ by run.
    """
    found = _Gatherer(equations, frozenset(series), frozenset(varying))
    return found.gather(tuple(outputs))


class _Gatherer:
    """Equations on their way to tasks."""

    def __init__(self, equations: Equations, series: frozenset[str], varying: frozenset[str]) -> None:
        # in running order, an equation that needs its own elements taken apart
        rest = tuple(equation for equation in equations.equations if equation.role != "value")
        equations = replace(equations, equations=(*order(equations), *rest))
        self.equations = equations
        self.by_variable: dict[str, dict[str, list[Equation]]] = {}
        for equation in equations.equations:
            self.by_variable.setdefault(equation.variable, {}).setdefault(equation.role, []).append(equation)
        self.series = series
        states = {name for name in equations.variables if self._is_state(name)}
        self.moving = self._fixpoint(series | states, time=True)
        # ACTIVE INITIAL of a constant doesn't move, yet begins with another value, and so does what is made of it
        active = {name for name, roles in self.by_variable.items() if "initial" in roles}
        self.apart = self._fixpoint(series | states | active, time=True)
        self.varying = self._fixpoint(varying, time=False)
        self.load = Workload(dict(equations.ranges), {}, [], (), equations.checks)
        self.started: set[str] = set()

    def _is_state(self, name: str) -> bool:
        kind = self.equations.variables[name].kind
        return kind == "stock" or (kind == "held" and "next" in self.by_variable.get(name, {}))

    def _fixpoint(self, seed: frozenset[str] | set[str], *, time: bool) -> set[str]:
        """Names that a property reaches: whoever takes one of them has it too."""
        found = set(seed)
        takers: dict[str, set[str]] = {}
        for equation in self.equations.equations:
            if time and equation.role != "value":
                continue  # a stock moves anyway, and its first value doesn't
            for part in walk(equation.body):
                # histories are kept by lane, whatever they remember
                if isinstance(part, Past) or (time and part == Clock("time")):
                    found.add(equation.variable)
            for name, _ in references(equation.body):
                takers.setdefault(name, set()).add(equation.variable)
        waiting = list(found)
        while waiting:
            for taker in takers.get(waiting.pop(), ()):
                if taker not in found:
                    found.add(taker)
                    waiting.append(taker)
        return found

    def gather(self, outputs: tuple[str, ...]) -> Workload:
        self.load.outputs = outputs
        needed = self._needed([(name, "value") for name in outputs])
        for check in self.equations.checks:
            if check.variable in needed:
                needed |= self._needed([(n, "value") for e in (check.small, check.large) for n, _ in references(e)])
        for name in self.equations.variables:
            if name in needed:
                self._declare(name)
        for name in self.equations.variables:
            if name in needed:
                self._tasks_of(name)
        self._check(needed)
        self._record(self.load.outputs)
        return self.load

    def _check(self, needed: set[str]) -> None:
        """By check the largest excess of the run's first moment, kept like an output."""
        for number, check in enumerate(self.equations.checks):
            if check.variable in needed:
                name = f"{CHECK}{number}"
                body: Expression = Op("subtract", (check.small, check.large))
                if check.loops:
                    body = Reduce("maximum", check.loops, body)
                self.load.values[name] = Value(name, (), "task", varies=True)
                self.load.add(Task(0, name, (), (), self._at_start(body), "start"))
                self.load.outputs = (*self.load.outputs, name)

    def _needed(self, wanted: list[tuple[str, str]]) -> set[str]:
        seen: set[str] = set()
        waiting = [name for name, _ in wanted]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for equations in self.by_variable.get(name, {}).values():
                waiting += [other for equation in equations for other, _ in references(equation.body)]
        return seen

    def _declare(self, name: str) -> None:
        variable = self.equations.variables[name]
        source: Source = "task"
        if name in self.series:
            varies = name in self.varying
            self.load.values[name + COURSE] = Value(name + COURSE, variable.axes, "course", moves=True, varies=varies)
        elif variable.kind == "constant":
            source = "input"
        elif variable.kind == "lookup":
            self._declare_lookup(variable)
            return
        elif variable.kind == "stock":
            source = "stock"
        elif variable.kind == "held" and name in self.moving:
            source = "held"
        self.load.values[name] = Value(name, variable.axes, source, name in self.moving, name in self.varying)

    def _declare_lookup(self, variable: Variable) -> None:
        """A table as three inputs: x, y, and the slope from each point to the next (0 after the last)."""
        nodes = NODES + variable.name
        self.load.ranges[nodes] = tuple(str(x) for x in range(len(variable.points)))
        varies = variable.name in self.varying
        for suffix, axes in ((XS, ()), (YS, variable.axes), (SLOPES, variable.axes)):
            name = variable.name + suffix
            self.load.values[name] = Value(name, (*axes, nodes), "input", varies=varies and suffix != XS)

    def _tasks_of(self, name: str) -> None:
        if self.equations.variables[name].kind == "lookup":
            return
        value = self.load.values[name]
        mine = self.by_variable.get(name, {})
        if value.source == "input":
            return
        if name in self.series:
            loops, index = whole(value.axes)
            self.load.add(Task(0, name, index, loops, Ref(name + COURSE, index), "step"))
            return
        if value.source in ("stock", "held"):
            # it changes while a block runs: the next block needs its first value again
            self._start_of(name)
            loops, index = whole(value.axes)
            self.load.add(Task(0, name, index, loops, Ref(name + AT_START, index), "start"))
        elif "value" not in mine:
            for equation in mine["initial"]:
                self._put(name, equation, "start" if value.varies else "shared", at_start=True)
        if value.source in ("stock", "held"):
            role, suffix = ("flow", FLOW) if value.source == "stock" else ("next", NEXT)
            self._values_like(name + suffix, value, moves=True)
            for equation in mine[role]:
                self._put(name + suffix, equation, "step")
                loops, index = whole(value.axes)
            how: Role = "update" if value.source == "stock" else "replace"
            self.load.add(Task(0, name, index, loops, Ref(name + suffix, index), "step", how))
        else:
            section: Section = "step" if value.moves else "start" if value.varies else "shared"
            for equation in mine.get("value", ()):
                self._put(name, equation, section)

    def _values_like(self, name: str, value: Value, *, moves: bool) -> None:
        self.load.values[name] = Value(name, value.axes, "task", moves, value.varies)

    def _put(self, target: str, equation: Equation, section: Section, *, at_start: bool = False) -> None:
        body = self._at_start(equation.body) if at_start else self._remember(equation.body, equation.loops)
        self.load.add(Task(0, target, equation.target, equation.loops, body, section, line=equation.line))

    def _at_start(self, expression: Expression) -> Expression:
        """The expression as it stands at the start of a run, where what moves has its first value."""
        match expression:
            case Clock(which="time"):
                return Clock("start")
            case Past():
                return self._at_start(expression.initial)
            case Ref(variable=name) if self._moves(name):
                self._start_of(name)
                return Ref(name + AT_START, expression.index)
            case _:
                return rebuild(expression, [self._at_start(part) for part in parts(expression)])

    def _moves(self, name: str) -> bool:
        """Whether the value at the start is another than the value of that name, once the run is under way."""
        auxiliary = self.equations.variables[name].kind == "auxiliary"
        return name in self.series or self._is_state(name) or (auxiliary and name in self.apart)

    def _start_of(self, name: str) -> None:
        """The first value of what moves, as a value of its own."""
        if name in self.started:
            return
        self.started.add(name)
        varies = name in self.varying
        axes = self.equations.variables[name].axes
        self.load.values[name + AT_START] = Value(name + AT_START, axes, "task", moves=False, varies=varies)
        if name in self.series:
            loops, index = whole(axes)
            section: Section = "start" if varies else "shared"
            self.load.add(Task(0, name + AT_START, index, loops, Ref(name + COURSE, index), section))
            return
        mine = self.by_variable[name]
        for equation in mine.get("initial") or mine["value"]:
            self._put(name + AT_START, equation, "start" if varies else "shared", at_start=True)

    def _remember(self, expression: Expression, loops: tuple[tuple[str, str], ...]) -> Expression:
        """The expression with every delay of fixed length reading a history that is written at each step."""
        inner = [self._remember(part, loops) for part in parts(expression)]
        if not isinstance(expression, Past):
            return rebuild(expression, inner)
        number = next(self.load.names)
        index = tuple(Index(axis) for axis, _ in loops)
        steps = Op("integer", (Op("add", (Op("maximum", (self._in_steps(expression.delay), Number(1.0))), HALF)),))
        for what, body in (("steps", steps), ("initial", expression.initial)):
            name = f"{MADE}{what} of past {number}"
            self.load.values[name] = Value(name, tuple(r for _, r in loops), "task", varies=True)
            self.load.add(Task(0, name, index, loops, self._at_start(body), "start"))
        if expression.variable not in self.load.histories:
            self.load.histories.append(expression.variable)
            every, place = whole(self.equations.variables[expression.variable].axes)
            body = Ref(expression.variable, place)
            self.load.add(Task(0, expression.variable, place, every, body, "step", "history"))
        kept = (Ref(f"{MADE}steps of past {number}", index), Ref(f"{MADE}initial of past {number}", index))
        return Past(expression.variable, expression.index, *kept)

    @staticmethod
    def _in_steps(delay: Expression) -> Expression:
        return Op("divide", (delay, Clock("step")))

    def _record(self, outputs: tuple[str, ...]) -> None:
        for name in outputs:
            loops, index = whole(self.load.values[name].axes)
            self.load.add(Task(0, name, index, loops, Ref(name, index), "step", "record", guarded=True))


def nesting(ranges: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Ranges as loops over them nest, outermost first: large ones by size, then the others as in the file.

    It depends on the model alone, and so does the order in which a sum over several ranges adds.

    >>> nesting({"industry": ("A", "B"), "park": tuple("12345678"), "year": tuple("123456789")})
    ['year', 'park', 'industry']
    """
    return sorted(ranges, key=lambda name: -len(ranges[name]) if is_large(name, ranges) else 0)


def is_large(name: str, ranges: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a range can be the outer loop; the points of a table can't."""
    return len(ranges[name]) >= LEAST_OUTER and not name.startswith(NODES)


def whole(axes: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[Index, ...]]:
    """Loops over all elements of a value, and the index that follows them.

    >>> loops, index = whole(("park", "park"))
    >>> [(axis.replace(MADE, " "), over) for axis, over in loops]
    [('park', 'park'), ('park 2', 'park')]
    """
    loops = []
    for number, name in enumerate(axes):
        before = axes[:number].count(name)
        loops.append((f"{name}{MADE}{before + 1}" if before else name, name))
    return tuple(loops), tuple(Index(axis) for axis, _ in loops)
