"""Tables for the terminal: at most 100 cells, ASCII rules, the same when piped, fit for a GBK console."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sim.report.columns import WIDTH, Column, spanning, table
from sim.report.heading import Heading
from sim.report.numbers import shown, signed
from sim.report.places import place_in
from sim.report.verdicts import (
    LETTERS,
    MARKS,
    VERDICTS,
    count_by_verdict,
    notes,
    progress_text,
    target_text,
    value_text,
    verdict_short,
    verdict_text,
)
from sim.report.width import pack, plain, wrap
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

__all__ = ["WIDTH", "Heading", "comparison_table", "inputs_difference_table", "verdict_table"]


_ABREAST = 4  # scenarios beside each other in the table of inputs

InputDifference = tuple[str, Mapping[str, object]]


def verdict_table(rows: Sequence[TargetRow], heading: Heading, lang: Language) -> str:
    """All targets with the counting lines and the notes that occur; no line wider than 100 cells.

    Parameters
    ----------
    rows
        One per target, groups together; those outside the model are listed at the end with their reason.
    heading
        The run.

    Returns
    -------
    str
        Lines joined by line feeds, without one at the end.
    """
    inside = [row for row in rows if row.basis != "outside"]
    lines = _heading_lines(heading, lang)
    if inside:
        lines += grouped(inside, _verdict_columns(inside, heading, lang), lang)
    lines += _counting_lines(rows, lang) + _legend(inside, lang) + _outside_lines(rows, lang)
    return "\n".join(lines)


def _heading_lines(heading: Heading, lang: Language) -> list[str]:
    line = f"{heading.line(lang)}  {text(lang, f'table.history.{heading.history}')}"
    return pack(plain(line).split("  "), WIDTH)


def _verdict_columns(rows: Sequence[TargetRow], heading: Heading, lang: Language) -> list[Column]:
    zh = lang == "zh"
    names = [plain(row.name_zh if zh else row.name_en) for row in rows]
    units = [plain(row.unit_zh if zh else row.unit_en) for row in rows]

    def year(number: int) -> str:
        return text(lang, "table.year", year=number)

    return [
        Column(text(lang, "table.id"), [row.id for row in rows]),
        Column(text(lang, "table.name"), names, gives_way=True),
        Column(text(lang, "table.unit"), units, gives_way=True),
        Column(year(heading.base_year), [shown(row.base_2015) for row in rows], "right"),
        Column(year(heading.target_year), [value_text(row) for row in rows], "right"),
        Column(text(lang, "table.target"), [target_text(row, lang) for row in rows], "right"),
        Column(text(lang, "table.progress"), [progress_text(row) for row in rows], "right"),
        Column("", [MARKS[row.verdict] for row in rows]),
        Column(text(lang, "table.verdict"), [verdict_text(row, lang) for row in rows]),
        Column(text(lang, "table.note"), [notes(row) for row in rows]),
    ]


def grouped(rows: Sequence[TargetRow], columns: Sequence[Column], lang: Language) -> list[str]:
    """Lines of a table of targets, the title of each group above its rows."""
    head, body = table(columns)
    titles = group_titles(rows, lang)
    lines, last = list(head), ""
    for row, line in zip(rows, body, strict=True):
        if row.group != last:
            lines += wrap(plain(titles[row.group]), WIDTH)
            last = row.group
        lines.append(line)
    return [*lines, head[1]]


def group_titles(rows: Sequence[TargetRow], lang: Language) -> dict[str, str]:
    """By the group's code: number, name, and the place in the plan that most of its targets have."""
    titles: dict[str, str] = {}
    for group in dict.fromkeys(row.group for row in rows):
        members = [row for row in rows if row.group == group]
        name = members[0].group_zh if lang == "zh" else members[0].group_en
        places = Counter(row.plan_place for row in members if row.plan_place)
        number = numeral(len(titles) + 1, lang)
        if not places:
            titles[group] = text(lang, "table.group_bare", number=number, group=name)
            continue
        place = place_in(places.most_common(1)[0][0], lang)
        shown_place = text(lang, "table.more_places", place=place) if len(places) > 1 else place
        titles[group] = text(lang, "table.group", number=number, group=name, place=shown_place)
    return titles


def numeral(number: int, lang: Language) -> str:
    """A number before a heading: 一, 二 … or 1, 2 …; up to 99."""
    if lang == "en":
        return str(number)
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else digits[tens] + "十"
    return ten + (digits[ones] if ones else "")


def _counting_lines(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    counts = count_by_verdict(rows)
    bases = Counter(row.basis for row in rows)
    first = text(lang, "table.model_counts", total=bases["model"], **{verdict: counts[verdict] for verdict in VERDICTS})
    others = {basis: bases[basis] for basis in ("imposed", "extrapolated", "outside")}
    return [*wrap(first, WIDTH, "  "), *wrap(text(lang, "table.other_counts", **others), WIDTH, "  ")]


def _legend(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    """What the marks and notes that occur mean, and which targets were reached and lost again."""
    used = {row.verdict for row in rows}
    marks = [text(lang, f"table.marks.{verdict}") for verdict in MARKS if verdict in used]
    letters = {letter for row in rows for letter in notes(row)}
    meanings = [text(lang, f"table.notes.{letter}") for letter in LETTERS if letter in letters]
    lost = [text(lang, "table.lost", id=row.id, year=row.lost_after) for row in rows if row.lost_after]
    lines: list[str] = []
    for parts in (marks, meanings, lost):
        if parts:
            lines += pack(parts, WIDTH)
    return lines


def _outside_lines(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    """Targets that the model says nothing about: ids with the same reason share a line."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row.basis == "outside":
            reason = (row.reason_zh if lang == "zh" else row.reason_en) or ""
            by_reason.setdefault(reason, []).append(row.id)
    if not by_reason:
        return []
    lines = [text(lang, "table.outside_title")]
    for reason, ids in by_reason.items():
        line = plain(text(lang, "table.outside_row", ids=" ".join(ids), reason=reason))
        lines += wrap("  " + line, WIDTH, "      ")
    return lines


# --- side by side


def comparison_table(rows_by_scenario: Mapping[str, Sequence[TargetRow]], lang: Language) -> str:
    """Targets by scenario: value, verdict and difference from the first scenario, in blocks of 100 cells.

    Parameters
    ----------
    rows_by_scenario
        Rows by the scenario's name as it shall be shown. Targets are matched by id; those outside the
        model in every scenario are left out.
    """
    names = list(rows_by_scenario)
    if not names:
        return ""
    by_id = {name: {row.id: row for row in rows} for name, rows in rows_by_scenario.items()}
    ids = dict.fromkeys(id_ for rows in by_id.values() for id_, row in rows.items() if row.basis != "outside")
    anyone = [next(rows[id_] for rows in by_id.values() if id_ in rows) for id_ in ids]
    left = _comparison_left(anyone, lang)
    parts = [_scenario_columns(by_id[name], by_id[names[0]], list(ids), lang) for name in names]
    parts[0] = parts[0][:2]  # no difference of the first from itself
    lines = wrap(plain(text(lang, "table.comparison_title", first=names[0])), WIDTH)
    start = 0
    while start < len(names):
        end = start + 1
        while end < len(names) and _fits([*left, *(c for part in parts[start : end + 1] for c in part)]):
            end += 1
        lines += spanning(left, dict(zip(names[start:end], parts[start:end], strict=True)))
        start = end
    return "\n".join(lines)


def _fits(columns: Sequence[Column]) -> bool:
    """Whether the columns find room with the names of the targets still readable."""
    return sum(min(c.natural, 24) if c.gives_way else c.natural for c in columns) + len(columns) - 1 <= WIDTH


def _comparison_left(rows: Sequence[TargetRow], lang: Language) -> list[Column]:
    zh = lang == "zh"
    names = [plain(row.name_zh if zh else row.name_en) for row in rows]
    units = [plain(row.unit_zh if zh else row.unit_en) for row in rows]
    return [
        Column(text(lang, "table.id"), [row.id for row in rows]),
        Column(text(lang, "table.name"), names, gives_way=True),
        Column(text(lang, "table.unit"), units, gives_way=True),
        Column(text(lang, "table.target"), [target_text(row, lang) for row in rows], "right"),
    ]


def _scenario_columns(
    rows: Mapping[str, TargetRow], first: Mapping[str, TargetRow], ids: Sequence[str], lang: Language
) -> list[Column]:
    values, verdicts, differences = [], [], []
    for id_ in ids:
        row, base = rows.get(id_), first.get(id_)
        values.append("-" if row is None else value_text(row))
        verdicts.append("-" if row is None else verdict_short(row, lang))
        mine, its = (None if r is None else r.value_2020 for r in (row, base))
        differences.append(signed(None if mine is None or its is None else mine - its))
    return [
        Column(text(lang, "table.value"), values, "right"),
        Column(text(lang, "table.verdict"), verdicts),
        Column(text(lang, "table.difference"), differences, "right"),
    ]


def inputs_difference_table(differences: Sequence[InputDifference], lang: Language) -> str:
    """The inputs that are not the same in all scenarios, one line each; long values are cut, not wrapped.

    Parameters
    ----------
    differences
        ``(key, {scenario: value})`` pairs; a scenario without the key shows ``-``.

    >>> print(inputs_difference_table([("policy.x.from", {"A": 2016, "B": 2017})], "en"))
    Inputs that differ between the scenarios
    Input         A    B
    -----------------------
    policy.x.from 2016 2017
    """
    if not differences:
        return text(lang, "table.inputs_same")
    names = list(dict.fromkeys(name for _, values in differences for name in values))
    keys = Column(text(lang, "table.input_key"), [plain(key) for key, _ in differences], gives_way=True)
    lines = [text(lang, "table.inputs_title")]
    for start in range(0, len(names), _ABREAST):
        columns = [keys]
        for name in names[start : start + _ABREAST]:
            values = [plain(str(by_name.get(name, "-"))) for _, by_name in differences]
            columns.append(Column(plain(name), values, gives_way=True))
        head, body = table(columns)
        lines += [*head, *body]
    return "\n".join(lines)
