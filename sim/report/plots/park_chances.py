"""How likely each park passes each bar of a single park: a table of shaded cells, in blocks by league."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.report.ensemble_files import ParkChance
from sim.report.figure_data import Block
from sim.report.plots import style
from sim.report.plots.chance_context import ChanceContext, put_stamp
from sim.report.plots.layout import text_mm
from sim.report.plots.numbers import NOTHING
from sim.targets.park_bars import BARS
from sim.words.catalogue import catalogue, text

ORDER = ("alxa", "wuhai", "bayannur", "ordos", "baotou", "hohhot", "ulanqab", "xilingol", "chifeng", "tongliao",
         "hinggan", "hulunbuir")  # fmt: skip
"""Leagues from the south-west to the north-east, as they lie on the map."""

CELL_MM, ROW_MM, BLOCK_MM, PAGE_MM = 6.6, 3.7, 6.2, 185.0
"""Width of a cell, height of a row and of a league's name, most height of a column."""

LEAST_GAP_MM, MOST_GAP_MM = 3.4, 8.0
"""Room between columns."""

MOST_ROWS = 40
"""Parks of a league in one block; more go on in another."""

DARKEST = 0.15
"""Lightness of a certainty."""

SCALE = (0, 25, 50, 75, 100)


@dataclass(frozen=True)
class League:
    """Parks of a league, or a part of them: by park its chances by bar."""

    name: str
    parks: tuple[tuple[str, dict[str, ParkChance]], ...]

    @property
    def height(self) -> float:
        """Height in millimetres."""
        return BLOCK_MM + ROW_MM * len(self.parks)


def bars_of(context: ChanceContext) -> list[str]:
    """The bars that the ensemble tells."""
    told = {one.bar for one in context.stored.parks}
    return [bar for bar in BARS if bar in told]


def leagues_of(context: ChanceContext) -> list[League]:
    """Parks by league, in the order of the map; a long league in several parts."""
    parks: dict[str, dict[str, dict[str, ParkChance]]] = {}
    for one in context.stored.parks:
        parks.setdefault(one.league, {}).setdefault(one.park, {})[one.bar] = one
    keys = [key for key in ORDER if key in parks] + [key for key in parks if key not in ORDER]
    known = catalogue(context.lang)
    found = []
    for key in keys:
        name = known.get(f"figure.league.{key}", key)
        rows = list(parks[key].items())
        found += [League(name, tuple(rows[at : at + MOST_ROWS])) for at in range(0, len(rows), MOST_ROWS)]
    return found


def columns_of(blocks: Sequence[League], number: int) -> list[list[League]]:
    """Blocks in their order in at most ``number`` columns, the tallest as short as can be.

    >>> blocks = [League(str(rows), (("P", {}),) * rows) for rows in (3, 3, 2, 9, 1)]
    >>> [[one.name for one in column] for column in columns_of(blocks, 3)]
    [['3', '3', '2'], ['9'], ['1']]
    """

    def filled(most: float) -> list[list[League]]:
        columns: list[list[League]] = [[]]
        for block in blocks:
            if columns[-1] and sum(one.height for one in columns[-1]) + block.height > most:
                columns.append([])
            columns[-1].append(block)
        return columns

    sums = sorted(
        {sum(one.height for one in blocks[first:last]) for first in range(len(blocks))
         for last in range(first + 1, len(blocks) + 1)}
    )  # fmt: skip
    return next(columns for columns in (filled(most) for most in sums) if len(columns) <= number)


def park_figures(context: ChanceContext) -> tuple[Figure, ...]:
    """Columns of blocks side by side, on as many pages as it takes."""
    bars, blocks = bars_of(context), leagues_of(context)
    with style.styled(context.lang):
        code = 1.5 + max(text_mm(park, style.SMALL_PT) for block in blocks for park, _ in block.parks)
        wide = code + len(bars) * CELL_MM
        beside = max(1, int((context.width_mm - 2.0 + LEAST_GAP_MM) // (wide + LEAST_GAP_MM)))
        gap = min(MOST_GAP_MM, (context.width_mm - 2.0 - beside * wide) / max(beside - 1, 1))
        pages = 1
        while max(sum(one.height for one in c) for c in columns_of(blocks, beside * pages)) > PAGE_MM:
            pages += 1
        columns = columns_of(blocks, beside * pages)
        several = [columns[at : at + beside] for at in range(0, len(columns), beside)]
        return tuple(_page(page, bars, (code, wide, gap), context) for page in several)


def _page(
    columns: Sequence[Sequence[League]], bars: Sequence[str], widths: tuple[float, float, float], context: ChanceContext
) -> Figure:
    code, wide, gap = widths
    heads = [context.word(f"parks.{bar}") for bar in bars]
    head = 2.5 + max(text_mm(one, style.SMALL_PT) for one in heads)
    tall = max(sum(block.height for block in column) for column in columns)
    keys = _legend_lines(context)
    figure = style.blank((context.width_mm, head + tall + 3.0 + 4.8 * len(keys) + context.stamp_mm))
    page = style.sheet(figure)
    cells: list[tuple[float, float, ParkChance | None]] = []
    for place, column in enumerate(columns):
        left, down = 1.0 + place * (wide + gap), head
        for row, told in enumerate(heads):
            page.text(left + code + (row + 0.5) * CELL_MM, head - 0.5, told, rotation=90, ha="center", va="bottom",
                      fontsize=style.SMALL_PT)  # fmt: skip
        for block in column:
            page.plot([left, left + wide], [down + 0.6] * 2, color=style.GREY, linewidth=0.4)
            style.lines_of_text(page, left, down + BLOCK_MM / 2 + 0.4, [block.name], fontsize=8.0)
            down += BLOCK_MM
            for park, by_bar in block.parks:
                style.lines_of_text(page, left, down + ROW_MM / 2, [park])
                cells += [(left + code + row * CELL_MM, down, by_bar.get(bar)) for row, bar in enumerate(bars)]
                down += ROW_MM
    _cells(page, cells)
    _legend(page, head + tall + 4.2, keys, context)
    put_stamp(figure, context)
    return figure


def shade(percent: float) -> tuple[float, float, float]:
    """Grey of a probability in %.

    >>> shade(0.0), shade(100.0)
    ((1.0, 1.0, 1.0), (0.15, 0.15, 0.15))
    """
    level = round(1.0 - (1.0 - DARKEST) * percent / 100.0, 6)
    return level, level, level


def cell_text(percent: float) -> str:
    """A whole per cent; never 0 or 100 where some run says otherwise.

    >>> cell_text(0.2), cell_text(37.4), cell_text(99.9), cell_text(100.0)
    ('<1', '37', '>99', '100')
    """
    shown = f"{percent:.0f}"
    return "<1" if shown == "0" and percent > 0 else ">99" if shown == "100" and percent < 100 else shown


def _box(left: float, top: float, wide: float = CELL_MM) -> list[tuple[float, float]]:
    right, bottom = left + wide - 0.25, top + ROW_MM - 0.25
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _corner(left: float, top: float) -> list[tuple[float, float]]:
    return [(left, top), (left + 1.3, top), (left, top + 1.3)]


def _cells(page: Axes, cells: Sequence[tuple[float, float, ParkChance | None]]) -> None:
    """Shades and corners as a shape each, the numbers one by one."""
    boxes, colours, corners, edges = [], [], [], []
    for left, top, one in cells:
        middle = left + CELL_MM / 2 - 0.1
        if one is not None and one.basis == "imposed" and one.judged:
            page.add_patch(_hatched(left, top))
        elif one is None or one.probability is None:
            style.lines_of_text(page, middle, top + ROW_MM / 2, [NOTHING], ha="center", color=style.GREY)
        else:
            percent = 100.0 * one.probability
            boxes.append(_box(left, top))
            colours.append(shade(percent))
            ink = "white" if percent > 50 else style.BLACK
            style.lines_of_text(page, middle, top + ROW_MM / 2, [cell_text(percent)], ha="center", color=ink, zorder=5)
            if one.reconstructed:
                corners.append(_corner(left, top))
                edges.append("white" if percent > 50 else style.BLACK)
    page.add_collection(PolyCollection(boxes, facecolors=colours, edgecolors=style.GREY, linewidths=0.3, zorder=2))
    page.add_collection(PolyCollection(corners, facecolors=edges, linewidths=0, zorder=4))


def _hatched(left: float, top: float) -> Rectangle:
    return Rectangle((left, top), CELL_MM - 0.25, ROW_MM - 0.25, facecolor="white", hatch="//////",
                     edgecolor=style.GREY, linewidth=0.3, zorder=2)  # fmt: skip


def _legend_lines(context: ChanceContext) -> list[list[tuple[str, float]]]:
    """Entries with their left edge, broken into lines that fit: the scale, the corner, the hatching where it occurs."""
    shown = ["scale"]
    if any(one.reconstructed and one.basis != "imposed" for one in context.stored.parks):
        shown.append("reconstructed")
    if any(one.basis == "imposed" and one.judged for one in context.stored.parks):
        shown.append("imposed")
    lines: list[list[tuple[str, float]]] = [[]]
    across = 1.0
    for key in shown:
        boxes = len(SCALE) if key == "scale" else 1
        need = boxes * CELL_MM + 2.0 + text_mm(context.word(f"parks.{key}"), style.SMALL_PT) + 5.0
        if lines[-1] and across + need - 5.0 > context.width_mm:
            lines.append([])
            across = 1.0
        lines[-1].append((key, across))
        across += need
    return lines


def _legend(page: Axes, down: float, lines: Sequence[Sequence[tuple[str, float]]], context: ChanceContext) -> None:
    for place, entries in enumerate(lines):
        middle = down + 4.8 * place
        top = middle - ROW_MM / 2
        for key, across in entries:
            at = across
            if key == "scale":
                for percent in SCALE:
                    page.add_patch(Rectangle((at, top), CELL_MM - 0.25, ROW_MM - 0.25, facecolor=shade(percent),
                                             edgecolor=style.GREY, linewidth=0.3))  # fmt: skip
                    ink = "white" if percent > 50 else style.BLACK
                    style.lines_of_text(page, at + CELL_MM / 2 - 0.1, middle, [str(percent)], ha="center", color=ink,
                                        zorder=5)  # fmt: skip
                    at += CELL_MM
            elif key == "imposed":
                page.add_patch(_hatched(at, top))
                at += CELL_MM
            else:
                page.add_collection(PolyCollection([_box(at, top)], facecolors="white", edgecolors=style.GREY,
                                                   linewidths=0.3))  # fmt: skip
                page.add_collection(PolyCollection([_corner(at, top)], facecolors=style.BLACK, linewidths=0, zorder=4))
                at += CELL_MM
            style.lines_of_text(page, at + 1.2, middle, [context.word(f"parks.{key}")])


def park_data(context: ChanceContext) -> tuple[Block, ...]:
    """The numbers of the table, one row a park and bar that is asked of it."""
    heads = [context.word("parks.park"), context.word("parks.league"), context.common("board.target")]
    heads += [context.word(f"board.{key}") for key in ("probability", "error_points", "runs")]
    heads += [context.word("parks.basis"), context.word("parks.origin")]
    rows = []
    for block in leagues_of(context):
        for park, by_bar in block.parks:
            for bar in bars_of(context):
                one = by_bar.get(bar)
                if one is None or not one.judged:
                    continue
                percent, error = (np.nan if x is None else 100.0 * x for x in (one.probability, one.error))
                words = (text(context.lang, f"basis.{one.basis}"),
                         context.word(f"parks.{'yes' if one.reconstructed else 'no'}"))  # fmt: skip
                rows.append((park, block.name, context.word(f"parks.{bar}"), percent, error, one.judged, *words))
    return (Block(tuple(heads), tuple(rows)),)
