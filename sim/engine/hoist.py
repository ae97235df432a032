"""Parts of equations that can be computed less often: once for all runs, once for each run, or in fewer loops.

Every reduction becomes a task of its own, which gathers numbers while its loops run. A part of an expression that
doesn't move in time, doesn't vary by run, or lacks some of the loop axes around it becomes a made value, shared by
all expressions that hold the same part. The arithmetic stays what it was: nothing is reassociated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.engine.tasks import MADE, NODES, SLOPES, XS, YS, Section, Task, Value, Workload, nesting
from sim.model.ir import TRUTH, Clock, Expression, Index, Look, Number, Op, Past, Reduce, Ref, parts, rebuild

COST = {
    **{"divide": 8, "zidz": 9, "xidz": 9, "power": 60, "exp": 20, "log": 25, "sqrt": 8, "modulo": 12, "quantum": 12},
    **{"sin": 25, "cos": 25, "erfc": 60, "log_gamma": 70, "quantile": 90, "uniform": 40},
    **dict.fromkeys(("tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"), 40),
}
"""Rough cost of an operation in additions; 1 for those not named."""

WORTH_A_LOAD = 6
"""Least cost at which a part with the same axes is kept in memory instead of computed at every step."""

Loops = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Class:
    """How often a part of an expression has to be computed."""

    axes: frozenset[str]
    moves: bool
    varies: bool
    cost: int

    def with_part(self, other: Class) -> Class:
        """The class of an expression that holds both."""
        return Class(
            self.axes | other.axes, self.moves or other.moves, self.varies or other.varies, self.cost + other.cost
        )


NOTHING = Class(frozenset(), moves=False, varies=False, cost=0)


def hoist(load: Workload) -> Workload:
    """The same workload with parts taken out and reductions apart; every axis renamed after its range."""
    return _Hoister(load).hoist()


class _Hoister:
    def __init__(self, load: Workload) -> None:
        self.load = load
        self.made: dict[tuple[object, ...], str] = {}
        self.rank = {name: number for number, name in enumerate(nesting(load.ranges))}  # points of tables come last
        old, load.tasks = load.tasks, []
        self.old = old

    def hoist(self) -> Workload:
        for task in self.old:
            self._take(task)
        return self.load

    def _take(self, task: Task) -> None:
        body, found = self._visit(task.body, task.loops, task.section)
        if isinstance(body, Reduce):
            loops = (*task.loops, *body.axes)
            if found.axes >= {axis for axis, _ in task.loops}:  # gathered right into its target
                self._add(replace(task, loops=loops, body=body.body, operator=body.operator))
                return
            body = self._gathered(body, found, task.loops, task.section)
        around = Class(frozenset(a for a, _ in task.loops), task.section == "step", task.section != "shared", 0)
        if task.role == "value" and self._pays(body, found, around, task.section):
            body = self._lifted(body, found, task.loops, task.section)
        self._add(replace(task, body=body))

    def _visit(self, expression: Expression, loops: Loops, section: Section) -> tuple[Expression, Class]:
        """An expression with its parts taken out where that pays, and its class; a reduction at the top stays."""
        if isinstance(expression, Reduce):
            around = (*loops, *expression.axes)
            body, found = self._visit(expression.body, around, section)
            if isinstance(body, Reduce):  # a sum of sums
                body, found = self._gathered(body, found, around, section), replace(found, cost=0)
            inside = frozenset(axis for axis, _ in expression.axes)
            return Reduce(expression.operator, expression.axes, body), replace(found, axes=found.axes - inside)
        return self._visit_inside(expression, loops, section)

    def _visit_inside(self, expression: Expression, loops: Loops, section: Section) -> tuple[Expression, Class]:
        inner, classes = [], []
        for part in parts(expression):
            new, found = self._visit(part, loops, section)
            if isinstance(new, Reduce):
                new = self._gathered(new, found, loops, section)
                found = replace(found, cost=0)
            inner.append(new)
            classes.append(found)
        own = total = self._own(expression)
        for found in classes:
            total = total.with_part(found)
        for number, found in enumerate(classes):
            if self._pays(inner[number], found, total, section):
                inner[number] = self._lifted(inner[number], found, loops, section)
        left = [Class(c.axes, c.moves, c.varies, 0) if isinstance(inner[n], Ref) else c for n, c in enumerate(classes)]
        total = Class(total.axes, total.moves, total.varies, own.cost + sum(c.cost for c in left))
        if isinstance(expression, Look):
            return self._looked_up(expression, inner[0], classes[0], loops, section)
        return rebuild(expression, inner), total

    def _looked_up(
        self, look: Look, argument: Expression, found: Class, loops: Loops, section: Section
    ) -> tuple[Expression, Class]:
        """A table read as a task that passes its points in order and keeps the last line that begins below."""
        nodes = NODES + look.table
        end = Ref(look.table + XS, (Index(None, (len(self.load.ranges[nodes]) - 1,)),))
        argument = Op("minimum", (argument, end))  # beyond the last point its value holds, for infinity too
        argument = self._value(argument, found, tuple(x for x in loops if x[0] in found.axes), (), None, section)
        found = found.with_part(Class(_axes(look.index), False, self.load.values[look.table + YS].varies, 0))
        node, place = Index(nodes), (*look.index, Index(nodes))
        x, y, slope = Ref(look.table + XS, (node,)), Ref(look.table + YS, place), Ref(look.table + SLOPES, place)
        line = Op("add", (y, Op("multiply", (Op("subtract", (argument, x)), slope))))
        body = Op("where", (Op("greater_equal", (argument, x)), line, Number(0.0)))
        first = Ref(look.table + YS, (*look.index, Index(None, (0,))))
        initial = Op("where", (Op("equal", (argument, argument)), first, argument))  # not a number stays that
        free = tuple(x for x in loops if x[0] in found.axes)
        return self._value(body, found, free, ((nodes, nodes),), "last", section, initial), replace(found, cost=0)

    def _own(self, expression: Expression) -> Class:
        """The class of a node without its parts."""
        match expression:
            case Op(name=name):
                return Class(NOTHING.axes, moves=False, varies=False, cost=COST.get(name, 1))
            case Clock(which="time"):
                return replace(NOTHING, moves=True)
            case Ref(variable=name, index=index):
                value = self.load.values[name]
                return Class(_axes(index), value.moves, value.varies, 0)
            case Look(table=name, index=index):
                return Class(_axes(index), moves=False, varies=self.load.values[name + YS].varies, cost=30)
            case Past(index=index):
                return Class(_axes(index), moves=True, varies=True, cost=4)
            case _:
                return NOTHING

    def _pays(self, body: Expression, found: Class, around: Class, section: Section) -> bool:
        """Whether a part is worth a value of its own inside what is ``around`` it."""
        if isinstance(body, Ref | Number | Clock) or found.cost == 0 or section == "shared":
            return False
        if isinstance(body, Op) and body.name in TRUTH:
            return False  # a value holds numbers
        if around.varies and not found.varies:
            return True
        if section == "start":
            return False
        fewer = found.axes < around.axes
        return fewer or (around.moves and not found.moves and found.cost >= WORTH_A_LOAD)

    def _lifted(self, body: Expression, found: Class, loops: Loops, section: Section) -> Expression:
        return self._value(body, found, tuple(x for x in loops if x[0] in found.axes), (), None, section)

    def _gathered(self, body: Reduce, found: Class, loops: Loops, section: Section) -> Expression:
        free = tuple(x for x in loops if x[0] in found.axes)
        return self._value(body.body, found, free, body.axes, body.operator, section)

    def _value(
        self,
        body: Expression,
        found: Class,
        free: Loops,
        reduced: Loops,
        operator: str | None,
        section: Section,
        initial: Expression | None = None,
    ) -> Expression:
        """A reference to a made value that holds ``body``; the same body gives the same value."""
        moves = found.moves and section == "step"
        where: Section = "step" if moves else "start" if found.varies else "shared"
        rename = self._names(free, reduced)
        key = (_renamed(body, rename), self._called(free, rename), self._called(reduced, rename), operator, where)
        name = self.made.get(key)
        ordered = sorted(free, key=lambda x: (self.rank[x[1]], rename[x[0]]))
        if name is None:
            name = self.made[key] = f"{MADE}{next(self.load.names)}"
            axes = tuple(r for _, r in ordered)
            self.load.values[name] = Value(name, axes, "task", moves, found.varies)
            index = tuple(Index(a) for a, _ in ordered)
            self._add(Task(0, name, index, (*free, *reduced), body, where, operator=operator, initial=initial))
        return Ref(name, tuple(Index(axis) for axis, _ in ordered))

    @staticmethod
    def _called(loops: Loops, names: dict[str, str]) -> Loops:
        return tuple((names[axis], over) for axis, over in loops)

    def _names(self, free: Loops, reduced: Loops) -> dict[str, str]:
        """Axis names after their ranges; those that are gathered over come last among equals."""
        seen: dict[str, int] = {}
        names = {}
        for axis, over in (*free, *reduced):
            seen[over] = seen.get(over, 0) + 1
            names[axis] = over if seen[over] == 1 else f"{over}{MADE}{seen[over]}"
        return names

    def _add(self, task: Task) -> None:
        """Take in a task with its axes renamed and its loops in the order of the ranges."""
        kept = {index.axis for index in task.index}
        free = tuple(x for x in task.loops if x[0] in kept or task.operator is None)
        reduced = tuple(x for x in task.loops if x not in free)
        rename = self._names(free, reduced)
        loops = sorted(((rename[a], r) for a, r in task.loops), key=lambda x: (self.rank[x[1]], x[0]))
        index = tuple(replace(i, axis=rename[i.axis]) if i.axis else i for i in task.index)
        initial = None if task.initial is None else _renamed(task.initial, rename)
        body = _renamed(task.body, rename)
        self.load.add(replace(task, index=index, loops=tuple(loops), body=body, initial=initial))


def _axes(index: Sequence[Index]) -> frozenset[str]:
    return frozenset(i.axis for i in index if i.axis is not None)


def _renamed(expression: Expression, names: dict[str, str]) -> Expression:
    """An expression with its loop axes called otherwise."""
    if all(axis == name for axis, name in names.items()):
        return expression

    def index(old: tuple[Index, ...]) -> tuple[Index, ...]:
        return tuple(replace(i, axis=names[i.axis]) if i.axis else i for i in old)

    match expression:
        case Ref(variable=name, index=old):
            return Ref(name, index(old))
        case Look(table=name, index=old, argument=argument):
            return Look(name, index(old), _renamed(argument, names))
        case Past(variable=name, index=old, delay=delay, initial=initial):
            return Past(name, index(old), _renamed(delay, names), _renamed(initial, names))
        case _:
            return rebuild(expression, [_renamed(part, names) for part in parts(expression)])
