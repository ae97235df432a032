"""The command line as a user meets it, from an empty folder to figures."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr

from sim.netcdf import to_bytes
from sim.report.safe_print import encodable
from sim.report.width import cells
from sim.words.catalogue import text as text_of
from tests.workplace import ROOT, Workplace, coarsen, park_workbook, place, started

__all__ = ["place", "started"]

TARGETS, RESULTS, MANIFEST = "targets.csv", "results.nc", "manifest.json"


@pytest.fixture(scope="module")
def ran(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Results of the plan with figures, and of the baseline without; tests here only add to them."""
    place = started.copy(tmp_path_factory.mktemp("已运行") / "测算")
    first = place.sim("run", "scenarios/plan.toml", lang="zh")
    assert first.code == 0, first.err
    (place.folder / "屏幕.txt").write_text(first.out, encoding="utf-8")
    assert place.sim("run", "scenarios/baseline.toml", "--no-plots").code == 0
    return place


def test_everything_is_there(ran: Workplace) -> None:
    files = set(ran.hashes("outputs", "plan"))
    assert {TARGETS, "targets_readings.csv", RESULTS, "summary.xlsx", "scenario.resolved.toml", MANIFEST} <= files
    assert any(name.startswith("figures/") and name.endswith(".png") for name in files)
    assert {"figures/figures.xlsx", "figures/captions.csv"} <= files
    assert not any(name.startswith("figures/") for name in ran.hashes("outputs", "baseline"))
    told = (ran.folder / "屏幕.txt").read_text(encoding="utf-8")
    assert "没有可比较的上次运行结果" in told
    assert "不适用(开发区表已更换)" in told.replace("\n", "").replace(" ", "")
    assert all(cells(line) <= 100 for line in told.split("\n\n")[0].splitlines())


def test_the_same_inputs_give_the_same_bytes_anywhere(ran: Workplace, tmp_path: Path) -> None:
    """Another folder, another process, a terminal in GBK behind a pipe: only the time of making differs."""
    other = ran.copy(tmp_path / "another place")
    process = other.start("run", "scenarios/plan.toml", "--lang", "zh", encoding="gbk")
    out, err = process.communicate()
    assert process.returncode == 0, err.decode("gbk")
    table = (ran.folder / "屏幕.txt").read_text(encoding="utf-8").split("没有可比较")[0]
    assert out.decode("gbk").startswith(encodable(table, "gbk"))
    ours, theirs = ran.hashes("outputs", "plan"), other.hashes("outputs", "plan")
    del ours[MANIFEST], theirs[MANIFEST]
    assert ours == theirs
    first, second = (json.loads((p.folder / "outputs/plan" / MANIFEST).read_text("utf-8")) for p in (ran, other))
    assert {key for key in first | second if first.get(key) != second.get(key)} <= {"created"}


def test_run_from_another_folder(ran: Workplace, tmp_path: Path) -> None:
    here = Workplace(tmp_path)
    told = here.sim("run", ran.folder / "scenarios" / "baseline.toml", "--no-plots", "--json")
    assert told.code == 0, told.err
    rows = json.loads(told.out)
    assert len(rows) == 10
    assert here.hashes("outputs", "baseline")[TARGETS] == ran.hashes("outputs", "baseline")[TARGETS]


# --- looking at results


@pytest.mark.parametrize(("lang", "word"), [("zh", "期内难以实现"), ("en", "not met by 2021")])
def test_targets_in_both_languages(ran: Workplace, lang: str, word: str) -> None:
    told = ran.sim("targets", "outputs/plan", lang=lang)
    assert told.code == 0
    assert word in told.out
    assert told.err == ""


def stored_rows(place: Workplace, study: str) -> list[dict[str, str]]:
    text = (place.folder / "outputs" / study / TARGETS).read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_json_is_json_and_says_what_the_table_says(ran: Workplace) -> None:
    rows = json.loads(ran.sim("targets", "outputs/plan", "--json").out)
    stored = stored_rows(ran, "plan")
    assert [row["verdict"] for row in rows] == [row["verdict"] for row in stored]
    assert set(rows[0]) == set(stored[0])


def test_required_targets(ran: Workplace) -> None:
    rows = stored_rows(ran, "plan")
    met = next(row["id"] for row in rows if row["verdict"] in ("met", "early", "met_at_base"))
    missed = next(row["id"] for row in rows if row["verdict"] == "missed")
    assert ran.sim("targets", "outputs/plan", "--require", met).code == 0
    told = ran.sim("targets", "outputs/plan", "--require", met, "--require", missed)
    assert told.code == 3
    assert told.err.strip() == f"required targets not met: {missed}"


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_a_pipe_that_closes_early(ran: Workplace, encoding: str) -> None:
    command = f"'{sys.executable}' -m sim targets outputs/plan --lang zh | head -1"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, shell=True, cwd=ran.folder, env=environment, capture_output=True)
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 1


def test_help_on_a_terminal_without_chinese() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii", "LC_ALL": "zh_CN.UTF-8"}
    done = subprocess.run([sys.executable, "-m", "sim", "run", "--help"], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_figures_again(ran: Workplace, tmp_path: Path) -> None:
    told = ran.sim("plot", "outputs/baseline", "--only", "1", "--format", "svg", "--output", tmp_path / "图")
    assert told.code == 0, told.err
    files = {path.name for path in (tmp_path / "图").iterdir()}
    assert files == {"1-target-board.svg", "captions.csv", "figures.xlsx"}
    assert ran.sim("plot", "outputs/baseline", "--only", "2", "--format", "png", "--output", tmp_path / "图").code == 0
    captions = (tmp_path / "图" / "captions.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in captions] == ["code", "1-target-board", "2-main-totals"]
    unknown = ran.sim("plot", "outputs/baseline", "--only", "99", "--output", tmp_path / "other")
    assert (unknown.code, (tmp_path / "other").exists()) == (2, False)
    (tmp_path / "图" / "figures.xlsx").write_text("mine", encoding="utf-8")
    before = Workplace(tmp_path).hashes("图")
    strange = ran.sim("plot", "outputs/baseline", "--only", "1", "--output", tmp_path / "图")
    assert (strange.code, "figures.xlsx" in strange.err, Workplace(tmp_path).hashes("图")) == (2, True, before)


def test_results_that_are_not_whole(ran: Workplace, tmp_path: Path) -> None:
    broken = Workplace(tmp_path)
    source = ran.folder / "outputs" / "baseline"

    def results(name: str, content: bytes) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file in (MANIFEST, "targets.toml"):
            (folder / file).write_bytes((source / file).read_bytes())
        (folder / RESULTS).write_bytes(content)
        return folder

    raw = (source / RESULTS).read_bytes()
    dataset = xr.load_dataset(io.BytesIO(raw), engine="h5netcdf")
    cases = {
        "cut": raw[: len(raw) // 2],
        "no attributes": to_bytes(dataset.drop_attrs(deep=False).assign_attrs(format="sim-results-1")),
        "escape": to_bytes(dataset.assign_attrs(scenario_name="\x1b[31m")),
        "older": to_bytes(dataset.assign_attrs(format="sim-results-0")),
    }
    for name, content in cases.items():
        told = broken.sim("targets", results(name, content))
        assert told.code == 2, name
        assert "run the scenario again" in told.err


# --- a working folder of one's own


def test_new_check_run_with_the_shipped_table(tmp_path: Path) -> None:
    above = Workplace(tmp_path)
    assert above.sim("new", "测算").code == 0
    assert above.sim("new", "测算").code == 2
    place = Workplace(tmp_path / "测算")
    assert place.sim("show", "scenarios/plan.toml").code == 0
    coarsen(place.folder)
    for name in ("hindsight", "slump", "demand-limited"):
        (place.folder / "scenarios" / f"{name}.toml").unlink()
    told = place.sim("check")
    assert told.code == 0, told.err
    assert len(told.out.splitlines()) == len(list((place.folder / "scenarios").glob("*.toml")))
    ran = place.sim("run", "scenarios/baseline.toml", "--no-plots", "--json")
    assert ran.code == 0, ran.err
    rows = json.loads(ran.out)
    assert {row["verdict"] for row in rows if row["id"] in ("T01", "T06", "T44")} <= {"late", "missed", "near"}
    assert [row["id"] for row in rows] == [f"T{number:02d}" for number in range(1, 48)]


@pytest.mark.parametrize("parks", [3, 300])
def test_own_table_of_another_size(tmp_path: Path, parks: int) -> None:
    above = Workplace(tmp_path)
    told = above.sim("new", "测算", "--parks", park_workbook(tmp_path / "园区.xlsx", parks), lang="zh")
    assert told.code == 0, told.err
    place = Workplace(tmp_path / "测算")
    bundle = place.folder / "models" / "inner-mongolia"
    # what rebuilds the shipped table would overwrite the own one
    for name in ("reconstruction.toml", "roster.csv", "published.csv"):
        assert not (bundle / name).exists()
    assert (bundle / "parks-mapping.csv").exists()
    coarsen(place.folder)
    ran = place.sim("run", "scenarios/baseline.toml", "--no-plots", "--json")
    assert ran.code == 0, ran.err
    with xr.open_dataset(place.folder / "outputs" / "baseline" / RESULTS, engine="h5netcdf") as results:
        assert results.sizes["park"] == parks
    rows = json.loads(ran.out)
    assert {row["verdict"] for row in rows if row["id"] in ("T01", "T06", "T44")} == {"outside"}


def test_a_mistake_in_an_own_table_leaves_no_folder(tmp_path: Path) -> None:
    (tmp_path / "园区.csv").write_text("开发区名称,主营业务收入\n甲,1\n甲,x\n", encoding="utf-8")
    told = Workplace(tmp_path).sim("new", "测算", "--parks", "园区.csv")
    assert told.code == 2
    assert len(told.lines) > 2
    assert not (tmp_path / "测算").exists()


def test_form_of_the_park_table(tmp_path: Path) -> None:
    here = Workplace(tmp_path)
    assert here.sim("parks", "--template", "开发区表.xlsx", lang="zh").code == 0
    assert here.sim("parks", "--template", "开发区表.xlsx").code == 2
    assert here.sim("new", "测算", "--parks", "开发区表.xlsx").code == 2


# --- comparing


def test_compare_by_name_file_and_folder(ran: Workplace) -> None:
    before = ran.hashes("outputs", "plan")
    told = ran.sim("compare", "baseline", "scenarios/plan.toml", "--no-plots")
    assert told.code == 0, told.err
    assert told.err.count("stored results are up to date") == 2
    assert "policy.land_threshold.national" in told.out
    assert ran.hashes("outputs", "plan") == before
    again = ran.sim("compare", "outputs/baseline", "outputs/plan", "--no-plots")
    assert (again.code, again.out) == (0, told.out)
    assert {"comparison.csv", "comparison.xlsx"} <= set(ran.hashes("outputs", "compare-baseline-plan"))


def test_what_is_missing_or_out_of_date_runs_again_and_says_what_changed(ran: Workplace) -> None:
    text = 'name = "late"\nextends = "baseline.toml"\n'
    path = ran.scenario(text, "late.toml")
    told = ran.sim("compare", "baseline", "late", "--no-plots")
    assert told.code == 0, told.err
    assert [line.split(" ")[0] for line in told.lines if "running now" in line] == ["'late'"]

    ran.scenario(text + '[drivers]\ndemand_growth = "slump"\n', "late.toml")
    stored = ran.folder / "outputs" / "late"
    (stored / "scenario.resolved.toml").write_bytes("规划".encode("gb18030"))  # as an editor may save it
    (stored / "我的笔记.docx").write_text("草稿", encoding="utf-8")
    changed = ran.sim("run", path, "--no-plots")
    assert changed.code == 0, changed.err
    moved = changed.out.split("\n\n")[-1].splitlines()[:-1]
    assert moved
    assert {text_of("en", "change.first"), text_of("en", "change.none")}.isdisjoint(moved)
    assert (stored / "我的笔记.docx").read_text(encoding="utf-8") == "草稿"

    ran.scenario(text + '[drivers]\ndemand_growth = "plan-expectation"\n', "late.toml")
    again = ran.sim("compare", "baseline", "late", "--no-plots")
    assert "'late'" in again.err.split("running now")[0]
    assert "plan-expectation" in again.out


def test_a_finer_step_can_be_compared(ran: Workplace) -> None:
    ran.scenario('name = "fine"\nextends = "baseline.toml"\n[clock]\nstep = 0.03125\n', "fine.toml")
    fine = ran.sim("compare", "baseline", "fine", "--no-plots")
    assert fine.code == 0, fine.err
    assert "clock.step" in fine.out


def test_what_cannot_be_compared(ran: Workplace, tmp_path: Path) -> None:
    ran.scenario('name = "far"\nextends = "baseline.toml"\n[clock]\nend = 2022\n', "far.toml")
    before = ran.hashes("outputs")
    far = ran.sim("compare", "baseline", "far")
    assert (far.code, "other years (2015-2022; " in far.err) == (2, True)
    other = ran.copy(tmp_path / "其他")
    parks = other.bundle / "parks.csv"
    parks.write_text(parks.read_text("utf-8-sig").replace("第1开发区", "甲开发区"), encoding="utf-8-sig")
    bundle = ran.sim("compare", "baseline", other.folder / "scenarios" / "plan.toml")
    assert (bundle.code, "another model bundle" in bundle.err) == (2, True)
    same = ran.sim("compare", "baseline", other.folder / "scenarios" / "baseline.toml")
    assert (same.code, "the same result folder" in same.err) == (2, True)
    missing = ran.sim("compare", "baseline", "plann", "nothing")
    assert (missing.code, len(missing.lines)) == (2, 3)
    assert "did you mean 'plan'?" in missing.err
    twice = ran.sim("compare", "baseline", "scenarios/baseline.toml")
    assert twice.code == 2
    assert ran.hashes("outputs") == before


def test_a_strangers_results_cannot_lead_out_of_the_outputs(ran: Workplace, tmp_path: Path) -> None:
    folder = tmp_path / "stranger"
    folder.mkdir()
    for path in (ran.folder / "outputs" / "plan").glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    dataset = xr.load_dataset(folder / RESULTS, engine="h5netcdf")
    (folder / RESULTS).write_bytes(to_bytes(dataset.assign_attrs(scenario="../../../x", scenario_name="x")))
    resolved = (folder / "scenario.resolved.toml").read_text("utf-8")
    lines = [f'bundle = "{ran.bundle.as_posix()}"' if x.startswith("bundle =") else x for x in resolved.splitlines()]
    (folder / "scenario.resolved.toml").write_text("\n".join(lines), "utf-8")
    told = ran.sim("compare", "baseline", folder, "--no-plots")
    assert told.code == 0, told.err
    assert [p.name for p in (ran.folder / "outputs").glob("compare-*x*")] == ["compare-baseline-______x"]


def test_park_table_swapped_by_hand(place: Workplace) -> None:
    """Only the columns that must be there, one value changed, as CSV from Excel: another run id, and it runs."""
    path = place.bundle / "parks.csv"
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    kept = [place_ for place_, name in enumerate(rows[0]) if not name.endswith("_origin")]
    before = place.sim("check", "scenarios/baseline.toml").out
    text = io.StringIO()
    csv.writer(text).writerows([[row[i] for i in kept] for row in rows])
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")
    told = place.sim("check", "scenarios/baseline.toml")
    assert told.code == 0, told.err
    assert told.out != before
    assert place.sim("run", "scenarios/baseline.toml", "--no-plots").code == 0


def test_help_waits_for_no_library() -> None:
    """Commands import what they need when they are called: half a second for everyone who asks for help."""
    code = "import sys; from sim.cli.app import joined; joined(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"numpy", "xarray", "pandas", "matplotlib", "openpyxl"} & set(loaded.split())
