"""Ensembles side by side on a terminal: probabilities, their difference, and how values differ run by run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.report.columns import WIDTH, Column, spanning
from sim.report.ensemble_table import probability_text
from sim.report.numbers import percent, signed
from sim.report.sides import LETTERS, Side, Sides
from sim.report.verdicts import MARKS
from sim.report.width import pack, plain, truncate, wrap
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.chances import Chance
    from sim.targets.paired import Pair, Paired
    from sim.targets.rows import TargetRow

CLEAR = 2.0
"""Standard errors from which on a difference of probabilities is counted as one."""

UNIT = 8
"""Cells of the longest unit, so that names keep some room."""


def sides_table(sides: Sides, lang: Language) -> str:
    """For each ensemble but the first a table of targets, with counts; no line wider than 100 cells."""
    lines = _heading_lines(sides, lang)
    for letter, side in list(zip(LETTERS, sides.of.values(), strict=False))[1:]:
        lines += ["", *_table(sides, side, letter, lang), *_below(sides, side, letter, lang)]
    return "\n".join([*lines, *_legend(sides, lang)])


def _heading_lines(sides: Sides, lang: Language) -> list[str]:
    design = text(lang, f"ensemble.design.{sides.design}")
    facts = [
        text(lang, "sides.heading", runs=sides.runs, first=sides.first_run, last=sides.last_run),
        text(lang, "sides.draws", design=design, seed=sides.seed),
        text(lang, "ensemble.tables" if sides.tables else "ensemble.own_table", tables=sides.tables),
    ]
    histories = {side.calibration.history for side in sides.of.values()}
    facts += [text(lang, f"table.history.{one}") for one in histories if len(histories) == 1]
    lines = pack(map(plain, facts), WIDTH)
    for letter, (name, side) in zip(LETTERS, sides.of.items(), strict=False):
        line = text(lang, "sides.side", letter=letter, name=name, id=side.run_id, runs=side.given)
        if side.failed:
            line += text(lang, "sides.failed", failed=side.failed)
        lines += wrap(plain(line), WIDTH, "   ")
    return lines


def _table(sides: Sides, side: Side, letter: str, lang: Language) -> list[str]:
    zh = lang == "zh"
    rows = [side.rows[place] for place in sides.shown]
    pairs = [side.pairs[place] for place in sides.shown]
    left = [
        Column(text(lang, "table.id"), [row.id for row in rows]),
        Column(text(lang, "table.name"), [plain(row.name_zh if zh else row.name_en) for row in rows], gives_way=True),
        Column(text(lang, "table.unit"), [truncate(plain(row.unit_zh if zh else row.unit_en), UNIT) for row in rows]),
    ]
    parts = {LETTERS[0]: _chance_columns(sides, sides.first, lang), letter: _chance_columns(sides, side, lang)}
    parts[f"{letter} - {LETTERS[0]}"] = [
        Column(text(lang, "sides.difference"), [difference_text(pair) for pair in pairs], "right"),
        Column(text(lang, "sides.better"), [share_text(pair.better) for pair in pairs], "right"),
        Column("P5", [change_text(pair.p05) for pair in pairs], "right"),
        Column(text(lang, "ensemble.median"), [change_text(pair.p50) for pair in pairs], "right"),
        Column("P95", [change_text(pair.p95) for pair in pairs], "right"),
    ]
    return spanning(left, parts)


def _chance_columns(sides: Sides, side: Side, lang: Language) -> list[Column]:
    """Probability with its error, and the mark of the verdict that the runs speak for."""
    inside = [(side.rows[place], side.chances[place]) for place in sides.shown]
    marks = [MARKS.get(verdict_of(row, chance), "") for row, chance in inside]
    return [
        Column(text(lang, "sides.chance"), [probability_text(chance) for _, chance in inside], "right"),
        Column("", marks),
    ]


def verdict_of(row: TargetRow, chance: Chance) -> str:
    """The verdict that the runs of an ensemble speak for, or that the scenario sets it; "" where there is none."""
    return "imposed" if row.basis == "imposed" else chance.verdict or ""


def difference_text(pair: Paired | Pair) -> str:
    """Difference of two probabilities in percentage points with its standard error; never 0 where some runs differ.

    >>> from sim.targets.paired import Pair
    >>> difference_text(Pair(1000, 0.2, 0.325, 0.125, 0.011, 0.13, 0.005)), difference_text(Pair(0))
    ('+12.5(1.1)', '-')
    >>> difference_text(Pair(1000, 0.2, 0.2, 0.0, 0.001, 0.0, 0.0))
    '0.0(0.1)'
    >>> difference_text(Pair(9000, 0.2, 0.2001, 0.0001, 0.001, 0.0001, 0.0))
    '<0.1(0.1)'
    """
    if pair.difference is None or pair.error is None:
        return "-"
    points = 100.0 * pair.difference
    written = f"{points:+.1f}"
    if float(written) == 0.0:
        written = "0.0" if points == 0 else "<0.1" if points > 0 else ">-0.1"
    return f"{written}({100.0 * pair.error:.1f})"


def change_text(value: float | None) -> str:
    """A difference of values with its sign; below 1 three decimals, and ``~0`` where these say nothing.

    >>> change_text(142.3), change_text(-0.00434), change_text(8.9e-5), change_text(0.0), change_text(None)
    ('+142', '-0.004', '~0', '0', '-')
    """
    if value is None or abs(value) >= 1.0 or value == 0:
        return signed(value)
    rounded = round(value, 3)
    return signed(rounded) if rounded else "~0"


def share_text(share: float | None) -> str:
    """A share of runs in per cent; never 0 or 100 where some run says otherwise.

    >>> share_text(0.5), share_text(1.0), share_text(0.9999), share_text(0.0001), share_text(None)
    ('50', '100', '>99', '<1', '-')
    """
    if share is None:
        return "-"
    written = f"{100.0 * share:.0f}"
    if written == "0" and share > 0:
        return "<1"
    return ">99" if written == "100" and share < 1 else written


def counts(sides: Sides, side: Side) -> dict[str, int]:
    """How many modelled targets are clearly more likely than in the first ensemble, clearly less, neither."""
    pairs = [side.pairs[place] for place in sides.shown if sides.bases(place) == {"model"}]
    known = [(one.difference, one.error) for one in pairs if one.difference is not None and one.error is not None]
    more = sum(difference > CLEAR * error for difference, error in known)
    less = sum(difference < -CLEAR * error for difference, error in known)
    return {"total": len(known), "more": more, "less": less, "neither": len(known) - more - less}


def joint_text(sides: Sides, side: Side, letter: str, lang: Language) -> str:
    """The probability that all targets of the common group hold, in both, with its difference."""
    if side.joint_pair is None or side.joint_pair.difference is None:
        return text(lang, "sides.joint_none")
    first, other = sides.first.joint, side.joint
    between = "、" if lang == "zh" else ", "
    shown_ = [percent(100.0 * (one.probability or 0.0)) for one in (first, other)]
    return text(lang, "sides.joint", size=other.size, a=LETTERS[0], b=letter, first=shown_[0], other=shown_[1],
                difference=difference_text(side.joint_pair), group=between.join(other.counted))  # fmt: skip


def _below(sides: Sides, side: Side, letter: str, lang: Language) -> list[str]:
    told = text(lang, "sides.counts", b=letter, a=LETTERS[0], times=f"{CLEAR:g}", **counts(sides, side))
    lines = [told, joint_text(sides, side, letter, lang)]
    return [part for line in lines for part in wrap(plain(line), WIDTH, "  ")]


def _legend(sides: Sides, lang: Language) -> list[str]:
    told: set[str | None] = {chance.verdict for side in sides.of.values() for chance in side.chances}
    told |= {"imposed"} if any("imposed" in sides.bases(place) for place in sides.shown) else set()
    marks: Sequence[str] = [text(lang, f"table.marks.{verdict}") for verdict in MARKS if verdict in told]
    stamp = sides.calibrations(lambda one: one.lines(lang))
    below = [part for line in (text(lang, "sides.meaning"), *stamp) for part in wrap(plain(line), WIDTH, "  ")]
    return ["", *pack(marks, WIDTH), *below]
