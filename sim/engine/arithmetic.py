"""Arithmetic of kernels written in LLVM's language: one instruction for each operation, in the order of the text."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from sim.engine.operands import TYPES, Kind, Operand, constant, folded

_FLOAT_COMPARISONS = {ast.Lt: "olt", ast.LtE: "ole", ast.Gt: "ogt", ast.GtE: "oge", ast.Eq: "oeq", ast.NotEq: "une"}
_INT_COMPARISONS = {ast.Lt: "slt", ast.LtE: "sle", ast.Gt: "sgt", ast.GtE: "sge", ast.Eq: "eq", ast.NotEq: "ne"}
_FLOAT_OPERATIONS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
_INT_OPERATIONS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.LShift: "shl", ast.BitAnd: "and", ast.BitOr: "or",
    ast.BitXor: "xor",
}  # fmt: skip


class Arithmetic:
    """The lines of one function so far, and the instructions that add to them."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0
        self.block = "entry"

    def binary(self, operator: ast.operator, left: Operand, right: Operand, node: ast.expr) -> Operand:
        """A sum, difference, product, quotient, or an operation on bits."""
        known = folded(operator, left.known, right.known)
        if known is not None:
            return constant(known)
        kind = type(operator)
        if left.kind == right.kind == "truth" and kind in (ast.BitAnd, ast.BitOr):
            return Operand("truth", self.new(f"{_INT_OPERATIONS[kind]} i1 {left.text}, {right.text}"))
        if left.kind == right.kind == "int" and kind in _INT_OPERATIONS:
            return Operand("int", self.new(f"{_INT_OPERATIONS[kind]} i64 {left.text}, {right.text}"))
        if left.kind == right.kind == "int" and kind is ast.FloorDiv and right.known and right.known > 0:
            return self._floor(left, right)
        if kind in _FLOAT_OPERATIONS:
            one, other = self.converted(left, "float"), self.converted(right, "float")
            return Operand("float", self.new(f"{_FLOAT_OPERATIONS[kind]} double {one}, {other}"))
        raise strange(node)

    def _floor(self, left: Operand, right: Operand) -> Operand:
        """A whole quotient, rounded down as in Python, where LLVM's goes towards zero."""
        quotient = self.new(f"sdiv i64 {left.text}, {right.text}")
        rest = self.new(f"srem i64 {left.text}, {right.text}")
        below = self.new(f"icmp slt i64 {rest}, 0")
        return Operand("int", self.new(f"sub i64 {quotient}, {self.new(f'zext i1 {below} to i64')}"))

    def negative(self, inner: Operand) -> Operand:
        """A number with its sign turned."""
        if inner.known is not None:
            return constant(-inner.known)
        if inner.kind == "int":
            return Operand("int", self.new(f"sub i64 0, {inner.text}"))
        return Operand("float", self.new(f"fneg double {self.converted(inner, 'float')}"))

    def comparison(self, operator: ast.cmpop, left: Operand, right: Operand) -> Operand:
        """A truth value; none of them holds for NaN, but that it differs."""
        if left.kind == right.kind == "int":
            text = f"icmp {_INT_COMPARISONS[type(operator)]} i64 {left.text}, {right.text}"
        else:
            one, other = self.converted(left, "float"), self.converted(right, "float")
            text = f"fcmp {_FLOAT_COMPARISONS[type(operator)]} double {one}, {other}"
        return Operand("truth", self.new(text))

    def select(self, condition: Operand, one: Operand, other: Operand) -> Operand:
        """One of two numbers, without a branch."""
        kind: Kind = one.kind if one.kind == other.kind else "float"
        truth = self.converted(condition, "truth")
        texts = [f"{TYPES[kind]} {self.converted(operand, kind)}" for operand in (one, other)]
        return Operand(kind, self.new(f"select i1 {truth}, {', '.join(texts)}"))

    def converted(self, operand: Operand, kind: Kind) -> str:
        """The text of an operand as another kind of number, as Python would convert it."""
        if operand.kind == kind:
            return operand.text
        if operand.known is not None:
            as_kind: dict[Kind, Callable[[Any], Any]] = {"float": float, "int": int, "truth": bool}
            return constant(as_kind[kind](operand.known)).text
        match operand.kind, kind:
            case "int", "float":
                return self.new(f"sitofp i64 {operand.text} to double")
            case "float", "int":
                return self.new(f"fptosi double {operand.text} to i64")
            case "truth", "int":
                return self.new(f"zext i1 {operand.text} to i64")
            case "truth", "float":
                return self.new(f"uitofp i1 {operand.text} to double")
            case "int", "truth":
                return self.new(f"icmp ne i64 {operand.text}, 0")
            case "float", "truth":
                return self.new(f"fcmp une double {operand.text}, 0.0")
        raise TypeError(f"{operand.kind} is no {kind}")

    # --- lines

    def new(self, text: str) -> str:
        """Write an instruction; gives the register of its result."""
        register = self.register()
        self.lines.append(f"  {register} = {text}")
        return register

    def register(self) -> str:
        """A name for a result."""
        self.count += 1
        return f"%.{self.count}"

    def label(self) -> str:
        """A name for a block."""
        self.count += 1
        return f"block.{self.count}"

    def open(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label

    def put(self, text: str) -> None:
        """Write an instruction that gives nothing."""
        self.lines.append(f"  {text}")


def strange(node: ast.AST) -> SyntaxError:
    """The error of a text that isn't of the small language of kernels."""
    return SyntaxError(f"line {getattr(node, 'lineno', 0)} of a kernel can't be compiled: {ast.unparse(node)[:80]}")
