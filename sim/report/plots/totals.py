"""Figure 2: the plan's main totals with their targets, the growth needed, and the gap that is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.context import FigureContext
from sim.report.plots.layout import NARROW_LEGEND, narrow_columns, text_mm
from sim.report.plots.numbers import against, known, number
from sim.report.plots.year_table import Line, in_year, year_block

PANELS = (("gdp", "T01"), ("iva", "T03"), ("revenue", None), ("fixed_investment", None))
"""Output and the target set for its total; the plan sets none for revenue and investment."""


@dataclass(frozen=True)
class Total:
    """A panel's numbers by year, in 1e8 CNY a year."""

    name: str
    years: np.ndarray
    scenario: np.ndarray
    reference: np.ndarray | None
    target: float

    @property
    def base(self) -> float:
        """The base year's value."""
        return series.at(self.scenario, self.years, BASE_YEAR)

    @property
    def reached(self) -> float:
        """The target year's value."""
        return series.at(self.scenario, self.years, TARGET_YEAR)

    @property
    def top(self) -> float:
        """The largest value that the panel must hold; NaN where nothing is known."""
        parts = [self.scenario, np.array([self.target])]
        if self.reference is not None:
            parts.append(self.reference)
        known_values = np.concatenate(parts)
        known_values = known_values[np.isfinite(known_values)]
        return float(known_values.max()) if known_values.size else float("nan")


def total_of(context: FigureContext, name: str, target: str | None) -> Total:
    """The numbers of one panel."""
    row = context.row(target) if target else None
    other = context.other
    return Total(
        name,
        context.years,
        series.total(context.run, name),
        None if other is None else series.total(other, name),
        known(row.target_low) if row else float("nan"),
    )


def totals(context: FigureContext) -> Figure:
    """GDP, industrial value added, revenue and fixed investment, two by two; one below the other where narrow."""
    width, narrow = context.width_mm, context.narrow
    wide = width - 16.0 if narrow else (width - 2 * 15.0 - 3.0) / 2
    across, tall, step = (1, 34.0, 47.0) if narrow else (2, 42.0, 56.0)
    with style.styled(context.lang):
        handles = _handles(context)
        columns = narrow_columns(handles, width) if narrow else 4
        foot = 1.5 + 4.4 * -(-len(handles) // columns) if narrow else 10.0
        figure = style.blank((width, step * (len(PANELS) // across) + foot))
        for place, (name, target) in enumerate(PANELS):
            left = 13.0 + (place % across) * (wide + 17.0)
            axes = style.panel(figure, left, 8.0 + (place // across) * step, wide, tall)
            _panel(axes, total_of(context, name, target), context)
        figure.legend(
            handles=handles,
            loc="lower center",
            ncols=columns,
            bbox_to_anchor=(0.5, 0.0),
            borderaxespad=0.2,
            **(NARROW_LEGEND if narrow else {"handlelength": 2.4, "columnspacing": 1.4}),
        )
    return figure


def _panel(axes: Axes, numbers: Total, context: FigureContext) -> None:
    style.year_axis(axes, int(numbers.years[0]), int(numbers.years[-1]), context.lang)
    spread = context.base_ranges.get(numbers.name)
    style.value_axis(axes, np.nanmax([numbers.top, *(spread or ())]), context.lang)
    style.axis_name(axes, context.word(f"total.{numbers.name}"))
    style.base_level(axes, numbers.base)
    if numbers.reference is not None:
        axes.plot(numbers.years, numbers.reference, **style.REFERENCE)
    axes.plot(numbers.years, numbers.scenario, **style.SCENARIO)
    if spread:
        middle = (spread[0] + spread[1]) / 2
        axes.errorbar(
            [BASE_YEAR],
            [middle],
            yerr=[(spread[1] - spread[0]) / 2],
            color=style.BLACK,
            linewidth=0.9,
            capsize=2.5,
            clip_on=False,
            zorder=6,
        )
    style.base_point(axes, numbers.base, published=context.published(numbers.name))
    if np.isfinite(numbers.target):
        _target(axes, numbers, context)


def _target(axes: Axes, numbers: Total, context: FigureContext) -> None:
    """The path of constant growth to the target, the target, and the bracket between it and the scenario."""
    if np.isfinite(numbers.base) and numbers.base > 0:
        path = np.linspace(0, 1, TARGET_YEAR - BASE_YEAR + 1)
        axes.plot(
            BASE_YEAR + path * (TARGET_YEAR - BASE_YEAR),
            numbers.base * (numbers.target / numbers.base) ** path,
            **style.REQUIRED,
        )
    style.target_point(axes, numbers.target, context.word("goal", value=number(numbers.target, context.lang)))
    if not np.isfinite(numbers.reached):
        return
    gap = numbers.reached - numbers.target
    low, high = sorted((numbers.reached, numbers.target))
    across, tooth = TARGET_YEAR + 0.55, 0.25
    bracket = [across - tooth, across, across, across - tooth], [low, low, high, high]
    axes.plot(*bracket, color=style.DARK, linewidth=0.9, zorder=6)
    label = context.word(
        "gap",
        value=against(gap, 0.0, context.lang) if gap < 0 else number(gap, context.lang, sign=True),
        percent=number(gap / numbers.target * 100, context.lang, 1, sign=True),
    )
    _gap_label(axes, numbers, label)


def _gap_label(axes: Axes, numbers: Total, label: str) -> None:
    """Write the gap below the lines: from the target year on, or up to the edge where that is near."""
    left, right = axes.get_xlim()
    wide = text_mm(label, style.SMALL_PT) * (right - left) / style.width_mm(axes)
    start = min(TARGET_YEAR + 0.3, right - wide)
    lines = [numbers.scenario] if numbers.reference is None else [numbers.scenario, numbers.reference]
    under = (numbers.years >= start - 1) & (numbers.years <= start + wide + 1)
    values = np.concatenate([line[under] for line in lines])
    foot = float(values[np.isfinite(values)].min()) - 0.03 * axes.get_ylim()[1]
    axes.text(start, foot, label, fontsize=style.SMALL_PT, va="top", color=style.DARK, zorder=8)


def totals_data(context: FigureContext) -> tuple[Block, ...]:
    """The numbers of figure 2."""
    lines = []
    for name, target in PANELS:
        numbers, part = total_of(context, name, target), context.word(f"total.{name}")
        lines.append(Line(part, context.word("scenario"), numbers.scenario, context.base_origins.get(name, "")))
        if numbers.reference is not None:
            lines.append(Line(part, context.word("reference"), numbers.reference, context.base_origins.get(name, "")))
        if np.isfinite(numbers.target):
            lines.append(Line(part, context.word("target"), in_year(context, numbers.target), "published"))
            since = context.years - BASE_YEAR
            rise = np.where(context.years <= TARGET_YEAR, since / (TARGET_YEAR - BASE_YEAR), np.nan)
            path = numbers.base * (numbers.target / numbers.base) ** rise
            lines.append(Line(part, context.word("required"), path))
        for word, end in zip(("base_low", "base_high"), context.base_ranges.get(name, ()), strict=False):
            lines.append(Line(part, context.word(word), in_year(context, end, BASE_YEAR), "reconstructed"))
    return (year_block(context, lines),)


def _handles(context: FigureContext) -> list[Line2D]:
    handles = [Line2D([], [], label=context.word("scenario"), **style.SCENARIO)]
    if context.other is not None:
        handles.append(Line2D([], [], label=context.word("reference"), **style.REFERENCE))
    if any(target and context.row(target) for _, target in PANELS):
        handles.append(Line2D([], [], label=context.word("target"), **style.DIAMOND))
        handles.append(Line2D([], [], label=context.word("required"), **style.REQUIRED))
    handles.append(Line2D([], [], label=context.word("origin_published"), **style.PUBLISHED))
    handles.append(Line2D([], [], label=context.word("origin_reconstructed"), **style.RECONSTRUCTED))
    if context.base_ranges:
        handles.append(
            Line2D(
                [],
                [],
                label=context.word("base_range"),
                color=style.BLACK,
                linewidth=0,
                marker="|",
                markersize=8,
            )
        )
    return handles
