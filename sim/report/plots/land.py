"""Figure 5: the parks' land, the intensity of new projects, and what the thresholds refuse."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim import dims
from sim.report.figure_data import Block
from sim.report.live import left
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import NARROW_LEGEND, narrow_columns, wrap
from sim.report.plots.numbers import number
from sim.report.plots.year_table import Line, year_block

STOCKS: tuple[tuple[str, style.Style], ...] = (
    ("land_occupied", {"facecolor": style.DARK}),
    ("land_other", {"facecolor": style.MIDDLE, "hatch": "...."}),
    ("land_idle", {"facecolor": style.WARM, "hatch": "////"}),
    ("land_vacant", {"facecolor": "white", "hatch": "\\\\\\\\"}),
)
"""From the bottom up; the first three are the built-up area."""

COLUMNS = {
    "land_occupied": "industrial_land",
    "land_other": "built_up",
    "land_idle": "idle_land",
    "land_vacant": "",
    "land_planned": "land_planned",
}
"""Columns of the park table on which the stocks of the base year stand."""

LEFT_MM = 13.0
"""Left edge of the areas."""

MARKS = {"national": "o", "regional": "^", "other": "s"}


def land(context: FigureContext) -> Figure:
    """Land stocks stacked with the planned area; below, intensity and refusals by level.

    The planned area never changes by itself: where zones leave it falls, and a line under the areas says why.
    """
    width, narrow = context.width_mm, context.narrow
    wide = width - 16.0 if narrow else (width - 2 * 15.0 - 3.0) / 2
    with style.styled(context.lang):
        handles = _tier_handles(context)
        columns = narrow_columns(handles, width) if narrow else 6
        height = 201.5 + 4.4 * -(-len(handles) // columns) if narrow else 122.0
        figure = style.blank((width, height))
        _stocks(style.panel(figure, LEFT_MM, 8.0, wide if narrow else width - 13.0 - 45.0, 46.0), context)
        _intensity(style.panel(figure, 13.0, 98.0 if narrow else 70.0, wide, 40.0), context)
        _refused(style.panel(figure, *((13.0, 154.0) if narrow else (13.0 + wide + 17.0, 70.0)), wide, 40.0), context)
        words = wrap(leaving_note(context), width - 6.0, style.SMALL_PT)
        style.lines_of_text(style.sheet(figure), width / 2, 86.0 if narrow else 61.5, words, ha="center")
        figure.legend(
            handles=handles,
            loc="lower center",
            ncols=columns,
            bbox_to_anchor=(0.5, 0.0),
            borderaxespad=0.2,
            **(NARROW_LEGEND if narrow else {"handlelength": 2.0, "columnspacing": 1.2}),
        )
    return figure


def leaving_note(context: FigureContext, key: str = "land.leaving") -> str:
    """What a reader must know of areas (or other sums) where zones leave in this scenario; "" where none does."""
    gone = left(context.run)
    if gone is None:
        return ""
    years = np.asarray(context.run[dims.TIME].values, dtype=float)
    any_left = gone.transpose(dims.TIME, dims.PARK).values.any(axis=1)
    return context.word(key, year=round(float(years[any_left][0])))


def _stocks(axes: Axes, context: FigureContext) -> None:
    years = context.years
    style.year_axis(axes, int(years[0]), int(years[-1]), context.lang, shade=False)
    floor = np.zeros(years.size)
    handles: list[Patch | Line2D] = []
    for name, look in STOCKS:
        top = floor + series.total(context.run, name)
        axes.fill_between(years, floor, top, edgecolor=style.BLACK, linewidth=0.4, **look)
        handles.insert(0, Patch(edgecolor=style.BLACK, linewidth=0.4, label=context.word(f"land.{name}"), **look))
        floor = top
    planned = series.total(context.run, "land_planned")
    axes.plot(years, planned, **style.SCENARIO)
    handles.insert(0, Line2D([], [], label=context.word("land.land_planned"), **style.SCENARIO))
    top = np.concatenate([floor, planned])
    style.value_axis(axes, float(top[np.isfinite(top)].max(initial=0.0)), context.lang)
    style.axis_name(axes, context.word("land.area"))
    if not context.narrow:
        axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.02, 0.5), labelspacing=0.9)
        return
    columns = narrow_columns(handles, context.width_mm)
    middle = (context.width_mm / 2 - LEFT_MM) / style.width_mm(axes)
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(middle, -0.12), ncols=columns, **NARROW_LEGEND)


def _tiers(run: xr.Dataset, name: str, share_of: str = "", scale: float = 1.0) -> dict[str, np.ndarray]:
    """A series by level; a share where ``share_of`` names the whole."""
    found = {}
    for tier in MARKS:
        if tier in run[dims.TIER].values:
            values = series.total(run, name, tier=tier)
            whole = series.total(run, share_of, tier=tier) if share_of else np.ones(values.shape)
            found[tier] = scale * (series.ratio(values, whole) if share_of else values)
    return found


def _lines(axes: Axes, years: np.ndarray, tiers: dict[str, np.ndarray], look: style.Style, face: str) -> float:
    """Draw the levels, told apart by their markers; returns the largest value."""
    top = 0.0
    every = [place for place, year in enumerate(years) if year % 5 == 0] if years.size > 8 else None
    for tier, values in tiers.items():
        axes.plot(
            years,
            values,
            **look,
            marker=MARKS[tier],
            markersize=4,
            markerfacecolor=face,
            markevery=every,
            clip_on=False,
        )
        top = max(top, float(values[np.isfinite(values)].max(initial=0.0)))
    return top


def _both(axes: Axes, context: FigureContext, name: str, share_of: str = "", scale: float = 1.0) -> float:
    years = context.years
    style.year_axis(axes, int(years[0]), int(years[-1]), context.lang)
    top = 0.0
    if context.other is not None:
        top = _lines(axes, years, _tiers(context.other, name, share_of, scale), style.REFERENCE, "white")
    return max(top, _lines(axes, years, _tiers(context.run, name, share_of, scale), style.SCENARIO, style.BLACK))


def _intensity(axes: Axes, context: FigureContext) -> None:
    top = _both(axes, context, "new_project_intensity")
    for values in _tiers(context.run, "land_threshold").values():
        top = max(top, _threshold(axes, context, values))
    style.value_axis(axes, top, context.lang)
    style.axis_name(axes, context.word("land.intensity"))


def _threshold(axes: Axes, context: FigureContext, values: np.ndarray) -> float:
    """A threshold from the year in which it starts, its last value written at its end."""
    years = context.years
    force = np.flatnonzero(np.isfinite(values) & (values > 0))
    if not force.size:
        return 0.0
    start, end = int(force[0]), int(force[-1])
    axes.plot(years[start : end + 1], values[start : end + 1], drawstyle="steps-post", **style.REQUIRED)
    axes.plot(years[start], values[start], marker="|", color=style.DARK, markersize=6, zorder=3)
    axes.annotate(
        number(float(values[end]), context.lang),
        (years[end], values[end]),
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=style.SMALL_PT,
        color=style.DARK,
        zorder=8,
    )
    return float(values[force].max())


def _refused(axes: Axes, context: FigureContext) -> None:
    top = _both(axes, context, "land_refused", "land_requests", 100.0)
    style.value_axis(axes, max(top, 1.0), context.lang)
    style.axis_name(axes, context.word("land.refused"))


def land_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 5."""
    area = context.word("land.area")
    stocks = [
        Line(area, context.word(f"land.{name}"), series.total(context.run, name), context.column_origin(column))
        for name, column in COLUMNS.items()
    ]
    intensity = [
        Line(context.word("land.intensity"), f"{called} {context.word(f'tier.{tier}')}", values)
        for called, run in context.courses
        for tier, values in _tiers(run, "new_project_intensity").items()
    ]
    thresholds = [
        Line(context.word("land.intensity"), f"{context.word('land.threshold')} {context.word(f'tier.{tier}')}",
             np.where(values > 0, values, np.nan), "assumed")
        for tier, values in _tiers(context.run, "land_threshold").items()
    ]  # fmt: skip
    refused = [
        Line(context.word("land.refused"), f"{called} {context.word(f'tier.{tier}')}", values)
        for called, run in context.courses
        for tier, values in _tiers(run, "land_refused", "land_requests", 100.0).items()
    ]
    return (year_block(context, [*stocks, *intensity, *thresholds, *refused]),)


def _tier_handles(context: FigureContext) -> list[Line2D]:
    handles = [
        Line2D([], [], label=context.word(f"tier.{tier}"), marker=mark, markersize=4, **style.SCENARIO)
        for tier, mark in MARKS.items()
        if tier in context.run[dims.TIER].values
    ]
    if context.other is not None:
        handles.append(Line2D([], [], label=context.word("reference"), **style.REFERENCE))
    if any(np.nanmax(values, initial=0.0) > 0 for values in _tiers(context.run, "land_threshold").values()):
        handles.append(Line2D([], [], label=context.word("land.threshold"), **style.REQUIRED))
    return handles
