"""`sim cache`: the table, JSON, clearing, wrong use."""

from __future__ import annotations

import json
import time
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from sim.cache import VARIABLE, Cache
from sim.cli.app import joined
from tests.caches import KEY, entry, posix, store

__all__ = ["store"]


def sim(*arguments: str) -> tuple[int, str, str]:
    out, err, code = StringIO(), StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            joined()([*arguments], prog_name="sim")
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def used(store: Cache, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv(VARIABLE, str(store.folder))
    return store


@pytest.mark.parametrize(("lang", "words"), [("en", "compiled kernels"), ("zh", "已编译的计算内核")])
def test_the_table(used: Cache, lang: str, words: str) -> None:
    code, out, err = sim("cache", "--lang", lang)
    assert (code, err) == (0, "")
    assert str(used.folder) in out
    line = next(line for line in out.splitlines() if words in line)
    assert "(kernels)" in line
    assert " 1 " in line
    assert "kB" in line
    assert time.strftime("%Y-%m-%d", time.localtime(used.entries()[0].used)) in line


def test_json(used: Cache) -> None:
    code, out, _ = sim("cache", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["folder"], told["problem"]) == (str(used.folder), None)
    assert told["kinds"]["kernels"] == {"entries": 1, "bytes": told["bytes"]}
    (listed,) = told["entries"]
    assert (listed["key"], listed["description"]) == (KEY, "park model")


def test_clearing(used: Cache) -> None:
    assert sim("cache", "clear", "--kind", "models", "--lang", "en")[:2] == (0, f"nothing to remove in {used.folder}\n")
    code, out, _ = sim("cache", "clear", "--kind", "kernels", "--lang", "en")
    assert code == 0
    assert out.startswith("1 removed, 2.")
    code, out, _ = sim("cache", "--lang", "zh", "clear")
    assert code == 0
    assert "没有可删除的内容" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["cache", "clear", "--kind", "kernel"], "did you mean 'kernels'"),
        (["cache", "claer"], "did you mean 'clear'"),
        (["cache", "--nope"], "no option '--nope'"),
        (["cache", "clear", "now"], "unexpected extra argument"),
    ],
)
def test_wrong_use(used: Cache, arguments: list[str], told: str) -> None:
    code, out, err = sim(*arguments, "--lang", "en")
    assert (code, out) == (2, "")
    assert told in err
    assert len(used.entries()) == 1


@posix
def test_a_folder_of_others_is_told_and_left(used: Cache) -> None:
    used.folder.chmod(0o777)
    code, _, err = sim("cache", "--lang", "en")
    assert code == 0
    assert "written by everybody" in err
    code, out, err = sim("cache", "clear", "--lang", "en")
    assert code == 2
    assert "nothing to remove" in out
    assert entry(used).exists()


def test_an_unwritable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    assert "nothing can be kept" in sim("cache", "--lang", "en")[2]
    assert sim("cache", "clear", "--lang", "en")[0] == 0
