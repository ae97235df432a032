"""The figures of an ensemble: numbers, codes, titles, notes and what their numbers rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from sim.report.figure_data import Block
from sim.report.plots.captions import LANGUAGES, About, Caption, Captions, noted, source_line
from sim.report.plots.chance_board import board_data, chance_boards
from sim.report.plots.chance_context import FEW, ChanceContext, listed
from sim.report.plots.convergence import convergence_data, convergence_figure, courses_of
from sim.report.plots.fan import fan_data, fan_figure, fans_of
from sim.report.plots.group_pages import by_page
from sim.report.plots.park_chances import bars_of, park_data, park_figures
from sim.report.plots.value_spread import left_out, ridges, spread_data, spread_figure
from sim.report.plots.write import BASE_ORIGINS
from sim.words.catalogue import text
from sim.words.punctuation import full_width


@dataclass(frozen=True)
class EnsembleFigure:
    """A figure of an ensemble.

    Parameters
    ----------
    number
        What ``--only`` takes beside the code.
    code
        File name without ending.
    draw
        From the context to its pages.
    data
        The numbers behind it.
    there
        Whether there is anything to draw.
    """

    number: int
    code: str
    draw: Callable[[ChanceContext], Figure | tuple[Figure, ...]]
    data: Callable[[ChanceContext], tuple[Block, ...]]
    there: Callable[[ChanceContext], bool]

    @property
    def key(self) -> str:
        """Key of its texts under ``figure.title`` and ``figure.note``."""
        return self.code.replace("-", "_")

    def called(self, name: str) -> bool:
        """Whether a number or a code means this figure."""
        return name in (self.code, str(self.number))

    def pages(self, context: ChanceContext) -> dict[str, Figure]:
        """Its pages by the stem of their files."""
        drawn = self.draw(context)
        return by_page(self.code, drawn if isinstance(drawn, tuple) else (drawn,))


FIGURES: tuple[EnsembleFigure, ...] = (
    EnsembleFigure(1, "ensemble-fan", fan_figure, fan_data, lambda context: bool(fans_of(context))),
    EnsembleFigure(2, "ensemble-targets", chance_boards, board_data, lambda context: bool(context.likely)),
    EnsembleFigure(3, "ensemble-spread", spread_figure, spread_data, lambda context: bool(ridges(context))),
    EnsembleFigure(4, "ensemble-parks", park_figures, park_data, lambda context: bool(bars_of(context))),
    EnsembleFigure(5, "ensemble-convergence", convergence_figure, convergence_data,
                   lambda context: context.stored.size.runs > FEW and bool(courses_of(context))),
)  # fmt: skip


def wanted(context: ChanceContext, only: Iterable[str] = ()) -> tuple[EnsembleFigure, ...]:
    """The figures with these numbers or codes that can be drawn, in their order; none: all of them."""
    names = list(only)
    asked = (spec for spec in FIGURES if not names or any(spec.called(name) for name in names))
    return tuple(spec for spec in asked if spec.there(context))


def ensemble_caption(spec: EnsembleFigure, context: ChanceContext) -> Caption:
    """Title, note and source of a figure in the context's language."""
    lang, about = context.lang, About.of([context.stored.attrs])
    notes = [*_notes(spec, context), about_runs(context)]
    title, source = text(lang, f"figure.title.{spec.key}"), source_line(lang, _items(spec, context))
    return Caption(title, noted(lang, notes, about), source)


def captions_of(spec: EnsembleFigure, context: ChanceContext) -> Captions:
    """The caption of a figure in both languages."""
    return {lang: ensemble_caption(spec, replace(context, lang=lang)) for lang in LANGUAGES}


def about_runs(context: ChanceContext) -> str:
    """The sentence that every note ends with: runs, seed, tables, ranges, what they were held against."""
    lang, size = context.lang, context.stored.size
    tables = text(lang, "ensemble.tables" if size.tables else "ensemble.own_table", tables=size.tables)
    said = text(
        lang, "figure.note.ensemble", runs=size.runs, failed=size.failed, seed=size.seed, drawn=size.drawn,
        design=text(lang, f"ensemble.design.{size.design}"), tables=tables,
    )  # fmt: skip
    between = "" if lang == "zh" else " "
    return full_width(said + between + context.stored.calibration.sentence(lang))


def _notes(spec: EnsembleFigure, context: ChanceContext) -> Iterator[str]:
    """How to read a figure."""
    lang = context.lang
    if spec.code == "ensemble-fan":
        numbers = next((fan.numbers for fan in fans_of(context) if fan.numbers), ())
        if not numbers:
            yield text(lang, "figure.note.ensemble_fan_bare")
            return
        yield text(lang, "figure.note.ensemble_fan", first=numbers[0], last=numbers[-1])
    elif spec.code == "ensemble-convergence":
        modelled = sum(one.row.basis == "model" and one.chance.error is not None for one in context.likely)
        courses = courses_of(context)
        yield text(lang, "figure.note.ensemble_convergence", count=sum(bool(c.id) for c in courses), total=modelled)
        if not courses[-1].id:
            yield text(lang, "figure.note.ensemble_convergence_joint")
    else:
        yield text(lang, f"figure.note.{spec.key}")
    if spec.code == "ensemble-spread" and left_out(context):
        yield text(lang, "figure.note.ensemble_spread_out", targets=listed(lang, left_out(context)))


def _items(spec: EnsembleFigure, context: ChanceContext) -> Iterator[tuple[str, str]]:
    """What the numbers of a figure rest on."""
    lang, about = context.lang, About.of([context.stored.attrs])
    if spec.code != "ensemble-parks":
        yield "published", text(lang, "figure.source.plan")
    if spec.code == "ensemble-fan" and not about.own_table:
        for fan in fans_of(context):
            named = text(lang, f"figure.column.{fan.name}")
            yield BASE_ORIGINS[fan.name], text(lang, "figure.source.total", name=named)
    yield "derived", text(lang, "figure.source.model", bundle=about.bundle, scenario=about.names[lang])
    if about.own_table:
        yield "user", text(lang, "figure.source.ensemble_base")
    elif spec.code == "ensemble-parks":
        asked = [one for one in context.stored.parks if one.judged and one.basis != "imposed"]
        count = sum(one.reconstructed for one in asked)
        yield "reconstructed", text(lang, "figure.source.ensemble_parks", count=count, total=len(asked))
    else:
        yield "reconstructed", text(lang, "figure.source.ensemble_base")
    yield "assumed", text(lang, "figure.source.ensemble")

