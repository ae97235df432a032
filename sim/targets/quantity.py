"""A quantity inside an expression: values with the elements that count, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim import dims
from sim.targets.array import Array, Values, each, put_back

_OUTSIDE = frozenset((dims.RUN, dims.TIME))


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

    data: Array
    mask: Array | None = None

    @property
    def elements(self) -> tuple[str, ...]:
        """The dims other than ``run`` and ``time``."""
        return tuple(name for name in self.data.dims if name not in _OUTSIDE)

    @property
    def is_condition(self) -> bool:
        """Whether the values are true/false."""
        return bool(self.data.values.dtype == np.bool_)

    @property
    def numbers(self) -> Array:
        """The values as numbers: a condition as 0 and 1."""
        return Array(self.data.names, self.data.values.astype(float))

    def filled(self, value: float) -> Array:
        """The numbers, with ``value`` for the elements that don't take part."""
        if self.mask is None:
            return self.numbers
        return each(lambda data, mask: np.where(mask, data, value), self.numbers, self.mask)


def both(a: Array | None, b: Array | None) -> Array | None:
    """The elements that take part on either side."""
    if a is None or b is None:
        return a if b is None else b
    return each(np.logical_and, a, b)


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


def divide(a: Values, b: Values) -> Values:
    """Ratio; undefined (NaN), never infinite, where the divisor is 0."""
    with np.errstate(all="ignore"):
        return np.asarray(a / np.where(b != 0, b, np.nan))


def _total(q: Quantity, over: Sequence[str]) -> Array:
    return q.filled(0.0).over(np.sum, over)


def _mean(q: Quantity, over: Sequence[str]) -> Array:
    ones = Quantity(Array(q.data.names, np.ones(q.data.values.shape)), q.mask)
    return each(divide, _total(q, over), _total(ones, over))


def _largest(q: Quantity, over: Sequence[str]) -> Array:
    return _finite(q.filled(-np.inf).over(np.max, over))


def _smallest(q: Quantity, over: Sequence[str]) -> Array:
    return _finite(q.filled(np.inf).over(np.min, over))


def _finite(found: Array) -> Array:
    """Undefined where nothing took part."""
    return each(lambda values: np.where(np.isfinite(values), values, np.nan), found)


def _every(q: Quantity, over: Sequence[str]) -> Array:
    return each(lambda values: values > 0.5, _smallest(q, over))


REDUCTIONS: dict[str, Callable[[Quantity, Sequence[str]], Array]] = {
    "sum": _total,
    "mean": _mean,
    "max": _largest,
    "min": _smallest,
    "count": _total,
    "share": _mean,
    "all": _every,
}
"""Over the elements that take part; ``count`` and ``share`` are the sum and the mean of a condition."""


def reduce(q: Quantity, how: str, over: Sequence[str]) -> Quantity:
    """Take a sum, mean, … over some dims; without any, a lone element is its own sum."""
    data = REDUCTIONS[how](q, over)
    if q.mask is None:
        return Quantity(data)
    mask = q.mask.over(np.any, over)
    return Quantity(data, mask if mask.names - _OUTSIDE else None)


def nth_largest(q: Quantity, rank: int) -> Quantity:
    """The ``rank``-th largest of all elements; the smallest where there are fewer; undefined without any."""
    over = q.elements
    if not over:
        return q
    stacked = q.filled(-np.inf)
    inner = stacked.inner(over)
    ordered = -np.sort(-inner.reshape(*inner.shape[: -len(over)], -1), axis=-1)
    count = np.isfinite(ordered).sum(axis=-1)
    index = np.clip(np.minimum(rank, count) - 1, 0, None)
    picked = np.take_along_axis(ordered, index[..., None], axis=-1)[..., 0]
    found = np.where(count > 0, picked, np.nan).reshape(*inner.shape[: -len(over)], *[1] * len(over))
    return Quantity(Array(stacked.names - set(over), put_back(over, found)))
