"""What decides a target, written into its output folder: table, workbook, figures, the manifest."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from sim.analysis.indices import LEVEL, RESAMPLES
from sim.analysis.sensitivity import HIGH, LOW
from sim.folder import RESOLVED, manifest_bytes, output_folder
from sim.provenance import keep_inputs, manifest
from sim.publish import FIGURES
from sim.report.csv_tables import csv_bytes
from sim.report.decided import BOUND, COLUMNS, RESULTS, Decided, check, lines_of, sentences
from sim.report.workbook_decided import decided_workbook
from sim.scenario.show import resolved_toml
from sim.study import Prepared
from sim.words.catalogue import Language

TABLE, WORKBOOK = "sensitivity.csv", "sensitivity.xlsx"


def write_sensitivity(
    prepared: Prepared, decided: Decided, target: Path, lang: Language, *, plots: bool = True
) -> None:
    """Write everything into ``target``, which is replaced whole or not at all.

    Raises
    ------
    InputError
        ``font_missing``: no font for the figures.
    OutputError
        If the folder is not this program's, cannot be written, or a file in it is open elsewhere.
    """
    with output_folder(target) as folder:
        (folder / TABLE).write_bytes(csv_bytes(COLUMNS, lines_of(decided)))
        (folder / WORKBOOK).write_bytes(decided_workbook(decided, lang))
        if plots:
            from sim.report.plots.decided import write_decided  # matplotlib, which --no-plots doesn't need

            (folder / FIGURES).mkdir()
            write_decided(decided, prepared.provenance, folder / FIGURES, lang, (LOW, HIGH))
        (folder / RESOLVED).write_text(resolved_toml(prepared.scenario, target), encoding="utf-8", newline="\n")
        keep_inputs(prepared.bundle, folder, draws=prepared.scenario.uncertainty.draws)
        fields = manifest(prepared.bundle, prepared.scenario, prepared.chosen.engine)
        fields |= {"kind": "sensitivity", "sensitivity": _design(decided)}
        (folder / "manifest.json").write_bytes(manifest_bytes(fields))


def _design(decided: Decided) -> dict[str, object]:
    """Design, checks and answer, with the version of the library that computes the indices."""
    screened = decided.screened
    checks = {
        result: {"enough": found.enough, "widest": found.width, "rank_moved": [one.name_en for one in found.moved]}
        for result in RESULTS
        if decided.varies(result)
        for found in [check(decided, result)]
    }
    return {
        "target": decided.row.id,
        "method": decided.method,
        "points": decided.points,
        "points_used": dict(decided.used),
        "runs": decided.runs,
        "failed": decided.failed,
        "seed": decided.seed,
        "varied": [factor.name_en for factor in decided.factors],
        "screening": None if screened is None else {
            "method": "morris", "trajectories": screened.trajectories, "runs": screened.runs,
            "held": list(screened.left_out),
        },
        "probability": decided.probability,
        "interval": {"level": LEVEL, "resamples": RESAMPLES, "bound": BOUND},
        "tornado_quantiles": [LOW, HIGH],
        "checks": checks,
        "answer_en": sentences(decided, "en"),
        "answer_zh": sentences(decided, "zh"),
        "SALib": version("SALib"),
    }  # fmt: skip
