"""Operations that compiled code does in one instruction, each with a twin in Python that gives the same bits.

Called from plain Python they compute exactly what the instruction does; where compiled code calls them, numba puts
LLVM's instruction in place of the call. Sums and products are fused only where ``fma`` says so. The sign and payload
of a NaN are not part of a result: processors differ in them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, TypeVar, overload

from llvmlite import ir
from numba import types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin, register_jitable

Function = TypeVar("Function", bound=Callable[..., Any])

_DOUBLE, _INTEGER, _BOOLEAN = types.float64, types.int64, types.boolean
_ALL_BITS = (1 << 64) - 1


def inlined(function: Function) -> Function:
    """Make ``function`` callable from compiled code, where its body takes the place of the call."""
    register_jitable(forceinline=True, error_model="numpy")(function)
    return function


def _lowered(function: Callable[..., Any], *cases: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let compiled code use the instruction that the decorated builder emits wherever ``function`` is called."""

    def register(emit: Callable[..., Any]) -> Callable[..., Any]:
        template = type(f"{function.__name__}_template", (ConcreteTemplate,), {"key": function, "cases": list(cases)})
        infer_global(function, types.Function(template))
        for case in cases:
            lower_builtin(function, *case.args)(lambda context, builder, signature, values: emit(builder, *values))
        return emit

    return register


def _intrinsic(name: str) -> Callable[[ir.IRBuilder, ir.Value], ir.Value]:
    """Builder of a call to LLVM's intrinsic of one double, ``name``."""

    def emit(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
        return builder.call(builder.module.declare_intrinsic(name, [ir.DoubleType()]), [value])

    return emit


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


@_lowered(fma, signature(_DOUBLE, _DOUBLE, _DOUBLE, _DOUBLE))
def _emit_fma(builder: ir.IRBuilder, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    return builder.fma(a, b, c)


@_lowered(bits, signature(_INTEGER, _DOUBLE))
def _emit_bits(builder: ir.IRBuilder, x: ir.Value) -> ir.Value:
    return builder.bitcast(x, ir.IntType(64))


@_lowered(from_bits, signature(_DOUBLE, _INTEGER))
def _emit_from_bits(builder: ir.IRBuilder, n: ir.Value) -> ir.Value:
    return builder.bitcast(n, ir.DoubleType())


@_lowered(plus, signature(_INTEGER, _INTEGER, _INTEGER))
def _emit_plus(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    return builder.add(a, b)


@_lowered(times, signature(_INTEGER, _INTEGER, _INTEGER))
def _emit_times(builder: ir.IRBuilder, a: ir.Value, b: ir.Value) -> ir.Value:
    return builder.mul(a, b)


@_lowered(shift_right, signature(_INTEGER, _INTEGER, _INTEGER))
def _emit_shift_right(builder: ir.IRBuilder, n: ir.Value, places: ir.Value) -> ir.Value:
    return builder.lshr(n, places)


@_lowered(select, signature(_INTEGER, _BOOLEAN, _INTEGER, _INTEGER), signature(_DOUBLE, _BOOLEAN, _DOUBLE, _DOUBLE))
def _emit_select(builder: ir.IRBuilder, condition: ir.Value, a: ir.Value, b: ir.Value) -> ir.Value:
    return builder.select(condition, a, b)


for _function, _name in ((truncate, "llvm.trunc"), (absolute, "llvm.fabs"), (square_root, "llvm.sqrt")):
    _lowered(_function, signature(_DOUBLE, _DOUBLE))(_intrinsic(_name))
