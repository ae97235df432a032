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
    from sim.analysis.studies import studies_of
    from sim.publish import OUTPUTS, make_folder

    kind = chosen_format(format_, output)
    language = language_of(lang)
    names = [study, against] if against else [study]
    if output and output.exists():
        raise InputError([Problem(Place(output), "file_exists")])
    if template:
        try_template(template, language)
    found = studies_of(names, engine, language, tell, progress_told(language), Notice(lang))
    target = output or free_path(OUTPUTS, [str(one.stored.results.attrs["scenario"]) for one in found], kind)
    make_folder(target.parent)
    write_report(found, target, language, kind, template)
    echo(text(language, "cli.written", folder=target))
