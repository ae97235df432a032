"""Runs World3-03 by the package pydynamo-w itself and prints equations and results as JSON, for ``bench.world3``.

A file of its own, for the Python that has the package (which pins old versions of numpy and others); nothing of ours
is imported here.
"""

from __future__ import annotations

import json
import sys

import numpy as np

if not hasattr(np, "NAN"):
    setattr(np, "NAN", np.nan)  # noqa: B010 - numpy 2 has dropped the name that the package uses


def main() -> None:
    from pydynamo.world3 import World3, scenarios

    step = float(sys.argv[1])
    found = []
    for number in map(int, sys.argv[2:]) if sys.argv[2:] else range(1, len(scenarios) + 1):
        world = World3(number)
        world.run(int(200 / step), step)
        names = sorted(world.get_var_names())
        found.append(
            {
                "scenario": number,
                "lines": list(world.code_lines),
                "times": world.time.tolist(),
                "values": {name: np.asarray(world.get_var(name), dtype=float).tolist() for name in names},
            }
        )
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
