"""What the figures show, computed from results: totals by year, zones by membership, size classes, shares.

All functions take the results of one run (dimension ``run`` already taken out) and give arrays over ``time``.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from sim import dims
from sim.dims import BASE_YEAR, TARGET_YEAR

Array = np.ndarray

BARS = (1000.0, 500.0, 100.0)
"""Lower bounds of the size classes, 1e8 CNY: over 1000, 500-1000, 100-500."""

DONE = 0.999
"""A retrofit counts as completed from here: sums of many small steps of work end a rounding error below 1."""


def one_run(results: xr.Dataset) -> xr.Dataset:
    """The first run, without the dimension ``run``."""
    return results.isel({dims.RUN: 0}, drop=True) if dims.RUN in results.dims else results


def years(results: xr.Dataset) -> Array:
    """The whole years of the time axis."""
    time = np.asarray(results[dims.TIME].values, dtype=float)
    return np.asarray(time[np.isclose(time, np.round(time))].round().astype(int))


def yearly(series: xr.DataArray) -> xr.DataArray:
    """Whole years only, ``time`` last, as floats."""
    time = np.asarray(series[dims.TIME].values, dtype=float)
    picked = series.isel({dims.TIME: np.flatnonzero(np.isclose(time, np.round(time)))})
    return picked.transpose(..., dims.TIME).astype(float)


def total(results: xr.Dataset, name: str, **labels: str) -> Array:
    """Sum of an output over everything but time; a year with a missing part has no sum.

    Parameters
    ----------
    results
        One run.
    name
        Output, e.g. ``"gdp"``.
    labels
        Labels to keep, e.g. ``pollutant="SO2"`` or ``tier="national"``.

    Returns
    -------
    numpy.ndarray
        By whole year, in the output's units.
    """
    series = yearly(results[name].sel(labels))
    others = [dim for dim in series.dims if dim != dims.TIME]
    return np.asarray(series.sum(others, skipna=False).values, dtype=float)


def at(values: Array, when: Array, year: int) -> float:
    """The value of a yearly series in ``year``; NaN outside the clock.

    >>> at(np.array([1.0, 2.0]), np.array([2015, 2016]), 2016)
    2.0
    """
    hits = np.flatnonzero(when == year)
    return float(values[hits[0]]) if hits.size else float("nan")


def shown_year(results: xr.Dataset) -> int:
    """The target year, or the last year of a clock that ends before it."""
    return int(min(TARGET_YEAR, years(results)[-1]))


def zone_revenue(results: xr.Dataset, year: int) -> xr.DataArray:
    """Revenue in 1e8 CNY by zone (dimension ``park``: the hosts), by the membership of that year."""
    revenue = results["revenue"].sel({dims.TIME: year})
    if "host" not in results.coords:
        return revenue
    hosts = np.asarray(results["host"].sel({dims.TIME: year}).values, dtype=str)
    labels, index = np.unique(hosts, return_inverse=True)
    sums = np.zeros(labels.size)
    np.add.at(sums, index, np.asarray(revenue.values, dtype=float))
    return xr.DataArray(sums, coords={dims.PARK: labels}, dims=[dims.PARK])


def class_counts(sizes: Array) -> list[int]:
    """How many lie in each class: at least 1000, 500 to below 1000, 100 to below 500.

    >>> class_counts(np.array([1200.0, 999.0, 500.0, 120.0, 3.0, np.nan]))
    [1, 2, 1]
    """
    tops = (np.inf, *BARS[:-1])
    return [int(np.sum((sizes >= low) & (sizes < high))) for low, high in zip(BARS, tops, strict=True)]


def retrofit_shares(results: xr.Dataset) -> Array:
    """Shares of parks: completed, under way, admitted but not begun, not admitted.

    Returns
    -------
    numpy.ndarray
        (4, year); the columns sum to 1, or are NaN in a year in which a park's state is not known.
    """
    done, admitted = yearly(results["retrofit_done"]), yearly(results["retrofit_admitted"])
    completed = done >= DONE
    begun = ~completed & (admitted >= 0.5) & (done > 0)
    waiting = ~completed & (admitted >= 0.5) & (done <= 0)
    rest = ~(completed | begun | waiting)
    sure = (done.notnull() & admitted.notnull()).all(dims.PARK)
    parts = (completed, begun, waiting, rest)
    return np.array([np.asarray(part.mean(dims.PARK).where(sure).values, dtype=float) for part in parts])


def cluster_counts(results: xr.Dataset, year: int, maturity_bar: float) -> tuple[list[int], list[int]]:
    """Clusters by class of output: those that pass the bar of maturity too, and those that do not."""
    output = np.asarray(results["cluster_output"].sel({dims.TIME: year}).values, dtype=float).ravel()
    maturity = np.asarray(results["cluster_maturity"].sel({dims.TIME: year}).values, dtype=float).ravel()
    mature = maturity >= maturity_bar
    return class_counts(output[mature]), class_counts(output[~mature])


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole``, NaN where there is nothing to share."""
    safe = np.where(whole > 0, whole, np.nan)
    return np.asarray(part / safe, dtype=float)


def index(values: Array, when: Array) -> Array:
    """The series with its base year set to 100; NaN throughout where the base is zero or unknown."""
    base = at(values, when, BASE_YEAR)
    return values / base * 100 if np.isfinite(base) and base > 0 else np.full(values.shape, np.nan)
