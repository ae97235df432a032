"""Numbers that a user gives for variables of a model: brought to the shapes of the variables, or refused.

Labels are checked here and come off; behind this border there are plain arrays. Nothing is aligned by luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.engine.inputs import Array, Course
from sim.errors import InputError, Problem
from sim.model.equations import plain
from sim.nearest import nearest
from sim.simulate.aligned import Refusal, aligned, checked_numbers, shape_of, wanted_shape
from sim.simulate.variables import CONTROLS, Described

if TYPE_CHECKING:
    import xarray as xr

REST = ()
"""In a dict by element: the number of all elements that it doesn't name."""


@dataclass(frozen=True)
class Params:
    """What is given from outside, by name of the variable.

    Parameters
    ----------
    constants
        Shape of the variable (of a lookup: points last); a run axis first for those in ``varying``.
    series
        Courses over time, likewise.
    labels
        Of the runs; ``None`` where nothing varies.
    """

    constants: Mapping[str, Array] = field(default_factory=dict)
    series: Mapping[str, Course] = field(default_factory=dict)
    varying: frozenset[str] = frozenset()
    labels: np.ndarray | None = None

    @property
    def runs(self) -> int:
        """Number of runs."""
        return 1 if self.labels is None else len(self.labels)


@dataclass(frozen=True)
class ByRun:
    """One number for each run: what a table of runs holds in a column.

    Parameters
    ----------
    values
        Shape (runs,).
    labels
        Of the runs, each another, shape (runs,).
    """

    values: Array
    labels: np.ndarray


@dataclass(frozen=True)
class Placed:
    """One value brought to the axes of its variable: (run, *axes, point or time), those of them that it has."""

    values: Array
    runs: np.ndarray | None = None
    times: Array | None = None


def read_params(params: Mapping[str, Any] | None, variables: Mapping[str, Described]) -> Params:
    """Check what a user gives.

    Parameters
    ----------
    params
        By name of a variable (case and underscores don't count) a number, an array of its shape, a DataArray with
        some of its dimensions and perhaps ``run`` or ``time``, or a dict by element.

    Raises
    ------
    InputError
        With every problem.

    >>> size = Described("size", "constant", ("park",), (("A", "B"),), (1.0, 2.0))
    >>> read_params({"Size": {"B": 5}}, {"size": size}).constants["size"]
    array([1., 5.])
    """
    reader = _Reader(variables)
    for name, value in ({} if params is None else params).items():
        reader.take(str(name), value)
    if reader.problems:
        raise InputError(reader.problems)
    return reader.params()


def find(name: str, variables: Mapping[str, Described]) -> Described | Problem:
    """The variable of a name as a user writes it, or what is wrong with the name."""
    if name in variables:
        return variables[name]
    by_plain = {plain(known): variable for known, variable in variables.items()}
    if plain(name) in by_plain:
        return by_plain[plain(name)]
    if plain(name) in CONTROLS:
        return Problem(None, "param_clock", {"name": name})
    return Problem(None, "param_unknown", {"name": name}, nearest(name, variables))


class _Reader:
    """Collects values and problems."""

    def __init__(self, variables: Mapping[str, Described]) -> None:
        self.variables = variables
        self.problems: list[Problem] = []
        self.placed: dict[str, Placed] = {}
        self.runs: tuple[str, np.ndarray] | None = None

    def take(self, name: str, value: Any) -> None:
        variable = find(name, self.variables)
        if isinstance(variable, Problem):
            self.problems.append(variable)
            return
        if variable.kind == "lookup" and not variable.points:
            self.problems.append(Problem(None, "param_lookup_points", {"name": variable.name}))
            return
        if variable.name in self.placed:
            self.problems.append(Problem(None, "param_twice", {"name": variable.name}))
            return
        try:
            placed = self._placed(variable, value)
            self._check_runs(variable.name, placed.runs)
            self.placed[variable.name] = placed
        except Refusal as refusal:
            self.problems.append(refusal.problem)

    def params(self) -> Params:
        constants, series, varying = {}, {}, set()
        for name, placed in self.placed.items():
            if placed.runs is not None:
                varying.add(name)
            if placed.times is None:
                constants[name] = placed.values
            else:
                series[name] = Course(placed.times, placed.values, "linear")
        return Params(constants, series, frozenset(varying), self.runs[1] if self.runs else None)

    def _check_runs(self, name: str, runs: np.ndarray | None) -> None:
        """All that vary must do so over the same runs."""
        if runs is None:
            return
        if self.runs is None:
            self.runs = (name, runs)
        other, known = self.runs
        if len(runs) != len(known) or bool((runs != known).any()):
            values = {"name": name, "other": other, "found": _shown(runs), "expected": _shown(known)}
            raise Refusal("param_runs", values)

    def _placed(self, variable: Described, value: Any) -> Placed:
        if hasattr(value, "to_xarray"):  # a pandas Series with a named index
            value = value.to_xarray()
        if _has_labels(value):
            return _labelled(variable, value)
        if isinstance(value, ByRun):
            numbers = checked_numbers(variable, value.values)
            wide = np.broadcast_to(numbers.reshape(-1, *(1,) * len(variable.shape)), (len(numbers), *variable.shape))
            return Placed(np.array(wide), value.labels)
        if isinstance(value, Mapping):
            return self._by_element(variable, value)
        array = checked_numbers(variable, value)
        wanted = wanted_shape(variable)
        if array.shape == () and not variable.points:
            array = np.broadcast_to(array, wanted)
        if array.shape != wanted:
            raise Refusal("param_shape", {"name": variable.name, **shape_of(variable, array.shape)})
        return Placed(np.array(array))

    def _by_element(self, variable: Described, value: Mapping[Any, Any]) -> Placed:
        """A dict: by label or labels a number, perhaps by run; the file's number for the others."""
        if variable.points:
            raise Refusal("param_lookup_elements", {"name": variable.name})
        parts = {self._place(variable, key): _part(variable, part) for key, part in value.items()}
        runs = None
        for part in parts.values():
            self._check_runs(variable.name, part.runs)
            runs = part.runs if runs is None else runs
        count = () if runs is None else (len(runs),)
        array = np.full((*count, *variable.shape), np.nan)
        if None in parts:
            rest = parts[None].values
            array[...] = rest.reshape(-1, *(1,) * len(variable.shape)) if rest.ndim else rest
        elif variable.values:
            array[...] = np.reshape(variable.values, variable.shape)
        for place, part in parts.items():
            if place is not None:
                where: tuple[Any, ...] = (slice(None), *place) if count else place
                array[where] = part.values
        bare = np.argwhere(np.isnan(array.reshape((-1, *variable.shape))[0]))
        if len(bare):
            first = ",".join(names[at] for names, at in zip(variable.labels, bare[0], strict=True))
            raise Refusal("param_rest", {"name": variable.name, "count": len(bare), "first": first})
        return Placed(array, runs)

    def _place(self, variable: Described, key: Any) -> tuple[int, ...] | None:
        """Positions of an element; ``None`` for the rest."""
        if key == REST and variable.shape:
            return None
        labels = [str(part).strip() for part in (key if isinstance(key, tuple) else str(key).split(","))]
        if key == REST:
            labels = []
        if len(labels) != len(variable.axes):
            values = {"name": variable.name, "found": ", ".join(labels), "expected": ", ".join(variable.dims)}
            raise Refusal("param_element", values)
        return tuple(position(variable, axis, label) for axis, label in enumerate(labels))


def position(variable: Described, axis: int, label: str) -> int:
    """Where a label stands on an axis of a variable."""
    known = {plain(name): at for at, name in enumerate(variable.labels[axis])}
    if plain(label) not in known:
        values = {"name": variable.name, "label": label, "axis": variable.dims[axis]}
        raise Refusal("param_label", values, nearest(label, variable.labels[axis]))
    return known[plain(label)]


def _has_labels(value: Any) -> bool:
    """Whether it is a DataArray; only what looks like one makes the library necessary to tell."""
    if not hasattr(value, "coords"):
        return False
    import xarray as xr

    return isinstance(value, xr.DataArray)


def _part(variable: Described, part: Any) -> Placed:
    """What is given for a single element: a number, or one for each run."""
    if isinstance(part, ByRun):
        return Placed(checked_numbers(variable, part.values), part.labels)
    if isinstance(part, int | float):
        return Placed(checked_numbers(variable, part))
    import xarray as xr

    return _labelled(variable, part if isinstance(part, xr.DataArray) else xr.DataArray(part), scalar=True)


def _labelled(variable: Described, array: xr.DataArray, *, scalar: bool = False) -> Placed:
    """A DataArray brought to the axes of its variable by name and label."""
    values, runs, times = aligned(variable, array, scalar=scalar)
    return Placed(values, runs, times)


def _shown(runs: np.ndarray) -> str:
    names = [str(label) for label in runs[:4]]
    return f"{len(runs)} ({', '.join(names)}{', …' if len(runs) > 4 else ''})"
