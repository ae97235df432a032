"""Figures of an ensemble: room for every text, greyscale, the numbers beside them, and drawing them from the folder."""

from __future__ import annotations

import csv
import io
import json
from contextlib import chdir
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image

from sim import dims
from sim.analysis.ensemble import resized, run_ensemble
from sim.analysis.ensemble_figures import check, ensemble_arguments
from sim.analysis.members import MEMBERS, member_paths
from sim.errors import InputError
from sim.folder import PROGRAM
from sim.report.calibration import Calibration
from sim.report.ensemble_files import open_ensemble
from sim.report.plots import chance_context, fan, park_chances, style, value_spread
from sim.report.plots.chance_context import ChanceContext, percent_text
from sim.report.plots.ensemble_registry import FIGURES, EnsembleFigure, ensemble_caption, wanted
from sim.report.plots.write import Drawing
from sim.study import prepare
from sim.words.catalogue import Language, catalogue
from sim.words.punctuation import full_width
from tests.plausible_ensemble import plausible_ensemble
from tests.test_figure_data import drawn_series, numbers_of
from tests.test_plots import LANGUAGES, assert_readable, texts
from tests.test_print_quality import APART, fills, lightness, luminance
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

STORED = plausible_ensemble()
PLAN = Path("scenarios/plan.toml")
CODES = [spec.code for spec in FIGURES]


def spec_of(code: str) -> EnsembleFigure:
    return next(spec for spec in FIGURES if spec.code == code)


@pytest.mark.parametrize(
    ("lang", "width"),
    [*((lang, width) for lang in LANGUAGES for width in (style.WIDTH_MM, style.HALF_MM)), ("en", 100.0)],
)
def test_figures_are_readable(lang: Language, width: float) -> None:
    context = ChanceContext(STORED, lang, width)
    assert [spec.code for spec in wanted(context)] == CODES
    for spec in FIGURES:
        for code, figure in spec.pages(context).items():
            assert figure.get_size_inches()[0] * 25.4 == pytest.approx(width)
            assert figure.get_size_inches()[1] * 25.4 < 240, code
            assert_readable(figure)
            shown = texts(figure).replace("\n", "" if lang == "zh" else " ")
            assert {"zh": "历史检验未通过", "en": "history test failed"}[lang] in shown, code


CASES = {
    "one park, no members": (plausible_ensemble(40, 1, 0), ()),
    "a user's own table": (plausible_ensemble(40, 5, 2, own_table="1"), ("1", "4")),
    "no group": (replace(STORED, joint=replace(STORED.joint, counted=(), probability=None, error=None)), ("2", "5")),
    "many parks": (plausible_ensemble(20, 240, failed=0), ("3", "4")),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_stay_readable_when_there_is_little_or_much(case: str) -> None:
    stored, only = CASES[case]
    context = ChanceContext(stored, "en")
    for spec in wanted(context, only):
        for figure in spec.pages(context).values():
            assert_readable(figure)
            assert figure.get_size_inches()[1] * 25.4 < 240


def test_few_runs_have_no_distribution() -> None:
    few = plausible_ensemble(chance_context.FEW - 1, 5, failed=0)
    assert [spec.code for spec in wanted(ChanceContext(few, "zh"))] == [CODES[place] for place in (0, 1, 3)]
    with pytest.raises(InputError) as caught:
        check(few, Drawing(only=("ensemble-spread", "9"), name_parks=True))
    assert [problem.code for problem in caught.value.problems] == ["figure_unknown", "ensemble_plot_names"]
    with pytest.raises(InputError) as caught:
        check(few, Drawing(only=("3",)))
    assert [problem.code for problem in caught.value.problems] == ["ensemble_plot_none"]
    with pytest.raises(InputError) as caught:
        check(plausible_ensemble(1, 5, failed=0), Drawing())
    assert [problem.code for problem in caught.value.problems] == ["ensemble_plot_few"]


@pytest.mark.parametrize("code", ["ensemble-fan", "ensemble-convergence"])
def test_what_is_drawn_is_in_the_sheet(code: str) -> None:
    context = ChanceContext(STORED, "zh")
    told = numbers_of(spec_of(code).data(context))
    lines = [values for figure in spec_of(code).pages(context).values() for values in drawn_series(figure)]
    assert len(lines) >= 5
    for values in lines:
        assert [v for v in values if v and not np.isclose(v, told, rtol=1e-9, atol=1e-9).any()] == []


def test_every_target_has_its_row_and_every_park_its_cell() -> None:
    context = ChanceContext(STORED, "en")
    shown = "\n".join(texts(figure) for figure in spec_of("ensemble-targets").pages(context).values()).split("\n")
    told = spec_of("ensemble-targets").data(context)
    for row, chance in zip(STORED.rows, STORED.chances, strict=True):
        assert (row.id in shown) == (row.basis != "outside")
        if chance.probability is not None and chance.error is not None:
            assert percent_text(100 * chance.probability, 100 * chance.error, "en") in shown
    assert [line[0] for line in told[0].rows] == [row.id for row in STORED.rows if row.basis != "outside"]
    assert told[1].rows[0][1] == pytest.approx(100 * (STORED.joint.probability or 0))
    parks = "\n".join(texts(figure) for figure in spec_of("ensemble-parks").pages(context).values()).split("\n")
    for one in STORED.parks:
        assert one.park in parks
        if one.probability is not None and one.basis != "imposed":
            assert park_chances.cell_text(100 * one.probability) in parks
    (block,) = spec_of("ensemble-parks").data(context)
    assert len(block.rows) == sum(one.judged > 0 for one in STORED.parks)


def test_parks_are_anonymous_whoever_looks() -> None:
    for lang in LANGUAGES:
        for figure in spec_of("ensemble-parks").pages(ChanceContext(STORED, lang)).values():
            assert "开发区" not in texts(figure).replace("推算数据", "")


def test_greyscale_keeps_what_colours_say() -> None:
    compared = 0
    for spec in FIGURES:
        for figure in spec.pages(ChanceContext(STORED, "zh")).values():
            for (one, hatch), (other, another) in combinations(fills(figure), 2):
                compared += hatch == another
                assert hatch != another or abs(_of(one) - _of(other)) >= APART, spec.code
    assert compared >= 2
    assert lightness("white") - lightness(fan.OUTER["facecolor"]) >= 8.0
    assert abs(lightness(value_spread.MET["facecolor"]) - lightness(value_spread.MISSED["facecolor"])) > 2 * APART
    for percent in (0, 10, 25, 45, 50, 50.1, 60, 75, 100):  # numbers stay legible on their shade (contrast as WCAG 2)
        ink = 1.0 if percent > 50 else 0.0
        light, dark = sorted((luminance(park_chances.shade(percent)), ink), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3.0, percent


def _of(rgba: str) -> float:
    return lightness(tuple(float(part) for part in rgba.strip("()").split(","))[:3])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_captions_say_runs_ranges_and_the_failed_test(lang: Language) -> None:
    context = ChanceContext(STORED, lang)
    for spec in FIGURES:
        assert {f"figure.title.{spec.key}", f"figure.note.{spec.key}"} <= set(catalogue(lang))
        told = ensemble_caption(spec, context)
        wants = {"zh": ("300次", "种子7", "20个", "设定", "历史检验未通过，仅供参考"),
                 "en": ("300 runs", "seed 7", "20 park tables", "assumed", "history test failed")}[lang]  # fmt: skip
        assert all(one in told.note for one in wants), told.note
        assert "2015" in told.source or spec.code == "ensemble-parks"
    fan_note = ensemble_caption(FIGURES[0], context).note
    assert {"zh": "2015年以后不列实际值", "en": "No points after 2015"}[lang] in fan_note
    untested = ChanceContext(plausible_ensemble(40, 5, history_test="untested"), lang)
    note = ensemble_caption(FIGURES[1], untested).note
    assert {"zh": "未经历史检验", "en": "not tested against history"}[lang] in note


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figure_and_caption_say_what_the_draws_rest_on(lang: Language) -> None:
    for draws in (None, "outputs/plan-calibration/posterior.csv"):
        context = ChanceContext(plausible_ensemble(40, 5, draws=draws), lang, style.HALF_MM)
        words = full_width(Calibration(draws or "", "failed").words(lang))
        assert words in context.stamp
        for spec in FIGURES:
            assert words in ensemble_caption(spec, context).note
        for figure in spec_of("ensemble-spread").pages(context).values():
            assert_readable(figure)


@given(st.floats(0, 100), st.floats(0, 50))
def test_a_shown_probability_is_certain_only_where_it_is(percent: float, error: float) -> None:
    shown = percent_text(percent, error, "zh").partition("(")[0]
    assert (shown in ("0.0", "100.0")) == (percent in (0.0, 100.0))
    assert (park_chances.cell_text(percent) in ("0", "100")) == (percent in (0.0, 100.0))


@given(st.lists(st.floats(0, 150), min_size=16, max_size=60))
def test_a_ridge_stays_within_its_values(values: list[float]) -> None:
    ridge = value_spread.Ridge(ChanceContext(STORED, "zh").likely[0], np.array(values), 0.0, 1)
    heights = ridge.heights(150.0)
    assert heights.max() == 1.0
    where = np.flatnonzero(heights) * value_spread.CELL
    assert min(values) - value_spread.CELL <= where.min()
    assert where.max() <= max(values)


# --- the folder of a real ensemble


def test_members_are_the_first_runs_to_the_last_bit(started: Workplace) -> None:
    with chdir(started.folder):
        ready = resized(prepare(started.folder / PLAN, "compiled"), 24)
    result = run_ensemble(ready)
    paths = member_paths(result, threads=1)
    assert paths.identical(member_paths(result, threads=2))
    assert paths[dims.RUN].values.tolist() == list(range(1, MEMBERS + 1))
    first = run_ensemble(resized(ready, MEMBERS)).bands
    for name in ("gdp", "fixed_investment"):
        assert np.array_equal(paths[name].min(dims.RUN), first[name].sel(statistic="least"))
        assert np.array_equal(paths[name].max(dims.RUN), first[name].sel(statistic="most"))
    assert set(paths) == {name for name in first if first[name].dims == ("statistic", dims.TIME)}


def test_a_folder_has_figures_and_gives_them_again(place: Workplace) -> None:
    told = place.sim("ensemble", PLAN, "--runs", 20, lang="zh")
    assert told.code == 0, told.err
    folder = place.folder / "outputs/plan-ensemble"
    figures = folder / "figures"
    lines = list(csv.DictReader(io.StringIO((figures / "captions.csv").read_text("utf-8-sig"))))
    assert list(dict.fromkeys(line["sheet"] for line in lines)) == CODES
    assert load_workbook(figures / "figures.xlsx").sheetnames == CODES
    for line in lines:
        assert all((figures / name).is_file() for name in line["files"].split("; "))
    with Image.open(figures / "ensemble-fan.png") as image:
        assert image.info["Run"] == lines[0]["run_id"]
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    before = place.hashes("outputs/plan-ensemble")
    again = place.sim("plot", folder, "--only", "1", "--only", "ensemble-parks", lang="zh")
    assert again.code == 0, again.err
    assert place.hashes("outputs/plan-ensemble") == before
    said = place.sim("whence", figures / "ensemble-fan.png").out.splitlines()
    assert said[-2].split()[:3] == ["sim", "ensemble", "scenarios/plan.toml"]
    assert said[-2].split()[3:5] == ["--runs", "20"]
    assert said[-1].split()[:2] == ["sim", "plot"]
    assert said[-1].split()[-4:] == ["--only", "ensemble-fan", "--lang", "zh"]
    _report(place)
    _mistakes(place, folder)


def _report(place: Workplace) -> None:
    """A report on an ensemble has its probabilities, figures and limits, and nothing beside it."""
    told = place.sim("report", "plan-ensemble", "--format", "html", "--output", "report.html")
    assert told.code == 0, told.err
    page = (place.folder / "report.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") >= len(CODES)
    for said in ("how likely the targets are", "Joint probability", "not tested against history", "T01",
                 "sim ensemble scenarios/plan.toml --runs 20"):  # fmt: skip
        assert said in page, said
    refused = place.sim("report", "plan-ensemble", "--against", "plan")
    assert (refused.code, "--against" in refused.err) == (2, True)


def _mistakes(place: Workplace, folder: Path) -> None:
    """What cannot be drawn is told with exit code 2, and nothing is written."""
    before = place.hashes()
    for arguments, said in (
        (("gdp",), "not single variables"),
        (("--only", "ensemble-fun"), "ensemble-fan"),
        (("--name-parks",), "name no parks"),
    ):
        told = place.sim("plot", folder, *arguments)
        assert (told.code, said in told.err) == (2, True), told.err
    assert place.hashes() == before
    (folder / "bands.nc").write_bytes(b"\x89HDF")
    (folder / "parks.csv").unlink()
    told = place.sim("plot", folder)
    assert told.code == 2
    assert "bands.nc" in told.err
    assert "parks.csv" in told.err


def test_command_lines_repeat_what_the_scenario_says(tmp_path: Path) -> None:
    words = ensemble_arguments(replace(STORED, drawing={"runs": 64, "seed": 3, "tables": 8, "joint": ["T01", "T06"]}))
    assert list(words) == ["--runs", "64", "--seed", "3", "--tables", "8", "--joint", "T01,T06"]
    for program, code in (("x", "ensemble_none"), (PROGRAM, "ensemble_file_gone")):
        (tmp_path / "manifest.json").write_text(json.dumps({"program": program, "ensemble": {}}), encoding="utf-8")
        with pytest.raises(InputError) as caught:
            open_ensemble(tmp_path)
        assert {problem.code for problem in caught.value.problems} == {code}
