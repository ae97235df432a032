"""Margins: how far numbers are from giving another count, and when a bar is met between two year-ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from sim import dims
from sim.report.verdicts import notes
from sim.targets.distance import distance
from sim.targets.evaluate import evaluate_targets
from sim.targets.expressions import parse_expression
from sim.targets.interpret import Interpreter
from sim.targets.recorded import recorded
from sim.targets.rows import TargetRow
from sim.targets.spec import read_targets
from tests.datasets import BUNDLE, synthetic_results
from tests.target_rows import row as sample

YEARS = range(2015, 2024)


def results(in_2020: Sequence[float] = (), hosts: Sequence[str] = (), paths: Any = None) -> xr.Dataset:
    """Parks with a value of 2020 that stands still, or with a path of their own; ``y`` is 1, 2, 3 … by park."""
    values = np.array(paths, dtype=float) if paths is not None else np.array(in_2020)[:, None].repeat(len(YEARS), 1)
    ids = [f"P{i}" for i in range(1, len(values) + 1)]
    by_park = (dims.RUN, dims.PARK, dims.TIME)
    host = np.array(hosts or ids, dtype=object)[:, None].repeat(len(YEARS), axis=1)
    rank = np.arange(1.0, len(values) + 1)[:, None].repeat(len(YEARS), axis=1)
    return xr.Dataset(
        {"x": (by_park, values[None]), "y": (by_park, rank[None])},
        {dims.RUN: [0], dims.PARK: ids, dims.TIME: list(YEARS), "host": ((dims.PARK, dims.TIME), host)},
    )


def judged(folder: Path, data: xr.Dataset, expression: str, bar: float, **more: str) -> TargetRow:
    keys = ("name_zh", "name_en", "scope_zh", "scope_en", "unit_zh", "unit_en", "plan_place", "source",
            "restatement_zh", "restatement_en")  # fmt: skip
    values = {"form": "count", "comparator": ">=", "wording": "reach", "basis": "model"} | more
    path = folder / "targets.toml"
    path.write_text(
        '[group.g]\nname_zh = "a"\nname_en = "a"\nplace = "b"\n[[target]]\nid = "A"\ngroup = "g"\n'
        + f"target = {bar}\nexpression = '{expression}'\n"
        + "".join(f'{key} = "y"\n' for key in keys)
        + "".join(f'{key} = "{value}"\n' for key, value in values.items()),
        encoding="utf-8",
    )
    return evaluate_targets(data, read_targets(path, ["x", "y"]), {})[0]


def test_the_nearest_number_on_either_side_and_the_one_that_decides(tmp_path: Path) -> None:
    row = judged(tmp_path, results((1500, 1021, 950, 812)), "count(x > 1000)", 4)
    assert (row.value_2020, row.margin_unit, row.tight) == (2, "%", False)
    assert row.margin == pytest.approx(2.1)
    assert row.margin_note_zh == (
        "决定能否达标的第4个为812,距门槛1000还差18.8%;已计入者中最接近门槛的为1021(门槛1000,相差2.1%);"
        "未计入者中最接近门槛的为950(门槛1000,相差5.0%)"
    )
    assert row.margin_note_en is not None
    assert row.margin_note_en.startswith("number 4, which decides, has 812, 18.8 % away from the bar of 1000; ")


@pytest.mark.parametrize(("value", "tight"), [(1019.9, True), (1020.1, False), (980.1, True), (979.9, False)])
def test_a_count_within_two_per_cent_is_marked(tmp_path: Path, value: float, tight: bool) -> None:
    row = judged(tmp_path, results((1500, value)), "count(x > 1000)", 4)
    assert row.tight == tight
    assert ("m" in notes(row)) == tight


@pytest.mark.parametrize(
    ("expression", "bar", "margin"),
    [
        ("count(500 < x <= 1000)", 1, 1.0),  # 990 may leave by the upper bar before 481 comes in by the lower one
        ("count(x > 1000 and y < 3)", 1, 1.0),  # 990 is second
        ("count(x > 1000 and y < 1.9)", 1, 100 * 0.1 / 1.9),  # and must move in both
        ("count(not x > 1000)", 1, 1.0),
        ("count(x > 1000 or y > 3.5)", 1, 1.0),
        ("percent(share(x > 1000))", 50, 1.0),
        ("percent(count(x > 1000) / parks())", 50, 1.0),
        ('count((x > 1000)[park != "P2"])', 1, 50.0),  # the park at 990 is not looked at
        ("count(x[y != 2] > 1000)", 1, 50.0),
    ],
)
def test_conditions_of_every_kind(tmp_path: Path, expression: str, bar: float, margin: float) -> None:
    form = "share" if "percent" in expression else "count"
    row = judged(tmp_path, results((1500, 990, 481, 481)), expression, bar, form=form)
    assert row.margin == pytest.approx(margin)


def test_zones_count_and_not_their_parks(tmp_path: Path) -> None:
    row = judged(tmp_path, results((600, 395, 900), hosts=("P1", "P1", "P3")), "count(zone(x) > 1000)", 2)
    assert row.margin == pytest.approx(0.5)
    assert row.margin_note_zh == (
        "决定能否达标的第2个为900,距门槛1000还差10.0%;未计入者中最接近门槛的为995(门槛1000,相差0.5%)"
    )
    three = judged(tmp_path, results((600, 395, 900), hosts=("P1", "P1", "P3")), "count(zone(x) > 1000)", 3)
    assert three.margin_note_zh is not None
    assert three.margin_note_zh.startswith("共2个,少于所需的3个")


@pytest.mark.parametrize("expression", ["count(national)", "max(x)", "sum(x)", "count(x > 0)", "parks()"])
def test_no_margin_where_no_number_decides(tmp_path: Path, expression: str) -> None:
    data = results((1500, 990)).assign_coords(national=((dims.PARK, dims.TIME), np.ones((2, len(YEARS)), dtype=bool)))
    row = judged(tmp_path, data, expression, 1e9)
    assert (row.margin, row.margin_unit, row.margin_note_zh, row.tight) == (None, None, None, False)


@pytest.mark.parametrize(
    ("last", "verdict", "margin"),
    [
        ((100, 110, 120, 130, 140, 150, 160, 170, 180), "late", 0.5),
        ((100, 110, 120, 130, 140, 160, 160, 170, 180), "met", -0.25),
        ((100, 110, 120, 160, 160, 160, 160, 170, 180), "early", -2.125),
        ((100, 100, 100, 100, 100, 100, 100, 100, 100), "missed", None),
        ((160, 160, 160, 160, 160, 160, 160, 160, 160), "met_at_base", None),
    ],
)
def test_dates_between_year_ends(
    tmp_path: Path, last: Sequence[float], verdict: str, margin: float | None
) -> None:
    row = judged(tmp_path, results(paths=[last]), "sum(x)", 155, form="level")
    assert row.verdict == verdict
    assert row.margin == (None if margin is None else pytest.approx(margin))
    assert row.margin_unit == (None if margin is None else "year")
    assert not row.tight


def test_a_number_that_is_rounded_down_has_the_date_of_what_it_is_taken_of(tmp_path: Path) -> None:
    path = [2, 2.5, 3, 3.5, 3.75, 4.25, 5, 5, 5]
    row = judged(tmp_path, results(paths=[path]), "floor(sum(x))", 4, basis="extrapolated")
    assert row.margin == pytest.approx(-0.5)


def works(*done: float, duration: float = 4.0) -> list[list[float]]:
    """Works of some parks that end at these times and take some years."""
    years = np.array(YEARS)
    return [np.clip(1 - (end - years) / duration, 0, 1).tolist() for end in done]


def test_a_completion_has_its_date_although_it_stays_at_one(tmp_path: Path) -> None:
    row = judged(tmp_path, results(paths=works(2018.3, 2019.6, 2020.4, 2030)), "percent(count(x >= 1) / parks())", 75,
                 form="share", margin="time")  # fmt: skip
    assert row.value_2020 == 50
    assert row.margin == pytest.approx(0.4)
    assert (row.margin_unit, row.tight) == ("year", False)
    assert row.margin_note_zh == (
        "决定能否达标的第3个于2020.4完成(整数为年末),比期限晚0.4年;期限前最后一个完成于2019.6;期限后最先一个完成于2020.4"
    )


@pytest.mark.parametrize(
    ("done", "tight"), [((2019.95, 2022), True), ((2018, 2020.05), True), ((2019.8, 2020.2), False)]
)
def test_a_completion_close_to_the_end_of_the_year_is_marked(
    tmp_path: Path, done: Sequence[float], tight: bool
) -> None:
    row = judged(tmp_path, results(paths=works(*done)), "count(x >= 1)", 2, margin="time")
    assert row.tight == tight


@given(
    st.lists(st.floats(1, 2000), min_size=1, max_size=12),
    st.sampled_from(["x > 1000", "500 < x <= 1000", "not x >= 800", "x < 300 or x > 900", "x > y * 100"]),
)
def test_a_smaller_move_changes_no_count_and_a_larger_one_does(values: list[float], condition: str) -> None:
    data = results(values)
    interpreter = Interpreter(recorded(data), {}, {})
    expression = parse_expression(f"count({condition})", ["x", "y"])
    interpreter.series(expression)
    found = distance(interpreter, parse_expression(condition, ["x", "y"]).root).elements(len(YEARS))
    signed, value, bar = (a[:, 5] for a in (found.signed, found.value, found.bar))
    assert (~np.signbit(signed)).sum() == interpreter.series(expression)[0, 5]
    for at, (size, number, edge) in enumerate(zip(signed, value, bar, strict=True)):
        for part, changes in ((0.999, False), (1.001, True)):
            moved = list(values)
            if abs(size) < 1e-6:
                continue
            moved[at] = number + np.sign(edge - number) * abs(size) * abs(edge) * part
            again = Interpreter(recorded(results(moved)), {}, {}).series(expression)[0, 5]
            assert (again != interpreter.series(expression)[0, 5]) == changes


def test_shipped_targets_have_margins_that_mean_something() -> None:
    data = synthetic_results(parks=30)
    targets = read_targets(BUNDLE / "targets.toml", [str(name) for name in data.data_vars])
    rows: Mapping[str, TargetRow] = {row.id: row for row in evaluate_targets(data, targets, {})}
    for id_ in ("T06", "T07", "T10", "T11", "T12", "T28", "T39", "T40"):
        assert rows[id_].margin_unit == "%", id_
    assert rows["T20"].margin is None
    assert {t.id: t.margin for t in targets if t.margin != "value"} == {"T20": "none", "T44": "time"}
    for row in rows.values():
        assert (row.margin is None) == (row.margin_unit is None)
        assert (row.margin_note_zh is None) == (row.margin_note_en is None)
        assert row.margin_unit in (None, "%", "year")


def test_the_mark_stands_last_among_the_notes() -> None:
    assert notes(sample(sensitive=True, value_origin="reconstructed", tight=True)) == "arm"
