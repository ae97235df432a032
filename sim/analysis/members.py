"""Paths of a few single runs of an ensemble: what one draw looks like beside the bands of all of them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from sim import dims
from sim.analysis.ensemble import Road
from sim.analysis.ensemble_result import EnsembleResult
from sim.engine.compiled_engine import CompiledEngine

MEMBERS = 5
"""The first runs of the design; which ones they are is not chosen by what they give."""


def member_paths(result: EnsembleResult, threads: int | None = None, number: int = MEMBERS) -> xr.Dataset:
    """Totals of the region by year in the first runs, computed once more: the same bits as in the whole ensemble.

    Parameters
    ----------
    result
        A whole ensemble, which begins with its first run.
    threads
        All cores if not given; the numbers don't depend on it.

    Returns
    -------
    xarray.Dataset
        The totals of ``bands.nc`` that have no label but the year, dims ``run`` (counted from 1) and ``time``; NaN in
        a run that failed.

    Raises
    ------
    EngineError
        If the scenario's own run fails.
    """
    prepared, engine = result.prepared, result.prepared.chosen.engine
    assert isinstance(engine, CompiledEngine)  # else there would be no result
    count = min(number, result.runs)
    road = Road(prepared, engine, result.plan, threads, result.tables)
    ensemble, live = road.ensemble(0, count), None
    if result.tables is not None and road.totals.live is not None:
        live = result.tables.live(0, count)
    parts, done = [], 0
    axes = {spec.name: (dims.TIME, *ensemble.outputs[spec.variable].axes, dims.RUN) for spec in road.specs}
    for block in ensemble.blocks():
        arrays = {spec.name: ensemble.take(block, spec.variable) for spec in road.specs}
        own = None if live is None else live[..., done : done + block.runs]
        with np.errstate(all="ignore"):  # a run that failed may be among them
            parts.append(road.totals.of(arrays, axes, own))
        done += block.runs
    totals = np.concatenate(parts, axis=1)
    totals[:, result.failed[:count]] = np.nan
    return _dataset(road, totals).assign_attrs(**prepared.provenance)


def _dataset(road: Road, totals: np.ndarray) -> xr.Dataset:
    variables, start = {}, 0
    for band in road.totals.bands:
        if not band.dims:
            attrs = {dims.UNITS: band.spec.units, dims.UNITS_ZH: band.spec.units_zh, "kind": band.spec.kind,
                     dims.LONG_NAME: band.spec.name_en, dims.LONG_NAME_ZH: band.spec.name_zh}  # fmt: skip
            values = totals[start : start + band.cells].T
            variables[band.name] = xr.DataArray(values, dims=(dims.RUN, dims.TIME), attrs=attrs)
        start += band.cells
    numbers = np.arange(1, totals.shape[1] + 1)
    return xr.Dataset(variables, coords={dims.RUN: numbers, dims.TIME: road.totals.years})
