"""Expressions written as formulas: ``x * (1 + y)`` in the place of nested operators.

>>> from sim.model.ir import Number
>>> (Term(Number(1.0)) + 2).expression
Op(name='add', arguments=(Number(value=1.0), Number(value=2.0)))
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.model.ir import Expression, Number, Op


@dataclass(frozen=True)
class Term:
    """An expression that takes part in arithmetic."""

    expression: Expression

    def __add__(self, other: Operand) -> Term:
        return op("add", self, other)

    def __radd__(self, other: float) -> Term:
        return op("add", other, self)

    def __sub__(self, other: Operand) -> Term:
        return op("subtract", self, other)

    def __rsub__(self, other: float) -> Term:
        return op("subtract", other, self)

    def __mul__(self, other: Operand) -> Term:
        return op("multiply", self, other)

    def __rmul__(self, other: float) -> Term:
        return op("multiply", other, self)

    def __truediv__(self, other: Operand) -> Term:
        return op("divide", self, other)

    def __rtruediv__(self, other: float) -> Term:
        return op("divide", other, self)

    def __neg__(self) -> Term:
        return op("negative", self)

    def __lt__(self, other: Operand) -> Term:
        return op("less", self, other)

    def __le__(self, other: Operand) -> Term:
        return op("less_equal", self, other)

    def __ge__(self, other: Operand) -> Term:
        return op("greater_equal", self, other)

    def __gt__(self, other: Operand) -> Term:
        return op("greater", self, other)


Operand = Term | float


def op(name: str, *operands: Operand) -> Term:
    """An operator of :data:`sim.model.ir.OPERATORS` with its operands."""
    found = (one.expression if isinstance(one, Term) else Number(float(one)) for one in operands)
    return Term(Op(name, tuple(found)))


def exp(x: Operand) -> Term:
    """E to a power."""
    return op("exp", x)


def log(x: Operand) -> Term:
    """Natural logarithm."""
    return op("log", x)


def sqrt(x: Operand) -> Term:
    """Square root."""
    return op("sqrt", x)


def log_gamma(x: Operand) -> Term:
    """Logarithm of the gamma function."""
    return op("log_gamma", x)


def where(condition: Term, then: Operand, otherwise: Operand) -> Term:
    """One of two numbers, by a truth value."""
    return op("where", condition, then, otherwise)


def least(x: Operand, y: Operand) -> Term:
    """The smaller of two numbers."""
    return op("minimum", x, y)


def most(x: Operand, y: Operand) -> Term:
    """The larger of two numbers."""
    return op("maximum", x, y)


def between(low: Operand, high: Operand, x: Operand) -> Term:
    """A number, or the border that it lies beyond."""
    return most(low, least(high, x))


def floor(x: Term) -> Term:
    """The whole number that is not above."""
    whole = op("integer", x)
    return whole - where(whole > x, 1.0, 0.0)


def ceiling(x: Term) -> Term:
    """The whole number that is not below."""
    return -floor(-x)


def nested(factors: Iterable[Operand]) -> Term:
    """``1 + f (1 + g (1 + …))`` for the factors f, g, …: a sum of products that grow by one factor each."""
    found = Term(Number(1.0))
    for factor in reversed(list(factors)):
        found = 1.0 + factor * found
    return found
