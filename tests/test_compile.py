"""Kernels in the cache: built once, checked when they are loaded, and built again where anything is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.cache import Cache
from sim.engine import compile as compiling
from sim.engine.compile import Order, kernel
from sim.engine.inputs import Grid, RunInputs
from sim.engine.kernel import KernelPlan
from sim.engine.run import Runner
from sim.errors import EngineError
from sim.model.ir import Clocks, Equation, Equations, Op, Ref, Variable

ROOT = Path(__file__).parents[1]


def growth() -> Equations:
    """One stock that grows by a tenth of itself."""
    variables = {"rate": Variable("rate", "constant", (), (0.1,)), "level": Variable("level", "stock")}
    rules = (
        Equation("level", "initial", (), (), Op("add", (Ref("rate"), Ref("rate")))),
        Equation("level", "flow", (), (), Op("multiply", (Ref("rate"), Ref("level")))),
    )
    return Equations({}, variables, rules, Clocks(0.0, 2.0, 1.0, 1.0))


def level(cache: Cache) -> list[float]:
    """The stock at three times, by a kernel from a cache and not from memory."""
    compiling._loaded.clear()
    made = kernel("growth", growth, Order(("level",)), cache)
    block = next(Runner(made.plan, made.library, RunInputs(Grid(0.0, 1.0, 2))).blocks(1))
    return [float(x) for x in block.values[:, 0, 0]]


RIGHT = [0.2, 0.2 + 0.1 * 0.2, (0.2 + 0.1 * 0.2) + 0.1 * (0.2 + 0.1 * 0.2)]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kernels")
    assert level(Cache(folder)) == RIGHT
    return folder


def test_the_second_time_nothing_is_built(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_make", None)
    assert level(Cache(filled)) == RIGHT


@pytest.mark.parametrize("name", ["kernel.o", "plan.json", "entry.json"])
@pytest.mark.parametrize("how", ["truncated", "changed", "gone"])
def test_a_damaged_entry_is_built_again(filled: Path, name: str, how: str) -> None:
    (file,) = filled.glob(f"kernels/*/{name}")
    content = file.read_bytes()
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(content[: len(content) // 2] if how == "truncated" else content[:-9] + b"\x00" + content[-8:])
    assert level(Cache(filled)) == RIGHT
    (file,) = filled.glob(f"kernels/*/{name}")
    assert file.read_bytes()


def test_another_version_or_processor_has_its_own_kernel(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(list(filled.glob("kernels/*")))
    monkeypatch.setattr(compiling, "toolchain", lambda: "another processor")
    assert level(Cache(filled)) == RIGHT
    assert len(list(filled.glob("kernels/*"))) == before + 1


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert level(Cache(tmp_path / "file")) == RIGHT


def test_two_processes_at_once_end_with_one_good_kernel(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from tests.test_compile import *; print(level(Cache(Path({str(tmp_path)!r}))))"
    command = [sys.executable, "-c", code]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) for _ in range(2)]
    assert [json.loads(process.communicate()[0]) for process in both] == [RIGHT, RIGHT]
    assert len(list(tmp_path.glob("kernels/*/kernel.o"))) == 1


def test_what_the_compiler_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match="the compiler failed: SyntaxError"):
        compiling._build("def shared():\n    pass\n\ndef run():\n    nothing_that_exists(\n", {})


def test_a_plan_survives_its_text(filled: Path) -> None:
    (file,) = list(filled.glob("kernels/*/plan.json"))[:1]
    plan = KernelPlan.from_json(file.read_bytes())
    assert KernelPlan.from_json(plan.to_json()) == plan
    assert np.isclose(plan.inputs[0].default[0], 0.1)
