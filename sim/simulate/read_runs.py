"""A table of runs: one row per run, columns named as Vensim names elements; every mistake with line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sim.errors import InputError, Place, Problem
from sim.simulate.aligned import Refusal
from sim.simulate.columns import Given, Target, number_of, shown, target_of
from sim.simulate.params import ByRun
from sim.simulate.variables import Described

RUN_COLUMN = "run"
MOST_BYTES = 500_000_000
MOST_TOLD = 50
"""Problems of one file that are told; a column of text in ten thousand rows is one mistake."""


def read_runs(path: Path, variables: Mapping[str, Described]) -> Given:
    """The numbers of a table of runs, by target one for each run.

    The table is CSV (UTF-8, or GB 18030 as Excel writes it in Chinese): a header, then one line per run. A column
    ``Run`` labels the runs; else they are numbered from 1.

    Raises
    ------
    InputError
        With every unknown, doubled or missing column name, every line of another length than the header, and every
        cell that holds no number.
    """
    rows = _rows(path)
    problems: list[Problem] = []
    (line, header), *body = rows
    reader = _Header(path, line, variables, problems)
    targets = [reader.target(place, name) for place, name in enumerate(header, start=1)]
    if not reader.targets and not problems:
        problems.append(Problem(Place(path, line), "runs_no_columns"))
    if not body:
        problems.append(Problem(Place(path, line), "runs_no_rows"))
    values = np.full((len(body), len(header)), np.nan)
    for row, (line, cells) in enumerate(body):
        if len(cells) != len(header):
            counts = {"found": len(cells), "expected": len(header)}
            problems.append(Problem(Place(path, line), "runs_ragged", counts))
            continue
        for place, (target, cell) in enumerate(zip(targets, cells, strict=True)):
            number = number_of(cell) if target else 0.0
            values[row, place] = np.nan if number is None else number
            if number is None:
                what = {"column": shown(target) if target else "", "found": cell.strip()[:40]}
                problems.append(Problem(Place(path, line), "runs_number" if cell.strip() else "runs_empty", what))
    labels = _labels(reader.run, path, body, problems)
    if problems:
        more = len(problems) - MOST_TOLD
        rest = [Problem(Place(path), "runs_more", {"count": more})] if more > 0 else []
        raise InputError([*problems[:MOST_TOLD], *rest])
    return {
        target: ByRun(values[:, place], np.asarray(labels))
        for place, target in enumerate(targets)
        if target is not None
    }


@dataclass
class _Header:
    path: Path
    line: int
    variables: Mapping[str, Described]
    problems: list[Problem]
    run: int | None = None
    targets: set[Target] = field(default_factory=set)

    def target(self, place: int, name: str) -> Target | None:
        """What a column is for; ``None`` for the one of labels, and where its name is wrong."""
        where = Place(self.path, self.line)
        if name.strip().lower() == RUN_COLUMN and self.run is None:
            self.run = place - 1
            return None
        if not name.strip():
            self.problems.append(Problem(where, "runs_column_empty", {"column": place}))
            return None
        try:
            target = target_of(name, self.variables)
        except Refusal as refusal:
            problem = refusal.problem
            self.problems.append(Problem(where, problem.code, problem.values, problem.suggestion))
            return None
        if target in self.targets:
            self.problems.append(Problem(where, "runs_column_twice", {"column": name.strip()}))
        self.targets.add(target)
        return target


def _labels(
    column: int | None, path: Path, body: Sequence[tuple[int, list[str]]], problems: list[Problem]
) -> list[int] | list[str]:
    if column is None:
        return list(range(1, len(body) + 1))
    seen: dict[str, int] = {}
    for line, cells in body:
        label = cells[column].strip() if column < len(cells) else ""
        if label in seen or not label:
            code = "runs_label_twice" if label else "runs_label_empty"
            problems.append(Problem(Place(path, line), code, {"label": label, "line": seen.get(label, 0)}))
        seen.setdefault(label, line)
    labels = list(seen)
    whole = all(label.isascii() and label.isdigit() and str(int(label)) == label for label in labels)
    return [int(label) for label in labels] if whole else labels


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Lines that aren't blank, each with its number in the file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError([Problem(Place(path), "runs_too_large", {"limit": MOST_BYTES // 1_000_000})])
        raw = path.read_bytes()
    except OSError as error:
        raise InputError([Problem(Place(path), "runs_unreadable", {"reason": error.strerror or error})]) from None
    reader = csv.reader(io.StringIO(_text(raw, path), newline=""), strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError([Problem(Place(path, line), "runs_csv", {"reason": str(error)})]) from None
    if not rows:
        raise InputError([Problem(Place(path), "runs_blank")])
    return rows


def _text(raw: bytes, path: Path) -> str:
    if b"\x00" not in raw:
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise InputError([Problem(Place(path), "runs_encoding")])
