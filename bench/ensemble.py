"""How long an ensemble takes from scenario to verdicts, how much memory it needs, and what store and workers cost.

    python bench/ensemble.py [--runs N] [--threads 1 2] [--worker-runs N]

Runs ``scenarios/plan.toml`` (116 parks) and prints ``name: value`` lines. For each number of threads, in a process of
its own: seconds, peak memory, runs per second, and the overhead over the bare kernel. Then the same through a store:
seconds to compute and keep, seconds to read all of it back as a resumed ensemble does, and its size. Last, runs per
second of one and of two local dask workers (``--worker-runs 0`` leaves that out). Kernels are built before the clock
starts.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "plan.toml"
BARE = 1024
"""Runs that the bare kernel is timed with."""

WORKER_SHARD = 256
"""Runs of the shards that workers are timed with: enough of them for two workers in a short measurement."""


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


def measure_store(runs: int, threads: int) -> dict[str, float]:
    """Seconds of an ensemble that is kept and of one that is read back, and the size of the store."""
    from sim.analysis.ensemble import resized, run_ensemble
    from sim.analysis.identity import identity
    from sim.analysis.shard import SHARD
    from sim.analysis.store import opened
    from sim.study import prepare

    prepared = resized(prepare(SCENARIO, "compiled"), runs)
    run_ensemble(prepared, threads, only=1)
    found = {}
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "store"
        for name in ("computed_and_kept", "resumed_with_all_there"):
            began = time.perf_counter()
            with opened(folder, identity(prepared, SHARD), SHARD) as store:
                run_ensemble(prepared, threads, through=store.through)
            found[f"{name}_seconds"] = time.perf_counter() - began
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return found | {"store_mib": size / 2**20, "peak_gib": peak}


def measure_workers(runs: int, workers: int) -> dict[str, float]:
    """Runs per second of local dask workers that have opened the scenario already."""
    from sim.analysis.cluster import Scheduler, connected
    from sim.analysis.ensemble import resized, run_ensemble
    from sim.analysis.parcel import parcel_of
    from sim.analysis.shard import Span, spans
    from sim.study import prepare

    prepared = resized(prepare(SCENARIO, "compiled"), runs)
    run_ensemble(prepared, 1, only=1)
    with connected(Scheduler(workers=workers)) as cluster:
        supply = cluster.supply(parcel_of(prepared, WORKER_SHARD))
        for _ in supply([Span(number * WORKER_SHARD, 8) for number in range(4 * workers)], lambda _: None):
            pass
        began = time.perf_counter()
        done = sum(shard.span.runs for shard in supply(spans(BARE, runs, WORKER_SHARD), lambda _: None))
        return {"runs_per_second": done / (time.perf_counter() - began)}


KINDS = {"threads": measure, "threads_store": measure_store, "workers": measure_workers}


def apart(kind: str, runs: int, number: int) -> dict[str, float]:
    """A measurement in a process of its own, printed."""
    command = [sys.executable, str(Path(__file__).resolve()), "--runs", str(runs), "--inside", kind, str(number)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(told.stdout)
    for name, value in found.items():
        print(f"ensemble_{runs}_runs_{number}_{kind}_{name}: {value:.4g}", flush=True)
    return found


def main() -> None:
    """Print the figures for each number of threads, for a store, and for one and two workers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--worker-runs", type=int, default=4096)
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside is not None:
        kind, number = asked.inside
        print(json.dumps(KINDS[kind](asked.runs, int(number))))
        return
    for threads in asked.threads:
        apart("threads", asked.runs, threads)
    apart("threads_store", asked.runs, asked.threads[-1])
    if asked.worker_runs:
        one, two = (apart("workers", asked.worker_runs, workers)["runs_per_second"] for workers in (1, 2))
        print(f"ensemble_two_local_workers_over_one: {two / one:.4g}", flush=True)


if __name__ == "__main__":
    main()
