"""Commands about figures: plot, whence."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.errors import InputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import Language, text

DIMENSIONS = ("park", "league", "industry", "pollutant", "tier")
"""Options that choose labels, each of the dimension of its name."""


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a selection."""
    for dim in reversed(DIMENSIONS):
        command = click.option(f"--{dim}", multiple=True, metavar="NAME", help=word(f"option.plot_{dim}"))(command)
    return command


@click.command(help=word("help.plot"))
@click.argument("folder", type=SCENARIO)
@click.argument("variables", nargs=-1)
@_choosing
@click.option("--only", multiple=True, metavar="5", help=word("option.only"))
@click.option("--output", type=SCENARIO, help=word("option.plot_output"))
@click.option("--width", type=click.FloatRange(73, 400), metavar="MM", help=word("option.width"))
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["png", "svg", "pdf"]), help=word("option.format")
)
@click.option("--style", type=SCENARIO, metavar="FILE.mplstyle", help=word("option.plot_style"))
@click.option("--name-parks", is_flag=True, help=word("option.name_parks"))
@LANG
def plot(
    folder: Path,
    variables: Sequence[str],
    only: Sequence[str],
    output: Path | None,
    width: float | None,
    formats: Sequence[str],
    style: Path | None,
    name_parks: bool,
    lang: str | None,
    **chosen: Sequence[str],
) -> None:
    """The figures again from a stored result, or variables of it."""
    from sim.publish import FIGURES, open_study
    from sim.report.ensemble_files import is_ensemble
    from sim.report.plots.write import Drawing

    asked = {dim: labels for dim, labels in chosen.items() if labels}
    _refuse_mixed(asked, variables, only)
    own: Any = None
    if style is not None:
        from sim.report.plots.own_style import read_style

        own = read_style(style)
    how = Drawing(only, formats or ("png", "svg"), width, name_parks, own)
    if is_ensemble(folder):
        _of_ensemble(folder, variables, output or folder / FIGURES, lang, how)
        return
    if variables:
        _variables(folder, variables, asked, output or folder / FIGURES, lang, how)
        return
    from sim.redraw import redraw

    stored = open_study(folder)
    language = language_of(lang, str(stored.manifest.get("lang", "")))
    if name_parks:
        tell(text(language, "cli.name_parks"))
    for path in redraw(stored, output or folder / FIGURES, language, how):
        echo(str(path))


def _refuse_mixed(asked: Mapping[str, Sequence[str]], variables: Sequence[str], only: Sequence[str]) -> None:
    """A selection is one of variables; figures of the default set and variables are drawn one after the other."""
    problems = [] if variables else [Problem(None, "select_alone", {"option": f"--{dim}"}) for dim in asked]
    if variables and only:
        problems.append(Problem(None, "select_only"))
    if problems:
        raise InputError(problems)


def _of_ensemble(folder: Path, variables: Sequence[str], target: Path, lang: str | None, how: Any) -> None:
    """Figures of an ensemble, which holds no single variables."""
    from sim.analysis.ensemble_figures import redraw_ensemble
    from sim.report.ensemble_files import open_ensemble

    if variables:
        raise InputError([Problem(Place(folder), "ensemble_plot_variables")])
    stored = open_ensemble(folder)
    for path in redraw_ensemble(stored, target, language_of(lang, stored.lang), how):
        echo(str(path))


def _variables(
    folder: Path, names: Sequence[str], asked: Mapping[str, Sequence[str]], target: Path, lang: str | None, how: Any
) -> None:
    """Figures of variables, for which no target is judged."""
    from sim.folder import read_manifest
    from sim.recall import open_kept
    from sim.redraw import redraw_variables

    kept = open_kept(folder)
    language = language_of(lang, str((read_manifest(folder) or {}).get("lang", "")))
    if how.name_parks:
        tell(text(language, "cli.name_parks"))
    for path in redraw_variables(kept, names, asked, target, language, how, _teller(language)):
        echo(str(path))


def _teller(language: Language) -> Callable[[str], None]:
    keys = {"run": "cli.plot_run", "compile": "cli.plot_compile"}
    return lambda what: tell(text(language, keys.get(what, f"cli.notice_{what}")))


@click.command(help=word("help.whence"))
@click.argument("figure", type=SCENARIO)
@click.option("--json", "as_json", is_flag=True, help=word("option.whence_json"))
@LANG
def whence(figure: Path, as_json: bool, lang: str | None) -> None:
    """What a figure's file says of the run behind it, and how to make it again."""
    from sim.whence import record, told
    from sim.whence import whence as look

    found = look(figure)
    if as_json:
        echo(json.dumps(record(found), ensure_ascii=True, indent=1))
        return
    for line in told(found, language_of(lang)):
        echo(line)
