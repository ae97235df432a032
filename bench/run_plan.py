"""How long the main job takes and how much memory it needs, and the engine against a peer, in one run.

    make bench        or        python bench/run_plan.py

Prints whole-process wall time and peak memory of ``sim run scenarios/plan.toml`` with and without figures, against
the bounds of 60 s and 1.5 GiB, and milliseconds per model run of PySD and of pysimlin on the same model file.
"""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "models" / "inner-mongolia" / "park.mdl"
BOUND_S, BOUND_GIB = 60.0, 1.5


def resident_gib(root: int) -> float:
    """Resident memory of a process and its descendants (Linux), so that runs in parallel count."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # the name in the second field may hold blanks: count from its closing bracket
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                pages[int(entry.name)] = int((entry / "statm").read_text().split()[1])
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sum(pages.get(pid, 0) for pid in found) * os.sysconf("SC_PAGE_SIZE") / 2**30


def whole_process(*options: str) -> tuple[float, float]:
    """Seconds and peak GiB of one ``sim run`` in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "sim", "run", "scenarios/plan.toml", "--output", f"{folder}/plan", *options]
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = [0.0]

        def watch() -> None:
            while process.poll() is None:
                peak[0] = max(peak[0], resident_gib(process.pid))
                time.sleep(0.05)

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = process.wait()
        seconds = time.perf_counter() - begin
        watcher.join()
        if code:
            raise SystemExit(f"sim run ended with {code}")
    return seconds, peak[0]


def engines() -> tuple[float, float]:
    """Milliseconds per run of PySD and pysimlin on the model file's own two parks, 2015-2030, step 1/16."""
    import pysd
    import simlin

    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        copy = Path(folder) / "park.mdl"
        copy.write_bytes(MODEL.read_bytes())
        slow = pysd.read_vensim(str(copy))
        begin = time.perf_counter()
        slow.run(return_columns=["GDP"])
        pysd_ms = 1000 * (time.perf_counter() - begin)
        quick = simlin.load(MODEL)
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            quick.run(analyze_loops=False)
            times.append(1000 * (time.perf_counter() - begin))
    return pysd_ms, median(times)


def main() -> None:
    """Run everything and print it."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    whole_process("--no-plots")  # the translated model is cached by the first run
    for label, options in (("with figures", ()), ("--no-plots", ("--no-plots",))):
        seconds, gib = whole_process(*options)
        print(
            f"sim run scenarios/plan.toml {label:12s} {seconds:6.1f} s ({seconds / BOUND_S:.2f} of {BOUND_S:.0f} s)"
            f"  peak {gib:.2f} GiB ({gib / BOUND_GIB:.2f} of {BOUND_GIB} GiB)"
        )
    ours, peer = engines()
    print(f"one run of park.mdl, 2 parks: PySD {ours:.0f} ms, pysimlin {peer:.0f} ms, ratio {ours / peer:.0f}")


if __name__ == "__main__":
    main()
