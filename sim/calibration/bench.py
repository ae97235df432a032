"""Many runs of a scenario at given numbers, and what figures are held against: totals by year and run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.derived import QUEUE, RANK, derived_draws
from sim.analysis.draws import DrawPlan, Points
from sim.binding import Study
from sim.bundle import Bundle
from sim.confidence.spec import Comparison, Confidence
from sim.engine.compiled_engine import CompiledEngine, Ensemble
from sim.engine.interface import Series
from sim.engine.run import Block

Array = npt.NDArray[np.float64]
Draws = Mapping[str, xr.DataArray]
Courses = Mapping[str, Series]

NONE: Courses = MappingProxyType({})

AT_ONCE = 4096
"""Runs whose inputs are made at once."""


@dataclass(frozen=True)
class Watched:
    """A comparison, of one element of its variables if that is named."""

    one: Comparison
    element: str = ""


def variables_of(*groups: Iterable[Comparison]) -> tuple[str, ...]:
    """Variables that comparisons look at."""
    return tuple(sorted({name for group in groups for one in group for name in (*one.over, *one.under)}))


def compared(confidence: Confidence) -> Sequence[Comparison]:
    """Comparisons of a bundle's test against history; none where it has no such test."""
    return confidence.history.comparison if confidence.history else ()


@dataclass(frozen=True)
class Given(Points):
    """A design given row by row, shape (runs, dimensions)."""

    rows: Array

    def quantiles(self, first: int, count: int) -> Array:
        """Some of the rows."""
        return self.rows[first : first + count]


def at_quantiles(plan: DrawPlan, quantiles: Array) -> dict[str, xr.DataArray]:
    """Values of what is drawn at points of the design, shape (runs, dimensions)."""
    points = plan.points
    given = Given(points.design, points.dimensions, points.seed, len(quantiles), quantiles)
    return replace(plan, points=given).draws(0, len(quantiles))


class Bench:
    """A study ready to be run many times, on one kernel for whatever is asked of it.

    Parameters
    ----------
    variables
        What every run keeps.
    threads
        All cores if not given; the numbers don't depend on it.
    """

    def __init__(
        self, bundle: Bundle, study: Study, engine: CompiledEngine, variables: Sequence[str], threads: int | None = None
    ) -> None:
        self.bundle, self.study, self.engine = bundle, study, engine
        self.variables, self.threads = tuple(variables), threads
        self.text = bundle.bound_text()
        self.rule = str(study.levers["circular_retrofit.select"][dims.BASE_YEAR])
        self.years = list(range(study.inputs.start, study.inputs.end + 1))

    def central(self, watched: Sequence[Watched]) -> list[Array]:
        """The study's own run: for each of ``watched`` its values, shape (years, 1)."""
        return self._run({}, 1, watched)

    def paths(self, draws: Draws, watched: Sequence[Watched], courses: Courses = NONE) -> list[Array]:
        """For each of ``watched`` its values, shape (years, runs); NaN in runs that broke.

        Parameters
        ----------
        draws, courses
            Constants and series by run, as `sim.analysis.draws.DrawPlan.numbers` gives them for this study.
        """
        count = next(iter((*draws.values(), *(one.values for one in courses.values())))).sizes[dims.RUN]
        parts = []
        for first in range(0, count, AT_ONCE):
            part = {dims.RUN: slice(first, first + AT_ONCE)}
            some = {name: array.isel(part) for name, array in draws.items()}
            series = {name: replace(one, values=one.values.isel(part)) for name, one in courses.items()}
            parts.append(self._run(some, min(AT_ONCE, count - first), watched, series))
        return [np.concatenate(found, axis=1) for found in zip(*parts, strict=True)]

    def _run(self, draws: Draws, count: int, watched: Sequence[Watched], courses: Courses = NONE) -> list[Array]:
        constants = self.study.inputs.constants
        given = {**draws, **derived_draws(self.bundle, constants, draws, self.rule)}
        for name in (RANK, QUEUE):  # always by run, so that one kernel serves whatever is drawn
            if name not in given:
                given[name] = constants[name].expand_dims({dims.RUN: count})
        ensemble = self.engine.ensemble(
            self.text, self.study.inputs, given, self.variables, self.threads, courses=courses
        )
        with closing(ensemble.blocks()) as blocks:  # type: ignore[type-var]
            parts = [self._watched(ensemble, block, watched) for block in blocks]
        return [np.concatenate(found, axis=1) for found in zip(*parts, strict=True)]

    def _watched(self, ensemble: Ensemble, block: Block, watched: Sequence[Watched]) -> list[Array]:
        good = np.ones(block.runs, dtype=bool)
        for check in ensemble.kernel.plan.checks:
            good &= ~(block.values[0, check.cell] > 0)
        with np.errstate(all="ignore"):  # runs that broke are among them
            found = [self._value(ensemble, block, one) for one in watched]
        return [np.where(good & np.isfinite(values).all(axis=0), values, np.nan) for values in found]

    def _value(self, ensemble: Ensemble, block: Block, watched: Watched) -> Array:
        over = self._total(ensemble, block, watched, watched.one.over)
        under = watched.one.under
        return over / self._total(ensemble, block, watched, under) if under else over

    def _total(self, ensemble: Ensemble, block: Block, watched: Watched, names: Sequence[str]) -> Array:
        return np.asarray(sum(self._sum(ensemble, block, watched, name) for name in names))

    def _sum(self, ensemble: Ensemble, block: Block, watched: Watched, name: str) -> Array:
        """Sum of a variable over its elements, or those that are asked for, shape (years, runs)."""
        values, axes = ensemble.take(block, name), ensemble.outputs[name].axes
        if watched.one.league:
            mask = (self.bundle.parks.frame["league"] == watched.one.league).to_numpy()
            values = np.compress(mask, values, axis=1 + axes.index(dims.PARK))
        labels = ensemble.kernel.plan.labels
        for place, axis in enumerate(axes):
            if watched.element and watched.element in labels[axis]:
                values = np.take(values, [labels[axis].index(watched.element)], axis=1 + place)
        return np.asarray(values.reshape(values.shape[0], -1, values.shape[-1]).sum(axis=1))
