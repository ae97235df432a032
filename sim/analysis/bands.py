"""Totals of the region by year over an ensemble: which there are, and their mean, spread and quantiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.analysis.stream import Stream, Summary
from sim.outputs_spec import Output
from sim.targets.recorded import Recorded

Numbers = npt.NDArray[np.float64]
Live = npt.NDArray[np.bool_]
"""Whether a park belongs to a zone: shape (years, parks), or (years, parks, runs) where that differs by run."""

BY_LEAGUE = ("gdp",)
"""Outputs by park that are also summed by league."""

BESIDES = ("fixed_investment",)
"""Main totals that are followed though no target needs them."""

STATISTICS = ("central", "mean", "deviation", "least", "p05", "p25", "p50", "p75", "p95", "most")
STATISTIC = "statistic"

_SUMMED = (dims.PARK, dims.INDUSTRY)


@dataclass(frozen=True)
class Band:
    """A total that is followed over the runs.

    Parameters
    ----------
    name
        Of the output, or with ``_by_league``.
    dims
        What is left besides ``time``: nothing, ``pollutant`` or ``league``.
    cells
        Number of values of all years.
    """

    name: str
    spec: Output
    dims: tuple[str, ...]
    cells: int


def summable(spec: Output) -> bool:
    """Whether an output adds up over parks; shares, ratios and states don't, and what is by cluster isn't by park."""
    return spec.kind != "level" and spec.units != "1" and (dims.PARK in spec.dims or not spec.dims)


class Totals:
    """Totals of blocks of runs, and the stream that they go into.

    Parameters
    ----------
    specs
        Outputs that are recorded.
    record
        One run's record: labels, years, who belongs to which zone.
    """

    def __init__(self, specs: Sequence[Output], record: Recorded) -> None:
        self.years = record.years
        self.labels = {name: record.labels[name].values.ravel() for name in (dims.POLLUTANT, dims.LEAGUE)}
        leagues = record.labels["park_league"].values.ravel().astype(str)
        self.members = [np.flatnonzero(leagues == name) for name in self.labels[dims.LEAGUE]]
        live = record.members.live.inner((dims.TIME, dims.PARK)).reshape(len(self.years), -1)
        self.live = None if live.all() else live
        self.bands = tuple(self._bands(specs))
        self.summed = frozenset(band.spec.name for band in self.bands)
        self.cells = sum(band.cells for band in self.bands)
        self.stream = Stream(self.cells)

    def _bands(self, specs: Sequence[Output]) -> list[Band]:
        years, found = len(self.years), []
        for spec in specs:
            if summable(spec):
                left = tuple(name for name in spec.dims if name not in _SUMMED)
                cells = int(np.prod([len(self.labels[name]) for name in left], dtype=int))
                found.append(Band(spec.name, spec, left, years * cells))
                if spec.name in BY_LEAGUE and spec.dims == (dims.PARK,):
                    found.append(Band(f"{spec.name}_by_league", spec, (dims.LEAGUE,), years * len(dims.LEAGUES)))
        return found

    def of(
        self, arrays: Mapping[str, Numbers], axes: Mapping[str, Sequence[str]], live: Live | None = None
    ) -> Numbers:
        """Totals of some runs, shape (cells, runs): band by band, years first.

        Parts are added one after the other, whatever the number of runs: numpy does so as long as there are two,
        side by side in memory.

        Parameters
        ----------
        arrays, axes
            By output its values and their dims: ``time`` first, ``run`` last.
        live
            The parks that count in each of the runs; those of the record if not given.
        """
        lone = next(iter(arrays.values())).shape[-1] == 1
        if lone:
            arrays = {name: np.repeat(values, 2, axis=-1) for name, values in arrays.items()}
        counted = self.live if live is None else live
        if counted is not None and counted.ndim == 2:
            counted = counted[:, :, None]
        found = [self._total(band, arrays[band.spec.name], axes[band.spec.name], counted) for band in self.bands]
        return np.concatenate(found)[:, :1] if lone else np.concatenate(found)

    def _total(self, band: Band, values: Numbers, axes: Sequence[str], live: Live | None) -> Numbers:
        if live is not None and dims.PARK in axes:
            own = (dims.TIME, dims.PARK, dims.RUN)
            shape = [live.shape[own.index(name)] if name in own else 1 for name in axes]
            # a product keeps what is no number, so that the run counts as failed
            values = np.multiply(values, live.reshape(shape), order="C")
        if band.dims == (dims.LEAGUE,):
            summed = np.stack([values[:, rows].sum(axis=1) for rows in self.members], axis=1)
        else:
            summed = values.sum(axis=tuple(axes.index(name) for name in _SUMMED if name in axes))
        return np.asarray(summed.reshape(band.cells, -1))

    def dataset(self, central: Numbers) -> xr.Dataset:
        """Every band with its statistics, dims ``statistic``, those of the band, ``time``.

        Parameters
        ----------
        central
            Totals of the scenario's own run, shape (cells,).
        """
        table = _table(self.stream.summary(), central)
        variables, start = {}, 0
        for band in self.bands:
            labels = [self.labels[name] for name in band.dims]
            shape = (len(STATISTICS), len(self.years), *map(len, labels))
            values = np.moveaxis(table[:, start : start + band.cells].reshape(shape), 1, -1)
            start += band.cells
            attrs = {dims.UNITS: band.spec.units, dims.UNITS_ZH: band.spec.units_zh, "kind": band.spec.kind,
                     dims.LONG_NAME: band.spec.name_en, dims.LONG_NAME_ZH: band.spec.name_zh}  # fmt: skip
            variables[band.name] = xr.DataArray(values, dims=(STATISTIC, *band.dims, dims.TIME), attrs=attrs)
        used = {name for band in self.bands for name in band.dims}
        coords: dict[str, object] = {name: self.labels[name].astype(str).astype(object) for name in sorted(used)}
        coords |= {STATISTIC: np.array(STATISTICS, dtype=object), dims.TIME: self.years}
        return xr.Dataset(variables, coords=coords)


def _table(summary: Summary, central: Numbers) -> Numbers:
    """Statistics in the order of `STATISTICS`, shape (statistics, cells)."""
    rows = (central, summary.mean, summary.deviation, summary.least, *summary.quantiles, summary.most)
    return np.stack(rows)
