"""Test 10: every loop, opened alone, changes its named output by the documented sign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.confidence.behaviour import relative, signed
from sim.confidence.finding import Both, Figure, Finding, Note, outcome
from sim.confidence.lab import Lab, joined, written
from sim.confidence.spec import Loops

CODE = "loops"


def loops(lab: Lab) -> Finding:
    """By loop the change of its output when it is opened, in the run in which that shows."""
    spec = lab.spec.loops
    if spec is None:
        return outcome(CODE, (), [Note("missing.section", {"section": "loops"})])
    return outcome(CODE, _figures(lab, spec), notes=[Note("loops.year", {"year": spec.year})])


def _figures(lab: Lab, spec: Loops) -> Iterator[Figure]:
    on = lab.under([loop.set for loop in spec.loop], spec.year)
    off = lab.under([joined(loop.set, loop.off) for loop in spec.loop], spec.year)
    for loop, closed, opened in zip(spec.loop, on, off, strict=True):
        change = relative(lab, loop.output, closed, opened, spec.year)
        values = {
            "code": loop.code, "name": Both(loop.name_zh, loop.name_en), "output": lab.named(loop.output),
            "off": written(loop.off), "run": written(loop.set) or Note("levers.none"),
            "key": loop.output,
        }  # fmt: skip
        inert = abs(change) < spec.least
        remark = Note("loops.inert", {"least": f"{100 * spec.least:g}%"}) if inert else None
        figure = signed(Note("loops.opened", values), change, loop.sign, spec.least, remark)
        yield figure if not inert or loop.sign == 0 else _failed(figure)


def _failed(figure: Figure) -> Figure:
    """A loop with the right sign that changes nothing to speak of is no loop."""
    return replace(figure, passed=False)
