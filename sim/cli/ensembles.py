"""The command that runs a scenario many times: ensemble."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, warn, word
from sim.errors import InputError, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import Language, problem_line, text

if TYPE_CHECKING:
    from sim.analysis.ensemble_result import EnsembleResult
    from sim.analysis.precision import Precision
    from sim.analysis.shard import Supply
    from sim.analysis.store import Store
    from sim.study import Prepared

EVERY = 1.0
"""Seconds between two lines of progress on a terminal."""

STEPS = 10
"""Lines of progress where there is no terminal."""


@click.command(help=word("help.ensemble"))
@click.argument("scenario", type=SCENARIO)
@click.option("--runs", type=int, metavar="N", help=word("option.runs"))
@click.option("--seed", type=int, metavar="N", help=word("option.seed"))
@click.option("--tables", type=int, metavar="N", help=word("option.tables"))
@click.option("--joint", metavar="T01,T02", help=word("option.joint"))
@click.option("--precision", type=float, metavar="P", help=word("option.precision"))
@click.option("--only-run", type=int, metavar="K", help=word("option.only_run"))
@click.option("--threads", type=click.IntRange(1, 1024), metavar="N", help=word("option.threads"))
@click.option("--store", type=SCENARIO, metavar="DIR", help=word("option.store"))
@click.option("--resume", is_flag=True, help=word("option.resume"))
@click.option("--scheduler", metavar="ADDRESS", help=word("option.scheduler"))
@click.option("--output", type=SCENARIO, help=word("option.ensemble_output"))
@click.option("--no-plots", is_flag=True, help=word("option.no_plots"))
@LANG
def ensemble(
    scenario: Path,
    runs: int | None,
    seed: int | None,
    tables: int | None,
    joint: str | None,
    precision: float | None,
    only_run: int | None,
    threads: int | None,
    store: Path | None,
    resume: bool,
    scheduler: str | None,
    output: Path | None,
    no_plots: bool,
    lang: str | None,
) -> None:
    """Draw parameters from their ranges, run, and give every target its probability."""
    from sim.analysis.calibrated import calibration_of
    from sim.analysis.ensemble import resized
    from sim.analysis.members import member_paths
    from sim.analysis.write_ensemble import size_of, write_ensemble
    from sim.cli.outcomes import Notice
    from sim.publish import OUTPUTS, rehearse
    from sim.report.columns import WIDTH
    from sim.report.ensemble_table import chance_table
    from sim.report.heading import Heading
    from sim.report.width import wrap
    from sim.study import prepare

    notice = Notice(lang)
    wrong = _options_wrong(only_run, threads, store, resume, scheduler)
    try:
        prepared = resized(prepare(scenario, "compiled", notice=notice), runs, seed, tables, _names(joint),
                           precision, only_run)  # fmt: skip
    except InputError as error:
        raise InputError([*wrong, *error.problems]) from None
    if wrong:
        raise InputError(wrong)
    known = prepared.scenario
    language = notice.language = language_of(lang, known.lang)
    warn(language, [*known.warnings, *prepared.bundle.parks.notices])
    folder = output or OUTPUTS / f"{scenario.stem}-ensemble"
    rehearse(folder)
    asked = Asked(threads, only_run, precision, scheduler)
    with _kept(prepared, folder, store, resume, only_run) as shards:
        result = _computed(prepared, asked, shards, language)
        members = None if only_run is not None else member_paths(result, threads)
        write_ensemble(result, folder, language, members, plots=not no_plots)
    heading = Heading(known.name_zh, known.name, result.prepared.run_id, history=prepared.bundle.history)
    echo(chance_table(result.rows, result.chances, heading, size_of(result), language, result.joint, result.half_step))
    for part in (part for line in calibration_of(result.prepared).lines(language) for part in wrap(line, WIDTH, "  ")):
        echo(part)
    echo(text(language, "cli.written", folder=folder))


def _options_wrong(
    only_run: int | None, threads: int | None, store: Path | None, resume: bool, scheduler: str | None
) -> list[Problem]:
    """Options that don't go together, and an address that is none."""
    given = {"--store": store is not None, "--resume": resume, "--scheduler": scheduler is not None}
    problems = []
    if only_run is not None:
        problems += [Problem(None, "ensemble_only_alone", {"option": name}) for name, there in given.items() if there]
    if scheduler is not None:
        from sim.analysis.cluster import scheduler_of

        if threads is not None:
            problems.append(Problem(None, "ensemble_threads_there"))
        try:
            scheduler_of(scheduler)
        except InputError as error:
            problems += error.problems
    return problems


@contextmanager
def _kept(
    prepared: Prepared, folder: Path, store: Path | None, resume: bool, only_run: int | None
) -> Iterator[Store | None]:
    """Where finished runs are kept: in a folder of the user's, or beside the results until these are written."""
    from sim.analysis.shard import SHARD

    runs = prepared.scenario.uncertainty.runs
    if only_run is not None or not (store or resume or runs > SHARD):
        yield None
        return
    from sim.analysis.identity import identity
    from sim.analysis.store import opened

    place = store or folder.with_name(f".{folder.name}.shards")
    with opened(place, identity(prepared, SHARD), SHARD, resume=resume, passing=store is None) as shards:
        yield shards


@dataclass(frozen=True)
class Asked:
    """How an ensemble is to be computed; nothing of it but ``only_run`` and ``precision`` moves a number."""

    threads: int | None
    only_run: int | None
    precision: float | None
    scheduler: str | None


def _computed(prepared: Prepared, asked: Asked, shards: Store | None, language: Language) -> EnsembleResult:
    """The ensemble, with word of how far it is, of runs that failed, and of what is kept if it is cut short."""
    from sim.analysis.ensemble import run_ensemble
    from sim.analysis.half_step import with_half_step
    from sim.analysis.shard import in_order, spans

    total = 1 if asked.only_run is not None else prepared.scenario.uncertainty.runs
    tell(text(language, "ensemble.running", name=prepared.scenario.title(language), id=prepared.run_id, runs=total))
    there = 0 if shards is None else shards.runs(spans(0, total, shards.size))
    if shards is not None and there:
        tell(text(language, "store.there", runs=there, total=total, path=shards.folder))
    try:
        with _supplier(prepared, asked.scheduler, language) as supplier:

            def through(own: Supply) -> Supply:
                source = supplier or own
                return in_order(source) if shards is None else shards.through(source)

            result = run_ensemble(prepared, asked.threads, asked.only_run, Progress(language, there), asked.precision,
                                  through)  # fmt: skip
    except BaseException:
        kept = 0 if shards is None else shards.finished()
        if shards is not None and kept:
            tell(text(language, "store.kept", runs=kept, path=shards.folder))
        raise
    if result.precision is not None:
        tell(_precision_line(result.precision, result.runs, result.tables is not None, language))
    for failure in result.failures:
        line = problem_line(language, failure.problem)
        tell(text(language, "cli.warning", line=text(language, "ensemble.failed", run=failure.run, line=line)))
    return with_half_step(result, asked.threads)


@contextmanager
def _supplier(prepared: Prepared, scheduler: str | None, language: Language) -> Iterator[Supply | None]:
    """The workers of a cluster, if one is asked for."""
    if scheduler is None:
        yield None
        return
    from sim.analysis.cluster import connected, scheduler_of
    from sim.analysis.parcel import parcel_of
    from sim.analysis.shard import SHARD

    with connected(scheduler_of(scheduler)) as cluster:
        tell(text(language, "store.workers", count=cluster.workers(), address=scheduler))
        yield cluster.supply(parcel_of(prepared, SHARD))


def _precision_line(found: Precision, runs: int, shared: bool, language: Language) -> str:
    """Whether the precision was reached and after how many runs; what more could be done if it was not."""
    values = {"runs": runs, "most": found.most, "bound": f"{100 * found.bound:g}", "target": found.target or "-",
              "error": f"{100 * (found.error or 0.0):.2g}"}  # fmt: skip
    if found.met:
        return text(language, "ensemble.precise", **values)
    return text(language, "ensemble.not_precise_tables" if shared else "ensemble.not_precise", **values)


def _names(given: str | None) -> tuple[str, ...] | None:
    """Targets of a list with commas, Chinese ones too; ``None`` if there is no list.

    >>> _names("T01, t06,"), _names(""), _names(None)
    (('T01', 'T06'), (), None)
    """
    if given is None:
        return None
    parts = (part.strip().upper() for part in re.split("[,,、;;]", given))
    return tuple(part for part in parts if part)


class Progress:
    """Runs done and time left, on standard error: a line that is written over on a terminal, a few lines elsewhere."""

    def __init__(self, language: Language, already: int = 0) -> None:
        self.language, self.started, self.already = language, time.monotonic(), already
        self.terminal = sys.stderr.isatty()
        self.shown, self.step = self.started, 0

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is, if it is time to."""
        if done <= self.already:  # how long a run takes is not known yet
            return
        now = time.monotonic()
        left = (now - self.started) / (done - self.already) * (total - done)
        line = text(self.language, "ensemble.progress", done=done, total=total, left=_clock(left))
        if self.terminal:
            if now - self.shown >= EVERY or done == total:
                self.shown = now
                sys.stderr.write(f"\r{line}" + ("\n" if done == total else ""))
                sys.stderr.flush()
        elif STEPS * done // total > self.step:
            self.step = STEPS * done // total
            tell(line)


def _clock(seconds: float) -> str:
    """A span of time as minutes and seconds.

    >>> _clock(83.2), _clock(4000.0)
    ('1:23', '1:06:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
