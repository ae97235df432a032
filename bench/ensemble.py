"""How long an ensemble takes from scenario to verdicts, and how much memory it needs.

    python bench/ensemble.py [--runs N] [--threads 1 2]

Runs ``scenarios/plan.toml`` (116 parks) in a process of its own for each number of threads and prints ``name: value``
lines: seconds, peak memory, runs per second, and what of it the bare kernel takes. Kernels are built before the clock
starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "plan.toml"
BARE = 1024
"""Runs that the bare kernel is timed with."""


def measure(runs: int, threads: int) -> dict[str, float]:
    """Seconds, peak GiB and the kernel's share of one ensemble, in this process."""
    from sim.analysis.ensemble import Road, resized, run_ensemble
    from sim.engine.compiled_engine import CompiledEngine
    from sim.study import prepare

    prepared = resized(prepare(SCENARIO, "compiled"), runs)
    run_ensemble(prepared, threads, only=1)  # kernels are built, libraries imported
    wall, own = time.perf_counter(), time.thread_time()
    result = run_ensemble(prepared, threads)
    wall, own = time.perf_counter() - wall, time.thread_time() - own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    assert isinstance(prepared.chosen.engine, CompiledEngine)
    road = Road(prepared, prepared.chosen.engine, result.plan, threads, result.tables)
    few = min(BARE, runs)
    bare = time.perf_counter()
    with closing(road.ensemble(0, few).blocks()) as blocks:  # type: ignore[type-var]
        for _ in blocks:
            pass
    bare = (time.perf_counter() - bare) / few * runs
    return {"seconds": wall, "main_thread_cpu_seconds": own, "bare_kernel_seconds": bare, "peak_gib": peak,
            "runs_per_second": runs / wall, "overhead_percent": 100.0 * (wall / bare - 1.0),
            "failed_runs": float(result.failed.sum())}  # fmt: skip


def main() -> None:
    """Print the figures for each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--inside", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside is not None:
        print(json.dumps(measure(asked.runs, asked.inside)))
        return
    for threads in asked.threads:
        command = [sys.executable, str(Path(__file__).resolve()), "--runs", str(asked.runs), "--inside", str(threads)]
        told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        for name, value in json.loads(told.stdout).items():
            print(f"ensemble_{asked.runs}_runs_{threads}_threads_{name}: {value:.4g}", flush=True)


if __name__ == "__main__":
    main()
