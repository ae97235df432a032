"""A stored result run again: "same" where nothing changed, else what did, old and new value; nothing is written."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sim.netcdf import to_bytes
from sim.results import open_results
from sim.verify.bundles import bundle_differences
from sim.verify.numbers import compare
from sim.verify.stored import Stored
from sim.verify.verify import history_changes
from tests.datasets import BUNDLE
from tests.workplace import Result, Workplace, place, started

__all__ = ["place", "started"]

RESULT = Path("outputs/plan")


@pytest.fixture(scope="module")
def ran(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = started.copy(tmp_path_factory.mktemp("复核") / "测算")
    told = place.sim("run", "scenarios/plan.toml", "--no-plots")
    assert told.code == 0, told.err
    return place


@pytest.fixture
def copy(ran: Workplace, tmp_path: Path) -> Workplace:
    """A copy with its results, in which anything may be spoilt."""
    shutil.copytree(ran.folder, tmp_path / "测算")
    return Workplace(tmp_path / "测算")


def verified(place: Workplace, *arguments: str, code: int, lang: str = "en") -> Result:
    """The command ends with a code and leaves every file as it was."""
    before = place.hashes()
    told = place.sim("verify", RESULT, *arguments, lang=lang)
    assert told.code == code, told
    assert "Traceback" not in told.err
    assert place.hashes() == before
    return told


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(("lang", "word"), [("en", "same: plan-"), ("zh", "一致:plan-")])
def test_nothing_changed(ran: Workplace, lang: str, word: str) -> None:
    told = verified(ran, code=0, lang=lang)
    assert told.out.startswith(word)
    told.out.encode("gbk")
    assert len(told.out.splitlines()) == 2


def test_from_another_folder_and_without_the_scenario_file(copy: Workplace, tmp_path: Path) -> None:
    elsewhere = Workplace(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    assert elsewhere.sim("verify", copy.folder / RESULT).code == 0  # its folders above hold the scenario
    shutil.move(copy.folder / RESULT, elsewhere.folder / "plan")
    alone = elsewhere.sim("verify", "plan")
    assert (alone.code, "the scenario file scenarios/plan.toml is not here" in alone.out) == (0, True)
    shutil.rmtree(copy.folder)
    told = elsewhere.sim("verify", "plan")  # its own inputs are enough
    assert (told.code, told.out.startswith("same: "), "the bundle is not here" in told.out) == (0, True, True)


def parameter(place: Workplace) -> None:
    replaced(place.bundle / "parameters.toml", "value = 0.5\ndims = []", "value = 0.55\ndims = []")
    replaced(place.bundle / "park.mdl", "\ncapital elasticity = 0.5\n", "\ncapital elasticity = 0.55\n")


def parameter_in_one_place(place: Workplace) -> None:
    replaced(place.bundle / "parameters.toml", "value = 0.5\ndims = []", "value = 0.55\ndims = []")


def parameter_of_the_scenario(place: Workplace) -> None:
    with (place.folder / "scenarios" / "plan.toml").open("a", encoding="utf-8") as file:
        file.write('\n[parameters]\n"capital elasticity" = 0.55\n')


def lever(place: Workplace) -> None:
    replaced(place.folder / "scenarios" / "land-threshold.toml", "national = 150", "national = 160")


def driver(place: Workplace) -> None:
    file = place.bundle / "drivers.toml"
    head, tail = file.read_text(encoding="utf-8").split("[driver.demand_growth.path.plan-expectation.values]", 1)
    changed = tail.replace("[2016, 0.100]", "[2016, 0.101]", 1)
    file.write_text(f"{head}[driver.demand_growth.path.plan-expectation.values]{changed}", encoding="utf-8")


def target(place: Workplace) -> None:
    file = place.bundle / "targets.toml"
    head, tail = file.read_text(encoding="utf-8").split('id = "T40"', 1)
    file.write_text(f'{head}id = "T40"{tail.replace("target = 90", "target = 102", 1)}', encoding="utf-8")


def cell(place: Workplace) -> None:
    file = place.bundle / "parks.csv"
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    at = lines[0].split(",").index("built_up")
    cells = lines[1].split(",")
    cells[at] = f"{float(cells[at]) * 0.9:.4f}"
    lines[1] = ",".join(cells)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")


def comment(place: Workplace) -> None:
    with (place.bundle / "levers.toml").open("a", encoding="utf-8") as file:
        file.write("# seen\n")


def version(place: Workplace) -> None:
    replaced(place.folder / RESULT / "manifest.json", '"sim_version": "', '"sim_version": "0.0.')


def numbers(place: Workplace) -> None:
    """A program of another version that gave other numbers: the manifest knows the file as it is."""
    import hashlib

    folder = place.folder / RESULT
    results = open_results(folder)
    results["gdp"].loc[{"time": 2020}] *= 1.01
    content = to_bytes(results)
    (folder / "results.nc").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["results.nc"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def damaged(place: Workplace) -> None:
    (place.folder / RESULT / "results.nc").write_bytes(b"CDF")


def missing(place: Workplace) -> None:
    (place.folder / RESULT / "targets.csv").unlink()


def spoilt_inputs(place: Workplace) -> None:
    replaced(place.folder / RESULT / "inputs" / "levers.toml", "no_policy = 0.0", "no_policy = 0.1")


def scenario_broken(place: Workplace) -> None:
    replaced(place.folder / "scenarios" / "plan.toml", "extends", "extend")


FROM_NOW = "from the files as they are now"
CASES = [
    (parameter, "bundle", (r"parameters\.toml:\d+: capital elasticity, value: 0\.5 -> 0\.55",
                           rf"results\.nc: {FROM_NOW}, \w+ \(.*20\d\d\) differs most, by [\d.]+ %")),
    (parameter_in_one_place, "bundle", (r"parameters\.toml:\d+: capital elasticity, value: 0\.5 -> 0\.55",
                                        r"a mistake in the files as they are now: .*park\.mdl:\d+")),
    (parameter_of_the_scenario, "scenario", (r"plan\.toml:\d+: parameters\.capital elasticity: - -> 0\.55",)),
    (lever, "scenario", (r"land-threshold\.toml:\d+: policy\.land_threshold\.national: 150 -> 160",)),
    (driver, "bundle", (r"drivers\.toml:\d+: demand_growth, path, plan-expectation, values, coal_chemicals: \[",)),
    (target, "bundle", (r"targets\.toml:\d+: T40, target: 90 -> 102", f"T40 .*, {FROM_NOW}: .* -> not met")),
    (cell, "bundle", (r"parks\.csv:2: park \w+, built_up: [\d.]+ -> [\d.]+",)),
    (comment, "bundle", (r"levers\.toml: changed, but only in comments or layout",)),
    (version, "program", (r"version of sim: 0\.0\.\S+ when it was run, \S+ now",)),
    (numbers, "numbers", (r"run again from its own inputs, gdp \(\w+, 2020\) differs most, by 0\.99 %",)),
    (damaged, "files of the result", (r"results\.nc: not as the run wrote it",
                                      r"results\.nc is gone, damaged or not as the run wrote it")),
    (missing, "files of the result", (r"targets\.csv: gone since the run wrote it",)),
    (spoilt_inputs, "files of the result", (r"levers\.toml: not as the run wrote it",)),
    (scenario_broken, "scenario", (r"a mistake in the files as they are now: .*plan\.toml:\d+: unknown key 'extend'",)),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "kind", "lines"), CASES, ids=[case[0].__name__ for case in CASES])
def test_what_changed_is_named(
    copy: Workplace, spoil: Callable[[Workplace], None], kind: str, lines: tuple[str, ...]
) -> None:
    spoil(copy)
    told = verified(copy, code=3)
    heads = told.out.splitlines()
    assert kind in heads[0]
    assert kind in heads
    assert [line for line in lines if not re.search(line, told.out)] == [], told.out


def test_json(copy: Workplace) -> None:
    parameter(copy)
    lever(copy)
    told = json.loads(verified(copy, "--json", code=3).out)
    found = {(one["kind"], one["what"]): (one["before"], one["after"]) for one in told["differences"] if "what" in one}
    assert found["bundle", "capital elasticity, value"] == (0.5, 0.55)
    assert found["scenario", "policy.land_threshold.national"] == ("150", "160")
    assert told["replayed"]["files"]["results.nc"]["identical"] is True
    assert told["replayed"]["run_id"] == told["run_id"] != told["now"]["run_id"]
    assert told["now"]["files"]["results.nc"]["largest"]["relative"] > 1e-4
    assert told["same"] is False


def test_a_result_of_an_older_version_keeps_no_inputs(copy: Workplace) -> None:
    folder = copy.folder / RESULT
    shutil.rmtree(folder / "inputs")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"] = {name: told for name, told in manifest["files"].items() if not name.startswith("inputs/")}
    del manifest["scenario_file"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    said = verified(copy, code=0).out
    assert said.startswith("same: ")
    assert "own inputs" not in said  # it has none
    comment(copy)
    assert "keeps no inputs that could tell what" in verified(copy, code=3).out


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nothing", None, "no such folder of results; did you mean"),
        ("plan", None, "holds no manifest.json"),
        ("plan", "{", "damaged or was changed"),
        ("plan", "[]", "another program's"),
        ("plan", '{"program": "sim-parks"}', "does not say run_id, scenario"),
        ("plan", '{"program": "sim-parks", "kind": "comparison", "runs": {"Plan": "plan-123456"}}', "plan-123456"),
        ("plan", json.dumps({"program": "sim-parks", "scenario": "../x"} | dict.fromkeys(
            ("run_id", "bundle_sha256", "scenario_sha256", "sim_version", "engine"), "x")), "does not say scenario"),
    ],
)  # fmt: skip
def test_what_is_no_result(copy: Workplace, name: str, content: str | None, words: str) -> None:
    if name == "plan":
        manifest = copy.folder / RESULT / "manifest.json"
        manifest.unlink() if content is None else manifest.write_text(content, encoding="utf-8")
    told = copy.sim("verify", f"outputs/{name if name == 'plan' else 'plam'}")
    assert (told.code, told.out) == (2, "")
    assert words in told.err


def test_an_ensemble(place: Workplace) -> None:
    told = place.sim("ensemble", "scenarios/plan.toml", "--runs", 20, "--no-plots")
    assert told.code == 0, told.err
    same = place.sim("verify", "outputs/plan-ensemble")
    assert (same.code, "bands.nc), every one the same to the last bit" in same.out) == (0, True), same
    parameter(place)
    changed = place.sim("verify", "outputs/plan-ensemble")
    assert (changed.code, "capital elasticity, value: 0.5 -> 0.55" in changed.out) == (3, True)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"history_test": "passed", "own_table": "0"}, "history: passed -> failed"),
        ({"history_test": "failed", "own_table": "0"}, None),
        ({"history_test": "untested", "own_table": "1"}, None),
        ({}, None),
    ],
)
def test_statement_on_history(fields: dict[str, object], told: str | None) -> None:
    found = [one.line("en").rpartition("against ")[2] for one in history_changes(Stored(Path(), fields, {}), BUNDLE)]
    assert found == ([told] if told else [])


def test_files_of_any_shape(tmp_path: Path) -> None:
    """Files that are gone, new, broken or without a common column are told; nothing breaks."""
    then, now = tmp_path / "then", tmp_path / "now"
    then.mkdir(), now.mkdir()
    for folder, files in (
        (then, {"levers.toml": "a = 1", "parks.csv": "id,x\nP1,1.0\nP2,2", "park.mdl": "a = 1 ~~| b = 2 ~~|"}),
        (now, {"drivers.toml": "b = 2", "parks.csv": "id,y\nP1,1\nP3,2", "park.mdl": "a = 2 ~~| c = 2 ~~|"}),
    ):
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")
    lines = [one.line("en").removeprefix(f"{now}/") for one in bundle_differences(then, now)]
    assert lines == [
        "levers.toml: the file is gone", "drivers.toml: the file is new: the run had none",
        "parks.csv:3: park P3: new", "parks.csv: park P2: gone",
        "parks.csv:1: column x: gone", "parks.csv:1: column y: new",
        "park.mdl:1: a: 1 -> 2", "park.mdl:1: c: new, 2", "park.mdl: b: gone, was 2",
    ]  # fmt: skip
    (now / "parks.csv").write_text("", encoding="utf-8")
    (then / "drivers.toml").write_text("b =", encoding="utf-8")
    lines = [one.line("zh") for one in bundle_differences(then, now)]
    assert any("drivers.toml" in line and "无法读取" in line for line in lines)


@pytest.mark.parametrize(
    ("after", "relative", "identical", "same"),
    [
        ([1.0, 2.0, np.nan], None, True, True),
        ([1.0, 2.0 * (1 + 1e-12), np.nan], 1e-12, False, True),
        ([1.0, 2.5, np.nan], 0.2, False, False),
        ([1.0, np.nan, np.nan], np.inf, False, False),
    ],
)
def test_largest_difference(after: list[float], relative: float | None, identical: bool, same: bool) -> None:
    years = {"time": [2015, 2016, 2017]}
    found = compare(*(xr.Dataset({"x": ("time", values)}, years) for values in ([1.0, 2.0, np.nan], after)))
    assert (found.identical, found.same) == (identical, same)
    assert (found.largest.relative if found.largest else 0) == pytest.approx(relative or 0, rel=1e-3)


def test_labels_that_only_one_has() -> None:
    one = xr.Dataset({"x": ("park", [1.0, 2.0]), "y": ("park", [1.0, 1.0])}, {"park": ["A", "B"]})
    other = xr.Dataset({"x": ("park", [2.0, 3.0]), "z": ("park", [1.0, 1.0])}, {"park": ["B", "C"]})
    found = compare(one, other)
    assert (found.only_before, found.only_after) == (("y", "park A"), ("z", "park C"))
    assert (found.largest, found.same, found.numbers) == (None, False, 1)
