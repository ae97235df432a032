"""The command that runs a scenario many times: ensemble."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, warn, word
from sim.report.safe_print import echo
from sim.words.catalogue import Language, problem_line, text

if TYPE_CHECKING:
    from sim.analysis.precision import Precision

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
@click.option("--output", type=SCENARIO, help=word("option.ensemble_output"))
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
    output: Path | None,
    lang: str | None,
) -> None:
    """Draw parameters from their ranges, run, and give every target its probability."""
    from sim.analysis.calibrated import calibration_lines
    from sim.analysis.ensemble import resized, run_ensemble
    from sim.analysis.write_ensemble import size_of, write_ensemble
    from sim.cli.outcomes import Notice
    from sim.publish import OUTPUTS, rehearse
    from sim.report.columns import WIDTH
    from sim.report.ensemble_table import chance_table
    from sim.report.heading import Heading
    from sim.report.width import wrap
    from sim.study import prepare

    notice = Notice(lang)
    prepared = resized(prepare(scenario, "compiled", notice=notice), runs, seed, tables, _names(joint),
                       precision, only_run)  # fmt: skip
    known = prepared.scenario
    language = notice.language = language_of(lang, known.lang)
    warn(language, [*known.warnings, *prepared.bundle.parks.notices])
    folder = output or OUTPUTS / f"{scenario.stem}-ensemble"
    rehearse(folder)
    tell(text(language, "ensemble.running", name=known.title(language), id=prepared.run_id,
              runs=1 if only_run is not None else known.uncertainty.runs))  # fmt: skip
    result = run_ensemble(prepared, threads, only_run, Progress(language), precision)
    if result.precision is not None:
        tell(_precision_line(result.precision, result.runs, result.tables is not None, language))
    for failure in result.failures:
        line = problem_line(language, failure.problem)
        tell(text(language, "cli.warning", line=text(language, "ensemble.failed", run=failure.run, line=line)))
    write_ensemble(result, folder)
    heading = Heading(known.name_zh, known.name, result.prepared.run_id, history=prepared.bundle.history)
    echo(chance_table(result.rows, result.chances, heading, size_of(result), language, result.joint))
    for part in (part for line in calibration_lines(result.prepared, language) for part in wrap(line, WIDTH, "  ")):
        echo(part)
    echo(text(language, "cli.written", folder=folder))


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

    def __init__(self, language: Language) -> None:
        self.language, self.started = language, time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.shown, self.step = self.started, 0

    def __call__(self, done: int, total: int) -> None:
        """Tell how far it is, if it is time to."""
        now = time.monotonic()
        left = (now - self.started) / done * (total - done)
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
