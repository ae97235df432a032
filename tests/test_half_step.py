"""Verdicts of an ensemble at half the step: what is compared, the same bits however, what the user sees."""

from __future__ import annotations

import csv
import io
import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.analysis.ensemble import resized, run_ensemble
from sim.analysis.ensemble_result import EnsembleResult
from sim.analysis.half_step import MOST, at_half_step, with_half_step
from sim.analysis.write_ensemble import YEAR_RUN, fields_of, runs_dataset, targets_csv
from sim.engine.compiled_engine import CompiledEngine
from sim.errors import Problem
from sim.netcdf import from_bytes
from sim.report.ensemble_table import half_lines
from sim.report.width import cells
from sim.study import Prepared, prepare
from sim.targets.by_run import CODE, FAILED, NEVER, NO_VERDICT, Judged
from sim.targets.chances import Chance
from sim.targets.halved import AtStep, HalfStep, broken_at_one, halved
from sim.targets.target import Target
from sim.targets.verdict import VERDICTS, Rule
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

RUNS = 40
PLAN = Path("scenarios/plan.toml")
RULES = {"T": Rule("level", ">=", 1.0, None)}


BAR = 2.9632
"""Leading industries per national park, amid what the runs give: which side they are on hangs on the step."""


@pytest.fixture(scope="module")
def ready(started: Workplace) -> Prepared:
    with chdir(started.folder):
        found = resized(prepare(started.folder / PLAN, "compiled"), RUNS)
    return replace(found, targets=tuple(barred(target) if target.id == "T32" else target for target in found.targets))


def barred(target: Target) -> Target:
    return replace(target, main=replace(target.main, rule=replace(target.main.rule, low=BAR)))


@pytest.fixture(scope="module")
def checked(ready: Prepared) -> EnsembleResult:
    return with_half_step(run_ensemble(ready, threads=1), threads=1)


def at(*codes: str, central: str = "missed", reached: list[int] | None = None) -> AtStep:
    numbers = np.array([[FAILED if code == "failed" else CODE[code] for code in codes]], dtype=np.int8)
    years = None if reached is None else np.array([reached], dtype=np.int16)
    return AtStep([SimpleNamespace(verdict=central)], Judged(("T",), np.zeros(numbers.shape), numbers), years)  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("one", "half", "error", "said"),
    [
        (at("met", "missed"), at("met", "missed"), 0.1, (2, 0, 0.0, False)),
        (at("met", "met", "met", "near"), at("met", "met", "met", "missed"), 0.1, (4, 0, 0.0, False)),
        (at("met", "met", "met", "near"), at("near", "met", "met", "met"), 0.1, (4, 2, 0.0, False)),
        (at("met", "met", "met", "near"), at("near", "met", "met", "near"), 0.3, (4, 1, -0.25, False)),
        (at("met", "met", "met", "near"), at("near", "met", "met", "near"), 0.2, (4, 1, -0.25, True)),
        (at("met", "missed", "missed"), at("met", "met", "missed"), 0.5, (3, 1, 1 / 3, True)),  # the words
        (at("met", central="met"), at("met", central="near"), 0.5, (1, 0, 0.0, True)),
        (at("met", "failed", "met"), at("met", "met", "failed"), 0.1, (1, 0, 0.0, False)),
        (at("imposed"), at("imposed"), 0.1, (0, 0, None, False)),
        (at("missed", reached=[NEVER]), at("missed", reached=[2024]), 0.5, (1, 0, 0.0, True)),  # late
    ],
)
def test_what_is_marked(one: AtStep, half: AtStep, error: float, said: tuple[object, ...]) -> None:
    chance = Chance("T", 0.5, error, 4, 0, None, None, None)
    found = halved(one, half, RULES, [chance])[0]
    assert (found.runs, found.changed, pytest.approx(found.change), found.marked) == said


@settings(max_examples=60)
@given(st.lists(st.sampled_from([*VERDICTS[2:], "failed"]), min_size=1, max_size=12), st.randoms())
def test_the_same_runs_mark_nothing(codes: list[str], shuffled: object) -> None:
    runs = at(*codes)
    found = halved(runs, runs, RULES, [Chance("T", 0.5, 0.0, 4, 0, None, None, None)])[0]
    assert (found.changed, found.marked, broken_at_one(runs, runs)) == (0, False, 0)


def test_it_is_what_an_ensemble_at_half_the_step_gives(ready: Prepared, checked: EnsembleResult) -> None:
    told = checked.half_step
    assert told is not None
    assert (told.step, told.first, told.runs, told.problem) == (0.5, 1, RUNS, None)
    fine = run_ensemble(at_half_step(ready))
    assert fine.prepared.scenario.clock.step == told.step
    met = [(one.judged.met & checked.judged.counted & fine.judged.counted) for one in (checked, fine)]
    assert [one.changed for one in told.targets] == (met[0] != met[1]).sum(axis=1).tolist()
    assert [one.central for one in told.targets] == [row.verdict for row in fine.rows]
    assert [one.id for one in told.changed] == list(told.marked) == ["T32"]
    assert not np.array_equal(fine.judged.values, checked.judged.values)


def test_threads_and_single_runs_change_no_bit(ready: Prepared, checked: EnsembleResult) -> None:
    assert with_half_step(run_ensemble(ready, threads=2), threads=2).half_step == checked.half_step
    run = 7
    alone = with_half_step(run_ensemble(ready, only=run)).half_step
    assert alone is not None
    assert (alone.first, alone.runs) == (run, 1)
    few = with_half_step(run_ensemble(ready), most=run).half_step
    less = with_half_step(run_ensemble(ready), most=run - 1).half_step
    assert few is not None
    assert less is not None
    for one, seven, six in zip(alone.targets, few.targets, less.targets, strict=True):
        assert (one.runs, one.changed) == (seven.runs - six.runs, seven.changed - six.changed)


def test_the_first_runs_are_repeated_alone(ready: Prepared) -> None:
    found = with_half_step(run_ensemble(resized(ready, MOST + 9))).half_step
    assert found is not None
    assert found.runs == MOST
    assert all(one.runs <= MOST for one in found.targets)


def test_a_step_that_breaks_is_told(ready: Prepared, checked: EnsembleResult) -> None:
    """A constant that is no number at any step: the runs of an ensemble that was computed without it."""
    inputs = ready.study.inputs
    name = next(name for name in inputs.constants if name in ready.bundle.parameters)
    broken = inputs.constants[name] * np.nan
    study = replace(ready.study, inputs=replace(inputs, constants={**inputs.constants, name: broken}))
    held = replace(checked.plan, drawn=tuple(one for one in checked.plan.drawn if one.name != name))
    spoilt = replace(checked, plan=held, prepared=replace(ready, study=study), half_step=None)
    result = with_half_step(spoilt)
    assert result.half_step is not None
    assert isinstance(result.half_step.problem, Problem)
    assert result.half_step.targets == ()
    assert half_lines(result.half_step, "en")[0].startswith(
        "Half the step (0.5 years), runs 1-40: could not be computed"
    )
    assert "half_step" in fields_of(result)["ensemble"]  # type: ignore[operator]
    assert ",,,,," in targets_csv(result).decode("utf-8-sig").splitlines()[1][-6:]
    assert isinstance(ready.chosen.engine, CompiledEngine)


def test_years_tell_late_from_missed(checked: EnsembleResult) -> None:
    stored = runs_dataset(checked)
    assert stored["year_reached"].dims == ("target", YEAR_RUN)
    assert stored[YEAR_RUN].values.tolist() == list(range(1, RUNS + 1))
    years, codes = stored["year_reached"].values, stored["verdict"].values
    favourable = np.isin(codes, [CODE[name] for name in ("met_at_base", "early", "met")])
    known = years != NO_VERDICT
    assert known.any()
    assert (((years > NEVER) & (years <= 2020)) == favourable)[known].all()
    late = known & (years > 2020)
    assert np.isin(codes[late], [CODE["near"], CODE["missed"]]).all()


def test_what_the_user_sees(place: Workplace) -> None:
    path = place.bundle / "targets.toml"
    head, own = path.read_text(encoding="utf-8").split('id = "T32"')
    path.write_text(f'{head}id = "T32"{own.replace("target_low = 3", f"target_low = {BAR}", 1)}', encoding="utf-8")
    for lang, said, mark in (
        ("en", "Half the step (0.5 years), runs 1-40: met", "h hangs"),
        ("zh", "步长减半(0.5年", "h 受步长"),
    ):
        told = place.sim("ensemble", PLAN, "--runs", RUNS, lang=lang)
        assert told.code == 0, told.err
        assert said in told.out
        assert mark in told.out
        assert all(cells(line) <= 100 for line in told.out.splitlines())
        told.out.encode("gbk")
    folder = place.folder / "outputs" / "plan-ensemble"
    lines = list(csv.DictReader(io.StringIO((folder / "targets.csv").read_text("utf-8-sig"))))
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["ensemble"]["half_step"]
    assert (fields["step"], fields["runs"], fields["failed_at_one_step"]) == (0.5, RUNS, 0)
    assert fields["marked"] == [line["id"] for line in lines if line["half_step_marked"] == "1"]
    changed = {
        line["id"]: int(line["half_step_changed"]) for line in lines if line["half_step_changed"] not in ("", "0")
    }
    assert fields["changed_runs"] == changed
    for line in lines:
        assert int(line["half_step_runs"]) <= int(line["runs_judged"])
        assert line["half_step_verdict"] in VERDICTS
        assert (line["half_step_change"] == "") == (line["half_step_runs"] == "0")
    assert "year_reached" in from_bytes((folder / "runs.nc").read_bytes())
    verified = place.sim("verify", "outputs/plan-ensemble")
    assert verified.code == 0, verified.out


def test_no_line_without_the_look() -> None:
    one = HalfStep(0.25, 3, 1)
    assert half_lines(one, "en") == ["Half the step (0.25 years), runs 3: no target is met at one step alone."]
    assert half_lines(replace(one, broken=1), "zh")[1] == "  其中1次模拟只在一种步长下失败"
