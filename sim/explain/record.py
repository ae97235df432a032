"""An explanation for programs: everything, numbers unformatted, ``null`` where there is none."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.drivers import Driver
from sim.errors import Place
from sim.explain.calculation import Calculation, Term
from sim.explain.conditions import Element, Tally
from sim.explain.explain import Explanation
from sim.explain.inputs import Coverage, Input
from sim.explain.page import fallen, words_of
from sim.explain.page_inputs import ordered
from sim.explain.park import ParkPart, Share
from sim.explain.parts import Breakdown
from sim.explain.terms import written
from sim.explain.totals import totals_of
from sim.explain.words import Words
from sim.levers import Lever
from sim.parameters import Parameter
from sim.parks.columns import Column
from sim.schedule import Schedule
from sim.targets.rows import columns, readings_columns
from sim.targets.target import Constant
from sim.words.catalogue import Language
from sim.words.sources import source_text

Record = dict[str, object]


def record(found: Explanation, lang: Language) -> Record:
    """Everything that the page says, and every element that it leaves out."""
    words, row = words_of(found, lang), found.row
    expression = found.target.main.expression
    return {
        "run_id": row.run_id,
        "folder": str(found.stored.folder),
        "bundle": str(found.bundle.path),
        "bundle_is_kept_copy": found.kept,
        "target": {name: _plain(getattr(row, name)) for name in columns()},
        "path": _path(row.path),
        "missed_again": fallen(found),
        "restatement": row.restatement_zh if lang == "zh" else row.restatement_en,
        "definition": words.phrase(expression.root) if expression else None,
        "expression": row.expression or None,
        "expression_place": _place(found.place),
        "readings": [{name: _plain(getattr(one, name)) for name in readings_columns()} for one in row.readings],
        "calculation": _calculation(found.calculation, words),
        "totals": _totals(found, lang),
        "inputs": [_input(one, found, lang) for one in ordered(found, words)],
        "effect_runs": None if found.effects is None else sum(map(len, found.effects.values())),
        "park": _park(found.park),
    }


def _totals(found: Explanation, lang: Language) -> Record:
    """By column of the park table where its sum comes from."""
    return {
        key: {"value": one.value, "origin": one.origin, "source": one.source_in(lang), "low": one.low,
              "high": one.high, "place": _place(one.place)}
        for key, one in totals_of(found.bundle).items()
        if any((known.kind, known.key) == ("column", key) for known in found.inputs)
    }  # fmt: skip


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if hasattr(value, "item"):  # a scalar of numpy
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Schedule):
        return [[year, number] for year, number in value]
    return value if isinstance(value, bool | int | str | None) else str(value)


def _path(path: Mapping[int, float]) -> Record:
    return {str(year): _plain(value) for year, value in path.items()}


def _place(place: Place | None) -> Record | None:
    return None if place is None else {"file": str(place.file), "line": place.line}


def _calculation(one: Calculation | None, words: Words) -> Record | None:
    if one is None:
        return None
    return {
        "formula": one.text, "words": words.phrase(one.cut.tree), "year": one.year, "base_year": one.base,
        "terms": [_term(term, words) for term in one.terms],
    }  # fmt: skip


def _term(term: Term, words: Words) -> Record:
    return {
        "letter": term.letter,
        "expression": term.text,
        "words": words.phrase(term.node),
        "unit": words.unit(term.unit_of) if term.unit_of else None,
        "outputs": list(term.outputs),
        "path": _path(term.path),
        "breakdowns": [_breakdown(one) for one in term.breakdowns],
        "counted": _tally(term.tally),
        "picked_from": [{key: _plain(getattr(one, key)) for key in ("label", "kind", "value", "picked")}
                        for one in term.candidates],
        "picked": _calculation(term.picked, words),
    }  # fmt: skip


def _breakdown(one: Breakdown) -> Record:
    keys = ("kind", "label", "within", "base", "value", "elements")
    return {"by": one.by, "through": one.through or None,
            "parts": [{key: _plain(getattr(part, key)) for key in keys} for part in one.parts]}  # fmt: skip


def _tally(tally: Tally | None) -> Record | None:
    if tally is None:
        return None
    tests = [
        {"value": test.text, "bars": [[bar.sign, written(bar.node)] for bar in test.bars], "passing": passing}
        for test, passing in zip(tally.tests, tally.passing, strict=True)
    ]
    return {"tests": tests, "elements": [_element(one) for one in tally.elements]}


def _element(one: Element) -> Record:
    tests = [{"value": _plain(test.value), "bars": [_plain(bar) for bar in test.bars], "holds": test.holds}
             for test in one.tests]  # fmt: skip
    return {**one.labels, "counted": one.holds, "distance": _plain(one.distance), "since": one.since, "tests": tests}


def _input(one: Input, found: Explanation, lang: Language) -> Record:
    told: Record = {"kind": one.kind, "key": one.key, "steps": one.steps, "place": _place(one.place)}
    zh, spec = lang == "zh", one.spec
    if isinstance(one.value, Coverage):
        told |= {"total": _plain(one.value.total), "parks_by_origin": dict(one.value.parks),
                 "estimated_share": _plain(one.value.estimated)}  # fmt: skip
    else:
        told["value"] = _plain(one.value)
    if isinstance(spec, Lever):
        told |= {"name": spec.name(lang), "unit": spec.units_zh if zh else spec.units, "no_policy": spec.no_policy}
    elif isinstance(spec, Driver):
        told |= {"name": spec.name(lang), "unit": spec.units_zh if zh else spec.units}
        if one.path is not None:
            note = one.path.note_zh if zh else one.path.note_en
            told |= {"origin": one.path.origin, "source": source_text(one.path.source, lang), "note": note}
            told["values"] = _plain(one.path.values)
    elif isinstance(spec, Parameter):
        told |= {"name": spec.meaning(lang), "unit": spec.units, "low": _plain(spec.low), "high": _plain(spec.high),
                 "origin": spec.origin, "source": spec.source_in(lang), "reliability": spec.reliability}  # fmt: skip
    elif isinstance(spec, Column):
        told |= {"name": spec.name(lang), "unit": spec.units_zh if zh else spec.units}
    elif isinstance(spec, Constant):
        told |= {"name": spec.meaning_zh if zh else spec.meaning_en, "unit": spec.unit, "origin": spec.origin,
                 "source": source_text(spec.source, lang)}  # fmt: skip
    told["usual_place"] = _place(one.usual)
    effects = (found.effects or {}).get((one.kind, one.key), ())
    told["effects"] = [{"case": e.case, "value": _plain(e.value), "holds": e.holds} for e in effects]
    return told


def _park(part: ParkPart | None) -> Record | None:
    if part is None:
        return None
    cells = [{"column": cell.column.key, "value": _plain(cell.value), "origin": cell.origin or None}
             for cell in part.cells]  # fmt: skip
    return {
        "park": part.park, "name_zh": part.name_zh, "name_en": part.name_en, "level": part.level,
        "league": part.league, "host": part.host or None, "members": list(part.members),
        "shares": [_share(share) for share in part.shares], "own": _path(part.own), "meets": part.meets,
        "table": cells, "place": _place(part.place),
    }  # fmt: skip


def _share(share: Share) -> Record:
    return {
        "term": share.letter, "park": share.park, "path": _path(share.path), "rank": share.rank, "among": share.among,
        "industries": [{"industry": one.label, "base": _plain(one.base), "value": _plain(one.value)}
                       for one in share.parts],
        "counted": None if share.element is None else _element(share.element),
        "near": [_element(one) for one in share.near],
    }  # fmt: skip
