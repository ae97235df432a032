"""Values of targets by year: a results Dataset and the readings of a target → series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.interpret import Interpreter, NotComputable
from sim.targets.recorded import Recorded
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
    """Evaluates readings over one run's record; what several of them use is computed once.

    Parameters
    ----------
    recorded
        What `sim.targets.recorded.recorded` makes of a results Dataset.
    """

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._interpreters: dict[object, Interpreter] = {}

    @property
    def years(self) -> list[int]:
        """Calendar years of the record."""
        return [int(year) for year in self._recorded.years]

    def series(self, target: Target, reading: Reading) -> NDArray[np.float64]:
        """The value of a reading, dims (run, time), for the years of the record; NaN where it is undefined.

        Raises
        ------
        InputError
            If the expression doesn't fit the results' dims.
        NotComputable
            If the reading has no expression, or the results lack what it needs.
        """
        if reading.expression is None:
            raise NotComputable("no_expression")
        return self.interpreter(target, reading).series(reading.expression) * reading.scale

    def interpreter(self, target: Target, reading: Reading) -> Interpreter:
        """What evaluates a reading's expressions, with its constants."""
        key = (id(target.vocabulary), tuple(sorted(reading.constants.items())))
        if key not in self._interpreters:
            constants = {name: c.value for name, c in target.vocabulary.constants.items()}
            self._interpreters[key] = Interpreter(
                self._recorded, constants | dict(reading.constants), target.vocabulary.definitions
            )
        return self._interpreters[key]

    def values(self, target: Target, reading: Reading) -> Values:
        """The values of the first run by year, or why there is none in the target year."""
        try:
            series = self.series(target, reading)[0]
        except NotComputable as missing:
            return Values({}, missing.code, missing.values)
        years = self._recorded.years.tolist()
        path = {year: value for year, value in zip(years, series.tolist(), strict=True) if math.isfinite(value)}
        year = reading.rule.year
        if year in path:
            return Values(path)
        return Values(path, "undefined" if year in years else "no_year", {"year": year})


def reconstructed_share(recorded: Recorded, column: str) -> float | None:
    """Share of the base-year value of a column that stands on reconstructed or assumed parks, 0–1.

    ``None`` where the column has no origins, or no value to weigh them by.
    """
    origins, values = recorded.labels.get(f"{column}_origin"), recorded.outputs.get(column)
    at_base = np.flatnonzero(recorded.years == dims.BASE_YEAR)
    if origins is None or values is None or not at_base.size:
        return None
    base = values.at(dims.RUN, 0).at(dims.TIME, int(at_base[0]))
    by_park = base.over(np.nansum, base.names - {dims.PARK})
    weight = np.abs(by_park.values.ravel())
    estimated = np.isin(origins.values.ravel().astype(str), _ESTIMATES)
    total = float(weight.sum())
    return float(weight[estimated].sum()) / total if total > 0 else None
