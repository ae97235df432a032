"""Commands that set up a place to work: new, parks."""

from __future__ import annotations

from pathlib import Path

import click

from sim.cli.frame import LANG, SCENARIO, language_of, word
from sim.errors import OutputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import text

RECONSTRUCTION = ("reconstruct.py", "reconstruction.toml", "roster.csv", "published.csv", "SOURCES.md")
"""What tells of the shipped park table only, and would overwrite an own one if it were run."""


@click.command(help=word("help.new"))
@click.argument("folder", type=SCENARIO)
@click.option("--parks", type=SCENARIO, metavar="FILE.xlsx", help=word("option.parks"))
@LANG
def new(folder: Path, parks: Path | None, lang: str | None) -> None:
    """A working folder with bundle and scenarios, with an own park table if there is one."""
    from sim.parks.columns import FILE, read_columns
    from sim.parks.mapping import import_lines, mapping_rows
    from sim.parks.own import import_table, write_parks
    from sim.parks.read import read_parks
    from sim.report.csv_tables import csv_bytes
    from sim.starter.source import bundle_folder, copy_starter

    language = language_of(lang)
    columns = read_columns(bundle_folder() / FILE)
    imported = None
    if parks is not None:
        # read before anything is written: a mistake in the table must leave nothing behind
        imported = import_table(parks, columns, read_parks(bundle_folder() / "parks.csv", columns))
    bundle = copy_starter(folder)
    if imported is not None:
        write_parks(imported.table(), bundle / "parks.csv")
        for name in RECONSTRUCTION:
            (bundle / name).unlink(missing_ok=True)
        rows = mapping_rows(imported, columns, language)
        (bundle / "parks-mapping.csv").write_bytes(csv_bytes(rows[0], rows[1:]))
        for line in import_lines(imported, columns, language):
            echo(line)
    echo(text(language, "cli.new", folder=folder))


@click.command(help=word("help.parks"))
@click.option("--template", type=SCENARIO, metavar="FILE.xlsx", required=True, help=word("option.template"))
@LANG
def parks(template: Path, lang: str | None) -> None:
    """The empty form of the park table, as a workbook to fill in."""
    import io

    from sim.folder import write_whole
    from sim.parks.columns import FILE, read_columns
    from sim.parks.template import template as form
    from sim.starter.source import bundle_folder

    language = language_of(lang)
    if template.suffix.lower() != ".xlsx":
        raise OutputError([Problem(Place(template), "not_xlsx")])
    if template.exists():
        raise OutputError([Problem(Place(template), "file_exists")])
    buffer = io.BytesIO()
    form(read_columns(bundle_folder() / FILE), language).save(buffer)
    write_whole(template, buffer.getvalue())
    echo(text(language, "cli.template", file=template))
