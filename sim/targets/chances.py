"""What the verdicts of many runs add up to: the probability of each target, with its error, and how values spread."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.targets.by_run import CODE, Flags, Judged

Method = Literal["inverted_cdf", "linear"]
"""How a quantile is taken: a value that occurs, or one between two."""

Tables = NDArray[np.int64]


@dataclass(frozen=True)
class Chance:
    """A target over an ensemble; what there is none of is ``None``.

    Parameters
    ----------
    probability
        Share of the judged runs in which the target holds in its year.
    error
        Standard error of the probability by the number of runs, and of park tables where they differ.
    judged
        Runs with a verdict: those that failed or have no value are left out.
    undefined
        Runs that did not fail but have no value.
    p05, p50, p95
        Quantiles of the value in the target's year.
    """

    id: str
    probability: float | None
    error: float | None
    judged: int
    undefined: int
    p05: float | None
    p50: float | None
    p95: float | None


def chances(
    judged: Judged, counts: Collection[str] = (), tables: Tables | None = None
) -> tuple[Chance, ...]:
    """One row per target.

    Parameters
    ----------
    counts
        Targets whose values are counts: their quantiles are values that occur, never between two.
    tables
        The park table of each run, shape (runs,), where they differ: runs on the same table are not independent.

    >>> from sim.targets.by_run import FAILED
    >>> codes = np.array([[CODE["met"], CODE["missed"], CODE["met"], FAILED]], dtype=np.int8)
    >>> found = chances(Judged(("T",), np.array([[3.0, 1.0, 2.0, np.nan]]), codes))[0]
    >>> round(found.probability, 3), found.judged, found.p50
    (0.667, 3, 2.0)
    """
    found = []
    for row, name in enumerate(judged.ids):
        method: Method = "inverted_cdf" if name in counts else "linear"
        found.append(_chance(judged, row, method, tables))
    return tuple(found)


def _chance(judged: Judged, row: int, method: Method, tables: Tables | None) -> Chance:
    values, codes, counted = judged.values[row], judged.codes[row], judged.counted[row]
    known = values[np.isfinite(values)]
    levels = np.quantile(known, (0.05, 0.5, 0.95), method=method).tolist() if known.size else [None] * 3
    share = share_of(judged.met[row][counted], None if tables is None else tables[counted])
    undefined = int(((codes == CODE["outside"]) & ~np.isfinite(values)).sum()) if share.number else 0
    return Chance(judged.ids[row], share.share, share.error, share.number, undefined, *levels)


@dataclass(frozen=True)
class Share:
    """A share of runs with its standard error; ``None`` where there are no runs."""

    share: float | None
    error: float | None
    number: int


def share_of(held: Flags, tables: Tables | None = None) -> Share:
    """The share of runs in which something holds.

    Parameters
    ----------
    held
        By run, shape (runs,).
    tables
        The park table of each run, where they differ: the error is that of runs in clusters if it is larger.

    >>> share_of(np.array([True, False, True, True])).share, share_of(np.array([], dtype=bool))
    (0.75, Share(share=None, error=None, number=0))
    """
    number, count = len(held), int(held.sum())
    error = standard_error(count, number)
    if error is not None and tables is not None:
        error = max(error, clustered_error(held, tables))
    return Share(count / number if number else None, error, number)


def standard_error(held: int, number: int) -> float | None:
    """Standard error of a share, after adding two runs on either side: never 0, also where all runs agree.

    >>> round(standard_error(50, 100), 3), round(standard_error(0, 100), 4)
    (0.049, 0.0135)
    """
    if not number:
        return None
    share = (held + 2) / (number + 4)
    return float(np.sqrt(share * (1.0 - share) / (number + 4)))


def clustered_error(met: Flags, tables: Tables) -> float:
    """Standard error of a share where runs on the same table go together; 0 for a single table, which tells nothing.

    The usual estimate for clusters: what each table has beyond the mean share, summed over its runs.

    >>> alike = np.array([True] * 50 + [False] * 50)
    >>> round(clustered_error(alike, np.repeat([0, 1, 2, 3], 25)), 3), round(clustered_error(alike, np.arange(100)), 3)
    (0.289, 0.05)
    """
    _, place = np.unique(tables, return_inverse=True)
    beyond = np.bincount(place, weights=met - met.mean())
    if len(beyond) < 2:
        return 0.0
    return float(np.sqrt(len(beyond) / (len(beyond) - 1) * (beyond**2).sum())) / len(met)
