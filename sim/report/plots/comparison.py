"""Compare scenarios: one figure for each main indicator, with every scenario's line labelled at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim import dims
from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.figure_data import Block
from sim.report.plots import series, style
from sim.report.plots.layout import LINE_MM, spread, text_mm, wrap
from sim.report.plots.numbers import known, number
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
COLOURS = ("#000000", "#1f4e79", "#b35900", "#5c5c5c", "#7a1f4e", "#2e7d5b")
MARKERS = ("", "o", "s", "^", "v", "D", "P")
"""Line style, colour and marker run through cycles of different length, so many scenarios stay apart."""

NAME_MM = 34.0
"""Most room for a scenario's name beside its line."""


@dataclass(frozen=True)
class Indicator:
    """A regional total or ratio that scenarios are compared by.

    Parameters
    ----------
    code
        Stable name, used in file names and in the catalogues under ``figure.indicator``.
    measure
        From the results of one run to values by whole year.
    outputs
        Outputs that ``measure`` reads; the indicator is left out where a result lacks one.
    target
        Id of the target set for it, if any.
    from_zero
        Whether the axis starts at zero.
    """

    code: str
    measure: Callable[[xr.Dataset], np.ndarray]
    outputs: tuple[str, ...]
    target: str = ""
    from_zero: bool = True

    @property
    def file(self) -> str:
        """Stem of its figure's files, ``compare-<code>``."""
        return f"compare-{self.code.replace('_', '-')}"

    def known_to(self, runs: Iterable[xr.Dataset]) -> bool:
        """Whether all of some results hold its outputs."""
        return all(output in results for results in runs for output in self.outputs)


def _total(code: str, output: str = "", target: str = "") -> Indicator:
    name = output or code
    return Indicator(code, lambda run: series.total(run, name), (name,), target)


def _emission(pollutant: str) -> Indicator:
    scale = 1e-4 if pollutant == "CO2" else 1.0  # a thousand times more than the others: shown in 10,000 t
    return Indicator(
        pollutant.lower(),
        lambda run: scale * series.total(run, "emissions", pollutant=pollutant),
        ("emissions",),
    )


INDICATORS: tuple[Indicator, ...] = (
    _total("gdp", target="T01"),
    _total("iva", target="T03"),
    _total("revenue"),
    _total("fixed_investment"),
    _total("labour"),
    _total("tax"),
    _total("trade", target="T25"),
    _total("fdi", target="T26"),
    _total("built_up"),
    _total("energy_use"),
    _total("water_use"),
    Indicator(
        "energy_per_gdp",
        lambda run: series.ratio(series.total(run, "energy_use"), series.total(run, "gdp")),
        ("energy_use", "gdp"),
        from_zero=True,
    ),
    *(_emission(pollutant) for pollutant in dims.POLLUTANTS),
    Indicator(
        "retrofit",
        lambda run: series.retrofit_shares(run)[0] * 100,
        ("retrofit_done", "retrofit_admitted"),
        "T44",
    ),
    _total("public_cost"),
)
"""The main indicators, in the order in which they are shown."""


def indicator_figure(
    scenarios: Mapping[str, xr.Dataset],
    indicator: Indicator,
    lang: Language,
    rows: Sequence[TargetRow] = (),
    width_mm: float = style.WIDTH_MM,
) -> Figure:
    """All scenarios on one axis.

    Parameters
    ----------
    scenarios
        Results by the scenario's name as it is shown; the first is drawn heaviest.
    indicator
        One of :data:`INDICATORS`.
    lang
        Language of the texts.
    rows
        Target rows (of any of the scenarios), for the target's diamond.
    width_mm
        Width of the figure.
    """
    runs = {name: series.one_run(results) for name, results in scenarios.items()}
    lines = {name: (series.years(run), indicator.measure(run)) for name, run in runs.items()}
    with style.styled(lang):
        ends = {name: end_value(values) for name, (_, values) in lines.items()}
        labels = {name: wrap(f"{name} {number(ends[name], lang)}", NAME_MM, style.SMALL_PT) for name in lines}
        room = 3.0 + max((text_mm(line, style.SMALL_PT) for label in labels.values() for line in label), default=0.0)
        tall = max(60.0, sum(len(label) for label in labels.values()) * (LINE_MM + 0.5))
        figure = style.blank((width_mm, tall + 17.0))
        axes = style.panel(figure, 16.0, 9.0, width_mm - 16.0 - 6.0 - room, tall)
        goal = _goal(indicator, rows)
        _frame(axes, lines, goal, indicator, lang)
        for place, (name, (years, values)) in enumerate(lines.items()):
            axes.plot(years, values, label=name, **line_look(place, years))
        if np.isfinite(goal):
            style.target_point(axes, goal, text(lang, "figure.goal", value=number(goal, lang)))
        end_labels(axes, lines, labels)
    return figure


def indicator_figures(
    scenarios: Mapping[str, xr.Dataset],
    lang: Language,
    rows: Sequence[TargetRow] = (),
    indicators: Sequence[Indicator] = INDICATORS,
    width_mm: float = style.WIDTH_MM,
) -> dict[str, Figure]:
    """A figure for each indicator whose outputs every scenario has, by its file."""
    return {
        indicator.file: indicator_figure(scenarios, indicator, lang, rows, width_mm)
        for indicator in indicators
        if indicator.known_to(scenarios.values())
    }


def indicator_data(
    scenarios: Mapping[str, xr.Dataset], indicator: Indicator, lang: Language, rows: Sequence[TargetRow] = ()
) -> Block:
    """The numbers of :func:`indicator_figure`: a row for each scenario, and one for the target."""
    runs = {name: series.one_run(results) for name, results in scenarios.items()}
    years = sorted({int(year) for run in runs.values() for year in series.years(run)})
    lines = {name: dict(zip(series.years(run).tolist(), indicator.measure(run).tolist(), strict=True))
             for name, run in runs.items()}  # fmt: skip
    goal = _goal(indicator, rows)
    if np.isfinite(goal):
        lines[text(lang, "figure.target")] = {TARGET_YEAR: goal}
    cells = tuple((name, *(line.get(year, float("nan")) for year in years)) for name, line in lines.items())
    title = text(lang, f"figure.indicator.{indicator.code}")
    return Block((text(lang, "figure.sheet.series"), *map(str, years)), cells, title, even=True)


def line_look(place: int, years: np.ndarray) -> style.Style:
    """The line of the scenario at ``place``; markers every fifth year, shifted so that equal lines show."""
    every = [spot for spot, year in enumerate(years) if (year - BASE_YEAR) % 5 == place % 5]
    colours = style.own_colours() or COLOURS
    return {
        "color": colours[place % len(colours)],
        "linestyle": LINES[place % len(LINES)],
        "linewidth": 1.6 if place == 0 else 1.1,
        "marker": MARKERS[place % len(MARKERS)],
        "markersize": 3.5,
        "markevery": every,
        "clip_on": False,
        "zorder": 6 if place == 0 else 4,
    }


def end_value(values: np.ndarray) -> float:
    """The last value that is known."""
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if finite.size else float("nan")


def _goal(indicator: Indicator, rows: Sequence[TargetRow]) -> float:
    row = next((row for row in rows if row.id == indicator.target and row.basis != "outside"), None)
    return known(row.target_low) if row else float("nan")


def _frame(
    axes: Axes,
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]],
    goal: float,
    indicator: Indicator,
    lang: Language,
) -> None:
    first = min(int(years[0]) for years, _ in lines.values())
    last = max(int(years[-1]) for years, _ in lines.values())
    style.year_axis(axes, first, last, lang)
    axes.set_xlim(first - 0.4, max(last, TARGET_YEAR))
    values = np.concatenate([[goal], *(values for _, values in lines.values())])
    values = values[np.isfinite(values)]
    style.value_axis(axes, float(values.max(initial=0.0)), lang)
    style.axis_name(axes, text(lang, f"figure.indicator.{indicator.code}"))
    reference = next(iter(lines.values()))
    style.base_level(axes, series.at(reference[1], reference[0], BASE_YEAR))


def _share(axes: Axes, value: float) -> float:
    """How far up the axis a value is, whatever the scale."""
    return float(axes.transAxes.inverted().transform(axes.transData.transform((0.0, value)))[1])


def _at_share(axes: Axes, share: float) -> float:
    """The value that far up the axis."""
    return float(axes.transData.inverted().transform(axes.transAxes.transform((0.0, share)))[1])


def end_labels(axes: Axes, lines: Mapping[str, tuple[np.ndarray, np.ndarray]], labels: Mapping[str, list[str]]) -> None:
    """Names and last values at the right, apart from each other, tied to their lines' ends."""
    tall = style.height_mm(axes)
    shown = {name: (years, values) for name, (years, values) in lines.items() if np.isfinite(values).any()}
    ends = [_share(axes, end_value(values)) * tall for _, values in shown.values()]
    heights = spread(ends, [len(labels[name]) * LINE_MM + 0.5 for name in shown], 0.0, tall)
    across = axes.get_xlim()[1]
    step = (across - axes.get_xlim()[0]) / style.width_mm(axes)
    for (name, (years, values)), height in zip(shown.items(), heights, strict=True):
        place = _at_share(axes, height / tall)
        end = years[np.flatnonzero(np.isfinite(values))[-1]]
        axes.plot(
            [end, across + 3.5 * step],
            [end_value(values), place],
            color=style.GREY,
            linewidth=0.4,
            clip_on=False,
            zorder=2,
        )
        style.lines_of_text(axes, across + 4.5 * step, place, labels[name], ha="left")
