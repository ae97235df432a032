"""A quantity inside an expression: values with the elements that count, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sim import dims


class MixedDimsError(Exception):
    """Two quantities whose dimensions don't nest were put together; carries both sets of names."""


@dataclass(frozen=True)
class Quantity:
    """Values and the elements that take part.

    Parameters
    ----------
    data
        Any subset of the dims of a results Dataset, ``time`` in whole years.
    mask
        True where an element takes part; ``None`` where all do. An element that does not (not selected, or a
        park that left the list) is passed over; a value that is undefined makes the sum undefined.
    """

    data: xr.DataArray
    mask: xr.DataArray | None = None

    @property
    def elements(self) -> tuple[str, ...]:
        """The dims other than ``run`` and ``time``."""
        return tuple(str(d) for d in self.data.dims if d not in (dims.RUN, dims.TIME))

    @property
    def is_condition(self) -> bool:
        """Whether the values are true/false."""
        return bool(self.data.dtype == np.bool_)

    def filled(self, value: float) -> xr.DataArray:
        """The numbers, with ``value`` for the elements that don't take part."""
        numbers = self.data.astype(float)
        return numbers if self.mask is None else numbers.where(self.mask, value)


def both(a: xr.DataArray | None, b: xr.DataArray | None) -> xr.DataArray | None:
    """The elements that take part on either side."""
    if a is None or b is None:
        return a if b is None else b
    return a & b


def nested(a: Quantity, b: Quantity) -> None:
    """Refuse park × league and the like, which would silently multiply out.

    Raises
    ------
    MixedDimsError
        If neither has all the dims of the other.
    """
    left, right = set(a.elements), set(b.elements)
    if not (left <= right or right <= left):
        raise MixedDimsError(", ".join(a.elements), ", ".join(b.elements))


def divide(a: xr.DataArray, b: xr.DataArray) -> xr.DataArray:
    """Ratio; undefined (NaN), never infinite, where the divisor is 0."""
    with np.errstate(all="ignore"):
        ratio: xr.DataArray = a / b.where(b != 0)
    return ratio


def _total(q: Quantity, over: list[str]) -> xr.DataArray:
    total: xr.DataArray = q.filled(0.0).sum(over, skipna=False)
    return total


def _number(q: Quantity, over: list[str]) -> xr.DataArray:
    ones = xr.ones_like(q.data, dtype=float)
    number: xr.DataArray = (ones if q.mask is None else ones.where(q.mask, 0.0)).sum(over)
    return number


def _mean(q: Quantity, over: list[str]) -> xr.DataArray:
    return divide(_total(q, over), _number(q, over))


def _largest(q: Quantity, over: list[str]) -> xr.DataArray:
    found: xr.DataArray = q.filled(-np.inf).max(over, skipna=False)
    return found.where(np.isfinite(found))


def _smallest(q: Quantity, over: list[str]) -> xr.DataArray:
    found: xr.DataArray = q.filled(np.inf).min(over, skipna=False)
    return found.where(np.isfinite(found))


def _every(q: Quantity, over: list[str]) -> xr.DataArray:
    return _smallest(q, over) > 0.5


REDUCTIONS: dict[str, Callable[[Quantity, list[str]], xr.DataArray]] = {
    "sum": _total,
    "mean": _mean,
    "max": _largest,
    "min": _smallest,
    "count": _total,
    "share": _mean,
    "all": _every,
}
"""Over the elements that take part; ``count`` and ``share`` are the sum and the mean of a condition."""


def reduce(q: Quantity, how: str, over: list[str]) -> Quantity:
    """Take a sum, mean, … over some dims; without any, a lone element is its own sum."""
    data = REDUCTIONS[how](q, over)
    if q.mask is None:
        return Quantity(data)
    left = [d for d in over if d in q.mask.dims]
    mask = q.mask.any(left) if left else q.mask
    return Quantity(data, mask if any(d not in (dims.RUN, dims.TIME) for d in mask.dims) else None)


def nth_largest(q: Quantity, rank: int) -> Quantity:
    """The ``rank``-th largest of all elements; the smallest where there are fewer; undefined without any."""
    over = list(q.elements)
    if not over:
        return q
    stacked = q.filled(-np.inf).stack(element=over).transpose(..., "element")
    ordered = -np.sort(-stacked.values, axis=-1)
    number = np.isfinite(ordered).sum(axis=-1)
    index = np.clip(np.minimum(rank, number) - 1, 0, None)
    picked = np.take_along_axis(ordered, index[..., None], axis=-1)[..., 0]
    rest = stacked.isel(element=0, drop=True)
    found = rest.copy(data=np.where(number > 0, picked, np.nan))
    return Quantity(found)
