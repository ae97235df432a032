"""Test 5: the step is fine enough: half of it, and the Runge-Kutta method, give the same totals and verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from sim.confidence.finding import Figure, Finding, Note, held, outcome, reported
from sim.confidence.lab import Lab, Run
from sim.confidence.scenarios import prepared
from sim.confidence.spec import Integration
from sim.engine.interface import StudyInputs
from sim.results import build
from sim.study import Prepared, judge
from sim.targets.rows import TargetRow

CODE = "integration"
TOLD = 12
"""Verdicts that are told by name."""


def integration(lab: Lab) -> Finding:
    """Totals of the base run and of every scenario at half the step and with Runge-Kutta; verdicts likewise."""
    spec = lab.spec.integration
    if spec is None:
        return outcome(CODE, (), [Note("missing.section", {"section": "integration"})])
    ready = prepared(lab)
    studies = {"": lab.study().inputs} | {name: one.study.inputs for name, one in ready.items()}
    runs = dict(zip(studies, lab.together(list(studies.values())), strict=True))
    half = dict(zip(studies, lab.together([_halved(study) for study in studies.values()]), strict=True))
    curved = dict(zip(studies, lab.together([_curved(study) for study in studies.values()]), strict=True))
    figures = [*_totals(lab, spec, runs, half, Note("integration.half"), 1.0)]
    # Euler's error is twice what half the step takes away, so Runge-Kutta may differ by twice as much
    figures += _totals(lab, spec, runs, curved, Note("integration.rk4"), 2.0)
    verdicts = {name: judge(one, _dataset(one, runs[name]))[0] for name, one in ready.items()}
    for other, how in ((half, Note("integration.half")), (curved, Note("integration.rk4"))):
        rows = {name: judge(one, _dataset(one, other[name]))[0] for name, one in ready.items()}
        figures += _verdicts(verdicts, rows, how, spec.within)
    reasons = () if ready else [Note("missing.scenarios")]
    return outcome(CODE, figures, reasons, [Note("integration.margin")])


def prepare(lab: Lab) -> None:
    """Build the kernel of the Runge-Kutta method, unless that is done already."""
    lab.ensemble(_curved(lab.study().inputs))


def _halved(study: StudyInputs) -> StudyInputs:
    return replace(study, step=study.step / 2)


def _curved(study: StudyInputs) -> StudyInputs:
    return replace(study, method="rk4")


def _totals(
    lab: Lab, spec: Integration, runs: Mapping[str, Run], others: Mapping[str, Run], how: Note, times: float
) -> Iterator[Figure]:
    """By output the largest change of its total in any year of any scenario."""
    for output in spec.totals:
        one = lab.bundle.outputs[output]
        moved = {name: _moved(run, others[name], one.variable) for name, run in runs.items()}
        worst = max(moved, key=moved.__getitem__)
        values = {"output": lab.named(output), "how": how, "scenario": worst or Note("levers.none")}
        yield held(Note("integration.total", values), moved[worst], high=times * spec.within, unit="percent")


def _moved(run: Run, other: Run, variable: str) -> float:
    """Largest change of a total in any year, relative to its value of that year.

    A sum that begins at nothing is measured against its last value: in its first months any method's error is large
    beside it, and says nothing.
    """
    before, after = run.total(variable).to_numpy(), other.total(variable).to_numpy()
    scale = np.abs(before) if before[0] else np.full(len(before), np.abs(before[-1]))
    return float((np.abs(after - before)[scale > 0] / scale[scale > 0]).max(initial=0.0))


def _dataset(ready: Prepared, run: Run) -> xr.Dataset:
    arrays = {spec.variable: run[spec.variable] for spec in ready.bundle.outputs.values()}
    return build(ready.bundle, ready.study, arrays, ready.provenance)


def _verdicts(
    before: Mapping[str, tuple[TargetRow, ...]], after: Mapping[str, tuple[TargetRow, ...]], how: Note, within: float
) -> Iterator[Figure]:
    """Verdicts that change although their value isn't within the error of the bar, and those that may."""
    changed: list[str] = []
    marked: list[str] = []
    for name, rows in before.items():
        for row, other in zip(rows, after[name], strict=True):
            if row.verdict != other.verdict:
                moved = f"{name} {row.id}: {row.verdict} -> {other.verdict}"
                (marked if near(row, other, within) else changed).append(moved)
    count = sum(map(len, before.values()))
    for code, told, high in (("integration.changed", changed, 0.0), ("integration.marked", marked, None)):
        remark = Note("words", {"words": "; ".join(told[:TOLD])}) if told else None
        values = {"count": count, "how": how}
        if high is None:
            yield reported(Note(code, values), len(told), "count", remark)
        elif count:
            yield held(Note(code, values), len(told), high=high, unit="count", remark=remark)


def near(row: TargetRow, other: TargetRow, within: float) -> bool:
    """Whether the error of integration may carry a target across its bar.

    Its value stands so near the bar in the target year, or in the year from which on one of the two says it is met.
    """
    bars = [bar for bar in (row.target_low, row.target_high) if bar is not None]
    years = {row.year, row.year_reached, other.year_reached}
    values = [row.path[year] for year in years if year is not None and year in row.path]
    return any(abs(value - bar) <= within * max(abs(bar), abs(value)) for value in values for bar in bars)
