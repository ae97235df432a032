"""Equations in the making: what translation collects until the model is whole.

Mistakes of the author and constructs that are not covered are noted and translation goes on, so that all of them are
told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import Place, Problem
from sim.model.ir import (
    Check,
    Equation,
    Expression,
    Index,
    Kind,
    Look,
    Number,
    Past,
    Reduce,
    Ref,
    Role,
    Variable,
    parts,
)
from sim.model.subscripts import Ranges

if TYPE_CHECKING:
    from sim.model.courses import Data

DEEPEST = 150
"""Most operators inside each other: everything that reads the equations does so by recursion."""


@dataclass(frozen=True)
class Reason:
    """Why a model is not translated although it is legal: a construct of the language, where it stands.

    >>> str(Reason("VECTOR RANK", "share", 12))
    'VECTOR RANK (share, 12)'
    """

    construct: str
    variable: str
    line: int

    def __str__(self) -> str:
        return f"{self.construct} ({self.variable}, {self.line})" if self.line else self.construct


@dataclass(frozen=True)
class Axis:
    """A loop around an expression.

    Parameters
    ----------
    name
        Its name, unlike that of every other loop around the expression.
    over
        The range in the equations that it runs over.
    written
        How the file names it: ``park``, or ``park!`` inside a reduction.
    """

    name: str
    over: str
    written: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: in the equation of which variable, inside which loops (outermost first)."""

    variable: str
    line: int
    axes: tuple[Axis, ...] = ()
    left: str = ""

    @property
    def loops(self) -> tuple[tuple[str, str], ...]:
        """Names and ranges of the loops."""
        return tuple((axis.name, axis.over) for axis in self.axes)

    def find(self, written: str) -> Axis | None:
        """The innermost loop of that name in the file."""
        return next((axis for axis in reversed(self.axes) if axis.written == written), None)


@dataclass(frozen=True)
class Known:
    """What references need to know of a variable."""

    name: str
    kind: Kind
    axes: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """A made variable with the loops that its equations run in."""

    name: str
    scope: Scope

    @property
    def ref(self) -> Ref:
        """Its value inside its loops."""
        return Ref(self.name, self.index)

    @property
    def index(self) -> tuple[Index, ...]:
        """Its own loops as an index."""
        return tuple(Index(axis.name) for axis in self.scope.axes)


@dataclass
class Draft:
    """A model in the making.

    Parameters
    ----------
    known
        The variables of the file by plain name.
    data
        By name the data variables.
    calls
        Calls of functions that draw random numbers so far.
    made_ranges
        Labels of ranges that no variable of the author has: lines of a lookup, points that are tried out.
    restricted
        Made ranges, by the range and those of its labels that an equation is for.
    steady
        Expressions that must not depend on time, each with the reason to give otherwise.
    lost
        Whether the file has parts that can't be read, so that nothing can be said of names that are not defined.
    """

    path: Path
    ranges: Ranges
    known: Mapping[str, Known] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    made: dict[str, Variable] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    data: dict[str, Data] = field(default_factory=dict)
    calls: int = 0
    made_ranges: dict[str, tuple[str, ...]] = field(default_factory=dict)
    restricted: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)
    steady: list[tuple[Expression, Reason]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    lost: bool = False

    def mistake(self, scope: Scope, code: str, values: Mapping[str, object], suggestion: str = "") -> Number:
        """Note a mistake; the number stands for the expression that it is in."""
        place = Place(self.path, scope.line or None)
        problem = Problem(place, code, {"name": scope.variable, **values}, suggestion)
        if problem not in self.problems:
            self.problems.append(problem)
        return Number(0.0)

    def missing(self, scope: Scope, construct: str) -> Number:
        """Note something that is not covered; the number stands for the expression that it is in."""
        reason = Reason(construct, scope.variable, scope.line)
        if reason not in self.reasons:
            self.reasons.append(reason)
        return Number(0.0)

    def range_of(self, over: str, labels: tuple[str, ...]) -> str:
        """The range with these labels of ``over``: itself, or a made one."""
        if labels == self.ranges.labels[over]:
            return over
        count = sum(range_ == over for range_, _ in self.restricted) + 1
        return self.restricted.setdefault((over, labels), f"#{over} {count}")

    def labels(self) -> dict[str, tuple[str, ...]]:
        """All ranges, made ones too."""
        restricted = {name: labels for (_, labels), name in self.restricted.items()}
        return self.ranges.labels | restricted | self.made_ranges

    def make(self, scope: Scope, word: str, kind: Kind, inside: Iterable[Expression], **more: object) -> Made:
        """A made variable for what is inside an equation, along those of its loops that matter to it."""
        matter = {name for expression in inside for name in loops_in(expression)}
        axes = tuple(axis for axis in scope.axes if axis.name in matter)
        number = 1
        while (name := f"#{word} {number} of {scope.variable}") in self.made:
            number += 1
        self.made[name] = Variable(name, kind, tuple(axis.over for axis in axes), made=True, **more)  # type: ignore[arg-type]
        return Made(name, Scope(scope.variable, scope.line, axes, scope.left))

    def give(self, made: Made, role: Role, body: Expression) -> None:
        """An equation of a made variable."""
        self.add(Equation(made.name, role, made.scope.loops, made.index, body), made.scope)

    def add(self, equation: Equation, scope: Scope) -> None:
        """An equation of any variable."""
        if too_deep(equation.body):
            self.missing(scope, "(((…)))")
        else:
            self.equations.append(equation)


def loops_in(expression: Expression) -> set[str]:
    """Names of the loops around an expression that it depends on.

    >>> loops_in(Reduce("sum", (("park!", "park"),), Ref("x", (Index("park!"), Index("industry")))))
    {'industry'}
    """
    found: set[str] = set()
    if isinstance(expression, Ref | Look | Past):
        found |= {index.axis for index in expression.index if index.axis is not None}
    for part in parts(expression):
        found |= loops_in(part)
    if isinstance(expression, Reduce):
        found -= {name for name, _ in expression.axes}
    return found


def too_deep(expression: Expression) -> bool:
    """Whether more than :data:`DEEPEST` operators are inside each other; level by level, without recursion."""
    level: list[Expression] = [expression]
    for _ in range(DEEPEST):
        level = [part for one in level for part in parts(one)]
        if not level:
            return False
    return True
