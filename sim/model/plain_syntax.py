"""Right sides in the plain part of Vensim's language, read to the very tree that PySD's parser gives, ten times faster.

Plain are numbers, names with subscripts, brackets, calls, and the operators of arithmetic and comparison between two
operands. Whatever else stands in a text (a sign before an operand, logic, quotation marks, letters that are neither
ASCII nor Chinese, a mistake) is left to PySD's parser, which keeps a node for every character.
"""

from __future__ import annotations

import re
from typing import Any

from pysd.translators.vensim.vensim_structures import structures

_NAME = r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_$' \u4e00-\u9fff]*"
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
_TOKEN = re.compile(rf" *(?:({_NAME})|({_NUMBER})|(<>|<=|>=|[-+*/^=<>(),\[\]!]))")
_COMPARED = frozenset(("=", "<>", "<=", "<", ">=", ">"))
_LEVELS = (frozenset("+-"), frozenset("*/"), frozenset("^"))
"""Operators of arithmetic, those that bind least first."""

_OTHER = frozenset(
    {"reference", "subscripts_ref", "arithmetic", "logic", "with_lookup", "call", "lookup", "data"}
    | {name for name in structures if name.startswith("get_")}
)
"""Keys among PySD's structures that are no functions, or take texts."""

_END = ""


def plain_tree(text: str) -> Any:
    """PySD's syntax tree of a right side; ``None`` if the text isn't plain.

    Parameters
    ----------
    text
        Without line breaks, one blank at most in a row.

    >>> plain_tree("Birth Rate * stock").arguments[0]
    ReferenceStructure(reference='birth_rate', subscripts=None)
    >>> plain_tree("-stock") is None
    True
    """
    tokens, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            return None
        tokens.append((match.lastindex, match[match.lastindex or 0].rstrip()))
        place = match.end()
    if len(tokens) == 1 and tokens[0][0] == 2:
        return _number(tokens[0][1])
    if not any(kind == 1 for kind, _ in tokens):  # a list of numbers, with signs perhaps, is an array
        return None
    reader = _Reader([*tokens, (0, _END)])
    try:
        tree = reader.compared()
    except (_NotPlainError, TypeError):  # a call with too few or too many arguments
        return None
    return tree if reader.next == _END else None


class _NotPlainError(Exception):
    """Leave the text to PySD."""


def _number(text: str) -> float | None:
    """A number as Python's own syntax has it; ``None`` for one with zeros in front."""
    if text.isdigit():
        return None if (text[0] == "0" and text != "0") or len(text) > 300 else int(text)
    return float(text)


class _Reader:
    """Goes through the tokens: (1 name, 2 number, 3 sign; its text)."""

    def __init__(self, tokens: list[tuple[int | None, str]]) -> None:
        self.tokens, self.place = tokens, 0

    @property
    def next(self) -> str:
        return self.tokens[self.place][1]

    def take(self, sign: str) -> None:
        if self.next != sign:
            raise _NotPlainError
        self.place += 1

    def compared(self) -> Any:
        first = self.level(0)
        if self.next not in _COMPARED:
            return first
        operator = self.next
        self.place += 1
        return structures["logic"]([operator], (first, self.level(0)))

    def level(self, number: int) -> Any:
        """A chain of operators that bind alike."""
        if number == len(_LEVELS):
            return self.operand()
        operands, operators = [self.level(number + 1)], []
        while self.next in _LEVELS[number]:
            operators.append(self.next)
            self.place += 1
            operands.append(self.level(number + 1))
        return structures["arithmetic"](operators, tuple(operands)) if operators else operands[0]

    def operand(self) -> Any:
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind == 2 and (value := _number(text)) is not None:
            return value
        if kind == 1:
            return self.reference(text)
        if text != "(" or kind != 3:
            raise _NotPlainError
        inner = self.compared()
        self.take(")")
        return inner

    def reference(self, name: str) -> Any:
        """A variable, or the call of a function or lookup."""
        if name.upper().startswith(("WITH LOOKUP", "TABBED ARRAY")):
            raise _NotPlainError
        called = name.lower().replace(" ", "_")
        if self.next == "[":
            subscripts = structures["subscripts_ref"](self.subscripts())
            if self.next == "(":
                raise _NotPlainError
            return structures["reference"](called, subscripts)
        if self.next != "(":
            return structures["reference"](called, None)
        if called in _OTHER:
            raise _NotPlainError
        self.take("(")
        arguments = [self.compared()]
        while self.next == ",":
            self.take(",")
            arguments.append(self.compared())
        self.take(")")
        if called in structures:
            return structures[called](*arguments)
        return structures["call"](structures["reference"](called, None), tuple(arguments))

    def subscripts(self) -> list[str]:
        found = []
        self.take("[")
        while True:
            kind, text = self.tokens[self.place]
            if kind != 1:
                raise _NotPlainError
            self.place += 1
            if self.next == "!":
                self.place += 1
                text += "!"
            found.append(text)
            if self.next != ",":
                break
            self.take(",")
        self.take("]")
        return found
