"""What runs take besides the equations, as plain arrays: labels are put on and taken off elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.engine.interface import LEAD_IN, ROUNDING
from sim.engine.kernel import Method

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """The steps of a run and those at which values are kept.

    Parameters
    ----------
    start, step
        Model time of step 0 and length of a step; time is ``start + number * step``, never accumulated.
    steps
        Number of steps; there are ``steps + 1`` evaluations.
    every
        Values are kept at step 0 and at every multiple of this.

    >>> Grid(2015.0, 0.0625, 240, 16).times[:2]
    array([2015., 2016.])
    """

    start: float
    step: float
    steps: int
    every: int = 1

    @property
    def times(self) -> Array:
        """Model times at which values are kept, shape (kept,)."""
        return self.at(np.arange(0, self.steps + 1, self.every))

    @property
    def end(self) -> float:
        """Model time of the last step."""
        return float(self.at(np.array(self.steps)))

    def at(self, steps: npt.NDArray[np.int64], parts: int = 1) -> Array:
        """Model times of steps counted in so many parts of a step.

        A step of 1 / n (0.1, 0.05) divides by n, so that step 3 is at 0.3 and not at 0.30000000000000004.

        >>> Grid(0.0, 0.1, 9).at(np.array([3, 6, 7, 8]))
        array([0.3, 0.6, 0.7, 0.8])
        """
        whole = round(1.0 / self.step) if 0.0 < self.step < 1.0 else 0
        if whole and abs(whole * self.step - 1.0) < 1e-12:
            return np.asarray(self.start + steps / float(whole * parts), dtype=np.float64)
        return np.asarray(self.start + steps * (self.step / parts), dtype=np.float64)


@dataclass(frozen=True)
class Course:
    """Values that a variable takes over time from outside.

    Parameters
    ----------
    times
        Shape (points,), rising.
    values
        Shape of the variable, points last; a run axis first where the variable varies by run.
    between
        ``linear``: straight lines between points; ``steps``: the value of point i holds from :data:`LEAD_IN` after
        point i - 1 to as much after point i. Outside the points the first or the last value holds.
    """

    times: Array
    values: Array
    between: Literal["steps", "linear"]

    def weights(self, at: Array, method: Method = "euler") -> tuple[npt.NDArray[np.int64], Array]:
        """By time the point at or below it, and the weight of the next point.

        For ``steps`` the weight is 0, save in the Runge-Kutta method at the moment of a jump: there it is a half, for
        the moment belongs to the step that ends and to the one that begins, and Simpson's rule is then exact.

        >>> course = Course(np.array([2015.0, 2016.0]), np.array([1.0, 3.0]), "linear")
        >>> course.weights(np.array([2015.25, 2017.0]))
        (array([0, 1]), array([0.25, 0.  ]))
        """
        last = len(self.times) - 1
        if self.between == "steps":
            jumps = self.times[:-1] + LEAD_IN
            point = np.searchsorted(jumps, at + ROUNDING, side="right").astype(np.int64)
            if method == "euler":
                return point, np.zeros(len(at))
            before = np.searchsorted(jumps, at - ROUNDING, side="right").astype(np.int64)
            return before, np.asarray(0.5 * (point - before), dtype=np.float64)
        low = np.clip(np.searchsorted(self.times, at + 1e-9, side="right") - 1, 0, last)
        high = np.minimum(low + 1, last)
        width = np.where(high > low, self.times[high] - self.times[low], 1.0)
        weight = np.where(high > low, np.clip((at - self.times[low]) / width, 0.0, 1.0), 0.0)
        return low.astype(np.int64), weight


@dataclass(frozen=True)
class RunInputs:
    """Numbers of one run or many.

    Parameters
    ----------
    constants
        By variable: shape of its axes (of a lookup: points last); a run axis first for those in ``varying``, an axis
        of cases for those in ``by_case``. A name that isn't here keeps the numbers of the model file.
    series
        By variable that follows time from outside.
    varying
        Names among constants and series that differ by run.
    runs
        Number of runs.
    by_case
        Names among ``varying`` of which many runs share a case: their arrays hold each case once.
    case
        The case of each run, shape (runs,); empty where nothing goes by cases.
    """

    grid: Grid
    constants: Mapping[str, Array] = field(default_factory=dict)
    series: Mapping[str, Course] = field(default_factory=dict)
    varying: frozenset[str] = frozenset()
    runs: int = 1
    by_case: frozenset[str] = frozenset()
    case: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def rows(self, name: str, runs: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Where the numbers of some runs stand in the array of a variable that varies, shape (runs,)."""
        return self.case[runs] if name in self.by_case else runs

    def run(self, number: int) -> RunInputs:
        """The inputs of one run alone, nothing varying."""

        def own(name: str, values: Array) -> Array:
            return np.asarray(values[self.rows(name, np.array([number]))[0]])

        constants = {n: own(n, a) if n in self.varying else a for n, a in self.constants.items()}
        series = {
            n: Course(c.times, own(n, c.values), c.between) if n in self.varying else c for n, c in self.series.items()
        }
        return RunInputs(self.grid, constants, series)
