"""Spread a known total over parks: scale inside bounds, round without loss, balance to two margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Vector = NDArray[np.float64]

DECIMALS = 4


def spread_to_total(prior: Vector, total: float, low: ArrayLike = 0.0, high: ArrayLike = np.inf) -> Vector:
    """Scale `prior` (park,) by one common factor inside the bounds so that it sums to `total`.

    Raises
    ------
    ValueError
        If the bounds leave no room for the total.

    >>> spread_to_total(np.array([1.0, 1.0, 2.0]), 12.0, high=5.0).tolist()
    [3.5, 3.5, 5.0]
    """
    low, high = np.broadcast_to(low, prior.shape), np.broadcast_to(high, prior.shape)
    least, most = float(low.sum()), float(np.minimum(high, 1e12).sum())
    if not least <= total <= most:
        raise ValueError(f"total {total} outside [{least}, {most}]")

    def excess(log_factor: float) -> float:
        return float(np.clip(prior * np.exp(log_factor), low, high).sum()) - total

    factor = np.exp(float(brentq(excess, -60.0, 60.0, xtol=1e-14)))
    return np.asarray(np.round(np.clip(prior * factor, low, high), 12))


def rounded(values: Vector, total: float, fixed: NDArray[np.bool_] | None = None) -> Vector:
    """Round to four decimals and let the largest free value carry the rest, so that the total stays exact.

    >>> rounded(np.array([1.0, 1.0, 1.0]) / 3, 1.0).tolist()
    [0.3334, 0.3333, 0.3333]
    """
    result = np.round(values, DECIMALS)
    free = np.arange(len(values)) if fixed is None else np.flatnonzero(~fixed)
    largest = free[np.argmax(result[free])]
    result[largest] = round(float(result[largest]) + total - float(result.sum()), DECIMALS)
    return np.asarray(result)


def spread_with_known(prior: Vector, total: float, known: Vector) -> Vector:
    """Spread a total over the parks of which no value is known (NaN in `known`), and round.

    >>> spread_with_known(np.ones(3), 10.0, np.array([4.0, np.nan, np.nan])).tolist()
    [4.0, 3.0, 3.0]
    """
    fixed = ~np.isnan(known)
    values = np.where(fixed, known, 0.0)
    values[~fixed] = spread_to_total(prior[~fixed], total - float(values.sum()), low=10.0**-DECIMALS)
    return rounded(values, total, fixed)


def pulled_to(prior: Vector, hint: Vector, total: float) -> Vector:
    """Scale to `total`, then pull a value half way (log scale) to an earlier report (NaN: no report).

    >>> pulled_to(np.array([1.0, 1.0]), np.array([16.0, np.nan]), 8.0).tolist()
    [8.0, 4.0]
    """
    scaled = spread_to_total(prior, total)
    return np.where(np.isnan(hint), scaled, np.sqrt(scaled * np.nan_to_num(hint, nan=1.0)))


def whole_numbers(prior: Vector, total: int, least: int) -> Vector:
    """Whole numbers of at least `least` in proportion to `prior` that sum to `total` (largest remainders).

    >>> whole_numbers(np.array([1.0, 1.0, 1.0]), 10, 1).tolist()
    [4.0, 3.0, 3.0]
    """
    exact = spread_to_total(prior, float(total), low=float(least))
    floor = np.floor(exact)
    missing = round(total - float(floor.sum()))
    floor[np.argsort(floor - exact, kind="stable")[:missing]] += 1.0
    return np.asarray(floor)


def balance(prior: NDArray[np.float64], rows: Vector, columns: Vector, floor: float) -> NDArray[np.float64]:
    """The matrix closest to `prior` (park, industry) in relative entropy with these row and column sums.

    Every cell is at least `floor` times its row's sum.

    Raises
    ------
    ValueError
        If the two margins have different sums or the floor leaves a column nothing.

    >>> balance(np.ones((2, 2)), np.array([1.0, 3.0]), np.array([2.0, 2.0]), 0.0).tolist()
    [[0.5, 0.5], [1.5, 1.5]]
    """
    ground = floor * rows[:, None] * np.ones(len(columns))
    free_rows, free_columns = rows - ground.sum(1), columns - ground.sum(0)
    if abs(free_rows.sum() - free_columns.sum()) > 1e-9 * rows.sum() or free_columns.min() < 0:
        raise ValueError("the margins do not fit each other or the floor")
    cells = prior.copy()
    for _ in range(5000):
        cells *= (free_columns / cells.sum(0))[None, :]
        cells *= (free_rows / cells.sum(1))[:, None]
        if np.abs(cells.sum(0) - free_columns).max() < 1e-10 * free_columns.sum():
            break
    return cells + ground
