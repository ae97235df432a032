"""Verdicts over many runs at once equal those of each run by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from sim import dims
from sim.bundle import load_bundle
from sim.targets.by_run import (
    CODE,
    FAILED,
    NEVER,
    NO_VERDICT,
    Judged,
    close_in,
    holds_in,
    judge_runs,
    needed_outputs,
    verdicts,
    years_needed,
    years_reached,
)
from sim.targets.chances import chances, clustered_error, likely_verdict, standard_error, worst_mean, year_of
from sim.targets.evaluate import evaluate_targets
from sim.targets.joint import group_of, joint
from sim.targets.spec import read_targets
from sim.targets.target import Target
from sim.targets.verdict import COMPARATORS, FAVOURABLE, FORMS, VERDICTS, WORDINGS, Rule, close, holds, judge
from tests.datasets import BUNDLE, synthetic_results

LEVEL = Rule("level", ">=", 1.0, None)
LEVERS = {"land_threshold.national": 150.0, "land_threshold.regional": 80.0, "governance.online_monitoring": True}


@pytest.fixture(scope="module")
def targets() -> tuple[Target, ...]:
    return read_targets(BUNDLE / "targets.toml", load_bundle(BUNDLE).outputs)


def many_runs(runs: int, parks: int = 6) -> xr.Dataset:
    """Made-up runs of one ensemble: other numbers, the same parks."""
    first = synthetic_results(parks)
    found = [synthetic_results(parks, seed=seed).drop_vars(dims.RUN) for seed in range(runs)]
    coords = {name: first.coords[name] for name in first.coords if name != dims.RUN}
    return xr.concat([one.drop_vars(list(coords)) for one in found], dim=dims.RUN).assign_coords(
        {**coords, dims.RUN: np.arange(runs)}
    )


@pytest.mark.parametrize(("levers", "own_table"), [({}, False), (LEVERS, False), ({}, True)])
@pytest.mark.parametrize("end", [2020, 2030])
def test_all_targets_of_the_bundle_run_by_run(
    targets: tuple[Target, ...], levers: dict[str, object], own_table: bool, end: int
) -> None:
    dataset = many_runs(5).sel(time=slice(2015, end))
    if end == 2030:  # a run without a value has no verdict
        dataset["gdp"] = dataset["gdp"].where(dataset[dims.RUN] != 3)
    judged = judge_runs(dataset, targets, levers, own_table=own_table)
    assert judged.ids == tuple(target.id for target in targets)
    for run in range(5):
        rows = evaluate_targets(dataset.isel(run=[run]), targets, levers, own_table=own_table)
        assert [VERDICTS[code] for code in judged.codes[:, run]] == [row.verdict for row in rows]
        assert judged.met[:, run].tolist() == [row.verdict in FAVOURABLE for row in rows]
        expected = [math.nan if row.value_2020 is None else row.value_2020 for row in rows]
        assert np.allclose(judged.values[:, run], expected, rtol=1e-9, atol=1e-9, equal_nan=True)


BARS = st.sampled_from([None, 0.0, 1.0, 50.0])
VALUES = st.sampled_from([-1.0, 0.0, 0.97, 1.0, 1.0 + 1e-12, 1.02, 49.5, 50.0, 51.0, math.nan, math.inf])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    comparator = draw(st.sampled_from(COMPARATORS))
    low, high = draw(BARS), draw(BARS)
    low = 1.0 if low is None and comparator not in ("<", "<=") else low
    high = 50.0 if high is None and comparator in ("<", "<=", "range") else high
    if comparator not in ("<", "<=", "range"):
        high = None
    return Rule(
        draw(st.sampled_from(FORMS)), comparator, low, high, draw(st.sampled_from(WORDINGS)),
        draw(st.sampled_from(["unmarked", "binding"])), year=draw(st.sampled_from([2016, 2018, 2020])),
    )  # fmt: skip


@given(rules(), st.lists(st.lists(VALUES, min_size=8, max_size=8), min_size=1, max_size=5))
def test_rules_equal_those_of_one_value(rule: Rule, paths: list[list[float]]) -> None:
    years = list(range(2015, 2023))
    series = np.array(paths)
    for value, found, near in zip(series.flat, holds_in(rule, series).flat, close_in(rule, series).flat, strict=True):
        assert (bool(found), bool(near)) == (holds(rule, value), close(rule, value))
    codes = verdicts(rule, np.where(np.isfinite(series), series, np.nan), years)
    for path, code in zip(paths, codes, strict=True):
        known = {year: value for year, value in zip(years, path, strict=True) if math.isfinite(value)}
        expected = judge(rule, known).code if rule.year in known else "outside"
        assert VERDICTS[code] == expected
    reached = years_reached(rule, np.where(np.isfinite(series), series, np.nan), years)
    for path, year in zip(paths, reached.tolist(), strict=True):
        known = {year: value for year, value in zip(years, path, strict=True) if math.isfinite(value)}
        assert year == ((judge(rule, known).year_reached or NEVER) if rule.year in known else NO_VERDICT)


def test_the_years_that_are_left_out_change_no_verdict(targets: tuple[Target, ...]) -> None:
    dataset = many_runs(4).sel(time=slice(2015, 2020))
    whole = judge_runs(dataset, targets, {})
    years = list(range(2015, 2021))
    for row, target in enumerate(targets):
        few = judge_runs(dataset.sel(time=list(years_needed(target, years))), [target], {})
        assert np.array_equal(few.codes[0], whole.codes[row]), target.id
        assert np.allclose(few.values[0], whole.values[row], rtol=1e-12, equal_nan=True)
    assert {len(years_needed(target, years)) for target in targets} == {3, 6}


def test_a_known_probability_is_met_within_its_error() -> None:
    rng = np.random.default_rng(5)
    met = rng.random((200, 400)) < 0.3
    codes = np.where(met, CODE["met"], CODE["missed"]).astype(np.int8)
    judged = Judged(tuple(f"T{i}" for i in range(200)), np.zeros(codes.shape), codes)
    found = chances(judged, dict.fromkeys(judged.ids, LEVEL))
    off = [abs(one.probability - 0.3) / one.error for one in found if one.probability is not None and one.error]
    assert len(off) == 200
    assert 0.6 < np.mean(np.array(off) < 1.0) < 0.76  # of a normal 0.68
    assert max(off) < 5.0


def test_runs_that_failed_or_have_no_value_do_not_count() -> None:
    codes = np.array([[CODE["met"], FAILED, CODE["outside"], CODE["near"]], [CODE["imposed"]] * 4], dtype=np.int8)
    values = np.array([[3.0, np.nan, np.nan, 1.0], [5.0, 6.0, 7.0, 8.0]])
    first, second = chances(Judged(("A", "B"), values, codes), {"A": LEVEL, "B": LEVEL})
    assert (first.probability, first.judged, first.undefined, first.p50) == (0.5, 2, 1, 2.0)
    assert (second.probability, second.error, second.judged, second.p50) == (None, None, 0, 6.5)


def test_the_error_is_never_nothing() -> None:
    assert standard_error(0, 0) is None
    for held in (0, 10):
        error = standard_error(held, 10)
        assert error is not None
        assert 0.05 < error < 0.2


def judged_of(*met: list[bool]) -> Judged:
    codes = np.where(np.array(met), CODE["met"], CODE["missed"]).astype(np.int8)
    return Judged(tuple("ABCDEFG"[: len(met)]), np.zeros(codes.shape), codes)


@pytest.mark.parametrize(
    ("met", "expected"),
    [
        ([[True, False, True, False]], 0.5),
        ([[True, False, True, False]] * 3, 0.5),  # the same event thrice
        ([[True, True, False, False], [False, False, True, True]], 0.0),  # never together
        ([[True, True, True, False], [False, True, True, True]], 0.5),
        ([[True] * 4, [True] * 4], 1.0),
    ],
)
def test_joint_probability_of_known_events(met: list[list[bool]], expected: float) -> None:
    judged = judged_of(*met)
    found = joint(judged, judged.ids, judged.ids)
    assert (found.probability, found.size, found.judged, found.left_out) == (expected, len(met), 4, ())
    alone = chances(judged_of([a and b for a, b in zip(met[0], met[-1], strict=True)]), {"A": LEVEL})[0]
    assert (found.probability, found.error) == (alone.probability, alone.error)  # as of one target


def test_joint_probability_meets_theory_within_its_error() -> None:
    rng = np.random.default_rng(11)
    off = []
    for _ in range(200):
        judged = judged_of(*(rng.random((3, 400)) < 0.6).tolist())
        found = joint(judged, judged.ids, judged.ids)
        assert found.probability is not None
        assert found.error is not None
        off.append(abs(found.probability - 0.6**3) / found.error)
    assert 0.6 < np.mean(np.array(off) < 1.0) < 0.76
    assert max(off) < 5.0


def test_what_counts_in_a_joint_probability() -> None:
    met, missed, gone = CODE["met"], CODE["missed"], CODE["outside"]
    codes = np.array([[met, met, FAILED, met], [met, gone, FAILED, missed], [gone] * 4, [missed] * 4], dtype=np.int8)
    judged = Judged(("A", "B", "C", "D"), np.zeros(codes.shape), codes)
    found = joint(judged, ["D", "C", "B", "A"], {"A", "B", "C"})
    assert (found.counted, found.left_out) == (("A", "B"), ("D", "C"))  # no verdict at all; not of the right basis
    assert (found.probability, found.judged) == (0.5, 2)  # runs in which both have a verdict
    for named in ([], ["C", "D"]):
        empty = joint(judged, named, {"A", "B", "C"})
        assert (empty.size, empty.probability, empty.error, empty.judged) == (0, None, None, 0)
    tables = np.array([0, 0, 1, 1])
    assert joint(judged, ["A", "B"], {"A", "B"}, tables).error == pytest.approx(
        max(clustered_error(np.array([True, False]), np.array([0, 1])), standard_error(1, 2) or 0.0)
    )


def test_the_usual_group_is_what_the_model_gives() -> None:
    bases = {"T01": "model", "T05": "imposed", "T18": "extrapolated", "T27": "model", "T28": "model"}
    assert group_of(None, bases) == (("T01", "T05", "T18", "T27"), {"T01", "T27"})
    assert group_of(["T28", "T18", "T05", "T28"], bases) == (("T28", "T18", "T05"), {"T28", "T18"})
    assert group_of([], bases) == ((), frozenset())


@pytest.mark.parametrize(("comparator", "sign"), [(">=", 1), (">", 1), ("all", 1), ("<=", -1), ("<", -1)])
def test_the_worst_mean_is_that_of_a_normal(comparator: str, sign: int) -> None:
    values = np.random.default_rng(3).normal(size=100_000)
    rule = Rule("change", comparator, 0.0 if sign > 0 else None, 0.0 if sign < 0 else None)
    expected = -math.exp(-(1.6448536**2) / 2) / math.sqrt(2 * math.pi) / 0.05  # of a normal: density over share
    assert worst_mean(rule, values) == pytest.approx(sign * expected, abs=0.02)


def test_the_worst_mean_of_few_values() -> None:
    assert worst_mean(LEVEL, np.array([])) is None
    assert worst_mean(LEVEL, np.array([3.0, 1.0, 2.0])) == 1.0
    assert worst_mean(LEVEL, np.arange(30.0)) == pytest.approx(0.5 / 1.5)  # one run and a half
    assert worst_mean(Rule("level", "range", 3.0, 4.0), np.arange(30.0)) is None


@pytest.mark.parametrize(
    ("reached", "expected"),
    [
        ([2018, 2020, 2022], (2020, 0.0, 3)),
        ([2018, 2020, 2022, 2030], (2020, 0.0, 4)),  # of two in the middle the first
        ([2022, NEVER, NEVER, 2021, 2022], (2022, 0.4, 5)),
        ([2021, NEVER, NEVER], (None, 2 / 3, 3)),
        ([2021, NO_VERDICT, NO_VERDICT], (2021, 0.0, 1)),
        ([NO_VERDICT], (None, None, 0)),
    ],
)
def test_the_median_year(reached: list[int], expected: tuple[object, ...]) -> None:
    assert year_of(np.array(reached, dtype=np.int16)) == expected


@pytest.mark.parametrize(
    ("verdicts_", "year", "expected"),
    [
        (["met"] * 5 + ["early"] * 1 + ["missed"] * 6, None, "met"),  # half of them
        (["met"] * 2 + ["early"] * 3 + ["missed"] * 6, None, "missed"),
        (["met"] * 2 + ["early"] * 3 + ["missed"] * 6, 2024, "late"),
        (["met"] * 2 + ["near"] * 4 + ["missed"] * 3, 2024, "near"),
        (["met_at_base"] * 3 + ["near"] * 3, 2015, "met_at_base"),
        (["met"] * 2 + ["early"] * 3 + ["missed"] * 4, 2020, "met"),  # the median run's, not the most frequent
        (["met"] * 2 + ["early"] * 3 + ["missed"] * 4, 2019, "early"),
        ([], None, None),
    ],
)
def test_the_verdict_in_words(verdicts_: list[str], year: int | None, expected: str | None) -> None:
    codes = np.array([CODE[name] for name in verdicts_], dtype=np.int8)
    assert likely_verdict(codes, LEVEL, year) == expected


def test_only_what_targets_need_is_recorded(targets: tuple[Target, ...]) -> None:
    outputs = load_bundle(BUNDLE).outputs
    names = needed_outputs(targets, outputs)
    assert {"gdp", "revenue", "retrofit_done", "cluster_maturity"} <= set(names)
    assert "attractiveness" not in names
    assert list(names) == [name for name in outputs if name in names]
    dataset = many_runs(3)
    whole, few = (judge_runs(one, targets, {}) for one in (dataset, dataset[list(names)]))
    assert np.array_equal(whole.codes, few.codes)
    assert np.array_equal(whole.values, few.values, equal_nan=True)


def test_runs_that_share_a_table_are_not_independent() -> None:
    """The error is that of as many draws as there are tables, where the table alone decides, and else no smaller."""
    rng = np.random.default_rng(7)
    tables = np.tile(np.arange(40), 50)
    decided = (rng.random(40) < 0.4)[tables]
    share = decided.mean()
    assert clustered_error(decided, tables) == pytest.approx(np.sqrt(share * (1 - share) / 39), rel=1e-9)
    independent = rng.random(2000) < 0.4
    assert clustered_error(independent, tables) == pytest.approx(np.sqrt(0.24 / 2000), rel=0.3)
    codes = np.where(np.stack([decided, independent]), CODE["met"], CODE["missed"]).astype(np.int8)
    alone, shared = (
        chances(Judged(("A", "B"), np.zeros(codes.shape), codes), {"A": LEVEL, "B": LEVEL}, t) for t in (None, tables)
    )
    for without, with_ in zip(alone, shared, strict=True):
        assert without.error is not None
        assert with_.error is not None
        assert with_.error >= without.error
    assert shared[0].error == clustered_error(decided, tables)
    assert clustered_error(np.array([True, False]), np.array([3, 3])) == 0.0
