"""Parse a target's expression: text → checked :class:`Expression`; nothing is ever executed.

Python's own grammar is read (``ast``), then every node must be one of the few that `syntax` knows. So
quantities, comparisons and the named functions are possible; attributes, imports and code in strings are not.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from sim.errors import InputError, Place, Problem
from sim.targets.syntax import (
    ELEMENT_DIMS,
    FLAGS,
    FUNCTIONS,
    LABELS,
    Binary,
    Call,
    Expression,
    LabelTest,
    Name,
    Node,
    Number,
    Select,
    Unary,
    walk,
)

MAX_LENGTH, MAX_DEPTH = 2000, 40

_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_FULL_WIDTH = dict(zip("（）［］，＋－＊／＜＞＝“”‘’．：×÷", "()[],+-*/<>=\"\"''.:*/", strict=True)) | {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
}


def parse_expression(
    text: str, outputs: Collection[str], extra: Collection[str] = (), place: Place | None = None
) -> Expression:
    """Check the text of an expression.

    Parameters
    ----------
    text
        What stands in ``targets.toml``.
    outputs
        Names of the outputs of a run.
    extra
        Names of constants and definitions.
    place
        Where the text stands.

    Raises
    ------
    InputError
        With every mistake found, each with its column inside the expression.

    >>> parse_expression("sum(gdp)", ["gdp"]).root
    Call(function='sum', operands=(Name(name='gdp', column=5),), option=None, column=1)
    """
    tree, indent = _tree(text, place)
    reader = _Reader(text, indent, frozenset(outputs), frozenset(extra), place)
    root = reader.read(tree.body, 0)
    if reader.problems:
        raise InputError(reader.problems)
    return Expression(text, root, place)


def _tree(text: str, place: Place | None) -> tuple[ast.Expression, int]:
    if len(text) > MAX_LENGTH:
        raise InputError([Problem(place, "target_expression_long", {"limit": MAX_LENGTH})])
    flat = re.sub(r"[\r\n\t\f\v]", " ", text).rstrip()
    stripped = flat.lstrip()
    try:
        with warnings.catch_warnings():  # doubtful escapes and the like: refused or harmless here
            warnings.simplefilter("ignore")
            return ast.parse(stripped, mode="eval"), len(flat) - len(stripped)
    except SyntaxError as error:
        column = (error.offset or 1) + len(flat) - len(stripped)
        values = {"text": text.strip()[:120], "column": max(1, min(column, len(text) or 1))}
        raise InputError([Problem(place, "target_expression_syntax", values, _repair(stripped))]) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        values = {"text": text.strip()[:120].encode("utf-8", "replace").decode(), "column": 1}
        raise InputError([Problem(place, "target_expression_syntax", values)]) from None


def _repair(text: str) -> str:
    """What was probably meant: half-width signs, ``==`` for a lone ``=``; empty where that is no help."""
    meant = "".join(_FULL_WIDTH.get(char, char) for char in text)
    meant = re.sub(r"(?<![<>=!])=(?!=)", "==", meant)
    if meant == text:
        return ""
    try:
        ast.parse(meant, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    return meant


def _nearest(name: str, choices: Iterable[str]) -> str:
    best = process.extractOne(name, sorted(choices), scorer=fuzz.ratio, score_cutoff=60)
    return str(best[0]) if best else ""


@dataclass
class _Reader:
    """Walks the grammar tree, turns what is known into nodes and notes a problem for the rest."""

    text: str
    indent: int
    outputs: frozenset[str]
    extra: frozenset[str]
    place: Place | None
    problems: list[Problem] = field(default_factory=list)

    def column(self, node: ast.expr) -> int:
        head = self.text.strip().encode("utf-8", "replace")[: node.col_offset]
        return len(head.decode("utf-8", "ignore")) + 1 + self.indent

    def refuse(self, node: ast.expr, code: str, suggestion: str = "", **values: object) -> Number:
        shown = {"column": self.column(node), "text": (ast.unparse(node) if _shallow(node) else "…")[:60]}
        self.problems.append(Problem(self.place, f"target_expression_{code}", shown | values, suggestion))
        return Number(0.0, self.column(node))

    def read(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            return self.refuse(node, "deep", limit=MAX_DEPTH)
        match node:
            case ast.Constant():
                return self.number(node)
            case ast.Name():
                return self.name(node)
            case ast.UnaryOp(op=ast.USub()):
                return Unary("-", self.read(node.operand, depth + 1), self.column(node))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.read(node.operand, depth + 1)
            case ast.UnaryOp(op=ast.Not()):
                return Unary("not", self.read(node.operand, depth + 1), self.column(node))
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                left, right = self.read(node.left, depth + 1), self.read(node.right, depth + 1)
                return Binary(_ARITHMETIC[type(node.op)], left, right, self.column(node))
            case ast.BoolOp():
                word = "and" if isinstance(node.op, ast.And) else "or"
                return self.chain(word, [self.read(v, depth + 1) for v in node.values], self.column(node))
            case ast.Compare():
                return self.comparison(node, depth)
            case ast.Subscript():
                value, condition = self.read(node.value, depth + 1), self.read(node.slice, depth + 1)
                return Select(value, condition, self.column(node))
            case ast.Call():
                return self.call(node, depth)
        return self.refuse(node, "not_allowed", _word_for(node))

    def number(self, node: ast.Constant) -> Node:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            return self.refuse(node, "not_allowed")
        try:
            value = float(node.value)
        except OverflowError:
            value = math.inf
        return Number(value, self.column(node)) if math.isfinite(value) else self.refuse(node, "number")

    def name(self, node: ast.Name) -> Node:
        if node.id in self.outputs or node.id in self.extra or node.id in FLAGS:
            return Name(node.id, self.column(node))
        if node.id in LABELS:
            example = (LABELS[node.id] or ("…",))[0]
            return self.refuse(node, "label_alone", name=node.id, example=f'{node.id} == "{example}"')
        if node.id in FUNCTIONS:
            return self.refuse(node, "function_alone", FUNCTIONS[node.id].usage, name=node.id)
        known = {*self.outputs, *self.extra, *FLAGS}
        return self.refuse(node, "name", _nearest(node.id, known), name=node.id)

    def comparison(self, node: ast.Compare, depth: int) -> Node:
        sides = [node.left, *node.comparators]
        column = self.column(node)
        parts: list[Node] = []
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            sign = _COMPARISONS.get(type(operator))
            if sign is None:
                parts.append(self.refuse(node, "not_allowed"))
            elif isinstance(left, ast.Constant) and isinstance(left.value, str):
                parts.append(self.label(right, sign, left))
            elif isinstance(right, ast.Constant) and isinstance(right.value, str):
                parts.append(self.label(left, sign, right))
            else:
                parts.append(Binary(sign, self.read(left, depth + 1), self.read(right, depth + 1), column))
        return self.chain("and", parts, column)

    def label(self, side: ast.expr, sign: str, constant: ast.Constant) -> Node:
        text = str(constant.value)
        if not isinstance(side, ast.Name) or side.id not in LABELS or sign not in ("==", "!="):
            near = _nearest(side.id, LABELS) if isinstance(side, ast.Name) else ""
            return self.refuse(constant, "text", near, names=", ".join(LABELS))
        known = LABELS[side.id]
        if known and text not in known:
            values = {"name": side.id, "label": text, "known": ", ".join(known)}
            return self.refuse(constant, "label", _nearest(text, known), **values)
        return LabelTest(side.id, text, sign == "==", self.column(side))

    def chain(self, word: str, parts: list[Node], column: int) -> Node:
        if len(parts) == 1:
            return parts[0]
        half = len(parts) // 2  # balanced, so that a long chain is not a deep tree
        left, right = self.chain(word, parts[:half], column), self.chain(word, parts[half:], column)
        return Binary(word, left, right, column)

    def call(self, node: ast.Call, depth: int) -> Node:
        if not isinstance(node.func, ast.Name):
            return self.refuse(node, "not_allowed")
        name = node.func.id
        if name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            return self.refuse(node, "function", _nearest(name, FUNCTIONS), name=name, known=known)
        signature = FUNCTIONS[name]
        options = len(node.args) - signature.operands
        allowed = (0, 1) if signature.option.startswith("?") else (1,) if signature.option else (0,)
        if node.keywords or options not in allowed:
            return self.refuse(node, "arguments", name=name, usage=signature.usage)
        operands = tuple(self.read(argument, depth + 1) for argument in node.args[: signature.operands])
        option = self.option(node, signature.option.lstrip("?"), node.args[-1]) if options else None
        if name == "zone" and _divides_outputs(operands[0], self.outputs):
            return self.refuse(node, "zone_ratio")
        return Call(name, operands, option, self.column(node))

    def option(self, call: ast.Call, kind: str, node: ast.expr) -> str | int | None:
        value: object = node.id if isinstance(node, ast.Name) else getattr(node, "value", None)
        if kind == "dim" and value in ELEMENT_DIMS and isinstance(node, ast.Name):
            return str(value)
        if kind == "label" and value in LABELS and isinstance(node, ast.Name):
            return str(value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and kind in ("year", "rank") and 1 <= int(str(value)) <= 9999:
            return int(str(value))
        known = {"dim": ELEMENT_DIMS, "label": tuple(LABELS)}.get(kind, ())
        usage = FUNCTIONS[call.func.id].usage if isinstance(call.func, ast.Name) else ""
        suggestion = _nearest(value, known) if isinstance(value, str) and known else ""
        self.refuse(node, "option", suggestion, usage=usage, known=", ".join(known) or kind)
        return None


def _word_for(node: ast.expr) -> str:
    """What is written here where other languages write ``&`` and ``|``."""
    match node:
        case ast.BinOp(op=ast.BitAnd()):
            return "and"
        case ast.BinOp(op=ast.BitOr()):
            return "or"
    return ""


def _shallow(node: ast.AST, limit: int = MAX_DEPTH) -> bool:
    """Whether a tree is flat enough to be written out again: unparsing recurses."""
    layer: list[ast.AST] = [node]
    for _ in range(limit):
        layer = [child for parent in layer for child in ast.iter_child_nodes(parent)]
        if not layer:
            return True
    return False


def _divides_outputs(node: Node, outputs: frozenset[str]) -> bool:
    """Whether a quantity is divided by another: a sum of ratios over a zone's members means nothing."""
    return any(
        isinstance(part, Binary)
        and part.operator == "/"
        and any(isinstance(leaf, Name) and leaf.name in outputs for leaf in walk(part.right))
        for part in walk(node)
    )
