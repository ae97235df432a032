"""Results held against results of the same scenario: the largest relative difference, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from sim import dims

NEGLIGIBLE = 1e-9
"""Relative difference up to which numbers count as the same: other processors and libraries round the last digits
otherwise."""

_NOTHING = 1e-12
"""What is smaller than this part of the largest number of its output is no number that anybody reads."""


@dataclass(frozen=True)
class Largest:
    """The number that differs most.

    Parameters
    ----------
    output
        Its variable.
    element
        Labels of its element, such as ``P04, metals``; "" where it has none.
    year
        Calendar year; ``None`` where the numbers have no time.
    relative
        Difference as a part of the larger of the two; of an output that is a ratio or an index, which may be next to
        nought, as a part of the largest number of the output.
    before, after
        In the stored results, and run again.
    """

    output: str
    element: str
    year: int | None
    relative: float
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """What two sets of results have in common.

    Parameters
    ----------
    numbers
        How many numbers were compared.
    identical
        Whether every one is the same to the last bit.
    largest
        ``None`` where nothing differs.
    only_before, only_after
        Outputs, or labels as ``park P04``, that only one of the two has.
    """

    numbers: int
    identical: bool
    largest: Largest | None
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs that counts."""
        near = self.largest is None or self.largest.relative <= NEGLIGIBLE
        return near and not self.only_before and not self.only_after


def compare(before: xr.Dataset, after: xr.Dataset) -> Comparison:
    """Compare the outputs of two Datasets, element by element; labels that only one has are told and left out.

    >>> one = xr.Dataset({"gdp": (("park", "time"), [[1.0, 2.0]])}, {"park": ["P1"], "time": [2015, 2016]})
    >>> found = compare(one, one * 2)
    >>> found.largest.output, found.largest.element, found.largest.year, found.largest.relative
    ('gdp', 'P1', 2015, 0.5)
    """
    names = [[str(name) for name in one.data_vars] for one in (before, after)]
    only = [[name for name in names[i] if name not in names[1 - i]] for i in (0, 1)]
    shared = {}
    for dim in (str(name) for name in before.sizes if name in after.sizes):
        labels = [[str(label) for label in one[dim].values] for one in (before, after)]
        for i in (0, 1):
            only[i] += [f"{dim} {label}" for label in labels[i] if label not in labels[1 - i]]
        shared[dim] = [label for label in labels[0] if label in labels[1]]
    found = [_largest(name, *(_at(one, name, shared) for one in (before, after)))
             for name in names[0] if name in names[1]]  # fmt: skip
    worst = max((one for _, _, one in found if one), key=lambda one: one.relative, default=None)
    identical = all(same for _, same, _ in found) and not any(only)
    return Comparison(sum(count for count, _, _ in found), identical, worst, tuple(only[0]), tuple(only[1]))


def _at(dataset: xr.Dataset, name: str, shared: dict[str, list[str]]) -> xr.DataArray:
    array = dataset[name]
    for dim in map(str, array.dims):
        if dim in shared:
            labels = [str(label) for label in array[dim].values]
            if labels != shared[dim]:
                array = array.isel({dim: [labels.index(label) for label in shared[dim]]})
    return array


def _largest(name: str, before: xr.DataArray, after: xr.DataArray) -> tuple[int, bool, Largest | None]:
    """How many numbers there are, whether all are the same bits, and the one that differs most."""
    if before.dtype.kind not in "fiub" or before.dims != after.dims:
        return 0, bool(before.dims == after.dims and (before.values == after.values).all()), None
    a, b = (np.asarray(one.values, dtype=float) for one in (before, after))
    if not a.size or a.tobytes() == b.tobytes():
        return a.size, True, None
    size = np.fmax(np.abs(a), np.abs(b))
    most = float(np.nanmax(size, initial=0.0))
    least = _NOTHING * most
    if before.attrs.get("kind") == "level":
        size = np.full(a.shape, most)
    gone = np.isfinite(a) != np.isfinite(b)  # a number that is one in only one of them
    both = np.isfinite(a) & np.isfinite(b) & (size > least)
    relative = np.where(gone, np.inf, 0.0)
    relative[both] = np.abs(a - b)[both] / size[both]
    at = np.unravel_index(int(np.argmax(relative)), relative.shape)
    if not relative[at] > 0:
        return a.size, False, None
    labels = {str(dim): before[dim].values[place] for dim, place in zip(before.dims, at, strict=True)}
    year = int(labels.pop(dims.TIME)) if dims.TIME in labels else None
    if before.sizes.get(dims.RUN) == 1:
        labels.pop(dims.RUN)
    element = ", ".join(str(label) for label in labels.values())
    return a.size, False, Largest(name, element, year, float(relative[at]), float(a[at]), float(b[at]))
