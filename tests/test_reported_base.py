"""The revised base: what is reported moves, the run does not, and it always says so."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from sim import dims
from sim.errors import InputError
from sim.outputs_spec import read_outputs
from sim.report.heading import Heading
from sim.results import open_results
from sim.scenario.resolve import load_scenario
from sim.scenario.show import resolved_toml, show_lines
from sim.targets.evaluate import both_bases, evaluate_targets
from sim.targets.revision import as_reported, base_of
from sim.targets.spec import read_targets
from tests.datasets import BUNDLE, synthetic_results
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

RESULTS = synthetic_results(parks=30)
TARGETS = read_targets(BUNDLE / "targets.toml", read_outputs(BUNDLE / "outputs.toml"))
REVISED = RESULTS.assign_attrs(reported_base="revised")
CONSTANTS = {name: constant.value for name, constant in TARGETS[0].vocabulary.constants.items()}
OWN = 'name = "Own"\nname_zh = "自拟"\ninformation_until = 2016\nextends = ["plan.toml"]\nreported_base = "revised"\n'


def test_the_published_base_is_the_usual_one() -> None:
    assert base_of(RESULTS) == "published"
    assert as_reported(RESULTS, TARGETS) is RESULTS
    rows, published = both_bases(RESULTS, TARGETS, {})
    assert rows is published
    assert {row.reported_base for row in rows} == {"published"}


def test_outputs_are_multiplied_by_their_factors() -> None:
    found = as_reported(REVISED, TARGETS)
    gdp, industry, services = (CONSTANTS[f"revised_{name}"] for name in ("gdp", "industry", "services"))
    factors = {"gdp": gdp, "gdp_nominal": gdp, "iva": industry, "revenue": industry, "services": services}
    for name, factor in factors.items():
        np.testing.assert_allclose(found[name].values, RESULTS[name].values * factor, rtol=1e-14)
        assert found[name].attrs == RESULTS[name].attrs
    for name in ("output", "value_added", "cluster_output"):
        for label in dims.INDUSTRIES:
            factor = services if label == "services" else industry
            expected = RESULTS[name].sel(industry=label).values * factor
            np.testing.assert_allclose(found[name].sel(industry=label).values, expected, rtol=1e-14)
    for name in ("land_occupied", "energy_use", "emissions", "enterprises", "trade", "fdi", "capital", "rd_spending"):
        np.testing.assert_array_equal(found[name].values, RESULTS[name].values)
    assert set(found["revenue_origin"].values) == {"derived", "reconstructed"}


def test_the_factors_fit_the_base_year() -> None:
    """Industry and services as revised add up to GDP as revised; the shares are those of the park table."""
    iva, gdp = 5545.0, 9209.0
    parts = CONSTANTS["revised_industry"] * iva + CONSTANTS["revised_services"] * (gdp - iva)
    assert parts == pytest.approx(CONSTANTS["revised_gdp"] * gdp, rel=1e-3)
    assert CONSTANTS["iva_base"] == iva


def test_a_revised_run_says_what_the_revised_reading_of_a_published_one_says() -> None:
    usual = {row.id: row for row in evaluate_targets(RESULTS, TARGETS, {})}
    revised = {row.id: row for row in evaluate_targets(REVISED, TARGETS, {})}
    checked = set()
    for id_, row in usual.items():
        for reading in row.readings:
            if reading.reading == "revised":
                checked.add(id_)
                assert revised[id_].value_2020 == pytest.approx(reading.value_2020, rel=1e-9), id_
                assert revised[id_].verdict == reading.verdict, id_
        values = {reading.reading: reading.value_2020 for reading in revised[id_].readings}
        assert "revised" not in values
        if "published" in values:
            assert values["published"] == row.value_2020
            assert id_ in checked, f"{id_} moves with the base and has no revised reading"
        elif row.value_2020 is not None:
            assert revised[id_].value_2020 == pytest.approx(row.value_2020, rel=1e-9)
    assert {"T01", "T03", "T06", "T07", "T10", "T11", "T12", "T13", "T14", "T28", "T29", "T36"} <= checked
    assert usual["T02"].value_2020 == pytest.approx(revised["T02"].value_2020)


def test_rows_say_on_which_base_they_stand() -> None:
    rows = {row.id: row for row in evaluate_targets(REVISED, TARGETS, {})}
    assert {row.reported_base for row in rows.values()} == {"revised"}
    assert rows["T01"].base_origin == "derived"
    assert rows["T25"].base_origin == "published"  # trade is not revised
    assert any(reading.name_zh == "原公布口径" for reading in rows["T01"].readings)
    name = Heading("规划情景", "Plan", "plan-1a2b3c", base="revised").line("zh")
    assert name.startswith("规划情景(统计口径修订)")
    assert "修订" not in Heading("规划情景", "Plan", "plan-1a2b3c").line("zh")


def test_a_scenario_asks_for_it_and_its_children_inherit_it(place: Workplace) -> None:
    own = load_scenario(place.folder / place.scenario(OWN))
    assert own.reported_base == "revised"
    assert 'reported_base = "revised"' in resolved_toml(own)
    assert any(line[:2] == ("reported_base", "revised") for line in show_lines(own, "zh"))
    child = place.scenario('name = "C"\ninformation_until = 2016\nextends = ["own.toml"]\n', "child.toml")
    assert load_scenario(place.folder / child).reported_base == "revised"
    plan = load_scenario(place.folder / "scenarios" / "plan.toml")
    assert plan.reported_base == "published"
    assert "reported_base" not in resolved_toml(plan)
    wrong = place.scenario(OWN.replace('"revised"', '"revisd"'))
    told = place.sim("run", wrong)
    assert told.code == 2
    assert "own.toml:5" in told.err
    assert '"published", "revised"' in told.err


def test_a_revised_run_keeps_its_numbers_and_says_so_in_every_table(place: Workplace) -> None:
    own = place.scenario(OWN)
    ran = place.sim("run", own, "--no-plots", lang="zh")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("自拟(统计口径修订)")
    assert place.sim("run", "scenarios/plan.toml", "--no-plots").code == 0
    outputs = place.folder / "outputs"
    mine, plan = (open_results(outputs / name) for name in ("own", "plan"))
    assert mine["gdp"].identical(plan["gdp"])
    book = openpyxl.load_workbook(outputs / "own" / "summary.xlsx")
    for sheet in (book["规划指标表"], book["分年总量"], book["开发区分年"]):
        assert "统计口径修订" in str(sheet["A2"].value), sheet.title
    totals = {str(line[0]): line for line in book["分年总量"].iter_rows(values_only=True)}
    gdp = totals["开发区生产总值(2015年价)"]
    assert gdp[2] == pytest.approx(CONSTANTS["revised_gdp"] * float(plan["gdp"].sel(time=2015).sum()))
    lines = csv.DictReader(io.StringIO((outputs / "own" / "targets.csv").read_text("utf-8-sig")))
    assert {line["reported_base"] for line in lines} == {"revised"}
    assert place.sim("targets", "outputs/own", lang="zh").out.startswith("自拟(统计口径修订)")
    compared = place.sim("compare", "outputs/plan", "outputs/own", "--no-plots", lang="zh")
    assert compared.code == 0, compared.err
    assert "reported_base" in compared.out
    assert "自拟(统计口径修订)" in compared.out


def test_an_ensemble_refuses_it(place: Workplace) -> None:
    told = place.sim("ensemble", place.scenario(OWN), "--runs", "8")
    assert told.code == 2
    assert "own.toml:5" in told.err
    assert not (place.folder / "outputs").exists()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('constant = "revised_gdp"', 'constant = "revised_gpd"', "target_choice"),
        ('outputs = ["gdp", "gdp_nominal"]', 'outputs = ["gdpp"]', "target_revised_output"),
        ('outputs = ["gdp", "gdp_nominal"]', 'outputs = "gdp"', "target_not_list"),
        ('outputs = ["services"]', 'outputs = ["services", "iva"]', "target_revised_twice"),
        ('industry = "services"', 'industry = "service"', "target_choice"),
        ('industry = "services"', 'industries = "services"', "unknown_key"),
    ],
)
def test_mistakes_in_revisions(tmp_path: Path, old: str, new: str, code: str) -> None:
    path = tmp_path / "targets.toml"
    text = (BUNDLE / "targets.toml").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_targets(path, read_outputs(BUNDLE / "outputs.toml"))
    assert code in {problem.code for problem in caught.value.problems}
