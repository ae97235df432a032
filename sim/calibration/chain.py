"""Markov chain Monte Carlo (emcee) in a space where the prior is standard normal, so that the prior is exact.

Many walkers are moved together, half of them at a time, so the model computes them in one batch. The random numbers
come from one seeded generator in one thread: the number of threads that compute the model changes nothing.

References
----------
Ter Braak (2006), Statistics and Computing 16, and ter Braak and Vrugt (2008), Statistics and Computing 18, for the
moves (differences of other walkers; on a small linear model they need a third of the steps of emcee's usual ones);
Foreman-Mackey et al. (2013), Publications of the Astronomical Society of the Pacific 125, for emcee and for how many
autocorrelation times a chain needs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Array = npt.NDArray[np.float64]
LogLikelihood = Callable[[Array], Array]
"""From points, shape (points, dimensions), to the logarithm of the likelihood of each; -inf where there is none."""

Tell = Callable[[int, int], None]

WALKERS = 64
LEAST_STEPS = 20
ENOUGH = 50
"""Autocorrelation times that a chain must be long."""

BURN = 5
"""Autocorrelation times that are left out at the beginning, for the walkers start from the prior."""


@dataclass(frozen=True)
class Chain:
    """Where the walkers have been.

    Parameters
    ----------
    points
        In the space of the normal prior, shape (steps, walkers, dimensions).
    likelihood
        Logarithm of the likelihood there, shape (steps, walkers).
    acceptance
        Share of the moves that were taken.
    times
        Autocorrelation time of each dimension, in steps; NaN where the chain is too short or never moved.
    """

    points: Array
    likelihood: Array
    acceptance: float
    times: Array

    @property
    def steps(self) -> int:
        """Steps of each walker."""
        return len(self.points)

    @property
    def walkers(self) -> int:
        """Number of walkers."""
        return int(self.points.shape[1])

    @property
    def time(self) -> float:
        """The longest autocorrelation time; infinite where it isn't known."""
        return float(self.times.max()) if np.isfinite(self.times).all() else math.inf

    @property
    def burnt(self) -> int:
        """Steps that are left out at the beginning, at most half of them."""
        return self.steps // 2 if math.isinf(self.time) else min(math.ceil(BURN * self.time), self.steps // 2)

    @property
    def converged(self) -> bool:
        """Whether the chain is long enough for its autocorrelation time."""
        return self.steps >= ENOUGH * self.time

    @property
    def needed(self) -> int | None:
        """Runs that would be enough, as far as this chain can tell; ``None`` if it cannot."""
        return None if math.isinf(self.time) else math.ceil(ENOUGH * self.time) * self.walkers

    @property
    def kept(self) -> Array:
        """Points after the beginning, shape (points, dimensions), step by step."""
        return self.points[self.burnt :].reshape(-1, self.points.shape[2])

    @property
    def effective(self) -> float:
        """Independent points that would tell as much as those that were kept."""
        return 0.0 if math.isinf(self.time) else len(self.kept) / max(self.time, 1.0)


def walk(
    log_likelihood: LogLikelihood,
    dimensions: int,
    runs: int,
    seed: int,
    walkers: int = WALKERS,
    tell: Tell | None = None,
) -> Chain:
    """Walk through the posterior of ``dimensions`` numbers whose prior is standard normal.

    Parameters
    ----------
    runs
        How often the likelihood may be asked for; rounded down to whole steps of all walkers.
    tell
        Told how many runs are done, and of how many.

    Raises
    ------
    ValueError
        If no point of the prior is possible.
    """
    import emcee

    walkers = max(walkers, 2 * dimensions + 2)
    steps = max(runs // walkers - 3, LEAST_STEPS)  # two for the start, one for its likelihood
    start = _start(log_likelihood, dimensions, walkers, seed)
    random = np.random.RandomState(seed % 2**32)

    def posterior(points: Array) -> Array:
        return np.asarray(log_likelihood(points) - 0.5 * (points**2).sum(axis=1))

    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(walkers, dimensions, posterior, vectorize=True, moves=moves)
    state = emcee.State(start, random_state=random.get_state())
    for step, _ in enumerate(sampler.sample(state, iterations=steps), start=1):
        if tell:
            tell(step * walkers, steps * walkers)
    points = np.asarray(sampler.get_chain())
    likelihood = np.asarray(sampler.get_log_prob()) + 0.5 * (points**2).sum(axis=2)
    return Chain(points, likelihood, float(np.mean(sampler.acceptance_fraction)), _times(points))


def _start(log_likelihood: LogLikelihood, dimensions: int, walkers: int, seed: int) -> Array:
    """Possible points of the prior, as many as there are walkers."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    points = generator.standard_normal((2 * walkers, dimensions))
    good = points[np.isfinite(log_likelihood(points))]
    if len(good) < walkers:
        raise ValueError("no walker can start")
    return good[:walkers]


def _times(points: Array) -> Array:
    """Autocorrelation times; NaN where a walker's path says nothing."""
    from emcee.autocorr import integrated_time

    if (np.ptp(points, axis=0) == 0).all():
        return np.full(points.shape[2], np.nan)
    with np.errstate(all="ignore"):
        return np.asarray(integrated_time(points, tol=0, quiet=True), dtype=float)


def to_quantiles(points: Array) -> Array:
    """Points of the normal prior as numbers between 0 and 1.

    >>> to_quantiles(np.array([0.0])).tolist()
    [0.5]
    """
    return np.asarray(ndtr(points))


def to_normal(quantiles: Array) -> Array:
    """Numbers between 0 and 1 as points of the normal prior.

    >>> to_normal(np.array([0.5])).tolist()
    [0.0]
    """
    return np.asarray(ndtri(quantiles))


def taken(chain: Chain, count: int, seed: int) -> Array:
    """Equally likely points of a chain, evenly along it, in random order; shape (count, dimensions)."""
    places = np.floor((np.arange(count) + 0.5) * len(chain.kept) / count).astype(np.int64)
    generator = np.random.Generator(np.random.Philox(key=seed))
    return np.asarray(chain.kept[generator.permutation(places)])
