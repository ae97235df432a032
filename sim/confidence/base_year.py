"""Test 1: the base year is the published one, and a run that starts in balance stays in balance."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims
from sim.bundle import Bundle
from sim.confidence.finding import Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab, Run
from sim.confidence.ratio import name_of, ratio
from sim.confidence.spec import Balance, BaseYear
from sim.errors import InputError, Place, Problem

CODE = "base-year"
PUBLISHED = "published.csv"
SMALLEST = 1e-9
"""Elements below this in the base year have no ratio to speak of: an industry that a park doesn't have."""

_BAR = re.compile(r"(\w+)>=([\d.]+)")


def base_year(lab: Lab) -> Finding:
    """Published totals and counts of the base year, and balanced growth."""
    figures: list[Figure] = []
    reasons: list[Note] = []
    spec, path = lab.spec, lab.bundle.path / PUBLISHED
    if spec.base_year is None:
        reasons.append(Note("missing.section", {"section": "base_year"}))
    elif not path.is_file():
        reasons.append(Note("missing.file", {"file": PUBLISHED}))
    elif not lab.bundle.parks.shipped:
        reasons.append(Note("missing.own_table"))
    else:
        figures += _totals(lab, spec.base_year, path)
    if spec.balance is None:
        reasons.append(Note("missing.section", {"section": "balance"}))
    else:
        figures += _balance(lab, spec.balance)
    return outcome(CODE, figures, reasons)


def _totals(lab: Lab, spec: BaseYear, path: Path) -> Iterator[Figure]:
    bundle, run = lab.bundle, lab.base
    known = {total.column: total for total in spec.total}
    for number, row in enumerate(_rows(path), start=2):
        if row["use"] != "total":
            continue
        column, published = row["column"], _number(row["value"], path, number)
        counted = _count(bundle, run, spec, column)
        if counted is not None:
            yield held(Note("base.count", {"column": column}), counted, published, published, "count")
        elif column in known:
            total = known[column]
            variable = bundle.outputs[total.output].variable
            measured = float(run.total(variable)[0]) / (total.times * published) - 1.0
            what = Note("base.total", {"output": lab.named(total.output)})
            yield held(what, abs(measured), high=spec.within, unit="percent")
        elif column in bundle.parks.frame.columns:
            measured = float(bundle.parks.values(column).sum()) / published - 1.0
            yield held(Note("base.table", {"column": column}), abs(measured), high=spec.within, unit="percent")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if not {"column", "use", "value"} <= set(reader.fieldnames or ()):
            raise InputError([Problem(Place(path, 1), "confidence_columns", {"columns": "column, use, value"})])
        yield from reader


def _number(text: str, path: Path, line: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError([Problem(Place(path, line), "confidence_number", {"found": text})]) from None


def _count(bundle: Bundle, run: Run, spec: BaseYear, column: str) -> float | None:
    """What is counted rather than summed: all parks, those of a level, above a bar, or with a flag."""
    table = bundle.parks.frame
    if column == "zones":
        return float(len(table))
    if column.startswith("level:"):
        return float((table["level"] == column.removeprefix("level:")).sum())
    over = _BAR.fullmatch(column)
    if over:
        output = next((total.output for total in spec.total if total.column == over[1]), None)
        if output is None:
            return None
        return float((run[bundle.outputs[output].variable].isel(time=0) >= float(over[2])).sum())
    flag = column in table.columns and table[column].dtype.kind in "iub"
    return float(table[column].sum()) if flag else None


def _balance(lab: Lab, spec: Balance) -> Iterator[Figure]:
    run = lab.under([spec.set], spec.until)[0]
    for one in spec.ratio:
        what = Note("base.ratio", {"ratio": name_of(one), "until": spec.until})
        yield held(what, drift(ratio(run, one)), high=spec.within, unit="percent")


def drift(values: xr.DataArray) -> float:
    """Largest relative departure of any element from its first value.

    >>> drift(xr.DataArray([[1.0, 1.0, 1.1], [0.0, 0.0, 0.0]], dims=("park", "time")))  # doctest: +ELLIPSIS
    0.10...
    """
    plain = values.transpose(dims.TIME, ...).to_numpy()
    present = np.abs(plain[0]) > SMALLEST
    if not present.any():
        return float("nan")
    first = plain[0][present]
    return float(np.abs(plain[:, present] / first - 1.0).max())
