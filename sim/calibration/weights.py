"""Importance weights of draws of the prior: how likely figures are with each, and what the weights are worth.

References
----------
Kish (1965), Survey Sampling, for the effective sample size; Kitagawa (1996), Journal of Computational and Graphical
Statistics 5, for systematic resampling; Vehtari et al. (2024), Journal of Machine Learning Research 25, for why few
large weights must not be believed.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def log_likelihood(predicted: Array, published: Array, deviation: Array) -> Array:
    """Logarithm of how likely figures are, by run: independent normal errors, shape (figures, runs) to (runs,).

    A run without a number, because it broke, is impossible.

    >>> log_likelihood(np.array([[0.0, 1.0, np.nan]]), np.zeros(1), np.ones(1)).round(3).tolist()
    [-0.919, -1.419, -inf]
    """
    with np.errstate(invalid="ignore"):
        off = (predicted - published[:, None]) / deviation[:, None]
    constant = float(np.log(deviation).sum()) + 0.5 * len(published) * math.log(2.0 * math.pi)
    found = -0.5 * (off**2).sum(axis=0) - constant
    return np.where(np.isfinite(found), found, -np.inf)


def weights_of(log_likelihoods: Array) -> Array:
    """Weights that add up to 1.

    Raises
    ------
    ValueError
        If no run is possible.

    >>> weights_of(np.log([1.0, 3.0])).tolist()
    [0.25, 0.75]
    """
    most = float(np.max(log_likelihoods, initial=-np.inf))
    if not math.isfinite(most):
        raise ValueError("no run is possible")
    found = np.exp(log_likelihoods - most)
    return np.asarray(found / found.sum())


def effective_size(weights: Array) -> float:
    """Number of equally likely runs that would tell as much: one over the sum of the squared weights (Kish).

    >>> effective_size(np.full(8, 0.125)), effective_size(np.array([1.0, 0.0]))
    (8.0, 1.0)
    """
    return float(1.0 / np.sum(weights**2))


def information(weights: Array) -> float:
    """What was learnt, in bits: how far the posterior is from the prior (Kullback and Leibler).

    >>> information(np.full(4, 0.25)), information(np.array([1.0, 0.0]))
    (0.0, 1.0)
    """
    some = weights[weights > 0]
    return max(0.0, float(np.sum(some * np.log2(some * len(weights)))))


def resampled(weights: Array, count: int, seed: int) -> Whole:
    """Places of equally likely runs, in random order; each comes as often as its weight says, to less than one.

    >>> np.bincount(resampled(np.array([0.25, 0.0, 0.75]), 8, 1)).tolist()
    [2, 0, 6]
    """
    generator = np.random.Generator(np.random.Philox(key=seed))
    marks = (np.arange(count) + generator.random()) / count
    steps = np.cumsum(weights)
    steps[-1] = 1.0
    found = np.searchsorted(steps, marks, side="right").astype(np.int64)
    return np.asarray(generator.permutation(found))


def spread(values: Array, weights: Array) -> tuple[float, float]:
    """Weighted mean and standard deviation.

    >>> spread(np.array([0.0, 2.0]), np.array([0.5, 0.5]))
    (1.0, 1.0)
    """
    mean = float(np.sum(weights * values))
    return mean, math.sqrt(max(0.0, float(np.sum(weights * (values - mean) ** 2))))


def quantiles(values: Array, weights: Array, shares: tuple[float, ...]) -> tuple[float, ...]:
    """Weighted quantiles: the smallest value below or at which lies at least such a share.

    >>> quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.5, 0.3]), (0.5, 0.9))
    (1.0, 3.0)
    """
    order = np.argsort(values, kind="stable")
    steps = np.cumsum(weights[order])
    places = np.searchsorted(steps, np.array(shares) * steps[-1] - 1e-12)
    return tuple(float(values[order[min(int(place), len(order) - 1)]]) for place in places)
