"""Clusters with real schedulers and real worker processes: the same bytes, dead workers replaced, others refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.analysis.cluster import Scheduler, connected, scheduler_of
from sim.analysis.ensemble import resized, road_of
from sim.analysis.parcel import computed, parcel_of
from sim.analysis.shard import SHARD, Shard, Span
from sim.errors import InputError
from sim.study import Prepared, prepare
from tests.workplace import ROOT, Workplace, alive, gone, interrupt, place, started

__all__ = ["place", "started"]

PLAN = "scenarios/plan.toml"
RUNS = 2 * SHARD + 9
FILES = ("targets.csv", "joint.csv", "parks.csv", "runs.nc", "bands.nc")


@contextmanager
def running(module: str, *arguments: str, room: Path, package: Path = ROOT) -> Iterator[int]:
    """A process of dask's own commands, in a session of its own, so that all of it ends here."""
    env = {**os.environ, "PYTHONPATH": str(package), "DASK_TEMPORARY_DIRECTORY": str(room)}
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
    with (room / f"{module}.log").open("ab") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True, cwd=room)
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def scheduler(room: Path) -> Iterator[str]:
    file = room / "scheduler.json"
    with running("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file), room=room):
        until = time.monotonic() + 60
        address = ""
        while not address:
            assert time.monotonic() < until, (room / "dask_scheduler.log").read_text()
            time.sleep(0.05)
            try:
                address = str(json.loads(file.read_text())["address"])
            except (OSError, ValueError):
                continue
        yield address


def refused(asked: Scheduler) -> list[tuple[str, object]]:
    with pytest.raises(InputError) as caught, connected(asked, patience=1.0):
        pass
    return [(problem.code, problem.values.get("field")) for problem in caught.value.problems]


@pytest.fixture(scope="module")
def ready(started: Workplace) -> Prepared:
    with chdir(started.folder):
        return resized(prepare(started.folder / PLAN, "compiled"), RUNS)


@pytest.fixture(scope="module")
def expected(started: Workplace) -> dict[str, bytes]:
    """Files of the same ensemble by one thread of this process."""
    folder = started.folder / "outputs" / "by one thread"
    told = started.sim("ensemble", PLAN, "--runs", RUNS, "--threads", 1, "--output", folder)
    assert told.code == 0, told.err
    return {name: (folder / name).read_bytes() for name in FILES}


def test_a_parcel_holds_all_that_a_shard_needs(ready: Prepared, tmp_path: Path) -> None:
    parcel, span = parcel_of(ready, SHARD), Span(SHARD, 3)
    with chdir(tmp_path):
        found = computed(parcel, span, str(tmp_path))
        other = computed(replace(parcel, identity={**parcel.identity, "numpy": "0"}), span, str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert isinstance(found, Shard)
    (own,) = road_of(ready, 1).shards([span], lambda _: None)
    for name, array in own.arrays().items():
        assert np.array_equal(found.arrays()[name], array, equal_nan=array.dtype.kind == "f")
    assert other == parcel.identity  # a worker of other versions gives no shard, but says what it is


def test_a_worker_that_is_killed_is_replaced_and_no_byte_differs(
    place: Workplace, expected: dict[str, bytes], tmp_path: Path
) -> None:
    with scheduler(tmp_path) as address:
        local = ("--nworkers", "2", "--nthreads", "1", "--local-directory", str(tmp_path))
        with running("dask_worker", address, *local, room=tmp_path) as nanny:
            process = place.start("ensemble", PLAN, "--runs", str(RUNS), "--scheduler", address, "--lang", "en")
            assert process.stderr is not None
            while b"computed by" not in process.stderr.readline():
                assert process.poll() is None
            workers = [pid for pid in alive(nanny) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
            assert len(workers) == 2
            os.kill(workers[0], signal.SIGKILL)
            _, err = process.communicate(timeout=240)
            assert process.returncode == 0, err
        assert "was killed by signal 9" in (tmp_path / "dask_worker.log").read_text()
    folder = place.folder / "outputs" / "plan-ensemble"
    assert {name: (folder / name).read_bytes() for name in FILES} == expected
    assert [path.name for path in folder.parent.iterdir()] == ["plan-ensemble"]


def test_local_workers_give_the_same_bytes_and_leave_nothing(
    place: Workplace, expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with socket.socket() as taken:
        with suppress(OSError):  # the port that dask would like for its pages, unless somebody else has it
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        process = place.start("ensemble", PLAN, "--runs", str(RUNS), "--scheduler", "local:2", "--lang", "en")
        _, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    lines = err.decode().splitlines()
    assert "  computed by 2 workers (local:2)" in lines
    assert all(line.startswith(("running", "note", "preparing", "  ")) for line in lines), err  # dask says nothing
    folder = place.folder / "outputs" / "plan-ensemble"
    assert {name: (folder / name).read_bytes() for name in FILES} == expected
    assert gone(process)
    assert [path for path in tmp_path.iterdir() if path != place.folder] == []


def test_an_interrupt_ends_the_workers_and_keeps_what_is_done(place: Workplace) -> None:
    process = place.start("ensemble", PLAN, "--runs", "500000", "--scheduler", "local:1", "--lang", "en")
    hidden = place.folder / "outputs" / ".plan-ensemble.shards"
    while not list(hidden.glob("shard-*")):
        assert process.poll() is None
        time.sleep(0.05)
    interrupt(process)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, b"")
    told = err.decode().splitlines()
    assert told[-1] == "interrupted; earlier results stand"
    assert "finished runs are kept in" in told[-2]
    assert not [line for line in told if "Traceback" in line]
    assert gone(process)


def test_workers_of_other_versions_are_refused(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(ROOT / "sim", tmp_path / "other" / "sim", ignore=shutil.ignore_patterns("__pycache__")))
    version = copy / "_version.py"
    version.write_text(version.read_text().replace('__version__ = "', '__version__ = "99.'))
    none = tmp_path / "none" / "sim"
    none.mkdir(parents=True)
    (none / "__init__.py").write_text('raise ImportError("no such program here")')
    with ExitStack() as stack:
        address = stack.enter_context(scheduler(tmp_path))
        assert refused(Scheduler(address)) == [("scheduler_no_workers", None)]
        local = ("--no-nanny", "--nthreads", "1", "--local-directory", str(tmp_path))
        for package in (copy.parent, none.parent):
            stack.enter_context(running("dask_worker", address, *local, room=tmp_path, package=package))
        until, found = time.monotonic() + 60, list[tuple[str, object]]()
        while len(found) < 3 and time.monotonic() < until:
            found = refused(Scheduler(address))
        assert sorted(found, key=str) == [
            ("worker_differs", "sim sources"), ("worker_differs", "sim"), ("worker_without", None),
        ]  # fmt: skip


def test_without_the_library_its_extra_is_named(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = place.sim("ensemble", PLAN, "--scheduler", "local:2")
    assert told.code == 2
    assert 'pip install "sim-parks[cluster]"' in told.err


def test_a_port_of_something_else_is_no_scheduler() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(20):
                with suppress(OSError):
                    other, _ = server.accept()
                    with other:
                        other.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        assert refused(Scheduler(f"tcp://127.0.0.1:{port}")) == [("scheduler_unreachable", None)]
        server.close()


def test_a_scheduler_that_does_not_answer(place: Workplace) -> None:
    assert refused(Scheduler("tcp://127.0.0.1:9")) == [("scheduler_unreachable", None)]
    before = place.hashes()
    told = place.sim("ensemble", PLAN, "--runs", 0, "--threads", 2, "--scheduler", "tcp//10.0.0.1")
    assert told.code == 2
    assert "'tcp//10.0.0.1' is neither tcp://HOST:PORT nor local:N" in told.err
    assert "leave out --threads" in told.err
    assert "the number of runs is 0" in told.err
    assert place.hashes() == before


@pytest.mark.parametrize(
    "text",
    ["", "local", "local:", "local:0", "local:-1", "local:257", "local:2 3", "tcp://", "tcp://host", "tcp://host:0",
     "tcp://host:70000", "tcp://:8786", "http://host:8786", "host:8786", "tcp://a b:1", "tcp://host:8786/x", "本机:2"],
)  # fmt: skip
def test_what_is_no_scheduler_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        scheduler_of(text)
    assert [problem.code for problem in caught.value.problems] == ["scheduler_form"]


def test_what_is_a_scheduler() -> None:
    assert scheduler_of(" tcp://[::1]:8786 ") == Scheduler("tcp://[::1]:8786")
    assert scheduler_of("local:256") == Scheduler(workers=256)
