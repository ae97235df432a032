"""Drivers beside their path and policies late or in part: the same numbers as scenarios that say so, run by run."""

from __future__ import annotations

import math
import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from scipy import stats

from sim.analysis.courses import Courses, courses_of
from sim.analysis.draws import Copula, DrawPlan, plan_draws
from sim.binding import bind
from sim.bundle import Bundle, load_bundle
from sim.dims import INDUSTRIES, RUN
from sim.engine.interface import YEAR
from sim.errors import Place
from sim.scenario.resolve import driver_schedules, load_scenario
from sim.scenario.types import Scenario, Setting
from sim.schedule import Schedule
from sim.uncertainty import Group, Ranges

ROOT = Path(__file__).parents[1]
YEARS = range(2015, 2031)


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(ROOT / "models" / "inner-mongolia")


def scenario(name: str, **drawing: object) -> Scenario:
    found = load_scenario(ROOT / "scenarios" / f"{name}.toml")
    return replace(found, uncertainty=replace(found.uncertainty, **drawing))  # type: ignore[arg-type]


def moved(courses: Courses, variable: str, **values: float) -> np.ndarray:
    """A series for one run."""
    drawn = {name.replace("__", "."): np.array([value]) for name, value in values.items()}
    return courses.series(drawn)[variable].values.isel({RUN: 0}).to_numpy()


def test_a_deviation_of_growth_is_a_path_with_other_rates(bundle: Bundle) -> None:
    own = scenario("plan")
    paths = driver_schedules(own, bundle.drivers["demand_growth"])
    assert isinstance(paths, Mapping)

    def rates(industry: str) -> Schedule:
        shift = {year: 0.01 * (2017 <= year <= 2020) - 0.02 * (year >= 2021) for year in YEARS}
        shift |= {year: shift[year] + 0.015 * (industry == "metals") for year in range(2017, 2031)}
        return Schedule(
            tuple((year, math.expm1(math.log1p(paths[industry].at(year)) + shift[year])) for year in YEARS)
        )

    by_hand = {industry: rates(industry) for industry in INDUSTRIES}
    setting = Setting(MappingProxyType(by_hand), Place(Path("x")))
    other = replace(own, drivers=MappingProxyType({**own.drivers, "demand_growth": setting}))
    expected = bind(bundle, other).inputs.series["log outside market"].values.transpose("industry", YEAR)
    found = moved(
        courses_of(bundle, own), "log outside market",
        demand_growth__to_2020=0.01, demand_growth__from_2021=-0.02, demand_growth__metals=0.015,
    )  # fmt: skip
    assert np.allclose(found, expected, atol=1e-12)


def test_a_deviation_of_a_level_and_of_a_driver_without_elements(bundle: Bundle) -> None:
    own = scenario("plan")
    courses = courses_of(bundle, own)
    rate = moved(courses, "interest rate change", interest_rate__shift=0.01)
    assert rate.tolist() == [0.0, 0.0] + [0.01] * 14
    trade = moved(courses, "log outside trade", trade__shift=-0.02)
    base = bind(bundle, own).inputs.series["log outside trade"].values.to_numpy()
    assert np.allclose(trade - base, [0.0, 0.0, *(-0.02 * np.arange(1, 15))])


def test_a_late_policy_in_part_is_a_later_schedule_of_less(bundle: Bundle) -> None:
    own = scenario("plan")
    found = moved(courses_of(bundle, own), "innovation platforms", innovation__delay=2.0, innovation__delivery=0.5)
    setting = Setting(Schedule(((2018, 0.0), (2019, 5.0), (2022, 5.0), (2023, 0.0))), Place(Path("x")))
    other = replace(own, policies=MappingProxyType({**own.policies, "innovation.platforms": setting}))
    assert np.allclose(found, bind(bundle, other).inputs.series["innovation platforms"].values)


def test_what_was_there_before_the_plan_is_neither_late_nor_less(bundle: Bundle) -> None:
    """41 of 116 parks are in the programme in 2015: a delay or shortfall doesn't take them out again."""
    own = scenario("circular-retrofit")
    courses = courses_of(bundle, own)
    usual = bind(bundle, own).inputs.series["retrofit coverage"].values.to_numpy()
    late = moved(courses, "retrofit coverage", circular_retrofit__delay=1.5, circular_retrofit__delivery=0.0)
    assert late.tolist() == [usual[0]] * len(usual)
    half = moved(courses, "retrofit coverage", circular_retrofit__delay=0.0, circular_retrofit__delivery=0.5)
    assert np.allclose(half - usual[0], 0.5 * (usual - usual[0]))


def test_no_deviation_no_delay_and_full_delivery_are_the_scenario_to_the_bit(bundle: Bundle) -> None:
    own = scenario("plan")
    plan = plan_draws(bundle, own, 8)
    at_own = {one.name: np.array([float(one.central)]) for one in plan.drawn if one.name in plan.courses.names}
    usual = bind(bundle, own).inputs.series
    for name, series in plan.courses.series(at_own).items():
        expected = usual[name].values.transpose(*series.values.dims[1:]).to_numpy()
        assert np.array_equal(series.values.isel({RUN: 0}).to_numpy(), expected), name
        assert series.between == usual[name].between


def test_what_the_path_knows_is_not_drawn(bundle: Bundle) -> None:
    """Hindsight knows the world up to 2021: nothing moves before 2022, and the parks' own outside is still open."""
    own = scenario("hindsight")
    plan = plan_draws(bundle, own, 64)
    names = {one.name for one in plan.drawn}
    assert "demand_growth.to_2020" not in names
    assert "prices.to_2020" not in names
    assert {"demand_growth.from_2021", "fdi_outside_parks.shift", "interest_rate.shift"} <= names
    series, usual = plan.numbers(0, 64).series, bind(bundle, own).inputs.series
    market = series["log outside market"].values.transpose(RUN, "industry", YEAR).to_numpy()
    known = usual["log outside market"].values.transpose("industry", YEAR).to_numpy()
    assert (market[:, :, :7] == known[:, :7]).all()
    assert market[:, :, 7].std(axis=0).min() > 0.001
    written = Setting(Schedule(((2015, 0.05),)), Place(Path("x")))
    other = replace(own, drivers=MappingProxyType({**own.drivers, "fdi_outside_parks": written}))
    own_path = plan_draws(bundle, other, 4).numbers(0, 4).series["log FDI outside parks"].values.to_numpy()
    assert (own_path[:, :7] == own_path[0, :7]).all()  # the scenario itself knows until 2021


def test_common_random_numbers(bundle: Bundle) -> None:
    """Run k of two scenarios differs by what they say alone: no column moves with policies, switches or parameters."""
    plan, base = plan_draws(bundle, scenario("plan"), 16), plan_draws(bundle, scenario("baseline"), 4096)
    plain = plan_draws(bundle, scenario("plan", drivers=False, implementation=False), 16)
    one, other, third = (found.values(3, 5) for found in (plan, base, plain))
    assert "innovation.delay" in one
    assert "innovation.delay" not in other  # the baseline has no policy that could be late
    assert not [name for name in third if name in plan.courses.names]
    assert "trade.shift" in plain.held
    assert "regional_fund.delay" not in one  # the plan doesn't set it
    for name in other:
        assert one[name].identical(other[name]), name
    for name in third:
        assert one[name].identical(third[name]), name


@pytest.mark.parametrize("design", ["sobol", "random"])
def test_run_k_is_the_same_in_every_ensemble(bundle: Bundle, design: str) -> None:
    plan, more = (plan_draws(bundle, scenario("plan", design=design), runs) for runs in (8, 512))
    alone, whole = plan.numbers(5, 1), more.numbers(0, 256)
    for name, series in alone.series.items():
        assert np.array_equal(series.values.to_numpy()[0], whole.series[name].values.to_numpy()[5]), name
    for name, constant in alone.constants.items():
        assert np.array_equal(constant.to_numpy()[0], whole.constants[name].to_numpy()[5]), name


def test_a_plan_goes_to_another_process(bundle: Bundle) -> None:
    plan = plan_draws(bundle, scenario("plan"), 8)
    again: DrawPlan = pickle.loads(pickle.dumps(plan))
    assert all(again.values(0, 4)[name].identical(array) for name, array in plan.values(0, 4).items())


def test_groups_are_correlated_as_they_say_and_keep_their_distributions(bundle: Bundle) -> None:
    plan = plan_draws(bundle, scenario("plan"), 4096)
    free = replace(plan, copulas=())
    drawn, alone = plan.values(0, 4096), free.values(0, 4096)
    world = [drawn[name].to_numpy() for name in ("demand_growth.to_2020", "prices.to_2020", "fdi.shift")]
    ranks = np.asarray(stats.spearmanr(np.stack(world, axis=1)).statistic)
    assert ranks[0, 1] == pytest.approx(0.5, abs=0.02)
    assert ranks[0, 2] == pytest.approx(0.3, abs=0.02)
    late = [drawn[name].to_numpy() for name in drawn if name.endswith(".delay")]
    pairs = np.asarray(stats.spearmanr(np.stack(late, axis=1)).statistic)[np.triu_indices(len(late), 1)]
    assert np.abs(pairs - 0.5).max() < 0.03
    for name in drawn:
        shares = (np.quantile(found[name].to_numpy().ravel(), [0.1, 0.5, 0.9]) for found in (drawn, alone))
        low, high = alone[name].min(), alone[name].max()
        assert np.allclose(*shares, atol=0.02 * float(high - low)), name
        assert name in plan.courses.names or drawn[name].identical(alone[name])
    assert drawn["demand_growth.to_2020"].identical(alone["demand_growth.to_2020"])  # the first member keeps its own


def test_a_copula_bears_the_ends_of_the_unit_interval() -> None:
    group = Group("g", ("a", "b"), ((1.0, -0.9), (-0.9, 1.0)))
    found = Copula.of(group, {"a": 0, "b": 2}).applied(np.array([[0.0, 0.5, 0.0], [1.0, 0.5, 0.5]]))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    assert found[:, 1].tolist() == [0.5, 0.5]


def test_a_bundle_without_the_file_draws_parameters_alone(bundle: Bundle) -> None:
    plan = plan_draws(replace(bundle, ranges=Ranges()), scenario("plan"), 8)
    assert {one.name for one in plan.drawn} <= set(bundle.parameters)
    assert plan.points.dimensions == sum(one.distribution != "fixed" for one in bundle.parameters.values())
    assert plan.numbers(0, 4).series == {}
