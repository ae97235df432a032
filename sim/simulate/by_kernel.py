"""Runs on the compiled kernel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from sim.cache import Cache, key_of
from sim.engine.compile import Kernel, Order, kernel
from sim.engine.inputs import RunInputs
from sim.engine.run import Block, Runner
from sim.errors import Place, Problem
from sim.model.ir import RUN, Equations
from sim.model.override import initial_name, override
from sim.simulate.request import Work
from sim.simulate.results import Done, Explain, Results

SMALL = 2000
"""Elements of a model that counts as small: what it computes in vain takes less time than another kernel."""


def run_kernel(
    work: Work, cache: Cache, tell: Callable[[str], None] | None = None, done: Done | None = None
) -> tuple[Results, Explain]:
    """Every run of a request, block by block.

    Returns
    -------
    tuple
        The results, and what explains a failed run.
    """
    equations = work.source.equations
    assert equations is not None
    names = _kernel_names(work, equations)
    made = _kernel(work, equations, names, cache, tell)
    constants = {names.get(name, name): values for name, values in work.params.constants.items()}
    varying = frozenset(names.get(name, name) for name in work.params.varying)
    inputs = RunInputs(work.timing.grid, constants, work.params.series, varying, work.params.runs)
    if RUN in equations.variables:
        inputs = numbered(inputs)
    results = Results(work, "compiled")
    broken: dict[int, Problem] = {}
    for block in Runner(made.plan, made.library, inputs).blocks(work.threads):
        _take(made, block, results, broken)
        if done:
            done(block.first + block.runs, inputs.runs)
    return results, lambda run: broken.get(run) or _explained(work, equations, run) or results.where_broken(run)


def _kernel_names(work: Work, equations: Equations) -> Mapping[str, str]:
    """By variable with a state whose first value is given, the name under which the kernel takes it."""
    return {
        name: initial_name(equations, name)
        for name in work.params.constants
        if equations.variables[name].kind in ("stock", "held")
    }


def numbered(inputs: RunInputs) -> RunInputs:
    """Inputs of a model that draws random numbers: each run draws its own, by its number."""
    constants = {**inputs.constants, RUN: np.arange(inputs.runs, dtype=float)}
    return replace(inputs, constants=constants, varying=inputs.varying | {RUN})


def _kernel(
    work: Work, equations: Equations, names: Mapping[str, str], cache: Cache, tell: Callable[[str], None] | None
) -> Kernel:
    """The kernel for the names given and asked for.

    A kernel takes seconds to build, so that one should serve many requests. Single numbers count as varying whether
    they do or not; in a small model all numbers do, and all variables are kept.
    """
    params = work.params
    series = tuple(sorted(params.series))
    given = tuple(sorted(name for name in params.constants if equations.variables[name].kind != "constant"))
    changed = override(equations, given, series)
    small = sum(variable.cells for variable in work.source.variables.values()) <= SMALL
    free = {
        name
        for name, variable in changed.variables.items()
        if variable.kind in ("constant", "lookup") and (small or not variable.axes) and name not in series
    }
    free |= {RUN} & equations.variables.keys()
    varying = tuple(sorted(free | {names.get(name, name) for name in params.varying}))
    asked = {output.name for output in work.outputs}
    every = {name for name, variable in work.source.variables.items() if variable.kind not in ("constant", "lookup")}
    order = Order(tuple(sorted(asked | every if small else asked)), series, given, varying, work.method)
    return kernel(key_of("own", work.source.text), lambda: changed, order, cache, tell)


def _take(made: Kernel, block: Block, results: Results, broken: dict[int, Problem]) -> None:
    asked = results.arrays.keys()
    for output in (output for output in made.plan.outputs if output.name in asked):
        size = int(np.prod(output.shape, dtype=int))
        kept = block.values[:, output.cell : output.cell + size]
        results.put(block.first, output.name, kept.reshape(kept.shape[0], *output.shape, block.runs))
    for check in made.plan.checks:
        for place in np.flatnonzero(~(block.values[0, check.cell] <= 0)):
            run = block.first + int(place)
            results.bad[run] = True
            where = Place(results.work.source.path)
            broken.setdefault(run, Problem(where, check.code, {"name": check.variable}))


def _explained(work: Work, equations: Equations, run: int) -> Problem | None:
    """What the slow twin finds when it runs again."""
    from sim.engine.trace_failure import first_failure

    params = work.params
    inputs = RunInputs(work.timing.grid, params.constants, params.series, params.varying, params.runs)
    inputs = (numbered(inputs) if RUN in equations.variables else inputs).run(run)
    names = [output.name for output in work.outputs]
    found = first_failure(equations, inputs, work.method, names)
    if found is None:
        return None
    variable = work.source.variables.get(found.variable)
    return replace(found, line=found.line or (variable.line if variable else 0)).problem(work.source.path)
