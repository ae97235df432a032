"""Compare scenarios: targets down, scenarios across; a cell holds mark, verdict and value."""

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
from sim.report.plots.layout import LINE_MM, text_mm, wrap
from sim.report.plots.numbers import known
from sim.report.plots.style import BLACK, GREY, LIGHT, PALE, SMALL_PT, WIDTH_MM, blank, lines_of_text, sheet, styled
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

CELL_MM, MARK_MM, ID_MM, PAD_MM, GROUP_MM = 17.0, 3.4, 7.0, 1.6, 5.2
PAGE_MM = 215.0
"""Height of rows that a page of A4 holds beside the head, the legend and a caption."""

MOST = 5
"""Scenarios side by side in a figure of full width; more go into further figures."""


@dataclass(frozen=True)
class _Rows:
    """The targets of a grid: names broken into lines, by group, and their heights in millimetres."""

    names: Mapping[str, list[str]]
    groups: Mapping[str, list[str]]

    def height(self, target: str) -> float:
        return max(2, len(self.names[target])) * LINE_MM + PAD_MM

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


def _rows_of(scenarios: Mapping[str, Sequence[TargetRow]], lang: Language, width: float) -> _Rows:
    listed = {row.id: row for rows in scenarios.values() for row in rows if row.basis != "outside"}
    edge, _ = _columns(len(scenarios), width)
    names = {key: wrap(_label(row, lang), edge - ID_MM - 3.0, SMALL_PT) for key, row in listed.items()}
    groups: dict[str, list[str]] = {}
    for key, row in listed.items():
        groups.setdefault(looks.group(row, lang), []).append(key)
    return _Rows(names, groups)


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
    lang
        Language of the texts.
    width_mm
        Width; the height follows from the number of targets.
    groups
        Groups of targets to show; all if not given.
    """
    cells = {name: {row.id: row for row in rows if row.basis != "outside"} for name, rows in scenarios.items()}
    with styled(lang):
        rows = _rows_of(scenarios, lang, width_mm)
        shown = list(rows.groups) if groups is None else groups
        edge, wide = _columns(len(cells), width_mm)
        heads = [wrap(name, wide - 1.5, SMALL_PT) for name in cells]
        head = max((len(lines) for lines in heads), default=1) * LINE_MM + 2.5
        used = {looks.look_of(row) for by_id in cells.values() for row in by_id.values()}
        legend = _legend_rows([key for key in looks.LOOKS if key in used], width_mm, lang)
        figure = blank((width_mm, head + rows.tall(shown) + len(legend) * 4.6 + 2.5))
        page = sheet(figure)
        for place, lines in enumerate(heads):
            _write(page, edge + place * wide + 0.5, head / 2, lines)
        page.plot([0.5, width_mm - 0.5], [head - 0.3] * 2, color=BLACK, linewidth=0.6)
        down = head
        for title in shown:
            page.add_patch(Rectangle((0.5, down), width_mm - 1.0, GROUP_MM - 0.4, facecolor=PALE, linewidth=0))
            _write(page, 1.0, down + GROUP_MM / 2 - 0.1, [title])
            down += GROUP_MM
            for key in rows.groups[title]:
                middle = down + rows.height(key) / 2
                _write(page, 1.0, middle, [key])
                _write(page, 1.0 + ID_MM, middle, rows.names[key])
                for place, by_id in enumerate(cells.values()):
                    _cell(page, by_id.get(key), edge + place * wide, middle, lang)
                down += rows.height(key)
                page.plot([0.5, width_mm - 0.5], [down] * 2, color=LIGHT, linewidth=0.3, zorder=1)
        _legend(page, legend, down + 3.6, lang)
    return figure


def verdict_grids(
    scenarios: Mapping[str, Sequence[TargetRow]], lang: Language, width_mm: float = WIDTH_MM
) -> dict[str, Figure]:
    """The grid in as many figures as scenarios and pages need, by ``compare-targets``, ``compare-targets-2``."""
    names = list(scenarios)
    pieces = -(-len(names) // MOST)
    parts = [[names[place] for place in part] for part in np.array_split(np.arange(len(names)), max(pieces, 1))]
    figures: list[Figure] = []
    for part in parts:
        some = {name: scenarios[name] for name in part}
        with styled(lang):
            pages = _rows_of(some, lang, width_mm).pages()
        figures += [verdict_grid(some, lang, width_mm, groups) for groups in pages]
    return {f"compare-targets{'' if place == 0 else f'-{place + 1}'}": one for place, one in enumerate(figures)}


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


def _cell(page: Axes, row: TargetRow | None, left: float, middle: float, lang: Language) -> None:
    """Mark, and beside it the word over the value; a dash where the scenario has no such row."""
    if row is None:
        _write(page, left + MARK_MM + 0.8, middle, ["–"], color=GREY)
        return
    _mark(page, looks.look_of(row), left + 2.0, middle)
    _write(page, left + MARK_MM + 0.8, middle, [verdicts.verdict_short(row, lang), looks.value_text(row, lang)])


def _legend_rows(keys: list[str], width: float, lang: Language) -> list[list[tuple[str, float]]]:
    rows: list[list[tuple[str, float]]] = [[]]
    across = 1.0
    for key in keys:
        need = MARK_MM + 1.0 + text_mm(text(lang, f"figure.look.{key}"), SMALL_PT) + 4.0
        if rows[-1] and across + need > width:
            rows.append([])
            across = 1.0
        rows[-1].append((key, across))
        across += need
    return rows


def _legend(page: Axes, rows: list[list[tuple[str, float]]], down: float, lang: Language) -> None:
    for place, entries in enumerate(rows):
        for key, across in entries:
            _mark(page, key, across + 1.4, down + place * 4.6)
            _write(page, across + MARK_MM + 1.0, down + place * 4.6, [text(lang, f"figure.look.{key}")])
