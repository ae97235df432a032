"""Three sentences for a policy draft, every number in them with the cell that it comes from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.report.heading import Heading
from sim.report.numbers import shown
from sim.report.verdicts import MET, VERDICTS, count_by_verdict, target_bounds, value_text
from sim.words.catalogue import Language, text
from sim.words.punctuation import full_width

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

HEADLINE = ("T01", "T03")
"""Targets always named with their values: GDP and industrial value added of all parks."""

_SPOKEN = {
    "1e8 CNY": "hundred million yuan",
    "1e8 USD": "hundred million US dollars",
    "1e4 CNY/mu": "ten thousand yuan per mu",
}
_NAMED = 6  # ids named per verdict

_TOKEN = re.compile("\x00([0-9]+)\x00")
_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def spoken(unit: str) -> str:
    """A unit as a sentence has it after a number.

    >>> spoken("1e8 CNY"), spoken("zones")
    ('hundred million yuan', 'zones')
    """
    return _SPOKEN.get(unit, unit)


@dataclass(frozen=True)
class Sentence:
    """A sentence and, in order of appearance, each number in it with its source.

    Sources read ``targets.csv:T01:value_2020`` (file, row, column),
    ``targets.csv:count(basis=model,verdict=met)`` (a count of rows) or ``heading:target_year``.
    Ids of targets (``T01``) are names and not listed.
    """

    text: str
    numbers: tuple[tuple[str, str], ...]


@dataclass
class _Draft:
    """Collects the numbers of a sentence while its text is put together from the catalogue's parts."""

    lang: Language
    sources: list[tuple[str, str]] = field(default_factory=list)

    def number(self, shown_as: str, source: str) -> str:
        self.sources.append((shown_as, source))
        return f"\x00{len(self.sources) - 1}\x00"

    def cell(self, row: TargetRow, column: str, shown_as: str) -> str:
        return self.number(shown_as, f"targets.csv:{row.id}:{column}")

    def label(self, words: str, source: str) -> str:
        """Words of others that may hold digits (the plan's ``24 parks``, a scenario's ``retrofit 50``)."""
        return _DIGITS.sub(lambda match: self.number(match[0], source), words)

    def name(self, row: TargetRow) -> str:
        column = f"name_{self.lang}"
        return self.label(getattr(row, column), f"targets.csv:{row.id}:{column}")

    def unit(self, row: TargetRow) -> str:
        column = f"unit_{self.lang}"
        written = getattr(row, column)
        unit = self.label(spoken(written), f"targets.csv:{row.id}:{column}")
        return unit if self.lang == "zh" or unit[:1] in ("", "%") else f" {unit}"

    def say(self, key: str, **values: object) -> str:
        return text(self.lang, f"closing.{key}", **values)

    def list(self, parts: Sequence[str]) -> str:
        return self.say("comma").join(parts)

    def sentence(self, drafted: str) -> Sentence:
        order: list[tuple[str, str]] = []

        def put(match: re.Match[str]) -> str:
            order.append(self.sources[int(match[1])])
            return order[-1][0]

        said = _TOKEN.sub(put, drafted)
        return Sentence(full_width(said) if self.lang == "zh" else said, tuple(order))


def closing_sentences(
    rows: Sequence[TargetRow], heading: Heading, lang: Language
) -> tuple[Sentence, Sentence, Sentence]:
    """Verdicts with the main values, the largest gap with the growth it needs, and what the verdicts rest on.

    Parameters
    ----------
    rows
        All targets of the run.
    heading
        The run; its ``history`` is told in the last sentence.
    """
    return _verdicts(rows, heading, lang), _largest_gap(rows, heading, lang), _grounds(rows, heading, lang)


def _verdicts(rows: Sequence[TargetRow], heading: Heading, lang: Language) -> Sentence:
    draft = _Draft(lang)
    model = [row for row in rows if row.basis == "model"]
    counts = count_by_verdict(rows)
    parts = []
    for verdict in VERDICTS:
        if counts[verdict]:
            number = draft.number(str(counts[verdict]), f"targets.csv:count(basis=model,verdict={verdict})")
            ids = _ids([row.id for row in model if row.verdict == verdict], draft)
            parts.append(draft.say(f"count_{verdict}", number=number, ids=ids))
    start = draft.say(
        "verdicts",
        scenario=draft.label(heading.name(lang), f"heading:scenario_{lang}"),
        year=draft.number(str(heading.target_year), "heading:target_year"),
        total=draft.number(str(len(model)), "targets.csv:count(basis=model)"),
        counts=draft.list(parts) if parts else draft.say("no_model_rows"),
    )
    told = [row for row in rows if row.id in HEADLINE and row.value_2020 is not None and row.verdict != "outside"]
    main = [_headline(row, draft) for row in told]
    return draft.sentence(start + "".join(main) + draft.say("stop"))


def _headline(row: TargetRow, draft: _Draft) -> str:
    return draft.say(
        "headline",
        name=draft.name(row),
        id=row.id,
        value=draft.cell(row, "value_2020", value_text(row)),
        unit=draft.unit(row),
        target=_target(row, draft),
        target_unit=draft.unit(row) if target_bounds(row) else "",
        prices=draft.label(_prices(row, draft.lang), f"targets.csv:{row.id}:price_basis"),
        verdict=_verdict(row, draft),
    )


def _prices(row: TargetRow, lang: Language) -> str:
    return text(lang, f"closing.prices_{row.price_basis}") if row.price_basis else ""


def _verdict(row: TargetRow, draft: _Draft) -> str:
    year = draft.cell(row, "year_reached", str(row.year_reached)) if row.verdict == "late" else ""
    return draft.say(f"verdict_{row.verdict}", year=year)


def _target(row: TargetRow, draft: _Draft) -> str:
    """The target as in the tables, each bound traced to its own column."""
    bounds = [draft.cell(row, column, shown_as) for column, shown_as in target_bounds(row)]
    if not bounds:
        return draft.say("direction")
    return "-".join(bounds) if len(bounds) == 2 else draft.say("target_one", bound=bounds[0])


def _ids(ids: Sequence[str], draft: _Draft) -> str:
    named = draft.list(ids[:_NAMED])
    return named if len(ids) <= _NAMED else draft.say("and_more", ids=named)


def relative_gap(row: TargetRow) -> float:
    """Distance of the value from the nearest bound, as a share of that bound; 0 if there is none."""
    value, low, high = row.value_2020, row.target_low, row.target_high
    if value is None:
        return 0.0
    bounds = [bound for bound in (low, high) if bound]
    return min((abs(value - bound) / abs(bound) for bound in bounds), default=0.0)


def _largest_gap(rows: Sequence[TargetRow], heading: Heading, lang: Language) -> Sentence:
    draft = _Draft(lang)
    model = [row for row in rows if row.basis == "model" and row.value_2020 is not None]
    unmet = [row for row in model if row.verdict not in MET]
    if not unmet:
        return draft.sentence(draft.say("no_gap") + draft.say("stop"))
    row = max(unmet, key=relative_gap)
    said = draft.say(
        "gap",
        name=draft.name(row),
        id=row.id,
        year=draft.number(str(heading.target_year), "heading:target_year"),
        value=draft.cell(row, "value_2020", value_text(row)),
        unit=draft.unit(row),
        target=_target(row, draft),
        target_unit=draft.unit(row) if target_bounds(row) else "",
        gap=_distance(row, draft),
    )
    grower = row
    if row.growth_required_pct is None:
        growing = [other for other in unmet if other.growth_required_pct is not None]
        if not growing:
            return draft.sentence(said + draft.say("stop"))
        grower = max(growing, key=relative_gap)
    return draft.sentence(said + _growth(grower, grower is row, heading, draft) + draft.say("stop"))


def _distance(row: TargetRow, draft: _Draft) -> str:
    if row.gap is None:
        return ""
    points = row.gap_unit_zh == "个百分点"
    unit = draft.say("points") if points else draft.unit(row)
    return draft.say("by", gap=draft.cell(row, "gap", shown(abs(row.gap))), unit=unit)


def _growth(row: TargetRow, same: bool, heading: Heading, draft: _Draft) -> str:
    """Growth from the base year that the target needs, and the scenario's own."""
    values = {
        "first": draft.number(str(heading.base_year + 1), "heading:base_year+1"),
        "last": draft.number(str(heading.target_year), "heading:target_year"),
        "required": draft.cell(row, "growth_required_pct", _percent(row.growth_required_pct)),
    }
    if row.growth_scenario_pct is None:
        key = "growth_only_required"
    else:
        key = "growth"
        values["scenario"] = draft.cell(row, "growth_scenario_pct", _percent(row.growth_scenario_pct))
    whose = "" if same else draft.say("growth_of", name=draft.name(row), id=row.id)
    return whose + draft.say(key, **values)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _grounds(rows: Sequence[TargetRow], heading: Heading, lang: Language) -> Sentence:
    """One run, no probability, the test against history, what isn't counted, what is reconstructed."""
    draft = _Draft(lang)
    bases = Counter(row.basis for row in rows)
    parts = []
    for basis in ("imposed", "extrapolated", "outside"):
        if bases[basis]:
            number = draft.number(str(bases[basis]), f"targets.csv:count(basis={basis})")
            parts.append(draft.say(f"other_{basis}", number=number))
    said = draft.say("single_run", history=text(lang, f"table.history.{heading.history}"))
    if parts:
        said += draft.say("others", parts=draft.list(parts))
    return draft.sentence(said + _reconstruction(rows, draft) + _sensitive(rows, draft) + draft.say("stop"))


def _reconstruction(rows: Sequence[TargetRow], draft: _Draft) -> str:
    resting = [row for row in rows if row.basis == "model" and (row.reconstructed_share or 0) > 0]
    if not resting:
        return ""
    number = draft.number(str(len(resting)), "targets.csv:count(basis=model,reconstructed_share>0)")
    shares = [(row.reconstructed_share or 0.0, row) for row in resting]
    (least, least_row), (most, most_row) = (pick(shares, key=lambda item: item[0]) for pick in (min, max))
    low = draft.cell(least_row, "reconstructed_share", f"{100 * least:.0f}")
    high = draft.cell(most_row, "reconstructed_share", f"{100 * most:.0f}")
    if f"{100 * least:.0f}" == f"{100 * most:.0f}":
        return draft.say("reconstructed_one", number=number, share=high)
    return draft.say("reconstructed", number=number, low=low, high=high)


def _sensitive(rows: Sequence[TargetRow], draft: _Draft) -> str:
    ids = [row.id for row in rows if row.basis == "model" and row.sensitive]
    if not ids:
        return ""
    number = draft.number(str(len(ids)), "targets.csv:count(basis=model,sensitive=1)")
    return draft.say("sensitive", number=number, ids=_ids(ids, draft))
