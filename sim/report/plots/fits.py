"""Figures of a calibration (what was known, and priors against posteriors) and of a backtest (ranges, published)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from sim.report.fits import Belief, Fit, Judged, Marginal, Range
from sim.report.plots import style
from sim.report.plots.layout import LINE_MM, NARROW_LEGEND, narrow_columns, text_mm, wrap
from sim.report.plots.numbers import number
from sim.report.plots.save import FORMATS, save_pages
from sim.report.stamp import Stamp
from sim.words.catalogue import Language, text

CALIBRATION, BACKTEST = "prior-posterior", "backtest"
MOST = 12
"""Parameters that the figure of a calibration shows."""

NAME_MM, ROW_MM, HEAD_MM, FOOT_MM, LEGEND_MM, SIDE_MM = 52.0, 6.5, 9.0, 7.0, 6.0, 5.0
UP = 0.16
"""How far a line for the prior lies above the middle of its row, and one for the posterior below."""

_BEFORE: style.Style = {"color": style.GREY, "solid_capstyle": "butt"}
_AFTER: style.Style = {"color": style.DARK, "solid_capstyle": "butt"}
_KNOWN: style.Style = {"color": style.BLACK, "markersize": 3.5, "linewidth": 0.8}
_OWN: style.Style = {"marker": "|", "markersize": 7, "color": style.BLACK, "markeredgewidth": 1.0, "linestyle": "none"}
_DOT: style.Style = {**style.PUBLISHED, "markersize": 4.5}
_RING: style.Style = {**style.RECONSTRUCTED, "markersize": 4.5}


def write_fits(
    fits: Sequence[Fit],
    marginals: Sequence[Marginal],
    known_by: int,
    stamp: Stamp,
    folder: Path,
    lang: Language,
) -> None:
    """Write the figure of a calibration; the folder exists.

    Raises
    ------
    InputError
        ``font_missing`` where no font has the characters.
    """
    save_pages(CALIBRATION, {CALIBRATION: fits_figure(fits, marginals, known_by, lang)}, folder, FORMATS, stamp)


def write_judged(judged: Sequence[Judged], stamp: Stamp, folder: Path, lang: Language) -> None:
    """Write the figure of a backtest; raises what :func:`write_fits` raises."""
    save_pages(BACKTEST, {BACKTEST: judged_figure(judged, lang)}, folder, FORMATS, stamp)


def fits_figure(fits: Sequence[Fit], marginals: Sequence[Marginal], known_by: int, lang: Language) -> Figure:
    """Above, figures in per cent; below, parameters in standard deviations of the prior; prior and posterior."""
    shown = [one for one in marginals if one.prior.deviation > 0][:MOST]
    with style.styled(lang):
        above = [wrap(one.name(lang), NAME_MM, style.SMALL_PT) for one in fits]
        below = [wrap(one.name(lang), NAME_MM, style.SMALL_PT) for one in shown]
        handles = [
            Line2D([], [], linewidth=1.6, label=text(lang, "calibration.drawing.prior"), **_BEFORE),
            Line2D([], [], linewidth=1.6, label=text(lang, "calibration.drawing.posterior"), **_AFTER),
            Line2D([], [], marker="o", label=text(lang, "calibration.drawing.published"), **_KNOWN),
        ]
        figure, panels = _stacked([above, below], handles)
        for row, one in enumerate(fits):
            _line(panels[0], row - UP, one.prior, 100.0, 0.0, _BEFORE)
            _line(panels[0], row + UP, one.posterior, 100.0, 0.0, _AFTER)
            half = 2.0 * np.hypot(one.error, one.discrepancy)
            ends = [100.0 * (one.published - half), 100.0 * (one.published + half)]
            panels[0].plot(ends, [row, row], zorder=3, **_KNOWN)
            panels[0].plot([100.0 * one.published], [row], marker="o", zorder=6, **_KNOWN)
        for row, mark in enumerate(shown):
            scale, middle = 1.0 / mark.prior.deviation, mark.prior.mean
            _line(panels[1], row - UP, mark.prior, scale, middle, _BEFORE)
            _line(panels[1], row + UP, mark.posterior, scale, middle, _AFTER)
        _finish(panels[0], above, text(lang, "calibration.drawing.figures", known=known_by), lang)
        _finish(panels[1], below, text(lang, "calibration.drawing.parameters"), lang)
    return figure


def judged_figure(judged: Sequence[Judged], lang: Language) -> Figure:
    """Every published figure with the model's ranges, in per cent."""
    both = any(one.posterior is not None for one in judged)
    with style.styled(lang):
        labels = [wrap(f"{_short(one.series(lang))} {one.year}", NAME_MM, style.SMALL_PT) for one in judged]
        handles = [Line2D([], [], linewidth=1.6, label=text(lang, "backtest.drawing.prior"), **_BEFORE)]
        if both:
            handles.append(Line2D([], [], linewidth=1.6, label=text(lang, "backtest.drawing.posterior"), **_AFTER))
        handles.append(Line2D([], [], label=text(lang, "backtest.drawing.model"), **_OWN))
        handles.append(Line2D([], [], label=text(lang, "backtest.drawing.published"), **_DOT))
        handles.append(Line2D([], [], label=text(lang, "backtest.drawing.unverified"), **_RING))
        figure, (axes,) = _stacked([labels], handles)
        for row, one in enumerate(judged):
            _range(axes, row - (UP if both else 0.0), one.prior, _BEFORE)
            if one.posterior is not None:
                _range(axes, row + UP, one.posterior, _AFTER)
            axes.plot([100.0 * one.model], [row], zorder=5, **_OWN)
            axes.plot([100.0 * one.published], [row], clip_on=False, **(_DOT if one.verified else _RING))
        _finish(axes, labels, text(lang, "backtest.drawing.across"), lang)
    return figure


def _short(name: str) -> str:
    """A name without what stands in brackets, which the table has.

    >>> _short("FDI, mean growth (published: 2013-19, model: 2015-19)"), _short("生产总值现价增速(修订数)")
    ('FDI, mean growth', '生产总值现价增速')
    """
    return re.sub(r"\s*[（(].*$", "", name) or name


def _line(axes: Axes, up: float, one: Belief, scale: float, middle: float, look: style.Style) -> None:
    low, median, high = (scale * (value - middle) for value in (one.p05, one.p50, one.p95))
    axes.plot([low, high], [up, up], linewidth=1.6, zorder=4, **look)
    axes.plot([median], [up], marker="o", markersize=3.5, zorder=5, color=look["color"])


def _range(axes: Axes, up: float, one: Range, look: style.Style) -> None:
    axes.plot([100.0 * one.p05, 100.0 * one.p95], [up, up], linewidth=1.2, zorder=3, **look)
    axes.plot([100.0 * one.p25, 100.0 * one.p75], [up, up], linewidth=3.2, zorder=4, **look)


def _stacked(rows: Sequence[Sequence[Sequence[str]]], handles: Sequence[Line2D]) -> tuple[Figure, list[Axes]]:
    """Panels one above the other with room for names at the left and a legend below."""
    named = [line for labels in rows for label in labels for line in label]
    left = 4.0 + max((text_mm(line, style.SMALL_PT) for line in named), default=0.0)
    heights = [sum(max(ROW_MM, len(label) * LINE_MM + 1.0) for label in labels) for labels in rows]
    columns = narrow_columns(handles, style.WIDTH_MM)
    foot = -(-len(handles) // columns) * LEGEND_MM
    figure = style.blank((style.WIDTH_MM, sum(HEAD_MM + tall + FOOT_MM for tall in heights) + foot))
    panels, top = [], 0.0
    for tall, labels in zip(heights, rows, strict=True):
        axes = style.panel(figure, left, top + HEAD_MM, style.WIDTH_MM - left - SIDE_MM, tall)
        axes.set_ylim(len(labels) - 0.5, -0.5)
        panels.append(axes)
        top += HEAD_MM + tall + FOOT_MM
    figure.legend(handles=handles, ncols=columns, loc="lower center", borderaxespad=0.3, **NARROW_LEGEND)
    return figure, panels


def _finish(axes: Axes, labels: Sequence[Sequence[str]], head: str, lang: Language) -> None:
    """Axis, names at the left, rules between rows and a line above."""
    low, high = axes.dataLim.intervalx
    room = 0.05 * (high - low or 1.0)
    axes.set_xlim(low - room, high + room)
    ticks = [tick for tick in MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= tick <= high]
    digits = next((n for n in range(6) if np.allclose(np.round(ticks, n), ticks, rtol=1e-9, atol=1e-12)), 6)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, lang, digits)))
    axes.yaxis.set_major_locator(NullLocator())
    if low < 0.0 < high:
        axes.axvline(0.0, color=style.GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    for row in range(1, len(labels)):
        axes.axhline(row - 0.5, color=style.LIGHT, linewidth=0.4, zorder=0)
    step = (axes.get_xlim()[1] - axes.get_xlim()[0]) / style.width_mm(axes)
    for row, label in enumerate(labels):
        style.lines_of_text(axes, axes.get_xlim()[0] - 1.5 * step, row, label, ha="right")
    axes.text(0.0, 1 + 2.0 / style.height_mm(axes), head, transform=axes.transAxes, va="bottom", fontsize=style.TEXT_PT)
