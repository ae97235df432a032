"""The compiled engine against PySD on every output of every shipped scenario.

    make conformance        or        python bench/agreement.py [SCENARIO …]

Prints the largest relative difference by scenario, and the output where it is. A value is compared with the larger of
itself and a thousandth of the largest value of its output: differences of two nearly equal numbers (a logarithm near
0) carry the rounding of what they were taken from. Ends with 1 if a difference exceeds 1e-9.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from sim.study import prepare, simulate

BOUND = 1e-9
ROOT = Path(__file__).parents[1]


def difference(path: Path) -> tuple[float, str]:
    """The largest relative difference of a scenario, and its output."""
    fast, slow = (simulate([prepare(path, engine)])[0].results for engine in ("compiled", "pysd"))
    worst = (0.0, "")
    for name in fast.data_vars:
        ours, theirs = fast[name].to_numpy(), slow[name].to_numpy()
        scale = np.maximum(np.abs(theirs), 1e-3 * np.abs(theirs).max(initial=1e-300))
        worst = max(worst, (float((np.abs(ours - theirs) / np.maximum(scale, 1e-300)).max()), str(name)))
    return worst


def main() -> None:
    """Compare and print."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted((ROOT / "scenarios").glob("*.toml"))
    found = {}
    for path in paths:
        found[path.stem] = difference(path)
        print(f"{path.stem}: {found[path.stem][0]:.1e} ({found[path.stem][1]})", flush=True)
    if max(value for value, _ in found.values()) > BOUND:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
