"""Functions of the modelling language that generated kernels call: one Python text, plain or compiled, same bits.

Each takes and gives 64-bit floats and has no branch, so that a compiled loop over runs becomes vector instructions.
"""

from __future__ import annotations

from sim.engine.chance import uniform
from sim.engine.elementary import cos, exp, log, power, sin, tanh
from sim.engine.primitives import absolute, bits, fma, from_bits, select, square_root, truncate
from sim.engine.special import erfc, log_gamma, quantile

__all__ = [
    "SMALL", "absolute", "bits", "cos", "erfc", "exp", "fma", "from_bits", "integer", "log", "log_gamma", "maximum",
    "minimum", "modulo", "power", "quantile", "quantum", "select", "sin", "square_root", "tanh", "truncate", "uniform",
    "xidz", "zidz",
]  # fmt: skip

SMALL = 1e-6
"""A divisor nearer to zero than this counts as zero, as in Vensim."""


def minimum(a: float, b: float) -> float:
    """The lesser of two numbers; NaN if either is NaN.

    >>> minimum(2.0, 1.0), minimum(float("nan"), 1.0)
    (1.0, nan)
    """
    return select(a != a, a, select(a < b, a, b))


def maximum(a: float, b: float) -> float:
    """The greater of two numbers; NaN if either is NaN."""
    return select(a != a, a, select(a > b, a, b))


def xidz(numerator: float, denominator: float, x: float) -> float:
    """The quotient, or ``x`` where the denominator is nearer to zero than ``SMALL``.

    >>> xidz(1.0, 4.0, 9.0), xidz(1.0, 1e-7, 9.0)
    (0.25, 9.0)
    """
    zero = absolute(denominator) < SMALL
    return select(zero, x, numerator / select(zero, 1.0, denominator))


def zidz(numerator: float, denominator: float) -> float:
    """The quotient, or 0 where the denominator is nearer to zero than ``SMALL``."""
    return xidz(numerator, denominator, 0.0)


def integer(x: float) -> float:
    """The nearest integer towards zero, never −0.

    >>> integer(-2.7), integer(-0.5)
    (-2.0, 0.0)
    """
    return truncate(x) + 0.0


def quantum(a: float, b: float) -> float:
    """The multiple of ``b`` next to ``a`` towards zero, or ``a`` where ``b`` is less than ``SMALL``.

    >>> quantum(7.9, 2.0), quantum(7.9, 0.0)
    (6.0, 7.9)
    """
    small = b < SMALL
    return select(small, a, b * integer(a / select(small, 1.0, b)))


def modulo(x: float, m: float) -> float:
    """What is left of ``x`` over multiples of ``m``, with the sign of ``x``.

    >>> modulo(-7.5, 2.0)
    -1.5
    """
    return x - quantum(x, m)
