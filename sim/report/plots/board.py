"""Figure 1: every target that is modelled, as a row with its progress, numbers and verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from sim.report import verdicts
from sim.report.figure_data import Block
from sim.report.plots import looks
from sim.report.plots.context import FigureContext
from sim.report.plots.group_pages import GROUP_MM, groups_mm, pages_of_groups
from sim.report.plots.layout import LINE_MM, wrap
from sim.report.plots.numbers import NOTHING, known
from sim.report.plots.style import BLACK, GREY, LIGHT, PALE, SMALL_PT, WIDTH_MM, blank, lines_of_text, sheet, styled
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

LOW, HIGH = -50.0, 150.0
"""Progress in % is clipped here; an arrow says so."""

HEAD_MM, PAD_MM = 9.5, 1.3
NARROW_HEAD_MM, NARROW_PAD_MM = 12.5, 1.0

Span = tuple[float, float]
"""Where something begins and ends, in millimetres."""


@dataclass(frozen=True)
class Columns:
    """Left and right of each column in millimetres; ``two_storeys``: the name stands above bar, numbers and verdict."""

    id: tuple[float, float]
    name: tuple[float, float]
    bar: tuple[float, float]
    value: tuple[float, float]
    target: tuple[float, float]
    unit: tuple[float, float]
    verdict: tuple[float, float]
    two_storeys: bool = field(default=False, kw_only=True)

    @property
    def head(self) -> float:
        """Height of the head."""
        return NARROW_HEAD_MM if self.two_storeys else HEAD_MM

    def across(self, progress: float) -> float:
        """Where a progress in % lies."""
        left, right = self.bar
        return left + (min(max(progress, LOW), HIGH) - LOW) / (HIGH - LOW) * (right - left)


@dataclass(frozen=True)
class Line:
    """A row of the board with its texts broken into lines."""

    row: TargetRow
    name: list[str]
    unit: list[str]
    verdict: list[str]
    two_storeys: bool = False

    @property
    def height(self) -> float:
        """Height in millimetres."""
        beside = max(len(self.unit), len(self.verdict))
        if self.two_storeys:
            return (len(self.name) + beside) * LINE_MM + NARROW_PAD_MM
        return max(len(self.name), beside) * LINE_MM + PAD_MM

    @property
    def lower(self) -> float:
        """Height of what stands beside the bar."""
        return len(self.verdict) * LINE_MM if self.two_storeys else self.height

    @property
    def middles(self) -> tuple[float, float]:
        """How far below the row's top the middle of its name lies, and that of everything else."""
        if not self.two_storeys:
            return self.height / 2, self.height / 2
        return (self.height - self.lower + NARROW_PAD_MM / 2) / 2, self.height - (self.lower + NARROW_PAD_MM / 2) / 2


def columns(width: float, lang: Language) -> Columns:
    """Columns for a board of that width; what is left over goes to the names and the bars."""
    if width < WIDTH_MM:
        return narrow_columns(width)
    unit, verdict = (14.0, 25.5) if lang == "zh" else (17.5, 18.5)
    fixed = {"value": 13.0, "target": 15.5, "unit": unit, "verdict": verdict}
    rest = width - 2.0 - 7.0 - sum(fixed.values())
    edges = list(np.cumsum([1.0, 7.0, rest * 0.62, rest * 0.38, *fixed.values()]))
    gaps = [(float(edges[i]), float(edges[i + 1]) - 1.5) for i in range(7)]
    left, right = gaps[2]
    gaps[2] = (left + 2.0, right - 1.0)
    return Columns(*gaps)


def narrow_columns(width: float) -> Columns:
    """Columns of a row in two storeys: the name with its unit above, below it the bar, the numbers and the verdict."""
    end = width - 1.0
    verdict, target, value = (end - 12.5, end), (end - 28.0, end - 14.0), (end - 41.0, end - 29.5)
    return Columns((1.0, 7.0), (8.0, end), (10.0, end - 43.5), value, target, (end, end), verdict, two_storeys=True)


def boards(rows: Sequence[TargetRow], lang: Language, width_mm: float = WIDTH_MM) -> tuple[Figure, ...]:
    """The target board, in as many figures as pages are needed; a group stays whole.

    A narrow one leaves nothing out: its rows have two storeys, and its pages are meant to stand side by side.

    Parameters
    ----------
    rows
        Target rows in the order of the plan; those with basis ``outside`` are left out.
    lang
        Language of the texts.
    width_mm
        Width; the height follows from the rows, at most about `sim.report.plots.group_pages.PAGE_MM`.
    """
    shown = [row for row in rows if row.basis != "outside"]
    with styled(lang):
        places = columns(width_mm, lang)
        groups: dict[str, list[Line]] = {}
        for row in shown:
            groups.setdefault(looks.group(row, lang), []).append(_line(row, places, lang))
        keys = [key for key in looks.LOOKS if any(looks.look_of(row) == key for row in shown)]
        legend = looks.legend_rows(keys, width_mm, lang, 6.5)
        return tuple(_page(page, legend, places, width_mm, lang) for page in pages_of_groups(groups))


def _page(
    groups: Mapping[str, Sequence[Line]],
    legend: list[list[tuple[str, float]]],
    places: Columns,
    width: float,
    lang: Language,
) -> Figure:
    bottom = places.head + groups_mm(groups)
    figure = blank((width, bottom + len(legend) * 4.6 + 2.5))
    page = sheet(figure)
    _head(page, places, lang)
    down, feet, beside = places.head, [], []
    for title, lines in groups.items():
        down = _group(page, places, title, down)
        for line in lines:
            _row(page, places, line, down, lang)
            beside.append((down + line.height - line.lower, down + line.height))
            down += line.height
            feet.append(down)
    _grid(page, places, beside if places.two_storeys else [(places.head, bottom)])
    ends = (0.5, places.verdict[1] + 0.5)
    _rules(page, [(ends, (foot, foot)) for foot in feet], color=LIGHT, linewidth=0.3, zorder=1)
    _legend(page, legend, down + 3.6, lang)
    return figure


def _line(row: TargetRow, places: Columns, lang: Language) -> Line:
    def broken(content: str, room: tuple[float, float]) -> list[str]:
        return wrap(content, room[1] - room[0], SMALL_PT)

    name, unit = looks.name(row, lang), looks.unit(row, lang)
    if places.two_storeys:
        called = text(lang, "figure.board.named", name=name, unit=unit) if unit else name
        return Line(row, broken(called, places.name), [], [verdicts.verdict_short(row, lang)], two_storeys=True)
    verdict = broken(looks.verdict_text(row, lang), places.verdict)
    return Line(row, broken(name, places.name), broken(unit, places.unit), verdict)


def _write(page: Axes, across: float, down: float, content: str | list[str], **style: Any) -> None:
    lines_of_text(page, across, down, [content] if isinstance(content, str) else content, **style)


def board_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 1: progress as drawn, before it is clipped."""
    words = ("id", "group", "target", "progress", "value", "low", "high", "unit", "verdict", "basis")
    rows = tuple(
        (row.id, looks.group(row, context.lang), looks.name(row, context.lang), _progress(row), known(row.value_2020),
         known(row.target_low), known(row.target_high), looks.unit(row, context.lang),
         looks.verdict_text(row, context.lang), text(context.lang, f"basis.{row.basis}"))
        for row in context.rows if row.basis != "outside"
    )  # fmt: skip
    return (Block(tuple(context.word(f"board.{word}") for word in words), rows),)


def _progress(row: TargetRow) -> float:
    """A target met from the start has no way to go: "progress" would even be negative where the lead grew."""
    return 100.0 if row.verdict == "met_at_base" else known(row.progress_pct)


def _head(page: Axes, places: Columns, lang: Language) -> None:
    def word(key: str) -> str:
        return text(lang, f"figure.board.{key}")

    narrow = places.two_storeys
    down = places.head - (6.6 if narrow else 6.9)
    _write(page, places.id[0], 2.6, word("id"))
    _write(page, places.name[0], 2.6, word("target_unit" if narrow else "target"))
    _write(page, (places.bar[0] + places.bar[1]) / 2, down, word("progress"), ha="center")
    _write(page, places.value[1], down, word("value"), ha="right")
    _write(page, places.target[1], down, word("goal"), ha="right")
    _write(page, places.unit[0], down, "" if narrow else word("unit"))
    _write(page, places.verdict[0], down, word("verdict"))
    minus = "-" if lang == "zh" else "\N{MINUS SIGN}"
    for tick in (0, 100) if narrow else (-50, 0, 50, 100, 150):
        label = f"{tick}".replace("-", minus)
        _write(page, places.across(tick), places.head - 2.8, label, ha="center", color="#404040")
    page.plot([0.5, places.verdict[1] + 0.5], [places.head - 0.6] * 2, color=BLACK, linewidth=0.6)


def _grid(page: Axes, places: Columns, spans: Sequence[Span]) -> None:
    """Upright lines of the scale, as long as the spans say."""

    def upright(ticks: Sequence[int], **style: Any) -> None:
        _rules(page, [((places.across(tick),) * 2, span) for tick in ticks for span in spans], **style)

    upright((-50, 50, 150), color=LIGHT, linewidth=0.4, zorder=1)
    upright((0,), color=GREY, linewidth=0.6, zorder=4)
    upright((100,), color=BLACK, linewidth=0.8, zorder=4)


def _rules(page: Axes, rules: Sequence[tuple[Span, Span]], **style: Any) -> None:
    """Straight lines, each by its ends across and down, as one shape with gaps: one for each takes far longer."""
    across = [place for ends, _ in rules for place in (*ends, math.nan)]
    down = [place for _, ends in rules for place in (*ends, math.nan)]
    page.plot(across, down, **style)


def _group(page: Axes, places: Columns, title: str, down: float) -> float:
    band = Rectangle((0.5, down), places.verdict[1], GROUP_MM - 0.4, facecolor=PALE, linewidth=0, zorder=2)
    page.add_patch(band)
    _write(page, places.id[0], down + GROUP_MM / 2 - 0.1, title, zorder=5, fontsize=8.0)
    return down + GROUP_MM


def _row(page: Axes, places: Columns, line: Line, down: float, lang: Language) -> None:
    named, middle = (down + below for below in line.middles)
    row = line.row
    _write(page, places.id[0], named, row.id)
    _write(page, places.name[0], named, line.name)
    _write(page, places.value[1], middle, looks.value_text(row, lang), ha="right")
    _write(page, places.target[1], middle, looks.target_text(row, lang), ha="right")
    _write(page, places.unit[0], middle, line.unit)
    _write(page, places.verdict[0], middle, line.verdict)
    progress = _progress(row)
    if progress != progress:
        _write(page, places.across(0) + 1.0, middle, NOTHING, color=GREY)
    else:
        _bar(page, places, progress, middle, looks.LOOKS[looks.look_of(row)])


def _bar(page: Axes, places: Columns, progress: float, middle: float, look: looks.Look) -> None:
    """A bar from 0 % to ``progress``; beyond the scale its end is a triangle."""
    start, end = places.across(0), places.across(progress)
    half, tip = 1.25, 0.0
    if not LOW <= progress <= HIGH:
        tip = 1.8 if progress > 0 else -1.8
        arrow = [(end, middle), (end - tip, middle - half - 0.5), (end - tip, middle + half + 0.5)]
        page.add_patch(Polygon(arrow, facecolor=BLACK, linewidth=0, zorder=3))
    page.add_patch(
        Rectangle(
            (start, middle - half),
            end - tip - start,
            2 * half,
            facecolor=look.fill,
            hatch=look.hatch,
            edgecolor=look.edge,
            linewidth=0.5,
            zorder=3,
        )
    )


def _legend(page: Axes, rows: list[list[tuple[str, float]]], down: float, lang: Language) -> None:
    for place, entries in enumerate(rows):
        middle = down + place * 4.6
        for key, across in entries:
            look = looks.LOOKS[key]
            page.add_patch(
                Rectangle(
                    (across, middle - 1.2),
                    5.0,
                    2.4,
                    facecolor=look.fill,
                    hatch=look.hatch,
                    edgecolor=look.edge,
                    linewidth=0.5,
                )
            )
            _write(page, across + 6.5, middle, text(lang, f"figure.look.{key}"))
