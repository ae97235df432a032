"""What a run recorded, as expressions read it: arrays by name, whole years, and who belongs to which zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.array import Array
from sim.targets.membership import Membership

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class OwnParks:
    """What runs have of their own besides outputs, where each stands on its own park table.

    Parameters
    ----------
    labels
        Flags of parks, dims ``run, park`` and perhaps ``time``.
    hosts
        Row of the host of each park, shape (runs, parks, years); ``None``: the zones are those that all runs share.
    """

    labels: Mapping[str, Array]
    hosts: NDArray[np.int64] | None


@dataclass(frozen=True)
class Recorded:
    """Results stripped to arrays.

    Parameters
    ----------
    outputs
        Values by output.
    labels
        Coordinates by name: labels and flags of parks, the labels of every dim.
    years
        Calendar years along ``time``.
    levels
        Outputs of the kind ``level``: shares and ratios, which don't add up.
    hosts
        Row of the host of each park where the zones differ by run, shape (runs, parks, years); else ``None``.
    """

    outputs: Mapping[str, Array]
    labels: Mapping[str, Array]
    years: NDArray[np.int64]
    levels: frozenset[str]
    hosts: NDArray[np.int64] | None = None

    @cached_property
    def members(self) -> Membership:
        """The hosts of the parks; without a ``host`` every park is a zone of its own."""
        if self.hosts is not None:
            return Membership.by_run(self.hosts)
        parks = [str(park) for park in self.labels[dims.PARK].values.ravel()]
        return Membership(parks, self.labels.get("host"), len(self.years))


def recorded(dataset: xr.Dataset) -> Recorded:
    """The arrays of a results Dataset; years that are not whole are passed over, and so are dims that aren't ours."""
    time = np.asarray(dataset[dims.TIME].values, dtype=float)
    whole = np.isclose(time, np.rint(time), atol=1e-6)
    known = [name for name, variable in dataset.variables.items() if set(variable.dims) <= set(dims.ORDER)]
    arrays = {str(name): _array(dataset.variables[name], np.flatnonzero(whole)) for name in known}
    labels = {name: array for name, array in arrays.items() if name in dataset.coords}
    outputs = {name: array for name, array in arrays.items() if name not in labels}
    levels = frozenset(name for name in outputs if dataset.variables[name].attrs.get("kind") == "level")
    return Recorded(outputs, labels, np.rint(time[whole]).astype(np.int64), levels)


def _array(variable: xr.Variable, keep: NDArray[np.intp]) -> Array:
    array = Array.of([str(dim) for dim in variable.dims], variable.values)
    if dims.TIME not in array.names:
        return array
    # What belongs to a year lies side by side in memory: numpy adds that up in pairs, which loses fewer digits.
    return Array(array.names, np.moveaxis(np.moveaxis(array.values, -1, 0)[keep], 0, -1))
