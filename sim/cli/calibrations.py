"""The commands that hold a scenario's parameters and its model against published figures: calibrate, backtest."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, warn, word
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.calibration.calibrate import Method

HINDSIGHT = Path("scenarios/hindsight.toml")


@click.command(help=word("help.calibrate"))
@click.argument("scenario", type=SCENARIO)
@click.option(
    "--method", type=click.Choice(["weights", "mcmc"]), default="weights", help=word("option.calibration_method")
)
@click.option("--runs", type=int, metavar="N", help=word("option.calibration_runs"))
@click.option("--seed", type=int, metavar="N", help=word("option.seed"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=word("option.threads"))
@click.option("--output", type=SCENARIO, help=word("option.calibration_output"))
@click.option("--no-plots", is_flag=True, help=word("option.no_plots"))
@LANG
def calibrate(
    scenario: Path,
    method: Method,
    runs: int | None,
    seed: int | None,
    threads: int | None,
    output: Path | None,
    no_plots: bool,
    lang: str | None,
) -> None:
    """Weigh or walk the ranges of the parameters against what was known when the model begins."""
    from sim.calibration.calibrate import Asked, asked_of
    from sim.calibration.calibrate import calibrate as hold
    from sim.calibration.screens import calibration_screen
    from sim.calibration.write import write_calibration
    from sim.cli.ensembles import Progress
    from sim.cli.outcomes import Notice
    from sim.publish import OUTPUTS, rehearse
    from sim.study import prepare

    notice, asked = Notice(lang), Asked(method, runs, seed)
    prepared, knowledge = asked_of(prepare(scenario, "compiled", notice=notice), asked)
    known = prepared.scenario
    language = notice.language = language_of(lang, known.lang)
    warn(language, [*known.warnings, *prepared.bundle.parks.notices])
    folder = output or OUTPUTS / f"{scenario.stem}-calibration"
    rehearse(folder)
    tell(text(language, "calibration.running", name=known.title(language), id=prepared.run_id, runs=asked.size))
    began = time.monotonic()
    found = hold(prepared, knowledge, asked, threads, Progress(language))
    seconds = time.monotonic() - began
    write_calibration(found, folder, language, plots=not no_plots)
    echo(calibration_screen(found, language, seconds))
    echo()
    echo(text(language, "cli.written", folder=folder))


@click.command(help=word("help.backtest"))
@click.argument("scenario", type=SCENARIO, required=False)
@click.option("--draws", type=SCENARIO, metavar="FILE", help=word("option.backtest_draws"))
@click.option("--runs", type=int, metavar="N", help=word("option.backtest_runs"))
@click.option("--seed", type=int, metavar="N", help=word("option.seed"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=word("option.threads"))
@click.option("--output", type=SCENARIO, help=word("option.backtest_output"))
@click.option("--no-plots", is_flag=True, help=word("option.no_plots"))
@LANG
def backtest(
    scenario: Path | None,
    draws: Path | None,
    runs: int | None,
    seed: int | None,
    threads: int | None,
    output: Path | None,
    no_plots: bool,
    lang: str | None,
) -> None:
    """Run draws of the prior, and of a posterior, through the years that were published, and say how they fared."""
    from sim.calibration.backtest import Asked, asked_of
    from sim.calibration.backtest import backtest as hold
    from sim.calibration.screens import backtest_screen
    from sim.calibration.write import write_backtest
    from sim.cli.ensembles import Progress
    from sim.cli.outcomes import Notice
    from sim.publish import OUTPUTS, rehearse
    from sim.study import prepare

    path = scenario or HINDSIGHT
    if scenario is None and not path.is_file():
        raise InputError([Problem(Place(path), "backtest_no_scenario")])
    notice, asked = Notice(lang), Asked(runs, seed, draws)
    prepared, knowledge, confidence = asked_of(prepare(path, "compiled", notice=notice), asked)
    known, history = prepared.scenario, confidence.history
    assert history is not None  # asked_of has seen to it
    language = notice.language = language_of(lang, known.lang)
    warn(language, [*known.warnings, *prepared.bundle.parks.notices])
    folder = output or OUTPUTS / f"{path.stem}-backtest"
    rehearse(folder)
    tell(text(language, "calibration.running_backtest", name=known.title(language), id=prepared.run_id,
              first=history.first, last=history.last, runs=asked.size))  # fmt: skip
    found = hold(prepared, knowledge, confidence, asked, threads, Progress(language))
    write_backtest(found, folder, language, plots=not no_plots)
    echo(backtest_screen(found, language))
    echo()
    echo(text(language, "cli.written", folder=folder))
