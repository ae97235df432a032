"""Ranges → draws: which parameters, driver paths and policies vary by run, between which numbers, by which design.

Run k of a design is the same run in every ensemble of the same seed, whatever the number of runs, for the designs
``sobol`` and ``random``; a Latin hypercube depends on the number of runs. Every parameter that isn't "fixed" and every
quantity of ``uncertainty.toml`` has a dimension of the design, in the order of the files and also where a scenario sets
the parameter, has no such policy or draws no drivers: so run k of two scenarios has the same numbers but for what a
scenario sets.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from sim import dims
from sim.analysis.courses import Courses, courses_of
from sim.bundle import Bundle
from sim.engine.interface import Series
from sim.errors import InputError, Place, Problem
from sim.parameters import FILE, Distribution, Parameter, element
from sim.parameters import Numbers as Numeric
from sim.posterior import Posterior, places, read_posterior
from sim.scenario.resolve import parameter_value
from sim.scenario.types import Design, Scenario
from sim.toml_values import ELEMENTS
from sim.uncertainty import OWN, Group, Quantity
from sim.words.catalogue import Language

Array = npt.NDArray[np.float64]

SPREAD = 4.0
"""A normal range is this many standard deviations wide: 95 % of the normal lie in it, and the rest is cut off."""

_PHILOX = 4  # numbers that one step of the counter gives


@dataclass(frozen=True)
class Drawn:
    """A parameter that varies by run, or another quantity.

    Parameters
    ----------
    column
        Its dimension of the design.
    low, middle, high
        Range and value, shape of ``dims``; the value is the mode of a triangle, the centre of a normal, the median
        of a lognormal, and plays no part in a uniform distribution.
    held
        True where the scenario sets the element: it stays at ``middle``. Shape of ``dims``.
    own
        The scenario's own number where that isn't ``middle``: no deviation, no delay, delivered in full.
    """

    name: str
    column: int
    dims: tuple[str, ...]
    distribution: Distribution
    low: Array
    middle: Array
    high: Array
    held: npt.NDArray[np.bool_]
    own: float | None = None
    meaning_en: str = ""
    meaning_zh: str = ""

    def meaning(self, lang: Language) -> str:
        """What it stands for."""
        return self.meaning_zh if lang == "zh" else self.meaning_en

    @property
    def central(self) -> Array:
        """The scenario's own numbers, shape of ``dims``."""
        return self.middle if self.own is None else np.full(self.middle.shape, self.own)

    def at(self, quantile: Array) -> xr.DataArray:
        """Values at quantiles, dims ``run`` and those of the parameter; all elements share a run's quantile.

        >>> one = np.array(1.0)
        >>> Drawn("x", 0, (), "uniform", one, 2 * one, 3 * one, one < 0).at(np.array([0.0, 0.25])).values
        array([1. , 1.5])
        """
        share = quantile.reshape(-1, *[1] * len(self.dims))
        values = np.clip(_INVERSE[self.distribution](share, self.low, self.middle, self.high), self.low, self.high)
        return self.labelled(values)

    def labelled(self, values: Array) -> xr.DataArray:
        """Values of shape (runs, *dims) with their labels, and with what the scenario holds put in."""
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
class Copula:
    """Quantities that go together: their normal scores are correlated, each keeps its own distribution.

    Parameters
    ----------
    columns
        Dimensions of the design.
    root
        Lower triangle with ``root @ root.T`` the correlations of the normal scores.
    """

    columns: tuple[int, ...]
    root: Array

    @classmethod
    def of(cls, group: Group, columns: Mapping[str, int]) -> Copula:
        """The copula of a group, by the dimension of each quantity."""
        return cls(tuple(columns[name] for name in group.members), np.linalg.cholesky(np.array(group.normal)))

    def applied(self, quantiles: Array) -> Array:
        """Quantiles, shape (runs, dimensions), with the members' correlated; the first member keeps its own."""
        inside = np.clip(quantiles[:, self.columns], _SMALLEST, 1.0 - _SMALLEST)
        scores = ndtri(inside)
        found = quantiles.copy()
        for row in range(1, len(self.columns)):  # sums in a fixed order: the same bits for one run and for many
            mixed = self.root[row, 0] * scores[:, 0]
            for column in range(1, row + 1):
                mixed = mixed + self.root[row, column] * scores[:, column]
            found[:, self.columns[row]] = ndtr(mixed)
        return found


_SMALLEST = 2.0**-53
"""Quantiles nearer to 0 or 1 than that have no finite normal score."""


@dataclass(frozen=True)
class Numbers:
    """What neighbouring runs take: constants of the model, dims ``run`` and their own, and series by run."""

    constants: dict[str, xr.DataArray]
    series: dict[str, Series]


@dataclass(frozen=True)
class DrawPlan:
    """What an ensemble draws.

    Parameters
    ----------
    drawn
        Parameters and other quantities that vary.
    held
        Names of those with a range that stay at the scenario's own numbers.
    copulas
        What goes together.
    courses
        What quantities that are no parameters do to drivers and levers.
    posterior
        Draws that replace the ranges of the quantities that they hold.
    """

    points: Points
    drawn: tuple[Drawn, ...]
    held: tuple[str, ...]
    copulas: tuple[Copula, ...] = field(default=(), kw_only=True)
    courses: Courses = field(default=Courses(), kw_only=True)
    posterior: Posterior | None = field(default=None, kw_only=True)

    @property
    def told(self) -> list[str]:
        """Names of what comes from the table of draws."""
        return [one.name for one in self.drawn if self.posterior is not None and one.name in self.posterior.values]

    def values(self, first: int, count: int) -> dict[str, xr.DataArray]:
        """Values of everything that varies for neighbouring runs (counted from 0), dims ``run`` and their own."""
        quantiles = self.points.quantiles(first, count)
        for copula in self.copulas:
            quantiles = copula.applied(quantiles)
        found = {one.name: one.at(quantiles[:, one.column]) for one in self.drawn}
        if self.posterior is not None:
            rows = self.posterior.of_runs(self.points.seed, first, count)
            held = (one for one in self.drawn if one.name in self.posterior.values)
            found |= {one.name: one.labelled(self.posterior.values[one.name][rows]) for one in held}
        return found

    def numbers(self, first: int, count: int) -> Numbers:
        """The same, as what the model takes."""
        values = self.values(first, count)
        moving = self.courses.names
        series = self.courses.series({name: array.to_numpy() for name, array in values.items() if name in moving})
        return Numbers({name: array for name, array in values.items() if name not in moving}, series)

    def draws(self, first: int, count: int) -> dict[str, xr.DataArray]:
        """Values of the varying parameters alone."""
        return {name: array for name, array in self.values(first, count).items() if name not in self.courses.names}


def plan_draws(bundle: Bundle, scenario: Scenario, runs: int) -> DrawPlan:
    """What varies, by the bundle's ranges and the scenario's design and seed.

    Raises
    ------
    InputError
        With every lognormal parameter whose range isn't positive, or every mistake of the scenario's table of draws.

    >>> from pathlib import Path
    >>> from sim.bundle import load_bundle
    >>> from sim.scenario.resolve import load_scenario
    >>> scenario = load_scenario(Path("scenarios/demand-limited.toml"))
    >>> plan_draws(load_bundle(scenario.bundle), scenario, 8).held
    ('market share elasticity', 'share adjustment rate')
    """
    varying = [one for one in bundle.parameters.values() if one.distribution != "fixed"]
    others, design = bundle.ranges.quantities, scenario.uncertainty
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
    courses = courses_of(bundle, scenario)
    for column, quantity in enumerate(others, start=len(varying)):
        asked = design.drivers if quantity.role == "deviation" else design.implementation
        if quantity.name in courses.names:
            drawn.append(_other(quantity, column))
        elif not asked:
            held.append(quantity.name)
    columns = dimensions(bundle)
    table = None if design.draws is None else read_posterior(design.draws.path, bundle)
    return DrawPlan(
        Points(design.design, len(columns), design.seed, runs), tuple(drawn), tuple(held),
        copulas=tuple(Copula.of(group, columns) for group in bundle.ranges.groups), courses=courses, posterior=table,
    )  # fmt: skip


def dimensions(bundle: Bundle) -> dict[str, int]:
    """The dimension of the design of every quantity that has a range, whatever a scenario sets."""
    varying = (one.name for one in bundle.parameters.values() if one.distribution != "fixed")
    names = [*varying, *(one.name for one in bundle.ranges.quantities)]
    return {name: column for column, name in enumerate(names)}


def _other(quantity: Quantity, column: int) -> Drawn:
    low, middle, high = (np.array(one) for one in (quantity.low, quantity.value, quantity.high))
    return Drawn(quantity.name, column, (), quantity.distribution, low, middle, high, np.array(False),
                 OWN[quantity.role], quantity.meaning_en, quantity.meaning_zh)  # fmt: skip


def _drawn(parameter: Parameter, column: int, scenario: Scenario) -> Drawn:
    setting = scenario.parameters.get(parameter.name)
    held = np.zeros([len(ELEMENTS[name]) for name in parameter.dims], dtype=bool)
    for place, names in places(parameter.dims):
        held[place] = setting is not None and _sets(setting.value, names)
    numbers = (parameter.low, parameter_value(scenario, parameter), parameter.high)
    low, middle, high = (_array(one, parameter.dims) for one in numbers)
    return Drawn(parameter.name, column, parameter.dims, parameter.distribution, low, middle, high, held,
                 meaning_en=parameter.name, meaning_zh=parameter.meaning_zh)  # fmt: skip


def _sets(value: Any, names: tuple[str, ...]) -> bool:
    """Whether a (nested, perhaps partial) setting gives a number for an element."""
    for name in names:
        if not isinstance(value, Mapping):
            return True
        if name not in value:
            return False
        value = value[name]
    return True


def _array(numbers: Numeric, names: tuple[str, ...]) -> Array:
    values = np.empty([len(ELEMENTS[name]) for name in names])
    for place, labels in places(names):
        values[place] = element(numbers, *labels)
    return values
