"""The command that says what decides a target: sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, warn, word
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.report.decided import Method


@click.command(help=word("help.sensitivity"))
@click.argument("scenario", type=SCENARIO)
@click.option("--target", required=True, metavar="T06", help=word("option.sensitivity_target"))
@click.option("--method", type=click.Choice(["morris", "sobol", "delta"]), help=word("option.sensitivity_method"))
@click.option("--runs", "points", type=int, metavar="N", help=word("option.sensitivity_points"))
@click.option("--seed", type=int, metavar="N", help=word("option.seed"))
@click.option("--keep", type=int, default=12, metavar="K", help=word("option.sensitivity_keep"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=word("option.threads"))
@click.option("--output", type=SCENARIO, help=word("option.sensitivity_output"))
@click.option("--no-plots", is_flag=True, help=word("option.no_plots"))
@LANG
def sensitivity(
    scenario: Path,
    target: str,
    method: Method | None,
    points: int | None,
    seed: int | None,
    keep: int,
    threads: int | None,
    output: Path | None,
    no_plots: bool,
    lang: str | None,
) -> None:
    """Vary parameters over their ranges and say which of them a target hangs on."""
    from sim.analysis.sensitivity import Asked, asked_of, decide
    from sim.analysis.write_sensitivity import write_sensitivity
    from sim.cli.ensembles import Progress
    from sim.cli.outcomes import Notice
    from sim.publish import OUTPUTS, rehearse
    from sim.report.decided import decided_table
    from sim.study import prepare

    notice, asked = Notice(lang), Asked(target, method, points, seed, keep)
    prepared = asked_of(prepare(scenario, "compiled", notice=notice), asked)
    known = prepared.scenario
    language = notice.language = language_of(lang, known.lang)
    warn(language, [*known.warnings, *prepared.bundle.parks.notices])
    folder = output or OUTPUTS / f"{scenario.stem}-{target}-sensitivity"
    rehearse(folder)
    tell(text(language, "sensitivity.running", name=known.title(language), id=prepared.run_id, target=target))
    decided = decide(prepared, asked, threads, Progress(language))
    write_sensitivity(prepared, decided, folder, language, plots=not no_plots)
    echo(decided_table(decided, language))
    echo()
    echo(text(language, "cli.written", folder=folder))
