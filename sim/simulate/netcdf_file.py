"""Results of a model as a netCDF file."""

from __future__ import annotations

import re

import xarray as xr

from sim.netcdf import to_bytes


def netcdf_bytes(dataset: xr.Dataset) -> bytes:
    """A netCDF-4 file; what its names can't hold is replaced, the model's name is in ``model_variable``."""
    taken: set[str] = set(map(str, dataset.dims))
    names = {}
    for name in map(str, dataset.data_vars):
        safe = re.sub(r"[/\x00-\x1f]", "_", name).strip() or "_"
        while safe in taken:
            safe += "_"
        taken.add(safe)
        names[name] = safe
    named = dataset.rename_vars(names)
    for name, safe in names.items():
        named[safe].attrs = {**dataset[name].attrs, "model_variable": name}
    return to_bytes(named)
