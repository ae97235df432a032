"""Reductions over runs that stream: mean, spread, extremes and quantiles in memory that doesn't grow with the runs.

Numbers come in the order of the runs and are folded in at multiples of `BATCH`, so the result depends on nothing but
the numbers: neither on the size of blocks nor on how many threads made them.

Quantiles are exact up to `BATCH` runs. Beyond that the first batch, sorted, cuts the line into as many intervals as it
has numbers; later numbers are counted by interval, and a quantile is interpolated inside the one that it falls into.
What this can get wrong is bounded by the share of the runs in one interval, mostly 1/4096 and hardly ever above 1/400.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

BATCH = 4096
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Summary:
    """What a stream adds up to, one number for each of its cells; NaN where no run had a number.

    Parameters
    ----------
    count
        Runs with a finite number, shape (cells,).
    deviation
        Standard deviation, with one degree of freedom less; 0 for a single run.
    quantiles
        Shape (levels, cells), at `LEVELS`.
    """

    count: Counts
    mean: Array
    deviation: Array
    least: Array
    most: Array
    quantiles: Array


class Stream:
    """Gathers numbers of many cells run by run.

    Parameters
    ----------
    cells
        Number of quantities.

    >>> stream = Stream(1)
    >>> stream.add(np.array([[1.0, 2.0, 3.0, 4.0]]))
    >>> summary = stream.summary()
    >>> float(summary.mean[0]), float(summary.quantiles[2, 0])
    (2.5, 2.5)
    """

    def __init__(self, cells: int) -> None:
        self.pending = np.empty((cells, BATCH))
        self.waiting = 0
        self.count = np.zeros(cells, dtype=np.int64)
        self.mean, self.squares = np.zeros(cells), np.zeros(cells)
        self.least, self.most = np.full(cells, np.inf), np.full(cells, -np.inf)
        self.edges: list[Array] = [np.empty(0)] * cells
        self.below: list[Counts] = [np.empty(0, dtype=np.int64)] * cells
        self.upto: list[Counts] = [np.empty(0, dtype=np.int64)] * cells

    def add(self, values: Array) -> None:
        """Take in the next runs, shape (cells, runs); what isn't finite is passed over."""
        taken = 0
        while taken < values.shape[1]:
            size = min(BATCH - self.waiting, values.shape[1] - taken)
            self.pending[:, self.waiting : self.waiting + size] = values[:, taken : taken + size]
            self.waiting, taken = self.waiting + size, taken + size
            if self.waiting == BATCH:
                self._fold()

    def summary(self) -> Summary:
        """Everything taken in so far."""
        self._fold()
        known = self.count > 0
        spread = np.sqrt(self.squares / np.maximum(self.count - 1, 1))
        quantiles = np.array([self._quantiles(cell) for cell in range(len(known))]).reshape(-1, len(LEVELS)).T
        return Summary(
            self.count.copy(), np.where(known, self.mean, np.nan), np.where(known, spread, np.nan),
            np.where(known, self.least, np.nan), np.where(known, self.most, np.nan), quantiles,
        )  # fmt: skip

    def _fold(self) -> None:
        if not self.waiting:
            return
        values = self.pending[:, : self.waiting]
        self.waiting = 0
        finite = np.isfinite(values)
        self._fold_moments(values, finite)
        ordered = np.sort(np.where(finite, values, np.inf), axis=1)
        number = finite.sum(axis=1)
        for cell in range(len(ordered)):
            self._fold_counts(cell, ordered[cell, : number[cell]])

    def _fold_moments(self, values: Array, finite: npt.NDArray[np.bool_]) -> None:
        """Means and sums of squares of two parts put together (Chan, Golub, LeVeque 1979)."""
        number = finite.sum(axis=1)
        safe = np.maximum(number, 1)
        mean = np.where(finite, values, 0.0).sum(axis=1) / safe
        squares = np.where(finite, (values - mean[:, None]) ** 2, 0.0).sum(axis=1)
        both = np.maximum(self.count + number, 1)
        step = mean - self.mean
        self.mean = np.where(number > 0, self.mean + step * number / both, self.mean)
        self.squares += np.where(number > 0, squares + step**2 * (self.count * number / both), 0.0)
        self.count = self.count + number
        self.least = np.minimum(self.least, np.where(finite, values, np.inf).min(axis=1))
        self.most = np.maximum(self.most, np.where(finite, values, -np.inf).max(axis=1))

    def _fold_counts(self, cell: int, ordered: Array) -> None:
        if not len(self.edges[cell]):
            self.edges[cell] = ordered.copy()
            self.below[cell] = self.upto[cell] = np.zeros(len(ordered), dtype=np.int64)
        edges = self.edges[cell]
        self.below[cell] = self.below[cell] + np.searchsorted(ordered, edges, side="left")
        self.upto[cell] = self.upto[cell] + np.searchsorted(ordered, edges, side="right")

    def _quantiles(self, cell: int) -> Array:
        """Linear between known ranks: each edge stands on the ranks from ``below`` to ``upto - 1``."""
        count = int(self.count[cell])
        if not count:
            return np.full(len(LEVELS), np.nan)
        ranks = np.stack([self.below[cell], self.upto[cell] - 1], axis=1).ravel()
        edges = np.repeat(self.edges[cell], 2)
        ranks = np.concatenate([[0], np.maximum.accumulate(ranks), [count - 1]])
        edges = np.concatenate([[self.least[cell]], edges, [self.most[cell]]])
        return np.asarray(np.interp(np.array(LEVELS) * (count - 1), ranks, edges))
