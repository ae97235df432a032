"""The parts of a bundle written in TOML: shipped ones are right, broken ones name mistake and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import dims
from sim.drivers import read_drivers
from sim.errors import InputError
from sim.levers import all_levers, read_levers
from sim.outputs_spec import read_outputs
from sim.parameters import each, outside, read_parameters
from sim.schedule import Schedule
from sim.words.catalogue import problem_line

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"

LEVER = """\
[policy.a]
name_en = "a"
name_zh = "甲"
place = "x"
[policy.a.lever.b]
variable = "v"
kind = "number"
units = "u"
units_zh = "单位"
low = 0.0
high = 1.0
no_policy = 0.0
schedule = true
name_en = "b"
name_zh = "乙"
"""
DRIVER = """\
[driver.d]
variable = "log market"
dims = ["tier"]
units = "1/yr"
units_zh = "每年"
form = "growth"
name_en = "d"
name_zh = "丁"
[driver.d.path.p]
information_until = 2016
origin = "derived"
source = "s"
values = { national = [[2016, 0.08], [2018, 0.02]], regional = 0.03, other = [[2016, 0.0]] }
"""
PARAMETER = """\
[parameter."capital elasticity"]
value = { national = 0.4, regional = 0.5, other = 0.6 }
dims = ["tier"]
units = "1"
low = 0.3
high = { national = 0.5, regional = 0.7, other = 0.7 }
distribution = "uniform"
meaning_en = "m"
meaning_zh = "义"
source = "assumed"
reliability = "low"
origin = "assumed"
"""
OUTPUT = """\
[[output]]
name = "gdp"
variable = "GDP"
dims = ["park", "industry"]
units = "u"
units_zh = "单位"
name_en = "n"
name_zh = "名"
kind = "rate"
"""

Reader = Callable[[Path], Any]


def read(tmp_path: Path, reader: Reader, text: str) -> Any:
    file = tmp_path / "spec.toml"
    file.write_text(text, encoding="utf-8")
    return reader(file)


def test_shipped_levers() -> None:
    policies = read_levers(BUNDLE / "levers.toml")
    levers = all_levers(policies)
    assert levers["circular_retrofit.coverage"].increasing
    assert levers["land_threshold.national"].units_zh == "万元/亩"
    assert levers["governance.exit_rule"].no_policy is False
    assert [lever.key for lever in levers.values() if lever.numeric and not lever.schedule] == []


def test_shipped_drivers_have_a_path_that_the_plan_could_know() -> None:
    for driver in read_drivers(BUNDLE / "drivers.toml").values():
        assert driver.default.information_until <= 2016


def test_shipped_parameters_lie_within_their_ranges() -> None:
    for parameter in read_parameters(BUNDLE / "parameters.toml").values():
        assert not list(outside(parameter.value, parameter.low, parameter.high)), parameter.name


def test_shipped_outputs() -> None:
    outputs = read_outputs(BUNDLE / "outputs.toml")
    assert outputs["cluster_output"].dims == (dims.LEAGUE, dims.INDUSTRY)
    assert outputs["gdp"].long_name("zh") == "开发区生产总值(2015年价)"


def test_small_parts(tmp_path: Path) -> None:
    lever = read(tmp_path, read_levers, LEVER)["a"].levers["b"]
    assert (lever.key, lever.high, lever.schedule, lever.increasing) == ("a.b", 1.0, True, False)
    values = read(tmp_path, read_drivers, DRIVER)["d"].default.values
    assert values == {
        "national": Schedule(((2016, 0.08), (2018, 0.02))),
        "regional": Schedule(((2015, 0.03),)),
        "other": Schedule(((2016, 0.0),)),
    }
    parameter = read(tmp_path, read_parameters, PARAMETER)["capital elasticity"]
    assert dict(each(parameter.value)) == {("national",): 0.4, ("regional",): 0.5, ("other",): 0.6}
    assert read(tmp_path, read_outputs, OUTPUT)["gdp"].dims == ("park", "industry")


def test_range_as_factors(tmp_path: Path) -> None:
    text = PARAMETER.replace("low = 0.3", 'range = "factor"\nlow = 0.5')
    text = text.replace("high = { national = 0.5, regional = 0.7, other = 0.7 }", "high = 2")
    parameter = read(tmp_path, read_parameters, text)["capital elasticity"]
    assert parameter.relative
    assert parameter.low == {"national": 0.2, "regional": 0.25, "other": 0.3}
    assert parameter.high == {"national": 0.8, "regional": 1.0, "other": 1.2}


@pytest.mark.parametrize(
    ("reader", "text", "old", "new", "code", "line", "suggestion"),
    [
        (read_levers, LEVER, "[policy.a]", "[polcy.b]\n[policy.a]", "unknown_key", 1, "policy"),
        (read_levers, LEVER, "place", "plase", "unknown_key", 4, "place"),
        (read_levers, LEVER, '"number"', '"numbr"', "unknown_choice", 7, ""),
        (read_levers, LEVER, "low = 0.0\n", "", "missing_key", 5, ""),
        (read_levers, LEVER, "high = 1.0", 'high = "1.0"', "number_as_text", 11, "1"),
        (read_levers, LEVER, "high = 1.0", "high = inf", "not_finite", 11, ""),
        (read_levers, LEVER, "schedule = true", "schedule = 1", "expected_switch", 13, ""),
        (read_levers, LEVER, "no_policy = 0.0", "no_policy = 2", "range_order", 12, ""),
        (read_levers, LEVER, "no_policy = 0.0", "no_policy = true", "expected_number", 12, ""),
        (read_levers, LEVER, "lever.b", "lever.from", "reserved_key", 5, ""),
        (read_levers, LEVER, 'kind = "number"', 'kind = "choice"', "missing_key", 5, ""),
        (read_drivers, DRIVER, "2016\norigin", '"2016"\norigin', "expected_integer", 10, ""),
        (read_drivers, DRIVER, '["tier"]', '["tier", "industry"]', "unknown_dims", 3, ""),
        (read_drivers, DRIVER, '["tier"]', "[]", "not_by_element", 13, ""),
        (read_drivers, DRIVER, '["tier"]', '["park"]', "unknown_dims", 3, ""),
        (read_drivers, DRIVER, "regional = 0.03, ", "", "missing_elements", 13, ""),
        (read_drivers, DRIVER, "regional", "regionl", "unknown_element", 13, "regional"),
        (read_drivers, DRIVER, "0.08", "8", "wild_rate", 13, "0.08"),
        (read_drivers, DRIVER, "2018", "2016", "year_twice", 13, ""),
        (read_drivers, DRIVER, "2018", "2014", "years_fall", 13, ""),
        (read_drivers, DRIVER, 'form = "growth"\n', "", "missing_key", 1, ""),
        (read_parameters, PARAMETER, 'source = "assumed"\n', "", "missing_key", 1, ""),
        (read_parameters, PARAMETER, 'reliability = "low"', 'reliability = ""', "empty_text", 11, ""),
        (read_parameters, PARAMETER, 'origin = "assumed"', 'origin = "guess"', "unknown_choice", 12, ""),
        (read_parameters, PARAMETER, "national = 0.4", "national = 0.6", "range_order", 2, ""),
        (read_parameters, PARAMETER, "low = 0.3", 'low = "30%"', "number_as_text", 5, "0.3"),
        (read_parameters, PARAMETER, "low = 0.3", "low = nan", "not_finite", 5, ""),
        (read_outputs, OUTPUT, '["park", "industry"]', '["industry", "park"]', "unknown_dims", 4, ""),
        (read_outputs, OUTPUT, '"rate"', '"flow"', "unknown_choice", 9, ""),
        (read_outputs, OUTPUT + OUTPUT, "x", "x", "name_twice", 11, ""),
        (read_outputs, OUTPUT, "[[output]]", "output = 1\n[x]", "expected_list", 1, ""),
    ],
)
def test_mistake(
    tmp_path: Path, reader: Reader, text: str, old: str, new: str, code: str, line: int, suggestion: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, reader, text.replace(old, new, 1))
    problem = next(problem for problem in caught.value.problems if problem.code == code)
    assert problem.place is not None
    assert (problem.place.line, problem.suggestion) == (line, suggestion)
    for lang in ("zh", "en"):
        assert problem_line(lang, problem).startswith(f"{tmp_path / 'spec.toml'}:{line}: ")


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    text = PARAMETER.replace("low = 0.3", "low = true").replace('"m"', "1") + PARAMETER.replace(
        "capital elasticity", "other"
    ).replace('units = "1"\n', "")
    with pytest.raises(InputError) as caught:
        read(tmp_path, read_parameters, text)
    lines = [problem.place and problem.place.line for problem in caught.value.problems]
    assert lines == [8, 5, 13]
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["expected_text", "expected_number", "missing_key"]
