"""Functions of statistics against arithmetic of 40 digits, and the counter that random numbers come from."""

from __future__ import annotations

import mpmath
import numpy as np

from sim.engine.chance import mixed, uniform
from sim.engine.special import erfc, log_gamma, quantile


def test_error_function() -> None:
    with mpmath.workdps(40):
        for x in np.linspace(-6.0, 26.0, 400).tolist():
            assert abs(erfc(x) / mpmath.erfc(x) - 1) < 1e-14


def test_logarithm_of_gamma() -> None:
    with mpmath.workdps(40):
        for x in [*np.linspace(0.01, 30.0, 400).tolist(), 1e3, 1e50, 1e300]:
            exact = mpmath.loggamma(x)
            assert abs(log_gamma(x) - exact) < max(2e-14, 3e-16 * abs(exact))


def test_quantile_undoes_the_distribution() -> None:
    with mpmath.workdps(40):
        for p in [1e-300, 1e-20, 1e-5, *np.linspace(0.01, 0.99, 99).tolist(), 1 - 1e-9]:
            z = quantile(p)
            low = mpmath.erfc(-z / mpmath.sqrt(2)) / 2 if z < 0 else 1 - mpmath.erfc(z / mpmath.sqrt(2)) / 2
            assert abs(low - p) < 4e-15 * p * max(1.0, z * z) + 1e-16


def test_every_argument_of_the_counter_matters_and_nothing_else() -> None:
    base = (1.0, 2.0, 3.0, 4.0)
    found = {uniform(*base)}
    for place in range(4):
        for other in (0.0, 0.5, 7.0, 1e6):
            changed = list(base)
            changed[place] = other
            found.add(uniform(*changed))
    assert len(found) == 17
    assert uniform(*base) == uniform(1, 2, 3, 4)
    # published outputs of SplitMix64 with seed 1234567: the finalizer of the seed and multiples of the increment
    increment = 0x9E3779B97F4A7C15
    first = [mixed(((1234567 + k * increment + 2**63) % 2**64) - 2**63) % 2**64 for k in (1, 2)]
    assert first == [6457827717110365317, 3203168211198807973]


def test_bits_of_the_counter_are_even() -> None:
    numbers = np.array([uniform(0.0, float(k % 5), float(k), 0.0) for k in range(4000)])
    bits = ((numbers[:, None] * 2.0 ** np.arange(1, 31)) % 2.0 >= 1.0).mean(axis=0)
    assert np.all(np.abs(bits - 0.5) < 4 * 0.5 / np.sqrt(4000))
