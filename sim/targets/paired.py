"""Two scenarios run by run: run k of both has the same draws, so what differs is what the scenarios say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.targets.by_run import FAILED, Flags, Judged, Numbers
from sim.targets.chances import Method, Tables, clustered_error
from sim.targets.verdict import Rule

HAIR = 1e-9
"""Relative difference up to which two values are the same: a last bit of rounding makes no scenario better."""


@dataclass(frozen=True)
class Paired:
    """A target in two scenarios over the same runs; what there is none of is ``None``.

    Parameters
    ----------
    runs
        Runs with a verdict in both.
    first, other
        Probabilities in these runs.
    difference, error
        ``other`` less ``first``, and its standard error, see `paired_error`.
    gained, lost
        Share of the runs in which only the other scenario meets the target, and only the first.
    better, equal, worse
        Share of the runs in which the other scenario's value is better by the target's direction, the same, worse.
    p05, p50, p95
        Quantiles of the value in the other scenario less that in the first, over all runs that have both.
    """

    id: str
    runs: int
    first: float | None
    other: float | None
    difference: float | None
    error: float | None
    gained: float | None
    lost: float | None
    better: float | None
    equal: float | None
    worse: float | None
    p05: float | None
    p50: float | None
    p95: float | None


def paired(first: Judged, other: Judged, rules: Mapping[str, Rule], tables: Tables | None = None) -> tuple[Paired, ...]:
    """One row per target.

    Parameters
    ----------
    first, other
        The same targets in the same runs of two scenarios.
    rules
        The bar of each target: it tells which side is better, and that differences of counts are such as occur.
    tables
        The park table of each run, shape (runs,), where they differ.

    >>> from sim.targets.by_run import CODE
    >>> met, missed = CODE["met"], CODE["missed"]
    >>> one = Judged(("T",), np.array([[1.0, 2.0, 4.0, 1.0]]), np.array([[missed, missed, met, missed]], dtype=np.int8))
    >>> two = Judged(("T",), np.array([[2.0, 3.0, 4.0, 0.0]]), np.array([[missed, met, met, missed]], dtype=np.int8))
    >>> found = paired(one, two, {"T": Rule("level", ">=", 3.0, None)})[0]
    >>> found.difference, found.gained, found.lost, found.better, found.equal, found.worse, found.p50
    (0.25, 0.25, 0.0, 0.5, 0.25, 0.25, 0.5)
    """
    return tuple(_paired(row, first, other, rules[name], tables) for row, name in enumerate(first.ids))


def _paired(row: int, first: Judged, other: Judged, rule: Rule, tables: Tables | None) -> Paired:
    both = first.counted[row] & other.counted[row]
    share = pair_of(first.met[row], other.met[row], both, tables)
    moved = other.values[row] - first.values[row]
    known = moved[np.isfinite(moved)]
    method: Method = "inverted_cdf" if rule.form == "count" else "linear"
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95), method=method).tolist() if known.size else [None] * 3
    side = _side(rule, first.values[row][both], other.values[row][both])
    better, equal, worse = (float((side == sign).mean()) if share.runs else None for sign in (1, 0, -1))
    return Paired(
        first.ids[row], share.runs, share.first, share.other, share.difference, share.error, share.gained, share.lost,
        better, equal, worse, low, middle, high,
    )  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """How often something holds in two scenarios over the same runs; see `Paired`."""

    runs: int
    first: float | None = None
    other: float | None = None
    difference: float | None = None
    error: float | None = None
    gained: float | None = None
    lost: float | None = None


def pair_of(first: Flags, other: Flags, runs: Flags, tables: Tables | None = None) -> Pair:
    """How often something holds in two scenarios.

    Parameters
    ----------
    first, other
        By run whether it holds.
    runs
        Which runs count; all three of shape (runs,).
    """
    number = int(runs.sum())
    if not number:
        return Pair(0)
    one, two = first[runs], other[runs]
    gained, lost = int((two & ~one).sum()), int((one & ~two).sum())
    error = paired_error(gained, lost, number)
    if tables is not None:
        moved: Numbers = two.astype(np.float64) - one
        error = max(error, clustered_error(moved, tables[runs]))
    return Pair(
        number, float(one.mean()), float(two.mean()), (gained - lost) / number, error, gained / number, lost / number
    )


def paired_error(gained: int, lost: int, number: int) -> float:
    """Standard error of the difference of two shares over the same runs.

    After half a run has been added to each of the four ways in which a pair can come out (Agresti and Min, Statistics
    in Medicine 24, 2005), so that it is never 0, also where no run differs.

    >>> round(paired_error(0, 0, 100), 4), round(paired_error(30, 0, 100), 3), round(paired_error(20, 20, 100), 3)
    (0.0098, 0.046, 0.063)
    """
    runs, up, down = number + 2, gained + 0.5, lost + 0.5
    return float(np.sqrt(up + down - (up - down) ** 2 / runs)) / runs


def _side(rule: Rule, first: Numbers, other: Numbers) -> Numbers:
    """By run 1 where the other value is better by the target's direction, -1 where it is worse, 0 where it is not."""
    hair = HAIR * np.maximum(np.abs(first), np.abs(other))
    gain = goodness(rule, other) - goodness(rule, first)
    return np.asarray(np.sign(np.where(np.abs(gain) <= hair, 0.0, gain)))


def goodness(rule: Rule, values: Numbers) -> Numbers:
    """Values so turned that more is better: of a range the distance to it counts, and inside all are alike.

    >>> goodness(Rule("intensity", "<=", None, 2.0), np.array([1.0, 3.0])).tolist()
    [-1.0, -3.0]
    >>> goodness(Rule("level", "range", 3.0, 4.0), np.array([2.5, 3.5, 6.0])).tolist()
    [-0.5, 0.0, -2.0]
    """
    if rule.comparator == "range":
        low = -np.inf if rule.low is None else rule.low
        high = np.inf if rule.high is None else rule.high
        return np.asarray(0.0 - np.maximum(np.maximum(low - values, values - high), 0.0))
    return -values if rule.comparator in ("<", "<=") else values


def failed_in(*judged: Judged) -> Flags:
    """By run whether it failed in any of some scenarios, shape (runs,)."""
    return np.asarray(np.any([(one.codes == FAILED).all(axis=0) for one in judged], axis=0))


def kept(judged: Judged, runs: Flags) -> Judged:
    """Some of the runs."""
    return Judged(judged.ids, judged.values[:, runs], judged.codes[:, runs])
