"""The kernel of the shipped model: every loop over runs is made of vectors, and a run is the same in any company."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from llvmlite import binding

from sim import dims
from sim.binding import bind
from sim.bundle import load_bundle
from sim.cache import Cache, key_of
from sim.engine.compile import Kernel, toolchain
from sim.engine.compiled_engine import numbers_of
from sim.engine.inputs import Array, Grid, RunInputs
from sim.engine.native import Library
from sim.engine.run import Runner
from sim.engine.trace import evaluate
from sim.model.ir import Equations, Ref, Variable
from sim.model.translate import translate
from sim.scenario.resolve import load_scenario
from tests.kernels import TIME, Written, by_name, here, model, op, rule, same_bits, whole, write

ROOT = Path(__file__).parents[1]
WIDTH = 8 if binding.get_host_cpu_features().get("avx512f") else 4
RUNS = 19


@dataclass(frozen=True)
class Shipped:
    """The plan of the shipped model, its kernel, and what LLVM's vectoriser said of it."""

    equations: Equations
    written: Written
    kernel: Kernel
    inputs: RunInputs
    remarks: str

    def run(self, inputs: RunInputs, threads: int = 1) -> Array:
        return whole(Runner(self.kernel.plan, self.kernel.library, inputs).blocks(threads))


def build(text: str, written: Written) -> dict[str, bytes]:
    """Object code and LLVM's remarks, by a process that does nothing else."""
    tables = {name: list(values) for name, values in written.source.tables.items()}
    order = json.dumps({"text": text, "tables": tables, "vectors": "widest", "remarks": True})
    done = subprocess.run(
        [sys.executable, "-m", "sim.engine.build"], input=order.encode(), capture_output=True, check=True, cwd=ROOT
    )
    return {"code": done.stdout, "remarks": done.stderr}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Shipped:
    """Built once, also if tests of this file run in several processes."""
    scenario = load_scenario(ROOT / "scenarios" / "plan.toml")
    bundle = load_bundle(scenario.bundle)
    study = bind(bundle, scenario).inputs
    equations = translate(bundle.bound_text(), Path("park.mdl"))
    outputs = sorted({output.variable for output in bundle.outputs.values()})
    varying = [name for name, array in study.constants.items() if dims.PARK not in array.dims]
    written = write(equations, outputs, varying=varying, series=sorted(study.series))
    folder = tmp_path_factory.getbasetemp()
    cache = Cache((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "kernels")
    key = key_of(written.source.text, toolchain())
    files = cache.made_once("kernels", key, lambda: build(written.source.text, written))
    kernel = Kernel(written.plan, Library(files["code"]))
    few = replace(numbers_of(kernel, study), grid=Grid(float(study.start), study.step, 9, 3))
    return Shipped(written.equations, written, kernel, few, files["remarks"].decode())


def many(shipped: Shipped) -> RunInputs:
    """Runs with other numbers for whatever is the same in all parks."""
    random = np.random.default_rng(6)
    slots = {slot.name for slot in shipped.kernel.plan.inputs if slot.lanes and not slot.part}
    base = shipped.inputs
    names = sorted(slots & base.constants.keys())
    assert len(names) > 20
    constants = {
        name: base.constants[name] * random.uniform(0.999, 1.001, (RUNS, *[1] * base.constants[name].ndim))
        for name in names
    }
    return replace(base, constants={**base.constants, **constants}, varying=frozenset(names), runs=RUNS)


@pytest.fixture(scope="module")
def ensemble(shipped: Shipped) -> Array:
    return shipped.run(many(shipped))


# --- the same bits


def test_a_run_alone_is_the_same_as_in_an_ensemble(shipped: Shipped, ensemble: Array) -> None:
    assert np.isfinite(ensemble).all()
    assert not same_bits(ensemble[..., 0], ensemble[..., 1])
    for number in (0, 15, 16, RUNS - 1):
        assert same_bits(shipped.run(many(shipped).run(number))[..., 0], ensemble[..., number])


def test_threads_and_order_change_no_bit(shipped: Shipped, ensemble: Array) -> None:
    order = np.arange(RUNS)[::-1]
    inputs = many(shipped)
    turned = {name: array[order] if name in inputs.varying else array for name, array in inputs.constants.items()}
    assert same_bits(shipped.run(inputs, threads=2), ensemble)
    assert same_bits(shipped.run(replace(inputs, constants=turned), threads=2), ensemble[..., order])


def test_the_plan_gives_what_the_interpreter_gives(shipped: Shipped) -> None:
    found = by_name(shipped.kernel.plan, shipped.run(shipped.inputs))
    expected = evaluate(shipped.equations, shipped.inputs, list(found))
    for name, values in found.items():
        scale = np.abs(expected[name]).max()
        np.testing.assert_allclose(values[..., 0], expected[name], rtol=1e-10, atol=1e-13 * scale + 1e-15, err_msg=name)


# --- vectors


def over_lanes(node: ast.AST) -> bool:
    return isinstance(node, ast.For) and isinstance(node.target, ast.Name) and node.target.id == "lane"


class WithoutLanes(ast.NodeTransformer):
    """Leaves out every loop over lanes."""

    def visit_For(self, node: ast.For) -> ast.AST:
        return ast.Pass() if over_lanes(node) else self.generic_visit(node)


def widths(remarks: str) -> list[int]:
    return [int(width) for width in re.findall(r"vectorized loop \(vectorization width: (\d+),", remarks)]


def refusals(remarks: str) -> Counter[str]:
    """Why loops stayed as they were."""
    lines = (line.split(": ", 1)[1] for line in remarks.splitlines() if line.startswith("remark: "))
    return Counter(line for line in lines if "not vectorized" in line or "vectorization is not beneficial" in line)


def vectors(text: str, remarks: str, written: Written) -> tuple[int, Counter[int], Counter[str]]:
    """Loops over lanes in a text; how many loops became vectors, by width; why others of them did not.

    LLVM doesn't say which loop a remark is about: what it says of the text without lanes is said of other loops.
    """
    tree = ast.parse(text)
    loops = sum(over_lanes(node) for node in ast.walk(tree))
    others = build(ast.unparse(WithoutLanes().visit(tree)), written)["remarks"].decode()
    return loops, Counter(widths(remarks)) - Counter(widths(others)), refusals(remarks) - refusals(others)


def test_every_loop_over_lanes_is_made_of_vectors(shipped: Shipped) -> None:
    loops, found, refused = vectors(shipped.written.source.text, shipped.remarks, shipped.written)
    assert not refused
    assert loops > 50
    assert found[WIDTH] >= loops
    assert set(found) == {WIDTH}


def test_a_loop_that_is_no_vector_would_be_seen() -> None:
    axis = here("park")
    size = Variable("size", "constant", ("park",), tuple(range(1, 10)))
    grown = rule("grown", "value", op("multiply", op("exp", Ref("size", axis)), TIME), "park")
    made = model({"park": list("ABCDEFGHI")}, [size, Variable("grown", "auxiliary", ("park",))], [grown])
    written = write(made, ["grown"], varying=["size"])
    text = written.source.text
    loops, found, refused = vectors(text, build(text, written)["remarks"].decode(), written)
    assert (found[WIDTH] >= loops, sum(refused.values())) == (True, 0)
    slow = text.replace("v2 = exp(v1)", "v2 = exp(v1) + r0[0]\n        r0[0] = v2")  # a sum that runs through the lanes
    assert slow != text
    loops, found, refused = vectors(slow, build(slow, written)["remarks"].decode(), written)
    assert found[WIDTH] < loops
    assert sum(refused.values()) > 0
