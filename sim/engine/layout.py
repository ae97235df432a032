"""Where every value lives: in a register of its nest, in a buffer of its park, or in memory for all parks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from typing import Literal

from sim.engine.kernel import Method
from sim.engine.phases import Nest, Phase, Planner, outer_range
from sim.engine.tasks import Section, Task, Value, Workload
from sim.model.ir import reads

BASE, TOTAL = "\t @base", "\t @total"
"""With Runge and Kutta: a stock at the beginning of a step, and the weighted sum of its flows so far."""

SECTIONS: tuple[Section, ...] = ("shared", "start", "step")

Home = Literal["register", "park", "memory", "course"]


@dataclass(frozen=True)
class Place:
    """The home of a value.

    Parameters
    ----------
    region
        Number of its region; -1 in a register.
    offset
        Where it begins in the workspace, in numbers of 8 bytes.
    axes
        Ranges of what is stored for a park, or at all where there is no park axis.
    lanes
        Whether each element has one number per lane.
    stride
        In memory, from the numbers of one park to those of the next: everything of a park lies together, so that a
        phase walks through memory in one direction. 0 for what has no park axis; else the park axis, which
        ``axes`` lacks, comes first.
    """

    home: Home
    region: int
    offset: int
    axes: tuple[str, ...]
    sizes: tuple[int, ...]
    lanes: bool
    stride: int = 0

    @property
    def cells(self) -> int:
        """Number of elements, of one park where there are parks."""
        return prod(self.sizes)


@dataclass
class Layout:
    """The order of work of all sections and the home of every value.

    Parameters
    ----------
    size
        Numbers in the workspace.
    outputs
        By kept variable the first of its cells in a row of results; ``width`` cells make a row.
    """

    load: Workload
    lanes: int
    outer: str | None
    phases: dict[Section, list[Phase]]
    places: dict[str, Place] = field(default_factory=dict)
    size: int = 0
    outputs: dict[str, int] = field(default_factory=dict)
    width: int = 0
    histories: dict[str, int] = field(default_factory=dict)
    history_width: int = 0
    courses: tuple[str, ...] = ()

    def shape(self, name: str) -> tuple[int, ...]:
        """Number of labels along each axis of a value."""
        return tuple(len(self.load.ranges[axis]) for axis in self.load.values[name].axes)


def lay_out(load: Workload, lanes: int, method: Method = "euler") -> Layout:
    """Plan all sections of a workload and give every value its place."""
    if method == "rk4":
        for name, value in list(load.values.items()):
            for suffix in {"stock": (BASE, TOTAL), "held": (BASE,)}.get(value.source, ()):
                load.values[name + suffix] = Value(name + suffix, value.axes, "stage", moves=True, varies=value.varies)
    outer = outer_range(load)
    layout = Layout(load, lanes, outer, {s: Planner(load, s, outer).phases() for s in SECTIONS})
    homes = _homes(layout)
    _place(layout, homes)
    for name in load.outputs:
        layout.outputs[name] = layout.width
        layout.width += prod(layout.shape(name))
    for name in load.histories:
        layout.histories[name] = layout.history_width
        layout.history_width += prod(layout.shape(name))
    layout.courses = tuple(name for name, value in load.values.items() if value.source == "course")
    return layout


@dataclass(frozen=True)
class _Use:
    """Where a task stands: two uses in the same nest are the same object."""

    section: Section
    phase: Phase
    nest: Nest
    task: Task


def _homes(layout: Layout) -> dict[str, Home]:
    """The nearest home that all givers and takers of a value reach."""
    given: dict[str, list[_Use]] = {}
    taken: dict[str, list[tuple[_Use, bool]]] = {}
    for section, phases in layout.phases.items():
        for phase in phases:
            for nest in phase.nests:
                for task in nest.tasks:
                    use = _Use(section, phase, nest, task)
                    if task.role == "value":
                        given.setdefault(task.target, []).append(use)
                    for name, index in reads(task.body):
                        same = [u for u in given.get(name, ()) if u.nest is nest and u.task.index == index]
                        taken.setdefault(name, []).append((use, bool(same)))
    homes: dict[str, Home] = {}
    for name, value in layout.load.values.items():
        if value.source == "course":
            homes[name] = "course"
        elif value.source != "task" or name not in given:
            homes[name] = "memory"
        else:
            homes[name] = _home(layout, name, given[name], taken.get(name, []))
    return homes


def _home(layout: Layout, name: str, given: list[_Use], taken: list[tuple[_Use, bool]]) -> Home:
    phase = given[0].phase
    nest = given[0].nest
    uses = [*given, *(use for use, _ in taken)]
    if any(use.phase is not phase for use in uses):
        return "memory"
    plain = all(use.task.operator is None for use in given)
    if plain and len(given) == 1 and all(use.nest is nest and same for use, same in taken):
        return "register"
    return "park" if phase.outer and layout.outer in layout.load.values[name].axes else "memory"


def _place(layout: Layout, homes: dict[str, Home]) -> None:
    """Regions one after the other: what is the same for all runs, what each lane has, buffers, then park by park."""
    ranges = layout.load.ranges

    def rank(name: str) -> int:
        value = layout.load.values[name]
        return 0 if not value.varies and not value.moves else 1 if homes[name] == "memory" else 2

    sizes = {name: tuple(len(ranges[axis]) for axis in value.axes) for name, value in layout.load.values.items()}
    records: dict[int, list[tuple[str, Place]]] = {0: [], 1: []}
    filled = {0: 0, 1: 0}
    for region, name in enumerate(sorted(homes, key=rank)):
        value, home = layout.load.values[name], homes[name]
        if home in ("register", "course"):
            layout.places[name] = Place(home, -1, 0, value.axes, sizes[name], value.varies)
            continue
        inner = _without(layout.outer, value.axes)
        place = Place(home, region, 0, inner, tuple(len(ranges[axis]) for axis in inner), value.varies)
        numbers = _rounded(place.cells * (layout.lanes if place.lanes else 1))
        if home == "memory" and len(inner) < len(value.axes):
            part = min(rank(name), 1)
            records[part].append((name, replace(place, offset=filled[part])))
            filled[part] += numbers
            continue
        layout.places[name] = replace(place, offset=layout.size)
        layout.size += numbers
    for part, members in records.items():
        for name, place in members:
            layout.places[name] = replace(place, offset=layout.size + place.offset, stride=filled[part])
        if members:
            assert layout.outer is not None
            layout.size += filled[part] * len(ranges[layout.outer])


def _without(outer: str | None, axes: tuple[str, ...]) -> tuple[str, ...]:
    """The axes without the first that runs over parks."""
    if outer is None or outer not in axes:
        return axes
    at = axes.index(outer)
    return axes[:at] + axes[at + 1 :]


def _rounded(numbers: int) -> int:
    """Up to whole cache lines."""
    return -(-numbers // 8) * 8
