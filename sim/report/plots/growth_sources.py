"""Figure 8: where the growth of value added comes from, year by year, and what the policies change in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim import dims
from sim.growth import Growth, log_index, sources_of_growth
from sim.report.figure_data import Block
from sim.report.live import left
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import NARROW_LEGEND, narrow_columns, text_mm
from sim.report.plots.numbers import number
from sim.report.plots.year_table import Line, year_block

OUTPUTS = (
    *("value_added", "capital", "labour", "capacity_use", "technology", "capital_elasticity"),
    *("knowledge_effect", "agglomeration_effect", "status_effect", "infrastructure_effect"),
)

GROUPS: Mapping[str, tuple[str, ...]] = {
    "capital": ("capital",),
    "labour": ("labour",),
    "trend": ("technology",),
    "knowledge": ("knowledge_effect", "agglomeration_effect", "status_effect"),
    "infrastructure": ("infrastructure_effect",),
    "use": ("capacity_use",),
}
"""What is drawn as one bar, and the sources in it, by output."""

LOOKS: Mapping[str, style.Style] = {
    "capital": {"facecolor": style.DARK},
    "labour": {"facecolor": style.MIDDLE, "hatch": "...."},
    "trend": {"facecolor": style.LIGHT},
    "knowledge": {"facecolor": style.WARM, "hatch": "////"},
    "infrastructure": {"facecolor": "white", "hatch": "xxxx"},
    "use": {"facecolor": "white", "hatch": "\\\\\\\\"},
    "left": {"facecolor": "white"},
    "rest": {"facecolor": style.GREY, "hatch": "----"},
}
"""From zero outwards."""

SEEN = 1e-9
"""Percentage points from which the rest is drawn: less is rounding."""

TOTAL: style.Style = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 4.5,
    "markerfacecolor": style.BLACK,
    "markeredgecolor": "white",
    "markeredgewidth": 0.8,
    "zorder": 6,
}


def growth_of(run: xr.Dataset) -> Growth:
    """Growth of the parks' value added in % a year, and its sources by output, from the second year on."""
    values = {name: _cells(run, name) for name in OUTPUTS}
    elasticity = values["capital_elasticity"]
    weights = {"capital": elasticity, "labour": 1 - elasticity}
    logs = {
        name: weights.get(name, np.ones(1)) * log_index(values[name]) for names in GROUPS.values() for name in names
    }
    gone = left(run)
    shape = values["value_added"].shape
    where = None if gone is None else np.broadcast_to(series.yearly(gone).values[:, None, :] > 0.5, shape)
    return sources_of_growth(values["value_added"], logs, where)


def _cells(run: xr.Dataset, name: str) -> np.ndarray:
    """An output by park, industry and year; a length of one where it does not differ."""
    wanted = (dims.PARK, dims.INDUSTRY, dims.TIME)
    array = series.yearly(run[name])
    here = array.transpose(*(dim for dim in wanted if dim in array.dims)).values
    return np.asarray(here[tuple(slice(None) if dim in array.dims else None for dim in wanted)])


def bars_of(growth: Growth) -> dict[str, np.ndarray]:
    """Percentage points by bar: the groups, what parks that leave take along, and a rest if there is any."""
    bars = {group: np.sum([growth.sources[name] for name in names], axis=0) for group, names in GROUPS.items()}
    more = {"left": growth.left, "rest": growth.rest}
    return bars | {name: values for name, values in more.items() if np.nanmax(np.abs(values), initial=0.0) > SEEN}


def difference(one: Growth, other: Growth) -> Growth:
    """What policies change, source by source: it adds up as both growths do."""
    sources = {name: values - other.sources[name] for name, values in one.sources.items()}
    return Growth(one.total - other.total, sources, one.left - other.left)


def growths(context: FigureContext) -> dict[str, Growth]:
    """The growth that each panel shows: of the scenario, and what the policies change in it."""
    scenario = growth_of(context.run)
    if context.other is None:
        return {"scenario": scenario}
    return {"scenario": scenario, "policies": difference(scenario, growth_of(context.other))}


def growth_sources(context: FigureContext) -> Figure:
    """Bars of each year from zero up and down, a dot at their sum; below, the difference from policies off."""
    width, narrow = context.width_mm, context.narrow
    panels = growths(context)
    bars = {name: bars_of(growth) for name, growth in panels.items()}
    shown = [key for key in LOOKS if any(key in here for here in bars.values())]
    with style.styled(context.lang):
        handles = [_total_handle(context), *(_handle(context, key) for key in reversed(shown))]
        labels = [str(handle.get_label()) for handle in handles]
        columns = narrow_columns(handles, width) if narrow else 1
        foot = 4.0 + 4.4 * -(-len(handles) // columns) if narrow else 0.0
        beside = 0.0 if narrow else 11.0 + max(text_mm(label, style.SMALL_PT) for label in labels)
        tall = 46.0
        figure = style.blank((width, len(panels) * (tall + 16.0) + foot))
        for place, (name, growth) in enumerate(panels.items()):
            axes = style.panel(figure, 13.0, 8.0 + place * (tall + 16.0), width - 16.0 - beside, tall)
            _panel(axes, context, bars[name], growth.total)
            style.axis_name(axes, context.word(f"growth.axis.{name}"))
        figure.legend(
            handles=handles,
            loc="lower center" if narrow else "upper right",
            bbox_to_anchor=(0.5, 0.0) if narrow else (1.0, 1 - 7.0 / style.tall_mm(figure)),
            ncols=columns,
            labelspacing=0.7,
            borderaxespad=0.2,
            **(NARROW_LEGEND if narrow else {"handlelength": 1.8}),
        )
    return figure


def _panel(axes: Axes, context: FigureContext, bars: Mapping[str, np.ndarray], total: np.ndarray) -> None:
    years = context.years[1:]
    style.year_axis(axes, int(context.years[0]), int(context.years[-1]), context.lang)
    floors = {1.0: np.zeros(years.size), -1.0: np.zeros(years.size)}
    for key in (key for key in LOOKS if key in bars):
        for sign, floor in floors.items():
            part = sign * np.clip(sign * np.nan_to_num(bars[key]), 0.0, None)
            if part.any():
                style.bars(axes, years, floor, part, zorder=3, **LOOKS[key])
                floors[sign] = floor + part
    axes.axhline(0.0, color=style.BLACK, linewidth=0.6, zorder=4)
    axes.plot(years, total, **TOTAL)
    ends = np.concatenate([*floors.values(), total[np.isfinite(total)], [0.0]])
    low, high = float(ends.min()), float(ends.max())
    room = 0.06 * max(high - low, 0.1)
    axes.set_ylim(low - room if low < 0 else 0.0, high + room)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, context.lang)))


def growth_sources_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 8, and the sources that one bar holds together."""
    lines = []
    for name, growth in growths(context).items():
        part = context.word(f"growth.axis.{name}")
        drawn = {key: context.word(f"growth.{key}") for key in LOOKS}
        lines += [Line(part, drawn[key], _from_second(values)) for key, values in bars_of(growth).items()]
        lines.append(Line(part, context.word("growth.total"), _from_second(growth.total)))
        lines += [
            Line(part, context.word("growth.part", group=drawn[group], part=context.word(f"growth.of.{source}")),
                 _from_second(growth.sources[source]))
            for group, sources in GROUPS.items() if len(sources) > 1 for source in sources
        ]  # fmt: skip
    return (year_block(context, lines),)


def _from_second(values: np.ndarray) -> np.ndarray:
    """By every year: the first has no growth."""
    return np.concatenate([[np.nan], values])


def _handle(context: FigureContext, key: str) -> Patch:
    return Patch(edgecolor=style.BLACK, linewidth=0.4, label=context.word(f"growth.{key}"), **LOOKS[key])


def _total_handle(context: FigureContext) -> Line2D:
    return Line2D([], [], label=context.word("growth.total"), **TOTAL)
