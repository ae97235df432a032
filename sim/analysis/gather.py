"""Blocks of an engine → groups of one size, in which verdicts are computed; totals are taken block by block.

A group always has `GROUP` runs, a last one filled up with copies of its last run: then every sum over parks adds in
the same order, and a run gives the same bits alone, in any block and beside any other run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import dims
from sim.analysis.bands import Live, Totals
from sim.engine.compiled_engine import Ensemble
from sim.engine.run import Block
from sim.outputs_spec import Output
from sim.targets.array import Array

GROUP = 256
"""Runs in a group: enough that the work outweighs the calls, few enough to stay near the processor's cache."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """What is copied for some targets.

    Parameters
    ----------
    times
        Places of the years among the kept ones.
    """

    specs: tuple[Output, ...]
    times: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Neighbouring runs.

    Parameters
    ----------
    runs
        How many there are; the outputs hold `GROUP`.
    outputs
        For each panel, by output: dims ``time`` (the years of the panel), those of the output and ``run``.
    totals
        Shape (cells, runs), see `sim.analysis.bands`.
    failed
        True where a number of the run isn't finite, or a condition of the model is broken, shape (runs,).
    """

    runs: int
    outputs: tuple[dict[str, Array], ...]
    totals: Numbers
    failed: npt.NDArray[np.bool_]


class Gatherer:
    """Copies blocks into groups; the arrays of a group are written over by the next one.

    Parameters
    ----------
    panels
        What is copied; totals are taken of every output in them.
    live
        From the place of a first run among those of the ensemble, and a number of runs, to the parks that count in
        each of them; ``None`` where that is the same in all runs.
    """

    def __init__(
        self,
        ensemble: Ensemble,
        panels: Sequence[Panel],
        totals: Totals,
        live: Callable[[int, int], Live] | None = None,
    ) -> None:
        self.ensemble, self.panels, self.totals, self.live = ensemble, panels, totals, live
        found = ensemble.outputs
        self.specs = {spec.name: spec for panel in panels for spec in panel.specs}
        self.axes = {name: (dims.TIME, *found[spec.variable].axes, dims.RUN) for name, spec in self.specs.items()}
        self.buffers = [
            {spec.name: np.zeros((len(panel.times), *found[spec.variable].shape, GROUP)) for spec in panel.specs}
            for panel in panels
        ]
        self.sums = np.zeros((totals.cells, GROUP))
        self.failed = np.zeros(GROUP, dtype=bool)
        self.checks = [check.cell for check in ensemble.kernel.plan.checks]

    def groups(self, blocks: Iterator[Block]) -> Iterator[Group]:
        """Groups in the order of the runs."""
        filled = done = 0
        for block in blocks:
            arrays = {name: self.ensemble.take(block, spec.variable) for name, spec in self.specs.items()}
            sums, failed = self._sums(block, arrays, None if self.live is None else self.live(done, block.runs))
            done += block.runs
            taken = 0
            while taken < block.runs:
                size = min(GROUP - filled, block.runs - taken)
                there, here = slice(filled, filled + size), slice(taken, taken + size)
                self._copy(arrays, there, here)
                self.sums[:, there], self.failed[there] = sums[:, here], failed[here]
                filled, taken = filled + size, taken + size
                if filled == GROUP:
                    yield self._group(filled)
                    filled = 0
        if filled:
            for buffer in (buffer for buffers in self.buffers for buffer in buffers.values()):
                buffer[..., filled:] = buffer[..., filled - 1 : filled]
            yield self._group(filled)

    def _copy(self, arrays: dict[str, Numbers], there: slice, here: slice) -> None:
        for panel, buffers in zip(self.panels, self.buffers, strict=True):
            for name, buffer in buffers.items():
                for place, time in enumerate(panel.times):
                    buffer[place, ..., there] = arrays[name][time, ..., here]

    def _sums(
        self, block: Block, arrays: dict[str, Numbers], live: Live | None
    ) -> tuple[Numbers, npt.NDArray[np.bool_]]:
        """Totals of a block, and which of its runs failed: a bad number in a sum makes the sum bad."""
        with np.errstate(all="ignore"):
            sums = self.totals.of(arrays, self.axes, live)
            good = np.isfinite(sums).all(axis=0)
            for name, values in arrays.items():
                if name not in self.totals.summed:
                    good &= np.isfinite(values.sum(axis=tuple(range(values.ndim - 1))))
        for cell in self.checks:
            good &= ~(block.values[0, cell] > 0)
        return sums, np.asarray(~good)

    def _group(self, runs: int) -> Group:
        outputs = tuple(
            {name: Array.of(self.axes[name], buffer) for name, buffer in buffers.items()} for buffers in self.buffers
        )
        return Group(runs, outputs, self.sums[:, :runs].copy(), self.failed[:runs].copy())
