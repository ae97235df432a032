"""Small models of the language in tests: every variable by the slow twin, and by a kernel that must agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sim.engine.inputs import Array, Grid, RunInputs
from sim.engine.trace import evaluate
from sim.model.ir import Equations
from sim.model.translate import translate
from tests.kernels import authored, by_name, plain, write

NA = -(2.0**109)


def model(body: str, grid: Grid) -> Equations:
    """The equations of a body whose entries end with ``~~|``, with a control section for a grid."""
    end = grid.start + grid.steps * grid.step
    control = f"INITIAL TIME={grid.start}~~|FINAL TIME={end}~~|TIME STEP={grid.step}~~|SAVEPER={grid.step}~~|"
    return translate(("{UTF-8}\n" + body + control).replace("~~|", "~ ~ |\n"), Path("m.mdl"))


def values(body: str, steps: int = 4, step: float = 1.0, start: float = 0.0) -> dict[str, Array]:
    """By variable its values at every step, shape (steps + 1, *axes), as the slow twin gives them."""
    grid = Grid(start, step, steps)
    equations = model(body, grid)
    return evaluate(equations, RunInputs(grid), authored(equations))


def same_in_kernel(body: str, steps: int = 4, step: float = 1.0, start: float = 0.0) -> None:
    """The text of a kernel gives what the slow twin gives; functions like EXP may differ in the last places."""
    grid = Grid(start, step, steps)
    equations = model(body, grid)
    keep = authored(equations)
    slow, written = evaluate(equations, RunInputs(grid), keep), write(equations, keep, lanes=1)
    fast = by_name(written.plan, plain(written, RunInputs(grid)))
    for name in keep:
        np.testing.assert_allclose(fast[name][..., 0], slow[name], rtol=1e-12, atol=1e-12, err_msg=name)
