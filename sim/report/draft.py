"""What a report on a run says, block by block: results → :class:`sim.document.blocks.Document`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import xarray as xr

from sim import dims
from sim.costs import Costs
from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph, Picture
from sim.report.cost_tables import cost_sentence
from sim.report.draft_tables import (
    assumption_grid,
    comparison_grid,
    input_grid,
    settings_grid,
    target_grid,
    totals_grid,
)
from sim.report.heading import Heading as RunHeading
from sim.report.sentences import closing_sentences
from sim.report.summary import Assumption
from sim.report.terminal import InputDifference, numeral
from sim.targets.rows import TargetRow
from sim.words.catalogue import Language, text


@dataclass(frozen=True)
class Drawn:
    """A page of a figure that has been drawn; one that goes on bears the number of the page before."""

    path: Path
    caption: str
    notes: Sequence[str]
    width_mm: float
    goes_on: bool = False

    @property
    def block(self) -> Picture:
        """As it stands in the report."""
        return Picture(self.path, self.caption, self.width_mm, self.notes, self.goes_on)


@dataclass(frozen=True)
class Against:
    """What a run is compared with.

    Parameters
    ----------
    name, rows
        The other scenario, as shown, and its verdicts.
    differences
        Inputs that differ.
    figures
        Of the comparison.
    """

    name: str
    rows: Sequence[TargetRow]
    differences: Sequence[InputDifference]
    figures: Sequence[Drawn] = ()


@dataclass(frozen=True)
class Material:
    """Everything that a report is made of.

    Parameters
    ----------
    heading, name
        What stands above the tables of the run; its scenario as shown.
    rows, results, costs
        Verdicts, yearly values (first run) and costs.
    settings
        Policies and drivers of the scenario: key, value, where it is written.
    assumptions
        Parameters in force.
    facts
        What identifies the run, by label.
    """

    heading: RunHeading
    name: str
    rows: Sequence[TargetRow]
    results: xr.Dataset
    costs: Costs | None
    settings: Sequence[tuple[str, str, str]]
    assumptions: Sequence[Assumption]
    facts: Mapping[str, str]
    figures: Sequence[Drawn]
    against: Against | None = None


def draft(material: Material, lang: Language) -> Document:
    """The report: summary, targets, figures, comparison, assumptions, limits, and what made it."""
    blocks: list[Block] = [
        Heading(text(lang, "draft.title", scenario=material.name), 0),
        Paragraph(material.heading.line(lang), small=True),
        *_summary(material, lang),
        *_results(material, lang),
    ]
    if material.against:
        blocks += _comparison(material, material.against, lang)
    blocks += [*_assumptions(material, lang), *_limits(material, lang), *_origin(material, lang)]
    return Document(list(numbered(blocks, lang)), lang, dict(material.facts))


def numbered(blocks: Sequence[Block], lang: Language) -> Iterator[Block]:
    """Headings of the first level with their numbers."""
    number = count(1)
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1:
            words = text(lang, "draft.section", number=numeral(next(number), lang), words=block.words)
            yield Heading(words)
        else:
            yield block


def _summary(material: Material, lang: Language) -> Iterator[Block]:
    yield Heading(text(lang, "draft.summary"))
    for sentence in closing_sentences(material.rows, material.heading, lang):
        yield Paragraph(sentence.text)
    if material.costs:
        yield Paragraph(cost_sentence(material.costs, lang))


def _results(material: Material, lang: Language) -> Iterator[Block]:
    yield Heading(text(lang, "draft.results"))
    yield target_grid(material.rows, lang)
    yield totals_grid(material.results, lang)
    yield from (figure.block for figure in material.figures)


def _comparison(material: Material, against: Against, lang: Language) -> Iterator[Block]:
    yield Heading(text(lang, "draft.against", name=against.name))
    yield input_grid(against.differences, lang)
    yield comparison_grid(material.name, material.rows, against.name, against.rows, lang)
    yield from (figure.block for figure in against.figures)


def _assumptions(material: Material, lang: Language) -> Iterator[Block]:
    yield Heading(text(lang, "draft.assumptions"))
    yield Paragraph(text(lang, "draft.assumptions_note"))
    yield settings_grid(material.settings, lang)
    yield assumption_grid(material.assumptions, lang)


def _limits(material: Material, lang: Language) -> Iterator[Block]:
    inside = [row for row in material.rows if row.basis != "outside"]
    rebuilt = [row.id for row in inside if row.value_origin == "reconstructed"]
    comma = text(lang, "closing.comma")
    yield Heading(text(lang, "draft.limits"))
    lines = [
        text(lang, f"draft.history.{material.heading.history}"),
        text(lang, "draft.single"),
        text(lang, "draft.rebuilt", count=len(rebuilt), ids=comma.join(rebuilt)) if rebuilt else "",
        *(text(lang, f"draft.basis.{basis}", ids=comma.join(ids)) for basis, ids in _by_basis(inside) if ids),
        text(lang, "draft.readings", ids=comma.join(row.id for row in inside if row.sensitive)),
    ]
    yield Items([line for line in lines if line])
    outside = outside_lines(material.rows, lang)
    if outside:
        yield Paragraph(text(lang, "table.outside_title"))
        yield Items(outside)


def _by_basis(rows: Sequence[TargetRow]) -> Iterator[tuple[str, list[str]]]:
    for basis in ("imposed", "extrapolated"):
        yield basis, [row.id for row in rows if row.basis == basis]


def outside_lines(rows: Sequence[TargetRow], lang: Language) -> list[str]:
    """Targets that nothing models, by the reason."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.basis == "outside":
            name, reason = (row.name_zh, row.reason_zh) if lang == "zh" else (row.name_en, row.reason_en)
            reasons.setdefault(reason or "", []).append(f"{row.id} {name}")
    comma = text(lang, "closing.comma")
    return [text(lang, "table.outside_row", ids=comma.join(ids), reason=reason) for reason, ids in reasons.items()]


def _origin(material: Material, lang: Language) -> Iterator[Block]:
    yield Heading(text(lang, "draft.origin"))
    heads = [text(lang, "sheet.about_item"), text(lang, "sheet.about_value")]
    yield Grid(text(lang, "draft.origin_table"), heads, list(map(list, material.facts.items())), widths=(1, 3))
    scenario = str(material.results.attrs["scenario"])
    years = text(lang, "table.year", year=dims.BASE_YEAR)
    yield Paragraph(text(lang, "draft.again", scenario=scenario, base=years), small=True)
