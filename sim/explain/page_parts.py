"""How a value comes about, on the page: the arithmetic, each term by year and by its parts, what is counted."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from sim import dims
from sim.document.blocks import Block, Grid, Heading, Items, Paragraph
from sim.explain.calculation import Calculation, Term
from sim.explain.conditions import Element, Tally, Test
from sim.explain.explain import Explanation
from sim.explain.figures import digits_for, fixed, number, percent
from sim.explain.parts import Breakdown, Part
from sim.explain.terms import COUNTING
from sim.explain.words import Words
from sim.report.sentences import spoken
from sim.report.workbook_series import NAMED_ORIGINS
from sim.targets.syntax import Binary, Call, walk

MOST_COUNTED, NEAREST = 20, 5
"""Elements shown that are counted (all, if no more than this), and that are nearest to the bar on either side."""

MOST_TESTS = 2
"""Tests whose numbers stand in a column each; of more, those that an element fails are named."""

MOST_PICKED = 6


def calculation_blocks(found: Explanation, words: Words) -> Iterator[Block]:
    """The section on parts."""
    yield Heading(words.say("parts.title"))
    if found.calculation is None:
        yield Paragraph(words.say("parts.none"))
        return
    yield from _calculation(found, found.calculation, words)


def _calculation(found: Explanation, calculation: Calculation, words: Words) -> Iterator[Block]:
    unit = found.row.unit_zh if words.lang == "zh" else spoken(found.row.unit_en)
    value = found.row.path.get(calculation.year)
    formula = words.phrase(calculation.cut.tree)
    yield Paragraph(words.say("parts.formula", formula=formula, value=number(value), unit=unit))
    yield Items([_told(term, calculation, words) for term in calculation.terms])
    for term in calculation.terms:
        yield from _term(found, term, calculation, words)
    for first, second in proportional(calculation.terms):
        yield Paragraph(words.say("parts.proportional", first=first.letter, second=second.letter))


def proportional(terms: Sequence[Term]) -> Iterator[tuple[Term, Term]]:
    """Sums with the same shares everywhere, as where the model takes one as a multiple of the other in every park."""
    for first, second in combinations(terms, 2):
        both = [next((one for one in term.breakdowns if one.by == "place"), None) for term in (first, second)]
        if "sum" == first.function == second.function and both[0] and both[1] and _same_shares(both[0], both[1]):
            yield first, second


def _same_shares(one: Breakdown, other: Breakdown) -> bool:
    shares = {part.label: part.value / one.total for part in one.parts} if one.total else {}
    others = {part.label: part.value / other.total for part in other.parts} if other.total else {}
    alike = all(math.isclose(share, others[label], rel_tol=1e-9) for label, share in shares.items() if label in others)
    return len(shares) > 2 and shares.keys() == others.keys() and alike


def _told(term: Term, calculation: Calculation, words: Words) -> str:
    """A term in words, with its values of the base year and the target's."""
    now, then = term.path.get(calculation.year), term.path.get(calculation.base or 0)
    values = {"year": calculation.year, "value": number(now), "base_year": calculation.base, "base": number(then)}
    unit = f" ({words.unit(term.unit_of)})" if term.unit_of and words.unit(term.unit_of) != "1" else ""
    key = "parts.term" if calculation.base is not None else "parts.term_alone"
    return words.say(key, letter=term.letter, words=words.phrase(term.node), unit=unit, **values).strip()


def _term(found: Explanation, term: Term, calculation: Calculation, words: Words) -> Iterator[Block]:
    for one in term.breakdowns:
        yield _breakdown(one, term, calculation, words)
    if term.tally is not None:
        yield from tally_blocks(found, term.tally, term.letter, words)
    if term.candidates:
        yield _candidates(term, words)
    if term.picked is not None:
        picked = next(one for one in term.candidates if one.picked)
        yield Heading(words.say("parts.picked", name=words.label(picked.kind, picked.label)), 2)
        yield Items([_told(inner, term.picked, words) for inner in term.picked.terms])
        for inner in term.picked.terms:
            yield from _term(found, inner, term.picked, words)


def _breakdown(one: Breakdown, term: Term, calculation: Calculation, words: Words) -> Grid:
    """Parts by one kind of label; the last row is their sum."""
    title = words.say(f"parts.by_{one.by}", letter=term.letter)
    if one.through:
        title = words.say("parts.through", title=title, name=words.output(one.through))
    sums = _Sums(one, term, calculation)
    heads = [words.say(f"by.{one.by}"), *([str(calculation.base)] if sums.based else []), str(calculation.year)]
    heads.append(words.say("parts.share"))
    heads += [words.say("parts.points")] if sums.growing else []
    heads += [words.say("parts.number", year=calculation.year)] if sums.counted else []
    lines = [[_label(part, words), *sums.cells(part.base, part.value, part.elements)] for part in one.parts]
    whole = sums.cells(sums.base, one.total, sum(part.elements for part in one.whole))
    unit = words.unit(term.unit_of) if term.unit_of else ""
    notes = [words.say(f"parts.{term.function}_note")] if term.function in ("share", "mean") else []
    notes += [words.say("parts.points_note", base=calculation.base)] if sums.growing else []
    return Grid(title, heads, [*lines, [words.say("parts.sum"), *whole]], unit, notes,
                (3, *([1.2] * (len(heads) - 1))), numbers=frozenset(range(1, len(heads))))  # fmt: skip


class _Sums:
    """The columns of a table of parts."""

    def __init__(self, one: Breakdown, term: Term, calculation: Calculation) -> None:
        self.total = one.total
        self.digits = digits_for(value for part in one.parts for value in (part.base, part.value))
        self.based = calculation.base is not None and one.parts[0].base is not None
        self.base = sum(part.base or 0.0 for part in one.whole)
        calls = {node.function for node in walk(calculation.cut.tree) if isinstance(node, Call)}
        in_time = bool(calls & {"growth", "change"})
        self.growing = in_time and self.based and term.function == "sum" and self.base > 0
        self.counted = term.function not in COUNTING and one.by in ("place", "level")

    def cells(self, base: float | None, value: float, elements: int) -> list[str]:
        """A row without its label."""
        cells = [*([fixed(base, self.digits)] if self.based else []), fixed(value, self.digits)]
        cells.append(percent(value, self.total))
        cells += [fixed(100 * (value - (base or 0.0)) / self.base, 2)] if self.growing else []
        return [*cells, str(elements)] if self.counted else cells


def _label(part: Part, words: Words) -> str:
    name = words.label(part.kind, part.label) or words.say("parts.unnamed")
    return f"  {name}" if part.within else name


# --- what is counted


def tally_blocks(found: Explanation, tally: Tally, letter: str, words: Words) -> Iterator[Block]:
    """How many elements meet each condition; those counted; the nearest to the bar on either side."""
    counted, others = tally.counted, tally.others
    yield Paragraph(words.say("tally.sum", letter=letter, all=len(tally.elements), counted=len(counted)))
    if len(tally.tests) > 1:
        lines = zip(tally.tests, tally.passing, strict=True)
        yield Items([words.say("tally.test", words=_test(test, words), count=n) for test, n in lines])
    in_time = found.target.margin == "time"  # what is done stays at its value: what is near is its date
    if len(counted) <= MOST_COUNTED:
        shown, title = counted, words.say("tally.counted", letter=letter)
    else:
        near = sorted(counted, key=lambda one: (-(one.since or 0), one.distance) if in_time else (0, one.distance))
        shown = tuple(near[:NEAREST])
        title = words.say("tally.nearest_counted", letter=letter, count=len(shown))
    near_others = [one for one in others if one.distance > float("-inf")]
    if in_time:
        near_others.sort(key=lambda one: (one.since or found.row.end_year + 1, -one.distance))
    near_others = near_others[:NEAREST]
    if shown:
        yield elements_grid(found, shown, tally, title, words, last=not near_others)
    if near_others:
        title = words.say("tally.nearest_other", letter=letter, count=len(near_others))
        yield elements_grid(found, near_others, tally, title, words)


def _test(test: Test, words: Words) -> str:
    """A condition in words."""
    told = [words.phrase(Binary(bar.sign, test.node, bar.node)) for bar in test.bars]
    return words.say("tally.and").join(told) if told else words.phrase(test.node)


def elements_grid(
    found: Explanation, elements: Sequence[Element], tally: Tally, title: str, words: Words, *, last: bool = True
) -> Grid:
    """Elements with the numbers that were tested, the bars, and how far the deciding one is from its bar.

    Parameters
    ----------
    last
        Whether the notes stand under this table.
    """
    few = len(tally.tests) <= MOST_TESTS
    tested = [at for at, test in enumerate(tally.tests) if test.bars]
    heads = [words.say("tally.element"), words.say("by.park_league")]
    if few:
        for at in tested:
            heads += [words.measure(tally.tests[at].node), words.say("tally.bar")]
    else:
        heads.append(words.say("tally.fails"))
    heads += [words.say("tally.distance"), words.say("tally.since")]
    lines = []
    for one in elements:
        cells = list(who(found, one, words))
        if few:
            for at in tested:
                cells += [number(one.tests[at].value), " – ".join(number(bar) for bar in one.tests[at].bars)]
        else:
            failed = [_test(tally.tests[at], words) for at, test in enumerate(one.tests) if not test.holds]
            cells.append(words.say("tally.and").join(failed) or "-")
        lines.append([*cells, _distance(one), "-" if one.since is None else str(one.since)])
    columns = range(2, len(heads)) if few else range(3, len(heads))
    widths = (2, 1.4, *([1.6] * (len(heads) - 4) if few else [5]), 1, 1)
    notes = [words.say("tally.distance_note")] if last else []
    notes += [words.say("tally.names")] if last and any(one.park for one in elements) else []
    return Grid(title, heads, lines, notes=notes, widths=widths, numbers=frozenset(columns), whole=frozenset((0, 1)))


def _distance(one: Element) -> str:
    """Signed distance of the deciding number from its bar in % of the bar."""
    if abs(one.distance) == float("inf"):
        return "-"
    return f"{100 * one.distance:+.2f}"


def who(found: Explanation, one: Element, words: Words) -> tuple[str, str]:
    """What an element is called, and its league: a park by its name only where its base data are not estimates."""
    if not one.park:
        names = [words.label(kind, label) for kind, label in one.labels.items() if kind != dims.LEAGUE]
        return ", ".join(names) or "-", words.label(dims.LEAGUE, one.labels.get(dims.LEAGUE, ""))
    league = str(found.bundle.parks.frame.at[one.park, "league"])
    return park_name(found, one.park, words), words.label(dims.LEAGUE, league)


def park_name(found: Explanation, park: str, words: Words) -> str:
    """A park's id, with its name where the base data behind the target are published or the user's own."""
    table, column = found.bundle.parks, found.target.reconstructed or "output"
    origin = str(table.origins.at[park, column]) if column in table.origins else ""
    name = dict(zip(table.ids, table.names(words.lang), strict=True))[park]
    return f"{park} {name}" if origin in NAMED_ORIGINS else park


def _candidates(term: Term, words: Words) -> Grid:
    """What a largest or smallest value is picked from, the largest first."""
    values = [one.value for one in term.candidates]
    digits = digits_for(values)
    lines = [
        [words.label(one.kind, one.label), fixed(one.value, digits), "*" if one.picked else ""]
        for one in term.candidates[:MOST_PICKED]
    ]
    heads = [words.say("tally.element"), words.say("parts.value"), words.say("parts.taken")]
    rest = len(term.candidates) - len(lines)
    notes = [words.say("parts.rest", count=rest)] if rest else []
    return Grid(words.say("parts.candidates", letter=term.letter), heads, lines, notes=notes, widths=(3, 1.5, 1),
                numbers=frozenset((1,)))  # fmt: skip
