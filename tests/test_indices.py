"""Indices against theory: Ishigami's function, linear functions, counts whose shares are known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.draws import Points
from sim.analysis.indices import Indices, constant, delta, morris, morris_rows, sobol, sobol_rows

SIZE, SEED = 4096, 7

# Ishigami with a = 7, b = 0.1: Sobol and Levitan (1999), in closed form.
VARIANCE = 7**2 / 8 + 0.1 * np.pi**4 / 5 + 0.1**2 * np.pi**8 / 18 + 0.5
FIRST = np.array([0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 7**2 / 8, 0.0]) / VARIANCE
TOTAL = FIRST + np.array([1.0, 0.0, 1.0]) * 0.1**2 * np.pi**8 * (1 / 18 - 1 / 50) / VARIANCE


def ishigami(rows: np.ndarray) -> np.ndarray:
    x = np.pi * (2.0 * rows - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def cube(inputs: int, size: int = SIZE, seed: int = SEED) -> np.ndarray:
    return Points("sobol", inputs, seed, size).quantiles(0, size)


def sobol_of(size: int = SIZE, seed: int = SEED) -> Indices:
    return sobol(ishigami(sobol_rows(cube(6, size, seed))), 3, seed)


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_sobol_of_ishigami_is_theory_within_its_interval(seed: int) -> None:
    found = sobol_of(seed=seed)
    assert (np.abs(found.main.values - TOTAL) <= found.main.errors + 1e-3).all()
    assert found.beside is not None
    assert (np.abs(found.beside.values - FIRST) <= found.beside.errors + 1e-3).all()
    assert found.main.errors.max() < 0.06
    assert found.order.tolist() == [0, 1, 2]


def test_the_intervals_shrink_with_the_root_of_the_size() -> None:
    wide, narrow = sobol_of(512).main.errors, sobol_of(8192).main.errors
    assert np.allclose(wide / narrow, 4.0, rtol=0.45)


def test_the_first_half_is_the_design_of_half_the_size() -> None:
    assert np.allclose(sobol_of().half, sobol_of(SIZE // 2).main.values, atol=1e-12)


def test_the_same_seed_gives_the_same_bits() -> None:
    one, other = sobol_of(), sobol_of()
    assert np.array_equal(one.main.errors, other.main.errors)
    rows = cube(3, 256)
    for values in (ishigami(rows), np.round(ishigami(rows))):
        results = [delta(rows, values, 3).main for _ in range(2)]
        assert np.array_equal(results[0].values, results[1].values)
        assert np.array_equal(results[0].errors, results[1].errors)
    assert np.array_equal(morris_rows(5, 4, 0), morris_rows(5, 4, 0))
    assert not np.array_equal(morris_rows(5, 4, 0), morris_rows(5, 4, 1))


def test_points_with_a_broken_run_are_left_out() -> None:
    values = ishigami(sobol_rows(cube(6)))
    values[[7, 5 * 11 + 2, 5 * 11 + 3]] = np.nan
    found = sobol(values, 3, SEED)
    assert found.used == SIZE - 2
    assert np.allclose(found.main.values, sobol_of().main.values, atol=0.02)
    rows = morris_rows(3, 10, 1)
    values = rows @ np.array([1.0, -2.0, 0.0])
    values[5] = np.nan
    assert morris(rows, values, 1).used == 9
    assert np.allclose(morris(rows, values, 1).main.values, [1.0, 2.0, 0.0])


def test_morris_of_ishigami_tells_interplay() -> None:
    """The first input acts through the third: the spread of its effects is no smaller than they are."""
    rows = morris_rows(4, 200, 3)  # the fourth does nothing
    found = morris(rows, ishigami(rows[:, :3]), 3)
    assert found.beside is not None
    assert found.main.values[3] == 0.0
    assert (found.main.values[:3] > 1.0).all()
    assert found.beside.values[2] > found.main.values[2]


# Shares of the values of y, and of y where an input is known, by hand.
COUNTS = [
    (lambda x: (x[:, 0] > 0.5).astype(float), [0.5, 0.0]),
    (lambda x: (x[:, 0] > 0.25).astype(float), [0.375, 0.0]),
    (lambda x: (x[:, 0] > 0.5) + (x[:, 1] > 0.5).astype(float), [0.25, 0.25]),
]


@pytest.mark.parametrize(("function", "theory"), COUNTS)
def test_delta_of_counts_is_theory_within_its_interval(function: object, theory: list[float]) -> None:
    rows = cube(2)
    found = delta(rows, function(rows), SEED)  # type: ignore[operator]
    assert (np.abs(found.main.values - theory) <= found.main.errors + 0.02).all()
    for known, value in zip(theory, found.main.values, strict=True):
        assert (value > found.floor) == (known > 0)


def test_delta_of_a_smooth_result() -> None:
    """0.258, 0.423, 0.207 by shares of 200 classes among four million runs; of 16 classes a little less."""
    rows = cube(4, 8192)
    found = delta(rows, ishigami(rows[:, :3]), SEED)
    assert found.order.tolist()[:2] == [1, 0]
    assert np.allclose(found.main.values[:3], [0.258, 0.423, 0.207], atol=0.05)
    assert found.main.values[3] < found.floor


def test_delta_knows_only_the_order_of_results() -> None:
    rows = cube(3, 1024)
    values = ishigami(rows)
    assert np.array_equal(delta(rows, values, 1).main.values, delta(rows, np.exp(values), 1).main.values)


def test_what_never_changes_is_decided_by_nothing() -> None:
    same = np.full(8 * 5, 3.0)
    assert constant(same)
    assert sobol(same, 3, 1).main.values.tolist() == [0.0, 0.0, 0.0]
    assert delta(cube(3, 40), same, 1).main.values.tolist() == [0.0, 0.0, 0.0]
