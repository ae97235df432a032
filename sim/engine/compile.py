"""From equations to a kernel in memory: planned, written, built once, and kept in the cache under a hash."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache as remembered
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cache import Cache, key_of
from sim.engine.kernel import KernelPlan
from sim.engine.native import Library
from sim.errors import EngineError

if TYPE_CHECKING:
    from sim.model.ir import Equations

LANES = 8
"""Runs side by side: one vector of 512 bits, or two of 256. With more, the memory of 116 parks outgrows the second
level of the cache, and a run alone computes more lanes for nothing."""

KIND = "kernels"
_CODE, _PLAN, _SOURCE = "kernel.o", "plan.json", "kernel.py"


@dataclass(frozen=True)
class Order:
    """What a kernel is made for.

    Parameters
    ----------
    outputs
        Variables to keep.
    series
        Variables that follow time from outside.
    given
        Auxiliaries and first values of stocks that come from outside.
    varying
        Inputs that differ by run.
    """

    outputs: tuple[str, ...]
    series: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    varying: tuple[str, ...] = ()
    method: str = "euler"
    lanes: int = LANES


@dataclass(frozen=True)
class Kernel:
    """A kernel ready to run."""

    plan: KernelPlan
    library: Library


Tell = Callable[[str], None]
"""Told "compile" when a kernel has to be built, which takes seconds."""


def kernel(
    identity: str, equations: Callable[[], Equations], order: Order, cache: Cache, tell: Tell | None = None
) -> Kernel:
    """The kernel for an order: from memory, from the cache, or built now.

    Parameters
    ----------
    identity
        Text (or hash of it) that decides the equations.
    equations
        Called only if the kernel has to be built.

    Raises
    ------
    EngineError
        If the compiler fails.
    """
    key = key_of(identity, json.dumps(asdict(order), sort_keys=True), toolchain())
    with _loading:
        building = _building.setdefault(key, threading.Lock())
    with building:  # two threads that want the same kernel must not both build it; others build theirs meanwhile
        if key not in _loaded:
            files = cache.made_once(KIND, key, lambda: _make(equations(), order, tell))
            with _loading:
                _loaded[key] = _load(files)
        return _loaded[key]


_loading = threading.Lock()
_building: dict[str, threading.Lock] = {}
_loaded: dict[str, Kernel] = {}
"""Kernels in memory: code that is loaded stays loaded until the process ends."""


def _load(files: Mapping[str, bytes]) -> Kernel:
    plan = KernelPlan.from_json(files[_PLAN])
    return Kernel(plan, Library(files[_CODE]))


def _make(equations: Equations, order: Order, tell: Tell | None) -> dict[str, bytes]:
    from sim.engine.codegen import generate
    from sim.engine.hoist import hoist
    from sim.engine.layout import lay_out
    from sim.engine.planned import plan_of
    from sim.engine.tasks import workload

    if tell:
        tell("compile")
    method: Any = order.method
    load = hoist(workload(equations, order.outputs, order.series, order.varying))
    layout = lay_out(load, order.lanes, method)
    source = generate(layout, method)
    plan = plan_of(equations, layout, method)
    code = _build(source.text, {name: list(values) for name, values in source.tables.items()})
    return {_CODE: code, _PLAN: plan.to_json(), _SOURCE: source.text.encode()}


def _build(text: str, tables: Mapping[str, list[int]]) -> bytes:
    """Object code from a process of its own."""
    order = json.dumps({"text": text, "tables": tables, "vectors": "widest"})
    package = str(Path(__file__).parents[2])
    path = os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "sim.engine.build"],
        input=order.encode(), capture_output=True, env={**os.environ, "PYTHONPATH": path}, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise EngineError(f"the compiler failed: {told[-1] if told else done.returncode}")
    return done.stdout


@remembered
def toolchain() -> str:
    """Everything besides model and order that decides the object code: our sources, LLVM, the processor."""
    import llvmlite.binding as llvm

    here = Path(__file__).parent
    sources = sorted([*here.glob("*.py"), *(here.parent / "model").glob("*.py")])
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes().replace(b"\r\n", b"\n"))
    features = llvm.get_host_cpu_features().flatten()
    machine = (llvm.get_process_triple(), llvm.get_host_cpu_name(), features)
    return "\n".join((digest.hexdigest(), version("llvmlite"), *machine))
