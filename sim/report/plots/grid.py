"""Compare scenarios: targets down, scenarios across; a cell holds mark, verdict and a number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report import verdicts
from sim.report.figure_data import Block
from sim.report.plots import looks
from sim.report.plots.group_pages import by_page
from sim.report.plots.layout import LINE_MM, wrap
from sim.report.plots.numbers import known
from sim.report.plots.style import (
    BLACK,
    DARK,
    GREY,
    LIGHT,
    PALE,
    SMALL_PT,
    WIDTH_MM,
    blank,
    lines_of_text,
    sheet,
    styled,
)
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

CELL_MM, MARK_MM, ID_MM, PAD_MM, GROUP_MM = 17.0, 3.4, 7.0, 1.6, 5.2
BAR_MM = 1.8
"""What a bar below the lines of a cell adds to a row."""

PAGE_MM = 215.0
"""Height of rows that a page of A4 holds beside the head, the legend and a caption."""

MOST = 5
"""Scenarios side by side in a figure of full width; more go into further figures."""


@dataclass(frozen=True)
class Entry:
    """What a cell holds.

    Parameters
    ----------
    look
        Its mark: a key of `sim.report.plots.looks.LOOKS`; "" for none.
    lines
        Beside the mark, of equal height.
    share
        Length of the bar below the lines, 0 to 1; ``None`` for none.
    """

    look: str
    lines: tuple[str, ...]
    share: float | None = None


Sheet = Mapping[str, Mapping[str, Entry]]
"""Cells by scenario, as it is shown, and by target."""


@dataclass(frozen=True)
class _Rows:
    """The targets of a grid: names broken into lines, by group, and their heights in millimetres."""

    names: Mapping[str, list[str]]
    groups: Mapping[str, list[str]]
    bar: float

    def height(self, target: str) -> float:
        return max(2 * LINE_MM + self.bar, len(self.names[target]) * LINE_MM) + PAD_MM

    def tall(self, groups: Iterable[str]) -> float:
        return sum(GROUP_MM + sum(self.height(target) for target in self.groups[title]) for title in groups)

    def pages(self) -> list[list[str]]:
        """Groups by page, about equally full; a group stays whole."""
        count = max(1, math.ceil(self.tall(self.groups) / PAGE_MM))
        share = self.tall(self.groups) / count
        pages: list[list[str]] = [[]]
        for title in self.groups:
            full = self.tall(pages[-1])
            if pages[-1] and len(pages) < count and full + self.tall([title]) - share > share - full:
                pages.append([])
            pages[-1].append(title)
        return pages


def _columns(count: int, width: float) -> tuple[float, float]:
    """Left edge of the scenarios' columns, and how wide each is."""
    edge = width - 1.0 - max(CELL_MM, min(25.0, 80.0 / max(count, 1))) * count
    return edge, (width - 1.0 - edge) / max(count, 1)


def _rows_of(rows: Mapping[str, TargetRow], sheet_: Sheet, lang: Language, width: float) -> _Rows:
    edge, _ = _columns(len(sheet_), width)
    shown = {key: row for key, row in rows.items() if any(key in cells for cells in sheet_.values())}
    names = {key: wrap(_label(row, lang), edge - ID_MM - 3.0, SMALL_PT) for key, row in shown.items()}
    groups: dict[str, list[str]] = {}
    for key, row in shown.items():
        groups.setdefault(looks.group(row, lang), []).append(key)
    barred = any(one.share is not None for cells in sheet_.values() for one in cells.values())
    return _Rows(names, groups, BAR_MM if barred else 0.0)


def grid(
    rows: Mapping[str, TargetRow],
    sheet_: Sheet,
    lang: Language,
    width_mm: float = WIDTH_MM,
    groups: Sequence[str] | None = None,
) -> Figure:
    """Target by scenario.

    Parameters
    ----------
    rows
        Names and bars of the targets, by id, in their order.
    sheet_
        Cells of at most about :data:`MOST` scenarios.
    lang
        Language of the texts.
    width_mm
        Width; the height follows from the number of targets.
    groups
        Groups of targets to show; all if not given.
    """
    with styled(lang):
        laid = _rows_of(rows, sheet_, lang, width_mm)
        shown = list(laid.groups) if groups is None else groups
        edge, wide = _columns(len(sheet_), width_mm)
        heads = [wrap(name, wide - 1.5, SMALL_PT) for name in sheet_]
        head = max((len(lines) for lines in heads), default=1) * LINE_MM + 2.5
        used = {one.look for cells in sheet_.values() for one in cells.values()}
        legend = looks.legend_rows([key for key in looks.LOOKS if key in used], width_mm, lang, MARK_MM + 1.0)
        figure = blank((width_mm, head + laid.tall(shown) + len(legend) * 4.6 + 2.5))
        page = sheet(figure)
        for place, lines in enumerate(heads):
            _write(page, edge + place * wide + 0.5, head / 2, lines)
        page.plot([0.5, width_mm - 0.5], [head - 0.3] * 2, color=BLACK, linewidth=0.6)
        down = head
        for title in shown:
            page.add_patch(Rectangle((0.5, down), width_mm - 1.0, GROUP_MM - 0.4, facecolor=PALE, linewidth=0))
            _write(page, 1.0, down + GROUP_MM / 2 - 0.1, [title])
            down += GROUP_MM
            for key in laid.groups[title]:
                middle = down + laid.height(key) / 2
                _write(page, 1.0, middle, [key])
                _write(page, 1.0 + ID_MM, middle, laid.names[key])
                for place, cells in enumerate(sheet_.values()):
                    _cell(page, cells.get(key), edge + place * wide, middle, wide)
                down += laid.height(key)
                page.plot([0.5, width_mm - 0.5], [down] * 2, color=LIGHT, linewidth=0.3, zorder=1)
        _legend(page, legend, down + 3.6, lang)
    return figure


def grids(
    code: str, rows: Mapping[str, TargetRow], sheet_: Sheet, lang: Language, width_mm: float = WIDTH_MM
) -> dict[str, Figure]:
    """The grid in as many figures as scenarios and pages need, by ``code``, ``code-2``; see :func:`grid`."""
    names = list(sheet_)
    pieces = -(-len(names) // MOST)
    parts = [[names[place] for place in part] for part in np.array_split(np.arange(len(names)), max(pieces, 1))]
    figures: list[Figure] = []
    for part in parts:
        some = {name: sheet_[name] for name in part}
        with styled(lang):
            pages = _rows_of(rows, some, lang, width_mm).pages()
        figures += [grid(rows, some, lang, width_mm, groups) for groups in pages]
    return by_page(code, figures)


def verdict_grid(
    scenarios: Mapping[str, Sequence[TargetRow]],
    lang: Language,
    width_mm: float = WIDTH_MM,
    groups: Sequence[str] | None = None,
) -> Figure:
    """Target by scenario: mark, short verdict and value.

    Parameters
    ----------
    scenarios
        Target rows by the scenario's name as it is shown, at most about :data:`MOST` of them.
    lang, width_mm, groups
        As in :func:`grid`.
    """
    return grid(_listed(scenarios), _verdicts(scenarios, lang), lang, width_mm, groups)


def verdict_grids(
    scenarios: Mapping[str, Sequence[TargetRow]], lang: Language, width_mm: float = WIDTH_MM
) -> dict[str, Figure]:
    """The grid in as many figures as scenarios and pages need, by ``compare-targets``, ``compare-targets-2``."""
    return grids("compare-targets", _listed(scenarios), _verdicts(scenarios, lang), lang, width_mm)


def _listed(scenarios: Mapping[str, Sequence[TargetRow]]) -> dict[str, TargetRow]:
    return {row.id: row for rows in scenarios.values() for row in rows if row.basis != "outside"}


def _verdicts(scenarios: Mapping[str, Sequence[TargetRow]], lang: Language) -> Sheet:
    def entry(row: TargetRow) -> Entry:
        return Entry(looks.look_of(row), (verdicts.verdict_short(row, lang), looks.value_text(row, lang)))

    return {name: {row.id: entry(row) for row in rows if row.basis != "outside"} for name, rows in scenarios.items()}


def grid_data(scenarios: Mapping[str, Sequence[TargetRow]], lang: Language) -> Block:
    """The numbers of :func:`verdict_grid`: a row for each target and scenario."""
    words = ("id", "target", "scenario", "value", "low", "high", "unit", "verdict", "basis")
    rows = tuple(
        (row.id, looks.name(row, lang), name, known(row.value_2020), known(row.target_low), known(row.target_high),
         looks.unit(row, lang), looks.verdict_text(row, lang), text(lang, f"basis.{row.basis}"))
        for name, listed in scenarios.items() for row in listed if row.basis != "outside"
    )  # fmt: skip
    return Block(tuple(text(lang, f"figure.board.{word}") for word in words), rows)


def _label(row: TargetRow, lang: Language) -> str:
    """Name, target and unit: ``开发区生产总值(≥14000亿元)``."""
    target = looks.target_text(row, lang)
    unit = looks.unit(row, lang)
    if lang == "en" and unit not in ("", "%"):
        unit = f" {unit}"
    return text(lang, "figure.grid.row", name=looks.name(row, lang), target=target, unit=unit)


def _write(page: Axes, across: float, down: float, lines: list[str], **style: Any) -> None:
    lines_of_text(page, across, down, lines, **style)


def _mark(page: Axes, key: str, across: float, down: float) -> None:
    look = looks.LOOKS[key]
    page.plot(
        [across],
        [down],
        marker=look.marker,
        fillstyle=look.fillstyle,
        markersize=5.0,
        color=BLACK,
        markerfacecoloralt="white",
        markeredgewidth=0.8,
        linestyle="none",
        zorder=5,
    )


def _cell(page: Axes, entry: Entry | None, left: float, middle: float, wide: float) -> None:
    """Mark, beside it the lines, below them a bar; a dash where the scenario has no such row."""
    if entry is None:
        _write(page, left + MARK_MM + 0.8, middle, ["–"], color=GREY)
        return
    up = middle if entry.share is None else middle - BAR_MM / 2
    if entry.look:
        _mark(page, entry.look, left + 2.0, up)
    _write(page, left + MARK_MM + 0.8, up, list(entry.lines))
    if entry.share is not None:
        foot, long = up + LINE_MM + 0.35, wide - MARK_MM - 2.8
        for share, fill in ((1.0, "white"), (entry.share, DARK)):
            bar = Rectangle((left + MARK_MM + 0.8, foot), long * share, 1.1, facecolor=fill, edgecolor=BLACK)
            page.add_patch(bar)
            bar.set(linewidth=0.4, zorder=3)


def _legend(page: Axes, rows: list[list[tuple[str, float]]], down: float, lang: Language) -> None:
    for place, entries in enumerate(rows):
        for key, across in entries:
            _mark(page, key, across + 1.4, down + place * 4.6)
            _write(page, across + MARK_MM + 1.0, down + place * 4.6, [text(lang, f"figure.look.{key}")])
