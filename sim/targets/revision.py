"""The base as the statistical office revised it: a property of what is reported, never a driver of the run.

A run knows nothing of the revision. Where a scenario asks for the revised base, every output that counts money by the
revised statistics is reported times a factor, the same in all years; shares and intensities follow, growth stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from sim import dims

if TYPE_CHECKING:
    import xarray as xr

    from sim.targets.target import Target

Base = Literal["published", "revised"]
BASES_REPORTED: tuple[Base, ...] = get_args(Base)
PUBLISHED: Base = "published"
REVISED: Base = "revised"
ATTRIBUTE = "reported_base"
"""Attribute of results that tells the base of their tables; the numbers in the file are always on the published one."""

INDUSTRIES: Mapping[str, tuple[str, ...]] = {
    "": dims.INDUSTRIES,
    "material": dims.MATERIAL,
    "services": tuple(name for name in dims.INDUSTRIES if name not in dims.MATERIAL),
}
"""Industries that a revision names, by its word for them; "" for all, and for outputs that have no industries."""

_STATED = ("published", "user")


@dataclass(frozen=True)
class Revision:
    """What a revised base multiplies.

    Parameters
    ----------
    constant
        Name of the constant that is the factor.
    outputs
        What it multiplies.
    industry
        A key of `INDUSTRIES`: only these industries of the outputs.
    """

    constant: str
    outputs: tuple[str, ...]
    industry: str = ""


def base_of(results: xr.Dataset) -> Base:
    """The base on which results are reported: the published one unless they say otherwise."""
    return REVISED if results.attrs.get(ATTRIBUTE) == REVISED else PUBLISHED


def as_reported(results: xr.Dataset, targets: Sequence[Target]) -> xr.Dataset:
    """Results on the base on which they are reported: themselves, or a copy with the revised outputs multiplied.

    A value of 2015 that was published is derived once it is multiplied, and its origin says so.

    Parameters
    ----------
    targets
        Those of the bundle, which share the factors.
    """
    if base_of(results) == PUBLISHED or not targets:
        return results
    vocabulary = targets[0].vocabulary
    changed: dict[str, xr.DataArray] = {}
    for revision in vocabulary.revisions:
        factor = vocabulary.constants[revision.constant].value
        for name in revision.outputs:
            if name in results:
                array = changed.get(name, results[name])
                changed[name] = array.copy(data=array.values * _factors(array, factor, revision.industry))
    origins = {}
    for name in changed:
        coordinate = f"{name}_{dims.ORIGIN}"
        if coordinate in results.coords:
            found = results[coordinate]
            stated = np.isin(found.values.astype(str), _STATED)
            origins[coordinate] = found.copy(data=np.where(stated, "derived", found.values.astype(str)).astype(object))
    return results.assign(changed).assign_coords(origins)


def _factors(array: xr.DataArray, factor: float, industry: str) -> np.ndarray:
    """The factor along the axis of industries, 1 for those that aren't meant."""
    if dims.INDUSTRY not in array.dims:
        return np.array(factor)
    meant = np.isin(array[dims.INDUSTRY].values.astype(str), INDUSTRIES[industry])
    shape = [-1 if dim == dims.INDUSTRY else 1 for dim in array.dims]
    return np.where(meant, factor, 1.0).reshape(shape)
