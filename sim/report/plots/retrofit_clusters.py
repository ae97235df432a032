"""Figure 7: how far the circular retrofit has come, and which clusters pass the bars."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter

from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import legend_columns
from sim.report.plots.numbers import known, number
from sim.report.plots.year_table import Line, in_year, year_block

STAGES: tuple[tuple[str, style.Style], ...] = (
    ("completed", {"facecolor": style.DARK}),
    ("under_way", {"facecolor": style.MIDDLE, "hatch": "////"}),
    ("admitted", {"facecolor": style.WARM, "hatch": "...."}),
    ("not_admitted", {"facecolor": "white"}),
    ("merged", {"facecolor": style.LIGHT, "hatch": "xxxx"}),
)

_EDGE: style.Style = {"edgecolor": style.BLACK, "linewidth": 0.6}

CLASS_TARGETS = ("T10", "T11", "T12")


def retrofit_clusters(context: FigureContext) -> Figure:
    """Shares of zones by stage of the retrofit, and clusters by class of output."""
    width = context.width_mm
    with style.styled(context.lang):
        if context.narrow:
            figure = style.blank((width, 160.0))
            _retrofit(style.panel(figure, 12.0, 8.0, width - 15.0, 46.0), context)
            _clusters(style.panel(figure, 12.0, 86.0, width - 15.0, 46.0), context)
            return figure
        left = width * 0.51
        figure = style.blank((width, 82.5))
        _retrofit(style.panel(figure, 12.0, 8.0, left - 12.0, 50.0), context)
        _clusters(style.panel(figure, left + 13.0, 8.0, width - left - 16.0, 50.0), context)
    return figure


def _retrofit(axes: Axes, context: FigureContext) -> None:
    years, shares = context.years, series.retrofit_shares(context.run) * 100
    style.year_axis(axes, int(years[0]), int(years[-1]), context.lang, shade=False)
    axes.set_xlim(years[0] - 0.7, max(years[-1], TARGET_YEAR) + 0.7)
    floor = np.zeros(years.size)
    for (_, look), share in zip(STAGES, shares, strict=True):
        style.bars(axes, years, floor, share, zorder=2, **look)
        floor = floor + share
    axes.set_ylim(0, 100)
    axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, context.lang)))
    style.axis_name(axes, context.word("retrofit.share"))
    handles: list[Patch | Line2D] = [
        Patch(edgecolor=style.BLACK, linewidth=0.4, label=context.word(f"retrofit.{key}"), **look)
        for (key, look), share in zip(STAGES, shares, strict=True)
        if key != "merged" or np.nansum(share) > 0
    ]
    row = context.row("T44")
    if row is not None:
        goal = known(row.target_low)
        axes.plot([TARGET_YEAR], [goal], **style.DIAMOND)
        label = context.word("retrofit.goal", value=number(goal, context.lang))
        handles.append(Line2D([], [], label=label, **style.DIAMOND))
    _legend_below(axes, handles, -0.12)


def _clusters(axes: Axes, context: FigureContext) -> None:
    bar, top = maturity_bar(context), 1.0
    spots: dict[float, str] = {}
    for place, year in enumerate((BASE_YEAR, series.shown_year(context.run))):
        counts = series.cluster_counts(context.run, year, bar)
        for spot, (both, output_only) in enumerate(zip(*counts, strict=True)):
            across = spot + (place - 0.5) * 0.46
            spots[across] = str(year)
            axes.bar(across, both, width=0.34, facecolor=style.DARK, **_EDGE)
            axes.bar(across, output_only, bottom=both, width=0.34, facecolor="white", **_EDGE)
            label = f"{both}\n+{output_only}" if output_only else f"{both}"
            style.above(axes, across, both + output_only, label)
            top = max(top, float(both + output_only))
    goals = [known(row.target_low) if row else np.nan for row in map(context.row, CLASS_TARGETS)]
    for spot, goal in enumerate(goals):
        if np.isfinite(goal):
            axes.plot([spot + 0.5], [goal], **style.DIAMOND)
            style.above(axes, spot + 0.5, goal, number(goal, context.lang, 0), lift=4)
            top = max(top, goal)
    style.count_axis(axes, top * 1.12, context.lang)
    style.axis_name(axes, context.word("clusters.count"))
    axes.set_xlim(-0.55, 2.78)
    axes.set_xticks(list(spots), list(spots.values()))
    axes.tick_params(axis="x", length=0)
    for spot in range(3):
        axes.annotate(
            context.word(f"clusters.class{spot}"),
            (spot, 0),
            xycoords=("data", "axes fraction"),
            xytext=(0, -14),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=style.SMALL_PT,
        )
    _cluster_legend(axes, context, bool(np.isfinite(goals).any()))


def _cluster_legend(axes: Axes, context: FigureContext, goals: bool) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=style.DARK, **_EDGE, label=context.word("clusters.both")),
        Patch(facecolor="white", **_EDGE, label=context.word("clusters.output")),
    ]
    if goals:
        handles.append(Line2D([], [], label=context.word("clusters.goal"), **style.DIAMOND))
    _legend_below(axes, handles, -0.2)


def retrofit_clusters_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 7."""
    part = context.word("retrofit.share")
    shares = series.retrofit_shares(context.run) * 100
    origin = context.column_origin("retrofit_done")
    lines = [
        Line(part, context.word(f"retrofit.{key}"), share, origin)
        for (key, _), share in zip(STAGES, shares, strict=True)
    ]
    row = context.row("T44")
    if row is not None:
        lines.append(Line(part, context.word("target"), in_year(context, known(row.target_low)), "published"))
    goals = [known(row.target_low) if row else float("nan") for row in map(context.row, CLASS_TARGETS)]
    rows = tuple(
        (context.word(f"clusters.class{spot}"), year, both, output_only, goals[spot])
        for year in (BASE_YEAR, series.shown_year(context.run))
        for spot, (both, output_only) in enumerate(
            zip(*series.cluster_counts(context.run, year, maturity_bar(context)), strict=True)
        )
    )
    words = ("sheet.class", "sheet.year", "clusters.both", "clusters.output", "target")
    clusters = Block(tuple(context.word(key) for key in words), rows, context.word("clusters.count"))
    return year_block(context, lines), clusters


def maturity_bar(context: FigureContext) -> float:
    """The maturity from which a cluster counts."""
    return series.anchored_bar(context.run) if context.maturity_bar is None else context.maturity_bar


def _legend_below(axes: Axes, handles: list[Patch | Line2D], drop: float) -> None:
    """A legend under the axes, in as many columns as there is room for."""
    room = style.width_mm(axes) + 11.0
    axes.legend(
        handles=handles,
        loc="upper center",
        bbox_to_anchor=(0.45, drop),
        ncols=legend_columns([str(handle.get_label()) for handle in handles], room),
        handlelength=1.6,
        columnspacing=1.2,
    )
