"""Commands that set up a place to work: new, parks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from sim.cli.frame import LANG, SCENARIO, language_of, word
from sim.errors import InputError, OutputError, Place, Problem
from sim.report.safe_print import echo
from sim.words.catalogue import Language, text

RECONSTRUCTION = ("evidence.csv", "reconstruction.toml", "roster.csv", "published.csv", "SOURCES.md")
"""What tells of the shipped park table only: without these files nothing redraws an own one."""


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
@click.option("--template", type=SCENARIO, metavar="FILE.xlsx", help=word("option.template"))
@click.option("--reconstruct", type=SCENARIO, metavar="BUNDLE", help=word("option.reconstruct"))
@click.option("--evidence", type=SCENARIO, metavar="BUNDLE", help=word("option.evidence"))
@click.option("--seed", type=int, metavar="N", help=word("option.parks_seed"))
@click.option("--reading", type=click.Choice(["nested", "disjoint"]), help=word("option.reading"))
@click.option("--value-added", type=float, metavar="X", help=word("option.value_added"))
@click.option("--output", type=SCENARIO, metavar="FILE.csv", help=word("option.parks_output"))
@LANG
def parks(
    template: Path | None,
    reconstruct: Path | None,
    evidence: Path | None,
    seed: int | None,
    reading: str | None,
    value_added: float | None,
    output: Path | None,
    lang: str | None,
) -> None:
    """The park table: its empty form to fill in, a draw of the bundle's own table, or what speaks for the draws."""
    language = language_of(lang)
    _one_of({"--template": template, "--reconstruct": reconstruct, "--evidence": evidence})
    drawing = {"--seed": seed, "--reading": reading, "--value-added": value_added, "--output": output}
    if reconstruct is None:
        _unused(drawing, "--reconstruct")
    if template is not None:
        _template(template, language)
    if evidence is not None:
        _evidence(evidence, language)
    if reconstruct is not None:
        if output is None:
            raise InputError([Problem(None, "parks_needs", {"option": "--reconstruct", "needed": "--output"})])
        _reconstruct(reconstruct, (seed, reading, value_added), output, language)


def _one_of(options: Mapping[str, object]) -> None:
    if sum(value is not None for value in options.values()) != 1:
        raise InputError([Problem(None, "parks_one", {"options": ", ".join(options)})])


def _unused(options: Mapping[str, object], needed: str) -> None:
    given = [option for option, value in options.items() if value is not None]
    if given:
        raise InputError(Problem(None, "parks_unused", {"option": option, "needed": needed}) for option in given)


def _new_file(path: Path, suffix: str, wrong: str) -> None:
    """Refuse a name that ends otherwise, and to write over a file."""
    if path.suffix.lower() != suffix:
        raise OutputError([Problem(Place(path), wrong)])
    if path.exists():
        raise OutputError([Problem(Place(path), "file_exists")])


def _template(file: Path, language: Language) -> None:
    """The empty form of the park table, as a workbook to fill in."""
    import io

    from sim.folder import write_whole
    from sim.parks.columns import FILE, read_columns
    from sim.parks.template import template as form
    from sim.starter.source import bundle_folder

    _new_file(file, ".xlsx", "not_xlsx")
    buffer = io.BytesIO()
    form(read_columns(bundle_folder() / FILE), language).save(buffer)
    write_whole(file, buffer.getvalue())
    echo(text(language, "cli.template", file=file))


def _reconstruct(
    bundle: Path, asked: tuple[int | None, str | None, float | None], output: Path, language: Language
) -> None:
    """A draw of a bundle's park table, from its data files alone."""
    from sim.folder import write_whole
    from sim.reconstruct.draw import asked_draw
    from sim.reconstruct.ground import ground_of
    from sim.reconstruct.source import read_source
    from sim.reconstruct.table import rows_of, table_bytes

    _new_file(output, ".csv", "not_csv")
    ground = ground_of(read_source(bundle))
    draw = asked_draw(ground, *asked)
    write_whole(output, table_bytes(rows_of(ground, draw)))
    echo(text(language, "cli.reconstructed", file=output, parks=ground.size, seed=draw.seed, reading=draw.reading,
              value_added=f"{draw.value_added:g}"))  # fmt: skip


def _evidence(bundle: Path, language: Language) -> None:
    """Published values of single zones beside the range of the reconstructions, what doesn't fit first."""
    from sim.parks.columns import FILE as COLUMNS
    from sim.parks.columns import read_columns
    from sim.reconstruct.evidence import FILE, read_evidence, weighed
    from sim.reconstruct.ground import ground_of
    from sim.reconstruct.source import read_source
    from sim.report.evidence_table import evidence_table

    source = read_source(bundle)
    found = weighed(ground_of(source), read_evidence(bundle / FILE, source))
    echo(evidence_table(found, source, read_columns(bundle / COLUMNS), language))
