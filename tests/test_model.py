"""The park model by itself, on the two parks that stand in its file: what needs no table and no bundle.

Balance, conservation, signs of levers, loops and units are tested on the shipped table in test_confidence.py.
"""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pysd
import pytest

from sim.dims import MATERIAL
from tests import independent
from tests.independent import PARKS, columns, name_of, simulate, total

BUNDLE = independent.MODEL.parent
LAND = ("unserviced land", "vacant land", "occupied industrial land", "idle land", "other built up land")


@pytest.fixture(scope="module")
def baseline() -> pd.DataFrame:
    return simulate()


def test_base_year_is_the_table(baseline: pd.DataFrame) -> None:
    first = baseline.iloc[0]
    assert first["gross_industrial_output[p002]"] == pytest.approx(420.0, rel=1e-12)
    assert first["gdp[p002]"] == pytest.approx(180.0, rel=1e-12)
    assert first["revenue[p002]"] == pytest.approx(380.0, rel=1e-12)
    assert columns(baseline, "capacity use").iloc[0].to_numpy() == pytest.approx(0.76, rel=1e-12)


def test_capital_is_completion_less_depreciation() -> None:
    step = 1 / 16
    fine = simulate(stop=2017, step=step, save=step)
    change = columns(fine, "capital").diff().iloc[1:].to_numpy()
    flows = columns(fine, "completion").to_numpy() - columns(fine, "depreciation").to_numpy()
    assert change == pytest.approx(step * flows[:-1], rel=1e-9, abs=1e-9)


def test_no_investment_leaves_the_pipeline_to_finish() -> None:
    idle = simulate({"growth_expectation_floor": -0.096, "growth_expectation_ceiling": -0.096})
    assert float(total(idle, "investment starts").max()) == 0.0
    alone = total(idle, "capital").iloc[0] * (1 - 0.096 / 16) ** (16 * 15)
    assert float(total(idle, "capital").iloc[-1]) > alone
    assert float(total(idle, "capital under construction").iloc[-1]) < 1e-3


def test_no_planned_land_left_stops_allocation() -> None:
    full = simulate({f"table_planned_land[{park}]": 16.733 for park in PARKS})
    assert float(total(full, "land allocation").iloc[5]) < 0.3 * float(total(full, "land allocation").iloc[0]) + 0.3
    for stock in LAND:
        assert float(columns(full, stock).min().min()) >= 0.0


@pytest.mark.parametrize("coverage", [0.0, 1.0])
def test_retrofit_fraction_stays_a_fraction(coverage: float) -> None:
    done = columns(simulate({"retrofit_coverage": coverage}), "retrofit fraction done")
    assert float(done.min().min()) >= 0.0
    assert float(done.max().max()) <= 1.0
    assert float(done.iloc[-1].min()) == (1.0 if coverage else 0.0)


def test_queue_serves_the_first_admitted_first() -> None:
    short = simulate({"retrofit_coverage": 1.0, "contractor_capacity": 0.9}, stop=2035)
    done = columns(short, "retrofit fraction done")
    first, second = done["retrofit_fraction_done[p001]"], done["retrofit_fraction_done[p002]"]
    assert (first >= second).all()
    assert float(second[first < 0.999].max()) == 0.0
    assert float(first.iloc[-1]) == 1.0


# A parameter or input at a value → output in 2025 → sign of the change; levers are in confidence.toml of the bundle.
SIGNS = [
    ({"merged[p001]": 1.0}, "infrastructure funds", +1),
    ({"merged[p001]": 1.0}, "cumulative public cost", +1),
    ({"upgraded[p001]": 1.0}, "endogenous productivity", +1),
    ({"extra_fund_money": 50.0, "research_subsidy": 0.02, "emerging_support": 1.0}, "GDP", +1),
    ({"interest_rate_change": 0.05}, "infrastructure", -1),
    ({"log_exchange_rate": 0.1}, "trade", -1),
    ({"retrofit_coverage": 1.0, "extra_contractor_capacity": 50.0}, "retrofit fraction done", +1),
]


@pytest.mark.parametrize(("changed", "variable", "sign"), SIGNS)
def test_a_change_has_the_sign_it_should(
    baseline: pd.DataFrame, changed: dict[str, float], variable: str, sign: int
) -> None:
    change = total(simulate(changed), variable)[2025.0] - total(baseline, variable)[2025.0]
    assert np.sign(change) == sign


def test_platforms_are_paid_for_and_make_knowledge(baseline: pd.DataFrame) -> None:
    built = simulate({"innovation_platforms": 10.0, "fund_transfers": 1.0})
    asked = built["support_asked[innovation]"] - baseline["support_asked[innovation]"]
    assert asked.to_numpy() == pytest.approx(0.5 * 10.0)
    opened = built["built_platforms"]
    assert opened.iloc[-1] == pytest.approx(10.0 * 15 - built["platforms_under_construction"].iloc[-1])
    more = sum(built[name] - baseline[name] for name in ("technology_centres", "incubators"))
    # beside what R&D brings, which hardly moves
    assert more.to_numpy() == pytest.approx(0.7 * opened.to_numpy(), rel=0.02)
    assert total(built, "knowledge")[2025.0] > 1.05 * total(baseline, "knowledge")[2025.0]
    idle = simulate({"innovation_platforms": 10.0, "fund_transfers": 1.0, "platform_knowledge_effect": 0.0})
    assert total(idle, "knowledge")[2025.0] == pytest.approx(total(baseline, "knowledge")[2025.0], rel=5e-3)


def test_land_won_back_puts_no_pressure_on_concessions(baseline: pd.DataFrame) -> None:
    won = simulate({"extra_reclamation_rate": 0.4, "fund_transfers": 1.0})
    assert total(won, "reclamation")[2017.0] > 2 * total(baseline, "reclamation")[2017.0]
    pressure = columns(won, "vacancy pressure") / columns(baseline, "vacancy pressure")
    assert pressure.to_numpy() == pytest.approx(1.0, abs=0.3)
    assert (columns(won, "concession") < columns(baseline, "concession") + 0.02).all().all()


def test_a_park_without_vacant_land_in_2015_is_under_no_pressure() -> None:
    full = simulate({"table_planned_land[p001]": 16.733})
    assert float(full["initial_vacant_land[p001]"].iloc[0]) == 0.0
    assert (full["vacancy_pressure[p001]"] == 1.0).all()


def test_a_park_that_has_left_gets_nothing_of_a_fund_for_key_parks() -> None:
    places = {"large_zone_candidate[p001]": 1.0, "large_zone_candidate[p002]": 1.0}
    left = {"in_tier[p001,national]": 0.0, "in_tier[p001,other]": 1.0}
    stays = simulate({"park_fund": 1.0, "fund_concentration": 1.0, **places}, stop=2016)
    gone = simulate({"park_fund": 1.0, "fund_concentration": 1.0, **places, **left}, stop=2016)
    assert (columns(stays, "fund share") > 0.1).all().all()
    assert (gone["fund_share[p001]"] == 0.0).all()
    assert (gone["fund_share[p002]"] == 1.0).all()


def test_works_under_way_in_2015_take_nothing_from_the_profits_of_2015() -> None:
    """Also where a park ahead in the queue was finished by then: contractors serve the next."""
    demonstration = {f"table_demonstration[{park}]": 1.0 for park in PARKS}
    done = {"table_retrofit_done[p001]": 1.0, "table_retrofit_done[p002]": 0.5}
    first = simulate({"contractor_capacity": 0.9, **demonstration, **done}, stop=2016).iloc[0]
    assert first["retrofit_spending[p002]"] > 0.0
    assert first["works_of_2015[p002]"] == pytest.approx(first["retrofit_spending[p002]"])
    assert first["works_of_2015[p001]"] == 0.0
    for park in PARKS:
        assert first[f"profit_left[{park}]"] == pytest.approx(1.0)


# loop, the constants that switch it off, and a policy that works through it
LOOPS = [
    ("R2 clusters", {"agglomeration_elasticity": 0.0}, {"cluster_formation_intensity": 1.0}),
    ("R3 infrastructure", {"infrastructure_elasticity": 0.0, "infrastructure_pull": 0.0}, {"park_fund": 1.0}),
    ("R4 knowledge", {"knowledge_elasticity": 0.0}, {"research_subsidy": 0.01}),
    ("R1 market share", {"market_share_elasticity": 0.0, "share_adjustment_rate": 0.0}, {"research_subsidy": 0.01}),
    ("B5 outside option", {"region_sensitivity": 0.0}, {"promotion_effort": 1.0}),
]


@pytest.mark.parametrize(("loop", "off", "policy"), LOOPS, ids=[name for name, _, _ in LOOPS])
def test_policy_works_through_its_loop(loop: str, off: dict[str, float], policy: dict[str, float]) -> None:
    def gain(switch: dict[str, float]) -> float:
        with_policy = total(simulate({**switch, **policy}), "GDP")[2025.0]
        return float(with_policy - total(simulate(switch), "GDP")[2025.0])

    assert gain({}) > 0.0
    assert gain(off) < 0.75 * gain({}), loop


# loop, the constants that switch it off, what is done to it, what moves, and how the loop turns that
FEEDBACKS = [
    ("B3 emissions", {"emission_response": 0.0}, {"allowance_slack": -0.3}, "investment starts", -1),
    ("B4 debt", {"base_debt_ratio": 0.0}, {"interest_rate_change": 0.05}, "infrastructure", -1),
    ("B6 quotas", {"quota_response": 0.0}, {"energy_quota_growth": -0.03}, "investment starts", -1),
    ("R5 concessions", {"concession_response": 0.0}, {"growth_expectation_ceiling": 0.0}, "concession", +1),
]


@pytest.mark.parametrize(("loop", "off", "push", "variable", "sign"), FEEDBACKS, ids=[row[0] for row in FEEDBACKS])
def test_feedback_answers_a_push(
    loop: str, off: dict[str, float], push: dict[str, float], variable: str, sign: int
) -> None:
    """With the loop a push moves its variable by the documented sign; without it by less than a tenth of that."""

    def answer(switch: dict[str, float]) -> float:
        pushed, still = (columns(simulate({**switch, **more}), variable) for more in (push, {}))
        return float((pushed.loc[2025.0] / still.loc[2025.0] - 1).mean())

    assert np.sign(answer({})) == sign
    assert abs(answer(off)) < 0.1 * abs(answer({})), loop


def test_the_pool_of_mobile_projects_is_given_from_outside(baseline: pd.DataFrame) -> None:
    """A slump of the parks alone leaves it to the last bit; one outside is an extreme of confidence.toml."""
    own = simulate({"allowance_slack": -0.5})
    assert total(own, "desired starts")[2025.0] < 0.95 * total(baseline, "desired starts")[2025.0]
    assert total(own, "outside pool").tolist() == total(baseline, "outside pool").tolist()


def test_without_money_no_lever_that_costs_acts(baseline: pd.DataFrame) -> None:
    """No budget, no lever: what needs money of the fund does nothing when the fund is empty."""
    asked = {
        "research_subsidy": 0.02, "park_fund": 5.0, "cluster_formation_intensity": 1.0, "promotion_effort": 1.0,
        "emerging_support": 1.0, "opening_effort": 1.0, "extra_reclamation_rate": 0.2,
        "outdated_capacity_closure": 0.3, "boiler_replacement_rate": 0.3,
    }  # fmt: skip
    empty = {"fund_tax_share": 0.0, "fund_transfers": 0.0}
    run = simulate({**empty, **asked})
    for variable in ("GDP", "trade", "idle land", "infrastructure", "total emissions", "cumulative public cost"):
        assert np.allclose(total(run, variable), total(simulate(empty), variable), rtol=1e-12), variable
    assert total(run, "public spending asked")[2020.0] > 0.0


def test_the_fund_pays_no_more_than_it_has() -> None:
    run = simulate({"park_fund": 40.0, "emerging_support": 1.0})
    assert (total(run, "fund payment") <= total(run, "fund income") * (1 + 1e-12)).all()
    assert total(run, "fund cover").min() < 0.2
    matched = total(run, "fund contribution") / total(run, "public spending")
    assert matched[2020.0] == pytest.approx(0.2)


def test_matching_by_the_parks_stretches_the_fund() -> None:
    asked = {"park_fund": 40.0}
    alone, matched = (simulate({**asked, "local_matching_share": share}) for share in (0.0, 0.5))
    cover = total(matched, "fund cover") / total(alone, "fund cover")
    assert cover.iloc[0] == pytest.approx(2.0)


def test_money_of_parks_that_infrastructure_does_not_need_is_spent_otherwise(baseline: pd.DataFrame) -> None:
    uses = ("repayment", "interest paid", "own infrastructure spending", "spending on other duties")
    sources = total(baseline, "park income") + total(baseline, "borrowing")
    assert np.allclose(sources, sum(total(baseline, name) for name in uses), rtol=1e-12)
    assert total(baseline, "own infrastructure spending").iloc[0] == pytest.approx(
        total(baseline, "infrastructure need").iloc[0]
    )


def test_prices_alone_make_no_park_richer(baseline: pd.DataFrame) -> None:
    dear = simulate({f"log_price_index[{industry}]": 0.5 for industry in (*MATERIAL, "services")}, stop=2015)
    assert total(dear, "tax").iloc[0] > 1.5 * total(baseline, "tax").iloc[0]
    assert total(dear, "retained tax").iloc[0] == pytest.approx(total(baseline, "retained tax").iloc[0])
    assert total(dear, "fund income").iloc[0] == pytest.approx(total(baseline, "fund income").iloc[0])


def test_what_a_policy_costs_firms_slows_their_investment() -> None:
    """Works of a retrofit are paid out of profit while they last; a subsidy relieves firms of them."""
    plain = {"retrofit_coverage": 1.0, "retrofit_cost_saving": 0.0}
    subsidy = {"retrofit_subsidy_share": 1.0, "subsidy_pace_effect": 0.0, "extra_fund_money": 100.0}
    none, own, paid = (
        total(simulate(changed), "investment starts")[2018.0]
        for changed in ({"retrofit_cost_saving": 0.0}, plain, {**plain, **subsidy})
    )
    assert own < paid
    assert own < none


def test_concessions_of_rivals_raise_ones_own() -> None:
    push = {"growth_expectation_ceiling": 0.0}
    alone, racing = (columns(simulate({**push, "rival_response": rate}), "concession") for rate in (0.0, 0.5))
    assert float((racing.loc[2025.0] / alone.loc[2025.0]).min()) > 1.0


def test_land_is_not_serviced_without_money() -> None:
    poor, rich = (simulate({"fiscal_leverage": 6.0, "interest_rate_change": rate}) for rate in (0.3, 0.0))
    assert total(poor, "fiscal cover")[2020.0] < total(rich, "fiscal cover")[2020.0]
    assert total(poor, "land servicing")[2020.0] < total(rich, "land servicing")[2020.0]


def test_debt_is_what_was_borrowed_less_what_was_repaid() -> None:
    run = simulate(save=1 / 16)
    change = np.diff(total(run, "debt"))
    flows = (total(run, "borrowing") - total(run, "repayment"))[:-1] / 16
    assert np.allclose(change, flows, rtol=1e-9, atol=1e-9)
    assert (total(run, "debt") > 0).all()


def test_closed_capacity_leaves_and_is_never_more_than_was_outdated() -> None:
    run = simulate({"outdated_capacity_closure": 0.5}, stop=2050)
    assert 0.99 < total(run, "outdated capacity closed").iloc[-1] <= 1.0
    assert (columns(run, "capital") > 0).all().all()


def test_scarce_land_slows_investment() -> None:
    """B1: with little land to give, investment falls; with the response off it does not."""
    scarce = {f"table_planned_land[{park}]": 18.6 for park in PARKS}
    drop = total(simulate(scarce), "investment starts")[2025.0] / total(simulate(), "investment starts")[2025.0]
    assert drop < 0.98


@pytest.mark.parametrize("planned", [16.733, 16.74, 17.0, 18.0, 19.0])
def test_less_land_never_means_more_investment(planned: float, baseline: pd.DataFrame) -> None:
    short = total(simulate({f"table_planned_land[{park}]": planned for park in PARKS}), "investment starts")
    assert (short <= total(baseline, "investment starts") * (1 + 1e-9)).all()


@pytest.mark.parametrize("less", [{"growth_expectation_ceiling": 0.0}, {"national_threshold": 150.0}])
def test_a_smaller_land_take_does_not_make_land_scarce(less: dict[str, float], baseline: pd.DataFrame) -> None:
    """While planned land is left, the reserve stays what investors are used to, however little is taken."""
    run = simulate({"regional_threshold": 150.0, **less})
    assert total(run, "land allocation").iloc[0] < 0.9 * total(baseline, "land allocation").iloc[0]
    assert float(columns(run, "unserviced land").min().min()) > 1.0
    assert float(columns(run, "land availability").min().min()) > 0.99


def test_the_return_on_knowledge_is_a_return() -> None:
    """Elasticity x GDP / knowledge, the gross marginal product of knowledge, stays below one."""
    found = tomllib.loads((BUNDLE / "parameters.toml").read_text(encoding="utf-8"))["parameter"]
    stock = found["research intensity"]["value"] / (found["knowledge obsolescence"]["value"] + 0.07)
    assert found["knowledge elasticity"]["value"] / stock < 1.0


def test_land_of_redirected_projects_is_that_of_their_own_intensity() -> None:
    """Refused money that moves takes land at its own intensity, whatever threshold refused it."""
    open_park = {"in_threshold_tier[p002,regional]": 0.0, "in_threshold_tier[p002,other]": 1.0}
    for bar in (150.0, 600.0):
        run = simulate({"national_threshold": bar, "in_threshold_tier[p001,national]": 1.0, **open_park}, stop=2016)
        money = total(run, "redirected money").iloc[0]
        land = total(run, "redirected land").iloc[0]
        assert money > 0.0
        refused = columns(run, "refused intensity").iloc[0].filter(like="[national")
        assert refused.min() * 0.15 <= money / land <= refused.max() * 0.15
        assert money / land < 0.15 * bar


@pytest.mark.parametrize("keeps", [0.0, 0.5, 1.0])
def test_what_a_threshold_refuses_comes_back_moves_or_is_lost(keeps: float) -> None:
    """Money and land are told apart once each, whichever way projects upgrade, and what leaves one park arrives."""
    open_park = {"in_threshold_tier[p002,regional]": 0.0, "in_threshold_tier[p002,other]": 1.0}
    bar = {"national_threshold": 150.0, "in_threshold_tier[p001,national]": 1.0, "upgrade_keeps_land": keeps}
    run = simulate({**bar, **open_park}, stop=2017)
    for kind in ("money", "land"):
        parts = sum(total(run, f"threshold {kind} {part}") for part in ("upgraded", "redirected", "lost"))
        refused = total(run, f"threshold {kind} refused")
        assert float(refused.min()) > 0.0
        assert parts.to_numpy() == pytest.approx(refused.to_numpy(), rel=1e-9)
        moved = total(run, f"threshold {kind} redirected").to_numpy()
        assert total(run, f"threshold {kind} taken in").to_numpy() == pytest.approx(moved, rel=1e-9)
    assert (total(run, "threshold money added") > 0.0).all() == (keeps > 0.0)


def test_upgrading_on_the_same_land_raises_investment_where_all_upgrade() -> None:
    """The other reading of upgrading: with money on the same land a threshold draws investment, else it does not."""
    bar = {"national_threshold": 150.0, "regional_threshold": 150.0, "redirect_share": 0.0, "upgrade_share": 1.0}
    runs = [simulate({**bar, "upgrade_keeps_land": keeps}, stop=2017) for keeps in (0.0, 1.0)]
    none = total(simulate(stop=2017), "investment starts").iloc[0]
    starts = [total(run, "investment starts").iloc[0] for run in runs]
    assert starts[0] == pytest.approx(none, rel=1e-9)
    assert starts[1] > 1.001 * none
    land = [total(run, "land allocation").iloc[0] for run in runs]
    assert land[0] < land[1]
    assert land[1] == pytest.approx(total(simulate(stop=2017), "land allocation").iloc[0], rel=1e-9)


def test_market_share_is_bounded() -> None:
    eager = {"market_share_elasticity": 30.0, "cluster_formation_intensity": 1.0, "research_subsidy": 0.02}
    share = columns(simulate(eager, stop=2035), "market share response")
    assert float(share.max().max()) <= np.exp(0.3)
    assert float(share.max().max()) > 1.1


@pytest.mark.parametrize(("shape", "threshold"), [(2.0, 150.0), (2.0, 600.0), (1.6, 80.0), (4.0, 150.0)])
def test_threshold_money_is_the_partial_mean(shape: float, threshold: float) -> None:
    """Quadrature of the Fisk partial mean against a fine numerical integral."""
    mean = 300.0
    run = simulate({"intensity_shape[coal_chemicals]": shape, "national_threshold": threshold}, stop=2016)
    scale = mean * np.sin(np.pi / shape) / (np.pi / shape)
    left = 1 / (1 + (threshold / scale) ** shape)
    s = (np.arange(200_000) + 0.5) / 200_000
    power = shape / (shape - 1)
    exact = scale / mean * left ** (1 - 1 / shape) * power * np.mean((1 - left * s**power) ** (1 / shape))
    found = float(run["money_kept[national,coal_chemicals]"].iloc[0])
    assert found == pytest.approx(exact, abs=5e-4)
    if shape == 2.0:
        tail = scale * (np.pi / 2 - np.arctan(threshold / scale))
        closed = threshold / (1 + (threshold / scale) ** 2) + tail
        assert found == pytest.approx(closed / mean, abs=5e-4)


def test_half_the_step_and_runge_kutta_agree(baseline: pd.DataFrame) -> None:
    for other in (simulate(step=1 / 32), simulate(method="rk4")):
        for variable in ("GDP", "capital", "built up area", "energy use", "cluster maturity"):
            assert np.allclose(total(other, variable), total(baseline, variable), rtol=2e-3)
    half = simulate(step=1 / 32)
    assert total(half, "GDP")[2020.0] == pytest.approx(total(baseline, "GDP")[2020.0], rel=1e-3)


def test_every_variable_has_unit_and_two_names() -> None:
    from sim.model.mdl_text import entries, read_model_text

    found = entries(read_model_text(independent.MODEL), independent.MODEL)
    last = {e.name: e for e in found if not e.is_subscript}
    for entry in last.values():
        assert entry.units, entry.name
        if entry.group != "Control":
            chinese, english = entry.names
            assert english, entry.name
            assert any("一" <= c <= "鿿" for c in chinese), entry.name


def test_pysd_gives_the_same_numbers(tmp_path: Path) -> None:
    copy = tmp_path / "park.mdl"
    copy.write_bytes(independent.MODEL.read_bytes())
    names = ["GDP", "capital", "labour", "vacant land", "cluster maturity", "emissions", "energy use", "knowledge"]
    levers = {"national threshold": 150.0, "retrofit coverage": 1.0, "cluster formation intensity": 1.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = pysd.read_vensim(str(copy)).run(
            params=levers, return_columns=names, final_time=2017, return_timestamps=[2015.0, 2016.0, 2017.0]
        )
    plain = {name_of(k): v for k, v in levers.items()}
    other = simulate({**_stand_in(), **plain}, stop=2017)
    for column in ours.columns:
        key = name_of(column).replace(",_", ",")
        assert ours[column].to_numpy() == pytest.approx(other[key].to_numpy(), rel=1e-8, abs=1e-12), column


def _stand_in() -> dict[str, float]:
    """The file's own values for what ``independent.simulate`` makes unlike."""
    own = {
        "table_output": 159.345, "table_industrial_value_added": 47.802, "table_services": 31.586,
        "table_revenue": 139.957, "table_capital": 261.129,
    }  # fmt: skip
    found = {f"{name}[p002]": value for name, value in own.items()}
    found |= {"table_demonstration[p001]": 0.0, "table_retrofit_done[p001]": 0.0}
    return found | {f"table_industry_share[p002,{name}]": 0.2 for name in MATERIAL}
