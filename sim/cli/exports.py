"""The command that writes a scenario as a file for other programs: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.frame import LANG, SCENARIO, language_of, tell, warn, word
from sim.errors import InputError
from sim.report.safe_print import echo
from sim.words.catalogue import text

if TYPE_CHECKING:
    from sim.export.scenario_file import Format, Request
    from sim.study import Prepared


@click.command(help=word("help.export"))
@click.argument("scenario", type=SCENARIO)
@click.option("--format", "kind", type=click.Choice(["mdl", "csv", "xlsx", "nc"]), help=word("option.export_format"))
@click.option("--output", type=SCENARIO, required=True, metavar="FILE", help=word("option.export_output"))
@click.option("--park", metavar="ID", help=word("option.export_park"))
@click.option("--flatten", is_flag=True, help=word("option.export_flatten"))
@LANG
def export(
    scenario: Path, kind: Format | None, output: Path, park: str | None, flatten: bool, lang: str | None
) -> None:
    """Write a scenario as one file; what the format needs is run first."""
    from sim.export.scenario_file import Request, content
    from sim.folder import write_whole

    request = Request(output, kind, park, flatten)
    prepared = _prepared(scenario, request, lang)
    language = language_of(lang, prepared.scenario.lang)
    warn(language, [*prepared.scenario.warnings, *prepared.bundle.parks.notices])
    made = content(request, prepared, language, lambda key, values: tell(text(language, key, **values)))
    write_whole(output, made)
    echo(text(language, "cli.written", folder=output))


def _prepared(scenario: Path, request: Request, lang: str | None) -> Prepared:
    """The scenario, with what is wrong in it and in the request told at once."""
    from sim.cli.outcomes import Notice
    from sim.export.scenario_file import check
    from sim.study import prepare

    try:
        prepared = prepare(scenario, notice=Notice(lang))
    except InputError as error:
        raise InputError([*request.problems(), *error.problems]) from None
    check(request, prepared)
    return prepared
