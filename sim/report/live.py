"""Parks that belong to a zone, year by year: totals in tables and figures are those of zones, as in the verdicts."""

from __future__ import annotations

import numpy as np
import xarray as xr

from sim import dims


def left(dataset: xr.Dataset) -> xr.DataArray | None:
    """Where a park has left the list of zones, dims ``park, time``; ``None`` where none ever does.

    >>> host = xr.DataArray([["A", ""]], dims=("park", "time"))
    >>> left(xr.Dataset(coords={"host": host})).values.tolist()
    [[False, True]]
    """
    if "host" not in dataset.coords:
        return None
    gone = np.asarray(dataset["host"].values, dtype=str) == ""
    return xr.DataArray(gone, dims=dataset["host"].dims) if gone.any() else None


def of_zones(array: xr.DataArray, gone: xr.DataArray | None) -> xr.DataArray:
    """A quantity with nothing in it from parks that have left; as it is where it has no parks or none has left."""
    if gone is None or dims.PARK not in array.dims or dims.TIME not in array.dims:
        return array
    return array * (~gone).astype(float)
