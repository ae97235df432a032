"""The output folder with real processes: killed, full, held open, not ours, two at once."""

from __future__ import annotations

import errno
import json
import signal
import string
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import OutputError
from sim.folder import MARKER, Move, manifest_bytes, output_folder, read_manifest, write_whole
from sim.words.catalogue import catalogue, problem_line


def write(target: Path, content: str = "new", move: Move = Path.rename) -> None:
    with output_folder(target, move=move) as folder:
        (folder / "targets.csv").write_text(content)
        (folder / "figures").mkdir()
        (folder / "figures" / "a.png").write_bytes(content.encode())
        (folder / "manifest.json").write_bytes(manifest_bytes({"run_id": content}))


def contents(target: Path) -> dict[str, str]:
    files = (path for path in target.rglob("*") if path.is_file() and path.name != "manifest.json")
    return {path.relative_to(target).as_posix(): path.read_text() for path in files}


def whole(content: str) -> dict[str, str]:
    return {"targets.csv": content, "figures/a.png": content}


def code_of(error: OutputError) -> str:
    (problem,) = error.problems
    for lang in ("zh", "en"):
        assert str(problem.values.get("path", "")) in problem_line(lang, problem)
    return problem.code


def start_writer(target: Path, *body: str) -> subprocess.Popen[str]:
    """A process that opens the folder, writes half, says ``ready``, and goes on with ``body``."""
    lines = [
        "import os, resource, signal, sys, time",
        # a test run in the background passes on that interrupts are ignored
        "signal.signal(signal.SIGINT, signal.default_int_handler)",
        "from pathlib import Path",
        "from sim.folder import output_folder, manifest_bytes, write_whole",
        f"with output_folder(Path({str(target)!r})) as folder:",
        "    (folder / 'targets.csv').write_text('half')",
        "    print('ready', flush=True)",
        *(f"    {line}" for line in body),
    ]
    root = Path(__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", "\n".join(lines)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=root,
    )


def wait_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


@pytest.mark.parametrize("before", ["nothing", "empty", "ours"])
@pytest.mark.parametrize("name", ["plan", "规划情景", "a b"])
def test_new_results_take_the_place(tmp_path: Path, before: str, name: str) -> None:
    target = tmp_path / "outputs" / name
    if before == "empty":
        target.mkdir(parents=True)
    elif before == "ours":
        write(target, "old")
    write(target)
    assert contents(target) == whole("new")
    assert [path.name for path in target.parent.iterdir()] == [name]
    manifest = read_manifest(target)
    assert manifest is not None
    listed = manifest["files"]
    assert isinstance(listed, dict)
    assert set(listed) == set(whole("new"))
    assert listed["targets.csv"]["bytes"] == 3


def test_same_content_gives_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name)
    assert (tmp_path / "a" / "manifest.json").read_bytes() == (tmp_path / "b" / "manifest.json").read_bytes()


def test_killed_writer_leaves_old_results_and_is_swept_up(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target, "old")
    process = start_writer(target, "time.sleep(60)")
    wait_ready(process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert contents(target) == whole("old")
    assert any(path.name.startswith(".plan.partial-") for path in tmp_path.iterdir())
    write(target)
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_interrupt_removes_the_partial_folder(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target, "old")
    process = start_writer(target, "time.sleep(60)")
    wait_ready(process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert "KeyboardInterrupt" in stderr
    assert contents(target) == whole("old")
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize(
    "writes",
    [
        "(folder / 'results.nc').write_bytes(bytes(100_000))",
        "write_whole(folder / 'summary.xlsx', bytes(100_000))",
    ],
)
def test_disk_full_keeps_old_results(tmp_path: Path, writes: str) -> None:
    target = tmp_path / "plan"
    write(target, "old")
    process = start_writer(
        target,
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))",
        writes,
    )
    _, stderr = process.communicate()
    assert "OutputError" in stderr
    assert "output_disk_full" in stderr
    assert "partial" not in stderr.strip().splitlines()[-1]
    assert contents(target) == whole("old")
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_second_writer_is_refused_by_pid(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    process = start_writer(target, "time.sleep(60)")
    wait_ready(process)
    with pytest.raises(OutputError) as caught:
        write(target)
    process.kill()
    process.communicate()
    assert code_of(caught.value) == "output_busy"
    assert caught.value.problems[0].values["pid"] == str(process.pid)
    write(target)
    assert contents(target) == whole("new")


def test_many_writers_leave_one_whole_folder(tmp_path: Path) -> None:
    """Whoever wins, the folder is one writer's, and nothing else is left."""
    target = tmp_path / "plan"
    number = "(folder / 'n').write_text(str(os.getpid()))"
    manifest = "(folder / 'manifest.json').write_bytes(manifest_bytes({}))"
    processes = [start_writer(target, number, manifest) for _ in range(4)]
    for process in processes:
        process.communicate()
    assert any(process.returncode == 0 for process in processes)
    assert set(contents(target)) == {"targets.csv", "n"}
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


@pytest.mark.parametrize(
    ("there", "code"),
    [
        ("thesis.docx", "output_not_ours"),
        ("manifest.json", "output_not_ours"),
        ("a file", "output_is_file"),
        ("a link to itself", "output_unwritable"),
    ],
)
def test_what_is_not_ours_is_not_touched(tmp_path: Path, there: str, code: str) -> None:
    target = tmp_path / "plan"
    if there == "a file":
        target.write_text("x")
    elif there == "a link to itself":
        target.symlink_to(target)
    else:
        target.mkdir()
        (target / there).write_text('{"name": "of another program"}')
    before = sorted(path.name for path in tmp_path.rglob("*"))
    with pytest.raises(OutputError) as caught:
        write(target)
    assert code_of(caught.value) == code
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_unwritable_parent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError) as caught:
        write(tmp_path / "file" / "plan")
    assert code_of(caught.value) == "output_unwritable"
    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / "file" / "a.csv", b"")
    assert code_of(caught.value) == "output_unwritable"


def test_current_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for target in (Path(), tmp_path, Path("/")):
        with pytest.raises(OutputError) as caught:
            write(target)
        assert code_of(caught.value) == "output_is_current"


def test_users_own_files_move_along(tmp_path: Path) -> None:
    target = tmp_path / "plan"
    write(target, "old")
    (target / "notes.docx").write_text("mine")
    (target / "figures" / "mine.png").write_text("mine")
    (target / "results.nc").write_text("mine")
    (target / "~$summary.xlsx").write_text("junk")
    (target / "Thumbs.db").write_text("junk")
    with output_folder(target) as folder:
        (folder / "results.nc").write_text("new")
        (folder / "manifest.json").write_bytes(manifest_bytes({}))
    kept = {"notes.docx": "mine", "figures/mine.png": "mine", "results.kept.nc": "mine"}
    assert contents(target) == {"results.nc": "new", **kept}
    write(target)
    assert contents(target) == {**whole("new"), **kept}


def test_a_block_without_manifest_is_a_mistake_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), output_folder(tmp_path / "plan") as folder:
        (folder / "x").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_block_passes_and_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "plan", "old")
    with pytest.raises(FileNotFoundError), output_folder(tmp_path / "plan"):
        (tmp_path / "missing").read_text()
    assert contents(tmp_path / "plan") == whole("old")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("refused", ["old", "new"])
@pytest.mark.parametrize("number", [errno.EACCES, errno.EBUSY])
def test_file_held_open_keeps_old_and_leaves_new_beside(tmp_path: Path, refused: str, number: int) -> None:
    """As on a system that renames no folder with an open file in it: one of the two renames is refused."""
    target = tmp_path / "plan"
    write(target, "old")
    (target / "mine.txt").write_text("mine")

    def move(source: Path, goal: Path) -> None:
        if (source == target) == (refused == "old"):
            raise OSError(number, "in use", str(source))
        source.rename(goal)

    for content in ("new", "newer"):
        with pytest.raises(OutputError) as caught:
            write(target, content, move)
        assert code_of(caught.value) == "output_held"
        assert contents(target) == {**whole("old"), "mine.txt": "mine"}
        assert contents(tmp_path / "plan.new") == whole(content)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["plan", "plan.new"]
    (tmp_path / "plan.new" / "mine").write_text("mine")
    with pytest.raises(OutputError):
        write(target, "newest", move)
    assert (tmp_path / "plan.new2").is_dir()
    assert (tmp_path / "plan.new" / "mine").is_file()


@pytest.mark.parametrize("state", ["between", "after", "empty target"])
def test_interrupted_swap_is_put_right(tmp_path: Path, state: str) -> None:
    target, previous = tmp_path / "plan", tmp_path / ".plan.previous"
    write(target, "old")
    target.rename(previous)
    if state == "after":
        write(tmp_path / "x", "new")
        (tmp_path / "x").rename(target)
    elif state == "empty target":
        target.mkdir()
    with pytest.raises(KeyboardInterrupt), output_folder(target):
        raise KeyboardInterrupt
    assert contents(target) == whole("new" if state == "after" else "old")
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_stale_partials_only_by_exact_name_and_marker(tmp_path: Path) -> None:
    others = [".plan.partial-x", ".plan.partial-1-mine", ".plan2.partial-1", "plan.partial-1"]
    for name in [*others, ".plan.partial-1", ".plan.partial-2", ".plan.partial-3"]:
        (tmp_path / name).mkdir()
        if name == ".plan.partial-2":  # killed between the two renames: the marker has gone already
            (tmp_path / name / "manifest.json").write_bytes(manifest_bytes({}))
        elif name != ".plan.partial-3":  # no marker: somebody else's
            (tmp_path / name / MARKER).touch()
    write(tmp_path / "plan")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, ".plan.partial-3", "plan"])


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "plan").symlink_to(tmp_path / "disk" / "plan")
    for content in ("old", "new"):
        write(tmp_path / "plan", content)
    assert (tmp_path / "plan").is_symlink()
    assert contents(tmp_path / "disk" / "plan") == whole("new")


def test_single_file_whole_or_not(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "表.csv"
    for content in (b"1", b"2" * 1000):
        write_whole(path, content)
        assert path.read_bytes() == content
    with pytest.raises(OutputError) as caught:
        write_whole(tmp_path / "deep", b"")
    assert code_of(caught.value) == "output_is_folder"
    assert [p.name for p in path.parent.iterdir()] == ["表.csv"]
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]


@settings(max_examples=25)
@given(st.lists(st.sampled_from(["write", "fail", "note", "crash"]), max_size=6))
def test_after_any_history_the_folder_is_the_last_whole_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    home = tmp_path_factory.mktemp("x")
    target = home / "plan"
    expected: dict[str, str] = {}
    for number, step in enumerate(steps):
        if step == "write":
            write(target, str(number))
            expected |= whole(str(number))
        elif step == "note" and target.is_dir():
            (target / f"note{number}").write_text("mine")
            expected[f"note{number}"] = "mine"
        elif step == "fail":
            with pytest.raises(ZeroDivisionError), output_folder(target) as folder:
                (folder / "targets.csv").write_text(str(1 / 0))
        elif step == "crash" and target.is_dir():
            target.rename(home / ".plan.previous")
            with pytest.raises(RuntimeError), output_folder(target):
                pass
        assert (contents(target) if target.is_dir() else {}) == expected
        assert {path.name for path in home.iterdir()} <= {"plan"}


def test_manifest_text_is_canonical() -> None:
    fields = dict(zip(string.ascii_lowercase, range(26), strict=True))
    assert manifest_bytes(fields) == manifest_bytes(dict(reversed(fields.items())))
    assert json.loads(manifest_bytes({"名": "值"}))["名"] == "值"


def test_every_message_is_there_in_both_languages() -> None:
    for lang in ("zh", "en"):
        names = ("not_ours", "is_file", "is_folder", "is_current", "busy", "unwritable", "disk_full", "held")
        assert {f"problem.output_{name}" for name in names} <= catalogue(lang).keys()
