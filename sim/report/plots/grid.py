"""Compare scenarios: targets down, scenarios across; a cell holds mark, verdict and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report import verdicts
from sim.report.plots import looks
from sim.report.plots.layout import LINE_MM, text_mm, wrap
from sim.report.plots.style import BLACK, GREY, LIGHT, PALE, SMALL_PT, WIDTH_MM, blank, sheet, styled
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

CELL_MM, MARK_MM, ID_MM, PAD_MM, GROUP_MM = 17.0, 3.4, 7.0, 1.6, 5.2
MOST = 5
"""Scenarios side by side in a figure of full width; more go into further figures."""


def verdict_grid(scenarios: Mapping[str, Sequence[TargetRow]], lang: Language, width_mm: float = WIDTH_MM) -> Figure:
    """Target by scenario: mark, short verdict and value.

    Parameters
    ----------
    scenarios
        Target rows by the scenario's name as it is shown, at most about :data:`MOST` of them.
    lang
        Language of the texts.
    width_mm
        Width; the height follows from the number of targets.
    """
    cells = {name: {row.id: row for row in rows if row.basis != "outside"} for name, rows in scenarios.items()}
    listed = {row.id: row for rows in scenarios.values() for row in rows if row.basis != "outside"}
    with styled(lang):
        edge = width_mm - 1.0 - max(CELL_MM, min(25.0, 80.0 / max(len(cells), 1))) * len(cells)
        wide = (width_mm - 1.0 - edge) / max(len(cells), 1)
        names = {key: wrap(_label(row, lang), edge - ID_MM - 3.0, SMALL_PT) for key, row in listed.items()}
        heads = {name: wrap(name, wide - 1.5, SMALL_PT) for name in cells}
        head = max((len(lines) for lines in heads.values()), default=1) * LINE_MM + 2.5
        heights = {key: max(2, len(lines)) * LINE_MM + PAD_MM for key, lines in names.items()}
        groups = list(dict.fromkeys(looks.group(row, lang) for row in listed.values()))
        body = sum(heights.values()) + GROUP_MM * len(groups)
        shown = {looks.look_of(row) for rows in cells.values() for row in rows.values()}
        legend = _legend_rows([key for key in looks.LOOKS if key in shown], width_mm, lang)
        figure = blank((width_mm, head + body + len(legend) * 4.6 + 2.5))
        page = sheet(figure)
        for place, lines in enumerate(heads.values()):
            _write(page, edge + place * wide + 0.5, head / 2, lines)
        page.plot([0.5, width_mm - 0.5], [head - 0.3] * 2, color=BLACK, linewidth=0.6)
        down = head
        for title in groups:
            page.add_patch(Rectangle((0.5, down), width_mm - 1.0, GROUP_MM - 0.4, facecolor=PALE, linewidth=0))
            _write(page, 1.0, down + GROUP_MM / 2 - 0.1, [title])
            down += GROUP_MM
            for key, row in listed.items():
                if looks.group(row, lang) != title:
                    continue
                middle = down + heights[key] / 2
                _write(page, 1.0, middle, [key])
                _write(page, 1.0 + ID_MM, middle, names[key])
                for place, rows in enumerate(cells.values()):
                    _cell(page, rows.get(key), edge + place * wide, middle, lang)
                down += heights[key]
                page.plot([0.5, width_mm - 0.5], [down] * 2, color=LIGHT, linewidth=0.3, zorder=1)
        _legend(page, legend, down + 3.6, lang)
    return figure


def verdict_grids(
    scenarios: Mapping[str, Sequence[TargetRow]], lang: Language, width_mm: float = WIDTH_MM
) -> dict[str, Figure]:
    """The grid in as many figures as the scenarios need, by ``compare-targets``, ``compare-targets-2``."""
    names = list(scenarios)
    pieces = -(-len(names) // MOST)
    parts = [[names[place] for place in part] for part in np.array_split(np.arange(len(names)), max(pieces, 1))]
    return {
        f"compare-targets{'' if place == 0 else f'-{place + 1}'}": verdict_grid(
            {name: scenarios[name] for name in part}, lang, width_mm
        )
        for place, part in enumerate(parts)
    }


def _label(row: TargetRow, lang: Language) -> str:
    """Name, target and unit: ``开发区生产总值(≥14000亿元)``."""
    target = looks.target_text(row, lang)
    unit = looks.unit(row, lang)
    if lang == "en" and unit not in ("", "%"):
        unit = f" {unit}"
    return text(lang, "figure.grid.row", name=looks.name(row, lang), target=target, unit=unit)


def _write(page: Axes, across: float, down: float, lines: list[str], **style: Any) -> None:
    if any(lines):
        page.text(
            across,
            down,
            "\n".join(lines),
            **{"fontsize": SMALL_PT, "va": "center", "linespacing": 1.12, **style},
        )


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
