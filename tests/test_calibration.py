"""Calibration and backtest from scenario to folder: the same bytes again, files, words, figures, mistakes."""

from __future__ import annotations

import csv
import io
import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from sim.analysis.calibrated import calibration_of
from sim.bundle import load_bundle
from sim.calibration import backtest as held
from sim.calibration import calibrate as road
from sim.calibration.calibrate import Asked, Calibrated, asked_of
from sim.calibration.posterior import posterior_csv
from sim.calibration.read import read_calibration
from sim.calibration.screens import backtest_screen, calibration_screen, learnt_words
from sim.calibration.spec import FILE
from sim.errors import InputError
from sim.posterior import read_posterior
from sim.report.plots.fits import fits_figure, judged_figure
from sim.report.plots.layout import review_texts
from sim.report.width import cells
from sim.scenario.types import DrawsFile
from sim.study import Prepared, prepare
from tests.workplace import Workplace, started

__all__ = ["started"]

PLAN, HINDSIGHT = Path("scenarios/plan.toml"), Path("scenarios/hindsight.toml")
FEW, CHAIN = Asked("weights", 256, rows=64), Asked("mcmc", 1280, rows=64)


def assert_readable(figure: Figure) -> None:
    review = review_texts(figure)
    assert (review.overlapping, review.outside) == ([], [])
    assert review.smallest_pt >= 7.5


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


@pytest.fixture(scope="module")
def region(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The working folder, whose five parks are said to be the whole region."""
    region = started.copy(tmp_path_factory.mktemp("calibration") / "测算")
    frame = load_bundle(region.bundle).parks.frame
    path = region.bundle / "columns.toml"
    text = path.read_text(encoding="utf-8")
    totals = {name: float(frame[name].sum()) for name in ("output", "gdp")}
    said = (("parks = 116", f"parks = {len(frame)}"), ("output = 18484.0", f"output = {totals['output']}"),
            ("gdp = 9209.0", f"gdp = {totals['gdp']}"))  # fmt: skip
    for old, new in said:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    assert load_bundle(region.bundle).parks.shipped
    return region


@pytest.fixture
def place(region: Workplace, tmp_path: Path) -> Workplace:
    """A fresh copy of that."""
    return region.copy(tmp_path / "测算")


@pytest.fixture(scope="module")
def ready(region: Workplace) -> Prepared:
    with chdir(region.folder):
        return prepare(region.folder / PLAN, "compiled")


def found(ready: Prepared, asked: Asked, threads: int = 2) -> Calibrated:
    return road.calibrate(*asked_of(ready, asked), asked, threads)


@pytest.fixture(scope="module")
def weighed(ready: Prepared) -> Calibrated:
    return found(ready, FEW)


@pytest.fixture(scope="module")
def walked(ready: Prepared) -> Calibrated:
    return found(ready, CHAIN)


@pytest.mark.parametrize("asked", [FEW, CHAIN])
def test_threads_change_no_bit(ready: Prepared, weighed: Calibrated, walked: Calibrated, asked: Asked) -> None:
    one, two = found(ready, asked, 1), weighed if asked is FEW else walked
    assert posterior_csv(one.plan, one.draws) == posterior_csv(two.plan, two.draws)
    assert one.fits == two.fits
    assert learnt_words(one, "en") == learnt_words(two, "en")


def test_another_seed_gives_other_draws(ready: Prepared, weighed: Calibrated) -> None:
    other = found(ready, replace(FEW, seed=5))
    assert posterior_csv(weighed.plan, weighed.draws) != posterior_csv(other.plan, other.draws)


def test_both_ways_move_what_is_felt_and_nothing_else(weighed: Calibrated, walked: Calibrated) -> None:
    names = {one.name_en for one in weighed.felt}
    assert "emission trend" in names
    assert names == {one.name_en for one in walked.felt}
    by_column = {one.column: one for one in walked.marginals}
    for one in weighed.marginals:
        other = by_column[one.column]
        if one.name_en == "emission trend":  # few draws and a short chain; exact posteriors are tested elsewhere
            assert min(one.shift, other.shift) > 0.2
        elif one.name_en not in names:  # what nothing feels is as it was
            assert other.shift == other.narrowing == 0.0
    assert 1 < weighed.effective < weighed.runs
    assert weighed.bits is not None
    assert weighed.bits > 0


def test_the_figures_are_nearer_after_than_before(weighed: Calibrated) -> None:
    def misfit(which: str) -> float:
        return sum(((getattr(one, which).mean - one.published) / np.hypot(one.error, one.discrepancy)) ** 2
                   for one in weighed.fits)  # fmt: skip

    assert misfit("posterior") < misfit("prior")


def test_training_knows_no_policy_and_nothing_later(weighed: Calibrated) -> None:
    trained = road.training(weighed.prepared.scenario, weighed.knowledge)
    assert not trained.policies
    assert trained.clock.end == 2016
    assert {name: one.value for name, one in trained.drivers.items()} == {"demand_growth": "trend-to-2015"}
    assert trained.parameters == weighed.prepared.scenario.parameters
    for one in weighed.knowledge.data:
        assert max(one.figure.year, one.figure.known) <= weighed.knowledge.spec.known_by == 2015
        assert one.point.verified
        assert not one.figure.vintage.startswith("revised")


def test_the_posterior_reads_back_to_the_same_numbers(weighed: Calibrated, tmp_path: Path) -> None:
    path = tmp_path / "posterior.csv"
    path.write_bytes(posterior_csv(weighed.plan, weighed.draws))
    lines = read(path)
    assert [line["draw"] for line in lines] == [str(number) for number in range(1, FEW.rows + 1)]
    assert "emission trend[SO2]" in lines[0]
    assert "reference emission intensity[metals, SO2]" in lines[0]
    back = read_posterior(path, weighed.prepared.bundle)
    assert set(back.values) == {one.name for one in weighed.plan.drawn} <= set(weighed.prepared.bundle.parameters)
    for name, array in back.values.items():
        assert np.array_equal(array, weighed.draws[name].to_numpy())


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_screens_are_plain_and_narrow(weighed: Calibrated, walked: Calibrated, lang: str) -> None:
    for one in (weighed, walked):
        told = calibration_screen(one, lang, 60.0)  # type: ignore[arg-type]
        assert all(cells(line) <= 100 for line in told.splitlines())
        told.encode("gbk")
        figure = fits_figure(one.fits, one.marginals, 2015, lang)  # type: ignore[arg-type]
        assert_readable(figure)
    assert walked.chain is not None
    assert not walked.chain.converged
    assert ("NOT CONVERGED" if lang == "en" else "未收敛") in calibration_screen(walked, lang, 60.0).replace("\n", "")  # type: ignore[arg-type]


def test_the_folders_of_both_commands(place: Workplace) -> None:
    told = place.sim("calibrate", PLAN, "--runs", 256, lang="zh")
    assert told.code == 0, told.err
    assert "有效样本量" in told.out
    folder = place.folder / "outputs" / "plan-calibration"
    assert {path.name for path in folder.iterdir()} == {
        "posterior.csv", "marginals.csv", "figures.csv", "weights.csv", "figures", "inputs", "manifest.json",
        "scenario.resolved.toml",
    }  # fmt: skip
    assert {path.name for path in (folder / "figures").iterdir()} == {"prior-posterior.png", "prior-posterior.svg"}
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["calibrate"]
    assert fields["effective_sample_size"] == pytest.approx(
        1 / sum(float(line["weight"]) ** 2 for line in read(folder / "weights.csv"))
    )
    assert all(line["source"] and line["source_zh"] for line in read(folder / "figures.csv"))
    again = place.sim("whence", folder / "figures" / "prior-posterior.png")
    assert "sim calibrate scenarios/plan.toml --method weights --runs 256" in again.out
    assert "sim calibrate" in place.sim("verify", folder).err

    told = place.sim("backtest", "--draws", folder / "posterior.csv", "--runs", 64)
    assert told.code == 0, told.err
    assert all(cells(line) <= 100 for line in told.out.splitlines())
    assert "FAILED" in told.out or "PASSED" in told.out
    folder = place.folder / "outputs" / "hindsight-backtest"
    lines = read(folder / "backtest.csv")
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["backtest"]
    for which, count in (("prior", fields["prior"]), ("posterior", fields["posterior_coverage"])):
        inside = [float(one[f"{which}_p05"]) <= float(one["published"]) <= float(one[f"{which}_p95"]) for one in lines]
        assert sum(inside) == count["inside_90"] == sum(one[f"{which}_inside90"] == "1" for one in lines)
        assert count["figures"] == len(lines) == 20
    passed = fields["posterior_coverage"]["inside_90"] >= 0.9 * len(lines)
    assert fields["outcome"] == ("passed" if passed else "failed")
    series = read(folder / "backtest-series.csv")
    assert [one["figures"] for one in series if one["model_bias"]] == ["5"]
    assert sum(int(one["figures"]) for one in series) == len(lines)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_backtest_on_the_screen_and_in_a_figure(region: Workplace, lang: str) -> None:
    asked = held.Asked(64)
    with chdir(region.folder):
        ready = held.asked_of(prepare(HINDSIGHT, "compiled"), asked)
    one, two = (held.backtest(*ready, asked, threads) for threads in (1, 2))
    assert one.judged == two.judged
    assert one.series == two.series
    told = backtest_screen(one, lang)  # type: ignore[arg-type]
    assert all(cells(line) <= 100 for line in told.splitlines())
    told.encode("gbk")
    assert_readable(judged_figure(one.judged, lang))  # type: ignore[arg-type]
    assert one.posterior is None
    assert one.decisive is one.prior


@pytest.mark.parametrize(
    ("draws", "stated", "code", "zh"),
    [
        (None, "failed", "uncalibrated; history test failed", "概率: 未校准;历史检验未通过,仅供参考。"),
        (None, "untested", "uncalibrated; not tested against history", "概率: 未校准;未经历史检验。"),
        ("a/posterior.csv", "failed", "calibrated; history test failed",
         "概率: 已校准(抽自a/posterior.csv);历史检验未通过,仅供参考。"),
        ("posterior.csv", "passed", "calibrated; history test passed",
         "概率: 已校准(抽自posterior.csv);已通过历史检验。"),
    ],
)  # fmt: skip
def test_every_probability_says_what_it_rests_on(
    ready: Prepared, draws: str | None, stated: str, code: str, zh: str
) -> None:
    table = None if draws is None else DrawsFile(Path(draws), draws, "0" * 64)
    scenario = replace(ready.scenario, uncertainty=replace(ready.scenario.uncertainty, draws=table))
    one = replace(ready, scenario=scenario, bundle=replace(ready.bundle, stated=stated))  # type: ignore[arg-type]
    found = calibration_of(one)
    assert found.code == code
    lines = found.lines("zh")
    assert lines[0] == zh
    assert len(lines) == (2 if stated == "failed" else 1)
    if stated == "failed":
        assert "不足90%" in lines[1]
        assert "fewer than 90 %" in found.lines("en")[1]
    if draws:
        for refused in (lambda: asked_of(one, FEW), lambda: held.asked_of(one, held.Asked())):
            with pytest.raises(InputError, match="_has_draws"):
                refused()


def problems(place: Workplace, *changes: tuple[str, str]) -> list[tuple[str, int | None]]:
    path = place.bundle / FILE
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_calibration(load_bundle(place.bundle))
    lines = text.splitlines()
    for problem in caught.value.problems:
        assert problem.place is not None
        line = problem.place.line
        assert line is None or 0 < line <= len(lines)
    return sorted((one.code, one.place.line if one.place else None) for one in caught.value.problems)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ([("known_by = 2015", "knwn_by = 2015")], ["missing_key", "unknown_key"]),
        ([('over = ["emissions"]', 'over = ["emision"]')], ["confidence_unknown"]),
        ([('demand_growth = "trend-to-2015"', 'demand_growth = "trend-to-2051"')], ["confidence_unknown"]),
        ([("known = 2015", "known = 2016"), ("discrepancy = 0.03", "discrepancy = 0.0")],
         ["calibration_discrepancy", "calibration_year"]),
        ([("year = 2014", "year = 2015")], ["calibration_unverified"]),
        ([("year = 2014", "year = 2013")], ["calibration_no_row"]),
        ([('quantity = "SO2 emissions"', 'quantity = "SO2 emission"')], ["calibration_no_row"]),
        ([('element = "SO2"', 'element = "SOX"')], ["calibration_element"]),
        ([("against = 2016", "against = 2015"), ("until = 2016", "until = 2025")],
         ["calibration_year", "calibration_year"]),
        ([("medium-high = 0.002\n", ""), ("UNVERIFIED = 0.01", "UNVERIFIED = -0.01")],
         ["calibration_deviation", "calibration_reliability"]),
        ([("discrepancy = 0.03", 'discrepancy = "3 %"')], ["number_as_text"]),
    ],
)  # fmt: skip
def test_mistakes_of_the_file_come_at_once_with_their_lines(
    place: Workplace, changes: list[tuple[str, str]], codes: list[str]
) -> None:
    assert [code for code, _ in problems(place, *changes)] == codes


def test_check_reads_the_file_too(place: Workplace) -> None:
    assert place.sim("check", PLAN).code == 0
    path = place.bundle / FILE
    path.write_text(path.read_text("utf-8").replace("known_by = 2015", "known_by = 2014"), encoding="utf-8")
    told = place.sim("check", PLAN)
    assert told.code == 2
    assert "known is 2015; expected 2014 to 2014" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["calibrate", PLAN, "--runs", "10"], "the number of runs is 10; expected 256 to 1000000"),
        (["calibrate", PLAN, "--seed", "-1", "--runs", "0"], "the seed is -1"),
        (["calibrate", PLAN, "--method", "gibbs"], "--method"),
        (["calibrate", "scenarios/pln.toml"], "pln.toml"),
        (["backtest", "scenarios/hindsigt.toml"], "hindsigt.toml"),
        (["backtest", "--runs", "1"], "the number of runs is 1; expected 64 to 100000"),
        (["backtest", "--draws", "nothing.csv"], "nothing.csv: the table of draws cannot be read"),
        (["backtest", "--draws", "scenarios"], "the table of draws cannot be read"),
        (["backtest", "--draws", "models/inner-mongolia/history.csv"], "expected 'draw', the number of the row"),
        (["backtest", "--runs", "1", "--draws", "nothing.csv"], "the table of draws cannot be read"),
        (["backtest", "--output", "scenarios/plan.toml"], "plan.toml"),
    ],
)
def test_mistakes_end_with_code_2(place: Workplace, arguments: list[str], said: str) -> None:
    before = place.hashes()
    told = place.sim(*arguments)
    assert told.code == 2
    assert said in told.err
    assert place.hashes() == before


def test_a_bundle_without_the_files_or_with_an_own_table_is_told(place: Workplace, started: Workplace) -> None:
    told = started.sim("calibrate", PLAN)
    assert told.code == 2
    assert "is not that of the whole region" in told.err
    for name in ("history.csv", FILE):
        (place.bundle / name).unlink()
        for command in (("calibrate", PLAN), ("backtest",)):
            told = place.sim(*command)
            assert told.code == 2
            assert f"the bundle has no {name}" in told.err
    (place.folder / HINDSIGHT).unlink()
    assert "no scenarios/hindsight.toml here" in place.sim("backtest").err


def test_a_clock_that_ends_too_early_is_told(place: Workplace) -> None:
    text = (place.bundle / "confidence.toml").read_text("utf-8").replace("last = 2020\nleast", "last = 2022\nleast")
    (place.bundle / "confidence.toml").write_text(text, encoding="utf-8")
    told = place.sim("backtest")
    assert told.code == 2
    assert "baseline.toml:" in told.err
    assert "the clock ends in 2021; the published figures go to 2022" in told.err


def test_without_emcee_the_way_to_get_it_is_told(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    real = road.find_spec
    monkeypatch.setattr(road, "find_spec", lambda name: None if name == "emcee" else real(name))
    told = place.sim("calibrate", PLAN, "--method", "mcmc")
    assert told.code == 2
    assert "pip install emcee" in told.err
