"""The basis of a verdict follows from the shipped scenarios: what a lever sets is imposed there, else modelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim import dims
from sim.binding import bind
from sim.bundle import load_bundle
from sim.scenario.resolve import load_scenario
from sim.targets.evaluate import evaluate_targets
from sim.targets.rows import TargetRow
from sim.targets.spec import read_targets
from tests.datasets import synthetic_results

ROOT = Path(__file__).parents[1]
BUNDLE = load_bundle(ROOT / "models" / "inner-mongolia")
TARGETS = read_targets(BUNDLE.targets_path, BUNDLE.outputs)
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))


def rows(scenario: str) -> dict[str, TargetRow]:
    resolved = load_scenario(ROOT / "scenarios" / f"{scenario}.toml")
    levers = bind(BUNDLE, resolved).levers_in(dims.TARGET_YEAR)
    active = {key: levers[key] for key in resolved.policies}
    return {row.id: row for row in evaluate_targets(synthetic_results(), TARGETS, active)}


@pytest.mark.parametrize(
    ("scenario", "target", "basis"),
    [
        ("baseline", "T23", "model"),
        ("land-threshold", "T23", "imposed"),
        ("baseline", "T24", "model"),
        ("land-threshold", "T24", "imposed"),
        ("cluster-formation", "T23", "model"),
        ("plan", "T05", "imposed"),
        ("baseline", "T05", "model"),
        ("plan", "T30", "imposed"),
        ("plan", "T43", "imposed"),
        ("baseline", "T43", "outside"),
        ("plan", "T47", "imposed"),
        ("baseline", "T44", "model"),
        ("circular-retrofit", "T44", "model"),
        ("plan", "T15", "extrapolated"),
        ("plan", "T46", "outside"),
    ],
)
def test_basis(scenario: str, target: str, basis: str) -> None:
    row = rows(scenario)[target]
    assert row.basis == basis
    assert row.counted == (basis == "model")
    if basis == "imposed":
        assert row.verdict == "imposed"
        assert row.imposed_by
    if basis == "outside":
        assert row.reason_zh
        assert row.reason_en


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_has_all_47_rows(scenario: str) -> None:
    assert list(rows(scenario)) == [f"T{number:02d}" for number in range(1, 48)]


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name != "hindsight"])
def test_only_hindsight_knows_the_future(scenario: str) -> None:
    assert load_scenario(ROOT / "scenarios" / f"{scenario}.toml").information_until <= 2017


def test_no_policy_is_the_baseline_to_the_last_bit() -> None:
    """Every lever written out at its no-policy value binds the same inputs as a scenario that names none."""
    from dataclasses import replace

    from sim.errors import Place
    from sim.scenario.types import Setting

    baseline = load_scenario(ROOT / "scenarios" / "baseline.toml")
    place = Place(Path("here.toml"), 1)
    settings = {key: Setting(lever.no_policy, place) for key, lever in BUNDLE.levers.items()}
    plain, written = bind(BUNDLE, baseline).inputs, bind(BUNDLE, replace(baseline, policies=settings)).inputs
    assert set(plain.series) == set(written.series)
    for name, series in plain.series.items():
        assert series.values.identical(written.series[name].values), name
    for name, constant in plain.constants.items():
        assert constant.identical(written.constants[name]), name
