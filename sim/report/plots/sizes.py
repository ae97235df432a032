"""Figure 4: how large the zones are, by rank and by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim import dims
from sim.dims import BASE_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import spread, text_mm
from sim.report.plots.numbers import known, number

CLASS_TARGETS = ("T06", "T07", None)
"""Targets for the number of zones over 1000, from 500 to 1000, from 100 to 500."""

NAMED = 6
"""At most so many names are written."""

SHOWN_ORIGINS = frozenset({"published", "user"})


def sizes(context: FigureContext) -> Figure:
    """Rank-size of revenue by zone (log axis), and the number of zones by class with the targets."""
    width = context.width_mm
    with style.styled(context.lang):
        figure = style.blank((width, 80.0))
        left = width * 0.53
        _rank_size(style.panel(figure, 13.0, 8.0, left - 13.0, 52.0), context)
        _classes(style.panel(figure, left + 14.0, 8.0, width - left - 17.0, 52.0), context)
    return figure


def ranked(zones: xr.DataArray) -> tuple[list[str], np.ndarray]:
    """Labels and revenue of the zones with any, largest first."""
    values = np.asarray(zones.values, dtype=float)
    order = np.argsort(-np.where(np.isfinite(values), values, -np.inf), kind="stable")
    order = order[np.isfinite(values[order]) & (values[order] > 0)]
    return [str(zones[dims.PARK].values[i]) for i in order], values[order]


def _rank_size(axes: Axes, context: FigureContext) -> None:
    run = context.run
    year = series.shown_year(run)
    first_labels, first = ranked(series.zone_revenue(run, BASE_YEAR))
    _, last = ranked(series.zone_revenue(run, year))
    size = 3.0 if max(first.size, last.size) > 30 else 4.5
    axes.plot(
        np.arange(1, first.size + 1),
        first,
        "o",
        markersize=size,
        markerfacecolor="white",
        markeredgewidth=0.6,
        color=style.BLACK,
        zorder=4,
    )
    axes.plot(
        np.arange(1, last.size + 1),
        last,
        "o",
        markersize=size,
        markeredgewidth=0,
        color=style.BLACK,
        zorder=3,
    )
    everything = np.concatenate([first, last, [80.0, 1500.0]])
    _log_axis(axes, float(everything.min()), float(everything.max()), context)
    ranks = max(first.size, last.size, 1)
    axes.set_xlim(1 - 0.04 * ranks, ranks * 1.04)
    step = max(1, round(ranks / 50) * 10)
    axes.xaxis.set_major_locator(FixedLocator([1, *range(max(step, 2), ranks + 1, step)]))
    axes.set_xlabel(context.word("sizes.rank"))
    for bar in series.BARS:
        axes.axhline(bar, color=style.GREY, linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
    _name(axes, context, first_labels, first, last)
    axes.legend(
        handles=[
            Line2D([], [], **style.RECONSTRUCTED, label=str(BASE_YEAR)),
            Line2D([], [], **style.PUBLISHED, label=str(year)),
        ],
        loc="upper center",
        bbox_to_anchor=(0.5, -0.2),
        ncols=2,
        handletextpad=0.3,
    )


def _log_axis(axes: Axes, low: float, high: float, context: FigureContext) -> None:
    axes.set_yscale("log")
    axes.set_ylim(low / 1.3, high * 1.3)
    ticks = [tick for tick in (0.1, 1, 10, 100, 500, 1000, 5000, 10000) if low / 1.3 <= tick <= high * 1.3]
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, context.lang)))
    style.axis_name(axes, context.word("sizes.revenue"))


def named_zones(context: FigureContext, labels: list[str]) -> dict[int, str]:
    """Rank (from 0) and name of the base year's largest zones that may be named.

    A name may stand where the value is published or the user's own and the zone is the park alone; with
    ``name_parks`` everywhere.
    """
    run = context.run
    key = "name_zh" if context.lang == "zh" else "name_en"
    if key not in run.coords:
        return {}
    parks = [str(label) for label in run[dims.PARK].values]
    origin = np.asarray(run["revenue_origin"].values, dtype=str) if "revenue_origin" in run.coords else None
    hosts = (
        np.asarray(run["host"].sel({dims.TIME: BASE_YEAR}).values, dtype=str)
        if "host" in run.coords
        else np.array(parks)
    )
    found: dict[int, str] = {}
    for rank, label in enumerate(labels):
        place = parks.index(label) if label in parks else -1
        alone = int(np.sum(hosts == label)) == 1
        shown = origin is not None and place >= 0 and origin[place] in SHOWN_ORIGINS and alone
        if place >= 0 and (shown or context.name_parks):
            found[rank] = str(run[key].values[place])
        if len(found) == NAMED:
            break
    return found


def _name(axes: Axes, context: FigureContext, labels: list[str], first: np.ndarray, last: np.ndarray) -> None:
    """Names at the right, clear of both clouds, each tied to its ring by a thin line."""
    names = named_zones(context, labels)
    if not names:
        return
    low, high = np.log(axes.get_ylim())
    tall = style.height_mm(axes)
    ranks = list(names)
    gap = (high - low) * 3.6 / tall
    heights = spread([float(np.log(first[rank])) for rank in ranks], [gap] * len(ranks), low, high)
    left, right = axes.get_xlim()
    for rank, height in zip(ranks, heights, strict=True):
        # The clouds fall with the rank: right of the last point above the label's foot, the place is free.
        foot = np.exp(height - gap)
        clear = max(np.sum(first >= foot), np.sum(last >= foot)) + 1 + 0.05 * (right - left)
        wide = (right - left) * text_mm(names[rank], style.SMALL_PT) / style.width_mm(axes)
        across = min(max(clear, rank + 1 + 0.05 * (right - left)), right - wide)
        axes.plot(
            [rank + 1, across - 0.01 * (right - left)],
            [first[rank], np.exp(height)],
            color=style.GREY,
            linewidth=0.4,
            zorder=2,
        )
        axes.text(
            across,
            np.exp(height),
            names[rank],
            fontsize=style.SMALL_PT,
            va="center",
            ha="left",
            zorder=6,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        )


def sizes_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 4: zones by rank, nameless but for those that the figure names; zones by class."""
    run, year = context.run, series.shown_year(context.run)
    labels, first = ranked(series.zone_revenue(run, BASE_YEAR))
    _, last = ranked(series.zone_revenue(run, year))
    names = named_zones(context, labels)
    ranks = tuple(
        (rank + 1, _at(first, rank), _at(last, rank), names.get(rank, "")) for rank in range(max(first.size, last.size))
    )
    heads = (context.word("sizes.rank"), str(BASE_YEAR), str(year), context.word("sheet.named", year=BASE_YEAR))
    counts, targets = class_numbers(context)
    classes = tuple(
        (context.word(f"sizes.class{place}"), counts[0][place], counts[1][place], goal)
        for place, goal in enumerate(targets)
    )
    more = (context.word("sizes.class"), str(BASE_YEAR), str(year), context.word("target"))
    return Block(heads, ranks, context.word("sizes.revenue")), Block(more, classes, context.word("sizes.count"))


def _at(values: np.ndarray, rank: int) -> float:
    return float(values[rank]) if rank < values.size else float("nan")


def class_numbers(context: FigureContext) -> tuple[list[list[int]], list[float]]:
    """Zones by class in the base year and in the year shown, and the targets."""
    run = context.run
    years = (BASE_YEAR, series.shown_year(run))
    counts = [series.class_counts(series.zone_revenue(run, when).values) for when in years]
    rows = [context.row(target) if target else None for target in CLASS_TARGETS]
    return counts, [known(row.target_low) if row else float("nan") for row in rows]


def _classes(axes: Axes, context: FigureContext) -> None:
    year = series.shown_year(context.run)
    counts, targets = class_numbers(context)
    white: style.Style = {"facecolor": "white", "edgecolor": style.BLACK, "linewidth": 0.6}
    bars: tuple[tuple[str, Sequence[float], style.Style], ...] = (
        (str(BASE_YEAR), counts[0], white),
        (str(year), counts[1], white | {"facecolor": style.DARK}),
        (context.word("target"), targets, white | {"hatch": "////"}),
    )
    for place, (_, values, look) in enumerate(bars):
        for spot, value in enumerate(values):
            if np.isfinite(value):
                across = spot + (place - 1) * 0.28
                axes.bar(across, value, width=0.26, **look)
                style.above(axes, across, value, number(value, context.lang, 0))
    style.count_axis(axes, max(1.0, *(v for _, values, _ in bars for v in values if v == v)), context.lang)
    style.axis_name(axes, context.word("sizes.count"))
    axes.set_xticks(range(3), [context.word(f"sizes.class{place}") for place in range(3)])
    axes.set_xlim(-0.5, 2.5)
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(context.word("sizes.class"))
    axes.legend(
        handles=[Patch(label=label, **look) for label, _, look in bars],
        loc="upper center",
        bbox_to_anchor=(0.45, -0.2),
        ncols=3,
        handlelength=1.6,
        columnspacing=1.0,
    )
