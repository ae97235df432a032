"""Which parks form which zone in which year, and sums of park quantities over zones."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim import dims
from sim.targets.quantity import Quantity

_AT = {"sum": np.add.at, "min": np.minimum.at, "max": np.maximum.at}
_START = {"sum": 0.0, "min": np.inf, "max": -np.inf}


class Membership:
    """The host of every park by year.

    A zone is a host with its members. Its values stand on the host's row, so that the host's labels (league,
    region, county) are the zone's. A park without a host has left: it takes part in nothing from then on.

    Parameters
    ----------
    dataset
        Results with ``park`` and ``time`` in whole years; without a ``host`` every park is a zone of its own.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        parks = [str(p) for p in dataset[dims.PARK].values]
        years = dataset[dims.TIME].values
        row = {park: i for i, park in enumerate(parks)} | {"": -1}
        if "host" in dataset.coords:
            host = dataset["host"].reset_coords(drop=True)
            if dims.TIME not in host.dims:
                host = host.expand_dims({dims.TIME: years})
            names = host.transpose(dims.PARK, dims.TIME).values
            unknown = sorted({str(n) for n in np.unique(names.astype(str))} - set(row))
            if unknown:
                raise ValueError(f"hosts that are no parks: {unknown[:3]}")
            codes = np.vectorize(lambda n: row[str(n)], otypes=[np.int64])(names) if names.size else names
        else:
            codes = np.repeat(np.arange(len(parks))[:, None], len(years), axis=1)
        self._codes: NDArray[np.int64] = np.asarray(codes, dtype=np.int64)
        self._template = xr.DataArray(
            np.zeros(self._codes.shape),
            dims=(dims.PARK, dims.TIME),
            coords={dims.PARK: dataset[dims.PARK].values, dims.TIME: years},
        )

    @property
    def live(self) -> xr.DataArray:
        """(park, time): whether the park still belongs to a zone."""
        return self._template.copy(data=self._codes >= 0)

    @property
    def is_zone(self) -> xr.DataArray:
        """(park, time): whether the park hosts a live zone."""
        return self._template.copy(data=self._gather(np.ones((*self._codes.shape, 1)), "sum")[..., 0] > 0)

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
        data = q.filled(_START[how]).broadcast_like(self._template)
        rest = [d for d in data.dims if d not in (dims.PARK, dims.TIME)]
        data = data.transpose(dims.PARK, dims.TIME, *rest)
        flat = data.values.reshape(*self._codes.shape, -1)
        gathered = data.copy(data=self._gather(flat, how).reshape(data.shape))
        mask = self.is_zone
        if q.mask is not None:
            taking = q.mask.broadcast_like(data).transpose(*data.dims)
            flat = taking.values.reshape(*self._codes.shape, -1).astype(float)
            mask = data.copy(data=self._gather(flat, "sum").reshape(data.shape) > 0)
        order = [d for d in dims.ORDER if d in gathered.dims]
        return Quantity(gathered.where(mask, 0.0).transpose(*order), mask)

    def _gather(self, flat: NDArray[np.float64], how: str) -> NDArray[np.float64]:
        """(park, time, rest) summed to the hosts' rows."""
        result = np.full(flat.shape, _START[how])
        park, year = np.nonzero(self._codes >= 0)
        _AT[how](result, (self._codes[park, year], year), flat[park, year])
        return result
