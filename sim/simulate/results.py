"""The numbers that runs gave, as plain arrays: labels are put on where somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.engine.inputs import Array
from sim.errors import InputError, Problem
from sim.simulate.request import Work

Done = Callable[[int, int], None]
"""Told how many runs are done, of how many."""

Explain = Callable[[int], Problem]
"""What broke in a run."""


class Results:
    """Arrays being filled, run by run: shape (runs, *axes, times) by variable.

    Parameters
    ----------
    engine
        Name of the engine that fills them.
    """

    def __init__(self, work: Work, engine: str) -> None:
        self.work, self.engine = work, engine
        kept = len(work.timing.rows)
        try:
            self.arrays = {o.name: np.empty((work.params.runs, *o.shape, kept)) for o in work.outputs}
        except (MemoryError, ValueError):
            cells = work.params.runs * kept * sum(o.cells for o in work.outputs)
            raise InputError([Problem(None, "results_too_large", {"gigabytes": f"{cells * 8e-9:.3g}"})]) from None
        self.bad = np.zeros(work.params.runs, dtype=bool)

    def put(self, first: int, name: str, values: Array) -> None:
        """Take values of neighbouring runs, shape (kept rows of the engine, *axes, runs)."""
        rows = self.work.timing.rows
        kept = values if len(rows) == len(values) else values[rows]
        moved = np.moveaxis(kept, (-1, 0), (0, -1))
        count = moved.shape[0]
        self.arrays[name][first : first + count] = moved
        self.bad[first : first + count] |= ~np.isfinite(moved).reshape(count, -1).all(axis=1)

    def elements(self, run: int) -> Array:
        """All numbers of a run: shape (times, elements), the elements of all outputs in C order."""
        arrays = (self.arrays[output.name][run] for output in self.work.outputs)
        return np.concatenate([array.reshape(-1, array.shape[-1]) for array in arrays]).T

    def where_broken(self, run: int) -> Problem:
        """The first number of a run that is none, in order of time."""
        found = []
        for output in self.work.outputs:
            bad = np.argwhere(~np.isfinite(self.arrays[output.name][run]))
            if len(bad):
                *place, row = bad[np.argmin(bad[:, -1])].tolist()
                found.append((row, output, place))
        row, output, place = min(found, key=lambda one: one[0])
        labels = ",".join(names[at] for names, at in zip(output.labels, place, strict=True))
        element = f"{output.name}[{labels}]" if labels else output.name
        return Problem(None, "run_not_finite", {"element": element, "time": f"{self.work.timing.times[row]:.10g}"})
