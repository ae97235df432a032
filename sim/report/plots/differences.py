"""Ensembles compared: the difference of each target's value run by run, as an interval in the target's direction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report.figure_data import Block, Cell
from sim.report.plots import looks
from sim.report.plots.comparison import MARKERS
from sim.report.plots.group_pages import by_page
from sim.report.plots.layout import LINE_MM, wrap
from sim.report.plots.numbers import known, number
from sim.report.plots.style import (
    BLACK,
    LIGHT,
    MIDDLE,
    PALE,
    SMALL_PT,
    WIDTH_MM,
    blank,
    lines_of_text,
    sheet,
    styled,
)
from sim.report.sides import Sides
from sim.report.sides_table import change_text, share_text
from sim.targets.paired import goodness
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.paired import Paired
    from sim.targets.rows import TargetRow
    from sim.targets.verdict import Rule

CODE = "compare-differences"
ID_MM, PLOT_MM, VALUE_MM, BETTER_MM, GROUP_MM, HEAD_MM, PAD_MM, PAGE_MM = 7.0, 50.0, 36.0, 11.0, 5.0, 14.0, 1.4, 205.0
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Line:
    """A target: for each scenario but the first the quantiles of the gain, and how it compares.

    Parameters
    ----------
    gains
        Quantiles of the difference towards the target in % of its bar (in its own unit where the bar is nought); NaN
        where there is nothing to draw.
    """

    row: TargetRow
    name: list[str]
    gains: tuple[tuple[float, ...], ...]
    pairs: tuple[Paired, ...]

    @property
    def height(self) -> float:
        """Height in millimetres."""
        return max(len(self.name), len(self.gains)) * LINE_MM + PAD_MM


def scale_of(rule: Rule) -> float:
    """What a difference is divided by: a hundredth of the bar; 1 where that is nought or there is none.

    >>> from sim.targets.verdict import Rule
    >>> scale_of(Rule("level", ">=", 14000.0, None)), scale_of(Rule("change", "<=", None, 0.0))
    (140.0, 1.0)
    """
    bars = [abs(bar) for bar in (rule.low, rule.high) if bar is not None]
    return max(bars, default=0.0) / 100.0 or 1.0


def difference_figures(sides: Sides, lang: Language, width_mm: float = WIDTH_MM) -> dict[str, Figure]:
    """Targets with a verdict of their own in all scenarios, on as many pages as they need."""
    with styled(lang):
        lines = _lines(sides, lang, width_mm)
        limit = limit_of([gain for line in lines for gain in line.gains])
        pages = _pages(lines, lang)
        figures = [_page(page, sides, limit, width_mm, lang) for page in pages]
    return by_page(CODE, figures)


def _lines(sides: Sides, lang: Language, width_mm: float) -> list[Line]:
    room = width_mm - ID_MM - PLOT_MM - VALUE_MM - BETTER_MM - 7.0
    others, first, found = list(sides.of.values())[1:], sides.first, []
    for place in sides.shown:
        row = first.rows[place]
        pairs = tuple(side.pairs[place] for side in others)
        if sides.bases(place) & {"imposed", "outside"} or not all(pair.runs for pair in pairs):
            continue
        rule = sides.rules[row.id]
        turned = [goodness(rule, side.judged.values[place]) for side in (first, *others)]
        gains = tuple(_levels((one - turned[0]) / scale_of(rule), rule) for one in turned[1:])
        named = text(lang, "figure.board.named", name=looks.name(row, lang), unit=looks.unit(row, lang) or "1")
        found.append(Line(row, wrap(named, room, SMALL_PT), gains, pairs))
    return found


def _levels(gains: np.ndarray, rule: Rule) -> tuple[float, ...]:
    """Quantiles; of counts such as occur."""
    there = gains[np.isfinite(gains)]
    if not there.size:
        return (math.nan,) * len(LEVELS)
    found = np.quantile(there, LEVELS, method="inverted_cdf" if rule.form == "count" else "linear")
    return tuple(float(one) for one in found)


def limit_of(gains: Sequence[Sequence[float]]) -> float:
    """End of the scale: a round number that holds two of three intervals; what lies beyond ends in an arrow.

    >>> limit_of([(-1.0, 0.0, 3.0), (0.0, 0.1, 0.2), (0.0, 0.0, 90.0), (0.0, 1.0, 4.0), (0.0, 1.0, 2.0)])
    5.0
    """
    reach = [max(abs(one[0]), abs(one[-1])) for one in gains if all(math.isfinite(part) for part in one)]
    wanted = float(np.quantile(reach, 2 / 3, method="higher")) if reach else 1.0
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-3)))
    return next(step * power for step in (*STEPS, 10.0) if step * power >= wanted * (1 - 1e-12))


def _pages(lines: Sequence[Line], lang: Language) -> list[list[Line]]:
    """About equally full pages; a page breaks between lines."""
    groups = len({looks.group(line.row, lang) for line in lines})
    whole = sum(line.height for line in lines) + GROUP_MM * groups
    count = max(1, math.ceil(whole / PAGE_MM))
    pages: list[list[Line]] = [[]]
    for line in lines:
        full = sum(one.height for one in pages[-1])
        if pages[-1] and len(pages) < count and full + line.height > (whole - GROUP_MM * groups) / count:
            pages.append([])
        pages[-1].append(line)
    return pages


def _page(lines: Sequence[Line], sides: Sides, limit: float, width_mm: float, lang: Language) -> Figure:
    titles = list(dict.fromkeys(looks.group(line.row, lang) for line in lines))
    names = sides.names[1:]
    tall = HEAD_MM + sum(line.height for line in lines) + GROUP_MM * len(titles)
    figure = blank((width_mm, tall + 5.0 * len(names) + 3.0))
    page = sheet(figure)
    left = width_mm - BETTER_MM - VALUE_MM - PLOT_MM - 4.0
    places = Places(left, left + PLOT_MM, width_mm - BETTER_MM - 3.5, width_mm - 2.0, limit)
    _heading(page, places, sides.names[0], lang)
    down, last = HEAD_MM, ""
    for line in lines:
        group = looks.group(line.row, lang)
        if group != last:
            band = Rectangle((0.5, down), width_mm - 1.0, GROUP_MM - 0.4, facecolor=PALE, linewidth=0, zorder=0)
            page.add_patch(band)
            lines_of_text(page, 1.0, down + GROUP_MM / 2 - 0.1, [group])
            down, last = down + GROUP_MM, group
        _line(page, places, line, down, lang)
        down += line.height
        page.plot([0.5, width_mm - 0.5], [down] * 2, color=LIGHT, linewidth=0.3, zorder=1)
    page.plot([places.across(0.0)] * 2, [HEAD_MM - 0.6, down], color=BLACK, linewidth=0.7, zorder=2)
    for tick in (-1.0, -0.5, 0.5, 1.0):
        page.plot([places.across(tick * limit)] * 2, [HEAD_MM - 0.6, down], color=LIGHT, linewidth=0.4, zorder=1)
    for place, name in enumerate(names, start=1):
        middle = down + 5.0 * place - 2.0
        _interval(page, (2.0, 4.0, 5.5, 7.0, 9.0), middle, place)
        lines_of_text(page, 12.0, middle, [text(lang, "sides.legend", name=name)])
    return figure


@dataclass(frozen=True)
class Places:
    """Left and right of the scale, right ends of the two columns of numbers, in millimetres; end of the scale."""

    left: float
    right: float
    value: float
    better: float
    limit: float

    def across(self, gain: float) -> float:
        """Where a gain lies, at the end of the scale if it is beyond."""
        share = (min(max(gain, -self.limit), self.limit) + self.limit) / (2 * self.limit)
        return self.left + share * (self.right - self.left)


def _heading(page: Axes, places: Places, first: str, lang: Language) -> None:
    middle = (places.left + places.right) / 2
    lines_of_text(page, 1.0, HEAD_MM - 6.5, [text(lang, "figure.board.id")])
    lines_of_text(page, 1.0 + ID_MM, HEAD_MM - 6.5, [text(lang, "figure.board.target")])
    lines_of_text(page, middle, 2.6, [text(lang, "sides.scale")], ha="center")
    worse, better = text(lang, "sides.worse"), text(lang, "sides.better_side")
    lines_of_text(page, places.left, HEAD_MM - 7.0, [worse], ha="left")
    lines_of_text(page, places.right, HEAD_MM - 7.0, [better], ha="right")
    for tick in (-1.0, -0.5, 0.0, 0.5, 1.0):
        label = number(tick * places.limit, lang, sign=True)
        lines_of_text(page, places.across(tick * places.limit), HEAD_MM - 2.8, [label], ha="center", color="#404040")
    lines_of_text(page, places.value, HEAD_MM - 6.5, [text(lang, "sides.median_interval")], ha="right")
    lines_of_text(page, places.better, HEAD_MM - 6.5, [text(lang, "sides.better")], ha="right")
    page.plot([0.5, places.better + 1.5], [HEAD_MM - 0.6] * 2, color=BLACK, linewidth=0.6)


def _line(page: Axes, places: Places, line: Line, down: float, lang: Language) -> None:
    middle = down + line.height / 2
    lines_of_text(page, 1.0, middle, [line.row.id])
    lines_of_text(page, 1.0 + ID_MM, middle, line.name)
    top = middle - LINE_MM * (len(line.gains) - 1) / 2
    for place, (gain, pair) in enumerate(zip(line.gains, line.pairs, strict=True)):
        at = top + place * LINE_MM
        told = text(lang, "sides.interval", median=_number(pair.p50, lang), low=_number(pair.p05, lang),
                    high=_number(pair.p95, lang))  # fmt: skip
        lines_of_text(page, places.value, at, [told], ha="right")
        lines_of_text(page, places.better, at, [share_text(pair.better)], ha="right")
        if all(math.isfinite(one) for one in gain):
            inside = abs(gain[2]) <= places.limit
            _interval(page, [places.across(one) for one in gain], at, place + 1, median=inside)
            _arrows(page, places, gain, at)


def _number(value: float | None, lang: Language) -> str:
    return looks.typeset(change_text(value), lang)


def _interval(page: Axes, across: Sequence[float], at: float, place: int, *, median: bool = True) -> None:
    """A line from 5 to 95 %, a box over the middle half, the median as a mark of the scenario's own shape."""
    low, first, middle, third, high = across
    page.plot([low, high], [at] * 2, color=BLACK, linewidth=0.8, solid_capstyle="butt", zorder=3)
    box = Rectangle((first, at - 0.8), third - first, 1.6, facecolor=MIDDLE, edgecolor=BLACK, linewidth=0.4, zorder=4)
    page.add_patch(box)
    if median:
        marker = MARKERS[1 + (place - 1) % (len(MARKERS) - 1)]
        page.plot([middle], [at], marker=marker, markersize=3.2, color=BLACK, markerfacecolor="white",
                  markeredgewidth=0.8, zorder=5)  # fmt: skip


def _arrows(page: Axes, places: Places, gain: Sequence[float], at: float) -> None:
    """Where an interval goes on beyond the scale, to the left or to the right."""
    for beyond, end, marker in (
        (gain[0] < -places.limit, places.left, "<"),
        (gain[-1] > places.limit, places.right, ">"),
    ):
        if beyond:
            page.plot([end], [at], marker=marker, markersize=3.5, color=BLACK, zorder=6)


def difference_data(sides: Sides, lang: Language) -> Block:
    """The numbers of the figure: a row for each target and scenario but the first."""
    words = ("figure.board.id", "figure.board.target", "figure.board.unit", "figure.board.scenario", "sides.value_p05",
             "sides.value_p50", "sides.value_p95")  # fmt: skip
    heads = [text(lang, word) for word in words]
    heads += [text(lang, "sides.gain", level=f"P{100 * level:g}") for level in LEVELS]
    heads += [text(lang, f"sides.{key}") for key in ("better_share", "equal_share", "worse_share")]
    rows: list[tuple[Cell, ...]] = []
    with styled(lang):
        lines = _lines(sides, lang, WIDTH_MM)
    for line in lines:
        for name, gain, pair in zip(sides.names[1:], line.gains, line.pairs, strict=True):
            values = [known(one) for one in (pair.p05, pair.p50, pair.p95)]
            shares = [100.0 * known(one) for one in (pair.better, pair.equal, pair.worse)]
            named = (line.row.id, looks.name(line.row, lang), looks.unit(line.row, lang), name)
            rows.append((*named, *values, *gain, *shares))
    return Block(tuple(heads), tuple(rows))
