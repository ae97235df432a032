"""How long ``sim simulate`` takes: a small model that was run before, and generated large ones for the first time.

    make bench        or        python bench/simulate.py [--short]

Prints ``name: value`` lines. ``whole process`` is the wall time of ``python -m sim simulate MODEL --output FILE``, the
shortest of several, with the processor time of it and its children beside; ``cold`` begins with an empty cache. Parts
are processor time of one process that has imported everything, that of its compiler included: reading the file,
translating, planning (up to the text of the kernel), building, and one run. ``--short`` leaves out what has 10,000
equations.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from model_texts import chain, flat, mixed, total

from sim.cache import Cache
from sim.engine.codegen import generate
from sim.engine.hoist import hoist
from sim.engine.layout import lay_out
from sim.engine.tasks import workload
from sim.model.external import Files
from sim.model.ir import Equations
from sim.model.reading import read_entries, read_text
from sim.simulate.compute import compute
from sim.simulate.own_text import own_text
from sim.simulate.request import Request, checked
from sim.simulate.source import read_source

ROOT = Path(__file__).parents[1]
WARM, COLD = 0.5, 20.0
"""Seconds asked for: a small model that was run before, a model of 1,000 equations for the first time."""

SMALL = """{UTF-8}
stock = INTEG(inflow - outflow, 10) ~~|
inflow = rate * 3 ~~|
rate = 0.5 ~~|
outflow = stock / delay ~~|
delay = 4 ~~|
INITIAL TIME = 0 ~~| FINAL TIME = 10 ~~| TIME STEP = 0.5 ~~| SAVEPER = TIME STEP ~~|
"""

T = TypeVar("T")


def processor() -> float:
    """Seconds of processor time of this process and of those that it waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Processor time of some work, and what it gives."""
    begin = processor()
    found = work()
    return processor() - begin, found


def whole_process(model: Path, cache: Path) -> tuple[float, float]:
    """Wall and processor seconds of one call of the command."""
    command = [sys.executable, "-m", "sim", "simulate", str(model), "--output", str(model.with_suffix(".csv"))]
    environment = {**os.environ, "SIM_CACHE_DIR": str(cache)}
    begin, before = time.perf_counter(), processor()
    subprocess.run(command, cwd=ROOT, check=True, env=environment, capture_output=True)
    return time.perf_counter() - begin, processor() - before


def tell(name: str, seconds: tuple[float, float], bound: float | None = None) -> None:
    """A line about a whole process."""
    asked = f"asked for: <= {bound:g}; " if bound else ""
    print(f"{name}, whole process (s): {seconds[0]:.2f}  ({asked}processor {seconds[1]:.2f})", flush=True)


def parts(model: Path, cache: Cache) -> Iterator[tuple[str, float]]:
    """Processor time of the parts of a first run, by name."""

    def read() -> str:
        found, _ = read_entries(read_text(model).text, model, Files.named(model.parent, ()))
        return own_text(found)

    reading, _ = timed(read)
    yield "reading", reading
    both, source = timed(lambda: read_source(model, cache))
    yield "translating", both - reading
    assert source.equations is not None
    planning, _ = timed(lambda: plan(source.equations))
    yield "planning", planning
    work = checked(source, Request(engine="compiled"))
    first, _ = timed(lambda: compute(work, cache))
    running, _ = timed(lambda: compute(work, cache))
    yield "building", first - planning - running
    yield "running", running


def plan(equations: Equations | None) -> str:
    """The text of a kernel that keeps everything and takes every number from outside."""
    assert equations is not None
    kinds = {name: variable.kind in ("constant", "lookup") for name, variable in equations.variables.items()}
    kept = sorted(name for name, given in kinds.items() if not given and not equations.variables[name].made)
    given = [name for name in kinds if kinds[name]]
    return generate(lay_out(hoist(workload(equations, kept, (), given)), 8, "euler"), "euler").text


def main() -> None:
    """Measure and print everything."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="without the models of 10,000 equations")
    large = () if options.parse_args().short else (("10,000 flat", flat(10_000)), ("chain of 10,000", chain(10_000)))
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.mdl"
        small.write_text(SMALL, encoding="utf-8")
        tell("small model, cold", whole_process(small, folder / "small"))
        tell("small model, warm", min(whole_process(small, folder / "small") for _ in range(5)), WARM)
        models = (("1,000 flat", flat(1000)), ("1,000 mixed", mixed(1000)), ("sum of 5,000 terms", total(5000)), *large)
        for label, text in models:
            model = folder / f"{label.replace(' ', '-')}.mdl"
            model.write_text(text, encoding="utf-8")
            tell(f"{label}, cold", whole_process(model, folder / label), COLD if label.startswith("1,000") else None)
            split = parts(model, Cache(folder / f"{label} in parts"))
            print("  " + ", ".join(f"{part} {seconds:.2f}" for part, seconds in split), flush=True)
            tell(f"{label}, warm", min(whole_process(model, folder / label) for _ in range(2)))


if __name__ == "__main__":
    main()
