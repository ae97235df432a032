"""The compiled engine against its peers on the shipped model, in one run, the same outputs for all.

    make bench        or        python bench/engines.py [--short]

Prints ``name: value`` lines and a table. Times are processor time of one thread (the smallest of several), so that
other work on the machine disturbs little; the two-thread ratio is wall time and needs an idle machine.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import c_kernel
import numpy as np
import xarray as xr
from standalone import standalone

from sim.binding import Study, bind
from sim.bundle import Bundle, load_bundle
from sim.cache import Cache
from sim.engine.build import build
from sim.engine.codegen import Source, generate
from sim.engine.compile import LANES, Kernel
from sim.engine.compiled_engine import _by_default, numbers_of
from sim.engine.hoist import hoist
from sim.engine.interface import Series, StudyInputs
from sim.engine.kernel import KernelPlan
from sim.engine.layout import lay_out
from sim.engine.native import Library
from sim.engine.planned import plan_of
from sim.engine.run import Runner
from sim.engine.tasks import workload
from sim.model.mdl_text import bind_text
from sim.model.override import override
from sim.model.translate import translate
from sim.scenario.resolve import load_scenario

ROOT = Path(__file__).parents[1]
ROWS: list[tuple[str, str, str]] = []


def tell(name: str, value: str, bound: str = "") -> None:
    """One line now, and a row of the table at the end."""
    print(f"{name}: {value}" + (f"  (asked for: {bound})" if bound else ""), flush=True)
    ROWS.append((name, value, bound))


def best(run: Callable[[], object], times: int, clock: Callable[[], float] = time.process_time) -> float:
    """The shortest of several."""
    found = []
    for _ in range(times):
        begin = clock()
        run()
        found.append(clock() - begin)
    return min(found)


class Ours:
    """The kernel of a bound model, built here so that its source and its plan can be looked at."""

    def __init__(self, text: str, inputs: StudyInputs, outputs: tuple[str, ...], lanes: int) -> None:
        model = override(translate(text, Path("park.mdl")), [], inputs.series)
        layout = lay_out(hoist(workload(model, outputs, sorted(inputs.series), _by_default(inputs))), lanes)
        self.source: Source = generate(layout)
        self.plan: KernelPlan = plan_of(model, layout, "euler")
        self.inputs = inputs

    def runner(self, library: Library | Mapping[str, Callable[..., None]], runs: int) -> Runner:
        """A runner on compiled functions."""
        numbers = numbers_of(Kernel(self.plan, library), self.inputs)  # type: ignore[arg-type]
        return Runner(self.plan, library, replace(numbers, runs=runs))  # type: ignore[arg-type]

    def built(self, vectors: str = "widest") -> bytes:
        """Object code for this processor."""
        return build(self.source.text, self.source.tables, vectors=vectors)  # type: ignore[arg-type]

    def cell_steps(self, runner: Runner) -> int:
        """Equation-cells of a run over all steps."""
        return self.plan.work * (runner.inputs.grid.steps + 1)


def study() -> tuple[Bundle, Study, tuple[str, ...]]:
    """The plan scenario of the shipped bundle."""
    scenario = load_scenario(ROOT / "scenarios" / "plan.toml")
    bundle = load_bundle(scenario.bundle)
    return bundle, bind(bundle, scenario), tuple(sorted({spec.variable for spec in bundle.outputs.values()}))


def per_run(runner: Runner, times: int) -> float:
    """Seconds of one core for a run."""
    return best(lambda: list(runner.blocks(1)), times) / runner.inputs.runs


def tiled(inputs: StudyInputs, parks: list[str]) -> StudyInputs:
    """The same numbers for more parks, over and over."""

    def wide(array: xr.DataArray) -> xr.DataArray:
        if "park" not in array.dims:
            return array
        found = array.isel(park=np.arange(len(parks)) % array.sizes["park"]).drop_vars("park")
        return found.assign_coords(park=parks)

    series = {name: Series(wide(one.values), one.between) for name, one in inputs.series.items()}
    constants = {name: wide(array) for name, array in inputs.constants.items()}
    return replace(inputs, parks=tuple(parks), constants=constants, series=series)


def kernel_speed(short: bool) -> tuple[Ours, Library, float, int]:
    """Build, load, run on one core and two."""
    bundle, made, outputs = study()
    begin = time.perf_counter()
    ours = Ours(bundle.bound_text(), made.inputs, outputs, LANES)
    code = ours.built()
    tell("compile, cold (s)", f"{time.perf_counter() - begin:.1f}", "<= 12")
    begin = time.perf_counter()
    library = Library(code)
    tell("load from the cache (s)", f"{time.perf_counter() - begin:.3f}", "<= 0.3")
    runner = ours.runner(library, 64)
    work = ours.cell_steps(runner)
    tell("equation-cell-steps per run (million)", f"{work / 1e6:.2f}")
    seconds = per_run(runner, 3 if short else 8)
    tell("one run, one core (ms)", f"{1e3 * seconds:.2f}")
    tell("per equation-cell-step (ns)", f"{1e9 * seconds / work:.3f}", "<= 0.6 on AVX-512")
    one = best(lambda: list(runner.blocks(1)), 5, time.perf_counter)
    two = best(lambda: list(runner.blocks(2)), 5, time.perf_counter)
    tell("two threads against one", f"{one / two:.2f}", ">= 1.8")
    narrow = ours.built("avx2")
    avx2 = per_run(ours.runner(Library(narrow), 64), 3)
    tell("per equation-cell-step on AVX2 (ns)", f"{1e9 * avx2 / work:.3f}")
    return ours, library, seconds, work


def against_c(ours: Ours, library: Library, seconds: float) -> None:
    """The same equations in C, the best of three widths."""
    with tempfile.TemporaryDirectory() as folder:
        fastest = np.inf
        for lanes in (8, 16, 32):
            outputs = tuple(output.name for output in ours.plan.outputs)
            same = ours if lanes == ours.plan.lanes else Ours(study()[0].bound_text(), ours.inputs, outputs, lanes)
            place = Path(folder) / str(lanes)
            place.mkdir()
            function = c_kernel.build(same.source.text, place)
            if function is None:
                print("C: no compiler here")
                return
            shared = library if same is ours else Library(same.built())
            mixed = {"run": function, "shared": shared["shared"]}
            fastest = min(fastest, per_run(same.runner(mixed, 64), 4))
    tell("one run in C, best of 8, 16 and 32 lanes (ms)", f"{1e3 * fastest:.2f}")
    tell("C faster by", f"{seconds / fastest:.2f}", "<= 1.25")


def against_pysimlin(seconds: float, work: int, parks: int) -> None:
    """At the most parks that it accepts (it has 65,536 slots)."""
    import simlin

    bundle, made, _ = study()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "park.mdl"
        for count in range(parks, 0, -2):
            file.write_text(standalone(bundle, made, count), encoding="utf-8")
            try:
                model = simlin.load(file)
                model.run(analyze_loops=False)
            except Exception as error:
                if "slots" not in str(error):
                    raise
                continue
            peer = best(partial(model.run, analyze_loops=False), 2)
            tell(f"pysimlin, one run of {count} parks (ms)", f"{1e3 * peer:.0f}")
            tell("pysimlin / ours, at equal parks", f"{peer / (seconds * count / 116):.0f}", ">= 30")
            return


def against_pysd(seconds: float) -> None:
    """One run of 116 parks."""
    from sim.engine.pysd_engine import PysdEngine

    bundle, made, outputs = study()
    engine = PysdEngine(Cache())
    engine.translate(bundle.bound_text())
    slow = best(lambda: engine.simulate(bundle.bound_text(), made.inputs, outputs), 1)
    tell("PySD, one run of 116 parks (ms)", f"{1e3 * slow:.0f}")
    tell("PySD / ours", f"{slow / seconds:.0f}", ">= 1500")


def many_parks(seconds: float) -> None:
    """Every zone of the national catalogue."""
    bundle, made, outputs = study()
    parks = [f"P{number:04d}" for number in range(2543)]
    inputs = tiled(made.inputs, parks)
    ours = Ours(bind_text(bundle.model_text, Path("park.mdl"), parks), inputs, outputs, LANES)
    large = per_run(ours.runner(Library(ours.built()), 16), 2)
    tell("one run of 2,543 parks (ms)", f"{1e3 * large:.0f}")
    tell("per park against 116 parks", f"{large / seconds * 116 / 2543:.2f}", "1 if linear")


def main() -> None:
    """Measure everything and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--short", action="store_true", help="without PySD, pysimlin and the large park table")
    short = options.parse_args().short
    warnings.simplefilter("ignore")
    import llvmlite.binding as llvm

    print(f"Python {platform.python_version()}, {llvm.get_host_cpu_name()}, {platform.machine()}")
    ours, library, seconds, work = kernel_speed(short)
    against_c(ours, library, seconds)
    if not short:
        many_parks(seconds)
        against_pysimlin(seconds, work, 104)
        against_pysd(seconds)
    print("\n| | measured | asked for |\n|---|---|---|")
    for name, value, bound in ROWS:
        print(f"| {name} | {value} | {bound} |")


if __name__ == "__main__":
    main()
