"""Ensembles side by side from folders to folder: what is compared, told, drawn and refused."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from sim.analysis.compare_ensembles import ComparedEnsembles, compare_ensembles
from sim.netcdf import from_bytes, to_bytes
from sim.report.ensemble_files import open_ensemble
from sim.report.plots.differences import difference_figures
from sim.report.plots.layout import review_texts
from sim.report.plots.ridges import ridge_figures
from sim.report.plots.sides_board import board_figures
from sim.report.sides_rows import COLUMNS, JOINT
from sim.report.sides_table import sides_table
from sim.report.width import cells
from sim.targets.by_run import CODE, FAILED
from sim.words.catalogue import Language
from sim.words.punctuation import full_width
from tests.workplace import Workplace, started

__all__ = ["started"]

RUNS = {"baseline": 40, "plan": 24, "innovation": 24}
FOLDERS = [f"outputs/{name}-ensemble" for name in RUNS]
FIGURES = {"compare-chances", "compare-differences", "compare-ridges"}


@pytest.fixture(scope="module")
def made(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A working folder with three ensembles, the first with more runs."""
    place = started.copy(tmp_path_factory.mktemp("ensembles") / "测算")
    (place.folder / "scenarios/innovation.toml").write_text(
        (place.folder / "scenarios/innovation.toml").read_text("utf-8").replace("step = 0.03125", "step = 1.0"), "utf-8"
    )
    for name, runs in RUNS.items():
        told = place.sim("ensemble", f"scenarios/{name}.toml", "--runs", runs)
        assert told.code == 0, told.err
    return place


@pytest.fixture
def copy(made: Workplace, tmp_path: Path) -> Workplace:
    """The folders of the ensembles alone, to be spoilt."""
    shutil.copytree(made.folder / "outputs", tmp_path / "outputs")
    shutil.copytree(made.folder / "models", tmp_path / "models")
    shutil.copytree(made.folder / "scenarios", tmp_path / "scenarios")
    return Workplace(tmp_path)


@pytest.fixture(scope="module")
def compared(made: Workplace) -> Iterator[dict[Language, ComparedEnsembles]]:
    with chdir(made.folder):
        yield {lang: compare_ensembles([Path(one) for one in FOLDERS], lang) for lang in ("zh", "en")}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_and_files(made: Workplace, lang: Language) -> None:
    told = made.sim("compare", FOLDERS[0], "plan-ensemble", "--output", f"outputs/{lang}", lang=lang)
    assert told.code == 0, told.err
    assert all(cells(line) <= 100 for line in told.out.splitlines())
    told.out.encode("gbk")
    assert ("24 runs compared one by one (numbers 1-24)" if lang == "en" else "逐次比较24次模拟(编号1-24)") in told.out
    assert "policy.land_threshold.national" in told.out
    folder = made.folder / "outputs" / lang
    lines = list(csv.DictReader(io.StringIO((folder / "comparison.csv").read_text("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    stored = [open_ensemble(made.folder / one) for one in FOLDERS[:2]]
    for place, row in enumerate(stored[0].rows):
        mine = [line for line in lines if line["id"] == row.id]
        assert [line["scenario"] for line in mine] == ["baseline", "plan"]
        moved = stored[1].judged.values[place] - stored[0].judged.values[place, :24]
        if np.isfinite(moved).all() and row.form != "count":
            assert float(mine[1]["value_difference_p50"]) == pytest.approx(np.median(moved))
        met = [one.judged.met[place, :24] for one in stored]
        if mine[1]["difference"]:
            assert float(mine[1]["difference"]) == pytest.approx(met[1].mean() - met[0].mean())
            assert float(mine[1]["gained_share"]) == (met[1] & ~met[0]).mean()
            assert mine[1]["reference_probability"] == mine[0]["probability"]
    assert [line["id"] for line in lines].count(JOINT) == 2
    one = calibration_of_folder(made.folder / FOLDERS[1])
    assert {(line["calibration"], line["calibration_zh"]) for line in lines} == {(one["code"], one["words_zh"])}
    assert one[f"words_{lang}"] in told.out
    book = load_workbook(folder / "comparison.xlsx")
    assert len(book.sheetnames) == 2
    names = {path.stem for path in (folder / "figures").glob("*.png")}
    assert names >= FIGURES
    captions = list(csv.DictReader(io.StringIO((folder / "figures/captions.csv").read_text("utf-8-sig"))))
    assert {line["code"] for line in captions} == names
    assert all(line["note_zh"] and line["source_en"] for line in captions)
    for language in ("zh", "en"):
        assert all(full_width(one[f"words_{language}"]) in line[f"note_{language}"] for line in captions)
    assert set(load_workbook(folder / "figures/figures.xlsx").sheetnames) == FIGURES
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert fields["kind"] == "comparison"
    assert fields["compared_ensembles"]["runs"] == 24


def calibration_of_folder(folder: Path) -> dict[str, str]:
    found = json.loads((folder / "manifest.json").read_text("utf-8"))["ensemble"]["calibration"]
    stored = open_ensemble(folder).calibration
    assert {key: value or "" for key, value in stored.fields().items()} == {k: v or "" for k, v in found.items()}
    return dict(found)


def test_other_tables_of_draws_are_refused(copy: Workplace) -> None:
    """Run k of an ensemble with a posterior is not run k of one without."""
    (copy.folder / FOLDERS[1] / "inputs/draws.csv").write_text("draw,x\n1,2\n", "utf-8")
    told = copy.sim("compare", *FOLDERS[:2])
    assert (told.code, "another table of draws (" in told.err) == (2, True), told.err


def test_again_gives_the_same_bytes_and_a_figure_says_where_it_comes_from(made: Workplace) -> None:
    first = made.sim("compare", *FOLDERS)
    folder = made.folder / "outputs/compare-baseline-plan-innovation-ensemble"
    before = made.hashes("outputs", folder.name)
    again = made.sim("compare", *FOLDERS)
    assert (again.code, again.out) == (0, first.out)
    after = made.hashes("outputs", folder.name)
    assert {name for name in before if before[name] != after[name]} <= {"manifest.json"}
    told = made.sim("whence", folder / "figures/compare-ridges.png")
    assert told.code == 0
    assert "sim ensemble scenarios/baseline.toml --runs 40 --seed 20200101" in told.out
    assert f"sim compare {' '.join(FOLDERS)} --lang en" in told.out
    assert "another run" not in told.out
    assert made.sim("verify", folder).code == 2
    plain = made.sim("compare", *FOLDERS, "--no-plots", "--output", "outputs/plain")
    assert plain.code == 0
    assert not (made.folder / "outputs/plain/figures").exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_text_of_a_figure_overlaps_or_is_cut(compared: dict[Language, ComparedEnsembles], lang: Language) -> None:
    for draw in (board_figures, difference_figures, ridge_figures):
        for figure in draw(compared[lang].sides, lang).values():
            found = review_texts(figure)
            assert found.overlapping == []
            assert found.outside == []
            assert found.smallest_pt >= 7.5


def test_an_ensemble_against_itself_moves_nothing(copy: Workplace) -> None:
    shutil.copytree(copy.folder / FOLDERS[1], copy.folder / "outputs/again")
    with chdir(copy.folder):
        sides = compare_ensembles([Path(FOLDERS[1]), Path("outputs/again")], "en").sides
    same = list(sides.of.values())[1]
    assert sides.names == ["Plan in full (outputs/plan-ensemble)", "Plan in full (outputs/again)"]
    assert all(pair.difference in (0.0, None) for pair in same.pairs)
    assert all(pair.p50 in (0.0, None) for pair in same.pairs)
    assert same.chances == sides.first.chances
    assert "less likely 0" in sides_table(sides, "en")


def test_failed_runs_are_left_out_of_both_and_counted(copy: Workplace) -> None:
    path = copy.folder / FOLDERS[1] / "runs.nc"
    stored = from_bytes(path.read_bytes())
    stored["verdict"].values[:, [3, 5]], stored["value"].values[:, [3, 5]] = FAILED, np.nan
    path.write_bytes(to_bytes(stored))
    told = copy.sim("compare", *FOLDERS[:2], "--no-plots")
    assert told.code == 0, told.err
    assert "22 runs compared one by one" in told.out
    assert ", 2 of those compared failed: left out of all" in told.out
    stored["verdict"].values[:] = FAILED
    path.write_bytes(to_bytes(stored))
    told = copy.sim("compare", *FOLDERS[:2])
    assert (told.code, "each of the 24 runs to be compared failed" in told.err) == (2, True)


def test_other_park_tables_are_no_common_random_numbers(copy: Workplace) -> None:
    for folder, tables in zip(FOLDERS, (np.arange(40), np.arange(24) % 20), strict=False):
        path = copy.folder / folder / "runs.nc"
        stored = from_bytes(path.read_bytes())
        path.write_bytes(to_bytes(stored.assign(park_table=("run", tables + 1))))
    told = copy.sim("compare", *FOLDERS[:2])
    assert told.code == 2
    assert "run 21 took another park table" in told.err


def manifest(place: Workplace, **changed: object) -> None:
    path = place.folder / FOLDERS[1] / "manifest.json"
    fields = json.loads(path.read_text("utf-8"))
    fields["ensemble"] |= changed
    path.write_text(json.dumps(fields), "utf-8")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seed": 7}, ["another seed (7; outputs/baseline-ensemble: 20200101)"]),
        ({"design": "random", "dimensions": 3}, ["another design (random;", "another number of drawn quantities (3;"]),
        ({"park_tables": 64}, ["another number of park tables (64; outputs/baseline-ensemble: -)"]),
        (
            {"design": "latin-hypercube"},
            ["another design (latin-hypercube;", "a Latin hypercube of another size (24 runs"],
        ),
    ],
)
def test_other_draws_are_refused_with_every_difference(
    copy: Workplace, changed: dict[str, object], said: list[str]
) -> None:
    manifest(copy, **changed)
    before = copy.hashes()
    told = copy.sim("compare", *FOLDERS[:2])
    assert told.code == 2
    assert all(one in told.err for one in said)
    assert copy.hashes() == before


def test_what_cannot_be_compared(copy: Workplace) -> None:
    cases = {
        (
            FOLDERS[0],
            "scenarios/plan.toml",
        ): "'scenarios/plan.toml' is not an ensemble, and outputs/base",
        (FOLDERS[0], FOLDERS[0]): "is named twice",
        (FOLDERS[0],): "name at least two studies",
        (FOLDERS[0], "nothing"): "'nothing' is neither a scenario file, nor",
    }
    for names, said in cases.items():
        told = copy.sim("compare", *names)
        assert (told.code, said in told.err) == (2, True), told.err
    (copy.folder / FOLDERS[0] / "runs.nc").write_bytes(b"\x89HDF half")
    (copy.folder / FOLDERS[1] / "targets.csv").unlink()
    told = copy.sim("compare", *FOLDERS[:2])
    assert told.code == 2
    assert "runs.nc: this file of the ensemble cannot be read" in told.err
    assert "targets.csv: this file of the ensemble is missing" in told.err


def test_runs_are_paired_by_number(copy: Workplace) -> None:
    told = copy.sim("ensemble", "scenarios/plan.toml", "--runs", 24, "--only-run", 9, "--output", "outputs/nine")
    assert told.code == 0, told.err
    with chdir(copy.folder):
        found = compare_ensembles([Path(FOLDERS[0]), Path("outputs/nine")], "en").sides
    whole = open_ensemble(copy.folder / FOLDERS[1])
    assert (found.runs, found.first_run, found.last_run) == (1, 9, 9)
    nine = list(found.of.values())[1].judged
    assert np.array_equal(nine.values[:, 0], whole.judged.values[:, 8], equal_nan=True)
    assert set(nine.codes.ravel().tolist()) <= set(CODE.values())
