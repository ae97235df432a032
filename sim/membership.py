"""Which zone a park belongs to, and at what level, year by year: mergers and upgrades as membership.

Stocks never move: a merger only changes which host a park counts under, so totals are conserved by construction. A
park that leaves the list of zones has no host from then on; its factories run on, outside the zones.
The order of joining and of leaving is computed once from values of 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

SMALLEST_INTO_LARGEST = "smallest into largest of the league"
BALANCED = "balanced inside the league"
BOTTOM, ASSESSED = 3, 3
"""Zones that leave at an assessment, and the years in a row that they must have been at the bottom (T47)."""


@dataclass(frozen=True)
class Membership:
    """Zones and levels by year.

    Parameters
    ----------
    years
        Whole years, shape (year,).
    host
        Id of the park that hosts the zone of each park, shape (park, year), strings; "" for a park that has left.
    national
        Whether the park is of national level, shape (park, year); upgraded parks from their year on.
    """

    years: tuple[int, ...]
    host: np.ndarray
    national: np.ndarray


def upgrades(table: pd.DataFrame, counts: Sequence[int]) -> np.ndarray:
    """National level by park and year, shape (park, len(counts)), for ``counts`` national-level parks a year.

    Named candidates of the plan come first, then other regional-level parks, larger revenue first; a count below
    that of the table changes nothing, and nobody falls back.

    >>> frame = pd.DataFrame({"level": ["national", "regional", "regional"], "upgrade_candidate": [0, 0, 1],
    ...                       "revenue": [9.0, 8.0, 1.0]}, index=["A", "B", "C"])
    >>> upgrades(frame, [0, 2, 3]).tolist()
    [[True, True, True], [False, False, True], [False, True, True]]
    """
    now = (table["level"] == "national").to_numpy()
    eligible = table[table["level"] == "regional"]
    order = eligible.sort_values(["upgrade_candidate", "revenue"], ascending=False, kind="stable").index
    columns = []
    for count in np.maximum.accumulate(np.asarray(counts, dtype=int)):
        risen = order[: max(0, int(count) - int(now.sum()))]
        columns.append(now | table.index.isin(risen))
    return np.stack(columns, axis=1)


def leaving(rule: Sequence[bool]) -> list[int]:
    """Zones that leave in each year: the bottom three, when they have been that for three years under the rule.

    The order of 2015 stays, so the same three are at the bottom until they have left: three leave in every third year.

    >>> leaving([False, True, True, True, True])
    [0, 0, 0, 3, 0]
    """
    found, years = [], 0
    for in_force in rule:
        years = years + 1 if in_force else 0
        found.append(BOTTOM if years and years % ASSESSED == 0 else 0)
    return found


def hosts(
    table: pd.DataFrame,
    zones: Sequence[int],
    one_per_county: Sequence[bool],
    rule: str = SMALLEST_INTO_LARGEST,
    national: np.ndarray | None = None,
    exits: Sequence[int] | None = None,
) -> np.ndarray:
    """Host of each park by year, shape (park, year).

    Parameters
    ----------
    table
        Park table with ``host``, ``county``, ``league``, ``level``, ``revenue``, indexed by id.
    zones
        Number of zones to be left, by year; 0 for no merging. Mergers stay inside a league, so the number can't
        fall below what leagues (and their national zones) leave.
    one_per_county
        Whether the parks of a county form one zone, by year.
    rule
        ``smallest into largest of the league`` or ``balanced inside the league`` (into its smallest other zone).
    national
        National level by park and year, shape (park, year); that of the table if not given. A national zone hosts
        its county and never joins a zone that is not national.
    exits
        Number of zones that leave in each year, after mergers: the smallest of those whose host is of regional level.

    >>> frame = pd.DataFrame({"host": ["A", "B", "C"], "county": ["x", "x", "y"], "league": ["l"] * 3,
    ...                       "level": ["regional"] * 3, "revenue": [5.0, 1.0, 2.0]}, index=["A", "B", "C"])
    >>> hosts(frame, [0, 0, 1], [False, True, True]).tolist()
    [['A', 'A', 'A'], ['B', 'A', 'A'], ['C', 'C', 'A']]
    """
    current = {str(park): str(host) for park, host in table["host"].items()}
    columns: list[list[str]] = []
    before: tuple[object, ...] = ()
    ranks = np.repeat((table["level"] == "national").to_numpy()[:, None], len(zones), axis=1)
    for year, (count, county) in enumerate(zip(zones, one_per_county, strict=True)):
        column = (ranks if national is None else national)[:, year]
        high = frozenset(str(park) for park, is_national in zip(table.index, column, strict=True) if is_national)
        exiting = exits[year] if exits is not None else 0
        asked = (county, int(count), high)
        if asked == before and not exiting:  # then all that was to join has joined
            columns.append(columns[-1])
            continue
        before = asked
        if county:
            current = _merge_counties(table, current, high)
        if count > 0:
            current = _merge_to(table, current, int(count), rule, high)
        if exiting:
            current = _without_smallest(table, current, exiting, high)
        columns.append([current[park] for park in table.index])
    return np.array(columns, dtype=object).T


def _revenue(table: pd.DataFrame, current: Mapping[str, str]) -> pd.Series:
    sums = table["revenue"].groupby(pd.Series(current)).sum()
    return sums.drop(index=[""], errors="ignore")


def _without_smallest(
    table: pd.DataFrame, current: Mapping[str, str], count: int, high: frozenset[str]
) -> dict[str, str]:
    """Take the smallest zones of regional level out of the list: their parks have no host any more."""
    sizes = {str(zone): float(total) for zone, total in _revenue(table, current).items()}
    eligible = [zone for zone in sizes if zone not in high and table.at[zone, "level"] == "regional"]
    gone = sorted(eligible, key=lambda zone: (sizes[zone], zone))[:count]
    return {park: "" if host in gone else host for park, host in current.items()}


def _merge_counties(table: pd.DataFrame, current: Mapping[str, str], high: frozenset[str]) -> dict[str, str]:
    """One zone per county: hosted by its national-level park, else by its largest zone."""
    revenue = _revenue(table, current)
    heads = table.loc[list(revenue.index), ["county"]].assign(revenue=revenue)
    heads["national"] = heads.index.isin(high)
    ranked = heads.sort_values(["national", "revenue"], ascending=False, kind="stable")
    chief = ranked.groupby("county", sort=False).head(1).reset_index(names="id").set_index("county")["id"]
    moved = {str(head): str(chief[county]) for head, county in heads["county"].items()}
    return {park: moved.get(host, host) for park, host in current.items()}


def _merge_to(
    table: pd.DataFrame, current: Mapping[str, str], count: int, rule: str, high: frozenset[str]
) -> dict[str, str]:
    """Merge the smallest zone that has a partner in its league until ``count`` zones are left."""
    left = dict(current)
    revenue = {str(zone): float(total) for zone, total in _revenue(table, left).items()}
    league = {str(park): str(name) for park, name in table["league"].items()}
    while len(revenue) > count:
        partners = {
            z: [o for o in revenue if o != z and league[o] == league[z] and (z not in high or o in high)]
            for z in revenue
        }
        movable = [z for z in revenue if partners[z]]
        if not movable:
            break
        smallest = min(movable, key=lambda z: (revenue[z], z))
        pick = max if rule == SMALLEST_INTO_LARGEST else min
        target = pick(partners[smallest], key=lambda z: (revenue[z], z))
        left = {park: target if host == smallest else host for park, host in left.items()}
        revenue[target] += revenue.pop(smallest)
    return left
