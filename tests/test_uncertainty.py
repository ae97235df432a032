"""``uncertainty.toml``: what it may say, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.correlation import normal_scores
from sim.drivers import read_drivers
from sim.errors import InputError
from sim.levers import read_levers
from sim.parameters import read_parameters
from sim.uncertainty import Ranges, read_uncertainty

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
DRIVERS = read_drivers(BUNDLE / "drivers.toml")
POLICIES = read_levers(BUNDLE / "levers.toml")
PARAMETERS = read_parameters(BUNDLE / "parameters.toml")

WORDS = 'meaning_en = "x"\nmeaning_zh = "量"\nsource = "assumed"\nsource_zh = "设定"\norigin = "assumed"\n'
TEXT = f"""\
[driver.demand_growth.near]
until = 2020
weights = {{ metals = 1.0, services = 0.5 }}
value = 0.0
low = -0.03
high = 0.03
distribution = "normal"
{WORDS}
[driver.trade.shift]
value = 0
low = -0.05
high = 0.05
distribution = "uniform"
{WORDS}
[policy.innovation.delay]
value = 0.5
low = 0.0
high = 2.0
distribution = "triangular"
{WORDS}
[policy.innovation.delivery]
value = 0.9
low = 0.5
high = 1.0
distribution = "triangular"
{WORDS}
[group.world]
members = ["demand_growth.near", "trade.shift", "TFP trend"]
kind = "normal"
correlation = [[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]
source = "assumed"
source_zh = "设定"
origin = "assumed"
"""


def read(folder: Path, text: str) -> Ranges:
    path = folder / "uncertainty.toml"
    path.write_text(text, encoding="utf-8")
    return read_uncertainty(path, DRIVERS, POLICIES, PARAMETERS)


def test_what_it_says(tmp_path: Path) -> None:
    found = read(tmp_path, TEXT)
    assert [one.name for one in found.quantities] == [
        "demand_growth.near", "trade.shift", "innovation.delay", "innovation.delivery",
    ]  # fmt: skip
    near, shift = found.deviations
    assert (near.first, near.last, near.weights) == (None, 2020, (0.0, 1.0, 0.0, 0.0, 0.0, 0.5))
    assert shift.weights == (1.0,)
    assert found.groups[0].normal == ((1.0, 0.5, 0.2), (0.5, 1.0, 0.0), (0.2, 0.0, 1.0))
    pair = 'correlation = 0.5\nkind = "rank"'
    matrix = 'kind = "normal"\ncorrelation = [[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]'
    ranked = read(tmp_path, TEXT.replace(matrix, pair)).groups[0].normal
    assert ranked[0][1] == ranked[2][1] == normal_scores(0.5, "rank")


def test_the_shipped_file_gives_every_lever_that_the_model_follows_its_risk() -> None:
    found = read_uncertainty(BUNDLE / "uncertainty.toml", DRIVERS, POLICIES, PARAMETERS)
    followed = {
        policy.key
        for policy in POLICIES.values()
        if any(lever.variable and lever.schedule for lever in policy.levers.values())
    }
    assert {risk.policy for risk in found.risks if risk.delay and risk.delivery} == followed
    assert {one.driver for one in found.deviations} == set(DRIVERS)
    assert len({one.name for one in found.quantities}) == len(found.quantities)


LOW, HIGH, VALUE = "low = -0.03", "high = 0.03", "value = 0.0"
MEMBERS = 'members = ["demand_growth.near", "trade.shift", "TFP trend"]'
MATRIX = "correlation = [[1, 0.5, 0.2], [0.5, 1, 0], [0.2, 0, 1]]"


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "suggestion"),
    [
        (LOW, "low = 0.03", "range_empty", 5, ""),
        (LOW, "low = 0.04", "range_empty", 5, ""),
        (VALUE, "value = 0.5", "range_order", 4, ""),
        (LOW, "low = -3", "wild_rate", 5, ""),
        (LOW, "low = nan", "not_finite", 5, ""),
        (LOW, 'low = "-3%"', "number_as_text", 5, "-0.03"),
        ('"normal"\nmeaning', '"gaussian"\nmeaning', "unknown_choice", 7, ""),
        ('"normal"\nmeaning', '"fixed"\nmeaning', "unknown_choice", 7, ""),
        ('"normal"\nmeaning', '"lognormal"\nmeaning', "range_lognormal", 5, ""),
        ("until = 2020", "until = 2020\nfrom = 2021", "uncertainty_years", 2, ""),
        ("until = 2020", "untill = 2020", "unknown_key", 2, "until"),
        ("driver.demand_growth", "driver.demand_grwth", "unknown_key", 1, "demand_growth"),
        ("metals = 1.0", "metal = 1.0", "unknown_element", 3, "metals"),
        ("[driver.trade.shift]", "[driver.trade.shift]\nweights = { metals = 1.0 }", "not_by_element", 15, ""),
        ("policy.innovation.delay", "policy.inovation.delay", "unknown_key", 25, "innovation"),
        ("policy.innovation.delay", "policy.mergers.delay", "uncertainty_no_series", 25, ""),
        ("policy.innovation.delay", "policy.innovation.dely", "unknown_key", 25, "delay"),
        ("low = 0.0\n", "low = -1.0\n", "out_of_bounds", 27, ""),
        ("high = 1.0", "high = 1.2", "out_of_bounds", 39, ""),
        (MEMBERS, 'members = ["trade.shift"]', "group_small", 48, ""),
        (MEMBERS, MEMBERS.replace("trade.shift", "trade.shft"), "group_unknown", 48, "trade.shift"),
        (MEMBERS, MEMBERS.replace("TFP trend", "base growth"), "group_unknown", 48, ""),
        (MEMBERS, MEMBERS.replace("TFP trend", "trade.shift"), "group_twice", 48, ""),
        (MATRIX, "correlation = 1.5", "correlation_range", 50, ""),
        (MATRIX, "correlation = 1.0", "correlation_singular", 50, ""),
        (MATRIX, "correlation = -0.6", "correlation_singular", 50, ""),
        (MATRIX, "correlation = [[1, 0.5], [0.5, 1]]", "correlation_shape", 50, ""),
        (MATRIX, MATRIX.replace("[0.5, 1, 0]", "[0.5, 0.9, 0]"), "correlation_diagonal", 50, ""),
        (MATRIX, MATRIX.replace("[0.5, 1, 0]", "[0.4, 1, 0]"), "correlation_symmetric", 50, ""),
        (MATRIX, MATRIX.replace("0.5, 0.2", "-2, 0.2"), "correlation_range", 50, ""),
        (MATRIX, 'correlation = "strong"', "expected_number", 50, ""),
        ('kind = "normal"\ncorr', 'kind = "spearman"\ncorr', "unknown_choice", 49, ""),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, code: str, line: int, suggestion: str) -> None:
    assert old in TEXT
    with pytest.raises(InputError) as caught:
        read(tmp_path, TEXT.replace(old, new, 1))
    first = caught.value.problems[0]
    assert (first.code, first.place and first.place.line) == (code, line)
    if suggestion:
        assert first.suggestion == suggestion


def test_a_member_of_two_groups_and_all_mistakes_at_once(tmp_path: Path) -> None:
    again = TEXT[TEXT.index("[group.world]") :].replace("group.world", "group.again")
    with pytest.raises(InputError) as caught:
        read(tmp_path, TEXT.replace(LOW, "low = 0.1") + again)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["range_empty", *["group_twice"] * 3]


def test_a_lognormal_parameter_needs_a_positive_range(tmp_path: Path) -> None:
    text = (BUNDLE / "parameters.toml").read_text(encoding="utf-8")
    head, tail = text.split('[parameter."labour slack"]')
    tail = tail.replace('distribution = "uniform"', 'distribution = "lognormal"', 1)
    path = tmp_path / "parameters.toml"
    path.write_text(f'{head}[parameter."labour slack"]{tail}', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_parameters(path)
    (problem,) = caught.value.problems
    assert problem.code == "range_lognormal"
    path.write_text(text.replace("low = 0\nhigh = 0.2", "low = 0.1\nhigh = 0.1", 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_parameters(path)
    assert [one.code for one in caught.value.problems] == ["range_empty"]


@given(st.floats(-1, 1))
def test_rank_correlations_as_normal_scores(rank: float) -> None:
    score = normal_scores(rank, "rank")
    assert abs(score) <= 1 + 1e-12
    assert 6 / np.pi * np.arcsin(np.clip(score, -2, 2) / 2) == pytest.approx(rank, abs=1e-12)
