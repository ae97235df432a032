"""A single park, on the page: its part of each term, the bar applied to it, its row of the park table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim import dims
from sim.document.blocks import Block, Grid, Heading, Items, Paragraph
from sim.explain.calculation import Calculation, Term
from sim.explain.explain import Explanation
from sim.explain.figures import digits_for, fixed, number, percent
from sim.explain.inputs import ESTIMATED
from sim.explain.page_parts import elements_grid
from sim.explain.park import Cell, ParkPart, Share
from sim.explain.terms import COUNTING
from sim.explain.words import Words
from sim.report.sentences import spoken
from sim.words.catalogue import catalogue, text


def park_blocks(found: Explanation, words: Words) -> Iterator[Block]:
    """The section on a park; nothing where none was asked for."""
    part, calculation = found.park, found.calculation
    if part is None or calculation is None:
        return
    yield Heading(words.say("park.title", park=part.park))
    yield Items(list(_about(found, part, words)))
    if not part.shares:
        yield Paragraph(words.say("park.nothing"))
    terms = {term.letter: term for term in _terms(calculation)}
    for share in part.shares:
        yield from _share(found, share, terms[share.letter], calculation, words)
    if calculation.year in part.own:
        yield _own(found, part, calculation, words)
    yield _row(part, words)


def _terms(calculation: Calculation) -> tuple[Term, ...]:
    """The terms that shares are of: those of the element that decides, where the only term picks one."""
    picked = calculation.terms[0].picked if len(calculation.terms) == 1 else None
    return picked.terms if picked else calculation.terms


def _about(found: Explanation, part: ParkPart, words: Words) -> Iterator[str]:
    name = part.name_zh if words.lang == "zh" else part.name_en
    level, league = words.label("level", part.level), words.label(dims.LEAGUE, part.league)
    yield words.say("park.about", park=part.park, name=name, level=level, league=league)
    year = found.row.year
    if not part.host:
        yield words.say("park.left", year=year)
    elif len(part.members) > 1:
        yield words.say("park.zone", host=part.host, members=", ".join(part.members), year=year)
    estimated = sum(cell.origin in ESTIMATED for cell in part.cells)
    if estimated:
        yield words.say("park.estimated", count=estimated, all=len(part.cells))


def _share(found: Explanation, share: Share, term: Term, calculation: Calculation, words: Words) -> Iterator[Block]:
    year, base = calculation.year, calculation.base
    if share.near and term.tally is not None:
        yield elements_grid(found, share.near, term.tally, words.say("park.near", letter=share.letter), words)
        return
    if share.rank is None:
        yield Paragraph(words.say("park.out", letter=share.letter, park=share.park))
        return
    if share.element is not None and term.tally is not None:
        key = "park.counted" if share.element.holds else "park.not_counted"
        title = words.say(key, letter=share.letter, park=share.park)
        yield elements_grid(found, [share.element], term.tally, title, words)
        return
    if term.function in COUNTING:
        yield Paragraph(words.say("park.one", letter=share.letter, park=share.park))
        return
    unit = words.unit(term.unit_of) if term.unit_of else ""
    told = {"letter": share.letter, "park": share.park, "year": year, "value": number(share.path.get(year)),
            "base_year": base, "base": number(share.path.get(base or 0)), "unit": unit,
            "rank": share.rank, "among": share.among}  # fmt: skip
    if term.function == "sum":
        told["share"] = percent(share.path.get(year), term.path.get(year))
        yield Paragraph(words.say("park.share", **told))
    else:
        yield Paragraph(words.say("park.value", **told))
    if len(share.parts) > 1:
        digits = digits_for(value for one in share.parts for value in (one.base, one.value))
        lines = [[words.label(one.kind, one.label), fixed(one.base, digits), fixed(one.value, digits)]
                 for one in share.parts]  # fmt: skip
        heads = [words.say("by.industry"), str(base), str(year)]
        yield Grid(words.say("park.industries", letter=share.letter, park=share.park), heads, lines, unit,
                   widths=(3, 1.5, 1.5), numbers=frozenset((1, 2)))  # fmt: skip


def _own(found: Explanation, part: ParkPart, calculation: Calculation, words: Words) -> Paragraph:
    unit = found.row.unit_zh if words.lang == "zh" else spoken(found.row.unit_en)
    values = {"park": part.park, "value": number(part.own[calculation.year]), "unit": unit, "year": calculation.year}
    key = "park.own" if part.meets is None else "park.own_meets" if part.meets else "park.own_misses"
    return Paragraph(words.say(key, **values, bar=words.bar_told(found.target.main.rule, unit)))


def _row(part: ParkPart, words: Words) -> Grid:
    """The park's values in the table, with unit and origin of each."""
    known = catalogue(words.lang)
    lines = []
    for cell in part.cells:
        unit = cell.column.units_zh if words.lang == "zh" else cell.column.units
        value = _value(cell, words)
        origin = known.get(f"sheet.origin.{cell.origin}", cell.origin) or "-"
        lines.append([cell.column.name(words.lang), value, unit, origin])
    heads = [words.say("columns.column"), words.say("parts.value"), text(words.lang, "table.unit")]
    heads.append(words.say("inputs.origin"))
    place = f"{part.place.file.name}:{part.place.line}"
    return Grid(words.say("park.row", park=part.park, place=place), heads, lines, widths=(3, 2, 1, 1),
                small=True, numbers=frozenset((1,)))  # fmt: skip


def _value(cell: Cell, words: Words) -> str:
    """A value of the table: a number, or a text; levels, leagues and regions by their names."""
    if isinstance(cell.value, int | float | np.number):
        return number(float(cell.value))
    return words.label(cell.column.key, str(cell.value)) or "-"
