"""What a report on an ensemble says: how likely each target is, with figures, assumptions and limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph
from sim.report.draft import Drawn, numbered, outside_lines
from sim.report.draft_tables import assumption_grid, pretty, settings_grid
from sim.report.ensemble_files import StoredEnsemble
from sim.report.ensemble_table import LIKELY, UNLIKELY, joint_sentences, probability_text, year_text
from sim.report.numbers import shown
from sim.report.summary import Assumption
from sim.report.terminal import group_titles
from sim.report.verdicts import target_text, value_text
from sim.targets.chances import Chance
from sim.targets.rows import TargetRow
from sim.targets.verdict import verdict_word
from sim.words.catalogue import Language, text


@dataclass(frozen=True)
class ChanceMaterial:
    """Everything that a report on an ensemble is made of.

    Parameters
    ----------
    settings
        Policies and drivers of the scenario: key, value, where it is written.
    assumptions
        Parameters with their ranges.
    facts
        What identifies the ensemble, by label.
    design
        The sentence on runs, seed, tables and ranges.
    again
        Command line that makes the ensemble again.
    """

    stored: StoredEnsemble
    settings: Sequence[tuple[str, str, str]]
    assumptions: Sequence[Assumption]
    facts: Mapping[str, str]
    figures: Sequence[Drawn]
    design: str
    again: str

    @property
    def inside(self) -> list[tuple[TargetRow, Chance]]:
        """Targets that are worked out."""
        pairs = zip(self.stored.rows, self.stored.chances, strict=True)
        return [(row, chance) for row, chance in pairs if row.basis != "outside"]


def chance_draft(material: ChanceMaterial, lang: Language) -> Document:
    """The report: summary, probabilities, figures, assumptions, limits, and what made it."""
    heading = material.stored.heading
    blocks: list[Block] = [
        Heading(text(lang, "chance_draft.title", scenario=heading.name(lang)), 0),
        Paragraph(material.design, small=True),
        *_summary(material, lang),
        Heading(text(lang, "draft.results")),
        probability_grid(material, lang),
        *(figure.block for figure in material.figures),
        Heading(text(lang, "draft.assumptions")),
        Paragraph(text(lang, "draft.assumptions_note")),
        settings_grid(material.settings, lang),
        assumption_grid(material.assumptions, lang),
        *_limits(material, lang),
        Heading(text(lang, "draft.origin")),
        Grid(text(lang, "draft.origin_table"), [text(lang, f"sheet.about_{one}") for one in ("item", "value")],
             list(map(list, material.facts.items())), widths=(1, 3)),
        Paragraph(text(lang, "chance_draft.again", command=material.again), small=True),
    ]  # fmt: skip
    return Document(list(numbered(blocks, lang)), lang, dict(material.facts))


def _summary(material: ChanceMaterial, lang: Language) -> Iterator[Block]:
    """How many targets are likely, open and unlikely, which they are, and the joint probability."""
    yield Heading(text(lang, "draft.summary"))
    comma = text(lang, "closing.comma")
    known = [(row.id, chance.probability) for row, chance in material.inside
             if row.basis == "model" and chance.probability is not None]  # fmt: skip
    sorts = {
        "likely": [name for name, share in known if share >= LIKELY],
        "open": [name for name, share in known if UNLIKELY <= share < LIKELY],
        "unlikely": [name for name, share in known if share < UNLIKELY],
    }
    bounds = {"high": f"{100 * LIKELY:.0f}", "low": f"{100 * UNLIKELY:.0f}"}
    yield Paragraph(text(lang, "chance_draft.counts", total=len(known)))
    yield Items([
        text(lang, f"chance_draft.{kind}", count=len(names), ids=comma.join(names), **bounds)
        for kind, names in sorts.items() if names
    ])  # fmt: skip
    for sentence in joint_sentences(material.stored.joint, lang):
        yield Paragraph(sentence.strip())


def probability_grid(material: ChanceMaterial, lang: Language) -> Grid:
    """Every target that is worked out: bar, central value, spread, probability with its error, verdict, year."""
    inside = material.inside
    heads = [text(lang, f"table.{key}") for key in ("id", "name", "unit", "target")]
    heads += [text(lang, "ensemble.central"), "P5", text(lang, "ensemble.median"), "P95"]
    heads += [text(lang, key) for key in ("ensemble.probability", "sheet.verdict", "ensemble.year")]
    lines: list[list[str]] = []
    titles, last = group_titles([row for row, _ in inside], lang), ""
    for row, chance in inside:
        if row.group != last:
            last = row.group
            lines.append([titles[last]])
        name, unit = (row.name_zh, row.unit_zh) if lang == "zh" else (row.name_en, row.unit_en)
        verdict = verdict_word(lang, chance.verdict or row.verdict, chance.year, row.end_year)
        lines.append([
            row.id, name, unit, pretty(target_text(row, lang)), value_text(row),
            *(shown(one) for one in (chance.p05, chance.p50, chance.p95)), probability_text(chance), verdict,
            year_text(row, chance),
        ])  # fmt: skip
    widths = (6.5, 22, 9, 9, 9, 8.5, 8.5, 8.5, 11, 14, 8)
    return Grid(text(lang, "chance_draft.table"), heads, lines, notes=[text(lang, "ensemble.meaning")], widths=widths,
                small=True, numbers=frozenset((3, 4, 5, 6, 7, 8, 10)))  # fmt: skip


def _limits(material: ChanceMaterial, lang: Language) -> Iterator[Block]:
    comma = text(lang, "closing.comma")
    rows = [row for row, _ in material.inside]
    bases = {basis: [row.id for row in rows if row.basis == basis] for basis in ("imposed", "extrapolated")}
    yield Heading(text(lang, "draft.limits"))
    yield Items([
        text(lang, f"draft.history.{material.stored.heading.history}"),
        material.stored.calibration.sentence(lang),
        text(lang, "chance_draft.ranges"),
        text(lang, "chance_draft.parks"),
        *(text(lang, f"draft.basis.{basis}", ids=comma.join(ids)) for basis, ids in bases.items() if ids),
    ])  # fmt: skip
    outside = outside_lines(material.stored.rows, lang)
    if outside:
        yield Paragraph(text(lang, "table.outside_title"))
        yield Items(outside)
