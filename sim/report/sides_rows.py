"""``comparison.csv`` of ensembles: a line for each target and scenario, and for the joint probability."""

from __future__ import annotations

from collections.abc import Iterator

from sim.report.sides import Side, Sides
from sim.targets.chances import Chance
from sim.targets.paired import Pair, Paired
from sim.targets.rows import TargetRow
from sim.targets.verdict import verdict_word
from sim.words.catalogue import text

COLUMNS = (
    *("id", "name_zh", "name_en", "unit_zh", "unit_en", "scenario", "run_id", "reference", "reference_run_id"),
    *("basis", "runs_judged", "probability", "mc_error", "verdict_likely", "verdict_likely_zh", "year_p50"),
    *("p05", "p50", "p95", "runs_paired", "reference_probability", "difference", "difference_error"),
    *("gained_share", "lost_share", "better_share", "equal_share", "worse_share"),
    *("value_difference_p05", "value_difference_p50", "value_difference_p95"),
    *("calibration", "calibration_zh"),
)
JOINT = "joint"
"""In place of a target's id."""


def lines_of(sides: Sides) -> Iterator[list[object]]:
    """Lines of the table, columns as in `COLUMNS`; probabilities and shares from 0 to 1, values unrounded."""
    for number, side in enumerate(sides.of.values()):
        reference = (sides.first.scenario, sides.first.run_id) if number else (None, None)
        stamp = (side.calibration.code, side.calibration.words("zh"))
        for place, (row, chance) in enumerate(zip(side.rows, side.chances, strict=True)):
            pair = side.pairs[place] if number else None
            yield [*_named(row), side.scenario, side.run_id, *reference, row.basis, *_chance(row, chance), *_pair(pair),
                   *stamp]  # fmt: skip
        yield [*_joint(side, reference), *stamp]


def _named(row: TargetRow) -> list[object]:
    return [row.id, row.name_zh, row.name_en, row.unit_zh, row.unit_en]


def _chance(row: TargetRow, chance: Chance) -> list[object]:
    word = verdict_word("zh", chance.verdict, chance.year, row.end_year) if chance.verdict else None
    return [chance.judged, chance.probability, chance.error, chance.verdict, word, chance.year,
            chance.p05, chance.p50, chance.p95]  # fmt: skip


def _pair(pair: Paired | None) -> list[object]:
    if pair is None:
        return [None] * 12
    return [*_shares(pair), pair.better, pair.equal, pair.worse, pair.p05, pair.p50, pair.p95]


def _shares(pair: Paired | Pair) -> list[object]:
    return [pair.runs, pair.first, pair.difference, pair.error, pair.gained, pair.lost]


def _joint(side: Side, reference: tuple[object, object]) -> list[object]:
    names = [text("zh", "sides.joint_row", size=side.joint.size), text("en", "sides.joint_row", size=side.joint.size)]
    found = side.joint
    pair = [None] * 6 if side.joint_pair is None else _shares(side.joint_pair)
    told = [found.judged, found.probability, found.error, *[None] * 6]
    return [JOINT, *names, None, None, side.scenario, side.run_id, *reference, "model", *told, *pair, *[None] * 6]
