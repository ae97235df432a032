"""The command that runs any model file: simulate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.ensembles import Progress
from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.cli.outcomes import Notice
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.engine.choose import Choice
    from sim.simulate.request import Method, Request, Work
    from sim.simulate.source import Source

PATIENCE = 3.0
"""Seconds without a word about progress."""


@click.command(help=word("help.simulate"))
@click.argument("model", type=SCENARIO)
@click.option("--set", "settings", multiple=True, metavar="NAME=NUMBER", help=word("option.simulate_set"))
@click.option("--data", multiple=True, metavar="FILE", help=word("option.simulate_data"))
@click.option("--params", type=SCENARIO, metavar="RUNS.csv", help=word("option.simulate_params"))
@click.option("--output", type=SCENARIO, metavar="FILE", help=word("option.simulate_output"))
@click.option("--outputs", "names", multiple=True, metavar="NAME", help=word("option.simulate_outputs"))
@click.option("--start", type=float, metavar="TIME", help=word("option.simulate_start"))
@click.option("--end", type=float, metavar="TIME", help=word("option.simulate_end"))
@click.option("--step", type=float, metavar="NUMBER", help=word("option.simulate_step"))
@click.option("--every", "--saveper", "every", type=float, metavar="NUMBER", help=word("option.simulate_every"))
@click.option("--method", type=click.Choice(["euler", "rk4"]), help=word("option.simulate_method"))
@click.option(
    "--engine", type=click.Choice(["auto", "compiled", "pysd"]), default="auto", help=word("option.engine")
)
@click.option("--threads", type=click.IntRange(1), metavar="N", help=word("option.simulate_threads"))
@LANG
def simulate(
    model: Path,
    settings: Sequence[str],
    data: Sequence[str],
    params: Path | None,
    output: Path | None,
    names: Sequence[str],
    start: float | None,
    end: float | None,
    step: float | None,
    every: float | None,
    method: Method | None,
    engine: Choice,
    threads: int | None,
    lang: str | None,
) -> None:
    """Run a model file with numbers of one's own; results in a file, or a short table on the screen."""
    from sim.cache import Cache
    from sim.simulate.compute import compute
    from sim.simulate.request import Request
    from sim.simulate.screen import screen_table
    from sim.simulate.source import read_source
    from sim.simulate.timing import Asked
    from sim.simulate.write import write_results

    language = language_of(lang)
    problems = _ending(output)
    try:
        source = read_source(model, Cache(), data)
    except InputError as error:
        raise InputError([*error.problems, *problems]) from None
    request = Request(None, list(names) or None, Asked(start, end, step, every), engine, method, threads)
    work = _work(source, request, settings, params, problems)
    found = compute(work, tell=Notice(lang), done=_Late(Progress(language)))
    for line in found.notices(language):
        tell(text(language, "cli.warning", line=line))
    if output is None:
        for line in screen_table(found.results, language):
            echo(line)
        return
    write_results(output, found)
    echo(text(language, "cli.written", folder=output))


def _work(
    source: Source, request: Request, settings: Sequence[str], runs: Path | None, problems: list[Problem]
) -> Work:
    """The request with its numbers, everything checked at once."""
    from dataclasses import replace

    from sim.simulate.columns import merged, read_settings
    from sim.simulate.request import checked

    given = read_settings(settings, source.variables, problems)
    by_run = {}
    if runs is not None:
        from sim.simulate.read_runs import read_runs

        try:
            by_run = read_runs(runs, source.variables)
        except InputError as error:
            problems += error.problems
    params = merged(given, by_run, Place(runs) if runs else None, problems)
    try:
        work = checked(source, replace(request, params=None if problems else params))
    except InputError as error:
        raise InputError([*problems, *error.problems]) from None
    if problems:
        raise InputError(problems)
    return work


def _ending(output: Path | None) -> list[Problem]:
    """Whether the ending of a file name says what to write."""
    from sim.simulate.write import FORMATS

    if output is None or output.suffix.lower() in FORMATS:
        return []
    return [Problem(Place(output), "output_ending", {"known": ", ".join(FORMATS)})]


class _Late:
    """Progress of work that takes long enough for somebody to wonder."""

    def __init__(self, progress: Progress) -> None:
        self.progress, self.begun = progress, False

    def __call__(self, done: int, total: int) -> None:
        self.begun |= time.monotonic() - self.progress.started > PATIENCE
        if self.begun:
            self.progress(done, total)
