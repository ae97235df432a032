"""The documentation as web pages, and the first hour as a new user goes through it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from sim.cli.app import joined
from sim.starter.source import copy_starter

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
FEW = {"4096": "32"}
"""Numbers of a long run, and what is run here in their place."""


def test_pages_are_built_without_a_warning(tmp_path: Path) -> None:
    """Every link leads somewhere, every page is in the contents."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs/site", ".", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    commands = re.sub("<[^>]*>", "", (tmp_path / "docs" / "site" / "commands.html").read_text(encoding="utf-8"))
    assert all(f"sim {name} [OPTIONS]" in commands for name in joined().commands)


def typed(page: str) -> list[list[str]]:
    """The lines of a first hour that are typed after the installation, as words."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    lines = [line.strip() for kind, body in FENCE.findall(text) if not kind for line in body.splitlines()]
    return [shlex.split(line.replace("\\", "/"))[1:] for line in lines if line.startswith("sim ")]


def test_both_first_hours_type_the_same() -> None:
    english, chinese = typed("first-hour.md"), typed("first-hour.zh.md")
    assert len(english) >= 6
    assert chinese == [["zh" if word == "en" else word for word in words] for words in english]


@pytest.mark.parametrize("page", ["first-hour.md"])
def test_every_command_of_the_first_hour_works(page: str, tmp_path: Path) -> None:
    place = tmp_path / "work"
    copy_starter(place)
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    own = next(body for kind, body in FENCE.findall(text) if kind == "toml")
    (place / "scenarios" / "mine.toml").write_text(own, encoding="utf-8")
    with chdir(place):
        for words in typed(page):
            joined().main([FEW.get(word, word) for word in words], prog_name="sim", standalone_mode=False)
    written = {path.name for path in (place / "outputs").iterdir()}
    assert {"plan", "mine", "compare-baseline-plan-mine", "plan-ensemble"} <= written
