"""The results Dataset: built from an engine's arrays, saved and opened; every variable knows its unit and names."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims
from sim.binding import Study
from sim.bundle import Bundle
from sim.errors import InputError, Place, Problem
from sim.netcdf import from_bytes
from sim.outputs_spec import Output

FILE = "results.nc"
FORMAT = "sim-results-1"
"""Version of the layout, in the attribute ``format``; a file of another layout is refused."""

TOLD = ("run_id", "scenario", "scenario_name", "scenario_name_zh", "bundle_sha256", "clock", "own_table")
"""Attributes that tables and comparisons show; texts without control characters."""


def build(
    bundle: Bundle, study: Study, arrays: Mapping[str, xr.DataArray], provenance: Mapping[str, str]
) -> xr.Dataset:
    """The results of one run as a Dataset.

    Every variable has the dims ``run`` (one run here), those of its output among ``park, league, tier, industry,
    pollutant``, and ``time`` (whole years), in this order; attributes ``units``, ``units_zh``, ``long_name``,
    ``long_name_zh``, ``kind``, ``model_variable`` and, where it has one, ``role``. Coordinates on ``park`` tell names,
    level, league, rosters and the origin of each column of the park table; ``host`` and ``national`` follow the years.
    Policies stand by their keys, with their names beside.

    Parameters
    ----------
    arrays
        By model variable, dims of the variable then ``time``, as an engine gives them.
    provenance
        Becomes the attributes of the Dataset: hashes, versions, seed.
    """
    variables = {name: _variable(spec, arrays[spec.variable]) for name, spec in bundle.outputs.items()}
    table, origins = bundle.parks.frame, bundle.parks.origins
    coords: dict[str, tuple[object, object]] = {
        **_labels([arrays[spec.variable] for spec in bundle.outputs.values()]),
        "name_zh": (dims.PARK, _words(table["name_zh"])),
        "name_en": (dims.PARK, _words(table["name_en"])),
        "park_league": (dims.PARK, _words(table["league"])),
        "host": ((dims.PARK, dims.TIME), study.membership.host.astype(str).astype(object)),
        "national": ((dims.PARK, dims.TIME), study.membership.national.astype(np.int8)),
    }
    for key in ("level", "type", "region", "county"):
        coords[key] = (dims.PARK, _words(table[key]))
    for key in ("key24", "key13", "demonstration"):
        coords[key] = (dims.PARK, table[key].to_numpy().astype(np.int8))
    for key in origins.columns:
        coords[f"{key}_origin"] = (dims.PARK, _words(origins[key]))
    if dims.POLICY in coords:
        coords |= _policies(bundle, coords[dims.POLICY][1])
    return xr.Dataset(variables, coords, {"format": FORMAT, **provenance})


def _policies(bundle: Bundle, elements: object) -> dict[str, tuple[object, object]]:
    """Policies by their keys, whatever the model calls them, with their names."""
    by_element = {policy.element: policy for policy in bundle.policies.values()}
    policies = [by_element[str(element)] for element in np.asarray(elements)]
    return {
        dims.POLICY: (dims.POLICY, _words([policy.key for policy in policies])),
        "policy_zh": (dims.POLICY, _words([policy.name_zh for policy in policies])),
        "policy_en": (dims.POLICY, _words([policy.name_en for policy in policies])),
    }


def _words(column: object) -> np.ndarray:
    return np.asarray(column, dtype=str).astype(object)


def _labels(arrays: Iterable[xr.DataArray]) -> dict[str, tuple[object, object]]:
    """The labels of every dim, which are the same in all arrays."""
    found: dict[str, np.ndarray] = {dims.RUN: np.array([0])}
    for array in arrays:
        for dim, labels in ((str(name), coord.to_numpy()) for name, coord in array.coords.items()):
            if not np.array_equal(found.setdefault(dim, labels), labels):
                raise ValueError(f"two outputs differ in the labels of {dim}")
    return {dim: (dim, labels) for dim, labels in found.items()}


def _variable(spec: Output, array: xr.DataArray) -> xr.Variable:
    """An output with its dims in their order; a bare variable, for labels on each would be aligned again and again."""
    ordered = [name for name in dims.ORDER if name in spec.dims]
    attributes = {
        dims.UNITS: spec.units,
        dims.UNITS_ZH: spec.units_zh,
        dims.LONG_NAME: spec.name_en,
        dims.LONG_NAME_ZH: spec.name_zh,
        "kind": spec.kind,
        "model_variable": spec.variable,
    } | ({"role": spec.role} if spec.role else {})
    values = array.variable.transpose(*ordered, dims.TIME).to_numpy()
    return xr.Variable((dims.RUN, *ordered, dims.TIME), values[None], attributes)


def _read(content: bytes) -> xr.Dataset:
    """Our own layout quickly; a file that another program has saved again, as xarray reads it."""
    try:
        return from_bytes(content)
    except Exception:  # damaged or another layout: the slow reader will tell
        return xr.load_dataset(io.BytesIO(content), engine="h5netcdf")


def open_results(path: Path) -> xr.Dataset:
    """Read results back into memory.

    Parameters
    ----------
    path
        A results file, or the output folder that holds one.

    Raises
    ------
    InputError
        If there is none, or it is no results file of this layout.
    """
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError([Problem(Place(file), "results_missing")])
    try:
        dataset = _read(file.read_bytes())
    except Exception:  # the reader raises whatever a damaged file makes of it
        raise InputError([Problem(Place(file), "results_broken")]) from None
    if dataset.attrs.get("format") != FORMAT:
        found = str(dataset.attrs.get("format", "?"))
        raise InputError([Problem(Place(file), "results_format", {"found": found, "expected": FORMAT})])
    if not all(str(dataset.attrs.get(name, "\n")).replace("\u3000", "").isprintable() for name in TOLD):
        raise InputError([Problem(Place(file), "results_broken")])
    return dataset
