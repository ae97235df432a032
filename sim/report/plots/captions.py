"""What stands beside a figure: title, note, what its numbers rest on, and the sheet with its data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.report.figure_data import Block, DataSheet, tab_of
from sim.report.plots.context import FigureContext
from sim.report.plots.land import leaving_note
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.report.plots.registry import FigureSpec

CAPTIONS, DATA = "captions.csv", "figures.xlsx"
"""Files beside the figures: a line for each figure, and a sheet for each."""

COLUMNS = (
    *("code", "number", "title_zh", "title_en", "note_zh", "note_en", "source_zh", "source_en"),
    *("lang", "width_mm", "height_mm", "files", "sheet", "scenario", "scenario_name_zh", "scenario_name", "run_id"),
)
LANGUAGES: tuple[Language, Language] = ("zh", "en")
KINDS = ("published", "derived", "reconstructed", "assumed", "user")
"""In the order of a source line."""


@dataclass(frozen=True)
class About:
    """The run behind a figure, or the runs that it compares.

    Parameters
    ----------
    scenario, run_id
        Stems of the scenario files and ids of the runs, with "; " between them.
    names
        Of the scenarios, by language.
    bundle
        Name of the model bundle.
    revised, own_table
        Whether tables stand on the revised base, and whether the park table is the user's own.
    """

    scenario: str
    run_id: str
    names: Mapping[Language, str]
    bundle: str
    revised: bool = False
    own_table: bool = False

    @classmethod
    def of(cls, runs: Sequence[Mapping[str, object]]) -> About:
        """From the attributes of the results."""

        def joined(key: str) -> str:
            return "; ".join(dict.fromkeys(str(attrs.get(key, "")) for attrs in runs))

        names: dict[Language, str] = {"zh": joined("scenario_name_zh"), "en": joined("scenario_name")}
        revised = any(attrs.get("reported_base", "published") != "published" for attrs in runs)
        own = any(attrs.get("own_table") == "1" for attrs in runs)
        return cls(joined("scenario"), joined("run_id"), names, joined("bundle"), revised, own)


@dataclass(frozen=True)
class FigureFiles:
    """A figure, or a page of one, that was written.

    Parameters
    ----------
    code
        The stem of its files; ``sheet`` is the figure's own code, the same for all pages.
    number
        Its number in reports; "" if it has none.
    page, pages
        Which page it is, of how many.
    """

    code: str
    sheet: str
    paths: tuple[Path, ...]
    width_mm: float
    height_mm: float
    number: str = ""
    page: int = 1
    pages: int = 1


@dataclass(frozen=True)
class Caption:
    """Texts of a figure in one language."""

    title: str
    note: str
    source: str


Captions = Mapping[Language, Caption]
Items = Iterable[tuple[str, str]]
"""Where something comes from (one of :data:`KINDS`), and what."""


_SUMS_OF_ZONES = {2: "note.leaving", 3: "note.leaving", 5: "land.leaving", 6: "note.leaving"}
"""Figures whose curves have a step where a zone leaves the list, and the word that says so."""


def caption_of(spec: FigureSpec, context: FigureContext) -> Caption:
    """Title, note and source of a default figure in the context's language."""
    lang, about = context.lang, About.of([context.results.attrs])
    notes = [text(lang, spec.note_key)]
    if spec.number == 1 and context.narrow:
        notes.append(context.word("note.narrow_board"))
    if spec.number == 4 and context.name_parks:
        notes.append(context.word("note.names"))
    if spec.number in _SUMS_OF_ZONES:
        notes += [note for note in (leaving_note(context, _SUMS_OF_ZONES[spec.number]),) if note]
    items = [*(board_items(context) if spec.number == 1 else items_of(spec, context)), *always(lang, about)]
    return Caption(text(lang, spec.title_key), noted(lang, notes, about), source_line(lang, items))


def in_both(spec: FigureSpec, context: FigureContext) -> Captions:
    """The caption of a default figure in both languages."""
    return {lang: caption_of(spec, replace(context, lang=lang)) for lang in LANGUAGES}


def noted(lang: Language, notes: Sequence[str], about: About) -> str:
    """Notes in a row; one more where the tables of the run stand on another base than its figures."""
    more = [text(lang, "base.figures") + text(lang, "figure.source.stop")] if about.revised else []
    return ("" if lang == "zh" else " ").join([*notes, *more])


def items_of(spec: FigureSpec, context: FigureContext) -> Iterator[tuple[str, str]]:
    """What the base year of a default figure rests on, and its targets."""
    if spec.plan:
        yield "published", context.word("source.plan")
    for name in spec.totals:
        if name in context.base_origins:
            yield context.base_origins[name], context.word("source.total", name=context.word(f"column.{name}"))
    for column in spec.columns:
        for kind, count in sorted(context.column_origins(column).items()):
            yield kind, context.word("source.column", name=context.word(f"column.{column}"), count=count)


def board_items(context: FigureContext) -> Iterator[tuple[str, str]]:
    """What the rows of figure 1 rest on, counted."""
    shown = [row for row in context.rows if row.basis != "outside"]
    yield "published", context.word("source.plan")
    for kind, count in sorted(Counter(str(row.base_origin) for row in shown).items()):
        if kind in KINDS:
            yield kind, context.word("source.rows", count=count)
    imposed, extrapolated = (sum(row.basis == basis for row in shown) for basis in ("imposed", "extrapolated"))
    if imposed or extrapolated:
        yield "assumed", context.word("source.imposed", count=imposed, count_extrapolated=extrapolated)


def always(lang: Language, about: About) -> Iterator[tuple[str, str]]:
    """What is behind every number after the base year."""
    yield "derived", text(lang, "figure.source.model", bundle=about.bundle, scenario=about.names[lang])
    yield "assumed", text(lang, "figure.source.assumed")


def source_line(lang: Language, items: Items) -> str:
    """The source line: what is published, computed, reconstructed, assumed or the user's own.

    >>> source_line("en", [("assumed", "policies"), ("published", "targets"), ("assumed", "parameters")])
    'published: targets; assumed: policies, parameters.'
    """
    found: dict[str, list[str]] = {}
    for kind, what in items:
        found.setdefault(kind, []).append(what)
    comma, semicolon, stop = (text(lang, f"figure.source.{key}") for key in ("comma", "semicolon", "stop"))
    parts = [
        text(lang, "figure.source.item", kind=text(lang, f"sheet.origin.{kind}"), items=comma.join(found[kind]))
        for kind in KINDS
        if kind in found
    ]
    return semicolon.join(parts) + stop


def sheet_of(code: str, lang: Language, caption: Caption, about: About, blocks: tuple[Block, ...]) -> DataSheet:
    """The sheet of a figure."""
    return DataSheet(
        code,
        caption.title,
        text(lang, "figure.sheet.about", scenario=about.names[lang], run_id=about.run_id),
        text(lang, "figure.sheet.note", note=caption.note),
        text(lang, "figure.sheet.source", source=caption.source),
        blocks,
    )


def caption_row(drawn: FigureFiles, lang: Language, captions: Captions, about: About) -> list[object]:
    """A figure's line of ``captions.csv``: :data:`COLUMNS`."""
    zh, en = (captions[one] for one in LANGUAGES)
    page = f" ({drawn.page}/{drawn.pages})" if drawn.pages > 1 else ""
    texts = [zh.title + page, en.title + page, zh.note, en.note, zh.source, en.source]
    size = [round(drawn.width_mm, 1), round(drawn.height_mm, 1)]
    files = "; ".join(path.name for path in drawn.paths)
    run = [about.scenario, about.names["zh"], about.names["en"], about.run_id]
    return [drawn.code, drawn.number, *texts, lang, *size, files, tab_of(drawn.sheet), *run]
