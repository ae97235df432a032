"""The closed set of nodes that a target's expression may consist of, and the functions it may call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from sim import dims
from sim.errors import Place

ELEMENT_DIMS = (dims.PARK, dims.LEAGUE, dims.TIER, dims.INDUSTRY, dims.POLLUTANT, dims.POLICY)
"""What ``sum`` runs over when no dimension is named: everything but ``run`` and ``time``."""

LABELS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        dims.INDUSTRY: dims.INDUSTRIES,
        dims.POLLUTANT: dims.POLLUTANTS,
        dims.LEAGUE: dims.LEAGUES,
        dims.TIER: dims.TIERS,
        dims.PARK: (),
        "region": dims.REGIONS,
        "level": dims.LEVELS,
        "park_league": dims.LEAGUES,
        "county": (),
    }
)
"""Names compared with a text in ``[...]``, with the texts they know (none: any text)."""

FLAGS = ("key24", "key13", "demonstration", "national", "is_zone")
"""Conditions by park that the results carry; ``is_zone``: the park hosts a live zone in that year."""


@dataclass(frozen=True)
class Number:
    """A number written in the expression."""

    value: float
    column: int = 0


@dataclass(frozen=True)
class Name:
    """An output, a flag, a constant or a definition."""

    name: str
    column: int = 0


@dataclass(frozen=True)
class LabelTest:
    """``industry == "emerging"``: true where the label is (or, with ``equal`` false, is not) the text."""

    name: str
    text: str
    equal: bool
    column: int = 0


@dataclass(frozen=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: Node
    column: int = 0


@dataclass(frozen=True)
class Binary:
    """``+ - * /``, a comparison, or ``and``/``or`` of two operands."""

    operator: str
    left: Node
    right: Node
    column: int = 0


@dataclass(frozen=True)
class Select:
    """``x[condition]``: the elements of ``x`` where the condition holds."""

    value: Node
    condition: Node
    column: int = 0


@dataclass(frozen=True)
class Call:
    """A function of this language with its operands and, where it takes one, its option (dim, label …)."""

    function: str
    operands: tuple[Node, ...]
    option: str | int | None = None
    column: int = 0


Node = Number | Name | LabelTest | Unary | Binary | Select | Call


@dataclass(frozen=True)
class Signature:
    """How a function is called: its operands and the kind of its option ("" none, "?" in front: optional)."""

    operands: int
    option: str = ""
    usage: str = ""


FUNCTIONS: Mapping[str, Signature] = MappingProxyType(
    {
        "sum": Signature(1, "?dim", "sum(x), sum(x, industry)"),
        "mean": Signature(1, "?dim", "mean(x), mean(x, park)"),
        "max": Signature(1, "?dim", "max(x), max(x, park)"),
        "min": Signature(1, "?dim", "min(x), min(x, park)"),
        "count": Signature(1, "?dim", "count(x > 1)"),
        "share": Signature(1, "?dim", "share(x > 1)"),
        "all": Signature(1, "?dim", "all(x > 1)"),
        "nth": Signature(1, "rank", "nth(x, 18)"),
        "max_per": Signature(1, "label", "max_per(is_zone, county)"),
        "material": Signature(1, "", "material(x)"),
        "zone": Signature(1, "", "zone(x)"),
        "zone_min": Signature(1, "", "zone_min(x)"),
        "zone_max": Signature(1, "", "zone_max(x)"),
        "zones": Signature(0, "", "zones()"),
        "parks": Signature(0, "", "parks()"),
        "base": Signature(1, "", "base(x)"),
        "change": Signature(1, "", "change(x)"),
        "growth": Signature(1, "", "growth(x)"),
        "cumulative": Signature(1, "", "cumulative(x)"),
        "at": Signature(1, "year", "at(x, 2018)"),
        "percent": Signature(1, "", "percent(x)"),
        "floor": Signature(1, "", "floor(x)"),
        "larger": Signature(2, "", "larger(x, y)"),
        "smaller": Signature(2, "", "smaller(x, y)"),
    }
)


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Parameters
    ----------
    text
        As it was written.
    root
        Its meaning.
    place
        Where it was written, for complaints that only the data bring to light.
    """

    text: str
    root: Node
    place: Place | None = None


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node."""
    match node:
        case Binary():
            return (node.left, node.right)
        case Unary():
            return (node.operand,)
        case Select():
            return (node.value, node.condition)
        case Call():
            return node.operands
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def swapped(node: Node, old: Node, new: Node) -> Node:
    """A tree with one node in place of another.

    >>> tree = Call("percent", (Name("x"),))
    >>> swapped(tree, Name("x"), Number(2.0)).operands
    (Number(value=2.0, column=0),)
    """
    if node == old:
        return new
    match node:
        case Binary():
            return replace(node, left=swapped(node.left, old, new), right=swapped(node.right, old, new))
        case Unary():
            return replace(node, operand=swapped(node.operand, old, new))
        case Select():
            return replace(node, value=swapped(node.value, old, new), condition=swapped(node.condition, old, new))
        case Call():
            return replace(node, operands=tuple(swapped(part, old, new) for part in node.operands))
    return node
