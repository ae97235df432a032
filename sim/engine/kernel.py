"""A kernel as its users see it: which numbers it takes, which it gives, and where they lie in memory.

Everything here can be written to JSON and read back, so that a kernel from the cache needs neither the equations nor
the compiler.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

Method = Literal["euler", "rk4"]

CLOCK_COLUMNS = 3
"""Columns of the clock before those of courses: time, whether values are kept, and which row they go to."""


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
