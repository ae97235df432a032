"""The command that writes what a model says about itself: docs."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.errors import OutputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text


@click.command(help=word("help.docs"))
@click.argument("bundle", type=SCENARIO, required=False)
@click.option("--output", type=SCENARIO, metavar="FILE.html", required=True, help=word("option.docs_output"))
@LANG
def docs(bundle: Path | None, output: Path, lang: str | None) -> None:
    """The documentation of a bundle as one page; in both languages if none is asked for."""
    from sim.folder import write_whole
    from sim.handbook.page import model_page

    language = language_of(lang)
    if output.suffix.lower() not in (".html", ".htm"):
        raise OutputError([Problem(Place(output), "docs_not_html")])
    folder = bundle or _bundle_here()
    tell(text(language, "cli.docs_begun", folder=folder))
    write_whole(output, model_page(folder, language if lang else None))
    echo(text(language, "cli.written", folder=output))


def _bundle_here() -> Path:
    """The bundle of the working folder, else the shipped one."""
    from sim.scenario.specs import find_bundle
    from sim.starter.source import BUNDLE_NAME, bundle_folder

    return find_bundle(f"models/{BUNDLE_NAME}", Path()) or bundle_folder()
