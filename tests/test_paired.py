"""Two scenarios run by run: differences of probabilities with their error, who does better, common random numbers."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.analysis.draws import plan_draws
from sim.analysis.park_tables import decide
from sim.bundle import load_bundle
from sim.scenario.resolve import load_scenario
from sim.targets.by_run import CODE, FAILED, Judged
from sim.targets.chances import share_of
from sim.targets.paired import Pair, failed_in, goodness, kept, pair_of, paired, paired_error
from sim.targets.verdict import Rule

ROOT = Path(__file__).parents[1]
NAMES = ("met", "missed", "early", "near", "outside", "imposed")
MORE = Rule("level", ">=", 10.0, None)
RULES = {"T": MORE}

runs = st.lists(
    st.tuples(st.sampled_from([*NAMES, "failed"]), st.floats(-100, 100), st.sampled_from([*NAMES, "failed"]),
              st.floats(-100, 100), st.integers(0, 3)),
    min_size=1, max_size=30,
)  # fmt: skip


def judged(codes: list[str], values: list[float]) -> Judged:
    numbers = [FAILED if code == "failed" else CODE[code] for code in codes]
    held = [np.nan if code in ("failed", "outside") else value for code, value in zip(codes, values, strict=True)]
    return Judged(("T",), np.array([held]), np.array([numbers], dtype=np.int8))


@settings(max_examples=60)
@given(runs)
def test_a_pair_turned_round_is_the_pair_with_its_sign_turned(drawn: list[tuple[str, float, str, float, int]]) -> None:
    one, two = (
        judged([d[0] for d in drawn], [d[1] for d in drawn]),
        judged([d[2] for d in drawn], [d[3] for d in drawn]),
    )
    tables = np.array([d[4] for d in drawn])
    there, back = paired(one, two, RULES, tables)[0], paired(two, one, RULES, tables)[0]
    assert (there.runs, there.first, there.gained, there.better, there.equal) == (
        back.runs, back.other, back.lost, back.worse, back.equal)  # fmt: skip
    if there.runs:
        assert there.difference is not None
        assert back.difference is not None
        assert there.gained is not None
        assert there.lost is not None
        assert there.difference == -back.difference == pytest.approx(there.gained - there.lost)
        assert there.error == back.error
        assert sum((there.better or 0, there.equal or 0, there.worse or 0)) == pytest.approx(1.0)
    if there.p50 is not None:
        assert there.p50 == pytest.approx(-(back.p50 or 0.0))
        assert there.p05 == pytest.approx(-(back.p95 or 0.0))


@settings(max_examples=60)
@given(runs)
def test_a_scenario_against_itself_differs_in_nothing(drawn: list[tuple[str, float, str, float, int]]) -> None:
    one = judged([d[0] for d in drawn], [d[1] for d in drawn])
    found = paired(one, one, RULES)[0]
    if found.runs:
        assert (found.difference, found.gained, found.lost, found.equal) == (0.0, 0.0, 0.0, 1.0)
        assert found.error is not None
        assert found.error > 0.0  # what was not seen may still be
    else:
        assert all(getattr(found, field.name) is None for field in fields(found)[2:11])


@pytest.mark.parametrize(
    ("comparator", "low", "high", "first", "other", "better"),
    [
        (">=", 10.0, None, 3.0, 4.0, True),
        (">", 10.0, None, 30.0, 40.0, True),
        ("all", 100.0, None, 80.0, 70.0, False),
        ("<=", None, 10.0, 3.0, 4.0, False),
        ("<", None, 0.0, -3.0, -4.0, True),
        ("range", 3.0, 4.0, 2.0, 2.5, True),
        ("range", 3.0, 4.0, 5.0, 4.5, True),
        ("range", 3.0, 4.0, 3.1, 3.9, None),
        (">=", 10.0, None, 3.0, 3.0 + 1e-12, None),
    ],
)
def test_which_value_is_better(
    comparator: str, low: float | None, high: float | None, first: float, other: float, better: bool | None
) -> None:
    rule = Rule("level", comparator, low, high)
    found = paired(judged(["met"], [first]), judged(["met"], [other]), {"T": rule})[0]
    assert (found.better, found.worse) == {True: (1.0, 0.0), False: (0.0, 1.0), None: (0.0, 0.0)}[better]
    assert found.p50 == pytest.approx(other - first)
    assert goodness(rule, np.array([np.nan])).tolist() == pytest.approx([np.nan], nan_ok=True)


def test_the_error_is_that_of_paired_runs() -> None:
    """Over many samples the spread of the difference is the told error, and less than of independent runs."""
    made, number = np.random.default_rng(3), 400
    noise = made.random((600, number))
    first, other = noise < 0.40, noise + made.normal(0.0, 0.05, noise.shape) < 0.45
    whole = np.ones(number, dtype=bool)
    found = [pair_of(a, b, whole) for a, b in zip(first, other, strict=True)]
    differences, errors = [one.difference or 0.0 for one in found], [one.error or 0.0 for one in found]
    assert np.std(differences) == pytest.approx(np.mean(errors), rel=0.1)
    alone = [np.hypot(*(share_of(one).error or 0.0 for one in pair)) for pair in zip(first, other, strict=True)]
    assert np.mean(errors) < 0.6 * np.mean(alone)


def test_runs_on_the_same_table_are_not_independent() -> None:
    tables = np.repeat(np.arange(8), 50)
    first, other = np.zeros(400, dtype=bool), tables < 3  # a table decides
    alone, shared = (pair_of(first, other, ~first, one) for one in (None, tables))
    assert alone.difference == shared.difference == 0.375
    assert alone.error == pytest.approx(paired_error(150, 0, 400))
    assert (shared.error or 0) > 5 * (alone.error or 0)
    assert pair_of(first, other, first) == Pair(0)


def test_runs_that_failed_in_one_count_in_none() -> None:
    one, two = judged(["met", "failed", "met"], [1.0, 1.0, 2.0]), judged(["met", "met", "failed"], [3.0, 1.0, 2.0])
    assert failed_in(one, two).tolist() == [False, True, True]
    assert kept(two, ~failed_in(one, two)).values.tolist() == [[3.0]]
    assert paired(one, two, RULES)[0].runs == 1


@pytest.mark.parametrize("others", ["plan", "slump", "demand-limited"])
def test_run_k_of_two_scenarios_has_the_same_draws_and_the_same_table(others: str) -> None:
    """But for what a scenario sets: the numbers of any other parameter are the same bits."""
    one, other = (load_scenario(ROOT / "scenarios" / f"{name}.toml") for name in ("baseline", others))
    bundle = load_bundle(one.bundle)
    plans = [plan_draws(bundle, scenario, 64) for scenario in (one, other)]
    assert plans[0].points == plans[1].points
    draws = [plan.draws(5, 7) for plan in plans]
    common = [name for name in draws[0] if name in draws[1] and name not in plans[1].held]
    assert len(common) > 100
    assert set(draws[0]) - set(common) == set(plans[1].held)
    assert all(np.array_equal(draws[0][name].to_numpy(), draws[1][name].to_numpy()) for name in common)
    tables = [decide(bundle, scenario).redraw for scenario in (one, other)]
    assert tables[0] is not None
    assert tables[1] is not None
    of_runs = [redraw.of_runs(0, 200) for redraw in tables]
    assert np.array_equal(*of_runs)
    table = int(of_runs[0][17])
    assert tables[0].park_table(table).frame.equals(tables[1].park_table(table).frame)
