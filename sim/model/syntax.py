"""The right side of an entry as a tree of what is written there; nothing is resolved yet.

A parser delivers it, :mod:`sim.model.functions` gives it a meaning. Names of functions are upper-case with single
spaces, whatever the parser makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Literal:
    """A number; what is no number stands for ``:NA:``."""

    value: float


@dataclass(frozen=True)
class Numbers:
    """Several numbers, row after row."""

    values: tuple[float, ...]


@dataclass(frozen=True)
class Name:
    """A variable, a subscript range or a label, with what stands in brackets after it."""

    name: str
    subscripts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(self.subscripts)}]" if self.subscripts else self.name


@dataclass(frozen=True)
class Call:
    """A function, or a lookup read at its only argument."""

    function: str
    arguments: tuple[Syntax, ...]
    subscripts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chain:
    """Terms with an operator between two neighbours: ``a - b + c``; one operator and one term: ``-a``, ``:NOT: a``.

    All operators of a chain are of one level: ``+ -``, ``* /``, ``^``, comparisons, or ``:AND: :OR:``.
    """

    operators: tuple[str, ...]
    terms: tuple[Syntax, ...]


@dataclass(frozen=True)
class Points:
    """The points of a lookup, in the order of x."""

    x: tuple[float, ...]
    y: tuple[float, ...]


@dataclass(frozen=True)
class Inline:
    """WITH LOOKUP: points that are written where they are read."""

    argument: Syntax
    points: Points


@dataclass(frozen=True)
class Course:
    """Data over time: points, and the keyword that says how they are read between them."""

    points: Points
    keyword: str


Syntax = Literal | Numbers | Name | Call | Chain | Points | Inline | Course

REDUCTIONS = {"SUM": "sum", "PROD": "product", "VMIN": "minimum", "VMAX": "maximum"}
"""Functions of all elements along the subscripts with a ``!``, and what they are called in the equations."""

SELECT = "VECTOR SELECT"


def within(syntax: Syntax) -> tuple[Syntax, ...]:
    """What is directly inside.

    >>> within(Chain(("-",), (Name("a"),)))
    (Name(name='a', subscripts=()),)
    """
    match syntax:
        case Call(arguments=arguments):
            return arguments
        case Chain(terms=terms):
            return terms
        case Inline(argument=argument):
            return (argument,)
        case _:
            return ()


def reduced(syntax: Syntax) -> Iterator[str]:
    """Ranges with a ``!`` that the function around ``syntax`` runs over, those of functions inside left out.

    >>> list(reduced(Chain(("*",), (Name("x", ("park!",)), Call("SUM", (Name("y", ("node!",)),))))))
    ['park']
    """
    if isinstance(syntax, Name | Call):
        yield from (subscript[:-1].strip() for subscript in syntax.subscripts if subscript.endswith("!"))
    if not (isinstance(syntax, Call) and (syntax.function in REDUCTIONS or syntax.function == SELECT)):
        for part in within(syntax):
            yield from reduced(part)
