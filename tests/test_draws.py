"""Ranges → draws: designs that keep their runs, distributions, what a scenario holds, what follows from a draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.analysis.derived import CAPITAL, EMISSIONS, QUEUE, RANK, derived_draws
from sim.analysis.draws import SPREAD, Drawn, DrawPlan, Points, plan_draws
from sim.binding import bind
from sim.bundle import Bundle, load_bundle
from sim.dims import PARK, POLLUTANTS, RUN
from sim.errors import InputError, Place
from sim.parameters import element
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario, Setting
from sim.toml_values import ELEMENTS

ROOT = Path(__file__).parents[1]
STABLE = ("sobol", "random")


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(ROOT / "models" / "inner-mongolia")


@pytest.fixture(scope="module")
def plan_scenario() -> Scenario:
    return load_scenario(ROOT / "scenarios" / "plan.toml")


def one(low: float, middle: float, high: float, distribution: str = "uniform") -> Drawn:
    numbers = (np.array(low), np.array(middle), np.array(high))
    return Drawn("x", 0, (), distribution, *numbers, np.array(False))  # type: ignore[arg-type]


@pytest.mark.parametrize("design", STABLE)
@given(first=st.integers(0, 300), count=st.integers(1, 40), runs=st.integers(1, 1000))
def test_a_run_is_the_same_in_every_ensemble(design: str, first: int, count: int, runs: int) -> None:
    points = Points(design, 5, 11, runs)  # type: ignore[arg-type]
    whole = Points(design, 5, 11, 4096).quantiles(0, 400)  # type: ignore[arg-type]
    assert np.array_equal(points.quantiles(first, count), whole[first : first + count])


@pytest.mark.parametrize("design", [*STABLE, "latin-hypercube"])
def test_designs_fill_the_unit_cube_and_differ_by_seed(design: str) -> None:
    found = Points(design, 4, 1, 512).quantiles(0, 512)  # type: ignore[arg-type]
    assert found.shape == (512, 4)
    assert ((found >= 0) & (found < 1)).all()
    assert np.abs(found.mean(axis=0) - 0.5).max() < 0.05
    assert not np.array_equal(found, Points(design, 4, 2, 512).quantiles(0, 512))  # type: ignore[arg-type]


def test_a_latin_hypercube_has_one_run_in_each_stratum() -> None:
    found = Points("latin-hypercube", 3, 1, 100).quantiles(0, 100)
    assert all(sorted(np.floor(column * 100).astype(int)) == list(range(100)) for column in found.T)


@pytest.mark.parametrize(
    ("distribution", "reference"),
    [
        ("uniform", stats.uniform(1.0, 3.0)),
        ("triangular", stats.triang(1.0 / 3.0, 1.0, 3.0)),
        ("normal", stats.truncnorm(-SPREAD / 3, 2 * SPREAD / 3, 2.0, 3.0 / SPREAD)),
        ("lognormal", stats.lognorm(np.log(4.0) / SPREAD, scale=2.0)),
    ],
)
def test_distributions_against_scipy(distribution: str, reference: stats.rv_continuous) -> None:
    shares = np.linspace(0.001, 0.999, 199)
    found = one(1.0, 2.0, 4.0, distribution).at(shares).to_numpy()
    expected = reference.ppf(shares)
    if distribution == "lognormal":  # cut off at the ends of its range
        below, above = reference.cdf(1.0), reference.cdf(4.0)
        expected = reference.ppf(below + shares * (above - below))
    assert np.allclose(found, expected, rtol=1e-9)


@given(
    st.floats(0.01, 10), st.floats(0, 1), st.floats(0, 5), st.floats(0, 1),
    st.sampled_from(["uniform", "triangular", "normal", "lognormal"]),
)  # fmt: skip
def test_draws_stay_in_their_range(low: float, place: float, width: float, share: float, distribution: str) -> None:
    high = low + width
    found = float(one(low, min(low + place * width, high), high, distribution).at(np.array([share]))[0])
    assert low <= found <= high


def test_elements_keep_their_proportions(bundle: Bundle, plan_scenario: Scenario) -> None:
    draws = plan_draws(bundle, plan_scenario, 64).draws(0, 64)
    scale = draws[EMISSIONS] / bind(bundle, plan_scenario).inputs.constants[EMISSIONS]
    known = scale.stack(cell=("industry", "pollutant")).dropna("cell", how="any").to_numpy()
    assert np.allclose(known, known[:, :1])
    assert len(np.unique(known[:, 0])) == 64


def test_every_parameter_with_a_range_is_drawn_within_it(bundle: Bundle, plan_scenario: Scenario) -> None:
    plan = plan_draws(bundle, plan_scenario, 512)
    draws = plan.draws(0, 512)
    assert set(draws) == {name for name, p in bundle.parameters.items() if p.distribution != "fixed"}
    for drawn in (one for one in plan.drawn if one.name in bundle.parameters):
        values = draws[drawn.name].to_numpy()
        assert ((values >= drawn.low) & (values <= drawn.high)).all()
        assert draws[drawn.name].dims == (RUN, *drawn.dims)


def holding(scenario: Scenario, values: dict[str, object]) -> Scenario:
    settings = {name: Setting(value, Place(Path("x.toml"))) for name, value in values.items()}  # type: ignore[arg-type]
    return replace(scenario, parameters=MappingProxyType(settings))


def test_what_follows_from_a_path_is_not_drawn(bundle: Bundle, plan_scenario: Scenario) -> None:
    """Expected growth belongs to the demand path, which no ensemble draws: every run starts in balance."""
    trend, expected = bundle.drivers["demand_growth"].default, bundle.parameters["base growth"]
    assert expected.name not in plan_draws(bundle, plan_scenario, 8).draws(0, 8)
    assert isinstance(trend.values, Mapping)
    for industry, schedule in trend.values.items():
        assert element(expected.value, industry) == pytest.approx(np.log1p(schedule.points[0][1]), abs=5.1e-5)


def test_what_a_scenario_sets_is_held_and_moves_no_other_draw(bundle: Bundle, plan_scenario: Scenario) -> None:
    held = holding(plan_scenario, {"TFP trend": 0.03, "energy trend": {"metals": 0.02}})
    free, plan = plan_draws(bundle, plan_scenario, 8), plan_draws(bundle, held, 8)
    assert plan.held == ("TFP trend", "energy trend")
    ours, theirs = plan.draws(0, 8), free.draws(0, 8)
    assert "TFP trend" not in ours
    metals = ELEMENTS["industry"].index("metals")
    assert (ours["energy trend"][:, metals] == 0.02).all()
    others = [i for i in range(6) if i != metals]
    assert (ours["energy trend"][:, others] == theirs["energy trend"][:, others]).all()
    assert all(ours[name].identical(theirs[name]) for name in set(ours) - {"energy trend"})


def test_a_lognormal_range_must_be_positive(bundle: Bundle, plan_scenario: Scenario) -> None:
    bad = replace(bundle.parameters["region sensitivity"], distribution="lognormal")
    broken = replace(bundle, parameters=MappingProxyType({bad.name: bad}))
    with pytest.raises(InputError) as caught:
        plan_draws(broken, plan_scenario, 8)
    assert [problem.code for problem in caught.value.problems] == ["ensemble_lognormal"]


def same_numbers(draws: dict[str, xr.DataArray], run: int) -> dict[str, object]:
    """A run's draws as a scenario would set them."""

    def nested(values: np.ndarray, names: tuple[str, ...]) -> object:
        if not names:
            return float(values)
        return {label: nested(inner, names[1:]) for label, inner in zip(ELEMENTS[names[0]], values, strict=True)}

    return {name: nested(a[run].to_numpy(), a.dims[1:]) for name, a in draws.items()}  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", ["largest emitters first", "cheapest first", "largest first"])
@pytest.mark.parametrize("uneven", [False, True])
def test_derived_constants_are_those_of_a_scenario_with_the_same_numbers(
    bundle: Bundle, plan_scenario: Scenario, rule: str, uneven: bool
) -> None:
    selected = {**plan_scenario.policies, "circular_retrofit.select": Setting(rule, Place(Path("x.toml")))}
    scenario = replace(plan_scenario, policies=MappingProxyType(selected))
    draws = plan_draws(bundle, scenario, 6).draws(0, 6)
    if uneven:  # each industry by itself: parks change places
        factors = np.random.default_rng(3).uniform(0.5, 1.5, (6, 6, 1))
        factor = xr.DataArray(factors * np.ones(len(POLLUTANTS)), dims=draws[EMISSIONS].dims)
        draws[EMISSIONS] = draws[EMISSIONS] * factor
    constants = bind(bundle, scenario).inputs.constants
    found = derived_draws(bundle, constants, draws, rule)
    for run in range(6):
        alone = bind(bundle, holding(scenario, same_numbers(draws, run))).inputs.constants
        for name in (RANK, QUEUE, "cluster half scale"):
            ours = found[name][run] if name in found else constants[name]
            assert np.array_equal(ours.to_numpy(), alone[name].to_numpy()), (name, run)


def test_nothing_over_parks_varies_without_need(bundle: Bundle, plan_scenario: Scenario) -> None:
    constants = bind(bundle, plan_scenario).inputs.constants
    draws = plan_draws(bundle, plan_scenario, 4).draws(0, 4)
    assert set(derived_draws(bundle, constants, draws, "largest emitters first")) == {QUEUE}
    few = {"TFP trend": draws["TFP trend"], EMISSIONS: draws[EMISSIONS]}
    assert derived_draws(bundle, constants, few, "largest emitters first") == {}
    cheap = derived_draws(bundle, constants, {CAPITAL: draws[CAPITAL]}, "cheapest first")
    assert set(cheap) == {QUEUE, RANK}
    assert all(array.dims == (RUN, PARK) for array in cheap.values())


def test_plans_are_values(bundle: Bundle, plan_scenario: Scenario) -> None:
    plan = plan_draws(bundle, plan_scenario, 8)
    assert isinstance(plan, DrawPlan)
    assert plan.points == plan_draws(bundle, plan_scenario, 8).points
