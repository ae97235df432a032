"""What a single park can pass: a size, a state, a standard, a place in the order; over runs, how likely that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.outputs_spec import Output
from sim.targets.array import Array
from sim.targets.by_run import Flags
from sim.targets.chances import Share, Tables, share_of_counts
from sim.targets.membership import Membership
from sim.targets.quantity import Quantity
from sim.targets.recorded import Recorded

Bar = Literal["revenue", "retrofit", "land", "bottom"]
BARS: tuple[Bar, ...] = ("revenue", "retrofit", "land", "bottom")

ORIGIN: Mapping[Bar, str] = {"revenue": "revenue", "retrofit": "retrofit_done", "land": "level", "bottom": "revenue"}
"""Column of the park table that a bar rests on: where it is reconstructed, so is the probability."""

NEEDED: Mapping[Bar, str] = {
    "revenue": "revenue",
    "retrofit": "retrofit_done",
    "land": "land_below_standard",
    "bottom": "revenue",
}
"""The output that a bar looks at; where a bundle has none, nothing is said of the bar."""

BIG, DONE, HAIR, BOTTOM = 1000.0, 0.9999, 1e-9, 3
"""Bars as those of T06, T44, T23 (rounding) and T47: 1e8 CNY of revenue, share of the works, share of land, zones."""

_AXES = (dims.RUN, dims.PARK)


def known_bars(outputs: Mapping[str, Output]) -> tuple[Bar, ...]:
    """The bars that a bundle's outputs tell."""
    return tuple(bar for bar in BARS if NEEDED[bar] in outputs)


def passed(record: Recorded, bars: Sequence[Bar]) -> tuple[Flags, Flags]:
    """Which parks pass which bar in the last year of a record, and to which the question applies.

    ``revenue``
        The park's zone has a revenue above 100 bn CNY; asked of the park that hosts the zone (as T06).
    ``retrofit``
        The works of the circular retrofit are done; asked of every park that is still listed (as T44).
    ``land``
        No new land below the plan's standard is given in the park's tier, national or regional (as T23, T24).
    ``bottom``
        The zone is one of the three with least revenue among those of regional level (as T47 reads the assessment);
        asked of their hosts.

    Parameters
    ----------
    record
        Outputs with a run axis; its labels tell levels and, where they differ by run, zones.

    Returns
    -------
    two arrays
        Shape (bars, runs, parks).
    """
    runs, parks = record.labels[dims.RUN].values.size, record.labels[dims.PARK].values.size
    shape = (runs, parks)
    members = record.members
    live, hosts = (_last(flag, shape) for flag in (members.live, members.is_zone))
    national = _last(record.labels["national"], shape).astype(bool)
    level = np.broadcast_to(record.labels["level"].values.ravel().astype(str), shape)
    regional = (level == "regional") & ~national
    asked = {"revenue": hosts, "retrofit": live, "land": live & (national | regional), "bottom": hosts & regional}
    found = np.zeros((len(bars), *shape), dtype=bool)
    for place, bar in enumerate(bars):
        if bar == "retrofit":
            found[place] = _last(record.outputs["retrofit_done"], shape) >= DONE
        elif bar == "land":
            found[place] = _land(record, national)
        else:
            revenue = _revenue(record, members, shape)
            found[place] = revenue > BIG if bar == "revenue" else _smallest(revenue, asked["bottom"])
    applies = np.stack([asked[bar] for bar in bars]) if bars else np.zeros_like(found)
    return found & applies, applies


def _last(array: Array, shape: tuple[int, int]) -> NDArray[Any]:
    """By run and park in the last year."""
    values = array.at(dims.TIME, array.values.shape[-1] - 1 if dims.TIME in array.names else 0).inner(_AXES)
    return np.broadcast_to(values.reshape(values.shape[-2:]), shape)


def _revenue(record: Recorded, members: Membership, shape: tuple[int, int]) -> NDArray[np.float64]:
    return np.asarray(_last(members.zones(Quantity(record.outputs["revenue"])).data, shape), dtype=float)


def _land(record: Recorded, national: Flags) -> Flags:
    """Whether the tier of each park gives no land below the standard."""
    array = record.outputs["land_below_standard"]
    share = array.at(dims.TIME, len(record.years) - 1).inner((dims.RUN, dims.TIER))
    share = share.reshape(share.shape[-2:])
    tiers = [str(name) for name in record.labels[dims.TIER].values.ravel()]
    clean = share <= HAIR
    high, low = (clean[:, [tiers.index(name)]] for name in ("national", "regional"))
    return np.where(national, high, low)


def _smallest(values: NDArray[np.float64], among: Flags, number: int = BOTTOM) -> Flags:
    """The smallest few of each row; of equal ones the first.

    >>> _smallest(np.array([[5.0, 1.0, 2.0, 0.5]]), np.array([[True, True, True, False]]), 2)
    array([[False,  True,  True, False]])
    """
    order = np.argsort(np.where(among, values, np.inf), axis=1, kind="stable")[:, :number]
    found = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(found, order, True, axis=1)
    return found & among


class ParkCounts:
    """Counts over runs, by park table where tables differ: memory doesn't grow with the runs.

    Parameters
    ----------
    bars, parks
        What is counted, and of how many parks.
    """

    def __init__(self, bars: Sequence[Bar], parks: int) -> None:
        self.bars = tuple(bars)
        self.shape = (2, len(self.bars), parks)
        self.by_table: dict[int, NDArray[np.int64]] = {}

    def add(self, held: Flags, asked: Flags, tables: Tables | None) -> None:
        """Take in some runs, shapes (bars, runs, parks) as `passed` gives them, and (runs,)."""
        of_run = np.zeros(held.shape[1], dtype=np.int64) if tables is None else tables
        for table in np.unique(of_run).tolist():
            runs = of_run == table
            known = self.by_table.setdefault(table, np.zeros(self.shape, dtype=np.int64))
            known += np.stack([held[:, runs].sum(axis=1), asked[:, runs].sum(axis=1)])

    def share(self, bar: Bar, park: int) -> Share:
        """How likely a park (by its row) passes a bar, over the runs in which it is asked."""
        cell = (slice(None), self.bars.index(bar), park)
        counts = np.array([self.by_table[table][cell] for table in sorted(self.by_table)]).reshape(-1, 2)
        return share_of_counts(counts[:, 0], counts[:, 1])


@dataclass(frozen=True)
class ParkChances:
    """Probabilities of parks in the order of the park table.

    Parameters
    ----------
    year
        Year in which the bars are looked at.
    shares
        By bar, one for each park.
    """

    year: int
    shares: Mapping[Bar, tuple[Share, ...]]


def park_chances(counts: ParkCounts, year: int) -> ParkChances:
    """What counts over all runs add up to.

    >>> counts = ParkCounts(["retrofit"], 1)
    >>> counts.add(np.array([[[True], [False]]]), np.array([[[True], [True]]]), None)
    >>> park_chances(counts, 2020).shares["retrofit"][0].share
    0.5
    """
    parks = range(counts.shape[2])
    return ParkChances(year, {bar: tuple(counts.share(bar, park) for park in parks) for bar in counts.bars})
