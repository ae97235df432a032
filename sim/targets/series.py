"""Values of targets by year: a results Dataset and the readings of a target → series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sim import dims
from sim.targets.interpret import Interpreter, NotComputable
from sim.targets.target import Reading, Target

_ESTIMATES = ("reconstructed", "assumed")


@dataclass(frozen=True)
class Values:
    """What a reading gives.

    Parameters
    ----------
    path
        Value by calendar year; undefined years are left out.
    reason, details
        Why the target year has no value: a key of ``target_reason`` with what it names; "" if it has one.
    """

    path: Mapping[int, float]
    reason: str = ""
    details: Mapping[str, object] | None = None


class Evaluator:
    """Evaluates readings over one Dataset; what several of them use is computed once.

    Parameters
    ----------
    dataset
        Results (run, …, time) as `sim.results` opens them.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset
        self._interpreters: dict[object, Interpreter] = {}

    def series(self, target: Target, reading: Reading) -> xr.DataArray:
        """The value of a reading, dims (run, time), ``time`` in whole years; NaN where it is undefined.

        Raises
        ------
        InputError
            If the expression doesn't fit the results' dims.
        NotComputable
            If the reading has no expression, or the results lack what it needs.
        """
        if reading.expression is None:
            raise NotComputable("no_expression")
        key = (id(target.vocabulary), tuple(sorted(reading.constants.items())))
        if key not in self._interpreters:
            constants = {name: c.value for name, c in target.vocabulary.constants.items()}
            self._interpreters[key] = Interpreter(
                self._dataset, constants | dict(reading.constants), target.vocabulary.definitions
            )
        return self._interpreters[key].series(reading.expression) * reading.scale

    def values(self, target: Target, reading: Reading) -> Values:
        """The values of the first run by year, or why there is none in the target year."""
        try:
            series = self.series(target, reading).isel({dims.RUN: 0})
        except NotComputable as missing:
            return Values({}, missing.code, missing.values)
        years = series[dims.TIME].values
        path = {int(y): float(v) for y, v in zip(years, series.values, strict=True) if np.isfinite(v)}
        year = reading.rule.year
        if year in path:
            return Values(path)
        return Values(path, "undefined" if year in years else "no_year", {"year": year})


def reconstructed_share(dataset: xr.Dataset, column: str) -> float | None:
    """Share of the base-year value of a column that stands on reconstructed or assumed parks, 0–1.

    ``None`` where the column has no origins, or no value to weigh them by.
    """
    origin = f"{column}_origin"
    if not column or origin not in dataset.coords or column not in dataset.data_vars:
        return None
    years = np.asarray(dataset[dims.TIME].values, dtype=float)
    at_base = np.nonzero(np.isclose(years, dims.BASE_YEAR))[0]
    if not at_base.size:
        return None
    base = dataset[column].isel({dims.RUN: 0, dims.TIME: int(at_base[0])})
    weight = np.abs(base.sum([d for d in base.dims if d != dims.PARK]).values)
    estimated = np.isin(dataset[origin].values.astype(str), _ESTIMATES)
    total = float(weight.sum())
    return float(weight[estimated].sum()) / total if total > 0 else None
