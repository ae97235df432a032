"""Test 4: the model keeps its senses under conditions that never were: nothing, everything, and anything between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sim.confidence.finding import Both, Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab, Run, blocks_of
from sim.confidence.random_levers import random_studies
from sim.confidence.spec import Change, Expect, Extreme, Extremes
from sim.engine.compiled_engine import Ensemble
from sim.engine.covered import equations_of
from sim.engine.run import Block
from sim.model.mdl_text import constants_of

CODE = "extremes"
NONE = 1e-6
"""What counts as nothing, relative to the largest value of the base run."""

ROUNDING = 1e-9
"""What a share may pass its ends by, and a stock may fall below nought relative to its largest value."""


def extremes(lab: Lab) -> Finding:
    """The bundle's extreme conditions, every lever without policy, and draws with all levers at random."""
    spec = lab.spec.extremes
    if spec is None:
        return outcome(CODE, [_no_policy(lab)], [Note("missing.section", {"section": "extremes"})])
    senses = Senses(lab, spec)
    figures = [_no_policy(lab)]
    runs = lab.under([case.set for case in spec.case])
    for case, run in zip(spec.case, runs, strict=True):
        figures += _case(lab, case, run)
        figures += senses.figures(senses.of(run.ensemble, run.block), Note("extremes.in_case", _named(case)))
    figures += _draws(lab, senses)
    return outcome(CODE, figures)


def stocks(lab: Lab) -> list[str]:
    """The stocks that the model file names, in its own words."""
    found = equations_of(lab.text, lab.engine.cache).variables
    named = {entry.name for entry in lab.bundle.entries}
    return [name for name, variable in found.items() if variable.kind == "stock" and name in named]


def _named(case: Extreme) -> Mapping[str, object]:
    return {"name": Both(case.name_zh, case.name_en)}


def _no_policy(lab: Lab) -> Figure:
    """Levers that change a bit at the value at which they should do nothing: set by a scenario, or left to the file."""
    levers = {key: lever.no_policy for key, lever in lab.bundle.levers.items()}
    changes = {key: Change(levers={key: value}) for key, value in levers.items()}
    changes["*"] = Change(levers=levers)
    own = constants_of(lab.bundle.entries)
    for key, lever in lab.bundle.levers.items():
        if lever.variable in own:  # what a run of the model file by itself takes
            changes[f"{key} (park.mdl)"] = Change(series={lever.variable: float(own[lever.variable].right)})
    runs = lab.under(changes.values())
    moved = [key for key, run in zip(changes, runs, strict=True) if not run.same(lab.base)]
    remark = Note("words", {"words": ", ".join(moved)}) if moved else None
    return held(Note("extremes.no_policy", {"count": len(levers)}), len(moved), high=0, unit="count", remark=remark)


def _case(lab: Lab, case: Extreme, run: Run) -> Iterator[Figure]:
    for expect in case.expect:
        if expect.must == "same as base":
            moved = 0 if run.same(lab.base) else 1
            yield held(Note("extremes.same", _named(case)), moved, high=0, unit="count")
            continue
        yield _expected(lab, case, expect, run)


def _expected(lab: Lab, case: Extreme, expect: Expect, run: Run) -> Figure:
    values = {**_named(case), "variable": expect.variable, "year": _years(expect)}
    last = [int(run.times[-1]) if expect.year is None else expect.year]
    if expect.must in ("below base", "above base"):
        before, after = (float(one.total(expect.variable).sel(time=last).sum()) for one in (lab.base, run))
        change = after / before - 1.0
        below = expect.must == "below base"
        return held(Note("extremes.total", values), change, None if below else 0.0, 0.0 if below else None, "percent")
    array = run[expect.variable]
    chosen = array if expect.year is None else array.sel(time=[expect.year])
    if expect.must == "none":
        scale = float(np.abs(lab.base[expect.variable]).max()) or 1.0
        return held(Note("extremes.none", values), float(np.abs(chosen).max()) / scale, high=NONE)
    least = expect.must == "at least"
    value = float(chosen.min() if least else chosen.max())
    note = Note("extremes.least" if least else "extremes.most", values)
    bound = (expect.bound or 0.0) + (-ROUNDING if least else ROUNDING)
    return held(note, value, bound if least else None, None if least else bound)


def _years(expect: Expect) -> Note | int:
    """The year that is meant: of a comparison the last, of anything else all."""
    if expect.year is not None:
        return expect.year
    return Note("years.last" if expect.must in ("below base", "above base") else "years.all")


class Senses:
    """What no run may lose: numbers that are numbers, stocks that aren't negative, shares between 0 and 1."""

    def __init__(self, lab: Lab, spec: Extremes) -> None:
        self.stocks = [name for name in stocks(lab) if name not in spec.signed]
        self.shares = spec.shares

    def of(self, ensemble: Ensemble, block: Block) -> dict[str, int]:
        """Runs of a block that lost one, by which and where."""
        found: dict[str, int] = {}
        broken = np.asarray(~np.isfinite(block.values).all(axis=(0, 1)))
        self._note(found, "nan", broken)
        with np.errstate(invalid="ignore"):
            for name in self.stocks:
                values = _flat(ensemble, block, name)
                bar = -ROUNDING * np.abs(values).max(axis=0)
                self._note(found, name, (values.min(axis=0) < bar) & ~broken)
            for name in self.shares:
                values = _flat(ensemble, block, name)
                out = (values.min(axis=0) < -ROUNDING) | (values.max(axis=0) > 1.0 + ROUNDING)
                self._note(found, name, out & ~broken)
        return found

    @staticmethod
    def _note(found: dict[str, int], name: str, lost: np.ndarray) -> None:
        if lost.any():
            found[name] = found.get(name, 0) + int(lost.sum())

    def figures(self, lost: Mapping[str, int], where: Note) -> Iterator[Figure]:
        """Runs without numbers, and variables that left their range."""
        values = {"where": where, "stocks": len(self.stocks), "shares": len(self.shares)}
        yield held(Note("extremes.nan", values), lost.get("nan", 0), high=0, unit="count")
        left = {name: count for name, count in lost.items() if name != "nan"}
        told = ", ".join(f"{name} ({count})" for name, count in left.items())
        remark = Note("words", {"words": told}) if left else None
        yield held(Note("extremes.senses", values), len(left), high=0, unit="count", remark=remark)


def _flat(ensemble: Ensemble, block: Block, name: str) -> np.ndarray:
    values = ensemble.take(block, name)
    return values.reshape(-1, values.shape[-1])


def _draws(lab: Lab, senses: Senses) -> Iterator[Figure]:
    lost: dict[str, int] = {}
    runs = 0
    for inputs, draws, courses in random_studies(lab):
        ensemble = lab.ensemble(inputs, draws, courses)
        for block in blocks_of(ensemble):
            runs += block.runs
            for name, count in senses.of(ensemble, block).items():
                lost[name] = lost.get(name, 0) + count
    yield from senses.figures(lost, Note("extremes.in_draws", {"runs": runs}))
