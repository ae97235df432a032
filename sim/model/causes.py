"""Who acts on whom in a model file: the causes of every variable, and the flows of every stock.

Read from the text of the equations, so that a model that no engine covers has its causes too. What acts on the
first value of a stock alone is kept apart: it is no part of any feedback loop.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.model.equations import plain, references
from sim.model.mdl_text import Entry

CONTROL = "control"
MOST_WAYS = 1000
"""Ways that are followed at a time: a bound for models that were made to have too many."""

_CALL = re.compile(r"(?P<function>INTEG|INITIAL)\s*\((?P<inside>.*)\)", re.IGNORECASE | re.DOTALL)
_PART = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\"[^\"]*\"|\s+|.", re.DOTALL)
_NUMBERS = re.compile(r"[\s\d.,;eE+\-*/()]*")


@dataclass(frozen=True)
class Term:
    """One term of the rate of a stock.

    Parameters
    ----------
    sign
        ``+`` for what fills the stock, ``-`` for what empties it.
    flow
        The variable, if the term is nothing but one; "" where it is an expression.
    causes
        The variables in the term, without the stock itself.
    """

    sign: str
    flow: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """A variable with what acts on it; names as the model file defines them.

    Parameters
    ----------
    causes
        Variables that act on it at every moment (of a stock: on its rate), in the order of the equation.
    initial
        Variables that act on its first value and on nothing else.
    terms
        Of a stock: the terms of its rate, those without any variable left out; empty for everything else.
    """

    name: str
    group: str
    line: int
    causes: tuple[str, ...]
    initial: tuple[str, ...] = ()
    is_stock: bool = False
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Causes:
    """The causes of every variable of a model, by name in the order of the file; control section left out."""

    nodes: Mapping[str, Node]

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def __contains__(self, name: object) -> bool:
        return name in self.nodes

    @property
    def flows(self) -> frozenset[str]:
        """Variables that fill or empty a stock as they are."""
        return frozenset(term.flow for node in self.nodes.values() for term in node.terms if term.flow)

    def links(self) -> Iterator[tuple[str, str]]:
        """Every cause with its effect, first values left out."""
        for node in self.nodes.values():
            for cause in node.causes:
                yield cause, node.name

    def effects(self) -> dict[str, list[str]]:
        """By variable what it acts on."""
        found: dict[str, list[str]] = {name: [] for name in self.nodes}
        for cause, effect in self.links():
            found[cause].append(effect)
        return found

    def paths(self, cause: str, effect: str, around: Collection[str] = ()) -> list[tuple[str, ...]]:
        """The shortest ways from a cause to an effect, both ends included; empty if there is none.

        Parameters
        ----------
        around
            Variables that no way may pass (both ends may be among them).
        """
        effects = self.effects()
        ways: list[tuple[str, ...]] = [(cause,)]
        reached = {cause, *around}
        while ways:
            longer = [(*way, following) for way in ways for following in effects[way[-1]]]
            complete = [way for way in longer if way[-1] == effect]
            if complete:
                return complete
            ways = [way for way in longer if way[-1] not in reached][:MOST_WAYS]
            reached |= {way[-1] for way in ways}
        return []


def causes_of(found: Sequence[Entry]) -> Causes:
    """The causes of every variable of a model.

    >>> from pathlib import Path
    >>> from sim.model.mdl_text import entries
    >>> model = causes_of(entries("S = INTEG(f - d * S, s0) ~~| f = k * S ~~| k = 1 ~~| d = 2 ~~| s0 = 3 ~~|", Path()))
    >>> model["S"].causes, model["S"].initial, [(term.sign, term.flow) for term in model["S"].terms]
    (('f', 'd'), ('s0',), [('+', 'f'), ('-', '')])
    >>> model.paths("k", "S")
    [('k', 'f', 'S')]
    """
    lines: dict[str, list[Entry]] = {}
    for entry in found:
        if not entry.is_subscript and entry.group.lower() != CONTROL:
            lines.setdefault(plain(entry.name), []).append(entry)
    known = {key: several[0].name for key, several in lines.items()}
    nodes = (_node(several, known) for several in lines.values())
    return Causes({node.name: node for node in nodes})


def _node(lines: Sequence[Entry], known: Mapping[str, str]) -> Node:
    name = lines[0].name
    moving: list[str] = []
    initial: list[str] = []
    terms: list[Term] = []
    is_stock = False
    for entry in lines:
        call = _CALL.fullmatch(entry.right.strip())
        if not call:
            moving += _names(entry.right, known)
        elif call["function"].upper() == "INITIAL":
            initial += _names(call["inside"], known)
        else:
            rate, start = _arguments(call["inside"])
            is_stock = True
            moving += _names(rate, known)
            initial += _names(start, known)
            terms += _terms(rate, name, known)
    causes = tuple(cause for cause in dict.fromkeys(moving) if cause != name)
    first = tuple(cause for cause in dict.fromkeys(initial) if cause not in (name, *causes))
    return Node(name, lines[0].group, lines[0].line, causes, first, is_stock, tuple(dict.fromkeys(terms)))


def _names(text: str, known: Mapping[str, str]) -> list[str]:
    return [known[plain(name)] for name in references(_without_subscripts(text), calls=True) if plain(name) in known]


def _without_subscripts(text: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", text)


def _arguments(text: str) -> tuple[str, str]:
    """Rate and first value: cut at the first comma outside brackets."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            return text[:position], text[position + 1 :]
    return text, ""


def _terms(rate: str, stock: str, known: Mapping[str, str]) -> Iterator[Term]:
    for sign, text in _summands(_without_subscripts(rate)):
        if _NUMBERS.fullmatch(text):
            continue  # a bare number is no flow of anything
        flow = known.get(plain(text.strip()), "")
        causes = tuple(name for name in dict.fromkeys(_names(text, known)) if name != stock)
        yield Term(sign, "" if flow == stock else flow, causes)


def _summands(text: str) -> list[tuple[str, str]]:
    """The terms of a sum with their signs.

    >>> _summands("a * -b - (c + d) / 2"), _summands("-a + 1e-3 * b")
    ([('+', 'a * -b'), ('-', '(c + d) / 2')], [('-', 'a'), ('+', '1e-3 * b')])
    """
    found: list[tuple[str, str]] = []
    sign, term, depth, last = "+", "", 0, ""
    for part in _PART.findall(text):
        depth += (part in "([") - (part in ")]") if len(part) == 1 else 0
        if part in ("+", "-") and not depth and last not in ("*", "/", "^", ",", "=", "<", ">"):
            if term.strip():
                found.append((sign, term.strip()))
                sign, term = part, ""
            else:
                sign = "-" if (sign == "-") != (part == "-") else "+"
        else:
            term += part
        last = part if part.strip() else last
    return [*found, (sign, term.strip())] if term.strip() else found
