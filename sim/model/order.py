"""The order in which the equations of one moment are worked out; circles are explained.

An equation needs another if it reads an element that the other gives: ``x[a2] = x[a1] + 1`` after ``x[a1] = 1`` is
fine. Where whole equations need each other (``x[later] = x[earlier] + 1``), they are taken apart into equations for
single elements, and only what is a circle then is a mistake.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from sim.errors import InputError, Place, Problem
from sim.model.ir import Equation, Equations, Expression, Index, Look, Op, Past, Reduce, Ref, parts, walk

START_KINDS = frozenset({"stock", "held"})
"""Kinds of variables that have a value at the start whatever the equations of the moment say."""


def order(equations: Equations, file: Path | None = None) -> tuple[Equation, ...]:
    """The "value" equations, each after those that it needs; else in the order of the file.

    The order depends on the model alone. An equation that needs elements which it gives itself comes back as several,
    one for each element.

    Parameters
    ----------
    file
        The model file, to be named where something is wrong.

    Raises
    ------
    InputError
        ``model_loop`` for every group of equations that need each other at the same moment.

    >>> from sim.model.ir import Clocks, Variable
    >>> names = {name: Variable(name, "auxiliary") for name in "abc"}
    >>> a = Equation("a", "value", (), (), Ref("b"))
    >>> b = Equation("b", "value", (), (), Ref("c"))
    >>> [e.variable for e in order(Equations({}, names, (a, b), Clocks(0.0, 1.0, 1.0, 1.0)))]
    ['b', 'a']
    """
    chosen = [equation for equation in equations.equations if equation.role == "value"]
    return _Graph(equations, chosen, at_start=False).sorted("model_loop", file)


def initial_order(equations: Equations, file: Path | None = None) -> tuple[Equation, ...]:
    """The equations that give stocks, held variables and delays of fixed length their first values, in order.

    At the start an auxiliary with an "initial" equation (ACTIVE INITIAL) takes its value from there. Auxiliaries that
    no first value needs are left out.

    Raises
    ------
    InputError
        ``model_start_loop`` for every group of equations that need each other's first value.
    """
    roles = {(equation.variable, equation.role) for equation in equations.equations}

    def serves(equation: Equation) -> bool:
        if equations.variables[equation.variable].kind in START_KINDS:
            return equation.role == "initial"
        return equation.role == "initial" or (equation.role == "value" and (equation.variable, "initial") not in roles)

    graph = _Graph(equations, [e for e in equations.equations if serves(e)], at_start=True)
    wanted = {n for n, e in enumerate(graph.nodes) if equations.variables[e.variable].kind in START_KINDS}
    for equation in equations.equations:
        for past in _pasts(equation.body):
            for read in (*reads(past.delay, at_start=True), *reads(past.initial, at_start=True)):
                wanted |= set(graph.givers_of(read))
    chosen = [graph.nodes[number] for number in sorted(graph.reached(wanted))]
    return _Graph(equations, chosen, at_start=True).sorted("model_start_loop", file)


def reads(expression: Expression, *, at_start: bool = False) -> Iterator[Ref]:
    """What an expression needs to be known at the same moment.

    A delay of fixed length needs nothing but its history; at the start, its first value.

    >>> [ref.variable for ref in reads(Op("add", (Ref("a"), Past("b", (), Ref("c"), Ref("d")))), at_start=True)]
    ['a', 'd']
    """
    waiting = [expression]
    while waiting:
        found = waiting.pop()
        match found:
            case Ref():
                yield found
            case Past(initial=initial):
                waiting += [initial] if at_start else []
            case _:
                waiting.extend(reversed(parts(found)))


def fixed(expression: Expression, places: Mapping[str, int]) -> Expression:
    """The expression at one position of each loop axis in ``places``.

    >>> fixed(Ref("x", (Index("park"), Index("year", (2, 1)))), {"year": 0})
    Ref(variable='x', index=(Index(axis='park', positions=None), Index(axis=None, positions=(2,))))
    """
    match expression:
        case Ref(variable=name, index=index):
            return Ref(name, fixed_index(index, places))
        case Look(table=name, index=index, argument=argument):
            return Look(name, fixed_index(index, places), fixed(argument, places))
        case Past(variable=name, index=index, delay=delay, initial=initial):
            return Past(name, fixed_index(index, places), fixed(delay, places), fixed(initial, places))
        case Op(name=name, arguments=arguments):
            return Op(name, tuple(fixed(argument, places) for argument in arguments))
        case Reduce(operator=operator, axes=axes, body=body):
            return Reduce(operator, axes, fixed(body, places))
        case _:
            return expression


def fixed_index(index: tuple[Index, ...], places: Mapping[str, int]) -> tuple[Index, ...]:
    """An index at one position of each loop axis in ``places``."""
    return tuple(
        Index(None, (i.at(places[i.axis]),)) if i.axis is not None and i.axis in places else i for i in index
    )


def _pasts(expression: Expression) -> Iterator[Past]:
    return (part for part in walk(expression) if isinstance(part, Past))


def _overlap(one: tuple[Index, ...], other: tuple[Index, ...]) -> bool:
    """Whether two indices may mean the same element; an index without positions means all."""
    return all(
        a.positions is None or b.positions is None or not set(a.positions).isdisjoint(b.positions)
        for a, b in zip(one, other, strict=True)
    )


@dataclass
class _Graph:
    """Equations and which of them need which; a node is a place in ``nodes``, which are in the order of the file."""

    model: Equations
    nodes: Sequence[Equation]
    at_start: bool

    def __post_init__(self) -> None:
        self.writers: dict[str, list[int]] = {}
        for number, equation in enumerate(self.nodes):
            self.writers.setdefault(equation.variable, []).append(number)
        self.needs = [self._needs(equation) for equation in self.nodes]

    def sorted(self, code: str, file: Path | None) -> tuple[Equation, ...]:
        """The equations in order; those that need each other taken apart."""
        groups = [group for group in self._groups() if len(group) > 1 or group[0] in self.needs[group[0]]]
        if not groups:
            return tuple(self.nodes[number] for number in self._topological())
        circles = [circle for circle in (self._certain_circle(group) for group in groups) if circle]
        if circles:
            raise InputError(self._problem(circle, code, file) for circle in circles)
        if not any(self.nodes[number].loops for group in groups for number in group):
            raise InputError(self._problem(self._circle(group, self.needs), code, file) for group in groups)
        apart = {number for group in groups for number in group}
        nodes = [e for n, whole in enumerate(self.nodes) for e in (self._elements(whole) if n in apart else (whole,))]
        return _Graph(self.model, nodes, self.at_start).sorted(code, file)

    def reached(self, wanted: Iterable[int]) -> set[int]:
        """Nodes that some of ``wanted`` need, themselves included."""
        found: set[int] = set()
        waiting = list(wanted)
        while waiting:
            number = waiting.pop()
            if number not in found:
                found.add(number)
                waiting += self.needs[number]
        return found

    def givers_of(self, read: Ref) -> Iterator[int]:
        """Nodes that give an element of what is read."""
        for number in self.writers.get(read.variable, ()):
            if _overlap(self.nodes[number].target, read.index):
                yield number

    def _needs(self, equation: Equation) -> dict[int, bool]:
        """By node that an equation needs: whether surely at every element, as both run over the same loops."""
        found: dict[int, bool] = {}
        around = set(equation.loops)
        for read in reads(equation.body, at_start=self.at_start):
            for giver in self.givers_of(read):
                same = self.nodes[giver].target == read.index and around >= set(self.nodes[giver].loops)
                found[giver] = found.get(giver, False) or same
        return found

    def _elements(self, equation: Equation) -> Iterator[Equation]:
        names = [axis for axis, _ in equation.loops]
        for places in product(*(range(len(self.model.ranges[over])) for _, over in equation.loops)):
            at = dict(zip(names, places, strict=True))
            yield replace(equation, loops=(), target=fixed_index(equation.target, at), body=fixed(equation.body, at))

    def _topological(self) -> list[int]:
        missing = [len(needs) for needs in self.needs]
        takers: list[list[int]] = [[] for _ in self.nodes]
        for number, needs in enumerate(self.needs):
            for giver in needs:
                takers[giver].append(number)
        ready = [number for number, count in enumerate(missing) if not count]  # sorted, so it is a heap
        done = []
        while ready:
            number = heapq.heappop(ready)
            done.append(number)
            for taker in takers[number]:
                missing[taker] -= 1
                if not missing[taker]:
                    heapq.heappush(ready, taker)
        return done

    def _groups(self) -> list[list[int]]:
        """Nodes that need each other, directly or not (Tarjan's strongly connected components), without recursion."""
        index: dict[int, int] = {}
        low: dict[int, int] = {}
        trail: list[int] = []
        on_trail: set[int] = set()
        groups: list[list[int]] = []
        for root in range(len(self.nodes)):
            work = [] if root in index else [(root, iter(self.needs[root]))]
            while work:
                node, following = work[-1]
                if node not in index:
                    index[node] = low[node] = len(index)
                    trail.append(node)
                    on_trail.add(node)
                for giver in following:
                    if giver not in index:
                        work.append((giver, iter(self.needs[giver])))
                        break
                    if giver in on_trail:
                        low[node] = min(low[node], index[giver])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[node])
                    if low[node] == index[node]:
                        group = [trail.pop()]
                        while group[-1] != node:
                            group.append(trail.pop())
                        on_trail.difference_update(group)
                        groups.append(sorted(group))
        return sorted(groups)

    def _certain_circle(self, group: Sequence[int]) -> list[int]:
        """A circle that exists at every element, whatever the mappings; empty if there is none."""
        return self._circle(group, [{g: True for g, sure in needs.items() if sure} for needs in self.needs])

    def _circle(self, group: Sequence[int], needs: Sequence[Mapping[int, bool]]) -> list[int]:
        """The shortest circle through the first node of the group that lies on one."""
        inside = set(group)
        for first in group:
            before: dict[int, int] = {}
            waiting = [first]
            for node in waiting:
                for giver in sorted(needs[node].keys() & inside):
                    if giver == first:
                        path = [node]
                        while path[-1] != first:
                            path.append(before[path[-1]])
                        return [*reversed(path), first]
                    if giver not in before:
                        before[giver] = node
                        waiting.append(giver)
        return []

    def _problem(self, circle: Sequence[int], code: str, file: Path | None) -> Problem:
        found = [self.nodes[number] for number in circle]
        names = [equation.variable for equation in found]
        if len(set(names)) < len(names) - 1:  # the same variable at several elements
            names = [self._name(equation) for equation in found]
        line = found[0].line or None
        return Problem(Place(file, line) if file else None, code, {"circle": " → ".join(names)})

    def _name(self, equation: Equation) -> str:
        """A variable with its labels, or with the loop axes where they run."""
        axes = self.model.variables[equation.variable].axes
        labels = [
            self.model.ranges[over][index.at(0)] if index.axis is None else index.axis
            for index, over in zip(equation.target, axes, strict=True)
        ]
        return f"{equation.variable}[{','.join(labels)}]" if labels else equation.variable
