"""Which industries of a league pass as clusters in 2015, and which come next: constants, ranked once from the table."""

from __future__ import annotations

import numpy as np

DEMONSTRATION_BASES = 18
"""Industrial cells (league by industry) that pass as clusters in 2015: as many as there were demonstration bases of
new-type industrialisation (a proxy)."""

PLANNED = 30
"""Clusters that the plan asks for in all: 5 of 100 bn CNY, 10 of 50 bn, 15 of 10 bn (T10 to T12)."""

CHOICES = ("all", "named in the plan", "nearest to the bar")
"""Values of the lever ``cluster_formation.which``; the model takes their place in this list."""


def half_scale(cells: np.ndarray) -> float:
    """Output between the last cell that passes as a cluster and the first that doesn't, both clear of the bar.

    Parameters
    ----------
    cells
        Output of 2015 by league and material industry (1e8 CNY), any shape.

    >>> round(half_scale(np.arange(1.0, 20.0)) ** 2, 9)  # 18 of 19 pass: between 1 and 2
    2.0
    """
    ranked = np.sort(cells[cells > 0])[::-1]
    passing = min(DEMONSTRATION_BASES, len(ranked))
    below = ranked[passing] if passing < len(ranked) else 0.5 * ranked[-1]
    return float(np.sqrt(ranked[passing - 1] * below))


def near_bar(cells: np.ndarray) -> np.ndarray:
    """1 for the largest cells that don't pass, as many as the plan asks for beyond those that pass; same shape.

    >>> near_bar(np.arange(20.0)).tolist()[:3]  # nothing at all, then one that doesn't pass, then one that does
    [0.0, 1.0, 0.0]
    """
    flat = np.ravel(cells)
    chosen = np.argsort(-flat, kind="stable")[DEMONSTRATION_BASES:PLANNED]
    flags = np.zeros(flat.shape)
    flags[chosen] = 1.0
    return np.where(flat > 0, flags, 0.0).reshape(np.shape(cells))
