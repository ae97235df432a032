"""The order in which parks are admitted to the circular retrofit, computed once from values of 2015.

Nothing is ranked while the model runs: the order and the place of each park in the queue of the contractors are
constants bound at load.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

RULES: Mapping[str, tuple[str, bool]] = {
    "largest emitters first": ("so2", False),
    "largest first": ("revenue", False),
    "smallest first": ("revenue", True),
    "cheapest first": ("cost", True),
}
"""Rule of a scenario → the key it sorts by, and whether the smallest comes first."""


LARGE_ZONES = 14
"""Zones that are to reach 100 bn CNY of revenue by 2020 (T06)."""


def retrofit_order(table: pd.DataFrame, keys: pd.DataFrame, rule: str) -> np.ndarray:
    """Rank of each park, 1 first, shape (park,): demonstration parks (under way in 2015) first, then by ``rule``.

    Parameters
    ----------
    table
        Park table with ``demonstration`` and ``retrofit_done``.
    keys
        Columns ``so2`` (t/yr), ``revenue`` and ``cost`` (1e8 CNY), same index.

    >>> table = pd.DataFrame({"demonstration": [0, 1, 0], "retrofit_done": [0, 0.3, 0]}, index=["A", "B", "C"])
    >>> keys = pd.DataFrame({"so2": [1.0, 2.0, 9.0], "revenue": [5.0, 6.0, 1.0], "cost": [3.0, 2.0, 1.0]}, table.index)
    >>> retrofit_order(table, keys, "largest emitters first").tolist()
    [3, 1, 2]
    """
    column, ascending = RULES[rule]
    frame = pd.DataFrame(
        {
            "new": 1 - table["demonstration"].astype(int),
            # Of the parks under way, those that are furthest keep their contractors.
            "left": np.where(table["demonstration"] == 1, -table["retrofit_done"], 0.0),
            "key": keys[column] if ascending else -keys[column],
            "name": table.index,
        },
        index=table.index,
    )
    ordered = frame.sort_values(["new", "left", "key", "name"], kind="stable").index
    return pd.Series(np.arange(1, len(ordered) + 1), index=ordered).reindex(table.index).to_numpy()


def large_zones(table: pd.DataFrame) -> np.ndarray:
    """1 for the parks of the zones with most revenue among those of national or regional level, shape (park,).

    >>> levels = ["national", "regional", "departmental"]
    >>> table = pd.DataFrame({"host": list("AAC"), "level": levels, "revenue": [5.0, 1.0, 9.0]}, index=list("ABC"))
    >>> large_zones(table).tolist()
    [1.0, 1.0, 0.0]
    """
    eligible = table[table["level"].isin(["national", "regional"]) & (table["revenue"] > 0)]
    zones = eligible.groupby("host")["revenue"].sum().sort_index().sort_values(ascending=False, kind="stable")
    chosen = table["host"].isin(zones.index[:LARGE_ZONES]) & table.index.isin(eligible.index)
    return chosen.to_numpy().astype(float)


def queue_position(rank: np.ndarray, capital_per_year: np.ndarray) -> np.ndarray:
    """Capital per year of works summed over the queue ahead of each park, shape (park,).

    >>> queue_position(np.array([2, 1]), np.array([10.0, 5.0])).tolist()
    [5.0, 0.0]
    """
    order = np.argsort(rank)
    position = np.empty(len(rank))
    position[order] = np.cumsum(capital_per_year[order]) - capital_per_year[order]
    return position
