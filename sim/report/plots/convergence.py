"""Probabilities by the number of runs, with their errors: whether more runs would tell anything else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sim.report.figure_data import Block
from sim.report.plots import looks, style
from sim.report.plots.chance_context import FEW, ChanceContext, put_stamp
from sim.report.plots.layout import LINE_MM, text_mm, wrap
from sim.report.plots.numbers import number
from sim.targets.by_run import Flags
from sim.targets.chances import share_of
from sim.words.catalogue import Language

Numbers = npt.NDArray[np.float64]

MOST, POINTS = 9, 48
"""Panels of the figure, and numbers of runs at which a course is told."""

TALL_MM, NARROW_TALL_MM, SIDE_MM, GAP_MM, END_MM = 28.0, 21.0, 10.0, 11.5, 5.5
"""Height of a panel; room at the left, between panels and at the right."""


@dataclass(frozen=True)
class Course:
    """A probability by number of runs.

    Parameters
    ----------
    runs
        Numbers of runs, from the few to all.
    shares, errors
        In %; NaN where no run is judged yet.
    """

    id: str
    name: str
    runs: npt.NDArray[np.int64]
    shares: Numbers
    errors: Numbers


def numbers_of(runs: int) -> npt.NDArray[np.int64]:
    """Numbers of runs at equal steps of the logarithmic axis, powers of two among them.

    >>> numbers_of(100)[[0, -1]].tolist(), {16, 32, 64} <= set(numbers_of(100).tolist())
    ([16, 100], True)
    """
    steps = np.geomspace(FEW, runs, POINTS).round().astype(np.int64)
    powers = 2 ** np.arange(4, int(np.log2(runs)) + 1)
    return np.unique(np.concatenate([steps, powers]))


def courses_of(context: ChanceContext) -> list[Course]:
    """The targets with the largest error, in the order of the plan, and all of the group together."""
    stored = context.stored
    modelled = [one for one in context.likely if one.row.basis == "model" and np.isfinite(one.error)]
    together = stored.joint.size > 1 and stored.joint.probability is not None
    widest = sorted(modelled, key=lambda one: -one.error)[: MOST - together]
    runs = numbers_of(stored.size.runs)
    met, counted = stored.judged.met, stored.judged.counted
    found = [
        _course(one.row.id, looks.name(one.row, context.lang), [one.place], (met, counted), runs, stored.tables)
        for one in modelled if one in widest
    ]  # fmt: skip
    if together:
        rows = [stored.judged.ids.index(name) for name in stored.joint.counted]
        name = context.word("joint_panel", size=len(rows))
        found.append(_course("", name, rows, (met, counted), runs, stored.tables))
    return found


def _course(
    name: str, called: str, rows: list[int], flags: tuple[Flags, Flags], runs: npt.NDArray[np.int64],
    tables: npt.NDArray[np.int64] | None,
) -> Course:  # fmt: skip
    """How often all targets of some rows are met in the first runs, among those in which each has a verdict."""
    met, counted = (np.asarray(flag[rows].all(axis=0)) for flag in flags)
    found = []
    for count in runs.tolist():
        there = counted[:count]
        found.append(share_of(met[:count][there], None if tables is None else tables[:count][there]))
    shares, errors = (
        np.array([np.nan if value is None else 100.0 * value for value in values])
        for values in ([one.share for one in found], [one.error for one in found])
    )
    return Course(name, called, runs, shares, errors)


def convergence_figure(context: ChanceContext) -> Figure:
    """Three panels side by side, two where narrow; all on the same scale."""
    width, across, high = context.width_mm, *((2, NARROW_TALL_MM) if context.narrow else (3, TALL_MM))
    courses = courses_of(context)
    wide = (width - SIDE_MM - END_MM - (across - 1) * GAP_MM) / across
    with style.styled(context.lang):
        names = [wrap(f"{one.id} {one.name}".strip(), wide + END_MM - 1.0, style.SMALL_PT) for one in courses]
        rows = [range(at, min(at + across, len(courses))) for at in range(0, len(courses), across)]
        heads = [LINE_MM * max(len(names[place]) for place in row) + 1.5 for row in rows]
        tall = 5.5 + sum(heads) + len(rows) * (high + 6.0) + 4.5 + context.stamp_mm
        figure = style.blank((width, tall))
        down = 5.5
        for row, head in zip(rows, heads, strict=True):
            for side, place in enumerate(row):
                left = SIDE_MM + side * (wide + GAP_MM)
                axes = style.panel(figure, left, down + head, wide, high)
                _panel(axes, courses[place], names[place], context)
            down += head + high + 6.0
        page = put_stamp(figure, context)
        style.lines_of_text(page, 1.5, 3.0, [context.word("convergence.axis")], fontsize=style.TEXT_PT)
        style.lines_of_text(page, width - 2.0, down + 0.8, [context.word("convergence.runs")], ha="right",
                            fontsize=style.TEXT_PT)  # fmt: skip
    return figure


def _panel(axes: Axes, course: Course, name: list[str], context: ChanceContext) -> None:
    axes.set_xscale("log", base=2)
    last = int(course.runs[-1])
    axes.set_xlim(FEW, last)
    axes.set_ylim(0.0, 100.0)
    axes.xaxis.set_major_locator(FixedLocator(run_ticks(last, style.width_mm(axes), context.lang)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value, context.lang, 0)))
    axes.yaxis.set_major_locator(FixedLocator([0.0, 50.0, 100.0]))
    axes.yaxis.set_minor_locator(FixedLocator([25.0, 75.0]))
    low, high = course.shares - course.errors, course.shares + course.errors
    axes.fill_between(course.runs, np.clip(low, 0.0, 100.0), np.clip(high, 0.0, 100.0), color="#cfcfcf", linewidth=0)
    axes.axhline(course.shares[-1], color=style.GREY, linewidth=0.6, linestyle=(0, (1, 2)), zorder=1)
    axes.plot(course.runs, course.shares, clip_on=False, **{**style.SCENARIO, "linewidth": 1.2})
    up = 1 + 1.2 / style.height_mm(axes)
    style.lines_of_text(axes, 0.0, up, name, va="bottom", transform=axes.transAxes)
    told = context.word("convergence.final", value=f"{course.shares[-1]:.1f}", error=f"{course.errors[-1]:.1f}")
    below = course.shares[-1] > 50
    axes.text(0.98, 0.06 if below else 0.94, told, transform=axes.transAxes, ha="right",
              va="bottom" if below else "top", fontsize=style.SMALL_PT)  # fmt: skip


def run_ticks(last: int, wide: float, lang: Language) -> list[int]:
    """Powers of two whose labels fit side by side into ``wide`` millimetres of a logarithmic axis.

    >>> with style.styled("en"):
    ...     run_ticks(1024, 200.0, "en"), run_ticks(1024, 30.0, "en")
    ([16, 32, 64, 128, 256, 512, 1024], [16, 64, 256, 1024])
    """
    powers = [2**power for power in range(4, int(np.log2(last)) + 1)]
    room = text_mm(number(float(last), lang, 0), style.SMALL_PT) + 1.5
    octave = wide / max(float(np.log2(last / FEW)), 1e-9)
    return powers[:: max(1, int(np.ceil(room / octave)))]


def convergence_data(context: ChanceContext) -> tuple[Block, ...]:
    """Probability and error of each panel by number of runs."""
    courses = courses_of(context)
    heads = [context.word("convergence.runs")]
    for one in courses:
        heads += [f"{one.id or one.name} {context.word(f'convergence.{key}')}" for key in ("value", "error")]
    rows = [
        (count, *(cell for one in courses for cell in (float(one.shares[place]), float(one.errors[place]))))
        for place, count in enumerate(courses[0].runs.tolist())
    ]
    return (Block(tuple(heads), tuple(rows)),)
