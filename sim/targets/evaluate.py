"""Results + targets + levers → one row per target: the last arrow before tables and figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from sim import dims
from sim.errors import InputError, Problem
from sim.targets.margin import Margin, margin_of
from sim.targets.recorded import recorded
from sim.targets.revision import ATTRIBUTE, PUBLISHED, REVISED, as_reported, base_of
from sim.targets.rows import ReadingRow, TargetRow
from sim.targets.series import Evaluator, Values, reconstructed_share
from sim.targets.target import Reading, Target
from sim.targets.verdict import Judgement, gap, judge, mean_growth, progress, verdict_word
from sim.words.catalogue import Language, text

_LANGUAGES: tuple[Language, Language] = ("zh", "en")
_LEVEL_FORMS = ("level",)
_AGAINST_BASE = ("growth", "change", "cumulative")


def evaluate_targets(
    dataset: xr.Dataset,
    targets: Iterable[Target],
    levers: Mapping[str, object],
    *,
    own_table: bool = False,
) -> tuple[TargetRow, ...]:
    """Judge every target on the first run of a Dataset.

    Parameters
    ----------
    dataset
        Results with dims (run, …, time). ``attrs`` may name the ``scenario`` and the ``run_id``, and the
        ``reported_base`` on which the targets are judged.
    targets
        From `sim.targets.spec.read_targets`.
    levers
        Value in force in 2020 by "policy.lever"; a lever that is not named is at no policy.
    own_table
        The parks are a user's own: what the plan asks of the whole region does not apply.

    Raises
    ------
    InputError
        With every expression whose dims don't fit.
    """
    targets = tuple(targets)
    board = _Board(dataset, as_reported(dataset, targets), levers, own_table)
    rows: list[TargetRow] = []
    problems: list[Problem] = []
    for target in targets:
        try:
            rows.append(board.row(target))
        except InputError as error:
            problems += [p for p in error.problems if p not in problems]  # a definition serves many targets
    if problems:
        raise InputError(problems)
    return tuple(rows)


def both_bases(
    dataset: xr.Dataset, targets: Iterable[Target], levers: Mapping[str, object], *, own_table: bool = False
) -> tuple[tuple[TargetRow, ...], tuple[TargetRow, ...]]:
    """Rows on the base on which results are reported, and on the published one (the same rows where that is it).

    Raises
    ------
    InputError
        As `evaluate_targets`.
    """
    targets = tuple(targets)
    rows = evaluate_targets(dataset, targets, levers, own_table=own_table)
    if base_of(dataset) == PUBLISHED:
        return rows, rows
    plain = dataset.assign_attrs({ATTRIBUTE: PUBLISHED})
    return rows, evaluate_targets(plain, targets, levers, own_table=own_table)


def progress_without_policy(
    dataset: xr.Dataset, targets: Iterable[Target], *, own_table: bool = False
) -> dict[str, float | None]:
    """Progress of targets in % by id, with no lever acting: what `evaluate_targets` gives, and nothing else of it.

    Raises
    ------
    InputError
        As `evaluate_targets`.
    """
    targets = tuple(targets)
    board = _Board(dataset, as_reported(dataset, targets), {}, own_table)
    rows = ((target, _Row(board, target)) for target in targets)
    return {
        target.id: None if row.judgement.code == "outside" else progress(target.main.rule, row.base, row.value)
        for target, row in rows
    }


class _Board:
    """What the rows of one Dataset share."""

    def __init__(
        self, dataset: xr.Dataset, reported: xr.Dataset, levers: Mapping[str, object], own_table: bool
    ) -> None:
        self.attrs, self.base = dataset.attrs, base_of(dataset)
        self.levers, self.own_table = levers, own_table
        self.recorded = recorded(reported)
        self.evaluator = Evaluator(self.recorded)
        self.published = self.evaluator if self.base == PUBLISHED else Evaluator(recorded(dataset))
        self.end = int(np.floor(float(np.max(dataset[dims.TIME].values)) + 1e-6))

    def row(self, target: Target) -> TargetRow:
        return _Row(self, target).build()


class _Row:
    """One target on its way to a row."""

    def __init__(self, board: _Board, target: Target) -> None:
        self.board, self.target = board, target
        self.not_applicable = board.own_table and target.whole_region
        self.basis = self._basis(target.main)
        self.values = self._values(target.main, self.basis)
        self.judgement = self._judge(target.main, self.basis, self.values)
        self.base = self._base(target.main, self.values, stated=target.base)
        self.value = self.values.path.get(target.main.rule.year)
        self.published = self._published()

    def _basis(self, reading: Reading) -> str:
        if self.not_applicable:
            return "outside"
        if any(imposer.acts(self.board.levers) for imposer in reading.imposed_by):
            return "imposed"
        return reading.basis

    def _values(self, reading: Reading, basis: str) -> Values:
        if reading.expression is None or (basis == "outside" and not self.not_applicable):
            return Values({}, "no_expression")
        return self.board.evaluator.values(self.target, reading)

    def _published(self) -> Values | None:
        """Values on the published base where those of the row stand on the revised one and differ by it."""
        reading = self.target.main
        if self.board.base == PUBLISHED or not self.values.path or reading.expression is None:
            return None
        values = self.board.published.values(self.target, reading)
        here = self.values.path
        return None if all(math.isclose(values.path[y], here[y], rel_tol=1e-9) for y in here) else values

    def _judge(self, reading: Reading, basis: str, values: Values) -> Judgement:
        if basis in ("outside", "imposed"):
            return Judgement(basis)
        if values.reason:
            return Judgement("outside")
        return judge(reading.rule, values.path)

    @staticmethod
    def _base(reading: Reading, values: Values, stated: float | None = None) -> float | None:
        """The run's own 2015; what the plan states only where the run has none."""
        if reading.rule.form in _AGAINST_BASE:
            return None
        return values.path.get(dims.BASE_YEAR, stated)

    def _word(self, judgement: Judgement) -> str:
        return verdict_word("zh", judgement.code, judgement.year_reached, self.board.end)

    def _reading_row(self, reading: Reading, known: Values | None = None) -> ReadingRow:
        main = reading is self.target.main
        basis = self.basis if main else self._basis(reading)
        values = self.values if main else known or self._values(reading, basis)
        judgement = self.judgement if main else self._judge(reading, basis, values)
        if judgement.code == "outside":
            basis = "outside"
        return ReadingRow(
            id=self.target.id,
            reading=reading.code,
            name_zh=reading.name_zh,
            name_en=reading.name_en,
            unit_zh=reading.unit_zh,
            unit_en=reading.unit_en,
            value_2020=values.path.get(reading.rule.year),
            base_2015=self.base if main else self._base(reading, values),
            comparator=reading.rule.comparator,
            target_low=reading.rule.low,
            target_high=reading.rule.high,
            basis=basis,
            verdict=judgement.code,
            verdict_zh=self._word(judgement),
            is_main=main,
        )

    def _readings(self) -> tuple[ReadingRow, ...]:
        if self.judgement.code == "outside":
            return (self._reading_row(self.target.main),)
        readings = (self.target.main, *self.target.readings)
        if self.board.base == PUBLISHED:
            return tuple(self._reading_row(reading) for reading in readings)
        rows = [self._reading_row(reading) for reading in readings if reading.code != REVISED]
        if self.published is not None:
            zh, en = (text(lang, "base.reading_published") for lang in _LANGUAGES)
            reading = replace(self.target.main, code=PUBLISHED, name_zh=zh, name_en=en)
            rows.append(self._reading_row(reading, self.published))
        return tuple(rows)

    def _reason(self, lang: Language) -> str:
        """Why there is no verdict, else what a reader must know about the value."""
        target, values = self.target, self.values
        if self.not_applicable:
            return text(lang, "target_reason.own_table")
        if self.basis == "outside":
            return target.reason_zh if lang == "zh" else target.reason_en
        if values.reason and self.basis != "imposed":
            return text(lang, f"target_reason.{values.reason}", **dict(values.details or {}))
        note = target.note_zh if lang == "zh" else target.note_en
        return note or (text(lang, "target_reason.imposed") if self.basis == "imposed" else "")

    def _base_origin(self) -> str | None:
        if self.base is None:
            return None
        origin = self.target.base_origin
        return "derived" if self.published is not None and origin == "published" else origin

    def _origin(self, basis: str, estimated: float | None) -> str | None:
        if self.value is None:
            return None
        if basis in ("imposed", "extrapolated"):
            return "assumed"
        return "reconstructed" if estimated else "derived"

    def build(self) -> TargetRow:
        target, main, rule = self.target, self.target.main, self.target.main.rule
        readings = self._readings()
        judged = self.judgement.code
        basis = "outside" if judged == "outside" else self.basis
        compared = judged != "outside" and self.value is not None
        sensitive = any(r.verdict not in (judged, "outside") for r in readings)
        estimated = reconstructed_share(self.board.recorded, target.reconstructed)
        acting = [i.lever for i in main.imposed_by if i.acts(self.board.levers)] if basis == "imposed" else []
        required, achieved = self._growth()
        margin = self._margin()
        attrs = self.board.attrs
        return TargetRow(
            id=target.id,
            group_zh=target.group.name_zh,
            group_en=target.group.name_en,
            name_zh=target.name_zh,
            name_en=target.name_en,
            scope_zh=target.scope_zh,
            unit_zh=main.unit_zh,
            unit_en=main.unit_en,
            nature=rule.nature,
            wording=rule.wording,
            form=rule.form,
            comparator=rule.comparator,
            basis=basis,
            imposed_by="; ".join(acting) or None,
            reading=main.code,
            sensitive=sensitive,
            base_2015=self.base,
            base_origin=self._base_origin(),
            value_2020=self.value,
            target_low=rule.low,
            target_high=rule.high,
            gap=gap(rule, self.value) if compared and self.value is not None else None,
            gap_unit_zh=_gap_unit(main.unit_zh) if compared else None,
            progress_pct=progress(rule, self.base, self.value) if compared else None,
            verdict=judged,
            verdict_zh=self._word(self.judgement),
            tolerance=None if basis == "outside" else rule.allowed,
            year_reached=self.judgement.year_reached,
            lost_after=self.judgement.lost_after,
            margin=margin.size if margin else None,
            margin_unit=margin.unit if margin and margin.size is not None else None,
            margin_note_zh=margin.notes["zh"] if margin else None,
            margin_note_en=margin.notes["en"] if margin else None,
            growth_required_pct=required if compared else None,
            growth_scenario_pct=achieved,
            price_basis=target.price_basis,
            reported_base=self.board.base,
            value_origin=self._origin(basis, estimated),
            reconstructed_share=None if self.value is None else estimated,
            counted=basis == "model",
            reason_zh=self._reason("zh") or None,
            reason_en=self._reason("en") or None,
            plan_place=target.plan_place,
            source=target.source,
            scenario=str(attrs.get("scenario", "")),
            run_id=str(attrs.get("run_id", "")),
            group=target.group.code,
            scope_en=target.scope_en,
            year=rule.year,
            end_year=self.board.end,
            proxy=target.proxy,
            tight=margin is not None and margin.tight,
            expression=main.expression.text if main.expression else "",
            restatement_zh=target.restatement_zh,
            restatement_en=target.restatement_en,
            path=self.values.path,
            readings=readings,
        )

    def _margin(self) -> Margin | None:
        if self.judgement.code in ("outside", "imposed"):
            return None
        return margin_of(self.board.evaluator, self.target, self.values, self.judgement)

    def _growth(self) -> tuple[float | None, float | None]:
        """Mean growth needed from the base, and reached, in % a year."""
        rule = self.target.main.rule
        if rule.form == "growth":
            return rule.target, self.value
        if rule.form not in _LEVEL_FORMS:
            return None, None
        years = rule.year - dims.BASE_YEAR
        return mean_growth(self.base, rule.target, years), mean_growth(self.base, self.value, years)


def _gap_unit(unit: str) -> str:
    return "个百分点" if unit.startswith("%") else unit

