"""Cut an expression into terms: the sums and counts that are taken of results, and the arithmetic between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from string import ascii_uppercase

from sim.targets.interpret import Interpreter
from sim.targets.syntax import Binary, Call, LabelTest, Name, Node, Number, Select, Unary

ADDING = ("sum", "count", "share", "mean", "all")
"""Functions whose value is a sum over elements, or the mean of them."""

PICKING = ("max", "min", "nth", "max_per")
"""Functions whose value is that of one element."""

COUNTING = ("zones", "parks")
REDUCING = (*ADDING, *PICKING, *COUNTING)
_STRENGTH = {"or": 1, "and": 2, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5, "*": 6, "/": 6}
_NOT, _SIGN, _ATOM = 3, 7, 9


@dataclass(frozen=True)
class Cut:
    """An expression as arithmetic between terms.

    Parameters
    ----------
    tree
        The arithmetic; a term stands in it as a name of one capital letter.
    terms
        By letter what it stands for.
    constants
        Names of constants in the arithmetic.
    """

    tree: Node
    terms: Mapping[str, Node]
    constants: tuple[str, ...]


def cut(interpreter: Interpreter, root: Node, constants: Mapping[str, float]) -> Cut:
    """Cut an expression that gives one number a year and has been evaluated before.

    Raises
    ------
    NotComputable
        If the results lack what it needs.
    """
    cutter = _Cutter(interpreter, constants)
    tree = cutter.arithmetic(root)
    return Cut(tree, cutter.terms, tuple(dict.fromkeys(cutter.named)))


class _Cutter:
    def __init__(self, interpreter: Interpreter, constants: Mapping[str, float]) -> None:
        self.interpreter, self.constants = interpreter, constants
        self.letters: dict[str, str] = {}
        self.terms: dict[str, Node] = {}
        self.named: list[str] = []

    def arithmetic(self, node: Node) -> Node:
        node = self.interpreter.opened(node)
        match node:
            case Number():
                return node
            case Name() if node.name in self.constants:
                self.named.append(node.name)
                return node
            case Binary() if node.operator in "+-*/":
                return replace(node, left=self.arithmetic(node.left), right=self.arithmetic(node.right))
            case Unary(operator="-"):
                return replace(node, operand=self.arithmetic(node.operand))
            case Call() if node.function not in REDUCING and not self._by_element(node):
                return replace(node, operands=tuple(self.arithmetic(operand) for operand in node.operands))
        return self._term(node)

    def _by_element(self, node: Call) -> bool:
        """Whether what a function takes still has elements."""
        return any(self.interpreter.quantity(operand).elements for operand in node.operands)

    def _term(self, node: Node) -> Node:
        told = written(node)
        if told not in self.letters:
            letter = ascii_uppercase[len(self.letters) % len(ascii_uppercase)]
            self.letters[told], self.terms[letter] = letter, node
        return Name(self.letters[told])


KEEPING = ("sum", "mean", "max", "min", "nth", "material", "zone", "zone_min", "zone_max", "base", "at")
"""Functions whose value has the unit of what they take."""


def bare_output(node: Node, definitions: Mapping[str, Node], outputs: Collection[str]) -> str:
    """The output whose unit an expression has, because it adds up or picks from nothing else; "" if there is none.

    >>> bare_output(Call("sum", (Select(Name("iva"), Name("key24")),)), {}, ["iva"])
    'iva'
    """
    while True:
        match node:
            case Name() if node.name in definitions:
                node = definitions[node.name]
            case Select():
                node = node.value
            case Call() if node.function in KEEPING:
                node = node.operands[0]
            case Name() if node.name in outputs:
                return node.name
            case _:
                return ""


def written(node: Node) -> str:
    """An expression as text again; brackets only where they are needed.

    >>> written(Call("percent", (Binary("/", Call("sum", (Name("iva"),)), Binary("+", Name("a"), Number(2.0))),)))
    'percent(sum(iva) / (a + 2))'
    """
    return _written(node)[0]


def _written(node: Node) -> tuple[str, int]:
    match node:
        case Number():
            return f"{node.value:.12g}", _ATOM
        case Name():
            return node.name, _ATOM
        case LabelTest():
            return f'{node.name} {"==" if node.equal else "!="} "{node.text}"', _STRENGTH["=="]
        case Unary(operator="not"):
            return f"not {_inside(node.operand, _NOT)}", _NOT
        case Unary():
            return f"-{_inside(node.operand, _SIGN)}", _SIGN
        case Binary():
            strength = _STRENGTH[node.operator]
            right = strength + (node.operator in ("-", "/") or strength == _STRENGTH["<"])
            return f"{_inside(node.left, strength)} {node.operator} {_inside(node.right, right)}", strength
        case Select():
            return f"{_inside(node.value, _ATOM)}[{written(node.condition)}]", _ATOM
        case Call():
            given = [written(operand) for operand in node.operands]
            given += [] if node.option is None else [str(node.option)]
            return f"{node.function}({', '.join(given)})", _ATOM


def _inside(node: Node, strength: int) -> str:
    told, own = _written(node)
    return told if own >= strength else f"({told})"
