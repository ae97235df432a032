"""Figure 1: every target that is modelled, as a row with its progress, numbers and verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from sim.report.figure_data import Block
from sim.report.plots import looks
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import LINE_MM, text_mm, wrap
from sim.report.plots.numbers import NOTHING, known
from sim.report.plots.style import BLACK, GREY, LIGHT, PALE, SMALL_PT, WIDTH_MM, blank, sheet, styled
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

LOW, HIGH = -50.0, 150.0
"""Progress in % is clipped here; an arrow says so."""

HEAD_MM, GROUP_MM, PAD_MM = 9.5, 5.0, 1.3

PAGE_MM = 200.0
"""Height of rows that a page of A4 holds beside the head, the legend and a caption."""


@dataclass(frozen=True)
class Columns:
    """Left and right of each column in millimetres."""

    id: tuple[float, float]
    name: tuple[float, float]
    bar: tuple[float, float]
    value: tuple[float, float]
    target: tuple[float, float]
    unit: tuple[float, float]
    verdict: tuple[float, float]

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

    @property
    def height(self) -> float:
        """Height in millimetres."""
        return max(len(self.name), len(self.unit), len(self.verdict)) * LINE_MM + PAD_MM


def columns(width: float, lang: Language) -> Columns:
    """Columns for a board of that width; what is left over goes to the names and the bars."""
    unit, verdict = (14.0, 25.5) if lang == "zh" else (17.5, 18.5)
    fixed = {"value": 13.0, "target": 15.5, "unit": unit, "verdict": verdict}
    rest = width - 2.0 - 7.0 - sum(fixed.values())
    edges = list(np.cumsum([1.0, 7.0, rest * 0.62, rest * 0.38, *fixed.values()]))
    gaps = [(float(edges[i]), float(edges[i + 1]) - 1.5) for i in range(7)]
    left, right = gaps[2]
    gaps[2] = (left + 2.0, right - 1.0)
    return Columns(*gaps)


def boards(rows: Sequence[TargetRow], lang: Language, width_mm: float = WIDTH_MM) -> tuple[Figure, ...]:
    """The target board, in as many figures as pages are needed; a group stays whole.

    Parameters
    ----------
    rows
        Target rows in the order of the plan; those with basis ``outside`` are left out.
    lang
        Language of the texts.
    width_mm
        Width; the height follows from the rows, at most about :data:`PAGE_MM`.
    """
    shown = [row for row in rows if row.basis != "outside"]
    with styled(lang):
        places = columns(width_mm, lang)
        groups: dict[str, list[Line]] = {}
        for row in shown:
            groups.setdefault(looks.group(row, lang), []).append(_line(row, places, lang))
        keys = [key for key in looks.LOOKS if any(looks.look_of(row) == key for row in shown)]
        legend = _legend_rows(keys, width_mm, lang)
        return tuple(_page(page, legend, places, width_mm, lang) for page in _pages(groups))


def _height(groups: Mapping[str, Sequence[Line]]) -> float:
    return sum(GROUP_MM + sum(line.height for line in lines) for lines in groups.values())


def _pages(groups: Mapping[str, list[Line]]) -> list[dict[str, list[Line]]]:
    """Groups by page, the pages about equally full; at least one page."""
    number = max(1, math.ceil(_height(groups) / PAGE_MM))
    share = _height(groups) / number
    pages: list[dict[str, list[Line]]] = [{}]
    for title, lines in groups.items():
        with_it = _height(pages[-1] | {title: lines})
        if pages[-1] and len(pages) < number and with_it - share > share - _height(pages[-1]):
            pages.append({})
        pages[-1][title] = lines
    return pages


def _page(
    groups: Mapping[str, Sequence[Line]],
    legend: list[list[tuple[str, float]]],
    places: Columns,
    width: float,
    lang: Language,
) -> Figure:
    bottom = HEAD_MM + _height(groups)
    figure = blank((width, bottom + len(legend) * 4.6 + 2.5))
    page = sheet(figure)
    _grid(page, places, HEAD_MM, bottom)
    _head(page, places, lang)
    down = HEAD_MM
    for title, lines in groups.items():
        down = _group(page, places, title, down)
        for line in lines:
            _row(page, places, line, down, lang)
            down += line.height
    _legend(page, legend, down + 3.6, lang)
    return figure


def _line(row: TargetRow, places: Columns, lang: Language) -> Line:
    def broken(content: str, room: tuple[float, float]) -> list[str]:
        return wrap(content, room[1] - room[0], SMALL_PT)

    return Line(
        row,
        broken(looks.name(row, lang), places.name),
        broken(looks.unit(row, lang), places.unit),
        broken(looks.verdict_text(row, lang), places.verdict),
    )


def _write(page: Axes, across: float, down: float, content: str | list[str], **style: Any) -> None:
    content = content if isinstance(content, str) else "\n".join(content)
    if content:
        page.text(across, down, content, **{"fontsize": SMALL_PT, "va": "center", "linespacing": 1.12, **style})


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

    _write(page, places.id[0], 2.6, word("id"))
    _write(page, places.name[0], 2.6, word("target"))
    _write(page, (places.bar[0] + places.bar[1]) / 2, 2.6, word("progress"), ha="center")
    _write(page, places.value[1], 2.6, word("value"), ha="right")
    _write(page, places.target[1], 2.6, word("goal"), ha="right")
    _write(page, places.unit[0], 2.6, word("unit"))
    _write(page, places.verdict[0], 2.6, word("verdict"))
    minus = "-" if lang == "zh" else "\N{MINUS SIGN}"
    for tick in (-50, 0, 50, 100, 150):
        _write(page, places.across(tick), 6.7, f"{tick}".replace("-", minus), ha="center", color="#404040")
    page.plot([0.5, places.verdict[1] + 0.5], [HEAD_MM - 0.6] * 2, color=BLACK, linewidth=0.6)


def _grid(page: Axes, places: Columns, top: float, bottom: float) -> None:
    for tick in (-50, 50, 150):
        page.plot([places.across(tick)] * 2, [top, bottom], color=LIGHT, linewidth=0.4, zorder=1)
    page.plot([places.across(0)] * 2, [top, bottom], color=GREY, linewidth=0.6, zorder=4)
    page.plot([places.across(100)] * 2, [top, bottom], color=BLACK, linewidth=0.8, zorder=4)


def _group(page: Axes, places: Columns, title: str, down: float) -> float:
    band = Rectangle((0.5, down), places.verdict[1], GROUP_MM - 0.4, facecolor=PALE, linewidth=0, zorder=2)
    page.add_patch(band)
    _write(page, places.id[0], down + GROUP_MM / 2 - 0.1, title, zorder=5, fontsize=8.0)
    return down + GROUP_MM


def _row(page: Axes, places: Columns, line: Line, down: float, lang: Language) -> None:
    middle = down + line.height / 2
    row = line.row
    _write(page, places.id[0], middle, row.id)
    _write(page, places.name[0], middle, line.name)
    _write(page, places.value[1], middle, looks.value_text(row, lang), ha="right")
    _write(page, places.target[1], middle, looks.target_text(row, lang), ha="right")
    _write(page, places.unit[0], middle, line.unit)
    _write(page, places.verdict[0], middle, line.verdict)
    page.plot([0.5, places.verdict[1] + 0.5], [down + line.height] * 2, color=LIGHT, linewidth=0.3, zorder=1)
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


def _legend_rows(keys: list[str], width: float, lang: Language) -> list[list[tuple[str, float]]]:
    """Keys with their left edge, broken into lines that fit."""
    rows: list[list[tuple[str, float]]] = [[]]
    across = 1.0
    for key in keys:
        need = 6.5 + text_mm(text(lang, f"figure.look.{key}"), SMALL_PT) + 4.0
        if rows[-1] and across + need > width:
            rows.append([])
            across = 1.0
        rows[-1].append((key, across))
        across += need
    return rows


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
