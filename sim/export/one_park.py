"""The equations of one park without subscripts: every element a variable, sums written out, the region from outside.

A variable without a park of its own is *regional* if it follows, however indirectly, from values of parks that change
in a run, or is a fixed number made of values of parks. Regional values, sums over parks and values of other parks come
from outside; everything else is computed, policy levers that act through no other park among it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from itertools import product

import numpy as np

from sim import dims
from sim.engine.inputs import RunInputs
from sim.errors import InputError, Problem
from sim.export.scalar_names import ScalarNames
from sim.model.ir import (
    Clock,
    Equation,
    Equations,
    Expression,
    Index,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Role,
    Variable,
    parts,
    rebuild,
    references,
    walk,
)
from sim.model.order import fixed, fixed_index

Place = tuple[int, ...]
_CHAINED = {"sum": "add", "product": "multiply", "minimum": "minimum", "maximum": "maximum"}


@dataclass(frozen=True)
class Element:
    """One element of a variable: positions along its axes."""

    variable: str
    place: Place = ()


@dataclass
class OnePark:
    """What the model of one park consists of.

    Parameters
    ----------
    equations
        The whole model, with what the study sets made constant (:func:`sim.model.override.override`).
    inputs
        Numbers of the study.
    park
        Position of the park among the labels of the park dimension.

    Attributes
    ----------
    elements
        By element its equations: what they say by role, in terms of names without subscripts; nothing for a constant,
        a series or a lookup.
    outside
        By expression of the whole model that comes from outside, its name.
    """

    equations: Equations
    inputs: RunInputs
    park: int
    names: ScalarNames
    elements: dict[Element, dict[Role, Expression]] = field(default_factory=dict)
    outside: dict[Expression, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parks = set(self.equations.ranges[dims.PARK])
        self._over_parks = {name for name, labels in self.equations.ranges.items() if labels and set(labels) <= parks}
        self._label = self.equations.ranges[dims.PARK][self.park]
        self._rules: dict[str, list[Equation]] = {}
        for equation in self.equations.equations:
            self._rules.setdefault(equation.variable, []).append(equation)
        self._regional = self._found_regional()
        self._written: dict[str, dict[Place, dict[Role, Expression]]] = {}
        self._waiting: list[Element] = []
        self._expand()

    # --- what there is

    def _found_regional(self) -> set[str]:
        """Variables without a park axis that follow from moving values of parks, or are fixed by values of parks."""
        variables = self.equations.variables
        own = {name for name, variable in variables.items() if self._has_park(variable)}
        takes = {name: {n for rule in rules for n, _ in references(rule.body)} for name, rules in self._rules.items()}
        shared = {name: taken for name, taken in takes.items() if name not in own}
        begin = {name for name, variable in variables.items() if variable.kind in ("stock", "held")}
        begin |= {name for name, rules in self._rules.items() if any(_reads_time(rule.body) for rule in rules)}
        moving = _takers(takes, begin | set(self.inputs.series))
        follow = _takers(shared, own & moving) - own
        return follow | (_takers(shared, own) - own - moving)

    def _has_park(self, variable: Variable) -> bool:
        return any(axis in self._over_parks for axis in variable.axes)

    def _is_here(self, variable: Variable, place: Place) -> bool:
        """Whether an element belongs to the park, or to no park at all."""
        ranges = self.equations.ranges
        return all(
            ranges[axis][position] == self._label
            for axis, position in zip(variable.axes, place, strict=True)
            if axis in self._over_parks
        )

    def places(self, variable: Variable) -> Iterator[Place]:
        """Positions of the elements of a variable that belong to the park."""
        for place in np.ndindex(self.equations.shape(variable.axes)):
            if self._is_here(variable, place):
                yield place

    def value(self, element: Element) -> np.ndarray | None:
        """Number of a constant, or numbers of a series (times last), or y values of a lookup; else nothing."""
        variable = self.equations.variables[element.variable]
        if element.variable in self.inputs.series:
            return np.asarray(self.inputs.series[element.variable].values[element.place])
        if variable.kind not in ("constant", "lookup"):
            return None
        shape = self.equations.shape(variable.axes) + ((len(variable.points),) if variable.points else ())
        given = self.inputs.constants.get(element.variable, np.reshape(variable.values, (-1,)))
        numbers = np.asarray(given, dtype=float)
        full = numbers.reshape(shape) if numbers.size == np.prod(shape, dtype=int) else np.broadcast_to(numbers, shape)
        return np.asarray(full[element.place])

    # --- writing out

    def _expand(self) -> None:
        for name, variable in self.equations.variables.items():
            if self._has_park(variable) and name in self._rules:
                for place in self.places(variable):
                    self._keep(Element(name, place))
        while self._waiting:
            element = self._waiting.pop(0)
            owner = self.names.of(element.variable, element.place)
            for role, body in self._bodies(element).items():
                self.elements[element][role] = self._closed(body, owner)

    def _keep(self, element: Element) -> None:
        if element not in self.elements:
            self.elements[element] = {}
            self._waiting.append(element)

    def _bodies(self, element: Element) -> dict[Role, Expression]:
        """What the equations say of one element, by role."""
        variable = self.equations.variables[element.variable]
        if variable.kind == "held":
            raise InputError([Problem(None, "export_held", {"name": variable.name})])
        if element.variable not in self._written:
            found: dict[Place, dict[Role, Expression]] = {}
            for rule in self._rules.get(element.variable, ()):
                for place, body in self._each(rule):
                    found.setdefault(place, {})[rule.role] = body
            self._written[element.variable] = found
        return self._written[element.variable].get(element.place, {})

    def _each(self, rule: Equation) -> Iterator[tuple[Place, Expression]]:
        """The places that an equation gives for this park, and its right side at each."""
        ranges = self.equations.ranges
        sizes = [
            [ranges[over].index(self._label)] if over in self._over_parks and self._label in ranges[over]
            else [] if over in self._over_parks else range(len(ranges[over]))
            for _, over in rule.loops
        ]  # fmt: skip
        axes = [axis for axis, _ in rule.loops]
        for positions in product(*sizes):
            at = dict(zip(axes, positions, strict=True))
            place = tuple(index.at(0) for index in fixed_index(rule.target, at))
            if self._is_here(self.equations.variables[rule.variable], place):
                yield place, fixed(rule.body, at)

    def _closed(self, expression: Expression, owner: str) -> Expression:
        """The expression in terms of names without subscripts."""
        match expression:
            case Ref(variable=name, index=index):
                return Ref(self._reference(name, _place(index)))
            case Look(table=name, index=index, argument=argument):
                return Look(self._reference(name, _place(index)), (), self._closed(argument, owner))
            case Past(variable=name, index=index, delay=delay, initial=initial):
                now = self._reference(name, _place(index))
                return Past(now, (), self._closed(delay, owner), self._closed(initial, owner))
            case Reduce(axes=axes) if any(over in self._over_parks for _, over in axes):
                if expression not in self.outside:
                    self.outside[expression] = self.names.of_sum(expression, owner)
                return Ref(self.outside[expression])
            case Reduce():
                return self._written_out(expression, owner)
            case _:
                return rebuild(expression, [self._closed(part, owner) for part in parts(expression)])

    def _reference(self, name: str, place: Place) -> str:
        variable = self.equations.variables[name]
        if name in self._regional or not self._is_here(variable, place):
            whole = Ref(name, tuple(Index(None, (position,)) for position in place))
            return self.outside.setdefault(whole, self.names.of(name, place))
        self._keep(Element(name, place))
        return self.names.of(name, place)

    def _written_out(self, expression: Reduce, owner: str) -> Expression:
        """A sum (product, …) over subscripts term by term; terms that the park table makes nought are left out."""
        axes = [axis for axis, _ in expression.axes]
        counts = [range(len(self.equations.ranges[over])) for _, over in expression.axes]
        terms = [fixed(expression.body, dict(zip(axes, at, strict=True))) for at in product(*counts)]
        if expression.operator == "sum":
            terms = [term for term in terms if not self._is_nought(term)]
        if not terms:
            return Number(0.0)
        chain = _CHAINED[expression.operator]
        return reduce(lambda one, other: Op(chain, (one, other)), [self._closed(term, owner) for term in terms])

    def _is_nought(self, term: Expression) -> bool:
        """Whether a term has a factor from the park table, or from membership, that is nought all the time."""
        match term:
            case Op(name="multiply", arguments=arguments):
                return any(self._is_nought(argument) for argument in arguments)
            case Op(name="divide", arguments=(above, _)):
                return self._is_nought(above)
            case Ref(variable=name, index=index) if self._has_park(self.equations.variables[name]):
                place = _place(index)
                here = self._is_here(self.equations.variables[name], place)
                value = self.value(Element(name, place)) if here else None
                return value is not None and not value.any()
        return False


def _takers(takes: Mapping[str, set[str]], begin: set[str]) -> set[str]:
    """Names that take one of ``begin``, however indirectly, and these themselves.

    >>> sorted(_takers({"a": {"b"}, "b": {"c"}, "d": {"e"}}, {"c"}))
    ['a', 'b', 'c']
    """
    found, before = set(begin), -1
    while len(found) > before:
        before = len(found)
        found |= {name for name, taken in takes.items() if taken & found}
    return found


def _reads_time(expression: Expression) -> bool:
    return any(part == Clock("time") or isinstance(part, Past) for part in walk(expression))


def _place(index: tuple[Index, ...]) -> Place:
    """Positions of an index in which no loop is left."""
    return tuple(one.at(0) for one in index)
