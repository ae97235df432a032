"""Test 3: what must add up adds up: identities, stocks and their flows, membership of zones, sources of growth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from sim import dims
from sim.confidence.finding import Both, Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab, Run
from sim.confidence.spec import Change, Growth, Identity, Source, StockFlow
from sim.growth import log_index

CODE = "conservation"
WITHIN = 1e-9
YEARS = 2
"""Years of a run that is looked at step by step."""


def conservation(lab: Lab) -> Finding:
    """Every identity of the bundle, in its own run and with every lever at full force."""
    spec = lab.spec.conservation
    if spec is None:
        return outcome(CODE, _membership(lab), [Note("missing.section", {"section": "conservation"})])
    runs = ((Note("levers.none"), lab.base), (Note("levers.full"), lab.under([lab.full])[0]))
    figures = [_identity(run, one, levers) for one in spec.identity for levers, run in runs]
    steps = lab.of(lab.study(lab.full, dims.BASE_YEAR + YEARS).inputs, every_step=True)
    figures += [_flow(steps, one) for one in spec.flow]
    figures += [_growth(lab, run, one, levers) for one in spec.growth for levers, run in runs]
    figures += _membership(lab)
    return outcome(CODE, figures)


def _within(array: xr.DataArray, other: xr.DataArray) -> float:
    """Largest difference, relative to the largest value."""
    scale = float(np.abs(other).max()) or 1.0
    return float(np.abs(array - other).max()) / scale


def _over(part: xr.DataArray, whole: xr.DataArray) -> xr.DataArray:
    """Sum of a part over what the whole isn't by; each on its own, since parts may have different dimensions."""
    return part.sum([name for name in part.dims if name not in whole.dims])


def _identity(run: Run, one: Identity, levers: Note) -> Figure:
    whole = run[one.whole]
    parts = [_over(run[name], whole) for name in one.parts]
    measured = _within(sum(parts[1:], parts[0]), whole)
    if one.constant:
        measured = max(measured, _within(whole, whole.isel(time=0, drop=True)))
    values = {"name": Both(one.name_zh, one.name_en), "levers": levers}
    return held(Note("conservation.identity", values), measured, high=WITHIN)


def _flow(run: Run, one: StockFlow) -> Figure:
    """Change of a stock over a step against its flows at the beginning of the step, as Euler's method has it."""
    stock = run[one.stock].transpose(dims.TIME, ...)
    net = xr.zeros_like(stock)
    for name in one.inflows:
        net = net + run[name]
    for name in one.outflows:
        net = net - run[name]
    change: np.ndarray = np.diff(stock.to_numpy(), axis=0)
    flows = run.ensemble.inputs.grid.step * net.transpose(*stock.dims).to_numpy()[:-1]
    measured = float(np.abs(change - flows).max()) / (float(np.abs(stock).max()) or 1.0)
    return held(Note("conservation.flow", {"name": Both(one.name_zh, one.name_en)}), measured, high=WITHIN)


def _growth(lab: Lab, run: Run, one: Growth, levers: Note) -> Figure:
    """Largest gap between logarithmic growth since the base year and the sum of its sources."""
    grown = _log(run[one.of])
    sources = xr.zeros_like(grown)
    for source in one.source:
        sources = sources + _elasticity(lab, source) * _log(run[source.variable])
    gap = float(np.abs((grown - sources).where(run[one.of].isel(time=0) > 0)).max())
    values = {"name": Both(one.name_zh, one.name_en), "levers": levers}
    return held(Note("conservation.growth", values), gap, high=WITHIN)


def _log(values: xr.DataArray) -> xr.DataArray:
    """Logarithm against the base year; 0 where there is nothing."""
    return values.copy(data=log_index(values.to_numpy()))  # time is the last dimension


def _elasticity(lab: Lab, source: Source) -> xr.DataArray | float:
    if not source.elasticity:
        return 1.0
    value = lab.study().inputs.constants[source.elasticity]
    return 1.0 - value if source.rest else value


def _membership(lab: Lab) -> Iterator[Figure]:
    """Every park belongs to one zone in every year or has left for good; a host is in its zone; one tier each."""
    merged = lab.full.levers | {key: True for key, lever in lab.bundle.levers.items() if lever.kind == "switch"}
    study = lab.study(Change(levers=merged))
    table, host = lab.bundle.parks.frame, study.membership.host
    left = host == ""
    own = np.repeat(np.array(table.index, dtype=object)[:, None], host.shape[1], axis=1)
    place = {park: number for number, park in enumerate(table.index)}
    hosted = np.vectorize(place.__getitem__)(np.where(left, own, host))
    years = np.arange(host.shape[1])
    strays = int((host[hosted, years] != host).sum()) + int((left[:, :-1] & ~left[:, 1:]).sum())
    yield held(Note("conservation.hosts"), strays, high=0, unit="count")
    gross = table["revenue"].to_numpy(dtype=float)
    kept = [np.bincount(hosted[:, year], weights=gross).sum() / gross.sum() - 1.0 for year in years]
    yield held(Note("conservation.zones"), float(np.abs(kept).max()), high=WITHIN)
    for name, series in study.inputs.series.items():
        if dims.PARK in series.values.dims and dims.TIER in series.values.dims:
            gap = float(np.abs(series.values.sum(dims.TIER) - 1.0).max())
            yield held(Note("conservation.tiers", {"name": name}), gap, high=WITHIN)
