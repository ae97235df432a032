"""World3-03, the model of *The Limits to Growth: The 30-Year Update*, against a program that is none of ours.

    make world3        or        python -m bench.world3 --python PYTHON [--step 0.5] [SCENARIO ...]

Equations and results are those of the package pydynamo-w, which PYTHON must have (``pip install --no-deps
pydynamo-w==0.0.2``, then ``pip install numpy astunparse networkx matplotlib pyvis``). The equations are written as a
Vensim model in a temporary folder (:mod:`bench.dynamo`), which the compiled engine reads and runs. Compared is every
variable at every step with the model that steps as the package does: the largest difference, relative to the largest
value of the variable, must be below 1e-9. Beside it stands the model as one would write it in Vensim, at the same step
and at an eighth of it, each against the package at that step: what is left there is the package's order of computing,
and falls with the step. A scenario is a set of numbers, constants and tables, set in the model of the first.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

import sim
from bench.dynamo import CLOCK, read, vensim

BOUND = 1e-9
RUNNER = Path(__file__).with_name("pydynamo_run.py")
MAIN = {
    "pop": "population",
    "iopc": "industrial output per capita",
    "fpc": "food per capita",
    "ppolx": "persistent pollution index",
    "nrfr": "non-renewable resources, fraction left",
}
INSTALL = (
    "World3 is read from a package that is not part of this project. In an environment of its own:\n"
    "    python3 -m venv w3 && w3/bin/pip install --no-deps pydynamo-w==0.0.2\n"
    "    w3/bin/pip install numpy astunparse networkx matplotlib pyvis\n"
    "    python -m bench.world3 --python w3/bin/python"
)


def reference(python: str, step: float, scenarios: list[int]) -> list[dict[str, Any]]:
    """Equations, times and values of each scenario, from the package's own simulation."""
    command = [python, "-W", "ignore", str(RUNNER), repr(step), *map(str, scenarios)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{done.stderr.strip().splitlines()[-1]}\n{INSTALL}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def written(run: dict[str, Any], step: float, stepped: bool) -> sim.Model:
    """The same equations as a Vensim model."""
    with tempfile.TemporaryDirectory(prefix="sim-world3-") as folder:
        path = Path(folder, "world3.mdl")
        text = vensim(run["lines"], run["times"][0], run["times"][-1], step, stepped=stepped)
        path.write_text(text, encoding="utf-8")
        return sim.load_model(path)


def numbers(run: dict[str, Any]) -> dict[str, Any]:
    """What a scenario changes of the model, by the model's names."""
    found = read(run["lines"])
    params: dict[str, Any] = {}
    for name, value in found.constants.items():
        if name not in CLOCK and isinstance(value, ast.Constant):
            params[name] = value.value
    for name, value in found.now.items():
        tables = [one.id for one in ast.walk(value) if isinstance(one, ast.Name) and one.id in found.tables]
        params |= {f"table of {name}": list(found.tables[table]) for table in tables}
    return params


def difference(theirs: list[float], found: np.ndarray[Any, Any]) -> float:
    """The largest difference, in parts of the variable's largest value."""
    values = np.asarray(theirs)
    return float(np.abs(found - values).max() / max(np.abs(values).max(), 1e-300))


def peak(times: list[float], values: Any) -> str:
    place = int(np.argmax(values))
    return f"{float(values[place]) / 1e9:.9f} billion in {times[place]:g}"


def compare(run: dict[str, Any], fine: dict[str, Any], models: list[sim.Model]) -> float:
    """Print one scenario; the largest difference of any variable."""
    names = [name for name in run["values"] if name != "time"]
    params = numbers(run)
    same = models[0].simulate(params, names, run["times"])
    plain = models[1].simulate(params, list(MAIN), run["times"])
    step, end = fine["times"][1] - fine["times"][0], fine["times"][-1]
    finer = models[1].simulate(params, list(MAIN), fine["times"], step=step, end=end)
    apart = {name: difference(theirs, same[name].to_numpy()) for name, theirs in run["values"].items()}
    worst = max(apart, key=lambda name: apart[name])
    print(f"scenario {run['scenario']}: {len(apart)} variables, {len(run['times'])} times")
    print(f"  peak of the population: {peak(run['times'], run['values']['pop'])} by the package,")
    print(f"  {peak(run['times'], same['pop'].to_numpy())} here; plain {peak(run['times'], plain['pop'].to_numpy())}")
    print(f"  {'':40} as stepped  plain    at step / 8")
    for name, title in MAIN.items():
        others = [difference(run["values"][name], plain[name].to_numpy())]
        others += [difference(fine["values"][name], finer[name].to_numpy())]
        print(f"  {title:40} {apart[name]:8.1e}    {others[0]:.1e}  {others[1]:.1e}")
    print(f"  {'largest of all: ' + worst:40} {apart[worst]:8.1e}", flush=True)
    return apart[worst]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("scenarios", type=int, nargs="*", help="numbers of the package's scenarios; all if none")
    parser.add_argument("--python", default=sys.executable, help="a Python with the package pydynamo-w")
    parser.add_argument("--step", type=float, default=0.5, help="years")
    asked = parser.parse_args()
    runs, fine = (reference(asked.python, step, asked.scenarios) for step in (asked.step, asked.step / 8))
    models = [written(runs[0], asked.step, stepped) for stepped in (True, False)]
    worst = max(compare(*pair, models) for pair in zip(runs, fine, strict=True))
    if not worst <= BOUND:
        raise SystemExit(f"a difference of {worst:.1e}")


if __name__ == "__main__":
    main()
