"""The command that runs models whose results are known: conformance."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.ensembles import Progress
from sim.cli.frame import LANG, MISSED, SCENARIO, language_of, tell, word
from sim.report.safe_print import echo
from sim.words.catalogue import text

OUTPUT = Path("outputs/conformance")


@click.command(help=word("help.conformance"))
@click.argument("folder", type=SCENARIO)
@click.option("--relative", type=click.FloatRange(0), default=1e-5, help=word("option.conformance_relative"))
@click.option("--absolute", type=click.FloatRange(0), default=1e-8, help=word("option.conformance_absolute"))
@click.option("--plain", is_flag=True, help=word("option.conformance_plain"))
@click.option("--jobs", type=click.IntRange(1), default=1, metavar="N", help=word("option.conformance_jobs"))
@click.option("--strict", is_flag=True, help=word("option.conformance_strict"))
@click.option("--output", type=SCENARIO, default=OUTPUT, metavar="DIR", help=word("option.conformance_output"))
@LANG
def conformance(
    folder: Path, relative: float, absolute: float, plain: bool, jobs: int, strict: bool, output: Path, lang: str | None
) -> None:
    """Run every model of a folder, show what differs, and end with exit code 3 if anything does."""
    from sim.conformance.compare import Tolerance
    from sim.conformance.folder import examine_folder
    from sim.conformance.page import markdown, record, screen
    from sim.folder import MANIFEST, manifest_bytes, output_folder

    language = language_of(lang)
    found = examine_folder(
        folder, Tolerance(relative, absolute), "plain" if plain else "compiled", jobs, Progress(language)
    )
    with output_folder(output) as made:
        (made / "certificate.json").write_bytes(record(found, language).encode())
        (made / "certificate.md").write_bytes(markdown(found, language).encode())
        (made / MANIFEST).write_bytes(manifest_bytes({"kind": "conformance"}))
    for line in screen(found, language):
        echo(line)
    tell(text(language, "cli.written", folder=output))
    if not found.sound or (strict and found.count("refused")):
        raise SystemExit(MISSED)
