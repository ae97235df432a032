"""Commands that read inputs and run nothing: check, show."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.frame import LANG, SCENARIO, language_of, warn, word
from sim.errors import InputError, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text


@click.command(help=word("help.check"))
@click.argument("scenarios", nargs=-1, type=SCENARIO)
@LANG
def check(scenarios: Sequence[Path], lang: str | None) -> None:
    """Read scenarios with their bundle, targets and levers, and say what is wrong or unexplained; run nothing."""
    from sim.audit import audit
    from sim.calibration.read import has_calibration, read_calibration
    from sim.confidence.read import read_confidence
    from sim.reconstruct.source import has_source, read_source
    from sim.study import bundle_folder_of, prepare, translate

    paths = list(scenarios) or sorted(Path("scenarios").glob("*.toml"))
    if not paths:
        raise InputError([Problem(None, "no_scenarios")])
    problems: list[Problem] = []
    unexplained: dict[Path, list[Problem]] = {}
    for path in paths:
        folder = bundle_folder_of(path)
        if folder is not None and folder not in unexplained:
            unexplained[folder] = audit(folder)
            problems += unexplained[folder]
        try:
            ready = prepare(path)
            translate(ready)
            if has_source(ready.bundle.path):
                read_source(ready.bundle.path)
            read_confidence(ready.bundle)
            if has_calibration(ready.bundle):
                read_calibration(ready.bundle)
        except InputError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            continue
        if folder is not None and unexplained[folder]:
            continue
        language = language_of(lang, ready.scenario.lang)
        warn(language, [*ready.scenario.warnings, *ready.bundle.parks.notices])
        echo(
            text(language, "cli.checked", path=path, name=ready.scenario.title(language), id=ready.run_id,
                 parks=len(ready.bundle.parks), levers=len(ready.scenario.policies), targets=len(ready.targets))
        )  # fmt: skip
    if problems:
        raise InputError(problems)


@click.command(help=word("help.show"))
@click.argument("scenario", type=SCENARIO)
@click.option("--toml", is_flag=True, help=word("option.toml"))
@LANG
def show(scenario: Path, toml: bool, lang: str | None) -> None:
    """The resolved scenario, each value with the file and line that it comes from."""
    from sim.report.width import cells, pad
    from sim.scenario.resolve import load_scenario
    from sim.scenario.show import resolved_toml, show_lines

    resolved = load_scenario(scenario)
    language = language_of(lang, resolved.lang)
    if toml:
        echo(resolved_toml(resolved))
        return
    lines = show_lines(resolved, language)
    widths = [max(cells(line[column]) for line in lines) for column in range(3)]
    for line in lines:
        echo("  ".join([*(pad(line[i], widths[i]) for i in range(3)), line.origin]).rstrip())
    warn(language, resolved.warnings)
