"""What the figures show, computed from results: totals by year, zones by membership, size classes, shares.

All functions take the results of one run (dimension ``run`` already taken out) and give arrays over ``time``.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from sim import dims
from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.live import left, of_zones

Array = np.ndarray

BARS = (1000.0, 500.0, 100.0)
"""Lower bounds of the size classes, 1e8 CNY."""

DEMONSTRATION_BASES = 18
"""Demonstration bases of new-type industrialisation in 2015 (plan, chapter 1, section 1)."""

DONE = 0.9999
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
    """Sum of an output over everything but time, over parks that belong to a zone; a missing part leaves no sum.

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
    gone = left(results)
    variable = results.variables[name] if gone is None else of_zones(results[name], gone).variable
    time = np.asarray(results.variables[dims.TIME].values, dtype=float)
    place = {dim: list(results.variables[dim].values).index(label) for dim, label in labels.items()}
    picked = variable.isel(place).transpose(..., dims.TIME).values
    # only whole years; a year's parts side by side, so that the sum is the same whatever the layout was
    whole = np.moveaxis(np.asarray(picked, dtype=float), -1, 0)[np.isclose(time, np.round(time))]
    return np.asarray(whole.reshape(len(whole), -1).sum(axis=1))


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


def zones(results: xr.Dataset, year: int) -> tuple[Array, Array]:
    """Labels of the zones of a year, and for each park the place of its zone among them.

    A zone is a host with its members; without the coordinate ``host`` every park is its own.
    """
    if "host" in results.coords:
        hosts = np.asarray(results["host"].sel({dims.TIME: year}).values, dtype=str)
    else:
        hosts = np.asarray(results[dims.PARK].values, dtype=str)
    labels, place = np.unique(hosts, return_inverse=True)
    return labels, place


def zone_revenue(results: xr.Dataset, year: int) -> xr.DataArray:
    """Revenue in 1e8 CNY by zone (dimension ``park``: the hosts), by the membership of that year."""
    labels, place = zones(results, year)
    revenue = np.asarray(results["revenue"].sel({dims.TIME: year}).values, dtype=float)
    sums = np.bincount(place, weights=revenue, minlength=labels.size)
    live = labels != ""  # parks that have left stand under no host
    return xr.DataArray(sums[live], coords={dims.PARK: labels[live]}, dims=[dims.PARK])


def class_counts(sizes: Array) -> list[int]:
    """How many zones lie in each class: above 1000, above 500 to 1000, above 100 to 500, as T06 and T07 read.

    >>> class_counts(np.array([1200.0, 1000.0, 500.0, 120.0, 3.0, np.nan]))
    [1, 1, 2]
    """
    tops = (np.inf, *BARS[:-1])
    return [int(np.sum((sizes > low) & (sizes <= high))) for low, high in zip(BARS, tops, strict=True)]


def cluster_class_counts(sizes: Array) -> list[int]:
    """How many clusters have at least 1000, from 500 to below 1000, and at least 100, as T10-T12 read.

    >>> cluster_class_counts(np.array([1000.0, 500.0, 120.0, 3.0]))
    [1, 1, 3]
    """
    return [
        int(np.sum((sizes >= low) & (sizes < high))) for low, high in zip(BARS, (np.inf, 1000.0, np.inf), strict=True)
    ]


def retrofit_shares(results: xr.Dataset) -> Array:
    """Shares of the base year's zones: completed, under way, admitted, not admitted, merged away or gone.

    A zone has completed when all its parks have, and is under way or admitted when one of them is.

    Returns
    -------
    numpy.ndarray
        (5, year); the columns sum to 1, or are NaN in a year in which a park's state is not known.
    """
    done, admitted = yearly(results["retrofit_done"]).values, yearly(results["retrofit_admitted"]).values
    when = years(results)
    base = zones(results, int(when[0]))[0].size
    shares = np.full((5, when.size), np.nan)
    for column, year in enumerate(when):
        if np.isfinite(done[:, column]).all() and np.isfinite(admitted[:, column]).all():
            labels, place = zones(results, int(year))
            live = labels != ""
            stages = _stages(done[:, column], admitted[:, column] >= 0.5, place, labels.size)
            shares[:, column] = [*(stage[live].sum() / base for stage in stages), 1 - live.sum() / base]
    return shares


def _stages(done: Array, admitted: Array, place: Array, number: int) -> tuple[Array, ...]:
    """Which zones have completed, are under way, wait, are not admitted."""

    def of_any(which: Array) -> Array:
        return np.asarray(np.bincount(place, weights=which, minlength=number) > 0)

    completed = ~of_any(done < DONE)
    begun = ~completed & of_any(admitted & (done > 0))
    waiting = ~completed & ~begun & of_any(admitted)
    return completed, begun, waiting, ~(completed | begun | waiting)


def anchored_bar(results: xr.Dataset) -> float:
    """The maturity that as many clusters pass in the base year as there were demonstration bases then."""
    maturity = np.sort(_clusters(results, "cluster_maturity", BASE_YEAR))
    maturity = maturity[np.isfinite(maturity)]
    return float(maturity[-min(DEMONSTRATION_BASES, maturity.size)]) if maturity.size else float("nan")


def _clusters(results: xr.Dataset, name: str, year: int) -> Array:
    """A cluster series in a year, flat; services form no cluster in the plan's sense."""
    kept = [label for label in results[dims.INDUSTRY].values if label in dims.MATERIAL]
    picked = results[name].sel({dims.TIME: year, dims.INDUSTRY: kept})
    return np.asarray(picked.transpose(dims.LEAGUE, dims.INDUSTRY).values, dtype=float).ravel()


def cluster_counts(results: xr.Dataset, year: int, maturity_bar: float) -> tuple[list[int], list[int]]:
    """Clusters by class of output: those that pass the bar of maturity too, and those that do not."""
    output, maturity = (_clusters(results, name, year) for name in ("cluster_output", "cluster_maturity"))
    mature = maturity >= maturity_bar
    return cluster_class_counts(output[mature]), cluster_class_counts(output[~mature])


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole``, NaN where there is nothing to share."""
    safe = np.where(whole > 0, whole, np.nan)
    return np.asarray(part / safe, dtype=float)


def index(values: Array, when: Array) -> Array:
    """The series with its base year set to 100; NaN throughout where the base is zero or unknown."""
    base = at(values, when, BASE_YEAR)
    return values / base * 100 if np.isfinite(base) and base > 0 else np.full(values.shape, np.nan)
