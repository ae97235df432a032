"""Numbers with named dims: plain numpy, for expressions do thousands of small operations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import dims

Values = NDArray[Any]
_AXIS = {name: axis for axis, name in enumerate(dims.ORDER)}


@dataclass(frozen=True)
class Array:
    """Values with one axis for each of `sim.dims.ORDER`, of length 1 for every dim that isn't among ``names``.

    All arrays of one results Dataset have the same elements along a dim, so numpy's broadcasting puts them side by
    side by name. The names tell a dim with a single element from one that isn't there.
    """

    names: frozenset[str]
    values: Values

    @classmethod
    def of(cls, names: Sequence[str], values: Values) -> Array:
        """Values whose axes are ``names``, in any order.

        >>> found = Array.of(("time", "park"), np.zeros((16, 116)))
        >>> found.dims, found.values.shape
        (('park', 'time'), (1, 116, 1, 1, 1, 1, 1, 16))
        """
        inner = [name for name in dims.ORDER if name in names]
        ordered = np.transpose(values, [names.index(name) for name in inner])
        shape = [1] * len(dims.ORDER)
        for name, length in zip(inner, ordered.shape, strict=True):
            shape[_AXIS[name]] = length
        return cls(frozenset(names), ordered.reshape(shape))

    @property
    def dims(self) -> tuple[str, ...]:
        """The dims that it has, in their usual order."""
        return tuple(name for name in dims.ORDER if name in self.names)

    def over(self, reduce: Callable[..., Values], names: Collection[str]) -> Array:
        """A numpy reduction over some dims; those that it doesn't have are passed over."""
        axes = tuple(_AXIS[name] for name in names if name in self.names)
        return Array(self.names - set(names), reduce(self.values, axis=axes, keepdims=True)) if axes else self

    def at(self, name: str, position: int) -> Array:
        """One position along a dim, which goes; itself where it hasn't that dim."""
        if name not in self.names:
            return self
        return Array(self.names - {name}, self.values.take([position], axis=_AXIS[name]))

    def inner(self, names: Sequence[str]) -> Values:
        """The values with the axes ``names`` last, in that order, and all others (length 1 or not) before them."""
        return np.moveaxis(self.values, [_AXIS[name] for name in names], range(-len(names), 0))


def put_back(names: Sequence[str], values: Values) -> Values:
    """Undo `Array.inner`: put the last axes back to the places of ``names``."""
    return np.moveaxis(values, range(-len(names), 0), [_AXIS[name] for name in names])


def number(value: float) -> Array:
    """A number without dims."""
    return Array(frozenset(), np.full((1,) * len(dims.ORDER), value))


def each(work: Callable[..., Values], *arrays: Array) -> Array:
    """An element-wise function of arrays; the result has the dims of all of them.

    >>> parks, years = Array.of(("park",), np.array([1.0, 2.0])), Array.of(("time",), np.array([10.0, 20.0, 30.0]))
    >>> each(np.multiply, parks, years).values.ravel()
    array([10., 20., 30., 20., 40., 60.])
    """
    names = frozenset().union(*(array.names for array in arrays))
    return Array(names, work(*(array.values for array in arrays)))
