"""The elements of a quantity in one year (parks, clusters, pollutants …), flat, each with its labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.array import Array
from sim.targets.quantity import Quantity
from sim.targets.recorded import Recorded

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NATIONAL = "national"


@dataclass(frozen=True)
class Elements:
    """Elements that take part in a year, each array of shape (elements,).

    Parameters
    ----------
    dims
        Dimensions that they have.
    labels
        By dimension the label of each element; of parks also ``region``, ``park_league``, ``level``, ``county``.
    values
        Numbers; a condition as 0 and 1.
    """

    dims: tuple[str, ...]
    labels: Mapping[str, NDArray[np.str_]]
    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    def only(self, kind: str, label: str) -> Elements:
        """The elements with a label."""
        chosen = self.labels[kind] == label
        labels = {name: labels[chosen] for name, labels in self.labels.items()}
        return Elements(self.dims, labels, self.values[chosen])


class Board:
    """What a run recorded, looked at in one year at a time.

    Parameters
    ----------
    record
        The first run of it is looked at.
    """

    def __init__(self, record: Recorded) -> None:
        self.record = record
        self.years = [int(year) for year in record.years]
        self.region_of = self._pairs("park_league", "region")
        """The region of every league, as its parks have it."""
        self.league_of = self._pairs(dims.PARK, "park_league")
        """The league of every park."""

    def _pairs(self, of: str, what: str) -> dict[str, str]:
        if not {of, what} <= self.record.labels.keys():
            return {}
        keys, values = (self.record.labels[name].values.ravel().astype(str).tolist() for name in (of, what))
        return dict(zip(keys, values, strict=True))

    def flat(self, q: Quantity, year: int) -> Elements:
        """The elements of a quantity that take part in a year."""
        values = self.spread(q.numbers, q.elements, year)
        taking = np.full(values.shape, True) if q.mask is None else self.spread(q.mask, q.elements, year) > 0
        taking = taking.ravel()
        grid = np.indices(values.shape).reshape(len(q.elements), -1) if q.elements else np.zeros((0, 1), dtype=int)
        labels: dict[str, NDArray[np.str_]] = {}
        for dim, places in zip(q.elements, grid, strict=True):
            for name, known in self._labels(dim, year).items():
                labels[name] = known[places][taking]
        return Elements(q.elements, labels, values.ravel()[taking])

    def spread(self, array: Array, elements: tuple[str, ...], year: int) -> Floats:
        """The values of the first run in a year, with an axis for each of some dims."""
        chosen = array.at(dims.RUN, 0).at(dims.TIME, self.years.index(year))
        shape = tuple(self.record.labels[dim].values.size for dim in elements)
        inner = chosen.inner(elements) if elements else chosen.values
        return np.broadcast_to(inner.astype(float).reshape(inner.shape[inner.ndim - len(elements) :]), shape)

    def _labels(self, dim: str, year: int) -> dict[str, NDArray[np.str_]]:
        own = {dim: self.record.labels[dim].values.ravel().astype(str)}
        if dim == dims.LEAGUE and self.region_of:
            own["region"] = np.array([self.region_of.get(str(league), "") for league in own[dim]])
        if dim != dims.PARK:
            return own
        for name in ("region", "park_league", "county"):
            if name in self.record.labels:
                own[name] = self.record.labels[name].values.ravel().astype(str)
        if "level" in self.record.labels:
            level = self.record.labels["level"].values.ravel().astype(str)
            if NATIONAL in self.record.labels:  # a park that has risen stands with the national ones from then on
                risen = self.spread(self.record.labels[NATIONAL], (dims.PARK,), year) > 0
                level = np.where(risen, NATIONAL, level)
            own["level"] = level
        return own

    def hosts(self, year: int) -> dict[str, str]:
        """By park the host of its zone; "" for a park that has left."""
        parks = self.record.labels[dims.PARK].values.ravel().astype(str)
        if "host" not in self.record.labels:
            return {park: park for park in parks.tolist()}
        host = self.record.labels["host"].at(dims.TIME, self.years.index(year)).values.ravel().astype(str)
        return dict(zip(parks.tolist(), host.tolist(), strict=True))
