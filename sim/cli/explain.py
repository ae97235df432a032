"""The command that says where a value comes from: explain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.cli.outcomes import ENGINE, Notice, progress_told
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.document.blocks import Document
    from sim.engine.choose import Choice

ENDINGS = (".docx", ".html")


@click.command(help=word("help.explain"))
@click.argument("study")
@click.argument("target")
@click.option("--park", default="", metavar="P04", help=word("option.explain_park"))
@click.option("--quick", is_flag=True, help=word("option.explain_quick"))
@click.option("--json", "as_json", is_flag=True, help=word("option.explain_json"))
@click.option("--output", type=SCENARIO, metavar="FILE", help=word("option.explain_output"))
@ENGINE
@LANG
def explain(
    study: str,
    target: str,
    park: str,
    quick: bool,
    as_json: bool,
    output: Path | None,
    engine: Choice,
    lang: str | None,
) -> None:
    """Explain a target of a run: on the screen, as JSON, or as a file for Word or a browser."""
    from sim.explain.explain import Asked
    from sim.explain.explain import explain as explained
    from sim.explain.page import page
    from sim.explain.record import record
    from sim.folder import write_whole
    from sim.report.plain_document import plain_lines

    language = language_of(lang)
    _check(output, as_json)
    asked = Asked(study, target, park, not quick)
    found = explained(asked, engine, language, tell, progress_told(language), Notice(lang))
    if as_json:
        echo(json.dumps(record(found, language), ensure_ascii=True, indent=1, allow_nan=False))
    elif output is None:
        for line in plain_lines(page(found, language, wide=False)):
            echo(line)
    else:
        write_whole(output, _file(output, page(found, language, wide=True)))
        echo(text(language, "cli.written", folder=output))


def _check(output: Path | None, as_json: bool) -> None:
    """Refuse what cannot be written before anything is run."""
    problems = []
    if output is not None and output.suffix.lower() not in ENDINGS:
        problems.append(Problem(Place(output), "explain_ending"))
    elif output is not None and output.exists():
        problems.append(Problem(Place(output), "file_exists"))
    if output is not None and as_json:
        problems.append(Problem(None, "explain_json_output"))
    if problems:
        raise InputError(problems)


def _file(output: Path, document: Document) -> bytes:
    if output.suffix.lower() == ".html":
        from sim.document.web import html_bytes

        return html_bytes(document)
    from sim.document.word import word_bytes

    return word_bytes(document)
