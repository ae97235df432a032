"""The command that runs a stored result again: verify."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sim.cli.frame import LANG, MISSED, SCENARIO, language_of, word
from sim.report.safe_print import echo


@click.command(help=word("help.verify"))
@click.argument("folder", type=SCENARIO)
@click.option("--json", "as_json", is_flag=True, help=word("option.verify_json"))
@LANG
def verify(folder: Path, as_json: bool, lang: str | None) -> None:
    """Run a stored result again, say "same" or what differs, and end with exit code 3 if anything does."""
    from sim.cli.ensembles import Progress
    from sim.cli.outcomes import Notice, progress_told
    from sim.verify.page import record, screen
    from sim.verify.verify import Hooks
    from sim.verify.verify import verify as run_again

    language = language_of(lang)
    found = run_again(folder, Hooks(Notice(lang), progress_told(language), Progress(language)))
    if as_json:
        echo(json.dumps(record(found, language), ensure_ascii=True, indent=1, allow_nan=False))
    else:
        for line in screen(found, language):
            echo(line)
    if not found.same:
        raise SystemExit(MISSED)
