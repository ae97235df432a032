"""Ensembles compared: how the value of the target year spreads over the runs, a ridge for each scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from sim.report.figure_data import Block, Cell
from sim.report.plots import looks, style
from sim.report.plots.density import density
from sim.report.plots.group_pages import by_page
from sim.report.plots.layout import LINE_MM, wrap
from sim.report.plots.numbers import number
from sim.report.sides import Sides
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

CODE = "compare-ridges"
ACROSS, RIDGE_MM, NAME_MM, GAP_MM, FOOT_MM, PAGE_MM = 3, 9.0, 22.0, 5.0, 8.0, 205.0
FILLS = ("#bfbfbf", "#c9d9ea", "#f2dcc0", "#e6e6e6", "#e3c9d6", "#cfe5da")
"""Fills of the ridges by place; their outlines are those of the lines of a comparison."""

FEW, MOST_BARS = 12, 60
"""Up to as many different values, each has a bar of its own; and of a count."""

QUANTILES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)
GRID = 240
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """One target: its heading and the values of each scenario."""

    row: TargetRow
    values: tuple[Numbers, ...]
    head: list[str]


def ridge_figures(sides: Sides, lang: Language, width_mm: float = style.WIDTH_MM) -> dict[str, Figure]:
    """Targets that the model or a trend gives in some scenario, on as many pages as they need."""
    with style.styled(lang):
        panels = _panels(sides, lang, width_mm)
        lines = [panels[start : start + ACROSS] for start in range(0, len(panels), ACROSS)]
        pages: list[list[Sequence[Panel]]] = []
        for line in lines:
            if not pages or sum(map(_tall, [*pages[-1], line])) > PAGE_MM:
                pages.append([])
            pages[-1].append(line)
        figures = [_page(page, sides.names, lang, width_mm) for page in pages]
    return by_page(CODE, figures)


def _wide(width_mm: float) -> float:
    return (width_mm - NAME_MM - 3.0 - GAP_MM * (ACROSS - 1)) / ACROSS


def _panels(sides: Sides, lang: Language, width_mm: float) -> list[Panel]:
    found = []
    for place in sides.shown:
        row = sides.first.rows[place]
        values = tuple(side.judged.values[place] for side in sides.of.values())
        values = tuple(one[np.isfinite(one)] for one in values)
        if sides.bases(place) <= {"imposed", "outside"} or not all(len(one) for one in values):
            continue
        unit = looks.unit(row, lang)
        named = (
            text(lang, "figure.board.named", name=looks.name(row, lang), unit=unit) if unit else looks.name(row, lang)
        )
        head = [*wrap(f"{row.id} {named}", _wide(width_mm), style.SMALL_PT),
                text(lang, "sides.goal", target=looks.target_text(row, lang))]  # fmt: skip
        found.append(Panel(row, values, head))
    return found


def _head(line: Sequence[Panel]) -> float:
    return max(len(panel.head) for panel in line) * LINE_MM + 2.5


def _tall(line: Sequence[Panel]) -> float:
    return _head(line) + RIDGE_MM * len(line[0].values) + FOOT_MM


def _page(lines: Sequence[Sequence[Panel]], names: Sequence[str], lang: Language, width_mm: float) -> Figure:
    figure = style.blank((width_mm, sum(map(_tall, lines)) + 2.0))
    page, down, wide = style.sheet(figure), 1.0, _wide(width_mm)
    for line in lines:
        head, tall = _head(line), RIDGE_MM * len(names)
        for place, name in enumerate(names):
            middle = down + head + RIDGE_MM * (place + 0.62)
            style.lines_of_text(page, 1.0, middle, wrap(name, NAME_MM - 3.0, style.SMALL_PT))
        for place, panel in enumerate(line):
            left = NAME_MM + place * (wide + GAP_MM)
            style.lines_of_text(page, left, down + head - 1.8, panel.head, va="bottom")
            _panel(style.panel(figure, left, down + head, wide, tall), panel, lang)
        down += _tall(line)
    return figure


def _panel(axes: Axes, panel: Panel, lang: Language) -> None:
    count = len(panel.values)
    low, high, beyond = _range(panel)
    axes.set_xlim(low, high)
    axes.set_ylim(0.0, count)
    axes.yaxis.set_major_locator(NullLocator())
    axes.spines["left"].set_visible(False)
    locator = MaxNLocator(3, steps=[1, 2, 2.5, 5, 10], integer=panel.row.form == "count")
    ticks = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
    digits = next((n for n in range(6) if np.allclose(np.round(ticks, n), ticks, rtol=1e-9, atol=0)), 6)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))
    for bar in (panel.row.target_low, panel.row.target_high):
        if bar is not None and low <= bar <= high:
            axes.axvline(bar, **style.REQUIRED)
    if beyond:
        end = high if beyond > 0 else low
        axes.plot(
            [end], [count - 0.08], marker=">" if beyond > 0 else "<", markersize=4.0, color=style.DARK, clip_on=False
        )
    _ridges(axes, panel, low, high)


def _ridges(axes: Axes, panel: Panel, low: float, high: float) -> None:
    """A ridge for each scenario, as high as any (bars: to one scale); below it the 5-95 % interval with the median."""
    count, few = len(panel.values), _few(panel)
    shapes = [_shape(one, few, low, high) for one in panel.values]
    top = max((float(shape[1].max()) for shape in shapes if shape), default=1.0)
    for place, (shape, values) in enumerate(zip(shapes, panel.values, strict=True)):
        foot = count - 1 - place + 0.2
        if shape:
            fill = FILLS[place % len(FILLS)]
            up = foot + 0.72 * shape[1] / (top if few else shape[1].max())
            axes.fill_between(shape[0], foot, up, facecolor=fill, edgecolor=style.BLACK, linewidth=0.6, zorder=3)
        else:
            axes.plot([values[0]] * 2, [foot, foot + 0.72], color=style.BLACK, linewidth=1.8, zorder=3)
        p05, p50, p95 = np.quantile(values, (0.05, 0.5, 0.95), method="inverted_cdf" if few else "linear")
        axes.plot([p05, p95], [foot - 0.08] * 2, color=style.BLACK, linewidth=1.0, solid_capstyle="butt", zorder=4)
        axes.plot([p50], [foot - 0.08], marker="o", markersize=2.6, color=style.BLACK, zorder=5)


def _shape(values: Numbers, few: bool, low: float, high: float) -> tuple[Numbers, Numbers] | None:
    """Outline of a ridge; ``None`` where all runs have one value, whose density would leave no room for the others."""
    if few:
        return _bars(values)
    at = np.linspace(low, high, GRID)
    return None if np.ptp(values) <= at[1] - at[0] else (at, density(values, at))


def _few(panel: Panel) -> bool:
    """Whether each value gets a bar: counts of a few tens, and what takes but a few values."""
    different = len(np.unique(np.concatenate(panel.values).round(9)))
    return different <= (MOST_BARS if panel.row.form == "count" else FEW)


def _bars(values: Numbers) -> tuple[Numbers, Numbers]:
    """The outline of bars at the values that occur, for one shape."""
    at, counts = np.unique(values.round(9), return_counts=True)
    half = 0.4 * min([1.0, *np.diff(at)])
    across = np.repeat(at, 4) + np.tile([-half, -half, half, half], len(at))
    zero = np.zeros(len(at))
    tall = np.stack([zero, counts / len(values), counts / len(values), zero], axis=1).ravel()
    return across, np.asarray(tall)


def _range(panel: Panel) -> tuple[float, float, int]:
    """Ends of the axis; the target is on it if it isn't far off, else on which side it lies."""
    every = np.concatenate(panel.values)
    ends = (0.0, 1.0) if _few(panel) else (0.002, 0.998)
    low, high = (float(one) for one in np.quantile(every, ends))
    span = high - low or max(abs(high), 1.0) * 0.1
    beyond = 0
    for bar in (panel.row.target_low, panel.row.target_high):
        if bar is None:
            continue
        if low - 0.6 * span <= bar <= high + 0.6 * span:
            low, high = min(low, bar), max(high, bar)
        else:
            beyond = 1 if bar > high else -1
    pad = 0.06 * (high - low) or span
    if _few(panel):
        pad = max(pad, 0.6)
    return low - pad, high + pad, beyond


def ridge_data(sides: Sides, lang: Language) -> Block:
    """Quantiles of the values by target and scenario."""
    heads = [text(lang, f"figure.board.{word}") for word in ("id", "target", "unit", "scenario")]
    rows: list[tuple[Cell, ...]] = []
    with style.styled(lang):
        panels = _panels(sides, lang, style.WIDTH_MM)
    for panel in panels:
        method = "inverted_cdf" if _few(panel) else "linear"
        for name, values in zip(sides.names, panel.values, strict=True):
            levels = [float(one) for one in np.quantile(values, QUANTILES, method=method)]  # type: ignore[call-overload]
            rows.append((panel.row.id, looks.name(panel.row, lang), looks.unit(panel.row, lang), name, *levels))
    return Block((*heads, *(f"P{100 * one:g}" for one in QUANTILES)), tuple(rows))
