"""Any variable as a figure: what is chosen and summed, how it looks, what is run again for it, what is refused."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from openpyxl import load_workbook

from sim import dims
from sim.errors import InputError
from sim.netcdf import to_bytes
from sim.recall import Kept, courses, open_kept
from sim.report.chosen import chosen_labels
from sim.report.courses import Course, Parks, lines_of
from sim.report.plots import series, style
from sim.report.plots.captions import About
from sim.report.plots.registry import FIGURES
from sim.report.plots.variable import Subject, axis_text, code_of, draw_variable, variable_captions, variable_data
from sim.whence import again, whence
from sim.words.catalogue import Language
from tests.plausible import plausible_results
from tests.test_cli import ran, started
from tests.test_plots import LANGUAGES, assert_readable, texts
from tests.workplace import Workplace

__all__ = ["ran", "started"]

RUN = {"run_id": "plan-1a2b3c", "scenario_name": "Plan", "scenario_name_zh": "规划情景", "engine": "compiled"}


def gone(results: xr.Dataset) -> xr.Dataset:
    """The same where park 2 has left from 2019 on."""
    host = results["host"].values.copy()
    host[1, results[dims.TIME].values >= 2019] = ""
    return results.assign_coords(host=(("park", "time"), host))


RESULTS = series.one_run(gone(plausible_results(parks=30)).assign_attrs(RUN))
REFERENCE = series.one_run(gone(plausible_results(parks=30, policy=0.0)))
KEPT = Kept(Path("nowhere"), RESULTS, REFERENCE)


def course(name: str) -> Course:
    return courses(KEPT, [name])[0]


def subject(name: str, name_parks: bool = False, **words: str) -> Subject:
    asked = {dim: labels.split() for dim, labels in words.items()}
    return Subject(course(name), chosen_labels(asked, RESULTS), RESULTS, name_parks, {"gdp": "published"})


# --- what is chosen and summed


def test_amounts_are_summed_over_parks_that_belong_to_a_zone() -> None:
    (line,) = lines_of(course("capital"), {}, Parks(RESULTS))
    assert line.parts == ()
    assert line.values == pytest.approx(series.total(RESULTS, "capital"))
    (metals,) = lines_of(course("capital"), {"industry": ["metals"]}, Parks(RESULTS))
    assert metals.values == pytest.approx(series.total(RESULTS, "capital", industry="metals"))


def test_ratios_have_a_median_and_a_range() -> None:
    (line,) = lines_of(course("fiscal_cover"), {}, Parks(RESULTS))
    known = RESULTS["fiscal_cover"].values.copy()
    known[1, 4:] = np.nan
    assert line.values == pytest.approx(np.nanmedian(known, axis=0))
    assert line.low is not None
    assert line.high is not None
    assert np.all(line.low <= line.values)
    assert line.high == pytest.approx(np.nanpercentile(known, 90, axis=0))


def test_a_ratio_by_industry_counts_only_parks_that_have_the_industry() -> None:
    less = RESULTS.copy()
    without = less["value_added"].copy()
    without[10:, 1] = 0.0
    less["value_added"] = without
    (line,) = lines_of(course("capacity_use"), {"industry": ["metals"]}, Parks(less))
    assert line.values[:4] == pytest.approx(np.median(RESULTS["capacity_use"].values[:10, 1], axis=0)[:4])


def test_pollutants_are_never_added_and_leagues_group_their_parks() -> None:
    assert [line.parts for line in lines_of(course("emissions"), {}, Parks(RESULTS))] == [
        (("pollutant", name),) for name in dims.POLLUTANTS
    ]
    leagues = lines_of(course("gdp"), {"league": list(dims.LEAGUES)}, Parks(RESULTS))
    assert np.sum([line.values for line in leagues], axis=0) == pytest.approx(series.total(RESULTS, "gdp"))
    own = lines_of(course("cluster_output"), {"league": ["ordos"]}, Parks(RESULTS))
    assert own[0].values == pytest.approx(RESULTS["cluster_output"].sel(league="ordos").sum("industry"))


def test_a_park_that_has_left_has_no_value_any_more() -> None:
    (line,) = lines_of(course("gdp"), {"park": ["P002"]}, Parks(RESULTS))
    assert np.isfinite(line.values).tolist() == [year < 2019 for year in RESULTS[dims.TIME].values]


@pytest.mark.parametrize(
    ("name", "chosen", "code"),
    [
        ("gdp", {"industry": ["metals"]}, "select_dim"),
        ("public_cost", {"park": ["P001"]}, "select_dim"),
        ("gdp", {"park": ["P001"], "league": ["ordos"]}, "select_both"),
        ("gdp", {"park": [f"P{n:03d}" for n in range(1, 16)]}, "select_many"),
    ],
)
def test_selections_that_make_no_figure(name: str, chosen: dict[str, list[str]], code: str) -> None:
    with pytest.raises(InputError, match=code):
        lines_of(course(name), chosen, Parks(RESULTS))


def test_labels_are_found_by_id_name_or_word() -> None:
    asked = {"park": ["P003", "第2开发区", "park 1"], "league": ["鄂尔多斯", "鄂尔多斯市", "Baotou", "alxa"],
             "industry": ["冶金", "services"], "pollutant": ["so2", "氨氮"], "tier": ["National"]}  # fmt: skip
    assert chosen_labels(asked, RESULTS) == {
        "park": ("P003", "P002", "P001"), "league": ("ordos", "baotou", "alxa"), "industry": ("metals", "services"),
        "pollutant": ("SO2", "NH3N"), "tier": ("national",),
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        chosen_labels({"park": ["P04"], "league": ["鄂尔多"], "industry": ["metal"]}, RESULTS)
    told = caught.value.problems
    assert [problem.suggestion for problem in told] == ["P024", "鄂尔多斯市", "metals"]
    assert str(told[0].values["known"]).endswith("…")


def test_a_name_that_two_parks_share_means_none() -> None:
    twins = RESULTS.assign_coords(name_zh=(dims.PARK, ["同名", "同名", *RESULTS["name_zh"].values[2:]]))
    with pytest.raises(InputError, match="select_unknown"):
        chosen_labels({"park": ["同名"]}, twins)


# --- how it looks

CASES = {
    "total": ("gdp", {}),
    "median": ("fiscal_cover", {}),
    "parks": ("capital", {"park": "P001 P002 P003", "industry": "metals emerging"}),
    "leagues": ("revenue", {"league": " ".join(dims.LEAGUES)}),
    "industries": ("capacity_use", {}),
    "pollutants": ("emissions", {}),
    "tiers": ("land_below_standard", {}),
    "region": ("regional_contribution", {}),
    "large": ("emissions", {"pollutant": "CO2"}),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [style.WIDTH_MM, style.HALF_MM])
@pytest.mark.parametrize("case", CASES)
def test_figures_of_variables_are_readable(case: str, width: float, lang: Language) -> None:
    name, words = CASES[case]
    shown = subject(name, name_parks=True, **words)  # type: ignore[arg-type]
    figure = draw_variable(shown, lang, width)
    assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width)
    assert_readable(figure)
    told = texts(figure).replace("\n", "").replace(" ", "")
    name_there = axis_text(shown.course, lang).rstrip(")").rpartition("(")[0]
    assert name_there.replace(" ", "") in told
    assert str(shown.course.units[lang]).replace(" ", "") in told or shown.course.units[lang] == "1"


def test_names_of_parks_stand_only_where_they_may() -> None:
    assert "第1开发区" in texts(draw_variable(subject("revenue", park="P001"), "zh"))  # published
    assert "第3开发区" not in texts(draw_variable(subject("revenue", park="P003"), "zh"))
    assert "第3开发区" in texts(draw_variable(subject("revenue", name_parks=True, park="P003"), "zh"))
    about = About.of([RUN])
    assert "不宜作为事实引用" in variable_captions(subject("revenue", name_parks=True, park="P003"), about)["zh"].note


def test_data_captions_and_codes() -> None:
    shown = subject("revenue", park="P001 P003")
    (block,) = variable_data(shown, "zh")
    assert block.heads[:2] == ("系列", "2015")
    assert [row[0] for row in block.rows] == ["P001 第1开发区", "P003"]
    assert block.rows[1][1:] == pytest.approx(RESULTS["revenue"].sel(park="P003").values)
    told = variable_captions(shown, About.of([RUN | {"bundle": "b"}]))
    assert told["en"].title.endswith(": P001 Park 1, P003")
    assert "推算：分开发区2015年主营业务收入(现价)（28个）" in told["zh"].source
    assert code_of(shown) == "var-revenue-P001-P003"
    assert re.fullmatch(r"[\w.-]{1,64}", code_of(subject("cluster_output", league=" ".join(dims.LEAGUES))))
    (total, low, high, off) = variable_data(subject("fiscal_cover"), "en")[0].rows
    assert [row[0] for row in (total, low, high, off)] == [
        "this scenario", "this scenario, 10th percentile", "this scenario, 90th percentile", "all policies off",
    ]  # fmt: skip


# --- typed as a user types it


def figure_files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_variables_of_a_run(ran: Workplace, tmp_path: Path) -> None:
    to = tmp_path / "图"
    first = ran.sim("plot", "outputs/plan", "gdp", "--league", "包头", "--league", "ordos", "--output", to, lang="zh")
    assert first.code == 0, first.err
    assert figure_files(to) == {
        "var-gdp-baotou-ordos.png", "var-gdp-baotou-ordos.svg", "figures.xlsx", "captions.csv",
    }  # fmt: skip
    more = ran.sim("plot", "outputs/plan", "emissions", "GDP", "--format", "png", "--width", "73", "--output", to)
    assert more.code == 0, more.err
    assert ran.sim("plot", "outputs/plan", "--only", "8", "--format", "png", "--output", to).code == 0
    rows = list(csv.DictReader(io.StringIO((to / "captions.csv").read_text(encoding="utf-8-sig"))))
    codes = ["var-gdp-baotou-ordos", "var-emissions", "var-gdp", "8-growth-sources"]
    assert [row["code"] for row in rows] == codes
    assert load_workbook(to / "figures.xlsx").sheetnames == codes
    assert [row["width_mm"] for row in rows] == ["150.0", "73.0", "73.0", "150.0"]
    line = again(whence(to / "var-gdp-baotou-ordos.png"))[1]
    assert line == "sim plot outputs/plan gdp --league baotou --league ordos --lang zh"
    before = (to / "var-gdp-baotou-ordos.png").read_bytes()
    assert ran.sim(*line.split()[1:-2], "--output", to, lang="zh").code == 0
    assert (to / "var-gdp-baotou-ordos.png").read_bytes() == before


def test_a_variable_that_is_not_kept_is_run_again(ran: Workplace, tmp_path: Path) -> None:
    told = ran.sim("plot", "outputs/plan", "completion", "capital elasticity", "--park", "P1", "--output", tmp_path)
    assert told.code == 2  # a constant without parks
    assert not list(tmp_path.iterdir())
    told = ran.sim("plot", "outputs/plan", "completion", "--format", "png", "--output", tmp_path)
    assert told.code == 0, told.err
    assert "running the same scenario again" in told.err
    (row,) = csv.DictReader(io.StringIO((tmp_path / "captions.csv").read_text(encoding="utf-8-sig")))
    assert "建成投产" in row["title_zh"]
    assert "was run again for it" in row["note_en"]


def test_what_is_run_again_is_the_same_to_the_last_bit(ran: Workplace) -> None:
    kept = open_kept(ran.folder / "outputs" / "plan")
    less = Kept(kept.folder, kept.results.drop_vars("capital"), kept.reference)
    (anew,) = courses(less, ["Capital"])
    assert not anew.kept
    assert (anew.names["zh"], anew.units["zh"], anew.additive) == ("资本存量", "亿元", True)
    np.testing.assert_array_equal(anew.array.transpose(*kept.results["capital"].dims), kept.results["capital"])
    assert anew.reference is not None
    assert kept.reference is not None
    np.testing.assert_array_equal(anew.reference, kept.reference["capital"])


def test_drawing_again_leaves_a_result_whole(ran: Workplace, tmp_path: Path) -> None:
    other = Workplace(tmp_path / "w")
    shutil.copytree(ran.folder, other.folder)
    assert other.sim("plot", "outputs/plan", "--only", "2").code == 0
    assert other.sim("plot", "outputs/plan", "gdp").code == 0
    manifest = json.loads((other.folder / "outputs/plan/manifest.json").read_text(encoding="utf-8"))
    for name, told in manifest["files"].items():
        content = (other.folder / "outputs/plan" / name).read_bytes()
        assert told == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}, name
    assert whence(other.folder / "outputs/plan/figures/2-main-totals.png").altered is False
    assert whence(other.folder / "outputs/plan/figures/var-gdp.png").altered is None  # the user's own


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["captial"], "did you mean 'capital'?"),
        (["quite something else"], "neither the results nor the model"),
        (["gdp", "--park", "P99"], "--park: there is no 'P99'"),
        (["gdp", "--park", "第1开发"], "did you mean '第1开发区'?"),
        (["gdp", "--league", "鄂尔多"], "did you mean '鄂尔多斯市'?"),
        (["gdp", "--industry", "metals"], "nothing to choose with --industry"),
        (["--park", "P01"], "--park goes with the name of a variable"),
        (["gdp", "--only", "5"], "name either those or variables"),
        (["--width", "60"], "--width: "),
        (["--only", "5-lant"], "did you mean '5-land'?"),
        (["gdp", "--style", "nowhere.mplstyle"], "cannot be read"),
    ],
)  # fmt: skip
def test_wrong_requests_write_nothing(ran: Workplace, tmp_path: Path, arguments: list[str], told: str) -> None:
    before = ran.hashes("outputs")
    result = ran.sim("plot", "outputs/plan", *arguments)
    assert result.code == 2
    assert told in result.err
    assert "Traceback" not in result.err
    assert ran.hashes("outputs") == before


def test_results_of_an_older_version(ran: Workplace, tmp_path: Path) -> None:
    old = Workplace(tmp_path)
    shutil.copytree(ran.folder / "outputs" / "plan", tmp_path / "plan")
    file = tmp_path / "plan" / "results.nc"
    less = open_kept(tmp_path / "plan").results.drop_vars(["technology", "capital_elasticity"])
    raw = less.expand_dims({dims.RUN: [0]}).assign_attrs(sim_version="0.0.9")
    file.write_bytes(to_bytes(raw))
    before = old.hashes()
    every = old.sim("plot", "plan")
    assert (every.code, old.hashes()) == (2, before)
    assert "8-growth-sources takes outputs that these results (of version 0.0.9) do not hold: technology" in every.err
    assert old.sim("plot", "plan", "--only", "2", "--output", "elsewhere").code == 0
    file.write_bytes(to_bytes(raw.assign_attrs(format="sim-results-0")))
    assert "this version reads" in old.sim("plot", "plan", "gdp").err
    # a bundle of one's own that records less: figures that can be drawn are, the others are left out
    (tmp_path / "own").mkdir()
    for name in ("manifest.json", "targets.toml", "scenario.resolved.toml"):
        shutil.copy(tmp_path / "plan" / name, tmp_path / "own" / name)
    (tmp_path / "own" / "results.nc").write_bytes(
        to_bytes(raw.assign_attrs(sim_version=open_kept(ran.folder / "outputs" / "plan").results.attrs["sim_version"]))
    )
    assert old.sim("plot", "own", "--format", "svg").code == 0
    drawn = {name for name in old.hashes("own", "figures") if name.endswith(".svg")}
    assert drawn == {f"{spec.code}.svg" for spec in FIGURES if spec.number != 8}


def test_a_bundle_that_has_changed_gives_no_other_numbers(ran: Workplace, tmp_path: Path) -> None:
    other = Workplace(tmp_path / "w")
    shutil.copytree(ran.folder, other.folder)
    parks = other.bundle / "parks.csv"
    parks.write_text(parks.read_text("utf-8-sig").replace("第1开发区", "甲开发区"), encoding="utf-8-sig")
    # the results keep the files of the bundle as they were run
    assert other.sim("plot", "outputs/plan", "completion", "--output", "from-then").code == 0
    ours = csv.DictReader(io.StringIO((other.folder / "from-then/captions.csv").read_text(encoding="utf-8-sig")))
    assert [row["run_id"] for row in ours] == [open_kept(ran.folder / "outputs/plan").results.attrs["run_id"]]
    shutil.rmtree(other.folder / "outputs/plan/inputs")
    told = other.sim("plot", "outputs/plan", "completion")
    assert told.code == 2
    assert "no longer those of these results" in told.err
    assert other.sim("plot", "outputs/plan", "gdp", "--output", "elsewhere").code == 0
