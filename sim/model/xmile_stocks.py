"""What stocks of XMILE do to their flows: outflows that leave nothing below zero, and conveyors.

Outflows are cut as the help of isee systems describes it ("Flow prioritization"): what is in the stock, and what flows
in during the step, can flow out; the first outflow that the stock names takes first, the next one what it leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sim.model.xml_tree import Node

_HARMLESS = ("len", "sample")
"""Parts of a conveyor that a constant transit time leaves without effect, and the transit time."""
_UNLIMITED = ("", "inf", "false", "0")


@dataclass(frozen=True)
class Bounded:
    """A stock that may not fall below zero, and its flows, by keys."""

    key: str
    inflows: tuple[str, ...]
    outflows: tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    """What an outflow may take: from which stock, with which inflows, less which outflows."""

    stock: str
    inflows: tuple[str, ...]
    before: tuple[str, ...]


def limits_of(stocks: Iterable[Bounded], needs: Mapping[str, frozenset[str]]) -> dict[str, Limit]:
    """The limit of each outflow; of a stock whose inflows hang on its outflows there is none.

    Parameters
    ----------
    needs
        By variable those whose value it takes at the same moment.

    >>> one = Bounded("s", ("a",), ("b", "c"))
    >>> limits_of([one], {"a": frozenset()})["c"]
    Limit(stock='s', inflows=('a',), before=('b',))
    >>> limits_of([one], {"a": frozenset({"b"})})
    {}
    """
    takes = {key: set(found) for key, found in needs.items()}
    limits: dict[str, Limit] = {}
    for stock in stocks:
        own = {flow: Limit(stock.key, stock.inflows, stock.outflows[:n]) for n, flow in enumerate(stock.outflows)}
        circle = any(_reaches((*one.inflows, *one.before), flow, takes) for flow, one in own.items())
        if circle or limits.keys() & own.keys():
            continue
        for flow, one in own.items():
            takes.setdefault(flow, set()).update(one.inflows, one.before)
        limits |= own
    return limits


def _reaches(starts: Iterable[str], wanted: str, takes: Mapping[str, set[str]]) -> bool:
    waiting, seen = list(starts), set()
    while waiting:
        key = waiting.pop()
        if key == wanted:
            return True
        if key not in seen:
            seen.add(key)
            waiting += takes.get(key, ())
    return False


def may_not_be_negative(node: Node, *behaviors: Node | None) -> bool:
    """Whether a stock or flow is kept from falling below zero: as it says itself, or its model, or the file."""
    places = [node]
    for behavior in behaviors:
        places += [place for place in (behavior.first(node.tag) if behavior else None, behavior) if place]
    said = next((own for place in places if (own := place.first("non_negative")) is not None), None)
    return said is not None and "false" not in said.text.lower()


def odd_parts(conveyor: Node) -> Iterator[tuple[int, str]]:
    """What a conveyor has besides a transit time, each with its line."""
    if not conveyor.said("len"):
        yield conveyor.line, "<conveyor>"
    for name in ("discrete", "batch_integrity", "exponential_leak"):
        if conveyor.attributes.get(name, "").lower() not in _UNLIMITED:
            yield conveyor.line, f"<conveyor {name}>"
    for part in conveyor.children:
        if part.tag not in _HARMLESS and part.text.strip().lower() not in _UNLIMITED:
            yield part.line, f"<{part.tag}>"
