"""Equations of a model in one small frozen form, whatever language they were written in.

Everything is resolved here: names to variables, subscripts to positions, mappings and subranges to tuples of
positions, macros and functions that remember (SMOOTH, DELAY, TREND, …) to plain stocks. What an engine needs besides
is the order of evaluation (:mod:`sim.model.order`).

A loop axis of an equation is a name of its own ("park", "industry", "industry!"); it runs over the positions of a
range. An :class:`Index` says which position of a variable's axis a reference means while the loops run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["constant", "auxiliary", "stock", "held", "lookup"]
"""``held``: keeps a value from step to step that is replaced, not integrated (SAMPLE IF TRUE, DELAY FIXED)."""

Role = Literal["value", "initial", "flow", "next"]
"""What an equation gives: the value of an auxiliary; of a stock its value at the start and its net flow; of a held
variable its value at the start and that of the next step."""


@dataclass(frozen=True)
class Index:
    """Position along one axis of a variable: fixed, or following a loop.

    Parameters
    ----------
    axis
        Name of the loop axis; ``None`` for a fixed position.
    positions
        By position of the loop the position on the variable's axis; the single fixed position; ``None`` where both
        are the same.

    >>> Index("material", (0, 1, 2)).at(2), Index(None, (5,)).at(0), Index("park").at(7)
    (2, 5, 7)
    """

    axis: str | None
    positions: tuple[int, ...] | None = None

    def at(self, position: int) -> int:
        """Position on the variable's axis while the loop is at ``position``."""
        if self.axis is None:
            assert self.positions is not None
            return self.positions[0]
        return position if self.positions is None else self.positions[position]


@dataclass(frozen=True)
class Number:
    """A number in the text of an equation."""

    value: float


@dataclass(frozen=True)
class Clock:
    """Time, or one of the four numbers that govern it."""

    which: Literal["time", "step", "start", "end", "saveper"]


@dataclass(frozen=True)
class Ref:
    """The value of a variable at a position."""

    variable: str
    index: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Op:
    """An operator or function of numbers: every name of :data:`OPERATORS` with as many arguments."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Reduce:
    """A sum (product, minimum, maximum) of ``body`` over loop axes that exist only inside it, in index order.

    Parameters
    ----------
    axes
        Name of the axis and name of the range that it runs over.
    """

    operator: Literal["sum", "product", "minimum", "maximum"]
    axes: tuple[tuple[str, str], ...]
    body: Expression


@dataclass(frozen=True)
class Look:
    """A lookup table read at ``argument``: straight lines between its points."""

    table: str
    index: tuple[Index, ...]
    argument: Expression


@dataclass(frozen=True)
class Past:
    """What a DELAY FIXED gives: ``variable`` of ``delay`` ago, ``initial`` before that.

    The number of steps is ``max(1, round(delay / step))`` taken at the start.
    """

    variable: str
    index: tuple[Index, ...]
    delay: Expression
    initial: Expression


Expression = Number | Clock | Ref | Op | Reduce | Look | Past

OPERATORS: Mapping[str, int] = {
    "add": 2, "subtract": 2, "multiply": 2, "divide": 2, "negative": 1, "power": 2,
    "less": 2, "less_equal": 2, "greater": 2, "greater_equal": 2, "equal": 2, "not_equal": 2,
    "and": 2, "or": 2, "not": 1, "where": 3,
    "exp": 1, "log": 1, "sqrt": 1, "absolute": 1, "sin": 1, "cos": 1, "tan": 1, "arcsin": 1, "arccos": 1, "arctan": 1,
    "sinh": 1, "cosh": 1, "tanh": 1, "minimum": 2, "maximum": 2, "integer": 1, "modulo": 2, "quantum": 2,
    "zidz": 2, "xidz": 3, "erfc": 1, "log_gamma": 1, "quantile": 1, "uniform": 4,
}  # fmt: skip
"""Number of arguments by operator. Comparisons and logic give truth values, ``where`` takes one first; everything
else takes and gives numbers: translation puts ``not_equal(x, 0)`` and ``where(c, 1, 0)`` in between. ``uniform``
draws a number for a seed, a stream, an element and a step; ``quantile`` is that of the normal distribution."""

RUN = "#run"
"""Made constant of a model that draws random numbers: the number of the run in an ensemble, 0 in a run alone."""

TRUTH = frozenset({"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not"})
"""Operators that give a truth value."""


@dataclass(frozen=True)
class Equation:
    """One equation for some elements of a variable.

    Parameters
    ----------
    loops
        Loop axes with their ranges, outermost first.
    target
        Where the value goes, one index for each axis of the variable.
    line
        Line of the model file; 0 for what translation made.
    """

    variable: str
    role: Role
    loops: tuple[tuple[str, str], ...]
    target: tuple[Index, ...]
    body: Expression
    line: int = 0


@dataclass(frozen=True)
class Variable:
    """A variable with its axes.

    Parameters
    ----------
    axes
        Names of ranges, in the order of the model file.
    values
        Of a constant: numbers in C order over the axes. Of a lookup: the y values, the points innermost.
    points
        Of a lookup: the x values.
    made
        Whether translation made it (a stage of a delay); it is no variable of the model's author.
    """

    name: str
    kind: Kind
    axes: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    points: tuple[float, ...] = ()
    units: str = ""
    documentation: str = ""
    made: bool = False
    line: int = 0


@dataclass(frozen=True)
class Clocks:
    """The control section of a model file, where it holds plain numbers."""

    start: float
    end: float
    step: float
    saveper: float


@dataclass(frozen=True)
class Check:
    """What must hold at the start of a run for the equations to mean what the language says.

    ``code`` is a key of the catalogue; ``small`` must not exceed ``large`` (both in the loops of the check).
    """

    code: str
    variable: str
    loops: tuple[tuple[str, str], ...]
    small: Expression
    large: Expression


@dataclass(frozen=True)
class Equations:
    """A whole model.

    Parameters
    ----------
    ranges
        Labels by range; subranges and mapped ranges included.
    variables
        By name as in the file, in the order of the file; made ones last.
    """

    ranges: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Variable]
    equations: tuple[Equation, ...]
    clocks: Clocks
    checks: tuple[Check, ...] = field(default=())

    def shape(self, axes: tuple[str, ...]) -> tuple[int, ...]:
        """Number of labels along each axis."""
        return tuple(len(self.ranges[name]) for name in axes)


def parts(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly inside one.

    >>> parts(Op("add", (Number(1.0), Number(2.0))))
    (Number(value=1.0), Number(value=2.0))
    """
    match expression:
        case Op(arguments=arguments):
            return arguments
        case Reduce(body=body):
            return (body,)
        case Look(argument=argument):
            return (argument,)
        case Past(delay=delay, initial=initial):
            return (delay, initial)
        case _:
            return ()


def walk(expression: Expression) -> Iterator[Expression]:
    """An expression and everything inside it, outer before inner.

    >>> sum(isinstance(part, Number) for part in walk(Op("add", (Number(1.0), Number(2.0)))))
    2
    """
    waiting = [expression]  # no recursion: a sum of thousands of terms is as deep as it is long
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(parts(found)))


def rebuild(expression: Expression, inner: Sequence[Expression]) -> Expression:
    """The same node around other parts."""
    match expression:
        case Op():
            return Op(expression.name, tuple(inner))
        case Reduce():
            return Reduce(expression.operator, expression.axes, inner[0])
        case Look():
            return Look(expression.table, expression.index, inner[0])
        case Past():
            return Past(expression.variable, expression.index, inner[0], inner[1])
        case _:
            return expression


def references(expression: Expression) -> Iterator[tuple[str, tuple[Index, ...]]]:
    """Every value that an expression takes, with the position."""
    for part in walk(expression):
        match part:
            case Ref(variable=name, index=index) | Look(table=name, index=index) | Past(variable=name, index=index):
                yield name, index


def reads(expression: Expression) -> Iterator[tuple[str, tuple[Index, ...]]]:
    """Every value that must be known before an expression; what a delay gives was known at earlier steps.

    >>> list(reads(Past("x", (), Ref("steps"), Number(0.0))))
    [('steps', ())]
    """
    for part in walk(expression):
        match part:
            case Ref(variable=name, index=index) | Look(table=name, index=index):
                yield name, index
