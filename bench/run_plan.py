"""How long the main job takes and how much memory it needs.

    make bench        or        python bench/run_plan.py

Prints whole-process wall time and peak memory of ``sim run scenarios/plan.toml``: the first time ever, when the kernel
is built, and after that with and without figures.
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
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNS = (
    ("first, kernel built", 15.0, 1, ()),
    ("with figures", 2.0, 3, ()),
    ("--no-plots", 1.0, 3, ("--no-plots",)),
)


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


def main() -> None:
    """Run everything and print it."""
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as fresh:
        os.environ["SIM_CACHE_DIR"] = fresh
        for label, bound, times, options in RUNS:
            seconds, gib = min(whole_process(*options) for _ in range(times))
            print(f"sim run, {label} (s): {seconds:.2f}  (asked for: <= {bound:g}; peak {gib:.2f} GiB)")


if __name__ == "__main__":
    main()
