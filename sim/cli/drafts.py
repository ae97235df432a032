"""The command that writes a report for Word."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.cli.outcomes import ENGINE, Notice, progress_told
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.analysis.drafts import Format
    from sim.engine.choose import Choice


@click.command(help=word("help.report"))
@click.argument("study")
@click.option("--against", help=word("option.against"))
@click.option("--template", type=SCENARIO, help=word("option.report_template"))
@click.option("--format", "format_", type=click.Choice(["docx", "html", "pdf"]),
              help=word("option.report_format"))  # fmt: skip
@click.option("--output", type=SCENARIO, help=word("option.report_output"))
@ENGINE
@LANG
def report(
    study: str,
    against: str | None,
    template: Path | None,
    format_: str | None,
    output: Path | None,
    engine: Choice,
    lang: str | None,
) -> None:
    """Write a report on a run, with tables, figures, assumptions and limits."""
    from sim.analysis.drafts import chosen_format, free_path, try_template, write_report
    from sim.analysis.studies import studies_of, study_path
    from sim.publish import OUTPUTS, make_folder
    from sim.report.ensemble_files import is_ensemble

    kind = chosen_format(format_, output)
    language = language_of(lang)
    names = [study, against] if against else [study]
    if output and output.exists():
        raise InputError([Problem(Place(output), "file_exists")])
    if template:
        try_template(template, language)
    ensemble = study_path(study)
    if ensemble and is_ensemble(ensemble):
        echo(text(language, "cli.written", folder=_on_ensemble(ensemble, against, output, kind, template, lang)))
        return
    found = studies_of(names, engine, language, tell, progress_told(language), Notice(lang))
    target = output or free_path(OUTPUTS, [str(one.stored.results.attrs["scenario"]) for one in found], kind)
    make_folder(target.parent)
    write_report(found, target, language, kind, template)
    echo(text(language, "cli.written", folder=target))


def _on_ensemble(
    folder: Path, against: str | None, output: Path | None, kind: Format, template: Path | None, lang: str | None
) -> Path:
    """A report on a stored ensemble, which nothing can stand beside; returns the file."""
    from sim.analysis.drafts import free_path
    from sim.analysis.ensemble_report import write_ensemble_report
    from sim.publish import OUTPUTS, make_folder
    from sim.report.ensemble_files import open_ensemble

    if against:
        raise InputError([Problem(Place(folder), "report_ensemble_against")])
    stored = open_ensemble(folder)
    target = output or free_path(OUTPUTS, [f"{stored.attrs['scenario']}-ensemble"], kind)
    make_folder(target.parent)
    write_ensemble_report(stored, target, language_of(lang, stored.lang), kind, template)
    return target
