"""Shards of an ensemble: what neighbouring runs gave, cut at fixed places, so that run k is always in the same shard.

A shard follows from the scenario and its runs alone, whoever computes it: any thread, process or machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from sim.analysis.gather import GROUP
from sim.targets.by_run import Codes, Flags, Numbers, Years

SHARD = 1024
"""Runs of a shard; the last one of an ensemble may have fewer."""

AT_ONCE = 64 * GROUP
"""Runs whose inputs are made at once: memory stays the same however many runs there are."""

YEAR_RUNS = 4 * GROUP
"""First runs of a design in which all years are judged, for the year in which a target is reached.

That takes five times as long as judging its own year alone, and a median needs no more runs.
"""

ASKED, HELD = 1, 2
"""What a shard says of a park and a bar: the question applies, and the bar is passed; 0: it does not apply."""


@dataclass(frozen=True, order=True)
class Span:
    """Neighbouring runs of a design: number of the first, counted from 0, and how many."""

    first: int
    runs: int

    @property
    def end(self) -> int:
        """Number of the run after the last."""
        return self.first + self.runs


Tick = Callable[[int], None]
"""Told how many more runs are done."""

Supply = Callable[[Sequence[Span], Tick], Iterator["Shard"]]
"""Gives shards for spans, in any order unless said otherwise; runs are ticked off as they are done."""

Through = Callable[[Supply], Supply]
"""What stands between those who compute shards and those who add them up, and gives them in their order."""


def spans(first: int, count: int, size: int = SHARD) -> list[Span]:
    """Neighbouring runs cut where shards begin.

    >>> spans(0, 2500)
    [Span(first=0, runs=1024), Span(first=1024, runs=1024), Span(first=2048, runs=452)]
    >>> spans(1500, 1)
    [Span(first=1500, runs=1)]
    """
    found, end = [], first + count
    while first < end:
        found.append(Span(first, min(end, first // size * size + size) - first))
        first = found[-1].end
    return found


def together(wanted: Sequence[Span]) -> Iterator[list[Span]]:
    """Neighbouring spans that are computed at once: at most `AT_ONCE` runs, none across `YEAR_RUNS`.

    What lies inside ends with a whole group of runs.

    >>> [(len(some), some[0].first) for some in together(spans(0, 20000))]
    [(1, 0), (16, 1024), (3, 17408)]
    """
    some: list[Span] = []
    for span in wanted:
        apart = some and (
            some[-1].end != span.first or some[-1].runs % GROUP or span.first == YEAR_RUNS
            or span.end - some[0].first > AT_ONCE
        )  # fmt: skip
        if apart:
            yield some
            some = []
        some = [*some, span]
    if some:
        yield some


@dataclass(frozen=True, eq=False)
class Shard:
    """What some neighbouring runs gave.

    Parameters
    ----------
    values, codes
        Value and verdict of each target in its year, as in `sim.targets.by_run.Judged`, shape (targets, runs).
    reached
        Years of reaching, shape (targets, runs); (targets, 0) beyond the first runs of a design.
    totals
        Totals of the region, shape (cells, runs), see `sim.analysis.bands`.
    failed
        Whether a run failed, shape (runs,).
    parks
        By bar, run and park: 0, `ASKED` or `HELD`.
    """

    span: Span
    values: Numbers
    codes: Codes
    reached: Years
    totals: Numbers
    failed: Flags
    parks: npt.NDArray[np.uint8]

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Its arrays by name."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "span"}

    def until(self, runs: int) -> Shard:
        """Its first runs."""
        if runs == self.span.runs:
            return self
        years = self.reached[:, :runs]
        return Shard(Span(self.span.first, runs), self.values[:, :runs], self.codes[:, :runs], years,
                     self.totals[:, :runs], self.failed[:runs], self.parks[:, :runs])  # fmt: skip


def marks(held: Flags, asked: Flags, failed: Flags) -> npt.NDArray[np.uint8]:
    """What a shard says of parks, from `sim.targets.park_bars.passed`: shape (bars, runs, parks)."""
    found = np.where(held, HELD, np.where(asked, ASKED, 0)).astype(np.uint8)
    found[:, failed] = 0
    return found


def joined(parts: Sequence[Shard]) -> Shard:
    """Neighbouring parts as one."""
    if len(parts) == 1:
        return parts[0]
    span = Span(parts[0].span.first, sum(part.span.runs for part in parts))

    def along(name: str, axis: int) -> npt.NDArray[np.generic]:
        return np.concatenate([part.arrays()[name] for part in parts], axis=axis)

    axes = {"values": 1, "codes": 1, "reached": 1, "totals": 1, "failed": 0, "parks": 1}
    return Shard(span, **{name: along(name, axis) for name, axis in axes.items()})  # type: ignore[arg-type]


def in_order(supply: Supply) -> Supply:
    """The same shards in the order in which they are asked for; those that come early wait in memory."""

    def ordered(wanted: Sequence[Span], tick: Tick) -> Iterator[Shard]:
        early: dict[Span, Shard] = {}
        with closing(supply(wanted, tick)) as made:  # type: ignore[type-var]
            for span in wanted:
                while span not in early:
                    shard = next(made)
                    early[shard.span] = shard
                yield early.pop(span)

    return ordered
