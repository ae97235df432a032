"""Ensembles from scenario to folder: the same bits however they are computed, failed runs, mistakes, interrupts."""

from __future__ import annotations

import csv
import io
import json
import time
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import xarray as xr

from sim import dims
from sim.analysis.ensemble import resized, run_ensemble
from sim.analysis.ensemble_result import EnsembleResult
from sim.analysis.gather import GROUP
from sim.analysis.precision import BLOCK
from sim.analysis.write_ensemble import (
    CHANCE_COLUMNS,
    JOINT_COLUMNS,
    bands_dataset,
    fields_of,
    joint_csv,
    parks_csv,
    runs_dataset,
    targets_csv,
)
from sim.binding import bind
from sim.errors import InputError, Place
from sim.report.width import cells
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Setting
from sim.study import Prepared, prepare
from sim.targets.rows import columns
from sim.targets.verdict import FAVOURABLE, VERDICTS
from sim.toml_values import ELEMENTS
from tests.drawn_run import with_courses
from tests.workplace import Workplace, interrupt, place, started

__all__ = ["place", "started"]

RUNS = 40
PLAN = Path("scenarios/plan.toml")


@pytest.fixture(scope="module")
def ready(started: Workplace) -> Prepared:
    with chdir(started.folder):
        return resized(prepare(started.folder / PLAN, "compiled"), RUNS)


@pytest.fixture(scope="module")
def whole(ready: Prepared) -> EnsembleResult:
    return run_ensemble(ready, threads=1)


def test_threads_and_blocks_change_no_bit(ready: Prepared, whole: EnsembleResult) -> None:
    other = run_ensemble(ready, threads=2)
    assert targets_csv(other) == targets_csv(whole)
    assert joint_csv(other) == joint_csv(whole)
    assert parks_csv(other) == parks_csv(whole)
    assert runs_dataset(other).identical(runs_dataset(whole))
    assert bands_dataset(other).identical(bands_dataset(whole))


@pytest.mark.parametrize("run", [1, 17, RUNS])
def test_a_run_alone_gives_the_same_bits(ready: Prepared, whole: EnsembleResult, run: int) -> None:
    alone = run_ensemble(ready, only=run)
    assert (alone.first, alone.runs) == (run, 1)
    assert np.array_equal(alone.judged.values[:, 0], whole.judged.values[:, run - 1], equal_nan=True)
    assert np.array_equal(alone.judged.codes[:, 0], whole.judged.codes[:, run - 1])


def test_a_run_is_the_same_in_a_larger_ensemble(ready: Prepared, whole: EnsembleResult) -> None:
    more = run_ensemble(resized(ready, GROUP + 5))
    assert more.runs == GROUP + 5
    assert np.array_equal(more.judged.values[:, :RUNS], whole.judged.values, equal_nan=True)


def test_a_run_is_what_a_scenario_with_its_numbers_gives(ready: Prepared, whole: EnsembleResult) -> None:
    run = 7

    def nested(values: np.ndarray, names: tuple[str, ...]) -> object:
        if not names:
            return float(values)
        return {label: nested(inner, names[1:]) for label, inner in zip(ELEMENTS[names[0]], values, strict=True)}

    drawn = {
        name: Setting(nested(a[0].to_numpy(), a.dims[1:]), Place(Path("x")))  # type: ignore[arg-type]
        for name, a in whole.plan.draws(run - 1, 1).items()
    }
    scenario = replace(ready.scenario, parameters=MappingProxyType(drawn))
    study = with_courses(bind(ready.bundle, scenario), whole.plan, run)
    outputs = ready.bundle.outputs
    recorded = sorted({spec.variable for spec in outputs.values()})  # the kernel that is there already
    found = ready.chosen.engine.simulate(ready.bundle.bound_text(), study.inputs, recorded)
    gdp = found[outputs["gdp"].variable].sum(dims.PARK)
    alone = run_ensemble(ready, only=run).bands["gdp"].sel(statistic="p50")
    assert np.allclose(gdp.to_numpy(), alone.to_numpy(), rtol=1e-12)


def test_bands_hold_the_totals(whole: EnsembleResult) -> None:
    bands = whole.bands
    assert bands["gdp"].dims == ("statistic", dims.TIME)
    assert bands["emissions"].dims == ("statistic", dims.POLLUTANT, dims.TIME)
    by_league = bands["gdp_by_league"].sel(statistic="mean").sum(dims.LEAGUE)
    assert np.allclose(by_league, bands["gdp"].sel(statistic="mean"))
    order = bands.to_array().sel(statistic=["least", "p05", "p25", "p50", "p75", "p95", "most"])
    assert (order.diff("statistic") >= 0).where(order.isel(statistic=slice(1, None)).notnull(), True).all()
    own = next((row for row in whole.rows if row.id == "T01"), None)
    if own and own.value_2020 is not None:
        assert float(bands["gdp"].sel(statistic="central", time=2020)) == pytest.approx(own.value_2020)


def test_only_what_the_scenario_leaves_open_is_drawn(ready: Prepared) -> None:
    held = {name: Setting(0.02, Place(Path("x"))) for name in ready.bundle.parameters}
    off = replace(ready.scenario.uncertainty, drivers=False, implementation=False)
    scenario = replace(ready.scenario, parameters=MappingProxyType(held), uncertainty=off)
    with pytest.raises(InputError) as caught:
        run_ensemble(replace(ready, scenario=scenario))
    assert [problem.code for problem in caught.value.problems] == ["ensemble_nothing_varies"]


def test_the_folder_of_an_ensemble(place: Workplace) -> None:
    told = place.sim("ensemble", PLAN, "--runs", RUNS, "--no-plots", lang="zh")
    assert told.code == 0, told.err
    assert all(cells(line) <= 100 for line in told.out.splitlines())
    told.out.encode("gbk")
    folder = place.folder / "outputs" / "plan-ensemble"
    assert {path.name for path in folder.iterdir()} == {
        "targets.csv", "joint.csv", "parks.csv", "runs.nc", "bands.nc", "members.nc",
        "scenario.resolved.toml", "manifest.json", "inputs",
    }  # fmt: skip
    lines = list(csv.DictReader(io.StringIO((folder / "targets.csv").read_text("utf-8-sig"))))
    assert tuple(lines[0]) == (*columns(), *CHANCE_COLUMNS)
    for line in lines:
        assert (line["probability"] == "") == (int(line["runs_judged"]) == 0)
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["ensemble"]
    assert (fields["runs"], fields["failed"], fields["design"]) == (RUNS, 0, "sobol")
    stored = xr.load_dataset(io.BytesIO((folder / "runs.nc").read_bytes()), engine="h5netcdf")
    assert stored["value"].dims == ("target", dims.RUN)
    assert stored[dims.RUN].values.tolist() == list(range(1, RUNS + 1))


def widened(place: Workplace, name: str, high: str) -> None:
    path = place.bundle / "parameters.toml"
    head, tail = path.read_text(encoding="utf-8").split(f'[parameter."{name}"]')
    own, rest = tail.split("distribution", 1)
    lines = [f"high = {high}" if line.startswith("high") else line for line in own.splitlines()]
    path.write_text("\n".join([f'{head}[parameter."{name}"]', *lines[1:]]) + f"\ndistribution{rest}", encoding="utf-8")


def test_runs_that_fail_are_left_out_and_named(place: Workplace) -> None:
    widened(place, "TFP trend", "0.5")  # some runs overshoot at this coarse step
    told = place.sim("ensemble", PLAN, "--runs", RUNS, "--no-plots")
    assert told.code == 0, told.err
    fields = json.loads((place.folder / "outputs/plan-ensemble/manifest.json").read_text("utf-8"))["ensemble"]
    assert 0 < fields["failed"] < RUNS
    assert f"({fields['failed']} failed)" in told.out
    named = [line for line in told.lines if "failed and is left out" in line]
    assert len(named) == min(3, fields["failed"])
    assert named[0].startswith(f"note: run {fields['failed_runs'][0]} failed")
    assert "at time 20" in named[0]
    stored = xr.load_dataset(
        io.BytesIO((place.folder / "outputs/plan-ensemble/runs.nc").read_bytes()), engine="h5netcdf"
    )
    failed = stored["verdict"].sel(run=fields["failed_runs"])
    assert (failed == -1).all()
    assert stored["value"].sel(run=fields["failed_runs"]).isnull().all()
    assert int((stored["verdict"] == -1).all("target").sum()) == fields["failed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--runs", "0"], "the number of runs is 0; expected 1 to 1000000"),
        (["--runs", "1000001"], "the number of runs is 1000001"),
        (["--seed", "-1"], "the seed is -1"),
        (["--runs", "10", "--only-run", "11"], "there is no run 11 in an ensemble of 10 runs"),
        (["--runs", "10", "--only-run", "0"], "there is no run 0"),
        (["--threads", "0"], "--threads"),
        (["--runs", "many"], "--runs"),
        (["--joint", "T01,T99"], "there is no target 'T99'"),
        (["--joint", "X", "--runs", "0"], "the number of runs is 0"),
        (["--joint", "X", "--runs", "0"], "there is no target 'X'"),
        (["--precision", "0"], "the precision is 0; expected a number above 0 and below 0.5"),
        (["--precision", "nan"], "the precision is nan"),
        (["--precision", "1"], "the precision is 1"),
        (["--precision", "x"], "--precision"),
        (["--precision", "0.1", "--only-run", "1"], "a single run (--only-run) has no error"),
        (["--output", "scenarios/plan.toml"], "plan.toml"),
    ],
)
def test_mistakes_end_with_code_2(place: Workplace, arguments: list[str], said: str) -> None:
    before = place.hashes()
    told = place.sim("ensemble", PLAN, *arguments)
    assert told.code == 2
    assert said in told.err
    assert place.hashes() == before


def test_mistakes_of_the_scenario_come_all_at_once(place: Workplace) -> None:
    path = place.scenario('name = "x"\nextends = ["plan.toml"]\n[clock]\nstep = 0.3\n[uncertainty]\ndesign = "sobl"\n')
    told = place.sim("ensemble", path)
    assert told.code == 2
    assert "own.toml:4" in told.err
    assert "did you mean 'sobol'" in told.err


def test_a_group_that_is_none_comes_with_the_other_mistakes(place: Workplace) -> None:
    for group, said in (('["T01", "T1O"]', "'T1O'"), ('"T01"', "a list of targets was expected"), ("[1]", "joint")):
        text = f'name = "x"\nextends = ["plan.toml"]\n[uncertainty]\ndesign = "sobl"\njoint = {group}\n'
        told = place.sim("ensemble", place.scenario(text))
        assert told.code == 2
        assert "own.toml:4" in told.err
        if group == '["T01", "T1O"]':  # whether there is such a target is told once the file itself is right
            told = place.sim("check", place.scenario(text.replace("sobl", "sobol")))
            assert told.code == 2
        assert "own.toml:5" in told.err
        assert said in told.err


@pytest.mark.parametrize(
    ("asked", "lang", "said", "size"),
    [
        ((), "en", "Joint probability (all ", None),
        (("--joint", "T20,T32"), "en", "Joint probability (all 2 in the same run): ", 2),
        (("--joint", "T32、t23"), "zh", "同时实现概率(1项目标", 1),
        (("--joint", "T23"), "en", "Joint probability: none", 0),
        (("--joint", ""), "zh", "同时实现概率: 无", 0),
    ],
)
def test_the_joint_probability_is_told(
    place: Workplace, asked: tuple[str, ...], lang: str, said: str, size: int | None
) -> None:
    told = place.sim("ensemble", PLAN, "--runs", 4, "--no-plots", *asked, lang=lang)
    assert told.code == 0, told.err
    assert said in told.out
    lines = list(csv.DictReader(io.StringIO(
        (place.folder / "outputs/plan-ensemble/joint.csv").read_text("utf-8-sig"))))  # fmt: skip
    assert tuple(lines[0]) == JOINT_COLUMNS
    assert len(lines) == 1
    assert size is None or lines[0]["size"] == str(size)
    assert (lines[0]["probability"] == "") == (lines[0]["size"] == "0")
    fields = json.loads((place.folder / "outputs/plan-ensemble/manifest.json").read_text("utf-8"))["ensemble"]
    assert "; ".join(fields["joint"]["counted"]) == lines[0]["counted"]
    kept = load_scenario(place.folder / "outputs/plan-ensemble/scenario.resolved.toml").uncertainty.joint
    assert (None if kept is None else "; ".join(kept)) == (lines[0]["group"] if asked else None)


def test_stopping_early_gives_what_as_many_runs_give(ready: Prepared) -> None:
    found = run_ensemble(resized(ready, 3 * BLOCK + 9), threads=2, precision=0.4)
    assert found.runs == BLOCK  # the first look is enough
    assert found.precision is not None
    assert found.precision.met
    assert found.precision.error == max(one.error for one in found.chances if one.error is not None)
    longer = run_ensemble(resized(ready, 3 * BLOCK + 9), threads=1, precision=found.precision.error)
    assert longer.runs == 2 * BLOCK  # under the bound, and not at it
    plain = run_ensemble(resized(ready, 2 * BLOCK), threads=2)
    assert longer.prepared.run_id == plain.prepared.run_id
    for table in (targets_csv, joint_csv, parks_csv):
        assert table(longer) == table(plain)
    for dataset in (runs_dataset, bands_dataset):
        assert dataset(longer).identical(dataset(plain))
    fields = [fields_of(one) for one in (longer, plain)]
    told = fields[0]["ensemble"].pop("precision")  # type: ignore[attr-defined]
    assert (told["met"], told["most_runs"]) == (True, 3 * BLOCK + 9)
    assert fields[0]["ensemble"] == fields[1]["ensemble"]


def test_the_screen_after_stopping_early_is_that_of_as_many_runs(place: Workplace) -> None:
    early = place.sim("ensemble", PLAN, "--runs", BLOCK + 1, "--precision", "0.4", "--no-plots")
    plain = place.sim("ensemble", PLAN, "--runs", BLOCK, "--no-plots")
    assert (early.code, plain.code) == (0, 0)
    assert early.out == plain.out


@pytest.mark.parametrize("run", [None, 7])
def test_years_of_reaching_agree_with_verdicts(ready: Prepared, whole: EnsembleResult, run: int | None) -> None:
    result = whole if run is None else run_ensemble(ready, only=run)
    judged = [one for one in result.chances if one.judged]
    assert judged
    for one in judged:
        assert one.year_runs == one.judged
        assert one.never is not None
        assert one.probability is not None
        assert one.never <= 1.0 - one.probability + 1e-12
        assert (one.verdict in FAVOURABLE) == (one.probability >= 0.5)
        assert (one.probability >= 0.5) == (one.year is not None and one.year <= 2020)
        if run is not None:  # a single run: its own verdict, told late from missed
            code = VERDICTS[result.judged.codes[result.judged.ids.index(one.id), 0]]
            assert one.verdict == ("late" if code == "missed" and one.year else code)
        if one.id in ("T01", "T20") and one.verdict is not None:
            assert (one.verdict == "missed") == (one.year is None)


def test_a_precision_that_is_not_reached_is_told(place: Workplace) -> None:
    told = place.sim("ensemble", PLAN, "--runs", 9, "--precision", "0.001", "--no-plots")
    assert told.code == 0
    assert "after 9 runs the precision of 0.1 points is not reached" in told.err
    told = place.sim("ensemble", PLAN, "--runs", 9, "--precision", "0.3", "--no-plots", lang="zh")
    assert "9次模拟后各目标概率的标准误差均小于30个百分点" in told.err
    path = place.scenario('name = "x"\nextends = ["plan.toml"]\n[uncertainty]\ndesign = "latin-hypercube"\n')
    told = place.sim("ensemble", path, "--precision", "0.1")
    assert told.code == 2
    assert "cannot stop early" in told.err


def test_interrupt_ends_cleanly(place: Workplace, whole: EnsembleResult) -> None:
    before = place.hashes()
    process = place.start("ensemble", str(PLAN), "--runs", "1000000", "--lang", "en")
    assert process.stderr is not None
    while b"running" not in process.stderr.readline():
        pass
    time.sleep(1.5)
    interrupt(process)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().splitlines()[-1] == "interrupted; earlier results stand"
    kept = "outputs/.plan-ensemble.shards/"  # finished runs, to go on with
    assert {name: found for name, found in place.hashes().items() if not name.startswith(kept)} == before
