"""A kernel as its users see it: which numbers it takes, which it gives, and where they lie in memory.

Everything here can be written to JSON and read back, so that a kernel from the cache needs neither the equations nor
the compiler.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod

from sim.engine.layout import Layout, Method
from sim.engine.tasks import COURSE, SLOPES, XS, YS
from sim.model.ir import Equations


@dataclass(frozen=True)
class Slot:
    """Where a number array of the caller goes.

    Parameters
    ----------
    name
        Variable of the model; for a lookup with what part of it is meant ("@x", "@y", "@slope") in ``part``.
    offset
        In the workspace, in numbers; for a course its number instead.
    lanes
        Whether there is one number per lane.
    axes
        Ranges of the variable, in the order of its elements.
    park_axis, stride
        Where parks lie among the axes, and from one park to the next in the workspace; -1 and 0 without parks.
    default
        Numbers of the model file, one for each element.
    """

    name: str
    part: str
    offset: int
    cells: int
    lanes: bool
    axes: tuple[str, ...] = ()
    shape: tuple[int, ...] = ()
    park_axis: int = -1
    stride: int = 0
    default: tuple[float, ...] = ()


@dataclass(frozen=True)
class Output:
    """Where a kept variable lies in a row of results."""

    name: str
    cell: int
    axes: tuple[str, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class CheckPlan:
    """What the first row of results tells about a condition of the equations."""

    code: str
    variable: str
    cell: int


@dataclass(frozen=True)
class KernelPlan:
    """Sizes and places of a kernel.

    Parameters
    ----------
    size
        Numbers in a workspace.
    width, history_width
        Elements in a row of results, and in a row of what delays remember.
    work
        Elements computed at each step, before anything is left out.
    """

    method: Method
    lanes: int
    size: int
    width: int
    history_width: int
    inputs: tuple[Slot, ...]
    courses: tuple[Slot, ...]
    outputs: tuple[Output, ...]
    checks: tuple[CheckPlan, ...]
    labels: Mapping[str, tuple[str, ...]]
    work: int

    def to_json(self) -> bytes:
        """The plan as text."""
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @staticmethod
    def from_json(text: bytes) -> KernelPlan:
        """The plan read back.

        Raises
        ------
        ValueError, KeyError, TypeError
            If the text is no plan.
        """
        raw = json.loads(text)
        for kind in ("inputs", "courses"):
            raw[kind] = tuple(
                Slot(**{**x, **{key: tuple(x[key]) for key in ("default", "axes", "shape")}}) for x in raw[kind]
            )
        raw["outputs"] = tuple(
            Output(x["name"], x["cell"], tuple(x["axes"]), tuple(x["shape"])) for x in raw["outputs"]
        )
        raw["checks"] = tuple(CheckPlan(**x) for x in raw["checks"])
        raw["labels"] = {name: tuple(labels) for name, labels in raw["labels"].items()}
        return KernelPlan(**raw)


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
        if not name.startswith("#check")
    ]
    checks = [
        CheckPlan(check.code, check.variable, layout.outputs[f"#check {number}"])
        for number, check in enumerate(equations.checks)
        if f"#check {number}" in layout.outputs
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


def slopes(points: tuple[float, ...], values: tuple[float, ...]) -> list[float]:
    """By point the slope to the next of the same table; 0 after the last and across a step.

    >>> slopes((0.0, 1.0, 3.0), (5.0, 6.0, 4.0))
    [1.0, -1.0, 0.0]
    """
    found = []
    for first in range(0, len(values), len(points)):
        ys = values[first : first + len(points)]
        for here in range(len(points)):
            last = here == len(points) - 1
            width = 0.0 if last else points[here + 1] - points[here]
            found.append((ys[here + 1] - ys[here]) / width if width > 0 else 0.0)
    return found
