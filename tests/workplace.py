"""A small place to work in: five parks, a coarse clock, a folder with a Chinese name; commands as a user types them."""

from __future__ import annotations

import ctypes
import hashlib
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import Workbook

from sim.cli.app import joined

ROOT = Path(__file__).parents[1]
HEADER = [
    *("开发区名称", "级别", "盟市", "主营业务收入(亿元)", "工业总产值(亿元)"),
    *("规划面积(平方公里)", "建成面积(平方公里)"),
]
LEAGUES = ["包头市", "鄂尔多斯市", "赤峰市", "呼和浩特市", "通辽市", "乌海市", "巴彦淖尔市"]


DROP, OVERRIDES = 24, (1, 2)
"""``PR_CAPBSET_DROP`` of Linux, and the capabilities that let root read and write any file."""


@dataclass(frozen=True)
class Result:
    """What a command gave."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()


@dataclass(frozen=True)
class Workplace:
    """A working folder as ``sim new`` makes it."""

    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "models" / "inner-mongolia"

    def sim(self, *arguments: object, lang: str = "en") -> Result:
        """Type a command in this folder; anything but an exit code passes as the exception that it is."""
        out, err, code = io.StringIO(), io.StringIO(), 0
        with chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            try:
                joined()([*map(str, arguments), "--lang", lang], prog_name="sim")
            except SystemExit as end:
                code = int(end.code or 0)
        return Result(code, out.getvalue(), err.getvalue())

    def start(
        self, *arguments: str, encoding: str = "utf-8", file_limit: int = 0, bound: bool = False
    ) -> subprocess.Popen[bytes]:
        """Start a command as a process of its own, in a session of its own; no file may grow beyond the limit.

        Parameters
        ----------
        bound
            Whether permissions of files bind it, as they bind a user, even where the tests are run by root (Linux).
        """
        libc = ctypes.CDLL(None)

        def limit() -> None:
            for capability in OVERRIDES if bound else ():
                libc.prctl(DROP, capability, 0, 0, 0)  # an ordinary user has none to drop
            # a test run in the background passes on that interrupts are ignored; a user's terminal does not
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if file_limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))

        return subprocess.Popen(
            [sys.executable, "-m", "sim", *arguments], cwd=self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
            start_new_session=True, preexec_fn=limit,
        )  # fmt: skip

    def scenario(self, text: str | bytes, name: str = "own.toml") -> Path:
        """Write a scenario; returns its path as one would type it."""
        path = Path("scenarios") / name
        (self.folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def copy(self, target: Path) -> Workplace:
        shutil.copytree(self.folder, target, ignore=shutil.ignore_patterns("outputs"))
        return Workplace(target)

    def hashes(self, *below: str) -> dict[str, str]:
        """Every file below a folder with its hash: whether anything was touched."""
        folder = self.folder.joinpath(*below)
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def park_workbook(path: Path, parks: int) -> Path:
    """A table as an economist keeps it: names, leagues, revenue, output, land."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(HEADER)
    for number in range(parks):
        size = 40 + 360 / (1 + number)
        league = LEAGUES[number % len(LEAGUES)]
        level = "国家级" if number % 5 == 0 else "自治区级"
        sheet.append([f"第{number + 1}开发区", level, league, size, 1.1 * size, 20 + size / 10, 8 + size / 40])
    book.save(path)
    return path


def coarsen(folder: Path, end: int = 2021, step: str = "1.0") -> None:
    """Let the scenarios of a working folder end early and step by years, so that a run takes a second."""
    path = folder / "scenarios" / "baseline.toml"
    text = path.read_text(encoding="utf-8")
    coarse = text.replace("end = 2030", f"end = {end}").replace("step = 0.0625", f"step = {step}")
    assert coarse != text
    path.write_text(coarse, encoding="utf-8")


def keep_targets(place: Workplace, *kept: str) -> None:
    """Leave only some of the targets: reading all of them takes most of the time of a command."""
    path = place.bundle / "targets.toml"
    head, *targets = path.read_text(encoding="utf-8").split("[[target]]\n")
    wanted = [target for target in targets if target.split('"')[1] in kept]
    path.write_text("[[target]]\n".join([head, *wanted]), encoding="utf-8")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A working folder with five parks from an Excel table, in a folder with a Chinese name; nothing was run in it."""
    above = tmp_path_factory.getbasetemp() / "内蒙古 开发区"
    place = Workplace(above / "规划测算")
    if not above.exists():  # by another module's tests
        above.mkdir()
        told = Workplace(above).sim("new", "规划测算", "--parks", park_workbook(above / "园区.xlsx", 5), lang="zh")
        assert told.code == 0, told.err
        assert "5" in told.out
        coarsen(place.folder)
        keep_targets(place, "T01", "T03", "T06", "T20", "T23", "T32", "T39", "T40", "T43", "T44")
    return place


@pytest.fixture
def place(started: Workplace, tmp_path: Path) -> Workplace:
    """A fresh copy of the working folder."""
    return started.copy(tmp_path / "测算")


def alive(session: int) -> list[int]:
    """Processes of a session, without those that only wait to be collected (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def gone(process: subprocess.Popen[bytes]) -> bool:
    """Whether every process of the session ends within a few seconds."""
    for _ in range(100):
        if not alive(process.pid):
            return True
        time.sleep(0.05)
    return False


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """What a terminal does on Ctrl-C: every process of the group is told."""
    os.killpg(process.pid, signal.SIGINT)
