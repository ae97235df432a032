"""Commands that run scenarios or look at what a run gave: run, compare, targets."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, MISSED, SCENARIO, language_of, tell, warn, word
from sim.errors import InputError, Problem
from sim.nearest import nearest
from sim.report.safe_print import echo
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.beside import Beside
    from sim.costs import Costs
    from sim.engine.choose import Choice
    from sim.engine.parallel import Tell
    from sim.report.heading import Heading
    from sim.study import Prepared
    from sim.targets.rows import TargetRow

ENGINES = click.Choice(["auto", "compiled", "pysd"])
ENGINE = click.option("--engine", type=ENGINES, default="auto", help=word("option.engine"))
OUTPUT = click.option("--output", type=SCENARIO, help=word("option.output"))
NO_PLOTS = click.option("--no-plots", is_flag=True, help=word("option.no_plots"))
JSON = click.option("--json", "as_json", is_flag=True, help=word("option.json"))
REQUIRE = click.option("--require", multiple=True, metavar="T01", help=word("option.require"))


@click.command(help=word("help.run"))
@click.argument("scenario", type=SCENARIO)
@OUTPUT
@NO_PLOTS
@ENGINE
@LANG
@JSON
@REQUIRE
def run(
    scenario: Path,
    output: Path | None,
    no_plots: bool,
    engine: Choice,
    lang: str | None,
    as_json: bool,
    require: Sequence[str],
) -> None:
    """Run one scenario: verdicts on the screen, everything else in the output folder."""
    beside = _writing_beside(not no_plots)
    from sim.publish import OUTPUTS, heading, rehearse, write_study
    from sim.study import prepare, simulate

    notice = Notice(lang)
    prepared = prepare(scenario, engine, notice=notice)
    language = notice.language = language_of(lang, prepared.scenario.lang)
    tell_engine(prepared, language)
    warn(language, [*prepared.scenario.warnings, *prepared.bundle.parks.notices])
    _refuse_unknown_targets(require, [target.id for target in prepared.targets])
    folder = output or OUTPUTS / scenario.stem
    rehearse(folder)
    key = "cli.running" if prepared.reference else "cli.running_alone"
    tell(text(language, key, name=prepared.scenario.title(language), id=prepared.run_id))
    outcome = simulate([prepared], progress_told(language))[0]
    changed = write_study(outcome, folder, prepared.chosen.engine, language, plots=not no_plots, beside=beside)
    if as_json:
        echo(_json(outcome.rows))
    else:
        _print_verdicts(outcome.rows, heading(outcome), language, outcome.costs)
        for line in changed:
            echo(line)
        if prepared.scenario.reported_base != "published" and not no_plots:
            echo(text(language, "base.figures"))
        echo(text(language, "cli.written", folder=folder))
    _require(require, outcome.rows, language)


@click.command(help=word("help.compare"))
@click.argument("studies", nargs=-1, required=True)
@OUTPUT
@NO_PLOTS
@ENGINE
@LANG
def compare(studies: Sequence[str], output: Path | None, no_plots: bool, engine: Choice, lang: str | None) -> None:
    """Compare scenario files, result folders or names, or ensembles; the differences are from the first."""
    from sim.analysis.compare import compare_studies, write_compared
    from sim.analysis.compare_ensembles import ensembles_named
    from sim.publish import OUTPUTS, rehearse
    from sim.report.cost_tables import comparison_costs
    from sim.report.terminal import comparison_table, inputs_difference_table

    language = language_of(lang)
    if output:
        rehearse(output)
    ensembles = ensembles_named(studies)
    if ensembles is not None:
        _compare_ensembles(ensembles, output, language, plots=not no_plots)
        return
    compared = compare_studies(studies, engine, language, tell, progress_told(language), Notice(lang))
    echo(inputs_difference_table(compared.differences, language))
    echo()
    echo(comparison_table(compared.rows, language))
    costs = comparison_costs(compared.costs, language)
    if costs:
        echo()
        echo(costs)
    folder = output or OUTPUTS / compared.folder_name
    write_compared(compared, folder, language, plots=not no_plots)
    echo(text(language, "cli.written", folder=folder))


def _compare_ensembles(folders: Sequence[Path], output: Path | None, language: Language, *, plots: bool) -> None:
    """Compare ensembles run by run."""
    from sim.analysis.compare_ensembles import compare_ensembles
    from sim.analysis.write_compared_ensembles import write_compared_ensembles
    from sim.publish import OUTPUTS, rehearse
    from sim.report.sides_table import sides_table
    from sim.report.terminal import inputs_difference_table

    compared = compare_ensembles(folders, language)
    folder = output or OUTPUTS / compared.folder_name
    rehearse(folder)
    echo(inputs_difference_table(compared.differences, language))
    echo()
    echo(sides_table(compared.sides, language))
    write_compared_ensembles(compared, folder, language, plots=plots)
    echo(text(language, "cli.written", folder=folder))


@click.command(help=word("help.targets"))
@click.argument("folder", type=SCENARIO)
@LANG
@JSON
@REQUIRE
def targets(folder: Path, lang: str | None, as_json: bool, require: Sequence[str]) -> None:
    """The verdicts of a stored result."""
    from sim.publish import open_study

    stored = open_study(folder)
    _refuse_unknown_targets(require, [row.id for row in stored.rows])
    language = language_of(lang, str(stored.manifest.get("lang", "")))
    if as_json:
        echo(_json(stored.rows))
    else:
        _print_verdicts(stored.rows, stored.heading, language, stored.costs)
    _require(require, stored.rows, language)


class Notice:
    """Says that a kernel is being built, which takes seconds the first time."""

    def __init__(self, lang: str | None) -> None:
        self.language = language_of(lang)

    def __call__(self, what: str) -> None:
        """Say what is being done."""
        tell(text(self.language, f"cli.notice_{what}"))


def tell_engine(prepared: Prepared, language: Language) -> None:
    """Say why a model runs on the slow engine, if it does so against what was asked for."""
    missing = prepared.chosen.missing
    if missing:
        shown = "; ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        tell(text(language, "cli.not_compiled", reasons=shown))


def _writing_beside(plots: bool) -> Beside[object] | None:
    """A second process, begun first of all: it loads what it needs to write while the scenario is read and run."""
    from sim.beside import Beside

    if (os.cpu_count() or 1) == 1:
        return None
    figures = ("sim.report.plots.write", "sim.report.plots.registry", "sim.report.plots.save")
    needed = ("xarray", *(figures if plots else ("sim.report.summary", "sim.report.workbook")))
    beside: Beside[object] = click.get_current_context().with_resource(Beside(needed))
    return beside


def progress_told(language: Language) -> Tell:
    """Tell each run that is done."""

    def done(name: str, number: int, count: int) -> None:
        tell(text(language, "cli.progress", name=name, number=number, count=count))

    return done


def _print_verdicts(
    rows: Sequence[TargetRow], heading: Heading, language: Language, costs: Costs | None
) -> None:
    from sim.report.cost_tables import cost_sentence
    from sim.report.sentences import closing_sentences
    from sim.report.terminal import verdict_table

    echo(verdict_table(rows, heading, language))
    echo()
    for sentence in closing_sentences(rows, heading, language):
        echo(sentence.text)
    if costs is not None:
        echo(cost_sentence(costs, language))
    echo()


def _json(rows: Sequence[TargetRow]) -> str:
    from sim.targets.rows import columns

    return json.dumps(
        [{name: getattr(row, name) for name in columns()} for row in rows], ensure_ascii=True, indent=1, allow_nan=False
    )


def _refuse_unknown_targets(asked: Sequence[str], known: Sequence[str]) -> None:
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise InputError(Problem(None, "unknown_target", {"target": x}, nearest(x, known)) for x in unknown)


def _require(asked: Sequence[str], rows: Sequence[TargetRow], language: Language) -> None:
    from sim.report.verdicts import is_met

    missed = [row.id for row in rows if row.id in asked and not is_met(row)]
    if missed:
        tell(text(language, "cli.required_missed", ids=", ".join(missed)))
        raise SystemExit(MISSED)
