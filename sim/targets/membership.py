"""Which parks form which zone in which year, and sums of park quantities over zones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.array import Array, each, put_back
from sim.targets.quantity import Quantity

_AT = {"sum": np.add.at, "min": np.minimum.at, "max": np.maximum.at}
_START = {"sum": 0.0, "min": np.inf, "max": -np.inf}
_PARK_TIME = (dims.PARK, dims.TIME)


class Membership:
    """The host of every park by year.

    A zone is a host with its members. Its values stand on the host's row, so that the host's labels (league,
    region, county) are the zone's. A park without a host has left: it takes part in nothing from then on.

    Parameters
    ----------
    parks
        Ids in the order of the results.
    host
        Id of the host, dims ``park`` and perhaps ``time``; ``None``: every park is a zone of its own.
    years
        How many years there are.
    """

    def __init__(self, parks: Sequence[str], host: Array | None, years: int) -> None:
        row = {park: i for i, park in enumerate(parks)} | {"": -1}
        if host is None:
            codes = np.arange(len(parks))[:, None]
        else:
            names = host.inner(_PARK_TIME).reshape(len(parks), -1)
            different, place = np.unique(names.astype(str), return_inverse=True)
            unknown = sorted(set(different.tolist()) - set(row))
            if unknown:
                raise ValueError(f"hosts that are no parks: {unknown[:3]}")
            codes = np.array([row[name] for name in different.tolist()], dtype=np.int64)[place].reshape(names.shape)
        self._hold(_PARK_TIME, np.broadcast_to(codes, (len(parks), years)))

    @classmethod
    def by_run(cls, hosts: NDArray[np.int64]) -> Membership:
        """Zones that differ by run.

        Parameters
        ----------
        hosts
            Row of the host of each park, -1 where it has left, shape (runs, parks, years).
        """
        found = cls.__new__(cls)
        found._hold((dims.RUN, *_PARK_TIME), hosts)
        return found

    def _hold(self, axes: tuple[str, ...], codes: NDArray[np.int64]) -> None:
        self._axes, self._codes = axes, codes
        self.live = Array.of(axes, codes >= 0)
        """(park, time), by run where zones differ: whether the park still belongs to a zone."""
        self.is_zone = Array.of(axes, self._gather(np.ones(codes.shape), "sum") > 0)
        """(park, time), by run where zones differ: whether the park hosts a live zone."""

    def zones(self, q: Quantity, how: str = "sum") -> Quantity:
        """A park quantity by zone: the sum (or the smallest, largest) over the members of that year.

        Parameters
        ----------
        q
            Has ``park`` among its dims.

        Returns
        -------
        Quantity
            Same dims; values on the hosts' rows, nothing else takes part. Sums over all rows are kept.
        """
        data = self._by_host(q.filled(_START[how]), how)
        mask = self.is_zone
        if q.mask is not None:
            taking = self._by_host(Array(q.mask.names, q.mask.values.astype(float)), "sum")
            mask = each(lambda count: count > 0, taking)
        return Quantity(each(lambda values, zone: np.where(zone, values, 0.0), data, mask), mask)

    def _by_host(self, array: Array, how: str) -> Array:
        """Summed to the hosts' rows, for every year."""
        inner, own = array.inner(self._axes), len(self._axes)
        full = np.broadcast_to(inner, (*inner.shape[:-own], *self._codes.shape))
        flat = np.moveaxis(full, range(-own, 0), range(own)).reshape(*self._codes.shape, -1)
        summed = np.moveaxis(self._gather(flat, how), -1, 0).reshape(full.shape)
        return Array(array.names | set(self._axes), put_back(self._axes, summed))

    def _gather(self, flat: NDArray[np.float64], how: str) -> NDArray[np.float64]:
        """(park, time, …), runs first where zones differ by run, summed to the hosts' rows."""
        result = np.full(flat.shape, _START[how])
        own = np.nonzero(self._codes >= 0)
        park = self._axes.index(dims.PARK)
        _AT[how](result, (*own[:park], self._codes[own], *own[park + 1 :]), flat[own])
        return result
