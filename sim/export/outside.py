"""What a single park takes from all of them, at every time step of the full run.

The full run is that of the slow twin of the kernel (:mod:`sim.engine.trace`), which can be asked for any expression
and gives the same numbers to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.interface import YEAR, StudyInputs
from sim.engine.trace import Run
from sim.model.ir import Equations, Expression, references


def plain_inputs(equations: Equations, inputs: StudyInputs) -> RunInputs:
    """Study inputs without labels, in the order of the model's axes; every time step is kept."""

    def plain(name: str, array: xr.DataArray, *last: str) -> Array:
        axes = equations.variables[name].axes
        placed = array.transpose(*axes, *last).reindex({axis: list(equations.ranges[axis]) for axis in axes})
        return np.ascontiguousarray(placed.to_numpy(), dtype=float)

    constants = {name: plain(name, array) for name, array in inputs.constants.items()}
    series = {
        name: Course(one.values[YEAR].to_numpy().astype(float), plain(name, one.values, YEAR), one.between)
        for name, one in inputs.series.items()
    }
    steps = round((inputs.end - inputs.start) / inputs.step)
    return RunInputs(Grid(float(inputs.start), inputs.step, steps), constants, series)


def courses(equations: Equations, inputs: RunInputs, wanted: Sequence[Expression]) -> dict[Expression, Array]:
    """By expression (nothing in it follows a loop around it) its values at every step of the run, shape (steps + 1,).

    >>> from sim.model.ir import Clocks, Equation, Number, Op, Ref, Variable
    >>> rules = (Equation("x", "initial", (), (), Number(1.0)), Equation("x", "flow", (), (), Ref("x")))
    >>> model = Equations({}, {"x": Variable("x", "stock")}, rules, Clocks(0.0, 2.0, 1.0, 1.0))
    >>> double = Op("multiply", (Number(2.0), Ref("x")))
    >>> courses(model, RunInputs(Grid(0.0, 1.0, 2)), [double])[double].tolist()
    [2.0, 4.0, 8.0]
    """
    names = sorted({name for expression in wanted for name, _ in references(expression)})
    run = Run(equations, inputs, names)
    found = {expression: np.zeros(inputs.grid.steps + 1) for expression in wanted}
    formulas = {expression: run.reader.formula(expression, ()) for expression in wanted}
    for moment in run.moments():
        for expression, formula in formulas.items():
            found[expression][moment.number] = formula(moment).item()
    return found
