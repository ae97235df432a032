"""Numbers as LLVM's language writes them: their kinds, and what is known of them before anything runs."""

from __future__ import annotations

import ast
import operator
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["float", "int", "truth", "memory"]

TYPES: Mapping[Kind, str] = {"float": "double", "int": "i64", "truth": "i1", "memory": "ptr"}
"""LLVM's types of the four kinds."""

Known = bool | int | float


@dataclass(frozen=True)
class Operand:
    """What an instruction takes.

    Parameters
    ----------
    text
        A register, or a number.
    known
        The number, where the text of the kernel holds it.
    region
        Of memory: the part of it that no other operand reaches.
    """

    kind: Kind
    text: str
    known: Known | None = None
    region: str = ""


def constant(value: Known) -> Operand:
    """A number that stands in the text.

    >>> constant(0.5).text, constant(-3).text, constant(True).text
    ('0x3FE0000000000000', '-3', 'true')
    """
    if isinstance(value, bool):
        return Operand("truth", "true" if value else "false", value)
    if isinstance(value, int):
        return Operand("int", str(value), value)
    return Operand("float", f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}", value)


_OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.LShift: operator.lshift, ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_, ast.BitXor: operator.xor,
}  # fmt: skip


def folded(kind: ast.operator, left: Known | None, right: Known | None) -> Known | None:
    """What two known numbers give, or None: one isn't known, or Python raises where a processor goes on.

    >>> folded(ast.LShift(), 3, 2), folded(ast.Div(), 1.0, 0.0)
    (12, None)
    """
    if left is None or right is None:
        return None
    try:
        found: Known = _OPERATIONS[type(kind)](left, right)
    except ZeroDivisionError:
        return None
    return found
