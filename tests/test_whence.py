"""Where a figure comes from: stamps in files, whatever their format, and what is no stamp."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sim.errors import InputError
from sim.folder import manifest_bytes
from sim.report.plots.save import save, stamp_of
from sim.report.plots.style import blank
from sim.report.stamp import KEY, LONGEST, Stamp, parsed
from sim.whence import again, record, told, whence
from tests.test_cli import ran, started
from tests.workplace import Workplace

__all__ = ["ran", "started"]

RUN = {"run_id": "plan-1a2b3c", "scenario": "plan", "scenario_name": "Plan (in full)", "scenario_name_zh": "规划情景",
       "bundle_sha256": "ab" * 32, "scenario_sha256": "cd" * 32, "sim_version": "0.1.0", "engine": "compiled",
       "information_until": "2016", "secret": "not kept"}  # fmt: skip
STAMP = stamp_of([RUN], "run", ("--only", "5-land", "--lang", "zh")).of("5-land")


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_every_format_keeps_the_stamp(tmp_path: Path, kind: str) -> None:
    (path,) = save(blank((73.0, 40.0)), tmp_path / "图", (kind,), STAMP)
    found = whence(path)
    assert found.stamp == STAMP
    assert "secret" not in found.stamp.runs[0]
    lines = {"zh": "规划情景 (plan)", "en": "Plan (in full) (plan)"}
    for lang, name in lines.items():
        shown = "\n".join(told(found, "zh" if lang == "zh" else "en"))
        assert all(word in shown for word in (name, "plan-1a2b3c", "ab" * 32, "cd" * 32, "0.1.0", found.sha256))
    first, second = again(found)
    assert first == "sim run scenarios/plan.toml"
    assert second == "sim plot outputs/plan --only 5-land --lang zh" + (" --format pdf" if kind == "pdf" else "")


def write_png(path: Path, stamp: str | None) -> Path:
    texts = PngInfo()
    if stamp is not None:
        texts.add_text(KEY, stamp)
    Image.new("RGB", (4, 4)).save(path, "PNG", pnginfo=texts)
    return path


def spoiled(**changes: object) -> str:
    return json.dumps({**json.loads(STAMP.text()), **changes})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: write_png(path, None), "whence_no_stamp"),
        (lambda path: write_png(path, "{"), "whence_stamp"),
        (lambda path: write_png(path, spoiled(**{KEY: 2})), "whence_stamp"),
        (lambda path: write_png(path, spoiled(runs=[])), "whence_stamp"),
        (lambda path: write_png(path, spoiled(figure="\x1b[31m")), "whence_stamp"),
        (lambda path: write_png(path, spoiled(runs=[{"run_id": 3}])), "whence_stamp"),
        (lambda path: write_png(path, " " * (LONGEST + 1)), "whence_stamp"),
        (lambda path: path.write_bytes(b"\x89PNG\r\n"), "whence_broken"),
        (lambda path: path.write_bytes(b"<svg><a></svg>"), "whence_broken"),
        (lambda path: path.write_bytes(b'<!DOCTYPE a [<!ENTITY b "c">]><svg/>'), "whence_no_stamp"),
        (lambda path: path.write_bytes(b"%PDF-1.4"), "whence_no_stamp"),
        (lambda path: path.write_bytes(b"id,name"), "whence_no_figure"),
        (lambda path: path.mkdir(), "whence_folder"),
        (lambda path: None, "whence_unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_stamp_is_told(tmp_path: Path, make: Callable[[Path], object], code: str) -> None:
    make(tmp_path / "a.png")
    with pytest.raises(InputError) as caught:
        whence(tmp_path / "a.png")
    assert [problem.code for problem in caught.value.problems] == [code]


def test_entities_of_a_stranger_do_not_grow_without_bound(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    text = f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{entities}]><svg xmlns="http://www.w3.org/2000/svg">&a11;</svg>'
    (tmp_path / "a.svg").write_text(text)
    with pytest.raises(InputError, match="whence_broken"):
        whence(tmp_path / "a.svg")


def test_a_word_of_a_strangers_stamp_stays_a_word() -> None:
    evil = Stamp("x", "comparison", ("--lang", "$(rm -rf .)"), ({"scenario": "a; reboot"}, {"scenario": "规划"}), {})
    assert parsed(evil.text()) == evil
    (line,) = again(_found(evil))
    assert shlex.split(line) == [
        "sim", "compare", "scenarios/a; reboot.toml", "scenarios/规划.toml", "--lang", "$(rm -rf .)",
    ]  # fmt: skip
    assert "'$(rm -rf .)'" in line


def _found(stamp: Stamp):  # type: ignore[no-untyped-def]
    from sim.whence import Whence

    return Whence(Path("a.png"), "", "", stamp)


def test_the_results_beside_it_tell_the_date_and_whether_it_is_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    (folder / "figures").mkdir(parents=True)
    (path,) = save(blank((73.0, 40.0)), folder / "figures" / "5-land", ("png",), STAMP)
    files = {"figures/5-land.png": {"sha256": whence(path).sha256}}
    made = {"run_id": "plan-1a2b3c", "created": "2026-01-02T03:04:05+00:00", "files": files}
    (folder / "manifest.json").write_bytes(manifest_bytes(made))
    found = whence(path)
    assert (found.created, found.altered, found.folder) == ("2026-01-02T03:04:05+00:00", False, folder)
    (folder / "manifest.json").write_bytes(manifest_bytes(made | {"files": {"figures/5-land.png": {"sha256": "0"}}}))
    assert whence(path).altered
    (folder / "manifest.json").write_bytes(manifest_bytes(made | {"run_id": "plan-999999"}))
    found = whence(path)
    assert (found.beside, found.created) == ("plan-999999", None)
    assert any("plan-999999" in line for line in told(found, "en"))



def test_whence_of_a_run_and_again(ran: Workplace) -> None:
    figure = "outputs/plan/figures/2-main-totals.png"
    shown = ran.sim("whence", figure)
    assert shown.code == 0, shown.err
    manifest = json.loads((ran.folder / "outputs/plan/manifest.json").read_text(encoding="utf-8"))
    for key in ("run_id", "created", "bundle_sha256", "scenario_sha256", "sim_version"):
        assert manifest[key] in shown.out
    told_json = json.loads(ran.sim("whence", figure, "--json").out)
    assert told_json["altered"] is False
    assert told_json["runs"][0]["run_id"] == manifest["run_id"]
    before = (ran.folder / figure).read_bytes()
    line = told_json["again"][1].split()
    assert ran.sim(*line[1:-2], lang=line[-1]).code == 0  # ends with --lang zh
    assert (ran.folder / figure).read_bytes() == before
    wrong = ran.sim("whence", "outputs/plan/targets.csv")
    assert (wrong.code, wrong.out) == (2, "")
    assert record(whence(ran.folder / figure))["created"] == manifest["created"]
