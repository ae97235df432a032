"""Runs that cannot write, are interrupted or killed: earlier results stand and no process stays."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.folder import output_folder
from tests.workplace import Workplace, alive, gone, interrupt, started

__all__ = ["started"]

PATIENCE = 90
"""Seconds after which a process that should end hangs; on a busy machine its end can take long."""


@pytest.fixture(scope="module")
def ran(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A working folder with results of the baseline, and a scenario that takes half a minute."""
    place = started.copy(tmp_path_factory.mktemp("中断") / "测算")
    assert place.sim("run", "scenarios/baseline.toml", "--no-plots").code == 0
    place.scenario('name = "long"\nextends = "plan.toml"\n[clock]\nend = 2050\nstep = 0.03125\n', "long.toml")
    return place


def test_a_file_held_open_keeps_the_old_results(ran: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows answers when Excel has a file of the folder open."""

    def held(source: Path, goal: Path) -> None:
        if goal.name == ".baseline.previous":
            raise PermissionError(errno.EACCES, "held open")
        source.rename(goal)

    monkeypatch.setitem(output_folder.__wrapped__.__kwdefaults__, "move", held)  # type: ignore[attr-defined]
    before = ran.hashes("outputs", "baseline")
    result = ran.sim("run", "scenarios/baseline.toml", "--no-plots", lang="zh")
    assert result.code == 2
    assert "baseline.new" in result.err
    assert "结果已写入" not in result.out
    assert ran.hashes("outputs", "baseline") == before
    assert set(ran.hashes("outputs", "baseline.new")) == set(before)


def test_full_disk_keeps_the_old_results(ran: Workplace) -> None:
    before = ran.hashes("outputs", "baseline")
    process = ran.start("run", "scenarios/baseline.toml", "--no-plots", "--lang", "en", file_limit=30_000)
    _, err = process.communicate()
    assert process.returncode == 2, err.decode()
    assert b"the disk is full" in err
    assert b"Traceback" not in err
    assert ran.hashes("outputs", "baseline") == before
    assert not list((ran.folder / "outputs").glob(".*"))


# --- interrupted and killed

Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def start(ran: Workplace) -> Iterator[Start]:
    """Starts a run as a process of its own; nothing of it outlives the test, however that ends."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(scenario: str) -> subprocess.Popen[bytes]:
        slow = ("--engine", "pysd", "--no-plots") if scenario == "long" else ()
        begun.append(ran.start("run", f"scenarios/{scenario}.toml", "--lang", "en", *slow))
        return begun[-1]

    yield run
    for process in begun:
        for number in alive(process.pid):
            os.kill(number, signal.SIGKILL)
        process.communicate()


def started_runs(process: subprocess.Popen[bytes]) -> None:
    """Wait until both runs have their processes."""
    assert process.stderr is not None
    assert b"running" in process.stderr.readline()
    while len(alive(process.pid)) < 3 and process.poll() is None:
        time.sleep(0.02)


@pytest.mark.parametrize("pause", [0.0, 1.5], ids=["while processes start", "while they run"])
def test_interrupt(ran: Workplace, start: Start, pause: float) -> None:
    before = ran.hashes("outputs")
    process = start("long")
    started_runs(process)
    time.sleep(pause)
    interrupt(process)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"interrupted; earlier results stand")
    assert gone(process)
    assert ran.hashes("outputs") == before


def test_interrupt_while_a_kernel_is_built(ran: Workplace, start: Start, tmp_path: Path) -> None:
    before = ran.hashes("outputs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_CACHE_DIR", str(tmp_path))
        process = start("plan")
    assert process.stderr is not None
    while b"preparing" not in process.stderr.readline() and process.poll() is None:
        pass
    time.sleep(1.0)
    interrupt(process)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert gone(process)
    assert ran.hashes("outputs") == before
    assert not list(tmp_path.glob("kernels/*/kernel.o"))


def test_a_killed_run_takes_its_processes_along(ran: Workplace, start: Start) -> None:
    before = ran.hashes("outputs")
    process = start("long")
    started_runs(process)
    time.sleep(1.0)
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert gone(process)
    assert ran.hashes("outputs") == before


def test_a_process_that_dies_ends_the_run(ran: Workplace, start: Start) -> None:
    before = ran.hashes("outputs")
    process = start("long")
    started_runs(process)
    while len(alive(process.pid)) < 4 and process.poll() is None:  # itself, the one that keeps semaphores, two runs
        time.sleep(0.02)
    os.kill(max(alive(process.pid)), signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"is there enough memory?" in err
    assert b"Traceback" not in err
    assert gone(process)
    assert ran.hashes("outputs") == before


def test_killed_while_writing(ran: Workplace, start: Start) -> None:
    before = ran.hashes("outputs", "baseline")
    process = start("baseline")
    while not list((ran.folder / "outputs").glob(".baseline.partial-*/summary.xlsx")) and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert list((ran.folder / "outputs").glob(".baseline.partial-*"))
    assert ran.hashes("outputs", "baseline") == before
    assert ran.sim("targets", "outputs/baseline").code == 0
    assert ran.sim("run", "scenarios/baseline.toml", "--no-plots").code == 0
    assert not list((ran.folder / "outputs").glob(".*"))


LOST = """
import os, signal, weakref
from sim.interrupts import heed_interrupts, note_interrupts

class Thing: pass

signal.signal(signal.SIGINT, signal.default_int_handler)  # whatever these tests were started by
note_interrupts()
heed_interrupts()
thing = Thing()
watch = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT))
del thing
for _ in range(1000): pass
try:
    heed_interrupts()
except KeyboardInterrupt:
    print("heeded")
"""


def test_an_interrupt_that_python_drops_is_not_lost() -> None:
    """One in the callback of a weak reference, as imports have them, is only told of; a run then went on for ever."""
    ended = subprocess.run([sys.executable, "-c", LOST], capture_output=True, check=False)
    assert ended.stdout.split() == [b"heeded"]
    assert b"Exception ignored" in ended.stderr
