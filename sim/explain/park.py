"""What a single park adds to a target, or the target's bar applied to that park alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim import dims
from sim.bundle import PARKS, Bundle
from sim.errors import InputError, Place, Problem
from sim.explain.calculation import Calculation, Calculator, Term
from sim.explain.conditions import Element
from sim.explain.elements import Elements
from sim.explain.parts import Part, by_industry, operand, parts_of
from sim.explain.terms import ADDING, COUNTING
from sim.nearest import nearest
from sim.parks.columns import Column
from sim.targets.syntax import Call
from sim.targets.verdict import Rule, holds
from sim.words.catalogue import Language

LANGUAGES: tuple[Language, Language] = ("zh", "en")

_INTENSIVE = ("growth", "change", "share", "intensity")
"""Forms of targets whose bar can be held against one park as against all of them."""

_ZONES = ("zone", "zone_min", "zone_max", "zones", "is_zone")


@dataclass(frozen=True)
class Share:
    """A park's part of a term.

    Parameters
    ----------
    letter
        Of the term.
    park
        The park that carries it: the host where the term is taken of zones.
    path
        What the park adds by year; 0 where it takes no part.
    rank, among
        Its place by size among the parks that take part in the target's year; ``None`` where it takes none.
    parts
        Its part by industry, where the term has that.
    element
        The park against the conditions of a term that counts; ``None`` elsewhere, or where it takes no part.
    near
        Elements of its league, where a term counts what has no parks.
    """

    letter: str
    park: str
    path: dict[int, float]
    rank: int | None
    among: int
    parts: tuple[Part, ...] = ()
    element: Element | None = None
    near: tuple[Element, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A value of the park table."""

    column: Column
    value: object
    origin: str


@dataclass(frozen=True)
class ParkPart:
    """A park within a target.

    Parameters
    ----------
    host, members
        Its zone in the target's year; "" and nothing for a park that has left.
    shares
        By term that is taken of parks, in the order of the terms.
    own
        The target computed for the park alone, by year; empty where its bar is one for all parks together.
    meets
        Whether the park alone holds the bar; ``None`` where that cannot be said.
    cells
        Its row of the park table, and the line.
    """

    park: str
    name_zh: str
    name_en: str
    level: str
    league: str
    host: str
    members: tuple[str, ...]
    shares: tuple[Share, ...]
    own: dict[int, float]
    meets: bool | None
    cells: tuple[Cell, ...]
    place: Place


def check_park(bundle: Bundle, park: str) -> None:
    """Refuse a park that the table doesn't have.

    Raises
    ------
    InputError
        With the nearest id, or the id of the park of that name.
    """
    table = bundle.parks
    if park in table.ids:
        return
    names = [dict(zip(table.names(lang), table.ids, strict=True)) for lang in LANGUAGES]
    meant = next((known[park] for known in names if park in known), nearest(park, table.ids))
    raise InputError([Problem(Place(table.path), "explain_park", {"park": park}, meant)])


def park_part(
    calculator: Calculator, calculation: Calculation, rule: Rule, bundle: Bundle, park: str, columns: Sequence[str]
) -> ParkPart:
    """A park's part of every term, and the target for the park alone where that means something.

    Parameters
    ----------
    columns
        Columns of the park table that the target rests on.
    """
    board, year = calculator.board, calculation.year
    hosts = board.hosts(year)
    host = hosts.get(park, "")
    members = tuple(one for one, other in hosts.items() if host and other == host)
    inner = _innermost(calculation)
    shares = tuple(share for term in inner.terms for share in _share(calculator, term, park, host, year))
    own = _own(calculator, inner, rule, shares)
    if own and inner is not calculation:
        own = calculator.with_terms(calculation.cut.tree, {calculation.terms[0].letter: own})
    meets = holds(rule, own[year]) if year in own else None
    table = bundle.parks
    row = table.frame.loc[park]
    cells = tuple(
        Cell(bundle.columns[key], row[key], str(table.origins.at[park, key]) if key in table.origins else "")
        for key in columns
    )
    line = table.ids.index(park) + 2
    names = (str(row["name_zh"]), str(row["name_en"]) or str(row["name_zh"]))
    return ParkPart(park, *names, str(row["level"]), str(row["league"]), host, members, shares, own, meets, cells,
                    Place(bundle.path / PARKS, line))  # fmt: skip


def _share(calculator: Calculator, term: Term, park: str, host: str, year: int) -> list[Share]:
    """The park's part of a term; nothing of a term that is taken of no parks and counts nothing near it."""
    q = operand(calculator.interpreter, term.node)
    if q is None or term.function not in (*ADDING, *COUNTING):
        return []
    board, counted = calculator.board, term.tally.elements if term.tally else ()
    if dims.PARK not in q.elements:
        league = board.league_of.get(park, "")
        near = tuple(one for one in counted if one.labels.get(dims.LEAGUE) == league)
        return [Share(term.letter, park, {}, None, 0, near=near)] if near else []
    zones = any(name in _ZONES for name in calculator.names_in(term.node))
    who = host if zones and host else park
    path = {one: _of_park(board.flat(q, one), who) for one in board.years}
    rank, among = _rank(board.flat(q, year), who)
    element = next((one for one in counted if one.park == who), None)
    return [Share(term.letter, who, path, rank, among, _industries(calculator, term, who, year), element)]


def _of_park(elements: Elements, park: str) -> float:
    return float(elements.values[elements.labels[dims.PARK] == park].sum())


def _rank(elements: Elements, park: str) -> tuple[int | None, int]:
    """The park's place by size among those that take part, and how many these are."""
    parks = np.unique(elements.labels[dims.PARK])
    if park not in parks:
        return None, len(parks)
    own = _of_park(elements, park)
    return 1 + sum(_of_park(elements, str(other)) > own for other in parks), len(parks)


def _industries(calculator: Calculator, term: Term, park: str, year: int) -> tuple[Part, ...]:
    """The park's part by industry."""
    if not isinstance(term.node, Call) or term.function != "sum":
        return ()
    found = by_industry(calculator.interpreter, calculator.board, term.node)
    if found is None:
        return ()
    base = dims.BASE_YEAR if dims.BASE_YEAR in calculator.board.years else None
    now, before = (None if one is None else _alone(calculator.board.flat(found[0], one), park) for one in (year, base))
    return tuple(parts_of(dims.INDUSTRY, now, before)) if now is not None and len(now) else ()


def _alone(elements: Elements, park: str) -> Elements:
    return elements.only(dims.PARK, park)


def _innermost(calculation: Calculation) -> Calculation:
    """The calculation of the element that decides, where the only term picks one."""
    picked = calculation.terms[0].picked if len(calculation.terms) == 1 else None
    return picked or calculation


def _own(calculator: Calculator, calculation: Calculation, rule: Rule, shares: Sequence[Share]) -> dict[int, float]:
    """The target for the park alone, by year.

    Only where the bar can be held against a single park, and every term adds up or averages the same parks, the park
    among them: a part of a total is no share of it.
    """
    functions = {term.function for term in calculation.terms}
    alike = len({share.among for share in shares}) == 1 and all(share.rank is not None for share in shares)
    judged = rule.form in _INTENSIVE or functions == {"mean"}
    if not judged or not functions <= {"sum", "mean"} or len(shares) != len(calculation.terms) or not alike:
        return {}
    return calculator.with_terms(calculation.cut.tree, {share.letter: share.path for share in shares})
