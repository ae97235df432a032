"""Which parameters figures can feel: each alone at both ends of its range, around some points of the prior."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Predict = Callable[[Array], Array]
"""From points of the unit cube, shape (runs, dimensions), to what the model says, shape (figures, runs)."""

PLACES = 8
LOW, HIGH = 0.05, 0.95

FELT = 0.1
"""Standard deviations of the figures that a parameter must move over its range to be felt; assumed."""


def effects(predict: Predict, places: Array, columns: Sequence[int], deviation: Array) -> Array:
    """How far each of some dimensions moves all figures together, in standard deviations of their errors.

    Parameters
    ----------
    places
        Points of the prior, shape (places, dimensions).
    columns
        Dimensions that are moved.
    deviation
        Standard deviation of each figure.

    Returns
    -------
    numpy.ndarray
        Mean over the places that gave numbers, shape (columns,); 0 where none did.

    >>> def predict(cube):
    ...     return np.stack([3.0 * cube[:, 0], cube[:, 1]])
    >>> effects(predict, np.full((2, 3), 0.5), (0, 1, 2), np.ones(2)).round(12).tolist()
    [2.7, 0.9, 0.0]
    """
    rows = np.repeat(places[:, None, None, :], len(columns), axis=1).repeat(2, axis=2)
    for number, column in enumerate(columns):
        rows[:, number, :, column] = LOW, HIGH
    found = predict(rows.reshape(-1, places.shape[1])).reshape(len(deviation), len(places), len(columns), 2)
    moved = (found[..., 1] - found[..., 0]) / deviation[:, None, None]
    size = np.sqrt((moved**2).sum(axis=0))
    known = np.isfinite(size)
    return np.asarray(np.where(known, size, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
