"""Weights and chains on a model whose posterior is known exactly; coverage, Theil's parts, screening by themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.analysis.draws import Points
from sim.calibration.chain import LEAST_STEPS, Chain, taken, to_normal, to_quantiles, walk
from sim.calibration.screen import effects
from sim.calibration.weights import (
    effective_size,
    information,
    log_likelihood,
    quantiles,
    resampled,
    spread,
    weights_of,
)
from sim.confidence.history import theil
from sim.report.fits import Range, coverage

SLOPES = np.array([[1.0, 0.5], [0.2, -1.0], [0.7, 0.7]])
PUBLISHED, DEVIATION = np.array([0.8, -0.3, 0.5]), np.array([0.5, 0.7, 0.6])


def exact() -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the posterior of the linear model under a standard normal prior."""
    precision = np.eye(2) + SLOPES.T @ np.diag(DEVIATION**-2) @ SLOPES
    covariance = np.linalg.inv(precision)
    return covariance @ SLOPES.T @ (PUBLISHED / DEVIATION**2), covariance


def likelihood(points: np.ndarray) -> np.ndarray:
    return log_likelihood(SLOPES @ points.T, PUBLISHED, DEVIATION)


@pytest.fixture(scope="module")
def chain() -> Chain:
    return walk(likelihood, 2, 64_000, seed=7)


def test_weights_find_the_exact_posterior() -> None:
    points = to_normal(Points("sobol", 2, 11, 16384).quantiles(0, 16384))
    weights = weights_of(likelihood(points))
    mean, covariance = exact()
    error = np.sqrt(np.diag(covariance) / effective_size(weights))
    for place in range(2):
        found = spread(points[:, place], weights)
        assert abs(found[0] - mean[place]) < 4 * error[place]
        assert abs(found[1] - np.sqrt(covariance[place, place])) < 4 * error[place]
    rows = points[resampled(weights, 4096, 3)]
    assert np.abs(rows.mean(axis=0) - mean).max() < 4 * np.sqrt(covariance.max() / 2048)
    assert np.abs(np.cov(rows.T) - covariance).max() < 0.03
    # the exact distance of the posterior from the prior, in bits
    distance = 0.5 * (np.trace(covariance) + mean @ mean - 2 - np.log(np.linalg.det(covariance))) / np.log(2)
    assert information(weights) == pytest.approx(distance, abs=0.02)


def test_a_chain_finds_the_exact_posterior(chain: Chain) -> None:
    mean, covariance = exact()
    error = np.sqrt(np.diag(covariance) / chain.effective)
    assert chain.converged
    assert 0.2 < chain.acceptance < 0.7
    assert (np.abs(chain.kept.mean(axis=0) - mean) < 4 * error).all()
    assert np.abs(np.cov(chain.kept.T) - covariance).max() < 6 * covariance.max() / np.sqrt(chain.effective)
    rows = taken(chain, 2048, 1)
    assert np.abs(rows.mean(axis=0) - mean).max() < 4 * np.sqrt(covariance.max() / min(chain.effective, 2048))
    assert np.allclose(chain.likelihood[-1], likelihood(chain.points[-1]), rtol=0, atol=1e-9)


def test_the_same_seed_walks_the_same_way(chain: Chain) -> None:
    again, other = walk(likelihood, 2, 12_800, seed=7), walk(likelihood, 2, 12_800, seed=8)
    assert np.array_equal(again.points, chain.points[: again.steps])
    assert not np.array_equal(again.points, other.points)
    assert np.array_equal(taken(again, 50, 3), taken(again, 50, 3))


def test_a_short_chain_says_that_it_has_not_converged() -> None:
    short = walk(likelihood, 2, 640, seed=7)
    assert (short.steps, short.walkers) == (LEAST_STEPS, 64)
    assert not short.converged
    assert short.needed is None or short.needed > 640
    assert short.burnt <= short.steps // 2


def test_a_chain_that_cannot_move_knows_nothing() -> None:
    still = Chain(np.zeros((30, 8, 1)), np.zeros((30, 8)), 0.0, np.array([np.nan]))
    assert (still.converged, still.needed, still.effective, still.burnt) == (False, None, 0.0, 15)


def test_nothing_possible_is_refused() -> None:
    with pytest.raises(ValueError, match="no walker"):
        walk(lambda points: np.full(len(points), -np.inf), 1, 640, seed=1)
    with pytest.raises(ValueError, match="no run"):
        weights_of(np.full(4, -np.inf))


def test_broken_runs_have_no_weight() -> None:
    found = weights_of(log_likelihood(np.array([[0.0, np.nan, np.inf, 0.0]]), np.zeros(1), np.ones(1)))
    assert found.tolist() == [0.5, 0.0, 0.0, 0.5]


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40).filter(lambda x: sum(x) > 0.1), st.integers(1, 200))
def test_resampling_keeps_to_the_weights(raw: list[float], count: int) -> None:
    weights = np.array(raw) / sum(raw)
    times = np.bincount(resampled(weights, count, 5), minlength=len(weights))
    assert times.sum() == count
    assert (np.abs(times - count * weights) < 1 + 1e-9).all()
    assert 1.0 - 1e-9 <= effective_size(weights) <= len(weights) * (1 + 1e-9)
    assert 0.0 <= information(weights) <= np.log2(len(weights)) + 1e-9


@pytest.mark.parametrize(
    ("weights", "size"), [([0.25] * 4, 4.0), ([1.0, 0.0], 1.0), ([0.5, 0.25, 0.25], 8 / 3), ([0.9, 0.1], 1 / 0.82)]
)
def test_effective_sample_size(weights: list[float], size: float) -> None:
    assert effective_size(np.array(weights)) == pytest.approx(size)


def test_weighted_quantiles_are_values_that_occur() -> None:
    values, equal = np.arange(100.0), np.full(100, 0.01)
    assert quantiles(values, equal, (0.05, 0.5, 0.95)) == (4.0, 49.0, 94.0)
    assert quantiles(values, np.eye(100)[37], (0.05, 0.95)) == (37.0, 37.0)


def test_the_prior_is_kept_exactly() -> None:
    inside = np.linspace(0.001, 0.999, 99)
    assert np.allclose(to_quantiles(to_normal(inside)), inside, rtol=0, atol=1e-14)


def test_screening_finds_what_is_felt_and_passes_over_broken_runs() -> None:
    def predict(cube: np.ndarray) -> np.ndarray:
        found = np.stack([2.0 * cube[:, 0], cube[:, 1] ** 2])
        found[:, cube[:, 2] > 0.9] = np.nan  # one end of the third breaks the run
        return found

    places = np.random.default_rng(1).uniform(0.1, 0.8, (4, 4))
    found = effects(predict, places, (0, 1, 2, 3), np.array([0.5, 0.1]))
    assert found[0] == pytest.approx(3.6)
    assert found[1] == pytest.approx(9.0)
    assert found[2:].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("width", [0.5, 0.9])
def test_ranges_of_a_right_model_cover_what_they_say(width: float) -> None:
    """Figures from the same distribution as the draws lie in its intervals as often as these say."""
    generator = np.random.default_rng(2)
    draws, truth = generator.normal(size=(400, 500)), generator.normal(size=400)
    levels = np.quantile(draws, (0.05, 0.25, 0.5, 0.75, 0.95), axis=1).T
    found = coverage([(Range(*row), value, True) for row, value in zip(levels.tolist(), truth.tolist(), strict=True)])
    inside = found.inside50 if width == 0.5 else found.inside90
    assert abs(inside / 400 - width) < 4 * np.sqrt(width * (1 - width) / 400)
    assert found.short < 0.2


def test_the_widening_is_what_nine_in_ten_need() -> None:
    line = [(Range(-1.0, -0.5, 0.0, 0.5, 1.0), float(value), value % 2 == 0) for value in range(10)]
    found = coverage(line)
    assert (found.inside50, found.inside90, found.of, found.verified90, found.verified) == (1, 2, 10, 1, 5)
    assert found.short == 7.0
    assert coverage([]).short == 0.0


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=5, max_size=9))
def test_theils_parts_add_up(pairs: list[tuple[float, float]]) -> None:
    model, published = (np.array(side) for side in zip(*pairs, strict=True))
    if np.mean((model - published) ** 2) > 1e-6:
        bias, variance, covariance = theil(model - published, model, published)
        assert bias + variance + covariance == pytest.approx(1.0)
        assert min(bias, variance) >= 0.0
        assert covariance >= -1e-9
