"""The JSON Schema for editors, and the shipped scenarios, which satisfy it and load without complaint."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sim.levers import all_levers, read_levers
from sim.scenario.resolve import lever_schedule, load_scenario
from sim.scenario.schema import scenario_schema, schema_text
from sim.scenario.show import resolved_toml, show_lines
from sim.schedule import Schedule

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "models" / "inner-mongolia"
SCHEMA = ROOT / "docs" / "scenario.schema.json"
SHIPPED = sorted((ROOT / "scenarios").glob("*.toml"))


def test_schema_is_up_to_date() -> None:
    """Run with REWRITE_SCHEMA=1 in the environment to write it anew."""
    if os.environ.get("REWRITE_SCHEMA"):
        SCHEMA.write_text(schema_text(BUNDLE), encoding="utf-8", newline="\n")
        pytest.skip("written anew")
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(BUNDLE), "run again with REWRITE_SCHEMA=1"


def test_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(scenario_schema(BUNDLE))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_scenario(file: Path) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.validate(tomllib.loads(file.read_text("utf-8")), schema)
    scenario = load_scenario(file)
    resolved = tomllib.loads(resolved_toml(scenario))
    jsonschema.validate(resolved, schema)
    assert scenario.name_zh
    assert scenario.description_zh
    assert scenario.bundle == BUNDLE.resolve()
    assert {warning.code for warning in scenario.warnings} <= {"parameter_outside"}
    assert len(show_lines(scenario, "zh")) == len(show_lines(scenario, "en"))
    assert (scenario.information_until > 2016) == (file.stem == "hindsight")


@pytest.mark.parametrize(
    "text",
    [
        "colour = 1",
        "clock.end = 2020",
        "policy.land_threshold.national = 700",
        "policy.land_threshold.national = '150'",
        "policy.circular_retrofit.coverage = [[2016, 2]]",
        "policy.circular_retrofit.coverage = [[2016, 0.1, 1]]",
        "policy.governance.exit_rule = 1",
        "drivers.demand_growth = 'trnd'",
        "drivers.demand_growth = { metals = 0.1 }",
        "parameters.'no such' = 1",
    ],
)
def test_schema_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(text), scenario_schema(BUNDLE))


def test_plan_differs_from_the_baseline_by_policy_alone() -> None:
    plan, baseline = (load_scenario(ROOT / "scenarios" / f"{name}.toml") for name in ("plan", "baseline"))
    assert not baseline.policies
    assert plan.drivers == baseline.drivers
    assert plan.parameters == baseline.parameters
    assert plan.clock == baseline.clock


def test_plan_takes_in_the_three_named_policies() -> None:
    plan = load_scenario(ROOT / "scenarios" / "plan.toml")
    for name in ("circular-retrofit", "land-threshold", "cluster-formation"):
        part = load_scenario(ROOT / "scenarios" / f"{name}.toml")
        assert part.policies.items() <= plan.policies.items()
    levers = all_levers(read_levers(BUNDLE / "levers.toml"))
    national = lever_schedule(plan, levers["level_upgrade.national"])
    assert isinstance(national, Schedule)
    assert [national.at(year) for year in (2015, 2018, 2020, 2030)] == [11, 13, 15, 15]
