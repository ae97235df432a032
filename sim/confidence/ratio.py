"""Ratios of sums of variables, element by element, in total, or run by run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.confidence.lab import Run
from sim.confidence.spec import Ratio
from sim.engine.compiled_engine import Ensemble
from sim.engine.run import Block

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def name_of(one: Ratio) -> str:
    """A ratio as one would write it.

    >>> name_of(Ratio(over=["idle land"], under=["occupied industrial land", "vacant land"]))
    'idle land / (occupied industrial land + vacant land)'
    """
    over, under = (" + ".join(part) for part in (one.over, one.under))
    over = f"({over})" if len(one.over) > 1 and one.under else over
    under = f"({under})" if len(one.under) > 1 else under
    return f"{over} / {under}" if under else over


def added(run: Run, variables: Sequence[str]) -> xr.DataArray:
    """Sum of variables, element by element; a variable without a dimension counts for all elements of it."""
    found = run[variables[0]]
    for name in variables[1:]:
        found = found + run[name]
    return found


def ratio(run: Run, one: Ratio) -> xr.DataArray:
    """A ratio element by element; 0 where there is nothing below the line."""
    over = added(run, one.over)
    if not one.under:
        return over
    under = added(run, one.under)
    return (over / under.where(under != 0.0)).fillna(0.0)


def by_run(ensemble: Ensemble, block: Block, one: Ratio, parks: Mask | None = None) -> Array:
    """A ratio of totals over all elements, or over some parks alone; shape (times, runs)."""
    over = sum_by_run(ensemble, block, one.over, parks)
    return over / sum_by_run(ensemble, block, one.under, parks) if one.under else over


def sum_by_run(ensemble: Ensemble, block: Block, variables: Sequence[str], parks: Mask | None = None) -> Array:
    """Total of variables over all their elements, or over some parks alone; shape (times, runs)."""
    values = (_taken(ensemble, block, name, parks) for name in variables)
    return np.asarray(sum(array.reshape(array.shape[0], -1, array.shape[-1]).sum(axis=1) for array in values))


def _taken(ensemble: Ensemble, block: Block, name: str, parks: Mask | None) -> Array:
    values = ensemble.take(block, name)
    if parks is None:
        return values
    return np.compress(parks, values, axis=1 + ensemble.outputs[name].axes.index(dims.PARK))


def total(run: Run, one: Ratio, parks: Mask | None = None) -> Array:
    """A ratio of totals by time."""
    return by_run(run.ensemble, run.block, one, parks)[:, 0]
