"""A Dataset written as a netCDF-4 file and read back: HDF5 with dimension scales, as the netCDF library lays it out.

xarray's own writer and reader take ten times as long for a hundred small variables, and import much more; it still
reads these files, and so does every program that reads netCDF-4.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import h5py
import numpy as np
import xarray as xr

_TEXT = h5py.string_dtype()
_LAYOUT = frozenset(
    ("CLASS", "NAME", "REFERENCE_LIST", "DIMENSION_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_FillValue")
)
"""Attributes that lay out the file and tell nothing of what is in it."""


def to_bytes(dataset: xr.Dataset) -> bytes:
    """The Dataset as a file in memory: numbers and texts, with their attributes (texts and numbers).

    Every dim must have its labels. Numbers are stored as they are: they hardly get smaller by compression.

    >>> labelled = xr.Dataset({"gdp": ("park", [1.5, 2.5])}, {"park": ["P1", "P2"], "zh": ("park", ["甲", "乙"])})
    >>> back = xr.load_dataset(io.BytesIO(to_bytes(labelled)), engine="h5netcdf")
    >>> back.identical(labelled)
    True
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", track_order=True) as file:
        file.attrs.update(dataset.attrs)
        scales, number = {}, {name: place for place, name in enumerate(map(str, dataset.sizes))}
        for name in number:
            scales[name] = _stored(file, name, dataset.variables[name])
            scales[name].make_scale(name)
            scales[name].attrs["_Netcdf4Dimid"] = np.int32(number[name])
        coordinates = _coordinates(dataset)
        for name, variable in ((str(key), variable) for key, variable in dataset.variables.items()):
            if name in number:
                continue
            names = [str(dim) for dim in variable.dims]
            stored = _stored(file, name, variable)
            stored.attrs["_Netcdf4Coordinates"] = np.array([number[dim] for dim in names], dtype=np.int32)
            for axis, dim in enumerate(names):
                stored.dims[axis].attach_scale(scales[dim])
            if coordinates.get(name):
                stored.attrs["coordinates"] = coordinates[name]
    return buffer.getvalue()


def from_bytes(content: bytes) -> xr.Dataset:
    """The Dataset in a file that :func:`to_bytes` made, in memory.

    Raises
    ------
    Exception
        Whatever the reader makes of a file that is damaged or laid out by another program.

    >>> labelled = xr.Dataset({"gdp": ("park", [1.5, 2.5], {"units": "1"})}, {"park": ["P1", "P2"]}, {"run_id": "x"})
    >>> from_bytes(to_bytes(labelled)).identical(labelled)
    True
    """
    with h5py.File(io.BytesIO(content), "r") as file:
        if "_NCProperties" in file.attrs:  # others leave their name, and may have encoded what this reader won't decode
            raise ValueError("the file was laid out by another program")
        stored = {str(name): file[name] for name in file}
        order = sorted((int(one.attrs["_Netcdf4Dimid"]), name) for name, one in stored.items() if one.is_scale)
        names = [name for _, name in order]
        found, further = {}, set(names)
        for name, one in stored.items():
            own = [name] if one.is_scale else [names[place] for place in one.attrs["_Netcdf4Coordinates"]]
            told = {str(key): value for key, value in one.attrs.items() if key not in _LAYOUT}
            further |= set(str(told.pop("coordinates", "")).split())
            found[name] = xr.Variable(own, _values(one), told)
        variables = {name: variable for name, variable in found.items() if name not in further}
        return xr.Dataset(variables, {name: found[name] for name in found if name in further}, dict(file.attrs))


def _values(stored: h5py.Dataset) -> np.ndarray:
    if h5py.check_string_dtype(stored.dtype) is not None:
        return np.asarray(stored.asstr()[()], dtype=str)
    return np.asarray(stored[()])


def _stored(file: h5py.File, name: str, variable: xr.Variable) -> h5py.Dataset:
    values = variable.values
    if values.dtype.kind in "OU":
        stored = file.create_dataset(name, data=values.astype(object), dtype=_TEXT)
    elif values.dtype.kind == "f":
        stored = file.create_dataset(name, data=values, fillvalue=np.nan)
        stored.attrs["_FillValue"] = np.array([np.nan], dtype=values.dtype)
    else:
        stored = file.create_dataset(name, data=values)
    stored.attrs.update(variable.attrs)
    return stored


def _coordinates(dataset: xr.Dataset) -> Mapping[str, str]:
    """By output, the further coordinates that go with it, as the CF conventions have it."""
    names = sorted(map(str, set(dataset.coords) - set(dataset.sizes)))
    own = {name: set(dataset.variables[name].dims) for name in names}
    return {
        str(key): " ".join(name for name in names if own[name] <= set(dataset.variables[key].dims))
        for key in dataset.data_vars
    }
