"""A labelled array brought to the axes of a model's variable, by name of the dimension and by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim import dims
from sim.engine.inputs import Array
from sim.errors import Problem
from sim.model.equations import plain
from sim.nearest import nearest
from sim.simulate.variables import POINT, Described

if TYPE_CHECKING:
    import xarray as xr


class Refusal(Exception):  # noqa: N818 - never leaves the package
    """A value that doesn't fit its variable."""

    def __init__(self, code: str, values: Mapping[str, object], suggestion: str = "") -> None:
        super().__init__(code)
        self.problem = Problem(None, code, dict(values), suggestion)


def wanted_shape(variable: Described) -> tuple[int, ...]:
    """Shape of the numbers of a variable: its axes, and the points of a lookup."""
    return (*variable.shape, len(variable.points)) if variable.points else variable.shape


def shape_of(variable: Described, found: Sequence[int]) -> dict[str, str]:
    """Both sides of a shape that doesn't fit, for a message.

    >>> shape_of(Described("x", "constant", ("park",), (("A", "B"),)), (3,))
    {'found': '3', 'expected': 'park 2'}
    """
    sides = [f"{dim} {size}" for dim, size in zip(variable.dims, variable.shape, strict=True)]
    sides += [f"{POINT} {len(variable.points)}"] if variable.points else []
    return {"found": " × ".join(map(str, found)) or "1", "expected": " × ".join(sides) or "1"}


def checked_numbers(variable: Described, value: Any) -> Array:
    """Any array-like as finite numbers of its own shape.

    Raises
    ------
    Refusal
        If it isn't one, or a number is missing or infinite.
    """
    try:
        raw = np.asarray(value)
    except ValueError:  # rows of different lengths
        raise Refusal("param_text", {"name": variable.name, "found": str(value)[:60]}) from None
    if raw.dtype.kind not in "iuf":
        raise Refusal("param_text", {"name": variable.name, "found": str(value)[:60]})
    array = raw.astype(np.float64)
    if not np.isfinite(array).all():
        at = np.argwhere(~np.isfinite(array))[0]
        element = f"[{','.join(str(place) for place in at)}]" if len(at) else ""
        raise Refusal("param_number", {"name": variable.name + element, "found": str(array[tuple(at)])})
    return array


def aligned(
    variable: Described, array: xr.DataArray, *, scalar: bool = False
) -> tuple[Array, np.ndarray | None, Array | None]:
    """Numbers over (run, *axes, point or time), labels of the runs, times.

    Axes of the variable that the array lacks are filled with the same numbers; a dimension without labels is taken in
    the order of the model.

    Parameters
    ----------
    scalar
        The array is for a single element: it may have the dimension ``run`` only.

    Raises
    ------
    Refusal
        If a dimension, a label or a number doesn't fit.
    """
    last = POINT if variable.points else dims.TIME
    possible = (dims.RUN,) if scalar else (dims.RUN, *variable.dims, last)
    found = tuple(map(str, array.dims))
    if not set(found) <= set(possible) or (variable.points and POINT not in found):
        raise Refusal("param_dims", {"name": variable.name, "found": ", ".join(found), "expected": ", ".join(possible)})
    checked_numbers(variable, array.to_numpy())
    own = () if scalar else variable.dims
    for axis, dim in enumerate(own):
        if dim in found:
            array = _in_order(variable, array, axis)
    runs = _runs(variable, array) if dims.RUN in found else None
    times = _times(variable, array) if last == dims.TIME and dims.TIME in found else None
    if POINT in found:
        _check_points(variable, array)
    order = [dim for dim in (dims.RUN, *own, last) if dim in found]
    values = np.asarray(array.transpose(*order).to_numpy(), dtype=np.float64)
    shape = [array.sizes[dims.RUN]] if dims.RUN in found else []
    slots: list[Any] = [slice(None)] * len(shape)
    for dim, size in zip(own, () if scalar else variable.shape, strict=True):
        shape.append(size)
        slots.append(slice(None) if dim in found else None)
    if last in found:
        shape.append(array.sizes[last])
        slots.append(slice(None))
    return np.array(np.broadcast_to(values[tuple(slots)], shape)), runs, times


def _in_order(variable: Described, array: xr.DataArray, axis: int) -> xr.DataArray:
    """The array with an axis in the order of the model's labels."""
    dim, labels = variable.dims[axis], variable.labels[axis]
    if dim not in array.coords:
        if array.sizes[dim] != len(labels):
            values = {"found": f"{dim} {array.sizes[dim]}", "expected": f"{dim} {len(labels)}"}
            raise Refusal("param_shape", {"name": variable.name, **values})
        return array
    given = [str(label) for label in np.atleast_1d(array[dim].to_numpy())]
    known = {plain(label): place for place, label in enumerate(labels)}
    for label in given:
        if plain(label) not in known:
            values = {"name": variable.name, "label": label, "axis": dim}
            raise Refusal("param_label", values, nearest(label, labels))
    places = [known[plain(label)] for label in given]
    if len(set(places)) < len(places):
        twice = next(label for place, label in enumerate(given) if places.index(places[place]) != place)
        raise Refusal("param_label_twice", {"name": variable.name, "label": twice, "axis": dim})
    if len(places) < len(labels):
        absent = [label for place, label in enumerate(labels) if place not in places]
        shown = ", ".join(absent[:5]) + (", …" if len(absent) > 5 else "")
        raise Refusal("param_labels_missing", {"name": variable.name, "labels": shown, "axis": dim})
    return array.isel({dim: np.argsort(places)})


def _runs(variable: Described, array: xr.DataArray) -> np.ndarray:
    if array.sizes[dims.RUN] == 0:
        raise Refusal("param_no_runs", {"name": variable.name})
    if dims.RUN not in array.coords:
        return np.arange(array.sizes[dims.RUN])
    labels: np.ndarray = array[dims.RUN].to_numpy()
    names, counts = np.unique(labels.astype(str), return_counts=True)
    if counts.max() > 1:
        twice = names[counts > 1][0]
        raise Refusal("param_label_twice", {"name": variable.name, "label": twice, "axis": dims.RUN})
    return labels


def _times(variable: Described, array: xr.DataArray) -> Array:
    """Times of a course: finite and rising."""
    labels = array[dims.TIME].to_numpy() if dims.TIME in array.coords else np.array([])
    good = len(labels) > 0 and labels.dtype.kind in "iuf" and bool(np.isfinite(labels).all())
    if not good or not bool((np.diff(labels) > 0).all()):
        raise Refusal("param_times", {"name": variable.name})
    return np.asarray(labels, dtype=np.float64)


def _check_points(variable: Described, array: xr.DataArray) -> None:
    """The points of a lookup stay those of the file; labels, where given, must say the same."""
    if array.sizes[POINT] != len(variable.points):
        raise Refusal("param_shape", {
            "name": variable.name, "found": f"{POINT} {array.sizes[POINT]}",
            "expected": f"{POINT} {len(variable.points)}",
        })  # fmt: skip
    if POINT in array.coords:
        given = np.asarray(array[POINT].to_numpy())
        if given.dtype.kind not in "iuf" or not bool((given == np.array(variable.points)).all()):
            shown = [", ".join(f"{x:.6g}" if isinstance(x, float) else str(x) for x in side[:6])
                     for side in (given.tolist(), variable.points)]  # fmt: skip
            raise Refusal("param_points", {"name": variable.name, "found": shown[0], "expected": shown[1]})
