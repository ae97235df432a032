"""Commands about figures: plot, whence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, word
from sim.report.safe_print import echo
from sim.words.catalogue import text


@click.command(help=word("help.plot"))
@click.argument("folder", type=SCENARIO)
@click.option("--only", multiple=True, metavar="5", help=word("option.only"))
@click.option("--output", type=SCENARIO, help=word("option.plot_output"))
@click.option("--width", type=click.FloatRange(73, 400), metavar="MM", help=word("option.width"))
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(["png", "svg", "pdf"]), help=word("option.format")
)
@click.option("--name-parks", is_flag=True, help=word("option.name_parks"))
@LANG
def plot(
    folder: Path,
    only: Sequence[str],
    output: Path | None,
    width: float | None,
    formats: Sequence[str],
    name_parks: bool,
    lang: str | None,
) -> None:
    """The figures again, from a stored result."""
    from sim.publish import FIGURES, open_study
    from sim.redraw import redraw
    from sim.report.plots.write import Drawing

    stored = open_study(folder)
    language = language_of(lang, str(stored.manifest.get("lang", "")))
    if name_parks:
        tell(text(language, "cli.name_parks"))
    target = output or folder / FIGURES
    how = Drawing(only, formats or ("png", "svg"), width, name_parks)
    for path in redraw(stored, target, language, how):
        echo(str(path))


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
