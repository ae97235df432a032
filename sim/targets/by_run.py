"""Verdicts over many runs at once: the same rules as for one run, on arrays with a run axis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim import dims
from sim.errors import InputError, Problem
from sim.outputs_spec import Output
from sim.targets.array import Array
from sim.targets.interpret import NotComputable
from sim.targets.recorded import OwnParks, Recorded, recorded
from sim.targets.series import Evaluator
from sim.targets.syntax import Binary, Call, Name, Node, Select, Unary
from sim.targets.target import Target
from sim.targets.verdict import FAVOURABLE, VERDICTS, Rule

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]
Years = NDArray[np.int16]

CODE: Mapping[str, int] = {name: code for code, name in enumerate(VERDICTS)}
"""Number of a verdict in arrays; -1 stands for a run that failed."""

FAILED = -1
NEVER, NO_VERDICT = 0, -1
"""In place of the year in which a target is reached."""

_FAVOURABLE = np.array([name in FAVOURABLE for name in VERDICTS])
_EARLY_FORMS = ("level", "share", "count")
_AGAINST_BASE = ("growth", "change")


@dataclass(frozen=True)
class Judged:
    """Targets over runs.

    Parameters
    ----------
    ids
        Targets, in their order.
    values
        Value in the target's year, shape (targets, runs); NaN where there is none.
    codes
        Verdicts as numbers of `CODE`, shape (targets, runs).
    """

    ids: tuple[str, ...]
    values: Numbers
    codes: Codes

    @property
    def met(self) -> Flags:
        """Whether the target holds in its year, shape (targets, runs).

        >>> Judged(("T",), np.array([[1.0, 2.0]]), np.array([[CODE["missed"], CODE["met"]]], dtype=np.int8)).met
        array([[False,  True]])
        """
        return np.asarray((self.codes >= 0) & _FAVOURABLE[self.codes])

    @property
    def counted(self) -> Flags:
        """Whether a run has a verdict on the target that it reached by itself, shape (targets, runs).

        >>> codes = np.array([[CODE["missed"], FAILED, CODE["outside"], CODE["imposed"]]], dtype=np.int8)
        >>> Judged(("T",), np.zeros((1, 4)), codes).counted
        array([[ True, False, False, False]])
        """
        return np.asarray((self.codes >= 0) & (self.codes != CODE["outside"]) & (self.codes != CODE["imposed"]))


@dataclass(frozen=True)
class Setting:
    """What the runs of an ensemble share.

    Parameters
    ----------
    record
        One run's record: its labels, years and kinds; its outputs are not looked at.
    levers
        Value in force in the target year by "policy.lever".
    own_table
        The parks are a user's own: what the plan asks of the whole region does not apply.
    """

    record: Recorded
    levers: Mapping[str, object]
    own_table: bool = False


class ByRun:
    """Judges targets over blocks of runs.

    What a run gets depends on the number of runs beside it in the last bits, because sums are added in another order:
    give blocks of one size (a last one filled up) where results must be the same bits for a run alone.
    """

    def __init__(self, targets: Iterable[Target], setting: Setting) -> None:
        self.targets = tuple(targets)
        self.setting = setting
        self.ids = tuple(target.id for target in self.targets)

    def judge(self, outputs: Mapping[str, Array], runs: int, own: OwnParks | None = None) -> Judged:
        """Judge some runs.

        Parameters
        ----------
        outputs
            Values by output, dims ``run``, those of the output and ``time`` (the years of the setting).
        own
            What each run has of its own where park tables differ; else the setting's record tells it.

        Raises
        ------
        InputError
            With every expression whose dims don't fit.
        """
        evaluator = self.evaluator(outputs, runs, own)
        values = np.full((len(self.targets), runs), np.nan)
        codes = np.full((len(self.targets), runs), CODE["outside"], dtype=np.int8)
        problems: list[Problem] = []
        for row, target in enumerate(self.targets):
            try:
                values[row], codes[row] = self._judge(evaluator, target, runs)
            except InputError as error:
                problems += [p for p in error.problems if p not in problems]
        if problems:
            raise InputError(problems)
        return Judged(self.ids, values, codes)

    def evaluator(self, outputs: Mapping[str, Array], runs: int, own: OwnParks | None = None) -> Evaluator:
        """What evaluates readings over some runs; parameters as in `judge`."""
        return Evaluator(self.record(outputs, runs, own))

    def record(self, outputs: Mapping[str, Array], runs: int, own: OwnParks | None = None) -> Recorded:
        """Some runs as expressions read them; parameters as in `judge`."""
        record = self.setting.record
        labels = {**record.labels, dims.RUN: Array.of([dims.RUN], np.arange(runs))}
        if own is not None:
            labels |= own.labels
        hosts = None if own is None else own.hosts
        return replace(record, outputs=outputs, labels=labels, hosts=hosts)

    def reached(self, outputs: Mapping[str, Array], runs: int, own: OwnParks | None = None) -> Years:
        """Year in which each target is reached, as `years_reached`, shape (targets, runs); parameters as in `judge`."""
        evaluator = self.evaluator(outputs, runs, own)
        found = np.full((len(self.targets), runs), NO_VERDICT, dtype=np.int16)
        for row, target in enumerate(self.targets):
            if self.basis(target) in ("outside", "imposed"):
                continue
            try:
                series = evaluator.series(target, target.main)
            except NotComputable:
                continue
            found[row] = years_reached(target.main.rule, series, self.setting.record.years.tolist())
        return found

    def _judge(self, evaluator: Evaluator, target: Target, runs: int) -> tuple[Numbers, Codes]:
        rule, years = target.main.rule, self.setting.record.years
        basis = self.basis(target)
        foreign = self.setting.own_table and target.whole_region
        set_ = basis in ("outside", "imposed")
        nothing = np.full(runs, np.nan), np.full(runs, CODE[basis if set_ else "outside"], dtype=np.int8)
        at = np.flatnonzero(years == rule.year)
        if not at.size or (basis == "outside" and not foreign):
            return nothing
        try:
            series = evaluator.series(target, target.main)
        except NotComputable:
            return nothing
        series = np.where(np.isfinite(series), series, np.nan)
        return series[:, at[0]], nothing[1] if set_ else verdicts(rule, series, years.tolist())

    def basis(self, target: Target) -> str:
        """Where a target's verdict comes from in this scenario, the same for all runs."""
        if self.setting.own_table and target.whole_region:
            return "outside"
        if any(imposer.acts(self.setting.levers) for imposer in target.main.imposed_by):
            return "imposed"
        return target.main.basis


def judge_runs(
    dataset: xr.Dataset, targets: Iterable[Target], levers: Mapping[str, object], *, own_table: bool = False
) -> Judged:
    """Judge every target on every run of a Dataset.

    Parameters
    ----------
    dataset
        Results with dims (run, …, time).

    Raises
    ------
    InputError
        With every expression whose dims don't fit.
    """
    record = recorded(dataset)
    return ByRun(targets, Setting(record, levers, own_table)).judge(record.outputs, dataset.sizes[dims.RUN])


def holds_in(rule: Rule, values: Numbers, margin: float = 0.0) -> Flags:
    """Whether values satisfy the bar, moved ``margin`` in its favour; undefined ones never do. Any shape.

    As `sim.targets.verdict.holds`, value by value.

    >>> holds_in(Rule("share", ">=", 50.0, None), np.array([50.0, 49.9, np.nan]))
    array([ True, False, False])
    """
    low = -np.inf if rule.low is None else rule.low - margin
    high = np.inf if rule.high is None else rule.high + margin
    below, above = (1e-9 * max(1.0, abs(bar)) if np.isfinite(bar) else 0.0 for bar in (low, high))
    match rule.comparator:
        case ">":
            found = values > low + below
        case "<":
            found = values < high - above
        case "<=":
            found = values <= high + above
        case "range":
            found = (values >= low - below) & (values <= high + above)
        case _:
            found = values >= low - below
    return np.asarray(found & np.isfinite(values))


def close_in(rule: Rule, values: Numbers) -> Flags:
    """Whether values that miss the bar lie within the tolerance; as `sim.targets.verdict.close`, value by value."""
    if rule.allowed <= 0.0:
        return np.zeros(values.shape, dtype=bool)
    bar = max(abs(b) for b in (rule.low, rule.high) if b is not None)
    relative = rule.form in ("level", "intensity", "cumulative")
    return holds_in(rule, values, rule.allowed * bar if relative else rule.allowed)


def verdicts(rule: Rule, series: Numbers, years: Sequence[int]) -> Codes:
    """Verdicts on paths; as `sim.targets.verdict.judge`, run by run.

    Parameters
    ----------
    series
        Shape (runs, years); NaN where a year has no value.
    years
        Calendar years, the rule's among them. Years after that tell "late" from "missed"; without them it is "missed".

    >>> paths = np.array([[5.0, 11.0, 12.0], [5.0, 8.0, 9.0]])
    >>> found = verdicts(Rule("level", ">=", 10.0, None), paths, [2015, 2019, 2020])
    >>> [VERDICTS[code] for code in found]
    ['early', 'missed']
    """
    met = holds_in(rule, series)
    column = {year: met[:, place] for place, year in enumerate(years)}
    never = np.zeros(len(series), dtype=bool)
    value = series[:, list(years).index(rule.year)]
    now = column[rule.year]
    at_base = never if rule.form in _AGAINST_BASE else column.get(dims.BASE_YEAR, never)
    before = column.get(rule.year - 1, never) if rule.year - 1 > dims.BASE_YEAR else never
    early = before if rule.form in _EARLY_FORMS else never
    later = np.any([held for year, held in column.items() if year > rule.year] or [never], axis=0)
    names = ("outside", "met_at_base", "early", "met", "near", "late")
    chosen = (~np.isfinite(value), now & at_base, now & early, now, close_in(rule, value), later)
    return np.select(chosen, [CODE[name] for name in names], CODE["missed"]).astype(np.int8)


def years_reached(rule: Rule, series: Numbers, years: Sequence[int]) -> Years:
    """Year in which a target is reached; as ``year_reached`` of `sim.targets.verdict.judge`, run by run.

    Parameters
    ----------
    series, years
        As in `verdicts`.

    Returns
    -------
    array
        Shape (runs,); `NEVER` where it isn't reached in these years, `NO_VERDICT` without a value in the rule's year.

    >>> paths = np.array([[5.0, 11.0, 12.0, 9.0], [5.0, 8.0, 9.0, 10.0], [5.0, 8.0, 9.0, 9.0]])
    >>> years_reached(Rule("level", ">=", 10.0, None), paths, [2015, 2019, 2020, 2021]).tolist()
    [2019, 2021, 0]
    """
    if rule.year not in years:
        return np.full(len(series), NO_VERDICT, dtype=np.int16)
    met = holds_in(rule, series)
    column = {year: met[:, place] for place, year in enumerate(years)}
    found = np.full(len(series), NEVER, dtype=np.int16)
    for year in sorted((year for year in years if year > rule.year), reverse=True):
        found[column[year]] = year
    held = column[rule.year]
    found[held] = rule.year
    for year in range(rule.year - 1, dims.BASE_YEAR, -1) if rule.form in _EARLY_FORMS else ():
        held = held & column.get(year, False)
        found[held] = year
    if rule.form not in _AGAINST_BASE and dims.BASE_YEAR in column:
        found[column[rule.year] & column[dims.BASE_YEAR]] = dims.BASE_YEAR
    found[~np.isfinite(series[:, list(years).index(rule.year)])] = NO_VERDICT
    return found


def needed_outputs(targets: Iterable[Target], outputs: Mapping[str, Output]) -> tuple[str, ...]:
    """Names of the outputs that the main readings of targets are computed from, in the order of the bundle."""
    names = {node.name for target in targets for node in _nodes(target) if isinstance(node, Name)}
    return tuple(name for name in outputs if name in names)


def years_needed(target: Target, years: Sequence[int]) -> tuple[int, ...]:
    """Years without which the verdict on a target (but for "late") can't be told; among ``years``.

    Most targets compare their year, and the one before for "early", with 2015; sums over years need them all.
    """
    last = target.main.rule.year
    functions = {node.function for node in _nodes(target) if isinstance(node, Call)}
    if functions & {"cumulative", "at"}:
        return tuple(year for year in years if year <= max(last, dims.TARGET_YEAR))
    return tuple(year for year in years if year in (dims.BASE_YEAR, last - 1, last))


def _nodes(target: Target) -> list[Node]:
    """All nodes of what a target is computed from, with the definitions that it names."""
    found: list[Node] = []
    waiting = [] if target.main.expression is None else [target.main.expression.root]
    known: set[str] = set()
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += _inside(node)
        if isinstance(node, Name) and node.name in target.vocabulary.definitions and node.name not in known:
            known.add(node.name)
            waiting.append(target.vocabulary.definitions[node.name].root)
    return found


def _inside(node: Node) -> tuple[Node, ...]:
    match node:
        case Unary():
            return (node.operand,)
        case Binary():
            return node.left, node.right
        case Select():
            return node.value, node.condition
        case Call():
            return node.operands
    return ()
