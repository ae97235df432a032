"""Shards in the order of the runs → what all runs share: verdicts by run, totals in their stream, counts of parks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.analysis.shard import ASKED, HELD, Shard
from sim.analysis.stream import Stream
from sim.targets.by_run import FAILED, Judged, Years
from sim.targets.chances import Tables
from sim.targets.park_bars import ParkCounts

NAMED = 3
"""Failed runs whose first bad number is looked for."""


class Sums:
    """Takes shards in; memory grows by 9 bytes for each target and run, and by nothing else.

    Parameters
    ----------
    ids
        Targets, in their order.
    count
        Runs that are to come.
    stream, parks
        What totals and bars of parks are added to.
    tables_of
        From the number of a first run (counted from 0) and of runs to their park tables, ``None`` where all runs have
        the same.
    """

    def __init__(
        self,
        ids: Sequence[str],
        count: int,
        stream: Stream,
        parks: ParkCounts,
        tables_of: Callable[[int, int], Tables | None],
    ) -> None:
        self.ids, self.stream, self.parks, self.tables_of = tuple(ids), stream, parks, tables_of
        self.values = np.full((len(self.ids), count), np.nan)
        self.codes = np.full(self.values.shape, FAILED, dtype=np.int8)
        self.years: list[Years] = []
        self.done = 0
        self.broken: list[int] = []

    def add(self, shard: Shard) -> None:
        """Take in the next shard."""
        there = slice(self.done, self.done + shard.span.runs)
        self.values[:, there], self.codes[:, there] = shard.values, shard.codes
        self.done = there.stop
        if shard.reached.shape[1]:
            self.years.append(shard.reached)
        self.stream.add(shard.totals[:, ~shard.failed])
        self.parks.add(shard.parks == HELD, shard.parks >= ASKED, self.tables_of(shard.span.first, shard.span.runs))
        failed = np.flatnonzero(shard.failed)[: NAMED - len(self.broken)]
        self.broken += [shard.span.first + int(run) for run in failed]

    @property
    def judged(self) -> Judged:
        """Verdicts of the runs so far."""
        return Judged(self.ids, self.values[:, : self.done], self.codes[:, : self.done])

    @property
    def reached(self) -> Years | None:
        """Years of reaching of the first runs."""
        return np.concatenate(self.years, axis=1) if self.years else None
