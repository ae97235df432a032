"""The shipped targets and the rows that a run gives them."""

from __future__ import annotations

import math
import re
import tomllib
from pathlib import Path

import pytest
import xarray as xr

from sim import dims
from sim.errors import InputError, Place
from sim.outputs_spec import read_outputs
from sim.targets.evaluate import evaluate_targets
from sim.targets.rows import TargetRow, columns, readings_columns
from sim.targets.spec import read_targets
from sim.targets.target import Target
from sim.targets.verdict import FAVOURABLE
from tests.datasets import BUNDLE, synthetic_results

RESULTS = synthetic_results(parks=30)
OUTPUTS = tuple(str(name) for name in RESULTS.data_vars)
TARGETS = read_targets(BUNDLE / "targets.toml", OUTPUTS)


def rows(
    levers: dict[str, object] | None = None, results: xr.Dataset = RESULTS, own: bool = False
) -> dict[str, TargetRow]:
    return {row.id: row for row in evaluate_targets(results, TARGETS, levers or {}, own_table=own)}


ROWS = rows()


def by_id(name: str) -> Target:
    return next(t for t in TARGETS if t.id == name)


def test_all_47_targets_are_there_in_order() -> None:
    assert [t.id for t in TARGETS] == [f"T{i:02d}" for i in range(1, 48)]
    assert len({t.name_zh for t in TARGETS}) == 47
    groups = [t.group.code for t in TARGETS]
    assert [g for i, g in enumerate(groups) if i == 0 or groups[i - 1] != g] == list(dict.fromkeys(groups))


def test_bases_without_policy_are_those_of_the_notes() -> None:
    expected = {
        "outside": {"T34", "T37", "T38", "T41", "T42", "T43", "T46", "T47"},
        "extrapolated": {"T15", "T16", "T17", "T18", "T19", "T35", "T36"},
        "imposed": {"T31"},
    }
    for basis, names in expected.items():
        assert {row.id for row in ROWS.values() if row.basis == basis} == names
    assert sum(row.counted for row in ROWS.values()) == 31
    assert {t.id for t in TARGETS if t.proxy} == {"T20", "T32", "T33", "T39", "T40"}


DIVIDED = {
    "imposed": ("T05", "T23", "T24", "T30", "T31", "T43", "T47"),
    "proxy": ("T20", "T32", "T33", "T39", "T40"),
    "extrapolated": ("T15", "T16", "T17", "T18", "T19", "T35", "T36"),
    "outside": ("T34", "T37", "T38", "T41", "T42", "T46"),
}
"""The plan's targets by what decides them; the other 22 follow from the model."""


def test_targets_are_divided_as_decided_or_say_why_not() -> None:
    """7 set by levers, 5 by a stand-in, 7 extrapolated, 6 outside, 22 modelled; where not, both languages say so."""
    sort = {id_: kind for kind, ids in DIVIDED.items() for id_ in ids}
    assert len(sort) == 25
    for target in TARGETS:
        kind = sort.get(target.id, "model")
        assert target.proxy == (kind == "proxy")
        assert (kind in ("outside", "extrapolated")) <= (target.main.basis == kind), target.id
        if kind == "imposed":
            assert target.main.basis == "imposed" or target.main.imposed_by, target.id
        zh, en = target.note_zh + target.reason_zh, target.note_en + target.reason_en
        departs = target.main.basis != kind if kind == "imposed" else bool(target.main.imposed_by)
        if departs and target.main.basis != "outside":
            assert "情景设定" in zh, target.id
            assert "set by the scenario" in en, target.id
        elif departs:
            assert "情景未设定" in zh, target.id
            assert "this scenario does not set it" in en, target.id


@pytest.mark.parametrize(
    ("id_", "codes"),
    [
        ("T01", {"constant", "current", "revised", "services_as_planned"}),
        ("T02", {"constant", "current", "services_as_planned"}),
        ("T10", {"formed", "output_only", "current", "revised"}),
        ("T14", {"base_high", "revised"}),
        ("T21", {"both", "energy", "water", "regional_energy", "regional_both"}),
        ("T45", {"industrial_plan"}),
        ("T03", {"constant", "current", "base_low", "base_high", "revised"}),
        ("T06", {"current", "constant", "single", "revised"}),
        ("T07", {"disjoint", "nested", "constant", "revised"}),
        ("T11", {"disjoint", "nested", "output_only", "revised"}),
        ("T12", {"disjoint", "nested", "output_only", "revised"}),
        ("T13", {"parks", "region", "revised"}),
        ("T24", {"every_project", "with_departmental", "wider", "mean"}),
        ("T26", {"yearly", "cumulative"}),
        ("T44", {"fixed", "live", "admitted"}),
    ],
)
def test_every_way_to_read_a_target_is_there(id_: str, codes: set[str]) -> None:
    target = by_id(id_)
    assert {target.main.code, *(reading.code for reading in target.readings)} >= codes


@pytest.mark.parametrize("id_", ["T06", "T10"])
def test_the_highest_class_says_that_nesting_makes_no_difference(id_: str) -> None:
    assert "两种理解结果相同" in by_id(id_).note_zh
    assert "nested and disjoint counts are the same" in by_id(id_).note_en


def test_regional_level_with_the_departmental_parks_weighs_by_land() -> None:
    land = RESULTS["land_allocation"].isel(run=0).sel(time=2020)
    share = RESULTS["land_below_standard"].isel(run=0).sel(time=2020)
    level = RESULTS["level"]
    regional, departmental = (float(land[level == name].sum()) for name in ("regional", "departmental"))
    below = float(share.sel(tier="regional")) * regional + float(share.sel(tier="other")) * departmental
    found = next(r for r in ROWS["T24"].readings if r.reading == "with_departmental")
    assert found.value_2020 == pytest.approx(100 * below / (regional + departmental))


@pytest.mark.parametrize(
    ("lever", "value", "imposed"),
    [
        ("land_threshold.national", 150, {"T23"}),
        ("land_threshold.national", 149, set()),
        ("land_threshold.regional", 80.0, {"T24"}),
        ("level_upgrade.national", 15, {"T05"}),
        ("level_upgrade.national", 12, set()),
        ("governance.one_zone_per_county", True, {"T30"}),
        ("governance.one_zone_per_county", False, set()),
        ("governance.online_monitoring", True, {"T43"}),
        ("governance.exit_rule", True, {"T47"}),
        ("innovation.rd_subsidy", 0.005, set()),
        ("innovation.rd_subsidy", 0.02, {"T13"}),
        ("infrastructure.fund", 50.0, {"T39"}),
    ],
)
def test_a_lever_that_sets_a_target_makes_it_imposed(lever: str, value: object, imposed: set[str]) -> None:
    found = {name for name, row in rows({lever: value}).items() if row.verdict == "imposed"}
    assert found == imposed | {"T31"}
    for name in imposed:
        row = rows({lever: value})[name]
        assert (row.imposed_by, row.counted, row.basis) == (lever, False, "imposed")
        assert row.verdict_zh == "情景设定"


def test_levers_that_impose_targets_exist() -> None:
    with (BUNDLE / "levers.toml").open("rb") as file:
        policies = tomllib.load(file)["policy"]
    known = {f"{name}.{lever}" for name, policy in policies.items() for lever in policy["lever"]}
    for target in TARGETS:
        for reading in (target.main, *target.readings):
            assert {imposer.lever for imposer in reading.imposed_by} <= known


def test_every_constant_and_definition_is_used() -> None:
    vocabulary = TARGETS[0].vocabulary
    readings = [r.expression.text for t in TARGETS for r in (t.main, *t.readings) if r.expression]
    texts = " ".join([*readings, *(d.text for d in vocabulary.definitions.values())])
    texts += " ".join(revision.constant for revision in vocabulary.revisions)
    for name in (*vocabulary.constants, *vocabulary.definitions):
        assert re.search(rf"\b{name}\b", texts), name


def test_numbers_of_a_row_agree_with_each_other() -> None:
    gdp = RESULTS["gdp"].isel(run=0).sum(dims.PARK)
    row = ROWS["T01"]
    assert row.value_2020 == pytest.approx(float(gdp.sel(time=2020)))
    assert row.base_2015 == pytest.approx(float(gdp.sel(time=2015)))
    assert row.path[2027] == pytest.approx(float(gdp.sel(time=2027)))
    assert row.gap == pytest.approx(row.value_2020 - 14000)
    assert ROWS["T02"].value_2020 == pytest.approx(row.growth_scenario_pct)
    assert row.growth_required_pct == pytest.approx(((14000 / row.base_2015) ** 0.2 - 1) * 100)
    assert ROWS["T02"].base_2015 is None
    assert ROWS["T02"].growth_required_pct == 9.0


def test_readings() -> None:
    row = ROWS["T01"]
    assert [r.reading for r in row.readings] == ["constant", "current", "revised", "services_as_planned"]
    assert row.readings[0].is_main
    assert row.readings[2].value_2020 == pytest.approx(0.726 * row.value_2020)
    industry = float(RESULTS["iva"].isel(run=0).sum(dims.PARK).sel(time=2020))
    services = float(RESULTS["services"].isel(run=0).sum(dims.PARK).sel(time=2015))
    assert row.readings[3].value_2020 == pytest.approx(industry + 4100 / 3664 * services, rel=1e-5)
    assert ROWS["T06"].value_2020 <= ROWS["T07"].readings[1].value_2020
    for found in ROWS.values():
        others = {r.verdict for r in found.readings if r.verdict != "outside"}
        assert found.sensitive == (len(others | {found.verdict}) > 1)
        assert next(r for r in found.readings if r.is_main).verdict == found.verdict


def test_every_row_says_why_it_is_not_computed() -> None:
    for row in ROWS.values():
        assert (row.verdict == "outside") == (row.basis == "outside")
        if row.basis == "outside":
            assert row.reason_zh
            assert row.reason_en
            assert row.gap is row.progress_pct is row.tolerance is None
        else:
            assert row.value_2020 is not None
            assert math.isfinite(row.value_2020)
        assert row.restatement_zh
        assert row.plan_place


def test_own_park_table_leaves_only_what_is_set_for_single_zones() -> None:
    own = rows(own=True)
    assert own["T01"].verdict == "outside"
    assert own["T01"].reason_zh == "针对全区开发区设定:不适用(开发区表已更换)"
    assert own["T01"].value_2020 is not None
    assert own["T01"].gap is None
    applying = {name for name, row in own.items() if row.verdict != "outside"}
    assert applying == {"T20", "T23", "T24", "T32", "T33", "T39", "T40"}


def test_what_cannot_be_computed_is_said_and_nothing_breaks() -> None:
    flat = RESULTS.assign(gdp=RESULTS["gdp"] * 0.0).drop_vars("trade")
    found = rows(results=flat)
    assert found["T13"].verdict == "outside"
    assert found["T13"].reason_zh == "无法计算:2020年除数为零或数值缺失"
    assert "trade" in str(found["T25"].reason_zh)
    assert found["T01"].verdict == "missed"
    short = rows(results=RESULTS.sel(time=slice(2015, 2018)))
    assert short["T01"].reason_en == "not computable: the results hold no year 2020"


def test_reconstructed_share_is_weighted_by_value() -> None:
    row = ROWS["T06"]
    base = RESULTS["revenue"].isel(run=0).sel(time=2015)
    assert row.reconstructed_share == pytest.approx(float(base[2:].sum() / base.sum()))
    assert row.value_origin == "reconstructed"
    assert ROWS["T01"].value_origin == "derived"
    assert ROWS["T15"].value_origin == "assumed"
    assert ROWS["T34"].value_origin is None


def test_clusters_bar_is_anchored_on_the_bases_of_2015() -> None:
    bar = 0.5  # by construction of the model, see test_base_year
    output = RESULTS["cluster_output"].isel(run=0).sel(industry=list(dims.MATERIAL))
    mature = RESULTS["cluster_maturity"].isel(run=0).sel(industry=list(dims.MATERIAL)) >= bar
    for year in (2015, 2020, 2030):
        expected = int(((output >= 100) & mature).sel(time=year).sum())
        assert ROWS["T12"].path[year] == expected


def test_verdicts_do_not_depend_on_other_runs_or_park_order() -> None:
    doubled = xr.concat(
        [RESULTS, RESULTS * 2], dim="run", data_vars="all", coords="minimal", compat="override", join="outer"
    )
    turned = RESULTS.isel(park=slice(None, None, -1))
    for other in (doubled, turned):
        again = rows(results=other)
        assert {k: r.verdict for k, r in again.items()} == {k: r.verdict for k, r in ROWS.items()}
        assert again["T08"].value_2020 == pytest.approx(ROWS["T08"].value_2020)


def test_columns() -> None:
    listed = (
        "id, group_zh, group_en, name_zh, name_en, scope_zh, unit_zh, unit_en, nature, wording, form, "
        "comparator, basis, imposed_by, reading, sensitive, base_2015, base_origin, value_2020, target_low, "
        "target_high, gap, gap_unit_zh, progress_pct, verdict, verdict_zh, tolerance, year_reached, "
        "lost_after, margin, margin_unit, margin_note_zh, margin_note_en, growth_required_pct, growth_scenario_pct, "
        "price_basis, reported_base, value_origin, "
        "reconstructed_share, counted, reason_zh, reason_en, plan_place, source, scenario, run_id"
    )
    assert columns() == tuple(listed.split(", "))
    assert {"reading", "is_main", "verdict"} <= set(readings_columns())


def test_favourable_verdicts_pass_the_bar() -> None:
    for row in ROWS.values():
        if row.verdict in FAVOURABLE and row.target_low is not None:
            assert row.value_2020 >= row.target_low - 1e-6


FIRST = """
[group.a]
name_zh = "甲"
name_en = "a"
place = "x"

[[target]]
id = "T01"
group = "a"
name_zh = "n"
name_en = "n"
scope_zh = "s"
scope_en = "s"
unit_zh = "u"
unit_en = "u"
wording = "reach"
form = "level"
comparator = ">="
target = 1
basis = "model"
expression = "sum(gdp)"
plan_place = "p"
source = "s"
restatement_zh = "r"
restatement_en = "r"
"""


def read(tmp_path: Path, text: str) -> tuple[Target, ...]:
    file = tmp_path / "targets.toml"
    file.write_text(text, encoding="utf-8")
    return read_targets(file, OUTPUTS)


def test_a_minimal_file_is_read(tmp_path: Path) -> None:
    target = read(tmp_path, FIRST)[0]
    assert (target.main.rule.low, target.main.rule.high, target.main.code) == (1.0, None, "main")
    assert target.whole_region


@pytest.mark.parametrize(
    ("old", "new", "code", "suggestion"),
    [
        ("sum(gdp)", "sum(gpd)", "target_expression_name", "gdp"),
        ('comparator = ">="', 'comparater = ">="', "unknown_key", "comparator"),
        ('comparator = ">="', 'comparator = "=>"', "target_choice", ">="),
        ("target = 1", 'target = "1"', "target_not_number", ""),
        ("target = 1", "", "target_missing_key", ""),
        ("target = 1", "target_low = 1", "target_not_range", ""),
        ('comparator = ">="', 'comparator = "range"', "target_range", ""),
        ('wording = "reach"', 'wording = "reech"', "target_choice", "reach"),
        ('group = "a"', 'group = "b"', "target_choice", ""),
        ('expression = "sum(gdp)"', "", "target_no_expression", ""),
        ('basis = "model"', 'basis = "outside"', "target_missing_key", ""),
        ('name_zh = "n"', "name_zh = 3", "target_not_text", ""),
        ('name_zh = "n"', 'name_zh = "n"\nproxy = 1', "target_not_flag", ""),
        ('name_zh = "n"', 'name_zh = "n"\nimposed_by = "a.b"', "target_not_list", ""),
        ('name_zh = "n"', 'name_zh = "n"\nimposed_by = ["ab"]', "target_lever", ""),
        ("[[target]]", "[target]", "target_not_array", ""),
        ("[[target]]", '[define]\ngdp = "1"\n[[target]]', "target_name_taken", ""),
        ("[[target]]", '[define]\na = "b"\nb = "1"\n[[target]]', "target_expression_name", ""),
        ("[[target]]", "[constant.k]\n[[target]]", "target_missing_key", ""),
        ("[[target]]", "target = []\n[other]", "unknown_key", ""),
    ],
)
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, old: str, new: str, code: str, suggestion: str
) -> None:
    assert old in FIRST
    with pytest.raises(InputError) as caught:
        read(tmp_path, FIRST.replace(old, new, 1))
    problem = next(p for p in caught.value.problems if p.code == code)
    assert problem.place is not None
    assert problem.place.line is not None or code == "unknown_key"
    assert problem.suggestion == suggestion


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = FIRST.replace("sum(gdp)", "sum(gpd) + x").replace('"reach"', '"reech"')
    with pytest.raises(InputError) as caught:
        read(tmp_path, text + text[text.index("[[target]]") :])
    codes = [p.code for p in caught.value.problems]
    assert codes.count("target_expression_name") == 4
    assert "target_twice" in codes
    lines = {p.place.line for p in caught.value.problems if p.place}
    assert len(lines) >= 5


@pytest.mark.parametrize("expression", ["gdp", "sum(gdp + cluster_output)", "sum(zone(attractiveness))"])
def test_dims_that_do_not_fit_are_refused_before_a_run(tmp_path: Path, expression: str) -> None:
    outputs = read_outputs(BUNDLE / "outputs.toml")
    assert len(read_targets(BUNDLE / "targets.toml", outputs)) == 47
    file = tmp_path / "targets.toml"
    file.write_text(FIRST.replace("sum(gdp)", expression), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_targets(file, outputs)
    assert caught.value.problems[0].place == Place(file, 21)


def test_an_expression_that_does_not_fit_is_named_when_evaluated(tmp_path: Path) -> None:
    targets = read(tmp_path, FIRST.replace("sum(gdp)", "gdp"))
    with pytest.raises(InputError) as caught:
        evaluate_targets(RESULTS, targets, {})
    assert caught.value.problems[0].place == targets[0].main.expression.place
