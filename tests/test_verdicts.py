"""When a target counts as met: every verdict, every comparator, tolerances, written values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.targets.formatting import format_value
from sim.targets.verdict import (
    COMPARATORS,
    FAVOURABLE,
    FORMS,
    VERDICTS,
    WORDINGS,
    Judgement,
    Rule,
    close,
    gap,
    holds,
    judge,
    mean_growth,
    progress,
    verdict_word,
)
from sim.words.catalogue import catalogue

LEVEL = Rule("level", ">=", 100.0, None)
GROWTH = Rule("growth", ">=", 9.0, None)
COUNT = Rule("count", ">=", 14.0, None)
CHANGE = Rule("change", "<", None, 0.0, wording="decrease")
CONTROL = Rule("change", "<=", None, 0.0, wording="control")


def path(*values: float, start: int = 2015) -> dict[int, float]:
    return {start + i: v for i, v in enumerate(values)}


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        (LEVEL, (100, 100, 100, 100, 100, 100), Judgement("met_at_base", 2015)),
        (LEVEL, (100, 90, 90, 90, 90, 100), Judgement("met_at_base", 2015)),
        (LEVEL, (50, 100, 100, 100, 100, 100), Judgement("early", 2016)),
        (LEVEL, (50, 60, 70, 80, 100, 100), Judgement("early", 2019)),
        (LEVEL, (50, 101, 70, 80, 100, 100), Judgement("early", 2019)),
        (LEVEL, (50, 60, 70, 80, 90, 100), Judgement("met", 2020)),
        (LEVEL, (50, 60, 70, 80, 90, 97), Judgement("near")),
        (LEVEL, (50, 60, 70, 80, 90, 97, 100), Judgement("near", 2021)),
        (LEVEL, (50, 60, 70, 80, 90, 96.9, 99, 100), Judgement("late", 2022)),
        (LEVEL, (50, 60, 70, 80, 90, 95, 96), Judgement("missed")),
        (LEVEL, (50, 60, 110, 80, 90, 95, 96), Judgement("missed", None, 2017)),
        (LEVEL, (110, 60, 70, 80, 90, 95, 101), Judgement("late", 2021, 2015)),
        (COUNT, (2, 3, 5, 8, 10, 13), Judgement("missed")),
        (COUNT, (2, 3, 5, 8, 10, 14), Judgement("met", 2020)),
        (GROWTH, (math.nan, 12, 12, 11, 10, 9), Judgement("met", 2020)),
        (GROWTH, (math.nan, 12, 12, 11, 10, 8.7), Judgement("near")),
        (GROWTH, (math.nan, 12, 12, 11, 10, 8.6), Judgement("missed")),
        (GROWTH, (math.nan, 5, 5, 6, 7, 8, 8.5, 9), Judgement("late", 2022)),
        (CHANGE, (0, -1, -2, -3, -4, -5), Judgement("met", 2020)),
        (CHANGE, (0, -1, -2, 1, 1, 0.001), Judgement("missed", None, 2017)),
        (CHANGE, (0, 0, 0, 0, 0, 0), Judgement("missed")),
        (CONTROL, (0, 0, 0, 0, 0, 0), Judgement("met", 2020)),
        (CONTROL, (0, 1, 1, 1, 1, 0.01, -1), Judgement("late", 2021)),
    ],
)
def test_judge(rule: Rule, values: tuple[float, ...], expected: Judgement) -> None:
    assert judge(rule, path(*values)) == expected


@pytest.mark.parametrize(
    ("comparator", "low", "high", "inside", "outside"),
    [
        (">=", 5.0, None, 5.0, 4.999),
        (">", 5.0, None, 5.001, 5.0),
        ("<=", None, 5.0, 5.0, 5.001),
        ("<", None, 5.0, 4.999, 5.0),
        ("range", 3.0, 4.0, 3.0, 4.001),
        ("all", 100.0, None, 100.0, 99.9),
    ],
)
def test_comparators(
    comparator: str, low: float | None, high: float | None, inside: float, outside: float
) -> None:
    rule = Rule("level", comparator, low, high)
    assert holds(rule, inside)
    assert not holds(rule, outside)
    assert not holds(rule, math.nan)
    assert not holds(rule, math.inf)


def test_half_of_116_zones_is_58() -> None:
    rule = Rule("share", ">=", 50.0, None)
    assert holds(rule, 100.0 * 58 / 116)
    assert judge(rule, {2020: 100.0 * 57 / 116}).code == "near"
    assert judge(rule, {2020: 100.0 * 56 / 116}).code == "missed"


@pytest.mark.parametrize(
    "rule",
    [
        Rule("share", "all", 100.0, None),
        Rule("share", ">=", 100.0, None, wording="all"),
        Rule("level", ">=", 100.0, None, wording="not_below"),
        Rule("level", ">=", 100.0, None, wording="forbid"),
        Rule("level", ">=", 100.0, None, nature="binding"),
        Rule("level", ">=", 100.0, None, tolerance=0.0),
        Rule("count", ">=", 100.0, None),
    ],
)
def test_no_tolerance(rule: Rule) -> None:
    assert not close(rule, 99.99)
    assert judge(rule, {2020: 99.99}).code == "missed"


def test_tolerance_may_be_stated() -> None:
    assert close(Rule("count", ">=", 14.0, None, tolerance=1.0), 13.0)
    assert close(Rule("level", "range", 3.0, 4.0), 4.1)
    assert not close(Rule("level", "range", 3.0, 4.0), 4.2)


numbers = st.floats(-1e6, 1e6)
increasing_rules = st.builds(
    Rule,
    form=st.sampled_from([f for f in FORMS if f != "change"]),
    comparator=st.sampled_from([">=", ">", "all"]),
    low=numbers,
    high=st.none(),
    wording=st.sampled_from(WORDINGS),
    tolerance=st.none() | st.floats(0, 10),
)


@given(increasing_rules, st.lists(st.tuples(numbers, st.floats(0, 1e6)), min_size=6, max_size=16))
def test_raising_a_series_never_makes_a_verdict_worse(rule: Rule, points: list[tuple[float, float]]) -> None:
    def rank(code: str) -> int:
        return {"missed": 0, "late": 0, "near": 1}.get(code, 2)

    lower = judge(rule, path(*(v for v, _ in points)))
    upper = judge(rule, path(*(v + more for v, more in points)))
    assert rank(upper.code) >= rank(lower.code)
    assert not (lower.code == "late" and upper.code == "missed")


@given(increasing_rules, st.lists(numbers, min_size=6, max_size=16))
def test_favourable_means_that_the_bar_is_passed_in_2020(rule: Rule, values: list[float]) -> None:
    found = judge(rule, path(*values))
    assert (found.code in FAVOURABLE) == holds(rule, values[5])
    assert found.code in VERDICTS
    assert (found.lost_after is None) or found.code not in FAVOURABLE


@given(numbers, numbers, st.sampled_from(COMPARATORS))
def test_written_value_agrees_with_the_verdict(value: float, bar: float, comparator: str) -> None:
    low, high = (
        (None, bar) if comparator in ("<=", "<") else (bar, bar + 1 if comparator == "range" else None)
    )
    met = holds(Rule("level", comparator, low, high), value)
    shown = format_value(value, low, comparator, met, high)
    assert holds(Rule("level", comparator, low, high), float(shown)) == met


@pytest.mark.parametrize(
    ("value", "bar", "comparator", "shown"),
    [
        (13999.96, 14000, ">=", "13999.96"),
        (14000.0, 14000, ">=", "14000"),
        (9.96, 10, ">=", "9.96"),
        (58.0, 58, ">=", "58"),
        (0.001, 0, "<=", "0.001"),
        (-0.001, 0, "<=", "0.00"),
        (None, 1, ">=", "-"),
        (math.nan, 1, ">=", "-"),
    ],
)
def test_format_value(value: float | None, bar: float, comparator: str, shown: str) -> None:
    high = bar if comparator == "<=" else None
    met = value is not None and holds(Rule("level", comparator, bar if high is None else None, high), value)
    assert format_value(value, None if high is not None else bar, comparator, met, high) == shown


@pytest.mark.parametrize(
    ("base", "value", "expected"),
    [
        (9209.0, 9209.0, 0.0),
        (9209.0, 14000.0, 100.0),
        (9209.0, 8000.0, pytest.approx(-25.2348, abs=1e-3)),
        (None, 1.0, None),
        (13900.0, 1.0, None),
        (15000.0, 16000.0, None),
    ],
)
def test_progress(base: float | None, value: float, expected: object) -> None:
    assert progress(Rule("level", ">=", 14000.0, None), base, value) == expected


def test_gap_and_growth() -> None:
    assert gap(CHANGE, 3.0) == 3.0
    assert gap(Rule("level", "range", 3.0, 4.0), 3.5) == 0.0
    assert gap(Rule("level", "range", 3.0, 4.0), 2.0) == -1.0
    assert mean_growth(0.0, 10.0, 5) is None
    assert mean_growth(74.0, 170.0, 5) == pytest.approx(18.1, abs=0.05)


@pytest.mark.parametrize("code", VERDICTS)
def test_every_verdict_has_a_word(code: str) -> None:
    assert verdict_word("zh", code, 2023, 2030)
    assert verdict_word("en", code, 2023, 2030)


def test_catalogues_have_equal_keys() -> None:
    assert catalogue("zh").keys() == catalogue("en").keys()
