"""What every engine takes and gives: a bound model, study inputs, yearly arrays by variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

YEAR = "year"

LEAD_IN = 0.0625
"""Years from the end of a year until what is decided for the next one is in force: a step of the usual clock. It does
not follow the step, so that a finer one changes nothing but the error of integration; and at the end of a year the
decisions of that year are still in force, so that its recorded rates show them."""

ROUNDING = 1e-6
"""Model time may miss a point by so much: it is counted in steps, whose length need not be a binary fraction."""


@dataclass(frozen=True)
class Series:
    """A constant of the model that follows the years from outside.

    Parameters
    ----------
    values
        Dims: those of the model variable, then ``year`` (whole years).
    between
        ``steps``: the value of year Y holds over a year, from :data:`LEAD_IN` after the end of year Y - 1 (levers,
        membership);
        ``linear``: values at year-ends, straight lines between (logarithms of indices).
    """

    values: xr.DataArray
    between: Literal["steps", "linear"]

    def at(self, time: float) -> np.ndarray:
        """The values at a model time, shape of the variable's dims; constant outside the years given.

        >>> import xarray as xr
        >>> yearly = xr.DataArray([0.0, 1.0], dims="year", coords={"year": [2016, 2017]})
        >>> float(Series(yearly, "steps").at(2016.0625)), float(Series(yearly, "linear").at(2016.5))
        (1.0, 0.5)
        """
        years = self.values[YEAR].to_numpy()
        position = time - years[0]
        if self.between == "steps":
            index = int(np.clip(np.floor(position - LEAD_IN + ROUNDING) + 1, 0, len(years) - 1))
            return np.asarray(self.values.to_numpy()[..., index])
        low = int(np.clip(np.floor(position + 1e-9), 0, len(years) - 1))
        high = min(low + 1, len(years) - 1)
        weight = float(np.clip(position - low, 0.0, 1.0))
        array = self.values.to_numpy()
        return np.asarray(array[..., low] * (1.0 - weight) + array[..., high] * weight)


@dataclass(frozen=True)
class StudyInputs:
    """Everything that one run takes besides the equations.

    Parameters
    ----------
    parks
        Labels of the park dimension.
    constants
        By model variable; dims as in the model file (none for a scalar).
    series
        By model variable, see :class:`Series`.
    start, end, step
        Clock in years.
    method
        How a step is taken: Euler's or the classical Runge-Kutta method of order four.
    """

    parks: tuple[str, ...]
    constants: Mapping[str, xr.DataArray]
    series: Mapping[str, Series]
    start: int
    end: int
    step: float
    method: Literal["euler", "rk4"] = "euler"

    @property
    def years(self) -> tuple[int, ...]:
        """The whole years at which outputs are kept."""
        return tuple(range(self.start, self.end + 1))


Parallel = Literal["threads", "processes"]


class Engine(Protocol):
    """Runs a model text under study inputs."""

    name: str
    parallel: Parallel
    """Whether runs side by side need processes of their own, because the engine is Python throughout."""

    def translate(self, text: str) -> None:
        """Make sure that the text is a model that the engine can run; runs nothing."""
        ...

    def prepare(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> None:
        """Do what is done once for all runs of a text, so that runs side by side find it done."""
        ...

    def simulate(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> Mapping[str, xr.DataArray]:
        """Yearly values of ``outputs`` by model variable: dims of the variable, then ``time``."""
        ...

    def describe(self) -> str:
        """Name and version, for the manifest."""
        ...
