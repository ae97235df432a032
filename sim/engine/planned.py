"""What callers need to know of a kernel, taken from its layout when it is built."""

from __future__ import annotations

from math import prod

from sim.engine.kernel import CheckPlan, KernelPlan, Method, Output, Slot, slopes
from sim.engine.layout import Layout
from sim.engine.tasks import CHECK, COURSE, SLOPES, XS, YS
from sim.model.ir import Equations


def plan_of(equations: Equations, layout: Layout, method: Method) -> KernelPlan:
    """What callers need to know of a layout."""
    values, places = layout.load.values, layout.places
    inputs = [
        Slot(*_owner(name), places[name].offset, prod(layout.shape(name)), places[name].lanes, value.axes,
             layout.shape(name), value.axes.index(str(layout.outer)) if places[name].stride else -1,
             places[name].stride, _default(equations, name))
        for name, value in values.items()
        if value.source == "input"
    ]  # fmt: skip
    courses = [
        Slot(name.removesuffix(COURSE), "", number, prod(layout.shape(name)), places[name].lanes, values[name].axes,
             layout.shape(name), default=equations.variables[name.removesuffix(COURSE)].values)
        for number, name in enumerate(layout.courses)
    ]  # fmt: skip
    outputs = [
        Output(name, cell, values[name].axes, layout.shape(name))
        for name, cell in layout.outputs.items()
        if not name.startswith(CHECK)
    ]
    checks = [
        CheckPlan(check.code, check.variable, layout.outputs[f"{CHECK}{number}"])
        for number, check in enumerate(equations.checks)
        if f"{CHECK}{number}" in layout.outputs
    ]
    used = {axis for axes in [o.axes for o in outputs] + [s.axes for s in (*inputs, *courses)] for axis in axes}
    return KernelPlan(
        method, layout.lanes, layout.size, layout.width, layout.history_width,
        tuple(inputs), tuple(courses), tuple(outputs), tuple(checks),
        {name: labels for name, labels in equations.ranges.items() if name in used}, work_of(equations),
    )  # fmt: skip


def work_of(equations: Equations) -> int:
    """Elements of auxiliaries and flows that the equations give at each step: the size of the model.

    What a kernel leaves out because nothing needs it, or computes less often, counts here all the same.
    """
    return sum(
        prod(len(equations.ranges[over]) for _, over in equation.loops)
        for equation in equations.equations
        if equation.role in ("value", "flow", "next")
    )


def _owner(name: str) -> tuple[str, str]:
    for part in (XS, YS, SLOPES):
        if name.endswith(part):
            return name.removesuffix(part), part.strip()
    return name, ""


def _default(equations: Equations, name: str) -> tuple[float, ...]:
    owner, part = _owner(name)
    variable = equations.variables[owner]
    if part == XS.strip():
        return variable.points
    if part == SLOPES.strip():
        return tuple(slopes(variable.points, variable.values))
    return variable.values
