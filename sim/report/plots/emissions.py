"""Figure 6: six pollutants against 2015, with the policies and without them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim import dims
from sim.dims import TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import NARROW_LEGEND, narrow_columns, wrap
from sim.report.plots.numbers import number
from sim.report.plots.year_table import Line, year_block

LARGE = 1e7
"""Tonnes a year from which the data sheet counts in 1e4 t."""


def emissions(context: FigureContext) -> Figure:
    """Two by three panels with one common scale; the shaded difference is what the policies do.

    Three by two where narrow: the name of the scale then stands once above them all, its ticks at the left alone.
    """
    width, narrow = context.width_mm, context.narrow
    across, apart = (2, 4.0 if width < 77.0 else 9.0) if narrow else (3, 12.5)  # 4: a year of every ten is labelled
    wide = (width - 15.0 - apart) / 2 if narrow else (width - 12.0 - 2 * 12.0 - 3.0) / 3
    top, tall, step = (18.5, 32.0, 53.0) if narrow else (11.5, 35.0, 53.0)
    pollutants = [str(label) for label in context.run[dims.POLLUTANT].values][:6]
    with style.styled(context.lang):
        handles = _handles(context)
        columns = narrow_columns(handles, width) if narrow else 4
        foot = 6.5 + 4.4 * -(-len(handles) // columns) if narrow else 7.0
        figure = style.blank((width, step * -(-len(pollutants) // across) + foot))
        if narrow:
            style.sheet(figure).text(1.0, 3.0, context.word("emissions.scale"), fontsize=8.0, va="center")
        low, high = _range(context, pollutants)
        for place, pollutant in enumerate(pollutants):
            left = 11.0 + (place % across) * (wide + apart)
            axes = style.panel(figure, left, top + (place // across) * step, wide, tall)
            style.year_axis(axes, int(context.years[0]), int(context.years[-1]), context.lang)
            style.value_axis(axes, high, context.lang, low)
            if narrow and place % across:
                axes.tick_params(labelleft=False)
            _panel(axes, context, pollutant)
        figure.legend(
            handles=handles,
            loc="lower center",
            ncols=columns,
            bbox_to_anchor=(0.5, 0.0),
            borderaxespad=0.2,
            **(NARROW_LEGEND if narrow else {}),
        )
    return figure


def _indexed(context: FigureContext, pollutant: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Scenario and reference, each with the scenario's 2015 = 100."""
    years = context.years
    scenario = series.total(context.run, "emissions", pollutant=pollutant)
    other = context.other
    reference = None if other is None else series.total(other, "emissions", pollutant=pollutant)
    return series.index(scenario, years), None if reference is None else series.index(reference, years)


def _range(context: FigureContext, pollutants: list[str]) -> tuple[float, float]:
    """Common lower and upper end of the scale, to the ten."""
    parts = [part for pollutant in pollutants for part in _indexed(context, pollutant) if part is not None]
    values = np.concatenate([*parts, [90.0, 110.0]])
    values = values[np.isfinite(values)]
    return float(np.floor(values.min() / 10) * 10), float(np.ceil(values.max() / 10) * 10)


def _panel(axes: Axes, context: FigureContext, pollutant: str) -> None:
    years = context.years
    scenario, reference = _indexed(context, pollutant)
    style.base_level(axes, 100.0)
    if reference is not None:
        axes.fill_between(
            years,
            scenario,
            reference,
            facecolor=style.LIGHT,
            hatch="////",
            edgecolor=style.GREY,
            linewidth=0,
            zorder=2,
        )
        axes.plot(years, reference, **style.REFERENCE)
    axes.plot(years, scenario, **style.SCENARIO)
    called, told = context.word(f"pollutant.{pollutant}"), _difference(context, pollutant)
    if context.narrow:
        style.axis_name(axes, called, "\n".join(wrap(told, style.width_mm(axes), style.SMALL_PT)))
    else:
        style.axis_name(axes, context.word("emissions.axis", name=called), told)


def _difference(context: FigureContext, pollutant: str) -> str:
    """What the policies change in the target year, in tonnes and in % of the case without them."""
    other = context.other
    if other is None:
        return ""
    year = min(TARGET_YEAR, int(context.years[-1]))
    scenario = series.at(series.total(context.run, "emissions", pollutant=pollutant), context.years, year)
    reference = series.at(series.total(other, "emissions", pollutant=pollutant), context.years, year)
    if not np.isfinite(scenario - reference) or reference <= 0:
        return ""
    change = scenario - reference
    large = abs(change) >= 1e5
    return context.word(
        "emissions.difference_large" if large else "emissions.difference",
        year=year,
        value=number(change / 1e4 if large else change, context.lang, None if large else 0, sign=True),
        percent=number(change / reference * 100, context.lang, 1, sign=True),
    )


def emissions_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 6, and the tonnes behind them."""
    lines = []
    for pollutant in map(str, context.run[dims.POLLUTANT].values):
        called = context.word(f"pollutant.{pollutant}")
        indexed = context.word("emissions.axis", name=called)
        amounts = [series.total(run, "emissions", pollutant=pollutant) for _, run in context.courses]
        large = np.nanmax(amounts, initial=0.0) >= LARGE  # one unit for scenario and reference
        unit = context.word("emissions.tonnes_large" if large else "emissions.tonnes", name=called)
        for (name, _), values, tonnes in zip(context.courses, _indexed(context, pollutant), amounts, strict=False):
            lines.append(Line(indexed, name, np.full(tonnes.shape, np.nan) if values is None else values))
            lines.append(Line(unit, name, tonnes / 1e4 if large else tonnes))
    return (year_block(context, lines),)


def _handles(context: FigureContext) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [Line2D([], [], label=context.word("scenario"), **style.SCENARIO)]
    if context.other is not None:
        handles.append(Line2D([], [], label=context.word("reference"), **style.REFERENCE))
        handles.append(
            Patch(
                facecolor=style.LIGHT,
                hatch="////",
                edgecolor=style.GREY,
                linewidth=0,
                label=context.word("emissions.effect"),
            )
        )
    return handles
