"""How the values of the target year spread around each target: a ridge for each, with the target at 100."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.report.figure_data import Block
from sim.report.plots import looks, style
from sim.report.plots.chance_context import FEW, ChanceContext, Likely, percent_text, put_stamp
from sim.report.plots.density import silverman, smoothed
from sim.report.plots.layout import LINE_MM, NARROW_LEGEND, narrow_columns, wrap
from sim.report.plots.numbers import number

Numbers = npt.NDArray[np.float64]

CELL, HEAD_MM, FOOT_MM = 0.5, 8.5, 2.0
"""Width of the cells in which values are counted, in % of the target; room above and below."""

LOWEST_TOP, HIGHEST_TOP = 125.0, 200.0

SIDES = {">=": 1, ">": 1, "all": 1, "<=": -1, "<": -1}
"""On which side of the bar a target is met."""

MET: style.Style = {"facecolor": style.DARK, "edgecolor": style.BLACK, "linewidth": 0.4}
MISSED: style.Style = {"facecolor": "#dedede", "edgecolor": style.BLACK, "linewidth": 0.4}
TARGET: style.Style = {"color": style.BLACK, "linewidth": 0.8, "linestyle": (0, (4, 2))}
MEDIAN: style.Style = {"color": style.BLACK, "linewidth": 1.4, "solid_capstyle": "butt"}


@dataclass(frozen=True)
class Ridge:
    """The values of a target.

    Parameters
    ----------
    values
        In % of the target, those that are known.
    step
        Of a count: one unit in % of the target; 0 of what isn't counted.
    side
        1 where more is better, -1 where less is.
    """

    likely: Likely
    values: Numbers
    step: float
    side: int

    def heights(self, top: float) -> Numbers:
        """Relative frequency by cell from 0 to ``top``, the highest 1; values beyond lie at the edge.

        What isn't counted is smoothed with a normal kernel (Silverman's width), so that few runs make no comb.
        """
        cells = round(top / CELL)
        place = np.clip((self.values / CELL).astype(int), 0, cells - 1)
        counts = np.bincount(place, minlength=cells).astype(float)
        wide = 0.0 if self.step else silverman(self.values) / CELL
        if wide > 0:
            counts = smoothed(counts, wide)
            counts[: int(place.min())] = counts[int(place.max()) + 1 :] = 0.0  # nothing where no run is
        return np.asarray(counts / counts.max())


def ridges(context: ChanceContext) -> list[Ridge]:
    """The modelled targets with a bar above zero."""
    found = []
    for one in context.likely:
        row = one.row
        bar = row.target_high if row.target_low is None else row.target_low
        if row.basis != "model" or row.comparator not in SIDES or bar is None or bar <= 0:
            continue
        values = context.stored.judged.values[one.place]
        values = values[np.isfinite(values)] / bar * 100.0
        if values.size >= FEW:
            found.append(Ridge(one, values, 100.0 / bar if row.form == "count" else 0.0, SIDES[row.comparator]))
    return found


def left_out(context: ChanceContext) -> tuple[str, ...]:
    """Modelled targets that have no ridge."""
    shown = {ridge.likely.row.id for ridge in ridges(context)}
    return tuple(one.row.id for one in context.likely if one.row.basis == "model" and one.row.id not in shown)


def _top(found: list[Ridge]) -> float:
    highest = max((float(np.quantile(ridge.values, 0.95)) for ridge in found), default=0.0)
    return float(np.clip(np.ceil(highest / 25.0) * 25.0, LOWEST_TOP, HIGHEST_TOP))


@dataclass(frozen=True)
class _Places:
    """Columns in millimetres; ``top`` is the end of the scale, in % of the target."""

    name: tuple[float, float]
    ridge: tuple[float, float]
    share: float
    top: float
    storeys: bool

    @property
    def tall(self) -> float:
        """Height of a ridge."""
        return 4.2 if self.storeys else 5.2

    def across(self, value: float) -> float:
        left, right = self.ridge
        return left + value / self.top * (right - left)


def spread_figure(context: ChanceContext) -> Figure:
    """One row for each target, the name beside its ridge, or above it where narrow."""
    found, width = ridges(context), context.width_mm
    with style.styled(context.lang):
        end = width - 1.5
        if context.narrow:
            places = _Places((8.0, end), (3.0, end - 18.0), end, _top(found), storeys=True)
        else:
            left = width * 0.36
            places = _Places((8.0, left - 2.0), (left, end - 20.0), end, _top(found), storeys=False)
        room = places.name[1] - places.name[0]
        names = [wrap(looks.name(one.likely.row, context.lang), room, style.SMALL_PT) for one in found]
        heights = [
            len(name) * LINE_MM + places.tall + 1.4 if places.storeys else max(len(name) * LINE_MM, places.tall) + 1.4
            for name in names
        ]
        handles = _handles(context)
        columns = narrow_columns(handles, width)
        bottom = HEAD_MM + sum(heights)
        foot = FOOT_MM + 4.6 * -(-len(handles) // columns) + context.stamp_mm
        figure = style.blank((width, bottom + foot))
        page = style.sheet(figure)
        _scale(page, places, context)
        feet = HEAD_MM + np.cumsum(heights)
        tops = feet - (places.tall + 1.0 if places.storeys else np.array(heights))
        _uprights(page, places, np.stack([tops, feet], axis=1))
        for ridge, name, down, tall in zip(found, names, feet.tolist(), heights, strict=True):
            _row(page, ridge, places, name, down, tall, context)
        put_stamp(figure, context)
        figure.legend(handles=handles, loc="lower center", ncols=columns, borderaxespad=0.2,
                      bbox_to_anchor=(0.5, context.stamp_mm / style.tall_mm(figure)), **NARROW_LEGEND)  # fmt: skip
    return figure


def _ticks(places: _Places) -> list[float]:
    return np.arange(0.0, places.top + 1.0, 50.0).tolist()


def _scale(page: Axes, places: _Places, context: ChanceContext) -> None:
    """Names and ticks above the rows."""
    for tick in _ticks(places):
        told, at = number(tick, context.lang), places.across(tick)
        style.lines_of_text(page, at, HEAD_MM - 2.6, [told], ha="center", color="#404040")
    page.plot([places.ridge[0], places.ridge[1]], [HEAD_MM - 0.6] * 2, color=style.BLACK, linewidth=0.6)
    style.lines_of_text(page, places.ridge[0], 2.4, [context.word("spread.axis")])
    style.lines_of_text(page, places.share, 2.4, [context.word("spread.share")], ha="right")


def _uprights(page: Axes, places: _Places, spans: Numbers) -> None:
    """Upright lines of the scale, the target's dashed, each in spans that leave names above a ridge alone."""
    down = np.column_stack([spans, np.full(len(spans), np.nan)]).ravel()
    for tick in _ticks(places):
        page.plot(np.full(down.size, places.across(tick)), down, color=style.LIGHT, linewidth=0.4, zorder=1)
    page.plot(np.full(down.size, places.across(100.0)), down, zorder=4, **TARGET)


def _row(
    page: Axes, ridge: Ridge, places: _Places, name: list[str], down: float, tall: float, context: ChanceContext
) -> None:
    """A target with its base line at ``down`` (less a rim)."""
    base = down - 0.7
    middle = base - places.tall / 2
    named = down - tall + len(name) * LINE_MM / 2 + 0.5 if places.storeys else down - tall / 2
    style.lines_of_text(page, 1.5, named, [ridge.likely.row.id])
    style.lines_of_text(page, places.name[0], named, name)
    told = percent_text(ridge.likely.probability, ridge.likely.error, context.lang)
    style.lines_of_text(page, places.share, middle, [told], ha="right")
    _bars(page, ridge, places, base) if ridge.step or not silverman(ridge.values) else _hill(page, ridge, places, base)
    page.plot(places.ridge, [base, base], color=style.GREY, linewidth=0.4, zorder=3)
    at = places.across(float(np.clip(np.quantile(ridge.values, 0.5), 0.0, places.top)))
    for look in ({**MEDIAN, "color": "white", "linewidth": 3.0}, MEDIAN):
        page.plot([at, at], [base + 0.5, base - 0.55 * places.tall], zorder=5, **look)


def _hill(page: Axes, ridge: Ridge, places: _Places, base: float) -> None:
    heights = ridge.heights(places.top)
    values = (np.arange(heights.size) + 0.5) * CELL
    across = np.array([places.across(float(value)) for value in values])
    met = ridge.side * (values - 100.0) >= 0
    for which, look in ((~met, MISSED), (met, MET)):
        edge = which | np.roll(which, 1) | np.roll(which, -1) if which.any() else which
        shown = edge & (heights > 0.002)
        page.fill_between(across, base - places.tall * heights, base, where=shown.tolist(), zorder=2, **look)


def _bars(page: Axes, ridge: Ridge, places: _Places, base: float) -> None:
    """What is counted: a bar for each number, as wide as a unit where that can be seen."""
    values, counts = np.unique(np.clip(ridge.values, 0.0, places.top), return_counts=True)
    wide = min(max((ridge.step or 1.0) * 0.8, 1.0), 12.0)
    for value, share in zip(values.tolist(), (counts / counts.max()).tolist(), strict=True):
        low, high = max(value - wide / 2, 0.0), min(value + wide / 2, places.top)
        look = MET if ridge.side * (value - 100.0) >= -1e-9 else MISSED
        corners = [places.across(one) for one in (low, high)]
        page.fill_between(corners, base - places.tall * share, base, zorder=2, **look)


def _handles(context: ChanceContext) -> list[Artist]:
    return [
        Patch(label=context.word("spread.missed"), **MISSED),
        Patch(label=context.word("spread.met"), **MET),
        Line2D([], [], label=context.word("spread.median"), marker="|", markersize=7, linestyle="none",
               markeredgewidth=1.4, color=style.BLACK),
        Line2D([], [], label=context.common("target"), **TARGET),
    ]  # fmt: skip


def spread_data(context: ChanceContext) -> tuple[Block, ...]:
    """Quantiles in % of the target, and the heights that are drawn."""
    found, lang = ridges(context), context.lang
    heads = [context.common("board.id"), context.common("board.target")]
    heads += [context.word(f"spread.{key}") for key in ("low", "middle", "high")]
    heads += [context.word("board.probability"), context.word("board.error_points")]
    levels = [np.quantile(ridge.values, (0.05, 0.5, 0.95)).tolist() for ridge in found]
    rows = tuple(
        (ridge.likely.row.id, looks.name(ridge.likely.row, lang), *level, ridge.likely.probability, ridge.likely.error)
        for ridge, level in zip(found, levels, strict=True)
    )
    top = _top(found)
    shapes = [ridge.heights(top) for ridge in found]
    lines = tuple(
        ((place + 0.5) * CELL, *(float(shape[place]) for shape in shapes)) for place in range(round(top / CELL))
        if any(shape[place] > 0 for shape in shapes)
    )  # fmt: skip
    names = (context.word("spread.at"), *(ridge.likely.row.id for ridge in found))
    return Block(tuple(heads), rows), Block(names, lines, context.word("spread.densities"))
