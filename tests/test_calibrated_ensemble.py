"""From a calibration to an ensemble and a backtest of its draws: the same rows, the same prior, what goes together."""

from __future__ import annotations

import csv
import io
import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.draws import DrawPlan, dimensions, plan_draws
from sim.bundle import Bundle, load_bundle
from sim.calibration import backtest as held
from sim.calibration.bench import at_quantiles
from sim.calibration.calibrate import Asked, asked_of, calibrate, moving, of_parameters
from sim.calibration.chain import to_normal, to_quantiles
from sim.posterior import columns
from sim.scenario.resolve import load_scenario
from sim.study import prepare
from sim.uncertainty import Group
from tests.test_calibration import HINDSIGHT, PLAN, place, read, region
from tests.workplace import ROOT, Workplace, started

__all__ = ["place", "region", "started"]

TREND, OUTSIDE, USE = "emission trend", "fdi_outside_parks.shift", "base use"
PAIR = Group("pair", (OUTSIDE, TREND), ((1.0, 0.8), (0.8, 1.0)))


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    """The shipped bundle, with a parameter that goes together with a driver."""
    found = load_bundle(ROOT / "models" / "inner-mongolia")
    return replace(found, ranges=replace(found.ranges, groups=(*found.ranges.groups, PAIR)))


def plan_of(bundle: Bundle, *, drivers: bool = True) -> DrawPlan:
    scenario = load_scenario(ROOT / "scenarios" / "plan.toml")
    scenario = replace(scenario, uncertainty=replace(scenario.uncertainty, drivers=drivers))
    return plan_draws(bundle, scenario, 64)


@pytest.mark.parametrize("drivers", [True, False])
def test_both_ways_start_from_the_draws_of_an_ensemble(bundle: Bundle, drivers: bool) -> None:
    """Weights and chain map points of the design as an ensemble does, with what goes together."""
    plan = plan_of(bundle, drivers=drivers)
    mine = of_parameters(plan, bundle)
    cube = plan.points.quantiles(0, 64)
    walked = at_quantiles(mine, to_quantiles(to_normal(cube)))
    weighed, usual = at_quantiles(mine, cube), plan.draws(0, 64)
    assert set(walked) == set(weighed) == set(usual) == {one.name for one in mine.drawn}
    for name, array in usual.items():
        assert weighed[name].identical(array)
        assert np.allclose(walked[name], array, rtol=1e-9, atol=1e-12)
    alone = replace(mine, copulas=()).draws(0, 64)
    assert [name for name in usual if not usual[name].identical(alone[name])] == [TREND]


def test_what_goes_together_with_a_parameter_is_looked_at_too(bundle: Bundle) -> None:
    """A driver or a held parameter moves a drawn one through a copula: the chain has to walk there as well."""
    columns_by_name = dimensions(bundle)
    for drivers in (True, False):
        found = moving(of_parameters(plan_of(bundle, drivers=drivers), bundle), bundle)
        assert {name for name in found if name not in bundle.parameters} == {OUTSIDE}
        assert all(columns_by_name[name] == column for name, column in found.items())
    plain = replace(bundle, ranges=replace(bundle.ranges, groups=()))
    plan = of_parameters(plan_of(plain), plain)
    assert moving(plan, plain) == {one.name: one.column for one in plan.drawn}
    still = replace(plan, drawn=tuple(one for one in plan.drawn if one.name != USE))
    assert USE not in moving(still, plain)
    group = Group("two", (USE, TREND), PAIR.normal)
    tied = replace(plain, ranges=replace(plain.ranges, groups=(group,)))
    plan = of_parameters(plan_of(tied), tied)
    still = replace(plan, drawn=tuple(one for one in plan.drawn if one.name != USE))
    assert USE in moving(still, tied)


def test_a_chain_walks_along_a_driver_that_a_parameter_goes_together_with(region: Workplace) -> None:
    asked = Asked("mcmc", 1280, rows=64)
    with chdir(region.folder):
        ready = prepare(PLAN, "compiled")
        ranges = replace(ready.bundle.ranges, groups=(*ready.bundle.ranges.groups, PAIR))
        found = calibrate(*asked_of(replace(ready, bundle=replace(ready.bundle, ranges=ranges)), asked), asked, 2)
    felt = {one.name_en: one.name_zh for one in found.felt}
    assert felt[OUTSIDE] == next(one.meaning_zh for one in ranges.quantities if one.name == OUTSIDE)
    assert TREND in felt
    assert OUTSIDE in found.apart
    assert set(found.draws) == {one.name for one in found.plan.drawn} <= set(ready.bundle.parameters)
    (shift,) = {round(one.shift, 9) for one in found.marginals if one.name_en == TREND}  # one draw for all elements
    assert shift > 0.2


def test_a_calibrated_ensemble_takes_rows_of_the_file_and_says_so(place: Workplace) -> None:
    told = place.sim("calibrate", "scenarios/plan.toml", "--runs", 256, "--no-plots")
    assert told.code == 0, told.err
    folder = place.folder / "outputs" / "plan-calibration"
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["calibrate"]
    known = load_bundle(place.bundle)
    assert set(fields["drawn"]) <= set(known.parameters)
    assert set(fields["left_to_their_ranges"]) <= {one.name for one in known.ranges.quantities}
    assert "innovation.delay" in fields["left_to_their_ranges"]
    header, *rows = csv.reader(io.StringIO((folder / "posterior.csv").read_text("utf-8-sig")))
    assert set(header[1:]) <= set(columns(known))

    own = place.folder / "scenarios" / "own.toml"
    lines = ['name = "own"', 'extends = ["plan.toml"]', "[uncertainty]", "tables = 2",
             'draws = "outputs/plan-calibration/posterior.csv"']  # fmt: skip
    own.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = place.sim("ensemble", "scenarios/own.toml", "--runs", 8, "--no-plots")
    assert told.code == 0, told.err
    assert "calibrated (drawn from outputs/plan-calibration/posterior.csv)" in told.out.replace("\n", " ")
    folder = place.folder / "outputs" / "own-ensemble"
    assert {line["calibration"] for line in read(folder / "targets.csv")} == {"calibrated; history test failed"}
    ensemble = json.loads((folder / "manifest.json").read_text("utf-8"))["ensemble"]
    assert set(ensemble["from_draws"]) == set(fields["drawn"])
    assert set(ensemble["drawn"]) == set(fields["drawn"]) | set(fields["left_to_their_ranges"])

    with chdir(place.folder):
        drawn = plan_draws(known, load_scenario(own), 8).values(0, 8)
    by_column = {name: {row[at] for row in rows} for at, name in enumerate(header)}
    for value in drawn[TREND].sel(pollutant="SO2").to_numpy().tolist():
        assert value in {float(cell) for cell in by_column[f"{TREND}[SO2]"]}
    resolved = (folder / "scenario.resolved.toml").read_text("utf-8")
    assert 'draws = "outputs/plan-calibration/posterior.csv"' in resolved
    verified = place.sim("verify", "outputs/own-ensemble")
    assert verified.code == 0, verified.out + verified.err


def test_a_backtest_draws_what_an_ensemble_of_its_scenario_draws(region: Workplace, tmp_path: Path) -> None:
    """Outside the parks hindsight follows an older path: that deviates, and a table of draws leaves it."""
    known = columns(load_bundle(region.bundle))
    names = [name for name in known if name.startswith(f"{TREND}[")]
    cells = [f"{known[name].low:.10g}" for name in names]
    lines = [",".join(line) for line in (["draw", *names], *([str(row), *cells] for row in range(1, 65)))]
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines), encoding="utf-8")
    asked = held.Asked(64, draws=table)
    with chdir(region.folder):
        ready = prepare(HINDSIGHT, "compiled")
        found = held.backtest(*held.asked_of(ready, asked), asked, 2)
    assert found.told == (TREND,)
    others = set(found.drawn) - set(ready.bundle.parameters)
    assert OUTSIDE in others
    assert not {"demand_growth.to_2020", "demand_growth.from_2021", "prices.to_2020"} & others
    assert found.posterior_runs == 64

    scenario = replace(ready.scenario, uncertainty=replace(ready.scenario.uncertainty, drivers=False))
    asked = held.Asked(64)
    with chdir(region.folder):
        narrower = held.backtest(*held.asked_of(replace(ready, scenario=scenario), asked), asked, 2)
    assert set(narrower.drawn) == set(found.drawn) - others
    foreign = [(one.prior, two.prior) for one, two in zip(found.judged, narrower.judged, strict=True)
               if one.series_en.startswith("FDI")]  # fmt: skip
    assert len(foreign) == 2
    assert all(one != two for one, two in foreign)
