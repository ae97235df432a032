"""A comparison of ensembles written into its output folder: table, workbook, figures, the manifest."""

from __future__ import annotations

from pathlib import Path

from sim.analysis.compare_ensembles import ComparedEnsembles
from sim.folder import manifest_bytes, output_folder
from sim.provenance import LIBRARIES, now
from sim.publish import FIGURES
from sim.report.csv_tables import csv_bytes
from sim.report.ensemble_files import StoredEnsemble
from sim.report.sides_rows import COLUMNS, lines_of
from sim.report.workbook_sides import write_sides
from sim.words.catalogue import Language

TABLE, WORKBOOK = "comparison.csv", "comparison.xlsx"


def write_compared_ensembles(compared: ComparedEnsembles, target: Path, lang: Language, *, plots: bool = True) -> None:
    """Write everything of a comparison into ``target``, which is replaced whole or not at all.

    Raises
    ------
    InputError
        ``font_missing``: no font for the figures.
    OutputError
        If the folder cannot be written.
    """
    sides = compared.sides
    with output_folder(target) as folder:
        (folder / TABLE).write_bytes(csv_bytes(COLUMNS, lines_of(sides)))
        write_sides(folder / WORKBOOK, sides, compared.differences, lang)
        if plots:
            from sim.report.plots.sides import write_figures  # matplotlib, which --no-plots doesn't need

            (folder / FIGURES).mkdir()
            write_figures(sides, [_attrs(one) for one in compared.stored.values()], folder / FIGURES, lang)
        first = next(iter(compared.stored.values())).attrs
        told = {"runs": sides.runs, "first_run": sides.first_run, "last_run": sides.last_run, "seed": sides.seed,
                "design": sides.design, "failed": {name: side.failed for name, side in sides.of.items()},
                "calibration": {name: side.calibration.code for name, side in sides.of.items()},
                "folders": {name: one.folder.as_posix() for name, one in compared.stored.items()}}  # fmt: skip
        fields = {"kind": "comparison", "runs": {name: side.run_id for name, side in sides.of.items()},
                  "sim_version": first.get("sim_version", ""), "lang": lang, "created": now(),
                  "libraries": list(LIBRARIES), "compared_ensembles": told}  # fmt: skip
        (folder / "manifest.json").write_bytes(manifest_bytes(fields))


def _attrs(one: StoredEnsemble) -> dict[str, str]:
    """Where an ensemble comes from, with what makes it again on the command line."""
    asked = {"runs": one.told.get("design_size"), "tables": one.told.get("park_tables")}
    return {**one.attrs, **{key: str(value) for key, value in asked.items() if value is not None}}
