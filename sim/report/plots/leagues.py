"""Figure 3: GDP of the parks of each league against 2015, with all parks together in grey."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim import dims
from sim.report.figure_data import Block
from sim.report.live import left, of_zones
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import NARROW_LEGEND, narrow_columns
from sim.report.plots.year_table import Line, year_block

MOST, LEAST_MM = 5, 17.5
"""Panels side by side at most, and how narrow one may be: a name of five characters stands above it."""

ALL_PARKS: style.Style = {"color": style.GREY, "linestyle": "-", "linewidth": 1.0, "zorder": 3}


def by_league(context: FigureContext) -> dict[str, dict[str, np.ndarray]]:
    """Indexed GDP (2015 = 100) by region and league, in the order of the lists in :mod:`sim.dims`."""
    run = context.run
    gdp = np.asarray(series.yearly(of_zones(run["gdp"], left(run))).values, dtype=float)
    league = np.asarray(run["park_league"].values, dtype=str)
    region = np.asarray(run["region"].values, dtype=str)
    found: dict[str, dict[str, np.ndarray]] = {}
    for area in dims.REGIONS:
        for name in dims.LEAGUES:
            members = (league == name) & (region == area)
            if members.any():
                found.setdefault(area, {})[name] = series.index(gdp[members].sum(axis=0), context.years)
    return found


def leagues(context: FigureContext) -> Figure:
    """Small multiples by league under the names of their regions, one common scale."""
    width, found = context.width_mm, by_league(context)
    apart, row, tall = (3.0, 31.0, 19.0) if context.narrow else (5.0, 34.0, 22.0)
    across = panels_across(width, apart)
    wide = (width - (14.0 if context.narrow else 15.0) + apart) / across - apart
    with style.styled(context.lang):
        handles = _handles(context)
        columns = narrow_columns(handles, width) if context.narrow else 2
        foot = (2.4 if context.narrow else 4.6) + 4.4 * -(-len(handles) // columns)
        lines = sum(-(-len(members) // across) for members in found.values())
        figure = style.blank((width, row * lines + 6.0 * len(found) + foot))
        page = style.sheet(figure)
        everything = series.index(series.total(context.run, "gdp"), context.years)
        scale = _scale([everything, *(values for members in found.values() for values in members.values())])
        down = 0.0
        for area, members in found.items():
            page.text(1.0, down + 3.4, context.word(f"region.{area}"), fontsize=8.0, va="center")
            for place, (name, league) in enumerate(members.items()):
                left = 10.0 + (place % across) * (wide + apart)
                axes = style.panel(figure, left, down + 11.5 + (place // across) * row, wide, tall)
                style.year_axis(axes, int(context.years[0]), int(context.years[-1]), context.lang)
                style.value_axis(axes, scale[1], context.lang, scale[0])
                if place % across:
                    axes.tick_params(labelleft=False)
                _panel(axes, context, name, league, everything)
            down += 6.0 + row * -(-len(members) // across)
        look = NARROW_LEGEND if context.narrow else {}
        figure.legend(handles=handles, loc="lower center", ncols=columns, borderaxespad=0.2, **look)
    return figure


def panels_across(width: float, apart: float) -> int:
    """How many panels stand side by side in a figure of that width, so far apart.

    >>> panels_across(150.0, 5.0), panels_across(100.0, 3.0), panels_across(73.0, 3.0)
    (5, 4, 3)
    """
    return min(MOST, int((width - 14.0 + apart) // (LEAST_MM + apart)))


def _scale(series_shown: list[np.ndarray]) -> tuple[float, float]:
    """Common lower and upper end of the scale, to the ten."""
    values = np.concatenate([*series_shown, [90.0, 110.0]])
    values = values[np.isfinite(values)]
    return float(np.floor(values.min() / 10) * 10), float(np.ceil(values.max() / 10) * 10)


def leagues_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 3."""
    lines = [
        Line(context.word(f"region.{area}"), context.word(f"league.{name}"), values, context.column_origin("gdp"))
        for area, members in by_league(context).items()
        for name, values in members.items()
    ]
    everything = series.index(series.total(context.run, "gdp"), context.years)
    lines.append(Line("", context.word("leagues.all"), everything, context.base_origins.get("gdp", "")))
    return (year_block(context, lines, context.word("leagues.one")),)


def _panel(axes: Axes, context: FigureContext, name: str, league: np.ndarray, everything: np.ndarray) -> None:
    style.base_level(axes, 100.0)
    axes.plot(context.years, everything, **ALL_PARKS)
    axes.plot(context.years, league, **style.SCENARIO)
    style.axis_name(axes, context.word(f"league.{name}"))


def _handles(context: FigureContext) -> list[Line2D]:
    return [
        Line2D([], [], label=context.word("leagues.one"), **style.SCENARIO),
        Line2D([], [], label=context.word("leagues.all"), **ALL_PARKS),
    ]
