"""The look that all figures share: sizes in millimetres, type sizes, greys, line styles, axes by year."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import offset_copy

from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.plots.fonts import font_families
from sim.report.plots.layout import LINE_MM, text_mm
from sim.report.plots.numbers import number
from sim.report.plots.own_style import OwnStyle
from sim.words.catalogue import Language

WIDTH_MM, HALF_MM = 150.0, 73.0
DPI = 300
TEXT_PT, SMALL_PT = 9.0, 7.5
INCH_MM = 25.4

BLACK, DARK, MIDDLE, GREY, LIGHT, PALE = "#000000", "#1f4e79", "#7fa8cf", "#8c8c8c", "#d9d9d9", "#f1f1f1"
WARM = "#f2c78f"
"""Fills differ in lightness too, so that they stay apart in a greyscale print."""

Style = dict[str, Any]
"""Keyword arguments of a line or a patch."""

_FAMILIES_OF_KEYS = (
    "axes.",
    "axes3d.",
    "date.",
    "errorbar.",
    "figure.",
    "font.",
    "grid.",
    "hatch.",
    "image.",
    "legend.",
    "lines.",
    "markers.",
    "mathtext.",
    "patch.",
    "path.",
    "pdf.",
    "savefig.",
    "scatter.",
    "svg.",
    "text.",
    "xtick.",
    "ytick.",
)


def settings(lang: Language) -> dict[str, Any]:
    """Every setting that shapes a figure: matplotlib's defaults (never the user's file) and ours."""
    chosen: dict[str, Any] = {
        key: value for key, value in mpl.rcParamsDefault.items() if key.startswith(_FAMILIES_OF_KEYS)
    }
    chosen |= {
        "font.family": list(font_families(lang)),
        "font.size": TEXT_PT,
        "axes.labelsize": TEXT_PT,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": lang != "zh",
        "xtick.labelsize": SMALL_PT,
        "ytick.labelsize": SMALL_PT,
        "legend.fontsize": SMALL_PT,
        "legend.frameon": False,
        "lines.linewidth": 1.4,
        "hatch.linewidth": 0.5,
        "patch.linewidth": 0.6,
        "figure.dpi": DPI,
        "savefig.dpi": "figure",
        "svg.fonttype": "path",
        "svg.hashsalt": "sim",
        "text.parse_math": False,  # a park's name may hold a dollar sign
    }
    if lang == "zh" and "text.language" in mpl.rcParams:
        chosen["text.language"] = "zh-hans"  # pan-CJK fonts: the mainland forms of shared characters
    return chosen


_own: ContextVar[OwnStyle] = ContextVar("_own", default=OwnStyle())  # noqa: B039 (it is frozen)


@contextmanager
def own_style(own: OwnStyle | None) -> Iterator[None]:
    """Within it, figures have the look of a style file where that says something."""
    token = _own.set(own or OwnStyle())
    try:
        yield
    finally:
        _own.reset(token)


def own_colours() -> tuple[str, ...]:
    """Colours of lines that a style file sets."""
    return _own.get().colours


@contextmanager
def styled(lang: Language) -> Iterator[None]:
    """Within it, new figures have the common look; afterwards matplotlib's settings are as they were."""
    own, common = _own.get(), settings(lang)
    with mpl.rc_context({**common, **own.settings, "font.family": [*own.families, *common["font.family"]]}):
        yield


def blank(size_mm: tuple[float, float]) -> Figure:
    """An empty figure of that width and height.

    >>> [round(float(side), 2) for side in blank((150, 80)).get_size_inches()]
    [5.91, 3.15]
    """
    return Figure(figsize=(size_mm[0] / INCH_MM, size_mm[1] / INCH_MM), dpi=DPI, facecolor="white")


def wide_mm(figure: Figure) -> float:
    """Width of a figure.

    >>> round(wide_mm(blank((150, 80))), 6)
    150.0
    """
    return float(figure.get_size_inches()[0]) * INCH_MM


def tall_mm(figure: Figure) -> float:
    """Height of a figure.

    >>> round(tall_mm(blank((150, 80))), 6)
    80.0
    """
    return float(figure.get_size_inches()[1]) * INCH_MM


def panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes whose data area is placed in millimetres from the figure's top left corner."""
    across, down = (float(side) * INCH_MM for side in figure.get_size_inches())
    axes = figure.add_axes((left / across, 1 - (top + height) / down, width / across, height / down))
    # Tick labels are made when the figure is drawn, after our settings are gone: name their font here.
    axes.tick_params(labelfontfamily=list(mpl.rcParams["font.family"]), labelsize=SMALL_PT, width=0.6, length=2.5)
    return axes


def sheet(figure: Figure) -> Axes:
    """Invisible axes over the whole figure whose coordinates are millimetres from the top left corner."""
    across, down = (float(side) * INCH_MM for side in figure.get_size_inches())
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, across)
    axes.set_ylim(down, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_axis_off()
    return axes


def width_mm(axes: Axes) -> float:
    """Width of the data area."""
    return float(axes.bbox.width / DPI * INCH_MM)


def height_mm(axes: Axes) -> float:
    """Height of the data area."""
    return float(axes.bbox.height / DPI * INCH_MM)


def axis_name(axes: Axes, label: str, note: str = "") -> None:
    """Name and unit of the vertical axis, upright above its top; ``note`` is a smaller line below it, or several."""
    down = height_mm(axes)
    lift = 1 + (1.8 + (3.4 + LINE_MM * note.count("\n") if note else 0.0)) / down
    axes.set_ylabel(label, rotation=0, ha="left", va="bottom")
    axes.yaxis.set_label_coords(0, lift)
    if note:
        lines_of_text(axes, 0, 1 + 1.6 / down, note.split("\n"), va="bottom", transform=axes.transAxes)


def year_ticks(first: int, last: int, width: float) -> list[int]:
    """Whole years whose labels fit side by side into ``width`` millimetres.

    >>> year_ticks(2015, 2030, 60.0)
    [2015, 2020, 2025, 2030]
    >>> year_ticks(2015, 2021, 60.0)
    [2015, 2016, 2017, 2018, 2019, 2020, 2021]
    """
    for step in (1, 5, 10, 20, 50):
        ticks = [year for year in range(first, last + 1) if year % step == 0]
        if len(ticks) * 7.8 <= width:
            return ticks
    return [first]


def year_axis(axes: Axes, first: int, last: int, lang: Language, *, shade: bool = True) -> None:
    """Whole years from ``first`` to at least the target year; what lies beyond it is lightly shaded."""
    last = max(last, TARGET_YEAR)
    axes.set_xlim(first - 0.4, last + 0.4)
    axes.xaxis.set_major_locator(FixedLocator(year_ticks(first, last, width_mm(axes))))
    if width_mm(axes) > 40:
        axes.xaxis.set_minor_locator(FixedLocator(list(range(first, last + 1))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.tick_params(axis="x", which="minor", length=1.5, width=0.4)
    if shade and last > TARGET_YEAR:
        axes.axvspan(TARGET_YEAR, last + 0.4, color=PALE, linewidth=0, zorder=0)


def value_axis(axes: Axes, top: float, lang: Language, bottom: float = 0.0) -> None:
    """A linear axis from ``bottom`` to a little above ``top`` with at most seven round ticks."""
    if not np.isfinite(top) or top <= bottom:
        top = bottom + 1.0
    end = bottom + (top - bottom) * 1.08
    axes.set_ylim(bottom, end)
    ticks = [tick for tick in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(bottom, end) if tick <= end]
    digits = next((n for n in range(6) if np.allclose(np.round(ticks, n), ticks, rtol=1e-9, atol=0)), 6)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))


def log_axis(axes: Axes, low: float, high: float, lang: Language) -> None:
    """A logarithmic axis from below ``low`` to above ``high``, with a tick at each power of ten."""
    axes.set_yscale("log")
    axes.set_ylim(low / 1.5, high * 1.5)
    powers = range(math.floor(math.log10(low / 1.5)), math.ceil(math.log10(high * 1.5)) + 1)
    axes.yaxis.set_major_locator(FixedLocator([10.0**n for n in powers if low / 1.5 <= 10.0**n <= high * 1.5]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang)))


def base_level(axes: Axes, value: float) -> None:
    """The level of the base year as a thin dotted line."""
    if np.isfinite(value):
        axes.axhline(value, color=GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)


SCENARIO: Style = {"color": BLACK, "linestyle": "-", "linewidth": 1.5, "zorder": 5}
REFERENCE: Style = {"color": GREY, "linestyle": (0, (4, 2)), "linewidth": 1.2, "zorder": 4}
REQUIRED: Style = {"color": DARK, "linestyle": (0, (1, 1)), "linewidth": 1.0, "zorder": 3}
DIAMOND: Style = {
    "marker": "D",
    "markersize": 5.5,
    "markerfacecolor": "white",
    "markeredgecolor": BLACK,
    "markeredgewidth": 1.0,
    "linestyle": "none",
    "zorder": 7,
}
PUBLISHED: Style = {"marker": "o", "markersize": 4.0, "color": BLACK, "linestyle": "none", "zorder": 6}
RECONSTRUCTED: Style = {**PUBLISHED, "markerfacecolor": "white", "markeredgewidth": 0.9}


def target_point(axes: Axes, value: float, label: str, year: int = TARGET_YEAR) -> None:
    """The target as an open diamond at its year, its value to the upper left or, where narrow, above."""
    axes.plot([year], [value], **DIAMOND)
    low, high = axes.get_xlim()
    fits = text_mm(label, SMALL_PT) + 3.0 < (year - low) / (high - low) * width_mm(axes)
    axes.annotate(
        label,
        (year, value),
        xytext=(-5, 3) if fits else (0, 6),
        textcoords="offset points",
        ha="right" if fits else "center",
        va="bottom",
        fontsize=SMALL_PT,
        zorder=8,
    )


def base_point(axes: Axes, value: float, *, published: bool, year: int = BASE_YEAR) -> None:
    """The base year's value: a dot where it is published, a ring where it is derived or reconstructed."""
    if np.isfinite(value):
        axes.plot([year], [value], clip_on=False, **(PUBLISHED if published else RECONSTRUCTED))


def count_axis(axes: Axes, top: float, lang: Language) -> None:
    """A linear axis of whole numbers from zero."""
    value_axis(axes, top, lang)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, 0)))


def bars(axes: Axes, across: np.ndarray, foot: np.ndarray, tall: np.ndarray, **look: Any) -> None:
    """Bars of one kind, 0.78 wide, as one shape: a patch for each takes many times as long. None where nothing is."""
    there = np.isfinite(tall) & (tall != 0)
    corners = [
        [(x - 0.39, low), (x + 0.39, low), (x + 0.39, low + high), (x - 0.39, low + high), (x - 0.39, low)]
        for x, low, high in zip(across[there], foot[there], tall[there], strict=True)
    ]
    if corners:
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        outline = Path(np.concatenate(corners), codes * len(corners))
        axes.add_patch(PathPatch(outline, edgecolor=BLACK, linewidth=0.4, **look))


def lines_of_text(
    axes: Axes,
    across: float,
    up: float,
    lines: Sequence[str],
    *,
    va: str = "center",
    step: float = LINE_MM,
    **look: Any,
) -> None:
    """Lines, of the smallest type if ``look`` names no other, each a text of its own.

    matplotlib takes the language only for texts of one line, and a pan-CJK font draws others in the traditional forms.

    Parameters
    ----------
    va
        Whether the place is the "center" of them all, or the "bottom" of the last.
    step
        From line to line, in millimetres.
    """
    transform = look.pop("transform", axes.transData)
    look = {"fontsize": SMALL_PT, "va": va, **look}
    figure = axes.get_figure(root=True)
    for place, line in enumerate(lines):
        lift = ((len(lines) - 1) / (2 if va == "center" else 1) - place) * step
        where = offset_copy(transform, figure, 0.0, lift / INCH_MM) if lift else transform
        if line:
            axes.text(across, up, line, transform=where, **look)


def above(axes: Axes, across: float, value: float, label: str, lift: float = 1.5) -> None:
    """A small label above a bar or a point."""
    axes.annotate(
        label,
        (across, value),
        xytext=(0, lift),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL_PT,
        linespacing=1.0,
        zorder=8,
    )
