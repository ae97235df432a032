"""Test 6: what each lever does, by sign and size, with the response of the market and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sim.confidence.finding import Both, Figure, Finding, Note, held, outcome, reported, shown
from sim.confidence.lab import Lab, Run, joined
from sim.confidence.spec import NOTHING, Behaviours, Change
from sim.levers import Lever

CODE = "behaviour"
NOUGHT = 1e-9
"""Relative change that counts as none."""


def behaviour(lab: Lab) -> Finding:
    """The signed table of the bundle, and the bite of every lever at full force."""
    spec = lab.spec.behaviour
    if spec is None:
        return outcome(CODE, (), [Note("missing.section", {"section": "behaviour"})])
    changes = [Change(levers=case.levers) for case in spec.case]
    ends = [(key, value) for key, lever in lab.bundle.levers.items() for value in _ends(lever, len(lab.bundle.parks))]
    changes += [Change(levers={key: value}) for key, value in ends]
    both = [NOTHING, *changes]
    open_, closed = (
        lab.under([joined(response, change) for change in both], spec.year)
        for response in (NOTHING, spec.without_response)
    )
    figures = [*_table(lab, spec, open_, closed)]
    after = 1 + len(spec.case)
    figures += _bite(lab, spec, ends, open_[0], open_[after:])
    return outcome(CODE, figures, notes=[Note("behaviour.year", {"year": spec.year})])


def _ends(lever: Lever, parks: int) -> Iterator[Any]:
    """The values of a lever farthest from no policy; of a number of parks or zones also half of them."""
    if lever.kind == "switch":
        yield not lever.no_policy
    elif lever.kind == "choice":
        yield from (choice for choice in lever.choices if choice != lever.no_policy)
    else:
        half = () if lever.variable else (parks // 2,)
        numbers = [value for value in (lever.low, lever.high, *half) if value != lever.no_policy]
        yield from (round(value) if lever.kind == "integer" else value for value in numbers)


def relative(lab: Lab, output: str, base: Run, run: Run, year: int) -> float:
    """Change of an output's total in a year against another run; 1 where it was nothing."""
    variable = lab.bundle.outputs[output].variable
    before, after = (float(one.total(variable).sel(time=year)) for one in (base, run))
    return after / before - 1.0 if before else float(after != before)


def signed(what: Note, value: float, sign: int, none: float, remark: Note | None = None) -> Figure:
    """A relative change that must have a sign; 0: it must be smaller than what counts as ``none``.

    >>> [signed(Note("x"), -0.1, sign, 0.01).passed for sign in (-1, 0, 1)]
    [True, False, False]
    """
    bars = {-1: (None, -NOUGHT), 0: (-none, none), 1: (NOUGHT, None)}
    told = {-1: "< 0", 0: f"0 ± {shown(none, 'percent')}", 1: "> 0"}
    return replace(held(what, value, *bars[sign], "percent", remark), told=told[sign])


def _table(lab: Lab, spec: Behaviours, open_: list[Run], closed: list[Run]) -> Iterator[Figure]:
    for number, case in enumerate(spec.case, start=1):
        for effect in case.effect:
            without = effect.sign if effect.without_response is None else effect.without_response
            for runs, sign, response in ((open_, effect.sign, "with"), (closed, without, "without")):
                values = {
                    "name": Both(case.name_zh, case.name_en), "output": lab.named(effect.output),
                    "response": Note(f"behaviour.{response}"), "key": effect.output,
                }  # fmt: skip
                change = relative(lab, effect.output, runs[0], runs[number], spec.year)
                before = float(runs[0].total(lab.bundle.outputs[effect.output].variable).sel(time=spec.year))
                remark = None if before else Note("behaviour.from_nothing")
                yield signed(Note("behaviour.effect", values), change, sign, spec.bite, remark)


def _bite(
    lab: Lab, spec: Behaviours, ends: list[tuple[str, Any]], base: Run, runs: list[Run]
) -> Iterator[Figure]:
    """By lever the largest effect on a main output; named where that, or the effect on the first of them, is none."""
    strongest: dict[str, tuple[float, str, Any]] = {}
    on_first: dict[str, float] = {}
    for (key, value), run in zip(ends, runs, strict=True):
        for output in spec.main:
            change = relative(lab, output, base, run, spec.year)
            if key not in strongest or abs(change) > abs(strongest[key][0]):
                strongest[key] = (change, output, value)
            if output == spec.main[0] and abs(change) >= abs(on_first.get(key, 0.0)):
                on_first[key] = change
    for key, (change, output, value) in sorted(strongest.items(), key=lambda item: abs(item[1][0])):
        lever = lab.bundle.levers[key]
        values = {
            "lever": Both(lever.name_zh, lever.name_en), "key": key, "value": f"{value:g}" if lever.numeric else value,
            "output": lab.named(output),
        }  # fmt: skip
        yield reported(Note("behaviour.strongest", values), change, "percent", _weak(lab, spec, change, on_first[key]))


def _weak(lab: Lab, spec: Behaviours, change: float, on_first: float) -> Note | None:
    """What is said of a lever whose largest effect is none, or none on the first of the main outputs."""
    bite = {"bite": f"{100 * spec.bite:g}%"}
    if abs(change) < spec.bite:
        return Note("behaviour.no_bite", bite)
    first = {"output": lab.named(spec.main[0]), "change": shown(on_first, "percent")}
    return Note("behaviour.no_bite_on", bite | first) if abs(on_first) < spec.bite else None
