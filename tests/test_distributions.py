"""RANDOM … functions without a closed inverse: each draw is the quantile of its uniform number, as scipy has it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from sim.engine.chance import uniform
from sim.engine.inputs import Grid, RunInputs
from sim.errors import InputError
from sim.model.distributions import NODES
from tests.kernels import compiled, plain, same_bits, write
from tests.language import model, same_in_kernel, values

COUNT, STEPS = 8, 2
Array = npt.NDArray[np.float64]


def shares(stream: float = 0.0) -> Array:
    """The uniform numbers of the first call of a model, by step and element."""
    seed = uniform(0.0, stream, 0.0, 1.0)
    return np.array([[uniform(seed, float(c), 0.0, float(k)) for c in range(COUNT)] for k in range(STEPS + 1)])


def drawn(call: str, body: str = "") -> Array:
    return values(f"c: (c1-c{COUNT}) ~~| {body} v[c] = {call} ~~|", steps=STEPS)["v"]


def test_the_rule_of_integration() -> None:
    points, weights = np.polynomial.legendre.leggauss(len(NODES))
    mine = np.array(sorted(NODES))
    np.testing.assert_allclose(mine[:, 0], points, rtol=0, atol=1e-15)
    np.testing.assert_allclose(mine[:, 1], weights, rtol=0, atol=1e-15)


COUNTS = [
    *((f"RANDOM POISSON(0, 1e+09, {mean}, 0, 1, 0)", stats.poisson(mean).ppf) for mean in (0.01, 3.7, 250, 1e5)),
    ("RANDOM POISSON(0, 9, 0, 0, 1, 0)", np.zeros_like),
    *((f"RANDOM BINOMIAL(0, 1e+09, {p}, {n}, 0, 1, 0)", stats.binom(n, p).ppf)
      for p, n in ((0.3, 20), (0.999, 7), (0.02, 1e5))),
    ("RANDOM BINOMIAL(0, 9, 0, 5, 0, 1, 0)", np.zeros_like),
    ("RANDOM BINOMIAL(0, 9, 1, 5, 0, 1, 0)", lambda u: np.full_like(u, 5)),
    *((f"RANDOM NEGATIVE BINOMIAL(0, 1e+09, {p}, {n}, 0, 1, 0)", stats.nbinom(n, p, loc=n).ppf)
      for p, n in ((0.3, 4), (0.9, 1), (0.01, 50))),
    ("RANDOM NEGATIVE BINOMIAL(0, 9, 1, 5, 0, 1, 0)", lambda u: np.full_like(u, 5)),
    ("RANDOM POISSON(0, 1e+09, 3.7, 10, 0.5, 0)", lambda u: 10 + stats.poisson(3.7).ppf(u) / 2),
]  # fmt: skip


@pytest.mark.parametrize(("call", "quantile"), COUNTS)
def test_counts(call: str, quantile: Callable[[Array], Array]) -> None:
    np.testing.assert_array_equal(drawn(call), quantile(shares()))


NUMBERS = [
    *((f"RANDOM GAMMA(0, 1e+09, {a}, 0, 1, 0)", stats.gamma(a).ppf) for a in (1, 2.5, 30, 1000, 1e5)),
    ("RANDOM GAMMA(-1e+09, 0, 4, -1, -2, 0)", lambda u: -1 - 2 * stats.gamma(4).ppf(u)),
    ("RANDOM GAMMA(0, 1e+09, 0.5, 0, 1, 0)", stats.expon.ppf),
    *((f"RANDOM BETA(0, 1, {a}, {b}, 0, 1, 0)", stats.beta(a, b).ppf)
      for a, b in ((1, 1), (2, 3), (0.4, 0.7), (30, 800), (5000, 5000))),
    ("RANDOM BETA(0, 99, 2, 3, 10, 5, 0)", lambda u: 10 + 5 * stats.beta(2, 3).ppf(u)),
    ("RANDOM LOOKUP(tent, 0, 9, 0, 1, 0)", stats.triang(0.25, scale=4).ppf),
    ("RANDOM LOOKUP(tent, 0, 99, 10, 3, 0)", lambda u: 10 + 3 * stats.triang(0.25, scale=4).ppf(u)),
]  # fmt: skip


@pytest.mark.parametrize(("call", "quantile"), NUMBERS)
def test_numbers(call: str, quantile: Callable[[Array], Array]) -> None:
    np.testing.assert_allclose(drawn(call, "tent((0,0),(1,7),(4,0)) ~~|"), quantile(shares()), rtol=1e-9)


CUT_OFF = [
    ("RANDOM POISSON(2, 6, 3.7, 0, 1, 0)", stats.poisson(3.7), 1, 6, 0, 1),
    ("RANDOM POISSON(2.5, 6.5, 3.7, 0.5, 1, 0)", stats.poisson(3.7), 1, 6, 0.5, 1),
    ("RANDOM POISSON(-6, -2, 3.7, 0, -1, 0)", stats.poisson(3.7), 1, 6, 0, -1),
    ("RANDOM BINOMIAL(3, 8, 0.3, 20, 0, 1, 0)", stats.binom(20, 0.3), 2, 8, 0, 1),
    ("RANDOM NEGATIVE BINOMIAL(5, 12, 0.3, 4, 0, 1, 0)", stats.nbinom(4, 0.3, loc=4), 4, 12, 0, 1),
    ("RANDOM GAMMA(1, 3, 2.5, 0, 1, 0)", stats.gamma(2.5), 1, 3, 0, 1),
    ("RANDOM BETA(0.3, 0.6, 2, 3, 0, 1, 0)", stats.beta(2, 3), 0.3, 0.6, 0, 1),
    ("RANDOM LOOKUP(tent, 2, 3, 0, 1, 0)", stats.triang(0.25, scale=4), 2, 3, 0, 1),
]


@pytest.mark.parametrize(("call", "known", "low", "high", "shift", "stretch"), CUT_OFF)
def test_a_distribution_that_is_cut_off_is_drawn_within(
    call: str, known: stats.rv_continuous, low: float, high: float, shift: float, stretch: float
) -> None:
    below, above = known.cdf(low), known.cdf(high)
    expected = shift + stretch * known.ppf(below + (above - below) * shares())
    np.testing.assert_allclose(drawn(call, "tent((0,0),(1,7),(4,0)) ~~|"), expected, rtol=1e-9)


def test_another_stream_draws_others() -> None:
    call = "RANDOM POISSON(0, 99, 30, 0, 1, {})"
    np.testing.assert_array_equal(drawn(call.format(7)), stats.poisson(30).ppf(shares(7.0)))


NONE = [
    "RANDOM POISSON(0, 9, -1, 0, 1, 0)", "RANDOM POISSON(0, 9, 2e+06, 0, 1, 0)",
    "RANDOM BINOMIAL(0, 9, 1.5, 4, 0, 1, 0)", "RANDOM NEGATIVE BINOMIAL(0, 9, 0, 4, 0, 1, 0)",
    "RANDOM BETA(0, 1, 0, 2, 0, 1, 0)", "RANDOM GAMMA(0, 9, 2e+06, 0, 1, 0)",
]  # fmt: skip


@pytest.mark.parametrize("call", NONE)
def test_parameters_that_no_distribution_has_give_no_number(call: str) -> None:
    assert np.isnan(values(f"v = {call} ~~|", steps=1)["v"]).all()


def test_pink_noise_keeps_mean_and_deviation_whatever_the_step() -> None:
    """Of 400 series, each of a few correlation times; neighbours in time are alike by 1 - step / correlation time."""
    for step in (1.0, 0.25):
        body = "c: (c1-c400) ~~| v[c] = RANDOM PINK NOISE(3, 2, 5, 0) ~~|"
        found = values(body, steps=round(20 / step), step=step)["v"]
        assert found.mean() == pytest.approx(3, abs=0.15)
        assert found.std() == pytest.approx(2, abs=0.1)
        likeness = np.mean((found[1:] - 3) * (found[:-1] - 3)) / 4
        assert likeness == pytest.approx(1 - step / 5, abs=0.06)


KERNEL = (
    "c: (c1-c3) ~~| tent((0,0),(1,7),(4,0)) ~~| a[c] = RANDOM POISSON(0, 99, c * Time, 0, 1, 0) ~~|"
    " b[c] = RANDOM BINOMIAL(1, 9, 0.2 * c, 7, 0, 1, 0) ~~| d[c] = RANDOM NEGATIVE BINOMIAL(0, 99, 0.3, c, 0, 1, 0) ~~|"
    " e[c] = RANDOM GAMMA(0, 99, c, 0, 1, 0) ~~| f[c] = RANDOM BETA(0, 1, c, 2, 0, 1, 0) ~~|"
    " g[c] = RANDOM LOOKUP(tent, 0, 3, 0, 1, 0) ~~| h[c] = RANDOM PINK NOISE(c, 1, 4, 0) ~~|"
)  # fmt: skip


def test_kernels_give_the_same() -> None:
    same_in_kernel(KERNEL, steps=3)


def test_compiled_code_gives_the_bits_of_its_text() -> None:
    grid = Grid(0.0, 1.0, 2)
    body = "a = RANDOM POISSON(0, 99, 5 + Time, 0, 1, 0) ~~| b = RANDOM BETA(0, 1, 2, 3, 0, 1, 0) ~~|"
    written = write(model(body, grid))
    assert same_bits(plain(written, RunInputs(grid)), compiled(written, RunInputs(grid)))


def test_a_density_is_a_lookup() -> None:
    with pytest.raises(InputError) as error:
        values("w = 1 ~~| v = RANDOM LOOKUP(w, 0, 1, 0, 1, 0) ~~|")
    assert [problem.code for problem in error.value.problems] == ["model_no_lookup"]
