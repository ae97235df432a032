"""Operations that compiled code does in one instruction, each with a twin in Python that gives the same bits.

Called from plain Python they compute exactly what the instruction does; where compiled code calls them, LLVM's
instruction of ``INSTRUCTIONS`` takes the place of the call. Sums and products are fused only where ``fma`` says so.
The sign and payload of a NaN are not part of a result: processors differ in them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import overload

from sim.engine.operands import Kind

_ALL_BITS = (1 << 64) - 1


def fma(a: float, b: float, c: float) -> float:
    """``a × b + c``, rounded once.

    >>> fma(0.1, 10.0, -1.0)
    5.551115123125783e-17
    """
    if not (math.isfinite(a) and math.isfinite(b)):
        return a * b + c
    if not math.isfinite(c):
        return c
    if a == 0.0 or b == 0.0:
        return a * b + c
    (p, q), (r, s), (t, u) = a.as_integer_ratio(), b.as_integer_ratio(), c.as_integer_ratio()
    above, below = p * r * u + t * q * s, q * s * u
    try:
        return above / below
    except OverflowError:
        return math.inf if above > 0 else -math.inf


def bits(x: float) -> int:
    """The 64 bits of ``x``, read as an integer.

    >>> hex(bits(1.0))
    '0x3ff0000000000000'
    """
    return int(struct.unpack("<q", struct.pack("<d", x))[0])


def from_bits(n: int) -> float:
    """The number whose bits are the low 64 bits of ``n``."""
    return float(struct.unpack("<d", struct.pack("<Q", n & _ALL_BITS))[0])


def shift_right(n: int, places: int) -> int:
    """The 64 bits of ``n`` moved right, filled with zeros."""
    return (n & _ALL_BITS) >> places


def plus(a: int, b: int) -> int:
    """The low 64 bits of a sum, as an integer with a sign.

    >>> plus(2**63 - 1, 1) == -(2**63)
    True
    """
    return (a + b + (1 << 63) & _ALL_BITS) - (1 << 63)


def times(a: int, b: int) -> int:
    """The low 64 bits of a product, as an integer with a sign."""
    return (a * b + (1 << 63) & _ALL_BITS) - (1 << 63)


@overload
def select(condition: bool, a: int, b: int) -> int: ...
@overload
def select(condition: bool, a: float, b: float) -> float: ...
def select(condition: bool, a: float, b: float) -> float:
    """``a`` where the condition holds, else ``b``; both are computed."""
    return a if condition else b


def truncate(x: float) -> float:
    """The nearest integer towards zero, with the sign of ``x``."""
    return math.copysign(float(math.trunc(x)), x) if math.isfinite(x) else x


def absolute(x: float) -> float:
    """``x`` without its sign."""
    return math.fabs(x)


def square_root(x: float) -> float:
    """The square root; NaN of a negative number.

    >>> square_root(2.25), square_root(-1.0)
    (1.5, nan)
    """
    return math.sqrt(x) if x >= 0.0 else x + math.nan if x != 0.0 else x


@dataclass(frozen=True)
class Instruction:
    """What compiled code does instead of a call.

    Parameters
    ----------
    text
        In LLVM's language, with a place for each operand.
    declared
        Line that a module needs once.
    """

    takes: tuple[Kind, ...]
    gives: Kind
    text: str
    declared: str = ""


def _of_llvm(name: str, count: int) -> Instruction:
    """A call of LLVM's intrinsic of ``count`` doubles."""
    given = ", ".join(f"double {{{number}}}" for number in range(count))
    declared = f"declare double @llvm.{name}.f64({', '.join(['double'] * count)})"
    takes: tuple[Kind, ...] = tuple("float" for _ in range(count))
    return Instruction(takes, "float", f"call double @llvm.{name}.f64({given})", declared)


INSTRUCTIONS: Mapping[str, Instruction] = {
    "fma": _of_llvm("fma", 3),
    "truncate": _of_llvm("trunc", 1),
    "absolute": _of_llvm("fabs", 1),
    "square_root": _of_llvm("sqrt", 1),
    "bits": Instruction(("float",), "int", "bitcast double {0} to i64"),
    "from_bits": Instruction(("int",), "float", "bitcast i64 {0} to double"),
    "plus": Instruction(("int", "int"), "int", "add i64 {0}, {1}"),
    "times": Instruction(("int", "int"), "int", "mul i64 {0}, {1}"),
    "shift_right": Instruction(("int", "int"), "int", "lshr i64 {0}, {1}"),
}
"""Instructions by the names of the functions above; ``select`` takes both kinds of numbers and stands in
:mod:`sim.engine.lower`."""
