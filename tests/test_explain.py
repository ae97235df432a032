"""Explanations: the arithmetic gives the value, parts add up, elements are those counted, effects are those of runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pytest

from sim.bundle import load_bundle
from sim.errors import InputError
from sim.explain.calculation import Calculation, Calculator
from sim.explain.elements import Board
from sim.explain.park import check_park, park_part
from sim.explain.parts import adds_up
from sim.explain.terms import written
from sim.targets.evaluate import evaluate_targets
from sim.targets.expressions import parse_expression
from sim.targets.recorded import recorded
from sim.targets.series import Evaluator
from sim.targets.spec import read_targets
from sim.targets.syntax import Binary
from sim.targets.target import Target
from tests.datasets import BUNDLE, synthetic_results

RESULTS = synthetic_results(parks=24, seed=3)
TARGETS = [one for one in read_targets(BUNDLE / "targets.toml", list(RESULTS.data_vars)) if one.main.expression]
ROWS = {row.id: row for row in evaluate_targets(RESULTS, TARGETS, {})}
COMPUTED = [one for one in TARGETS if ROWS[one.id].value_2020 is not None]


def calculator_of(target: Target) -> Calculator:
    record = recorded(RESULTS)
    interpreter = Evaluator(record).interpreter(target, target.main)
    assert target.main.expression
    interpreter.series(target.main.expression)
    constants = {name: one.value for name, one in target.vocabulary.constants.items()}
    definitions = {name: one.root for name, one in target.vocabulary.definitions.items()}
    return Calculator(interpreter, Board(record), constants, definitions)


def calculation_of(target: Target) -> tuple[Calculator, Calculation]:
    calculator = calculator_of(target)
    assert target.main.expression
    return calculator, calculator.of(target.main.expression.root, target.main.rule.year)


def bare(node: Any) -> Any:
    """A tree without the columns where its parts were written, chains of ``and`` and ``or`` flat."""
    if isinstance(node, Binary) and node.operator in ("and", "or"):
        sides = (bare(node.left), bare(node.right))
        flat = [side[1] if isinstance(side, tuple) and side[0] == node.operator else [side] for side in sides]
        return node.operator, flat[0] + flat[1]
    if isinstance(node, tuple):
        return tuple(map(bare, node))
    if not is_dataclass(node):
        return node
    return type(node).__name__, [bare(getattr(node, one.name)) for one in fields(node) if one.name != "column"]


def expressions() -> Iterator[tuple[str, Target]]:
    for target in TARGETS:
        for reading in (target.main, *target.readings):
            if reading.expression:
                yield reading.expression.text, target
    yield from ((one.text, TARGETS[0]) for one in TARGETS[0].vocabulary.definitions.values())
    for text in ("-(1 - 2 - 3) / (4 / 5)", 'nth(output[not (industry == "metals" or key24)], 3)', "all(gdp > 1, park)",
                 "(1 + 2) * -sum(gdp) < 3", "at(sum(gdp), 2018) - (2 - 1)"):  # fmt: skip
        yield text, TARGETS[0]


@pytest.mark.parametrize(("text", "target"), list(expressions()))
def test_an_expression_written_again_means_the_same(text: str, target: Target) -> None:
    names = [*target.vocabulary.constants, *target.vocabulary.definitions]
    root = parse_expression(text, list(map(str, RESULTS.data_vars)), names).root
    again = parse_expression(written(root), list(map(str, RESULTS.data_vars)), names).root
    assert bare(again) == bare(root)


@pytest.mark.parametrize("target", COMPUTED, ids=lambda one: one.id)
def test_terms_give_the_value_and_parts_add_up(target: Target) -> None:
    calculator, found = calculation_of(target)
    year, row = found.year, ROWS[target.id]
    value = calculator.with_terms(found.cut.tree, {term.letter: term.path for term in found.terms})
    assert value == pytest.approx(dict(row.path), rel=1e-12, abs=1e-12)
    for term in found.terms:
        for one in term.breakdowns:
            assert adds_up(one.parts, one.total), (term.text, one.by)
            if term.function in ("sum", "count", "mean"):
                assert math.isclose(one.total, term.path[year], rel_tol=1e-9, abs_tol=1e-9)
            regions = {part.label: part for part in one.whole}
            if one.by == "place":
                for label, region in regions.items():
                    inside = [part.value for part in one.parts if part.within == label]
                    assert math.isclose(math.fsum(inside), region.value, rel_tol=1e-9, abs_tol=1e-9)
        if term.tally is not None:
            counted, there = len(term.tally.counted), len(term.tally.elements)
            expected = counted if term.function == "count" else counted / there if term.function == "share" else None
            assert expected is None or term.path[year] == pytest.approx(expected)
            for element in term.tally.elements:
                assert element.holds == all(test.holds for test in element.tests)
                assert element.distance == 0 or (element.distance > 0) == element.holds
                assert element.since is None or (element.since <= year) == element.holds
        if term.picked is not None:
            inner = {one.letter: one.path for one in term.picked.terms}
            assert calculator.with_terms(term.picked.cut.tree, inner)[year] == pytest.approx(term.path[year])


def test_every_kind_of_term_is_among_them() -> None:
    terms = [term for target in COMPUTED for term in calculation_of(target)[1].terms]
    functions = {term.function for term in terms}
    assert {"sum", "count", "share", "mean", "max", "max_per", "zones", "parks", ""} <= functions
    assert {"place", "level", "industry"} <= {one.by for term in terms for one in term.breakdowns}
    assert any(term.picked for term in terms)


def test_parts_by_industry_through_another_output() -> None:
    """An output that another one adds up to, park by park, falls into that one's industries."""
    results = RESULTS.assign(gdp=RESULTS.value_added.sum("industry").assign_attrs(RESULTS.gdp.attrs))
    target = next(one for one in TARGETS if one.id == "T01")
    record = recorded(results)
    interpreter = Evaluator(record).interpreter(target, target.main)
    assert target.main.expression
    found = Calculator(interpreter, Board(record), {}, {}).of(target.main.expression.root, 2020)
    industries = next(one for one in found.terms[0].breakdowns if one.by == "industry")
    assert (industries.through, len(industries.parts)) == ("value_added", 6)
    assert adds_up(industries.parts, found.terms[0].path[2020])


def test_zones_count_at_their_host() -> None:
    """P005 joins P001 in 2018: its part of a count of zones is that of the host."""
    target = next(one for one in TARGETS if one.id == "T06")
    calculator, found = calculation_of(target)
    part = park_part(calculator, found, target.main.rule, _bundle_of_results(), "P005", [])
    assert (part.host, part.members, part.shares[0].park) == ("P001", ("P001", "P005"), "P001")
    element = part.shares[0].element
    assert element
    together = RESULTS.revenue.sel(park=["P001", "P005"], time=2020).sum()
    assert element.tests[0].value == pytest.approx(float(together))


def grown(values: np.ndarray) -> float:
    return float(values[-1] / values[0])


@pytest.mark.parametrize(
    ("id_", "own"),
    [
        ("T02", lambda d: 100 * ((d.gdp[-1] / d.gdp[0]) ** 0.2 - 1)),
        ("T14", lambda d: 100 * d.emerging[-1] / d.gdp[-1]),
        ("T21", lambda d: 100 * (max(grown(d.energy), grown(d.water)) / grown(d.gdp) - 1)),
        ("T01", None),
        ("T08", None),
        ("T15", None),
        ("T27", None),
    ],
)
def test_a_target_for_one_park(id_: str, own: Callable[[Any], float] | None) -> None:
    """The target is computed for a park alone where its bar can be held against one, and not where it can't."""
    target = next(one for one in TARGETS if one.id == id_)
    calculator, found = calculation_of(target)
    part = park_part(calculator, found, target.main.rule, _bundle_of_results(), "P002", ["output"])
    if own is None:
        assert (part.own, part.meets) == ({}, None)
    else:
        of = RESULTS.isel(run=0).sel(park="P002", time=[2015, 2020])
        data = type("Data", (), {
            "gdp": of.gdp.values, "emerging": of.value_added.sel(industry="emerging").values,
            "energy": of.energy_use.sum("industry").values, "water": of.water_use.sum("industry").values,
        })  # fmt: skip
        assert part.own[2020] == pytest.approx(own(data))
        assert part.meets is not None
    for share in part.shares:
        assert share.rank is None or 1 <= share.rank <= share.among


def _bundle_of_results() -> Any:
    """The shipped bundle with the ids of the made-up parks."""
    bundle = load_bundle(BUNDLE)
    ids = [f"P{number:03d}" for number in range(1, 25)]
    frame, origins = (one.iloc[:24].set_axis(ids) for one in (bundle.parks.frame, bundle.parks.origins))
    return replace(bundle, parks=replace(bundle.parks, frame=frame, origins=origins))


@pytest.mark.parametrize(
    ("named", "meant"),
    [("P4", "P41"), ("包头稀土高新技术产业开发区", "P04"), ("", None), ("p04", "P04"), ("xyzzy 99", None)],
)
def test_a_park_that_is_not_there(named: str, meant: str | None) -> None:
    with pytest.raises(InputError) as refused:
        check_park(load_bundle(BUNDLE), named)
    (problem,) = refused.value.problems
    assert problem.code == "explain_park"
    assert meant is None or problem.suggestion == meant
