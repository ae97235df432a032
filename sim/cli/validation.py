"""The command that puts a bundle's model to the tests of confidence: validate."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.frame import LANG, MISSED, SCENARIO, language_of, tell, warn, word
from sim.cli.outcomes import Notice
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

DEFAULT = Path("models/inner-mongolia")


@click.command(help=word("help.validate"))
@click.argument("bundle", type=SCENARIO, required=False)
@click.option("--output", type=SCENARIO, metavar="FILE", help=word("option.validate_output"))
@click.option("--only", multiple=True, metavar="NAME", help=word("option.validate_only"))
@click.option("--json", "as_json", is_flag=True, help=word("option.validate_json"))
@click.option("--short", is_flag=True, help=word("option.validate_short"))
@LANG
def validate(
    bundle: Path | None, output: Path | None, only: Sequence[str], as_json: bool, short: bool, lang: str | None
) -> None:
    """Run the tests, show what failed first, and end with exit code 3 if anything did."""
    from sim.bundle import MODEL, load_bundle
    from sim.confidence.page import ENDINGS, hypertext, markdown, record, screen
    from sim.confidence.run import TESTS, chosen
    from sim.confidence.run import validate as put_to_the_test
    from sim.folder import write_whole

    language = language_of(lang)
    folder = bundle or DEFAULT
    if output is not None and output.suffix.lower() not in ENDINGS:
        raise InputError([Problem(Place(output), "confidence_ending")])
    if output is not None and output.is_dir():  # better told now than after ten minutes
        raise InputError([Problem(Place(output), "output_is_folder", {"path": str(output)})])
    if bundle is None and not (folder / MODEL).is_file():
        raise InputError([Problem(Place(folder), "confidence_no_bundle")])
    names = chosen(only)
    loaded = load_bundle(folder)
    warn(language, loaded.parks.notices)

    def progress(name: str) -> None:
        number, title = list(TESTS).index(name) + 1, text(language, f"confidence.test.{name}.name")
        tell(text(language, "confidence.page.progress", number=number, count=len(TESTS), name=title))

    found = put_to_the_test(loaded, names, short, Notice(lang), progress)
    if output is not None:
        page = markdown if output.suffix.lower() == ".md" else hypertext
        write_whole(output, page(found, language).encode())
    if as_json:
        echo(json.dumps(record(found, language), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        for line in screen(found, language):
            echo(line)
    if output is not None:
        tell(text(language, "cli.written", folder=output))
    if not found.passed:
        raise SystemExit(MISSED)
