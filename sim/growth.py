"""Sources of growth: logarithms against the base year, and what each source adds to the growth of a total."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Growth of a total from one year to the next, and what it is made of.

    Parameters
    ----------
    total
        In %, shape (year - 1,): from the second year on.
    sources
        By source in percentage points, same shape.
    left
        What parts take along that no longer count, in percentage points.
    """

    total: Array
    sources: Mapping[str, Array]
    left: Array

    @property
    def rest(self) -> Array:
        """What the sources leave open; nothing but rounding where the total is the product of its sources."""
        return np.asarray(self.total - self.left - np.sum(list(self.sources.values()), axis=0))


def log_index(values: Array) -> Array:
    """Logarithm against the first value along the last axis; 0 throughout where that is not above 0.

    >>> log_index(np.array([[2.0, 4.0, 2.0], [0.0, 0.0, 0.0]])).round(3).tolist()
    [[0.0, 0.693, 0.0], [0.0, 0.0, 0.0]]
    """
    first = values[..., :1]
    there = np.broadcast_to(first > 0, values.shape)
    index = np.divide(values, first, out=np.ones_like(values), where=there)
    with np.errstate(divide="ignore"):  # what ends has fallen without bound
        return np.asarray(np.log(index))


def log_mean(before: Array, after: Array) -> Array:
    """Logarithmic mean, 0 where one of the two is not above 0.

    >>> log_mean(np.array([1.0, 3.0, 1.0]), np.array([np.e, 3.0, 0.0])).round(4).tolist()
    [1.7183, 3.0, 0.0]
    """
    there = (before > 0) & (after > 0)
    log = np.log(np.divide(after, before, out=np.ones_like(before), where=there))
    rise = np.divide(np.expm1(log), log, out=np.ones_like(log), where=log != 0)
    return np.asarray(np.where(there, before * rise, 0.0))


def sources_of_growth(values: Array, logs: Mapping[str, Array], gone: npt.NDArray[np.bool_] | None = None) -> Growth:
    """Split the yearly growth of a sum over its sources.

    Every part of the sum is a product of the sources. From year to year it changes by its logarithmic mean times the
    change of its logarithm, which is the sum of those of the sources: so nothing is left over, and the result is the
    same whichever source comes first (B. W. Ang, The LMDI approach to decomposition analysis: a practical guide,
    Energy Policy 33 (2005), 867-871, additive form).

    Parameters
    ----------
    values
        Shape (..., year), consecutive years.
    logs
        By source, see :func:`log_index`; shapes that broadcast to that of ``values``.
    gone
        Where a part counts no more, shape of ``values``.

    >>> grown = sources_of_growth(np.array([[100.0, 110.0]]), {"capital": np.log([[1.0, 1.1]])})
    >>> grown.total.round(9).tolist(), grown.sources["capital"].round(9).tolist(), bool(abs(grown.rest[0]) < 1e-12)
    ([10.0], [10.0], True)
    """
    counted = np.ones(values.shape, dtype=bool) if gone is None else ~gone
    live = np.where(counted, values, 0.0)
    before, after = live[..., :-1], live[..., 1:]
    cells = tuple(range(values.ndim - 1))
    base = before.sum(axis=cells)
    percent = 100.0 / np.where(base > 0, base, np.nan)
    weight = log_mean(before, after)
    sources = {}
    for name, log in logs.items():
        known = np.where(np.isfinite(log), log, 0.0)  # of what ended: its weight is 0
        step = np.diff(np.broadcast_to(known, values.shape), axis=-1)
        sources[name] = percent * (weight * step).sum(axis=cells)
    moved = np.where(counted[..., 1:] != counted[..., :-1], after - before, 0.0)
    return Growth(percent * (after.sum(axis=cells) - base), sources, percent * moved.sum(axis=cells))
