"""Ranges of ``parameters.toml`` → draws: which parameters vary by run, between which numbers, and by which design.

Run k of a design is the same run in every ensemble of the same seed, whatever the number of runs, for the designs
``sobol`` and ``random``; a Latin hypercube depends on the number of runs. Every parameter that isn't "fixed" has a
dimension of the design, in the order of the file and also where a scenario sets it: so run k of two scenarios has the
same numbers but for what a scenario sets.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from sim import dims
from sim.bundle import Bundle
from sim.errors import InputError, Place, Problem
from sim.parameters import FILE, Distribution, Numbers, Parameter, element
from sim.scenario.resolve import parameter_value
from sim.scenario.types import Design, Scenario
from sim.toml_values import ELEMENTS

Array = npt.NDArray[np.float64]

SPREAD = 4.0
"""A normal range is this many standard deviations wide: 95 % of the normal lie in it, and the rest is cut off."""

_PHILOX = 4  # numbers that one step of the counter gives


@dataclass(frozen=True)
class Drawn:
    """A parameter that varies by run.

    Parameters
    ----------
    column
        Its dimension of the design.
    low, middle, high
        Range and value, shape of ``dims``; the value is the mode of a triangle, the centre of a normal, the median
        of a lognormal, and plays no part in a uniform distribution.
    held
        True where the scenario sets the element: it stays at ``middle``. Shape of ``dims``.
    """

    name: str
    column: int
    dims: tuple[str, ...]
    distribution: Distribution
    low: Array
    middle: Array
    high: Array
    held: npt.NDArray[np.bool_]

    def at(self, quantile: Array) -> xr.DataArray:
        """Values at quantiles, dims ``run`` and those of the parameter; all elements share a run's quantile.

        >>> one = np.array(1.0)
        >>> Drawn("x", 0, (), "uniform", one, 2 * one, 3 * one, one < 0).at(np.array([0.0, 0.25])).values
        array([1. , 1.5])
        """
        share = quantile.reshape(-1, *[1] * len(self.dims))
        values = np.clip(_INVERSE[self.distribution](share, self.low, self.middle, self.high), self.low, self.high)
        values = np.where(self.held, self.middle, values)
        labels = {name: list(ELEMENTS[name]) for name in self.dims}
        return xr.DataArray(values, dims=(dims.RUN, *self.dims), coords=labels)


def _uniform(share: Array, low: Array, middle: Array, high: Array) -> Array:
    return low + share * (high - low)


def _triangular(share: Array, low: Array, middle: Array, high: Array) -> Array:
    width = np.where(high > low, high - low, 1.0)
    rising = low + np.sqrt(share * width * (middle - low))
    falling = high - np.sqrt((1.0 - share) * width * (high - middle))
    return np.asarray(np.where(share <= (middle - low) / width, rising, falling))


def _normal(share: Array, low: Array, middle: Array, high: Array) -> Array:
    deviation = np.where(high > low, (high - low) / SPREAD, 1.0)
    below, above = ndtr((low - middle) / deviation), ndtr((high - middle) / deviation)
    return np.asarray(middle + deviation * ndtri(below + share * (above - below)))


def _lognormal(share: Array, low: Array, middle: Array, high: Array) -> Array:
    return np.asarray(np.exp(_normal(share, np.log(low), np.log(middle), np.log(high))))


_INVERSE = {"uniform": _uniform, "triangular": _triangular, "normal": _normal, "lognormal": _lognormal}


@dataclass(frozen=True)
class Points:
    """A design: numbers between 0 and 1 by run and dimension.

    Parameters
    ----------
    runs
        Size of the design; only a Latin hypercube depends on it.
    """

    design: Design
    dimensions: int
    seed: int
    runs: int

    def quantiles(self, first: int, count: int) -> Array:
        """Rows ``first`` to ``first + count``, shape (count, dimensions).

        >>> few, many = Points("sobol", 3, 7, 8), Points("sobol", 3, 7, 1000)
        >>> bool((few.quantiles(5, 2) == many.quantiles(0, 512)[5:7]).all())
        True
        """
        if self.design == "latin-hypercube":
            return _latin_hypercube(self.dimensions, self.seed, self.runs)[first : first + count]
        if self.design == "sobol":
            return _sobol(self.dimensions, self.seed, first, count)
        width = -(-self.dimensions // _PHILOX) * _PHILOX  # whole steps of the counter for each run
        counter = np.random.Philox(key=self.seed).advance(first * width // _PHILOX)
        return np.random.Generator(counter).random((count, width))[:, : self.dimensions]


@lru_cache(maxsize=1)
def _latin_hypercube(dimensions: int, seed: int, runs: int) -> Array:
    return np.asarray(qmc.LatinHypercube(dimensions, rng=seed).random(runs))


def _sobol(dimensions: int, seed: int, first: int, count: int) -> Array:
    sequence = qmc.Sobol(dimensions, scramble=True, rng=seed)
    if first:
        sequence.fast_forward(first)
    with warnings.catch_warnings():  # any number of runs is allowed: the last few only cover a little less evenly
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        return np.asarray(sequence.random(count))


@dataclass(frozen=True)
class DrawPlan:
    """What an ensemble draws.

    Parameters
    ----------
    drawn
        Parameters that vary.
    held
        Names of those with a range that stay at the scenario's own numbers.
    """

    points: Points
    drawn: tuple[Drawn, ...]
    held: tuple[str, ...]

    def draws(self, first: int, count: int) -> dict[str, xr.DataArray]:
        """Values of the varying parameters for neighbouring runs (counted from 0), dims ``run`` and their own."""
        quantiles = self.points.quantiles(first, count)
        return {one.name: one.at(quantiles[:, one.column]) for one in self.drawn}


def plan_draws(bundle: Bundle, scenario: Scenario, runs: int) -> DrawPlan:
    """Which parameters vary, by the bundle's ranges and the scenario's design and seed.

    Raises
    ------
    InputError
        With every lognormal parameter whose range isn't positive.

    >>> from pathlib import Path
    >>> from sim.bundle import load_bundle
    >>> from sim.scenario.resolve import load_scenario
    >>> scenario = load_scenario(Path("scenarios/demand-limited.toml"))
    >>> plan_draws(load_bundle(scenario.bundle), scenario, 8).held
    ('market share elasticity', 'share adjustment rate')
    """
    varying = [one for one in bundle.parameters.values() if one.distribution != "fixed"]
    problems: list[Problem] = []
    drawn, held = [], []
    for column, parameter in enumerate(varying):
        one = _drawn(parameter, column, scenario)
        if one.distribution == "lognormal" and not (one.low > 0).all():
            values = {"name": one.name, "low": f"{one.low.min():g}"}
            problems.append(Problem(Place(bundle.path / FILE), "ensemble_lognormal", values))
        if one.held.any():
            held.append(one.name)
        if not (one.held | (one.low == one.high)).all():
            drawn.append(one)
    if problems:
        raise InputError(problems)
    design = scenario.uncertainty
    return DrawPlan(Points(design.design, len(varying), design.seed, runs), tuple(drawn), tuple(held))


def _drawn(parameter: Parameter, column: int, scenario: Scenario) -> Drawn:
    setting = scenario.parameters.get(parameter.name)
    held = np.zeros([len(ELEMENTS[name]) for name in parameter.dims], dtype=bool)
    for place, names in _places(parameter.dims):
        held[place] = setting is not None and _sets(setting.value, names)
    numbers = (parameter.low, parameter_value(scenario, parameter), parameter.high)
    low, middle, high = (_array(one, parameter.dims) for one in numbers)
    return Drawn(parameter.name, column, parameter.dims, parameter.distribution, low, middle, high, held)


def _places(names: tuple[str, ...]) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    for place in np.ndindex(*(len(ELEMENTS[name]) for name in names)):
        yield place, tuple(ELEMENTS[name][at] for name, at in zip(names, place, strict=True))


def _sets(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a (nested, perhaps partial) setting gives a number for an element."""
    for name in names:
        if not isinstance(value, Mapping):
            return True
        if name not in value:
            return False
        value = value[name]
    return True


def _array(numbers: Numbers, names: tuple[str, ...]) -> Array:
    values = np.empty([len(ELEMENTS[name]) for name in names])
    for place, labels in _places(names):
        values[place] = element(numbers, *labels)
    return values
