"""Which park table each run of an ensemble takes: tables drawn once, dealt out to the runs in shuffled rounds.

Table t of a seed is the same table in every ensemble, however many tables or runs it has. The runs take the tables in
rounds: each round deals out every table once, in an order of its own. So each table is taken equally often, run k takes
the same table whatever the number of runs, and a table isn't tied to a part of a Sobol sequence, as it would be if the
runs took them in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.errors import InputError, Place
from sim.parks.columns import Columns
from sim.parks.read import ParkTable, table_problems
from sim.reconstruct.assumptions import READINGS
from sim.reconstruct.draw import Draw, drawn
from sim.reconstruct.ground import Ground
from sim.reconstruct.table import drawn_columns

_TABLE, _ROUND = 1, 2
"""What a random stream is for: streams of one seed must not be the same numbers."""

TOLD = ("level", "type", "league", "region", "county", "host")
"""Columns of a park table that no draw changes, besides the ids."""


def table_draw(ground: Ground, seed: int, table: int) -> Draw:
    """The draw that a table of an ensemble is: seed, reading of the counts, industrial value added of all zones."""
    rng = np.random.default_rng([seed, _TABLE, table])
    assumed = ground.source.assumed
    total, nested = assumed.total.iva, assumed.draw.nested.probability
    reading = READINGS[0] if rng.random() < nested else READINGS[1]
    value_added = total.value
    if total.low < total.high:
        value_added = float(rng.triangular(total.low, total.value, total.high))
    return Draw(int(rng.integers(2**62)), reading, round(value_added, 2))


Likeness = Literal["same", "edited", "other"]
"""Whether a table is the bundle's own draw, has its zones with other values, or other zones."""


@dataclass(frozen=True)
class Redraw:
    """The tables of an ensemble.

    Parameters
    ----------
    ground
        What they are drawn from.
    own
        The bundle's own draw: its names and labels are those of every table.
    seed
        That of the ensemble.
    tables
        How many different ones there are.
    """

    ground: Ground
    own: ParkTable
    columns: Columns
    seed: int
    tables: int

    def of_runs(self, first: int, count: int) -> npt.NDArray[np.int64]:
        """The tables of neighbouring runs (both counted from 0), shape (count,)."""
        turns = range(first // self.tables, -(-(first + count) // self.tables))
        dealt = [np.random.default_rng([self.seed, _ROUND, turn]).permutation(self.tables) for turn in turns]
        start = first - turns.start * self.tables
        return np.concatenate([np.empty(0, dtype=np.int64), *dealt]).astype(np.int64)[start : start + count]

    def draw(self, table: int) -> Draw:
        """The draw that a table is."""
        return table_draw(self.ground, self.seed, table)

    def park_table(self, table: int) -> ParkTable:
        """A table, checked like any other.

        It doesn't pass through the reader of files, which takes longer than a run of the model.

        Raises
        ------
        InputError
            If the published totals cannot be met, or values contradict each other.
        """
        numbers = drawn(self.ground, self.draw(table))
        kinds, columns = self.own.frame.dtypes, drawn_columns(self.ground.source.assumed)
        frame = self.own.frame.assign(**{column: numbers[column].astype(kinds[column]) for column in columns})
        place = Place(self.own.path)
        problems = table_problems(frame.reset_index(), self.columns, lambda row, key: place)
        if problems:
            raise InputError(problems)
        return replace(self.own, frame=frame)


def likeness(table: ParkTable, own: ParkTable, ground: Ground) -> Likeness:
    """How near a table is to the bundle's own draw."""
    told, values = list(TOLD), list(drawn_columns(ground.source.assumed))
    if table.ids != own.ids or not (table.frame[told] == own.frame[told]).all(axis=None):
        return "other"
    return "same" if (table.frame[values] == own.frame[values]).all(axis=None) else "edited"
