"""Step, horizon and the times to keep, checked."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt

from sim.engine.inputs import Array, Grid
from sim.errors import InputError, Problem
from sim.model.ir import Clocks

MOST_STEPS = 10_000_000
_NEAR = 1e-6
"""How far from a whole number of steps still counts as one: 0.1 has no exact binary form."""


@dataclass(frozen=True)
class Asked:
    """What a user asked of time; what isn't given is as in the file.

    Parameters
    ----------
    every
        Distance of the times to keep.
    times
        The times themselves, instead.
    """

    start: float | None = None
    end: float | None = None
    step: float | None = None
    every: float | None = None
    times: Iterable[float] | None = None


@dataclass(frozen=True)
class Timing:
    """A grid of steps, and which of the rows that an engine keeps are asked for."""

    grid: Grid
    rows: npt.NDArray[np.int64] = field(repr=False)

    @property
    def times(self) -> Array:
        """The model times asked for, shape (rows,)."""
        return np.asarray(self.grid.times[self.rows], dtype=np.float64)

    @property
    def end(self) -> float:
        """Model time of the last step."""
        return self.grid.end


def timing(clocks: Clocks, asked: Asked) -> Timing:
    """Steps and kept times.

    Where SAVEPER of the file equals TIME STEP, it stays so under another step.

    Raises
    ------
    InputError
        ``timing_number``, ``timing_step``, ``timing_end``, ``timing_horizon``, ``timing_every``, ``timing_times``,
        ``timing_long``: a number that is none, a step of 0 or less, an end before the start, a horizon or distance
        that is no multiple of the step, times off the steps, too many steps.

    >>> timing(Clocks(0.0, 10.0, 0.5, 1.0), Asked(end=2.0)).times
    array([0., 1., 2.])
    >>> timing(Clocks(0.0, 10.0, 0.5, 1.0), Asked(times=[0.5, 3.0])).times
    array([0.5, 3. ])
    """
    start, end, step, every = _numbers(clocks, asked)
    if step <= 0:
        raise InputError([Problem(None, "timing_step", {"step": _shown(step)})])
    if end < start:
        raise InputError([Problem(None, "timing_end", {"start": _shown(start), "end": _shown(end)})])
    steps = (end - start) / step
    if steps > MOST_STEPS:
        raise InputError([Problem(None, "timing_long", {"steps": f"{steps:.3g}", "limit": MOST_STEPS})])
    problems = []
    if not _whole(steps):
        values = {"start": _shown(start), "end": _shown(end), "step": _shown(step)}
        problems.append(Problem(None, "timing_horizon", values, _shown(start + math.floor(steps) * step)))
    uneven = every <= 0 or not _whole(every / step) or round(every / step) == 0
    if uneven and asked.times is None and (asked.every is not None or not problems):
        problems.append(Problem(None, "timing_every", {"every": _shown(every), "step": _shown(step)}))
    places = _places(asked.times, start, step, round(steps), problems)
    if problems:
        raise InputError(problems)
    if places is None:
        grid = Grid(start, step, round(steps), round(every / step))
        return Timing(grid, np.arange(grid.steps // grid.every + 1))
    apart = reduce(math.gcd, map(int, places)) or max(1, round(steps))
    return Timing(Grid(start, step, round(steps), apart), places // apart)


def _numbers(clocks: Clocks, asked: Asked) -> tuple[float, float, float, float]:
    every = clocks.saveper if asked.every is None else asked.every
    if asked.every is None and asked.step is not None and clocks.saveper == clocks.step:
        every = asked.step
    given = {
        "start": clocks.start if asked.start is None else asked.start,
        "end": clocks.end if asked.end is None else asked.end,
        "step": clocks.step if asked.step is None else asked.step,
        "every": every,
    }
    found: dict[str, float] = {}
    problems = []
    for name, value in given.items():
        try:
            found[name] = float(value)
        except (TypeError, ValueError):
            found[name] = math.nan
        if not math.isfinite(found[name]):
            problems.append(Problem(None, "timing_number", {"name": name, "found": str(value)}))
    if problems:
        raise InputError(problems)
    return found["start"], found["end"], found["step"], found["every"]


def _places(
    times: Iterable[float] | None, start: float, step: float, steps: int, problems: list[Problem]
) -> npt.NDArray[np.int64] | None:
    """Numbers of the steps at the times asked for."""
    if times is None:
        return None
    try:
        wanted = np.atleast_1d(np.asarray(list(times) if not np.isscalar(times) else times, dtype=float))
    except (TypeError, ValueError):
        wanted = np.array([math.nan])
    places = (wanted - start) / step
    with np.errstate(invalid="ignore"):
        off = ~np.isfinite(places) | (np.abs(places - np.rint(places)) > _NEAR)
        off |= (places < -_NEAR) | (places > steps + _NEAR)
    rising = bool(np.all(np.diff(wanted) > 0)) and wanted.ndim == 1 and wanted.size > 0
    if off.any() or not rising:
        shown = ", ".join(_shown(float(time)) for time in wanted[off][:5]) or ", ".join(map(_shown, wanted[:5]))
        values = {"found": shown, "start": _shown(start), "end": _shown(start + steps * step), "step": _shown(step)}
        problems.append(Problem(None, "timing_times" if off.any() else "timing_times_order", values))
        return None
    return np.rint(places).astype(np.int64)


def _whole(number: float) -> bool:
    return abs(number - round(number)) <= _NEAR


def _shown(number: float) -> str:
    return f"{number:.10g}"
