"""What the verdicts of many runs add up to: the probability of each target, with its error, and how values spread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.by_run import CODE, NEVER, NO_VERDICT, Codes, Flags, Judged, Numbers, Years
from sim.targets.verdict import FAVOURABLE, VERDICTS, Rule

Method = Literal["inverted_cdf", "linear"]
"""How a quantile is taken: a value that occurs, or one between two."""

Tables = NDArray[np.int64]

WORST = 0.05
"""Share of the runs whose mean is told as the worst."""


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
    worst5
        Mean of the worst 5 % of the values, see `worst_mean`.
    verdict
        The verdict that the runs speak for, see `likely_verdict`.
    year
        Median of the years in which runs reach the target; none where more than half of the runs never do.
    never
        Share of runs that don't reach it in the years of the clock.
    year_runs
        Runs from which year and share are told.
    """

    id: str
    probability: float | None
    error: float | None
    judged: int
    undefined: int
    p05: float | None
    p50: float | None
    p95: float | None
    worst5: float | None = None
    verdict: str | None = None
    year: int | None = None
    never: float | None = None
    year_runs: int = 0


def chances(
    judged: Judged,
    rules: Mapping[str, Rule],
    tables: Tables | None = None,
    reached: Years | None = None,
) -> tuple[Chance, ...]:
    """One row per target.

    Parameters
    ----------
    rules
        The bar of each target: it tells which side is the worse one, and that quantiles of counts are values that
        occur, never between two.
    tables
        The park table of each run, shape (runs,), where they differ: runs on the same table are not independent.
    reached
        Years of `sim.targets.by_run.years_reached` for the first runs, shape (targets, some of the runs).

    >>> from sim.targets.by_run import FAILED
    >>> codes = np.array([[CODE["met"], CODE["missed"], CODE["met"], FAILED]], dtype=np.int8)
    >>> judged = Judged(("T",), np.array([[3.0, 1.0, 2.0, np.nan]]), codes)
    >>> found = chances(judged, {"T": Rule("level", ">=", 2.0, None)})[0]
    >>> round(found.probability, 3), found.judged, found.p50, found.worst5, found.verdict
    (0.667, 3, 2.0, 1.0, 'met')
    """
    return tuple(
        _chance(judged, row, rules[name], tables, None if reached is None else reached[row])
        for row, name in enumerate(judged.ids)
    )


def _chance(judged: Judged, row: int, rule: Rule, tables: Tables | None, reached: Years | None) -> Chance:
    values, codes, counted = judged.values[row], judged.codes[row], judged.counted[row]
    known = values[np.isfinite(values)]
    method: Method = "inverted_cdf" if rule.form == "count" else "linear"
    levels = np.quantile(known, (0.05, 0.5, 0.95), method=method).tolist() if known.size else [None] * 3
    share = share_of(judged.met[row][counted], None if tables is None else tables[counted])
    undefined = int(((codes == CODE["outside"]) & ~np.isfinite(values)).sum()) if share.number else 0
    year, never, year_runs = (None, None, 0) if reached is None else year_of(reached)
    low, middle, high = levels
    return Chance(
        judged.ids[row], share.share, share.error, share.number, undefined, low, middle, high, worst_mean(rule, known),
        likely_verdict(codes[counted], rule, year), year, never, year_runs,
    )  # fmt: skip


def worst_mean(rule: Rule, values: Numbers) -> float | None:
    """Mean of the worst 5 % of values: those furthest on the side on which the target is missed.

    The run in which the 5 % end counts in part. None for a range, which is missed on either side, and without a value.

    >>> worst_mean(Rule("level", ">=", 1.0, None), np.arange(40.0))
    0.5
    """
    if not len(values) or rule.comparator == "range":
        return None
    ordered = np.sort(values)
    if rule.comparator in ("<", "<="):
        ordered = ordered[::-1]
    weights = np.clip(WORST * len(values) - np.arange(len(values)), 0.0, 1.0)
    return float(np.average(ordered, weights=weights))


def year_of(reached: Years) -> tuple[int | None, float | None, int]:
    """Median year of reaching a target, share of runs that never do, and how many runs tell it.

    >>> year_of(np.array([2019, NEVER, 2024, NO_VERDICT, NEVER, 2020], dtype=np.int16))
    (2024, 0.4, 5)
    >>> year_of(np.array([NEVER, NEVER, 2024], dtype=np.int16))[0] is None
    True
    """
    known = reached[reached != NO_VERDICT]
    if not len(known):
        return None, None, 0
    ordered = np.sort(np.where(known == NEVER, np.iinfo(np.int16).max, known))
    median = int(ordered[(len(ordered) - 1) // 2])  # a year that occurs
    return None if median == np.iinfo(np.int16).max else median, float((known == NEVER).mean()), len(known)


def likely_verdict(codes: Codes, rule: Rule, year: int | None) -> str | None:
    """The verdict that runs speak for: a favourable one where half of them or more meet the target.

    Which of the favourable ones the median year of reaching tells, and so whether it is "late". Where it tells nothing,
    it is the most frequent verdict on that side.

    >>> codes = np.array([CODE[name] for name in ("early", "met", "met", "missed", "missed", "missed")])
    >>> rule = Rule("level", ">=", 1.0, None)
    >>> [likely_verdict(codes, rule, year) for year in (2015, 2018, 2020, None)]
    ['met_at_base', 'early', 'met', 'met']
    >>> likely_verdict(codes[1:], rule, None), likely_verdict(codes[1:], rule, 2023)
    ('missed', 'late')
    """
    if not len(codes):
        return None
    counts = {name: int((codes == code).sum()) for name, code in CODE.items()}
    holds = 2 * sum(counts[name] for name in FAVOURABLE) >= len(codes)
    if holds and year is not None and year <= rule.year:
        return "met_at_base" if year == dims.BASE_YEAR else "early" if year < rule.year else "met"
    among = [name for name in VERDICTS if (name in FAVOURABLE) == holds]
    found = max(among, key=lambda name: counts[name])
    return "late" if found == "missed" and year is not None and year > rule.year else found


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


def share_of_counts(held: Tables, runs: Tables) -> Share:
    """The share of runs in which something holds, from counts by park table.

    Parameters
    ----------
    held, runs
        Runs in which it holds, and all runs, by table; a single table is no cluster.

    >>> share_of_counts(np.array([3, 0]), np.array([4, 4])).share
    0.375
    """
    held, runs = held[runs > 0], runs[runs > 0]
    number = int(runs.sum())
    error = standard_error(int(held.sum()), number)
    if error is None:
        return Share(None, None, 0)
    share = int(held.sum()) / number
    beyond: Numbers = held.astype(np.float64) - runs * share
    return Share(share, max(error, _clustered(beyond, number)), number)


def standard_error(held: int, number: int) -> float | None:
    """Standard error of a share, after adding two runs on either side: never 0, also where all runs agree.

    >>> round(standard_error(50, 100), 3), round(standard_error(0, 100), 4)
    (0.049, 0.0135)
    """
    if not number:
        return None
    share = (held + 2) / (number + 4)
    return float(np.sqrt(share * (1.0 - share) / (number + 4)))


def clustered_error(met: Flags | Numbers, tables: Tables) -> float:
    """Standard error of a share where runs on the same table go together; 0 for a single table, which tells nothing.

    The usual estimate for clusters: what each table has beyond the mean share, summed over its runs.

    >>> alike = np.array([True] * 50 + [False] * 50)
    >>> round(clustered_error(alike, np.repeat([0, 1, 2, 3], 25)), 3), round(clustered_error(alike, np.arange(100)), 3)
    (0.289, 0.05)
    """
    _, place = np.unique(tables, return_inverse=True)
    return _clustered(np.asarray(np.bincount(place, weights=met - met.mean()), dtype=np.float64), len(met))


def _clustered(beyond: Numbers, number: int) -> float:
    if len(beyond) < 2:
        return 0.0
    return float(np.sqrt(len(beyond) / (len(beyond) - 1) * (beyond**2).sum())) / number
