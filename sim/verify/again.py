"""A scenario or an ensemble that has been run again, held against what a folder holds."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.analysis.ensemble_result import EnsembleResult
from sim.analysis.write_ensemble import bands_dataset, runs_dataset
from sim.publish import REFERENCE, TARGETS_CSV
from sim.report.csv_tables import read_targets_csv
from sim.report.ensemble_files import BANDS, RUNS
from sim.results import FILE as RESULTS
from sim.study import Outcome
from sim.targets.rows import TargetRow
from sim.verify.difference import Difference
from sim.verify.numbers import Comparison, compare
from sim.verify.stored import Stored, dataset_of


@dataclass(frozen=True)
class Again:
    """What came of running again.

    Parameters
    ----------
    run_id
        Identifier of this run.
    files
        By file of the folder, its numbers against those of this run; a file that cannot be read is missing.
    differences
        Numbers and verdicts that differ.
    """

    run_id: str
    files: Mapping[str, Comparison]
    differences: tuple[Difference, ...]

    @property
    def numbers(self) -> int:
        """How many numbers were compared."""
        return sum(found.numbers for found in self.files.values())


def run_again(stored: Stored, outcome: Outcome, when: str) -> Again:
    """A run against the results of a folder.

    Parameters
    ----------
    when
        ``replay``: from the inputs of the folder; ``now``: from the files as they are now.
    """
    made = {RESULTS: outcome.results}
    if outcome.reference is not None:
        made[REFERENCE] = outcome.reference
    files = {}
    for name, dataset in made.items():
        before = dataset_of(stored, name)
        if before is not None:
            files[name] = compare(before, dataset)
    told = [*_numbers(files, when), *moved_verdicts(stored, outcome.rows, when)]
    if RESULTS not in files:
        told.append(Difference("numbers", "no_numbers", {"file": RESULTS}))
    return Again(outcome.prepared.run_id, files, tuple(told))


def ensemble_again(stored: Stored, result: EnsembleResult) -> Again:
    """An ensemble against the results of a folder."""
    files, told = {}, []
    for name, dataset in {RUNS: runs_dataset(result), BANDS: bands_dataset(result)}.items():
        before = dataset_of(stored, name)
        if before is None:
            told.append(Difference("numbers", "no_numbers", {"file": name}))
            continue
        codes = [one["verdict"].values for one in (before, dataset) if "verdict" in one]
        moved = int((codes[0] != codes[1]).sum()) if len(codes) == 2 and codes[0].shape == codes[1].shape else 0
        if moved:
            told.append(Difference("verdicts", "ensemble_verdicts", {"count": moved}))
        files[name] = compare(*(one.drop_vars("verdict", errors="ignore") for one in (before, dataset)))
    return Again(result.prepared.run_id, files, (*_numbers(files, "replay"), *told))


def _numbers(files: Mapping[str, Comparison], when: str) -> list[Difference]:
    """The largest difference of each file, and what only one side has."""
    told = []
    for name, found in files.items():
        for code, only in (("only_before", found.only_before), ("only_after", found.only_after)):
            if only:
                more = "" if len(only) <= 3 else " …"
                told.append(Difference("numbers", code, {"file": name, "names": ", ".join(only[:3]) + more}))
        one = found.largest
        if one is not None and not found.same:
            values = {
                "file": name, "output": one.output, "where": _where(one.element, one.year),
                "percent": f"{100 * one.relative:.3g}", "relative": one.relative,
                "before": one.before, "after": one.after,
            }  # fmt: skip
            told.append(Difference("numbers", f"largest_{when}", values))
    return told


def _where(element: str, year: int | None) -> str:
    return ", ".join(part for part in (element, "" if year is None else str(year)) if part)


def moved_verdicts(stored: Stored, rows: Sequence[TargetRow], when: str) -> list[Difference]:
    """Targets whose verdict is another one than the folder's ``targets.csv`` says."""
    if TARGETS_CSV in stored.damaged:
        return []
    try:
        old = {row["id"]: row for row in read_targets_csv(stored.folder / TARGETS_CSV)}
    except (OSError, UnicodeError, csv.Error, KeyError):
        return []
    told = []
    for row in rows:
        before = old.get(row.id)
        if before is None:
            continue
        was = _verdict(before.get("verdict", ""), before.get("year_reached", ""))
        now = _verdict(row.verdict, str(row.year_reached or ""))
        if was != now:
            values = {"id": row.id, "name_zh": row.name_zh, "name_en": row.name_en,
                      "verdict_before": was, "verdict_after": now}  # fmt: skip
            told.append(Difference("verdicts", f"verdict_{when}", values))
    return told


def _verdict(code: str, year: str) -> str:
    return f"{code} {year}" if code == "late" else code
