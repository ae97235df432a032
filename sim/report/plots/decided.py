"""What decides a target: a tornado of single parameters, and their indices with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from sim.folder import write_whole
from sim.report.csv_tables import csv_bytes
from sim.report.decided import RESULTS, Decided, Factor, Result
from sim.report.plots import style
from sim.report.plots.captions import CAPTIONS, COLUMNS, DATA, About, caption_row, sheet_of
from sim.report.plots.decided_data import Levels, decided_captions, indices_data, tornado_data
from sim.report.plots.layout import LINE_MM, NARROW_LEGEND, narrow_columns, text_mm, wrap
from sim.report.plots.numbers import known, number
from sim.report.plots.save import FORMATS, save_pages, stamp_of
from sim.report.workbook_figures import figures_workbook
from sim.words.catalogue import Language, text

TORNADO, INDICES = "sensitivity-tornado", "sensitivity-indices"
ROW_MM, NAME_MM, HEAD_MM, FOOT_MM, LEGEND_MM = 6.0, 44.0, 9.0, 6.0, 6.0


def write_decided(
    decided: Decided, attrs: Mapping[str, object], folder: Path, lang: Language, levels: Levels
) -> None:
    """Write both figures with their data and captions; the folder exists.

    Parameters
    ----------
    levels
        Places on a parameter's range, from 0 to 1, at which the tornado's values were computed.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    OutputError
        If a file cannot be written.
    """
    stamp, about = stamp_of([attrs], "sensitivity", [*decided.arguments, "--lang", lang]), About.of([attrs])
    told = decided_captions(decided, about, levels)
    kinds = {"tornado": (TORNADO, tornado_figure(decided, lang), tornado_data(decided, lang, levels))}
    if any(decided.varies(result) for result in RESULTS):
        kinds["indices"] = (INDICES, indices_figure(decided, lang), indices_data(decided, lang))
    sheets, lines = [], []
    for kind, (code, figure, blocks) in kinds.items():
        files = save_pages(code, {code: figure}, folder, FORMATS, stamp)
        lines += [caption_row(one, lang, told[kind], about) for one in files]
        sheets.append(sheet_of(code, lang, told[kind][lang], about, blocks))
    write_whole(folder / DATA, figures_workbook(sheets, lang))
    write_whole(folder / CAPTIONS, csv_bytes(COLUMNS, lines))


def tornado_figure(decided: Decided, lang: Language, width_mm: float = style.WIDTH_MM) -> Figure:
    """The target's value with each parameter alone at both ends of its range, the widest bar on top."""
    central, goal = known(decided.row.value_2020), known(decided.row.target_low)
    factors = sorted(decided.factors, key=lambda one: -_width(one, central))
    low, high = np.array([one.low for one in factors]), np.array([one.high for one in factors])
    with style.styled(lang):
        labels = [wrap(one.name(lang), NAME_MM, style.SMALL_PT) for one in factors]
        handles = _tornado_handles(central, goal, lang)
        columns = narrow_columns(handles, width_mm)
        figure, axes = _frame(labels, 1, -(-len(handles) // columns), width_mm)
        places = np.arange(len(factors))
        for ends, height, look in ((low, 0.72, _LOW), (high, 0.44, _HIGH)):  # both show where both are on one side
            there = np.isfinite(ends)
            axes[0].barh(places[there], (ends - central)[there], left=central, height=height, **look)
        if np.isfinite(central):
            axes[0].axvline(central, color=style.BLACK, linewidth=0.8)
        if np.isfinite(goal):
            axes[0].axvline(goal, **_GOAL)
        values = np.array([*low, *high, central, goal])
        _across(axes[0], values[np.isfinite(values)], lang, whole=decided.row.form == "count")
        _rows(axes[0], labels)
        unit = decided.row.unit_zh if lang == "zh" else decided.row.unit_en
        name = decided.row.name_zh if lang == "zh" else decided.row.name_en
        head = text(lang, "sensitivity.figure.tornado", name=name, unit=unit) if unit not in ("", "1") else name
        _head(axes[0], f"{decided.row.id} {head}", width_mm)
        figure.legend(handles=handles, ncols=columns, **_LEGEND)
    return figure


def indices_figure(decided: Decided, lang: Language, width_mm: float = style.WIDTH_MM) -> Figure:
    """Indices by parameter: a panel for the value, one for whether the target is met; what never changes has none."""
    results: list[Result] = [result for result in RESULTS if decided.varies(result)]
    with style.styled(lang):
        labels = [wrap(one.name(lang), NAME_MM, style.SMALL_PT) for one in decided.factors]
        handles = _index_handles(decided, lang)
        columns = narrow_columns(handles, width_mm)
        figure, panels = _frame(labels, len(results), -(-len(handles) // columns), width_mm)
        for place, (axes, result) in enumerate(zip(panels, results, strict=True)):
            _index_panel(axes, decided, result, lang)
            _rows(axes, labels if place == 0 else [])
            named = text(lang, f"sensitivity.figure.panel_{result}", target=decided.row.id)
            _head(axes, named, width_mm)
        figure.legend(handles=handles, ncols=columns, **_LEGEND)
    return figure


_LEGEND: style.Style = {"loc": "lower center", "borderaxespad": 0.3, **NARROW_LEGEND}
_LOW: style.Style = {"facecolor": "#ffffff", "hatch": "////", "edgecolor": style.DARK, "linewidth": 0.6}
_HIGH: style.Style = {"facecolor": style.MIDDLE, "edgecolor": style.DARK, "linewidth": 0.6}
_GOAL: style.Style = {"color": style.BLACK, "linewidth": 0.9, "linestyle": (0, (4, 2))}
_MAIN: style.Style = {"facecolor": style.MIDDLE, "edgecolor": style.DARK, "linewidth": 0.6}
_BESIDE: style.Style = {"marker": "D", "markersize": 3.5, "markerfacecolor": "white", "color": style.BLACK,
                        "linestyle": "none"}  # fmt: skip


def _width(factor: Factor, central: float) -> float:
    ends = [factor.low, factor.high, central]
    known_ends = [one for one in ends if np.isfinite(one)]
    return max(known_ends) - min(known_ends) if known_ends else 0.0


def _tornado_handles(central: float, goal: float, lang: Language) -> list[Patch | Line2D]:
    handles: list[Patch | Line2D] = [
        Patch(label=text(lang, "sensitivity.figure.at_low"), **_LOW),
        Patch(label=text(lang, "sensitivity.figure.at_high"), **_HIGH),
    ]
    named = text(lang, "sensitivity.figure.central", value=number(central, lang))
    handles.append(Line2D([], [], label=named, color=style.BLACK, linewidth=0.8))
    if np.isfinite(goal):
        handles.append(Line2D([], [], label=text(lang, "sensitivity.figure.goal", value=number(goal, lang)), **_GOAL))
    return handles


def _index_handles(decided: Decided, lang: Language) -> list[Patch | Line2D]:
    main = Patch(label=text(lang, f"sensitivity.figure.main_{decided.method}"), **_MAIN)
    if decided.method == "delta":
        return [main]
    return [main, Line2D([], [], label=text(lang, f"sensitivity.figure.beside_{decided.method}"), **_BESIDE)]


def _frame(labels: Sequence[Sequence[str]], panels: int, rows: int, width_mm: float) -> tuple[Figure, list[Axes]]:
    """Panels side by side with room for the names at the left and for a legend below."""
    left = 4.0 + max((text_mm(line, style.SMALL_PT) for label in labels for line in label), default=0.0)
    step = max([ROW_MM, *(len(label) * LINE_MM + 1.0 for label in labels)])
    tall = max(len(labels) * step, 20.0)
    figure = style.blank((width_mm, HEAD_MM + tall + FOOT_MM + rows * LEGEND_MM))
    wide = (width_mm - left - 5.0 - (panels - 1) * 6.0) / panels
    axes = [style.panel(figure, left + place * (wide + 6.0), HEAD_MM, wide, tall) for place in range(panels)]
    for one in axes:
        one.set_ylim(len(labels) - 0.5, -0.5)
    return figure, axes


def _rows(axes: Axes, labels: Sequence[Sequence[str]]) -> None:
    """Names at the left of a panel."""
    axes.yaxis.set_major_locator(NullLocator())
    step = (axes.get_xlim()[1] - axes.get_xlim()[0]) / style.width_mm(axes)
    for place, label in enumerate(labels):
        style.lines_of_text(axes, axes.get_xlim()[0] - 1.5 * step, place, label, ha="right")


def _head(axes: Axes, words: str, width_mm: float) -> None:
    """A line above a panel, at most as wide as what is right of its left edge."""
    line = wrap(words, width_mm - 4.0, style.TEXT_PT)[0]
    wide, tall = style.width_mm(axes), style.height_mm(axes)
    over = max(0.0, text_mm(line, style.TEXT_PT) - wide - 3.0)
    axes.text(-over / wide, 1 + 2.0 / tall, line, transform=axes.transAxes, va="bottom", fontsize=style.TEXT_PT)


def _across(
    axes: Axes, values: np.ndarray, lang: Language, *, from_zero: bool = False, whole: bool = False
) -> None:
    """A linear axis that holds the values, with at most six round ticks."""
    first, last = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    first = min(first, 0.0) if from_zero else first
    room = (last - first) or max(abs(last), 1.0)
    low, high = first if from_zero and first == 0.0 else first - 0.05 * room, last + 0.05 * room
    axes.set_xlim(low, high)
    ticks = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10], integer=whole).tick_values(low, high)
    shown = [float(tick) for tick in ticks if low <= tick <= high]
    digits = next((n for n in range(6) if np.allclose(np.round(shown, n), shown, rtol=1e-9, atol=1e-12)), 6)
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))


def _index_panel(axes: Axes, decided: Decided, result: Result, lang: Language) -> None:
    shares = [factor.share(result) for factor in decided.factors]
    places = np.arange(len(shares))
    main = np.array([known(share.main.value if share else None) for share in shares])
    error = np.array([known(share.main.error if share else None) for share in shares])
    beside = np.array([known(share.beside.value if share and share.beside else None) for share in shares])
    axes.barh(places, np.nan_to_num(main), height=0.6, **_MAIN)
    below = np.minimum(error, main)  # no index is below zero, but for a first-order one by chance
    axes.errorbar(main, places, xerr=[below, error], linestyle="none", color=style.BLACK, linewidth=0.8, capsize=1.8)
    if np.isfinite(beside).any():
        axes.plot(beside, places, clip_on=False, zorder=6, **_BESIDE)
    values = np.concatenate([main + error, beside])
    _across(axes, values[np.isfinite(values)], lang, from_zero=True)
    axes.axvline(0.0, color=style.BLACK, linewidth=0.6)
