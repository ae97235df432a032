"""The table of an ensemble on a terminal: target, central value, 5-95 % interval, probability with its error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report.columns import WIDTH, Column
from sim.report.heading import Heading
from sim.report.numbers import percent, shown
from sim.report.terminal import grouped
from sim.report.verdicts import MARKS, target_text, value_text
from sim.report.width import pack, plain, wrap
from sim.words.catalogue import Language, problem_line, text

if TYPE_CHECKING:
    from sim.targets.chances import Chance
    from sim.targets.halved import HalfStep
    from sim.targets.joint import Joint
    from sim.targets.rows import TargetRow

LIKELY, UNLIKELY = 0.9, 0.1
"""Bounds of the counting line."""

HALF = "h"
"""Beside a target whose verdict or probability hangs on the step."""

_LISTED = 6  # targets named with the runs that change at half the step; more are only counted


@dataclass(frozen=True)
class Size:
    """How large an ensemble is, and what was left out of it."""

    runs: int
    failed: int
    seed: int
    design: str
    drawn: int
    tables: int = 0


def chance_table(
    rows: Sequence[TargetRow],
    chances: Sequence[Chance],
    heading: Heading,
    size: Size,
    lang: Language,
    joint: Joint | None = None,
    half: HalfStep | None = None,
) -> str:
    """All targets that have a value, grouped as in the plan; no line wider than 100 cells.

    Parameters
    ----------
    rows
        Of the scenario's own values: they give the column "central" and the mark beside it.
    chances
        In the order of ``rows``.
    joint
        Its line stands below the counts; ``None``: none.
    half
        Targets that it marks get an ``h``, and a line tells what came of it; ``None``: not looked at.
    """
    inside = [(row, chance) for row, chance in zip(rows, chances, strict=True) if row.basis != "outside"]
    lines = _heading_lines(heading, size, lang)
    if inside:
        lines += grouped([row for row, _ in inside], [*_columns(inside, lang), *_half_column(inside, half)], lang)
    lines += _counting_lines(inside, len(rows), lang) + ([] if joint is None else joint_lines(joint, lang))
    lines += ([] if half is None else half_lines(half, lang)) + _legend(inside, lang)
    return "\n".join(lines)


def _heading_lines(heading: Heading, size: Size, lang: Language) -> list[str]:
    first = text(
        lang, "ensemble.heading", name=heading.name(lang), target=heading.target_year, base=heading.base_year,
        prices=heading.price_basis(lang), id=heading.run_id, history=text(lang, f"table.history.{heading.history}"),
    )  # fmt: skip
    design = text(lang, f"ensemble.design.{size.design}")
    second = text(
        lang, "ensemble.size", runs=size.runs, failed=size.failed, seed=size.seed, design=design, drawn=size.drawn
    )
    second += "  " + text(lang, "ensemble.tables" if size.tables else "ensemble.own_table", tables=size.tables)
    return [line for part in (first, second) for line in pack(plain(part).split("  "), WIDTH)]


def _columns(inside: Sequence[tuple[TargetRow, Chance]], lang: Language) -> list[Column]:
    zh = lang == "zh"
    rows, found = [row for row, _ in inside], [chance for _, chance in inside]
    return [
        Column(text(lang, "table.id"), [row.id for row in rows]),
        Column(text(lang, "table.name"), [plain(row.name_zh if zh else row.name_en) for row in rows], gives_way=True),
        Column(text(lang, "table.unit"), [plain(row.unit_zh if zh else row.unit_en) for row in rows], gives_way=True),
        Column(text(lang, "table.target"), [target_text(row, lang) for row in rows], "right"),
        Column(text(lang, "ensemble.central"), [value_text(row) for row in rows], "right"),
        Column("", [MARKS[row.verdict] for row in rows]),
        Column("P5", [shown(chance.p05) for chance in found], "right"),
        Column(text(lang, "ensemble.median"), [shown(chance.p50) for chance in found], "right"),
        Column("P95", [shown(chance.p95) for chance in found], "right"),
        Column(text(lang, "ensemble.probability"), [probability_text(chance) for chance in found], "right"),
        Column("", [MARKS[chance.verdict] if chance.verdict else "" for chance in found]),
        Column(text(lang, "ensemble.year"), [year_text(row, chance) for row, chance in inside], "right"),
    ]


def _half_column(inside: Sequence[tuple[TargetRow, Chance]], half: HalfStep | None) -> list[Column]:
    """Marks of targets that hang on the step; no column where none does."""
    marked = () if half is None else half.marked
    cells = [HALF if row.id in marked else "" for row, _ in inside]
    return [Column("", cells)] if any(cells) else []


def half_lines(half: HalfStep, lang: Language) -> list[str]:
    """What came of the runs that were repeated at half the step, and what the mark means where it occurs.

    >>> from sim.targets.halved import Halved, HalfStep
    >>> half_lines(HalfStep(0.03125, 1, 128), "en")
    ['Half the step (0.03125 years), runs 1-128: no target is met at one step alone.']
    >>> moved = Halved("T06", 128, 2, 0.015625, "met", "met", False, False, True)
    >>> half_lines(HalfStep(0.03125, 1, 128, 0, (moved,)), "zh")[0]
    '步长减半(0.03125年, 第1-128次模拟): 是否实现因步长而变的指标(次数): T06(2)'
    """
    between = "、" if lang == "zh" else ", "
    runs = f"{half.first}-{half.first + half.runs - 1}" if half.runs > 1 else f"{half.first}"
    head = text(lang, "ensemble.half_head", step=f"{half.step:g}", runs=runs)
    if half.problem is not None:
        lines = [head + text(lang, "ensemble.half_failed", line=problem_line(lang, half.problem))]
    elif not half.changed:
        lines = [head + text(lang, "ensemble.half_same")]
    else:
        told = between.join(f"{one.id}({one.changed})" for one in half.changed[:_LISTED])
        more = len(half.changed) - _LISTED
        lines = [head + text(lang, "ensemble.half_changed", targets=told)]
        lines[0] += text(lang, "ensemble.half_more", number=more) if more > 0 else ""
    if half.broken:
        lines.append(text(lang, "ensemble.half_broken", number=half.broken))
    if half.marked:
        lines.append(text(lang, "ensemble.half_mark", mark=HALF))
    return [part for line in lines for part in wrap(plain(line), WIDTH, "  ")]


def probability_text(chance: Chance) -> str:
    """Probability in per cent with its standard error; never 0 or 100 where some run says otherwise.

    >>> from sim.targets.chances import Chance
    >>> probability_text(Chance("T01", 0.372, 0.011, 2000, 0, 1.0, 2.0, 3.0))
    '37.2(1.1)'
    >>> probability_text(Chance("T01", 0.9999, 0.0002, 10000, 0, 1.0, 2.0, 3.0))
    '>99.9(0.0)'
    """
    return _percent(chance.probability, chance.error)


def year_text(row: TargetRow, chance: Chance) -> str:
    """The median year of reaching a target; beyond the clock's end where more than half never do.

    >>> from types import SimpleNamespace
    >>> from sim.targets.chances import Chance
    >>> row = SimpleNamespace(end_year=2030)
    >>> [year_text(row, Chance("T", 0.1, 0.1, 9, 0, 1.0, 1.0, 1.0, year=year, year_runs=9)) for year in (2023, None)]
    ['2023', '>2030']
    """
    if not chance.year_runs:
        return ""
    return str(chance.year) if chance.year is not None else f">{row.end_year}"


def _percent(probability: float | None, error: float | None) -> str:
    if probability is None or error is None:
        return "-"
    return f"{percent(100.0 * probability)}({100.0 * error:.1f})"


def joint_lines(joint: Joint, lang: Language) -> list[str]:
    """The probability that all targets of a group hold, with its size and which of the group don't count.

    >>> from sim.targets.joint import Joint
    >>> joint_lines(Joint(("T01", "T05"), ("T01",), 0.25, 0.01, 1000), "en")[0]
    'Joint probability (all 1 in the same run): 25.0(1.0) %; group: T01'
    >>> joint_lines(Joint(("T05",), (), None, None, 0), "zh")
    ['同时实现概率: 无(组内没有由模型测算的目标)', '  不计入(情景设定、趋势外推或未纳入测算): T05']
    """
    return [part for line in joint_sentences(joint, lang) for part in wrap(plain(line), WIDTH, "  ")]


def joint_sentences(joint: Joint, lang: Language) -> list[str]:
    """The same, not broken into lines."""
    between = "、" if lang == "zh" else ", "
    if not joint.size:
        lines = [text(lang, "ensemble.joint_none")]
    else:
        value = _percent(joint.probability, joint.error)
        lines = [text(lang, "ensemble.joint", size=joint.size, value=value, group=between.join(joint.counted))]
    if joint.left_out:
        lines.append(text(lang, "ensemble.joint_left_out", group=between.join(joint.left_out)))
    return lines


def _counting_lines(inside: Sequence[tuple[TargetRow, Chance]], total: int, lang: Language) -> list[str]:
    """How many modelled targets are likely, open, unlikely; the others are never counted with them."""
    known = [c.probability for row, c in inside if row.basis == "model" and c.probability is not None]
    likely, unlikely = sum(p >= LIKELY for p in known), sum(p < UNLIKELY for p in known)
    first = text(
        lang, "ensemble.counts", total=len(known), likely=likely, unlikely=unlikely,
        open=len(known) - likely - unlikely, high=f"{100 * LIKELY:.0f}", low=f"{100 * UNLIKELY:.0f}",
    )  # fmt: skip
    bases = Counter(row.basis for row, _ in inside)
    others = {"imposed": bases["imposed"], "extrapolated": bases["extrapolated"], "outside": total - len(inside)}
    return [*wrap(first, WIDTH, "  "), *wrap(text(lang, "table.other_counts", **others), WIDTH, "  ")]


def _legend(inside: Sequence[tuple[TargetRow, Chance]], lang: Language) -> list[str]:
    told = {row.verdict for row, _ in inside} | {chance.verdict for _, chance in inside}
    marks = [text(lang, f"table.marks.{verdict}") for verdict in MARKS if verdict in told]
    return [*pack([text(lang, "ensemble.marks"), *marks], WIDTH), *wrap(text(lang, "ensemble.meaning"), WIDTH, "  ")]
