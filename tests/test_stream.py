"""Reductions that stream: exact while the runs are few, close beyond, the same however the runs come in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.analysis.stream import BATCH, LEVELS, Stream

SHAPES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.lognormal(sigma=2.0, size=n),
    "two peaks": lambda rng, n: rng.normal(size=n) + 20.0 * (rng.random(n) < 0.5),
    "counts": lambda rng, n: np.floor(rng.normal(10.0, 3.0, size=n)),
    "yes or no": lambda rng, n: (rng.random(n) < 0.3).astype(float),
    "constant": lambda rng, n: np.full(n, 7.0),
}


def streamed(values: np.ndarray, cuts: list[int] | None = None) -> Stream:
    stream = Stream(len(values))
    for part in np.split(values, sorted(cuts or []), axis=1):
        stream.add(part)
    return stream


@pytest.mark.parametrize("runs", [1, 2, 17, BATCH])
@pytest.mark.parametrize("shape", SHAPES)
def test_exact_while_the_runs_are_few(shape: str, runs: int) -> None:
    values = SHAPES[shape](np.random.default_rng(1), runs)[None, :]
    summary = streamed(values).summary()
    assert np.allclose(summary.quantiles[:, 0], np.quantile(values[0], LEVELS), rtol=1e-12, atol=1e-12)
    assert summary.mean[0] == pytest.approx(values.mean(), rel=1e-12)
    assert summary.deviation[0] == pytest.approx(values.std(ddof=1) if runs > 1 else 0.0, rel=1e-9, abs=1e-12)
    assert (summary.least[0], summary.most[0], summary.count[0]) == (values.min(), values.max(), runs)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("runs", [BATCH + 1, 50_000])
def test_close_beyond(shape: str, runs: int) -> None:
    values = SHAPES[shape](np.random.default_rng(2), runs)
    summary = streamed(values[None, :]).summary()
    for level, found in zip(LEVELS, summary.quantiles[:, 0], strict=True):
        # the share of runs below and up to the quantile must straddle its level, but for a four-hundredth
        assert (values < found).mean() - 1 / 400 <= level <= (values <= found).mean() + 1 / 400
    assert summary.mean[0] == pytest.approx(values.mean(), rel=1e-12)
    assert summary.deviation[0] == pytest.approx(values.std(ddof=1), rel=1e-9, abs=1e-12)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 9000), max_size=6))
def test_the_same_bits_however_the_runs_come_in(cuts: list[int]) -> None:
    values = np.random.default_rng(3).lognormal(size=(2, 9000))
    once, parts = streamed(values).summary(), streamed(values, cuts).summary()
    for name in ("count", "mean", "deviation", "least", "most", "quantiles"):
        assert np.array_equal(getattr(once, name), getattr(parts, name)), name


def test_what_is_undefined_is_passed_over() -> None:
    values = np.array([[1.0, np.nan, 3.0, np.inf], [np.nan] * 4])
    summary = streamed(values).summary()
    assert summary.count.tolist() == [2, 0]
    assert summary.mean[0] == 2.0
    assert np.isnan(summary.mean[1])
    assert np.isnan(summary.quantiles[:, 1]).all()
    assert summary.quantiles[2, 0] == 2.0


def test_memory_does_not_grow_with_the_runs() -> None:
    stream, rng = Stream(3), np.random.default_rng(4)

    def size() -> int:
        kept = [stream.pending, *stream.edges, *stream.below, *stream.upto]
        return sum(array.nbytes for array in kept)

    stream.add(rng.normal(size=(3, 2 * BATCH)))
    early = size()
    stream.add(rng.normal(size=(3, 10 * BATCH)))
    assert size() == early
