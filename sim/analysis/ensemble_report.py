"""A report on a stored ensemble: figures drawn from its folder, blocks put together, the file written."""

from __future__ import annotations

import shlex
from pathlib import Path

from sim.analysis.drafts import FACTS, WIDTH_MM, Format, drawn_page, same_bundle, settings_of, write_document
from sim.analysis.ensemble_figures import draw_figures, ensemble_arguments
from sim.document.blocks import Document
from sim.publish import assumptions
from sim.report.chance_draft import ChanceMaterial, chance_draft
from sim.report.ensemble_files import StoredEnsemble
from sim.report.facts import fact
from sim.report.plots.chance_context import ChanceContext
from sim.report.plots.ensemble_registry import FIGURES, about_runs, ensemble_caption
from sim.report.plots.write import Drawing
from sim.words.catalogue import Language, text


def write_ensemble_report(
    stored: StoredEnsemble, path: Path, lang: Language, format_: Format, template: Path | None = None
) -> None:
    """Write the report; nothing is run.

    Raises
    ------
    InputError
        If the bundle has changed since the ensemble was run, its scenario cannot be read, or where LibreOffice is
        needed (PDF) and missing; for a template that cannot be used.
    OutputError
        If the file cannot be written.
    """
    scenario = stored.scenario()
    bundle = same_bundle(scenario, stored.attrs, stored.folder)

    def made(folder: Path) -> Document:
        context = ChanceContext(stored, lang, WIDTH_MM)
        pages, _, _ = draw_figures(stored, folder, lang, Drawing(formats=("png",), width_mm=WIDTH_MM))
        told = {spec.code: ensemble_caption(spec, context) for spec in FIGURES if spec.there(context)}
        words = ("sim", "ensemble", f"scenarios/{stored.attrs['scenario']}.toml", *ensemble_arguments(stored))
        material = ChanceMaterial(
            stored, settings_of(scenario, bundle, lang), assumptions(bundle, scenario, lang),
            {text(lang, f"about.{key}"): fact(key, str(stored.attrs.get(key, "-")), lang) for key in FACTS},
            [drawn_page(page, pages, told[page.sheet], lang) for page in pages], about_runs(context), shlex.join(words),
        )  # fmt: skip
        return chance_draft(material, lang)

    write_document(made, path, format_, template)
