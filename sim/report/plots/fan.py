"""Main totals of an ensemble by year: bands, median, the scenario's own course, and a few single runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim import dims
from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.chance_context import ChanceContext, percent_text, put_stamp
from sim.report.plots.layout import LINE_MM, NARROW_LEGEND, narrow_columns, text_mm
from sim.report.plots.numbers import known, number
from sim.report.plots.totals import PANELS
from sim.report.plots.write import BASE_ORIGINS

STATISTICS = ("p05", "p25", "p50", "p75", "p95", "central")

OUTER: style.Style = {"facecolor": "#e4e4e4", "linewidth": 0, "zorder": 1.2}
INNER: style.Style = {"facecolor": "#93b4d3", "linewidth": 0, "zorder": 1.4}
MEDIAN: style.Style = {"color": style.DARK, "linestyle": (0, (4, 1.5)), "linewidth": 1.2, "zorder": 4}
MEMBER: style.Style = {"color": "#4d4d4d", "linestyle": "-", "linewidth": 0.45, "zorder": 2}


@dataclass(frozen=True)
class Fan:
    """A panel's numbers by year, in 1e8 CNY a year.

    Parameters
    ----------
    lines
        By statistic.
    members
        Single runs, shape (runs, years).
    target
        Bar of the target year; NaN where the plan sets none.
    """

    name: str
    years: np.ndarray
    lines: dict[str, np.ndarray]
    members: np.ndarray
    numbers: tuple[int, ...]
    target: float
    probability: float
    error: float

    @property
    def base(self) -> float:
        """The base year's value in the scenario's own run."""
        return series.at(self.lines["central"], self.years, BASE_YEAR)

    @property
    def top(self) -> float:
        """The largest value that the panel must hold."""
        every = np.concatenate([*self.lines.values(), self.members.ravel(), [self.target]])
        every = every[np.isfinite(every)]
        return float(every.max()) if every.size else float("nan")


def fans_of(context: ChanceContext) -> list[Fan]:
    """The panels whose totals the ensemble holds."""
    bands, members = context.stored.bands, context.stored.members
    found = []
    for name, target in PANELS:
        if name not in bands:
            continue
        likely = context.row(target) if target else None
        lines = {one: np.asarray(bands[name].sel(statistic=one).values, dtype=float) for one in STATISTICS}
        years = np.asarray(bands[dims.TIME].values, dtype=int)
        kept = members is not None and name in members
        paths = np.asarray(members[name].values, dtype=float) if kept else np.empty((0, years.size))  # type: ignore[index]
        numbers = tuple(members[dims.RUN].values.tolist()) if kept else ()  # type: ignore[index]
        goal = known(likely.row.target_low) if likely else np.nan
        chance = (likely.probability, likely.error) if likely else (np.nan, np.nan)
        found.append(Fan(name, years, lines, paths, numbers, goal, *chance))
    return found


def fan_figure(context: ChanceContext) -> Figure:
    """GDP, industrial value added, revenue and fixed investment, two by two; one below the other where narrow."""
    width, narrow = context.width_mm, context.narrow
    wide = width - 16.0 if narrow else (width - 2 * 15.0 - 3.0) / 2
    across, tall, step = (1, 34.0, 47.0) if narrow else (2, 44.0, 58.0)
    fans = fans_of(context)
    with style.styled(context.lang):
        handles = _handles(context, fans)
        columns = narrow_columns(handles, width)
        foot = 1.5 + 4.4 * -(-len(handles) // columns) + context.stamp_mm
        figure = style.blank((width, step * -(-len(fans) // across) + foot))
        for place, fan in enumerate(fans):
            left = 13.0 + (place % across) * (wide + 17.0)
            _panel(style.panel(figure, left, 8.0 + (place // across) * step, wide, tall), fan, context)
        put_stamp(figure, context)
        lift = context.stamp_mm / style.tall_mm(figure)
        figure.legend(handles=handles, loc="lower center", ncols=columns, bbox_to_anchor=(0.5, lift),
                      borderaxespad=0.2, **NARROW_LEGEND)  # fmt: skip
    return figure


def _panel(axes: Axes, fan: Fan, context: ChanceContext) -> None:
    style.year_axis(axes, int(fan.years[0]), int(fan.years[-1]), context.lang, shade=False)
    style.value_axis(axes, fan.top, context.lang)
    style.axis_name(axes, context.common(f"total.{fan.name}"))
    style.base_level(axes, fan.base)
    axes.fill_between(fan.years, fan.lines["p05"], fan.lines["p95"], **OUTER)
    axes.fill_between(fan.years, fan.lines["p25"], fan.lines["p75"], **INNER)
    for path in fan.members:
        axes.plot(fan.years, path, **MEMBER)
    axes.plot(fan.years, fan.lines["p50"], **MEDIAN)
    axes.plot(fan.years, fan.lines["central"], **style.SCENARIO)
    style.base_point(axes, fan.base, published=_origin(context, fan.name) == "published")
    if np.isfinite(fan.target):
        axes.plot([TARGET_YEAR], [fan.target], **style.DIAMOND)
        _goal_label(axes, fan, context)


def _goal_label(axes: Axes, fan: Fan, context: ChanceContext) -> None:
    """The target's value with its probability, from the left edge on and above all that is drawn there."""
    label = context.common("goal", value=number(fan.target, context.lang))
    if np.isfinite(fan.probability):
        chance = percent_text(fan.probability, fan.error, context.lang)
        label = context.word("goal", goal=label, chance=chance)
    left, right = axes.get_xlim()
    end = left + (text_mm(label, style.SMALL_PT) + 3.0) * (right - left) / style.width_mm(axes)
    under = fan.years <= np.ceil(end)
    parts = [*(line[under] for line in fan.lines.values()), *(path[under] for path in fan.members)]
    if end >= TARGET_YEAR - 1:
        parts.append(np.array([fan.target * 1.02]))
    values = np.concatenate(parts)
    foot = float(values[np.isfinite(values)].max()) + 0.03 * axes.get_ylim()[1]
    room = axes.get_ylim()[1] * (1 - LINE_MM / style.height_mm(axes))
    at = left + 0.01 * (right - left)
    axes.text(at, min(foot, room), label, fontsize=style.SMALL_PT, va="bottom", zorder=8)


def _origin(context: ChanceContext, name: str) -> str:
    """Where the base year's total comes from; of a user's own table the ensemble doesn't tell."""
    return "" if context.stored.attrs.get("own_table") == "1" else BASE_ORIGINS.get(name, "")


def _handles(context: ChanceContext, fans: list[Fan]) -> list[Artist]:
    handles: list[Artist] = [
        Line2D([], [], label=context.word("central"), **style.SCENARIO),
        Line2D([], [], label=context.word("median"), **MEDIAN),
        Patch(label=context.word("inner"), **INNER),
        Patch(label=context.word("outer"), **OUTER),
    ]
    numbers = next((fan.numbers for fan in fans if fan.numbers), ())
    if numbers:
        handles.append(Line2D([], [], label=context.word("members", first=numbers[0], last=numbers[-1]), **MEMBER))
    if any(np.isfinite(fan.target) for fan in fans):
        handles.append(Line2D([], [], label=context.common("target"), **style.DIAMOND))
    origins = {_origin(context, fan.name) == "published" for fan in fans}
    if True in origins:
        handles.append(Line2D([], [], label=context.common("origin_published"), **style.PUBLISHED))
    if False in origins:
        handles.append(Line2D([], [], label=context.common("origin_reconstructed"), **style.RECONSTRUCTED))
    return handles


def fan_data(context: ChanceContext) -> tuple[Block, ...]:
    """The numbers of the fan chart: a row for each line, a column for each year."""
    fans, rows = fans_of(context), []
    for fan in fans:
        part, origin = context.common(f"total.{fan.name}"), _origin(context, fan.name)
        named = {context.word(f"statistic.{one}"): fan.lines[one] for one in STATISTICS}
        named |= {context.word("member", run=run): path
                  for run, path in zip(fan.numbers, fan.members, strict=True)}  # fmt: skip
        rows += [(part, name, context.origin(origin), *values.tolist()) for name, values in named.items()]
        if np.isfinite(fan.target):
            goal = np.where(fan.years == TARGET_YEAR, fan.target, np.nan)
            rows.append((part, context.common("target"), context.origin("published"), *goal.tolist()))
    heads = (context.common(f"sheet.{key}") for key in ("part", "series", "origin"))
    return (Block((*heads, *map(str, fans[0].years.tolist())), tuple(rows), even=True),)

