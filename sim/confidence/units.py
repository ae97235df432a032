"""Test 2: every variable has a unit, and an independent checker finds no contradiction between them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.util import find_spec

from sim.bundle import MODEL, Bundle
from sim.confidence.finding import Figure, Finding, Note, held, outcome
from sim.confidence.lab import Lab

CODE = "units"
CHECKER = "simlin"
SHOWN = 5
"""Contradictions that are told word by word."""


def units(lab: Lab) -> Finding:
    """Units of the model file as it is, before a park table is bound to it."""
    figures = [_all_have_one(lab.bundle)]
    reasons = []
    if find_spec(CHECKER) is None:
        reasons.append(Note("units.no_checker"))
    else:
        figures += _contradictions(lab.bundle)
    return outcome(CODE, figures, reasons)


def _all_have_one(bundle: Bundle) -> Figure:
    last = {entry.name: entry for entry in bundle.entries if not entry.is_subscript}
    bare = sorted(name for name, entry in last.items() if not entry.units)
    remark = Note("words", {"words": ", ".join(bare[:SHOWN])}) if bare else None
    return held(Note("units.missing", {"count": len(last)}), len(bare), high=0, unit="count", remark=remark)


def _contradictions(bundle: Bundle) -> Iterator[Figure]:
    """What pysimlin's ``check`` finds; its ``check_units`` alone is known to miss some."""
    import simlin

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        issues = [str(issue.message) for issue in simlin.load(bundle.path / MODEL).check()]
    told = "; ".join(issues[:SHOWN])
    remark = Note("words", {"words": told}) if issues else None
    yield held(Note("units.contradictions"), len(issues), high=0, unit="count", remark=remark)
