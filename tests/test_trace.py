"""The plain interpreter of equations: known solutions, order of convergence, memory, and where a run broke."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from math import cos, exp, inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.kernel import Method
from sim.engine.trace import evaluate
from sim.engine.trace_failure import Failure, first_failure
from sim.engine.trace_values import OPERATIONS
from sim.errors import EngineError, InputError, Problem
from sim.model.ir import (
    OPERATORS,
    Clock,
    Clocks,
    Equation,
    Equations,
    Expression,
    Index,
    Kind,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Role,
    Variable,
)
from sim.model.order import initial_order, order, reads
from sim.model.override import initial_name, override
from sim.words.catalogue import catalogue

TIME = Clock("time")
PARK = (("park", "park"),)
HERE = (Index("park"),)
RANGES = {"park": ("P1", "P2", "P3"), "industry": ("steel", "food")}

Term = Expression | str | float


def term(value: Term) -> Expression:
    """A name is a scalar variable, a float a number."""
    if isinstance(value, str):
        return Ref(value)
    return Number(value) if isinstance(value, float) else value


def op(name: str, *arguments: Term) -> Op:
    return Op(name, tuple(term(argument) for argument in arguments))


def rule(variable: str, role: Role, body: Term, line: int = 0) -> Equation:
    return Equation(variable, role, (), (), term(body), line)


def per_park(variable: str, role: Role, body: Term, line: int = 0) -> Equation:
    return Equation(variable, role, PARK, HERE, term(body), line)


def at(variable: str, place: int, body: Term) -> Equation:
    return Equation(variable, "value", (), (Index(None, (place,)),), term(body))


def model(equations: Sequence[Equation], *extra: Variable, axes: dict[str, tuple[str, ...]] | None = None) -> Equations:
    """A model whose variables follow from the roles of their equations."""
    kinds: dict[str, Kind] = {}
    for e in equations:
        kind: Kind = {"flow": "stock", "next": "held"}.get(e.role, "auxiliary")  # type: ignore[assignment]
        if e.role != "initial":
            kinds[e.variable] = kind
        else:
            kinds.setdefault(e.variable, "held")
    variables = {name: Variable(name, kind, (axes or {}).get(name, ())) for name, kind in kinds.items()}
    variables |= {variable.name: variable for variable in extra}
    return Equations(RANGES, variables, tuple(equations), Clocks(0.0, 1.0, 0.25, 1.0))


def run(
    equations: Equations, *keep: str, step: float = 0.25, end: float = 1.0, method: Method = "euler", **inputs: object
) -> list[Array]:
    grid = Grid(0.0, step, round(end / step))
    found = evaluate(equations, RunInputs(grid, **inputs), keep, method)  # type: ignore[arg-type]
    return [found[name] for name in keep]


def stock(name: str, start: Term, flow: Term) -> list[Equation]:
    return [rule(name, "initial", start), rule(name, "flow", flow)]


GROWTH = model([*stock("x", 1.0, op("multiply", "rate", "x"))], Variable("rate", "constant", values=(0.5,)))
LOGISTIC = model(stock("x", 0.1, op("multiply", "x", op("subtract", 1.0, "x"))))
OSCILLATOR = model([*stock("x", 1.0, "v"), *stock("v", 0.0, op("negative", "x"))])


def test_every_operator_has_a_function() -> None:
    assert OPERATIONS.keys() == OPERATORS.keys()


def test_growth_follows_its_closed_form() -> None:
    (x,) = run(GROWTH, "x")
    assert np.allclose(x, 1.125 ** np.arange(5), rtol=1e-15)
    (x,) = run(GROWTH, "x", method="rk4")
    h = 0.125
    assert np.allclose(x, (1 + h + h**2 / 2 + h**3 / 6 + h**4 / 24) ** np.arange(5), rtol=1e-15)


@pytest.mark.parametrize(("method", "expected"), [("euler", 1), ("rk4", 4)])
@pytest.mark.parametrize(
    ("equations", "exact"),
    [(LOGISTIC, 1 / (1 + 9 * exp(-2.0))), (OSCILLATOR, cos(2.0))],
    ids=["logistic", "oscillator"],
)
def test_order_of_convergence(equations: Equations, exact: float, method: Method, expected: int) -> None:
    coarse, fine = (abs(run(equations, "x", step=h, end=2.0, method=method)[0][-1] - exact) for h in (1 / 32, 1 / 64))
    assert np.log2(coarse / fine) == pytest.approx(expected, abs=0.1)


def test_time_in_the_stages_gives_simpsons_rule() -> None:
    (x,) = run(model(stock("x", 0.0, op("power", TIME, 3.0))), "x", step=1.0, end=2.0, method="rk4")
    assert x.tolist() == pytest.approx([0.0, 0.25, 4.0])


def test_values_are_kept_at_multiples() -> None:
    found = evaluate(GROWTH, RunInputs(Grid(2015.0, 0.25, 8, 4)), ["x", "rate"])
    assert found["x"].tolist() == pytest.approx([1.0, 1.125**4, 1.125**8])
    assert found["rate"].tolist() == [0.5, 0.5, 0.5]


def test_a_smooth_chain_lags_behind_its_input() -> None:
    rules = [rule("input", "value", op("where", op("greater", TIME, -1.0), 2.0, 0.0))]
    for name, before in (("one", "input"), ("two", "one"), ("three", "two")):
        rules += stock(name, 0.0, op("divide", op("subtract", before, name), 0.5))
    one, three = run(model(rules), "one", "three", end=0.75)
    assert one.tolist() == [0.0, 1.0, 1.5, 1.75]
    assert three.tolist() == [0.0, 0.0, 0.0, 0.25]


def test_held_variables_are_replaced_and_stay_put_in_the_stages() -> None:
    rules = [
        rule("last", "initial", 7.0),
        rule("last", "next", TIME),
        rule("first", "initial", op("add", "level", "doubled")),
        rule("doubled", "value", op("multiply", 2.0, "level")),
        *stock("level", 5.0, 1.0),
        *stock("total", 0.0, "last"),
    ]
    for method in ("euler", "rk4"):
        last, first, total = run(model(rules), "last", "first", "total", method=method)  # type: ignore[arg-type]
        assert last.tolist() == [7.0, 0.0, 0.25, 0.5, 0.75]
        assert first.tolist() == [15.0] * 5
        assert total.tolist() == [0.0, 1.75, 1.75, 1.8125, 1.9375]


@pytest.mark.parametrize(
    ("delay", "steps"), [(0.0, 1), (0.25, 1), (0.3, 1), (0.374, 1), (0.375, 2), (0.5, 2), (99.0, 5)]
)
def test_a_fixed_delay_gives_what_was(delay: float, steps: int) -> None:
    past = rule("past", "value", Past("x", (), Number(delay), Number(-1.0)))
    (found,) = run(model([past, rule("x", "value", op("multiply", TIME, TIME))]), "past")
    assert found.tolist() == ([-1.0] * steps + [(0.25 * k) ** 2 for k in range(5)])[:5]


def test_a_fixed_delay_is_taken_by_element_and_at_the_start() -> None:
    wait = Variable("wait", "constant", ("park",), (0.25, 0.5, 0.75))
    past = Past("x", HERE, op("add", Ref("wait", HERE), op("multiply", 9.0, TIME)), Ref("x", HERE))
    rules = [
        per_park("past", "value", past),
        per_park("x", "value", op("add", TIME, Ref("wait", HERE))),
        per_park("sum", "initial", 0.0),
        per_park("sum", "flow", Ref("past", HERE)),
    ]
    made = model(rules, wait, axes=dict.fromkeys(("past", "x", "sum"), ("park",)))
    (found,) = run(made, "past")
    assert found.T.tolist() == [[0.25, 0.25, 0.5, 0.75, 1.0], [0.5, 0.5, 0.5, 0.75, 1.0], [0.75] * 4 + [1.0]]
    early, late = run(made, "past", "sum", method="rk4")
    assert np.array_equal(early, found)
    assert np.allclose(np.diff(late, axis=0), 0.25 * found[:-1])


@pytest.mark.parametrize(
    ("x", "y"),
    [(-inf, 1.0), (-1.0, 1.0), (0.0, 1.0), (0.5, 2.0), (1.0, 3.0), (2.5, 2.0), (4.0, 0.0), (inf, 0.0), (nan, nan)],
)
def test_a_lookup_is_straight_between_its_points(x: float, y: float) -> None:
    table = Variable("table", "lookup", (), (1.0, 3.0, 2.0, 2.0, 0.0), (0.0, 1.0, 2.0, 3.0, 4.0))
    (found,) = run(model([rule("y", "value", Look("table", (), Number(x)))], table), "y")
    assert found[0] == pytest.approx(y, nan_ok=True)


def test_lookups_by_element_and_from_outside() -> None:
    table = Variable("table", "lookup", ("park",), (0.0, 1.0, 0.0, 2.0, 5.0, 5.0), (0.0, 1.0))
    made = model([per_park("y", "value", Look("table", HERE, TIME))], table, axes={"y": ("park",)})
    (found,) = run(made, "y", step=0.5)
    assert found.tolist() == [[0.0, 0.0, 5.0], [0.5, 1.0, 5.0], [1.0, 2.0, 5.0]]
    (found,) = run(made, "y", step=0.5, constants={"table": np.full((3, 2), 4.0)})
    assert found.tolist() == [[4.0] * 3] * 3


@pytest.mark.parametrize(
    ("operator", "rows", "whole"),
    [("sum", [3.0, 7.0, 11.0], 21.0), ("product", [2.0, 12.0, 30.0], 720.0), ("maximum", [2.0, 4.0, 6.0], 6.0)],
)
def test_reductions(operator: str, rows: list[float], whole: float) -> None:
    table = Variable("x", "constant", ("park", "industry"), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    inner, both = (("industry!", "industry"),), (("park!", "park"), ("industry!", "industry"))
    by_park = Reduce(operator, inner, Ref("x", (Index("park"), Index("industry!"))))  # type: ignore[arg-type]
    total = Reduce(operator, both, Ref("x", (Index("park!"), Index("industry!"))))  # type: ignore[arg-type]
    rules = [
        per_park("rows", "value", by_park),
        rule("whole", "value", total),
        per_park("count", "value", Reduce("sum", inner, Number(1.0))),
    ]
    found = run(model(rules, table, axes={"rows": ("park",), "count": ("park",)}), "rows", "whole", "count")
    assert [array[-1].tolist() for array in found] == [rows, whole, [2.0, 2.0, 2.0]]


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_sums_are_made_in_index_order(numbers: list[float]) -> None:
    made = model(
        [rule("total", "value", Reduce("sum", (("i", "park"),), Ref("x", (Index("i"),))))],
        Variable("x", "constant", ("park",), tuple(numbers)),
    )
    assert run(made, "total")[0][0] == (numbers[0] + numbers[1]) + numbers[2]


def test_positions_are_mapped_and_fixed() -> None:
    table = Variable("x", "constant", ("park", "industry"), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    turned = (("industry", "industry"), ("park", "park"))
    back = Index("park", (2, 1, 0))
    rules = [
        Equation("y", "value", turned, (Index("industry"), back), Ref("x", (Index("park"), Index("industry")))),
        per_park("z", "value", Ref("x", (back, Index(None, (1,))))),
    ]
    y, z = run(model(rules, table, axes={"y": ("industry", "park"), "z": ("park",)}), "y", "z")
    assert y[0].tolist() == [[5.0, 3.0, 1.0], [6.0, 4.0, 2.0]]
    assert z[0].tolist() == [6.0, 4.0, 2.0]


def test_active_initial_counts_for_first_values_only() -> None:
    rules = [
        rule("capacity", "value", op("multiply", 2.0, "use")),
        rule("capacity", "initial", 100.0),
        rule("use", "value", op("divide", "level", 4.0)),
        *stock("level", "capacity", 0.0),
    ]
    capacity, level = run(model(rules), "capacity", "level")
    assert (capacity[0], level[0]) == (50.0, 100.0)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (op("zidz", 1.0, 9e-7), 0.0),
        (op("zidz", 1.0, 2e-6), 500000.0),
        (op("xidz", 1.0, -9e-7, 3.0), 3.0),
        (op("xidz", 1.0, 4.0, 3.0), 0.25),
        (op("integer", -1.5), -1.0),
        (op("quantum", 7.5, 2.0), 6.0),
        (op("quantum", -7.5, 2.0), -6.0),
        (op("quantum", 7.5, 0.0), 7.5),
        (op("modulo", -7.5, 2.0), -1.5),
        (op("where", op("and", op("less", 1.0, 2.0), op("not", op("equal", 1.0, 2.0))), 5.0, 6.0), 5.0),
        (op("divide", -1.0, 0.0), -inf),
        (op("power", -1.0, 0.5), nan),
        (op("minimum", nan, 1.0), nan),
    ],
)
def test_operators(operation: Op, expected: float) -> None:
    assert run(model([rule("x", "value", operation)]), "x")[0][0] == pytest.approx(expected, nan_ok=True)


# --- order of evaluation


def test_elements_may_need_other_elements_of_their_variable() -> None:
    last = at("x", 2, op("add", Ref("x", (Index(None, (0,)),)), 1.0))
    made = model([last, at("x", 0, "c"), at("x", 1, 5.0), rule("c", "value", 1.0)], axes={"x": ("park",)})
    assert [e.body for e in order(made)][:2] == [Number(5.0), Number(1.0)]
    assert run(made, "x")[0][0].tolist() == [1.0, 5.0, 2.0]


def test_a_chain_along_a_range_is_taken_apart() -> None:
    ranges = (("later", "industry"),)
    chain = Equation(
        "x", "value", ranges, (Index("later", (2, 1)),), op("add", Ref("x", (Index("later", (1, 0)),)), 1.0), 3
    )
    made = model([chain, at("x", 0, 1.0)], axes={"x": ("park",)})
    assert [e.target[0].at(0) for e in order(made)] == [0, 1, 2]
    assert run(made, "x")[0][0].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ([rule("a", "value", "a")], "a → a"),
        ([rule("a", "value", "b"), rule("b", "value", "c"), rule("c", "value", "a")], "a → b → c → a"),
        ([per_park("x", "value", Ref("y", HERE)), per_park("y", "value", Ref("x", HERE))], "x → y → x"),
        (
            [per_park("x", "value", "a"), rule("a", "value", Reduce("sum", (("i", "park"),), Ref("x", (Index("i"),))))],
            "x → a → x",
        ),
        (
            [at("x", 0, Ref("x", (Index(None, (1,)),))), at("x", 1, Ref("x", (Index(None, (0,)),)))],
            "x[P1] → x[P2] → x[P1]",
        ),
    ],
)
def test_circles_are_spelled_out(rules: list[Equation], circle: str) -> None:
    with pytest.raises(InputError) as caught:
        order(model(rules, axes={"x": ("park",), "y": ("park",)}), Path("m.mdl"))
    assert [(p.code, p.values["circle"]) for p in caught.value.problems] == [("model_loop", circle)]


def test_all_circles_are_told_and_delays_break_them() -> None:
    rules = [rule(name, "value", name) for name in "ab"] + [rule("c", "value", Past("c", (), Number(1.0), Number(0.0)))]
    with pytest.raises(InputError) as caught:
        order(model(rules))
    assert [p.values["circle"] for p in caught.value.problems] == ["a → a", "b → b"]


def test_circles_of_first_values() -> None:
    made = model([*stock("x", "y", 0.0), *stock("y", op("add", "z", 1.0), 0.0), rule("z", "value", "x")])
    assert [e.variable for e in order(made)] == ["z"]
    with pytest.raises(InputError) as caught:
        initial_order(made)
    assert caught.value.problems[0].code == "model_start_loop"
    assert caught.value.problems[0].values["circle"] == "x → y → z → x"


@given(st.permutations(range(6)), st.data())
def test_order_is_topological_and_of_the_model_alone(names: list[int], data: st.DataObject) -> None:
    rules = []
    for place, name in enumerate(names):
        needs = data.draw(st.lists(st.sampled_from(names[:place]), max_size=3)) if place else []
        body: Expression = Number(0.0)
        for other in needs:
            body = op("add", body, f"v{other}")
        rules.append(rule(f"v{name}", "value", body))
    made = model(sorted(rules, key=lambda e: e.variable))
    found = order(made)
    assert found == order(made)
    places = {e.variable: place for place, e in enumerate(found)}
    for e in rules:
        assert all(places[read.variable] < places[e.variable] for read in reads(e.body))
    assert len(found) == 6


# --- what is given from outside


def test_overrides_replace_equations_first_values_and_constants() -> None:
    made = model(
        [*stock("x", 1.0, "flow"), rule("flow", "value", op("multiply", "rate", "x"))],
        Variable("rate", "constant", values=(1.0,)),
    )
    (x,) = run(made, "x", constants={"x": np.array(3.0), "rate": np.array(0.0)})
    assert x.tolist() == [3.0] * 5
    (x,) = run(made, "x", constants={"flow": np.array(4.0)})
    assert x.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    course = Course(np.array([0.0, 1.0]), np.array([0.0, 8.0]), "linear")
    x, flow = run(made, "x", "flow", series={"flow": course}, method="rk4")
    assert flow.tolist() == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert x.tolist() == pytest.approx(1.0 + 4.0 * np.arange(0.0, 1.25, 0.25) ** 2)


@pytest.mark.parametrize("method", ["euler", "rk4"])
@pytest.mark.parametrize("step", [0.0625, 0.03125, 0.015625])
def test_what_a_lever_adds_does_not_depend_on_the_step(step: float, method: Method) -> None:
    """A rate in force for a year adds a year's worth, but for the weeks at its end; no step is gained or lost."""
    course = Course(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 8.0, 0.0, 0.0]), "steps")
    made = model(stock("x", 0.0, Ref("flow")), Variable("flow", "constant", values=(0.0,)))
    grid = Grid(0.0, step, round(3 / step), round(1 / step))
    found = evaluate(made, RunInputs(grid, {}, {"flow": course}), ["x", "flow"], method)
    assert found["flow"].tolist() == [0.0, 8.0, 0.0, 0.0]
    np.testing.assert_allclose(found["x"], [0.0, 7.5, 8.0, 8.0], rtol=1e-14)


def test_series_by_element_in_steps() -> None:
    course = Course(np.array([0.0, 0.5]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), "steps")
    made = model([*stock("x", 0.0, 0.0)], Variable("s", "constant", ("park",)))
    (s,) = run(made, "s", series={"s": course})
    assert s.tolist() == [[1.0, 3.0, 5.0]] + [[2.0, 4.0, 6.0]] * 4


def test_names_made_by_an_override_are_free() -> None:
    made = model(stock("x", 1.0, 0.0), Variable("Initial Value of x", "constant", values=(5.0,)))
    assert initial_name(made, "x") == "initial value of x*"
    assert "initial value of x*" in override(made, ["x"]).variables


def test_wrong_overrides_are_told_together() -> None:
    made = model(stock("x", 1.0, 0.0), Variable("table", "lookup", (), (0.0,), (0.0,)))
    with pytest.raises(InputError) as caught:
        override(made, ["y"], ["table", "z"])
    assert [(p.code, p.values["name"]) for p in caught.value.problems] == [
        ("model_variable_missing", "y"), ("model_variable_missing", "z"), ("series_of_lookup", "table")
    ]  # fmt: skip


# --- where a run broke


@pytest.mark.parametrize(
    ("body", "kind", "operation"),
    [
        (op("divide", 1.0, op("subtract", 0.5, TIME)), "division by zero", "1 / 0"),
        (op("divide", op("subtract", TIME, 0.5), op("subtract", 0.5, TIME)), "division by zero", "0 / 0"),
        (op("power", op("subtract", 0.5, TIME), -1.0), "division by zero", "0 ^ (-1)"),
        (op("power", op("subtract", 0.25, TIME), 0.5), "outside domain", "(-0.25) ^ 0.5"),
        (op("log", op("subtract", 0.5, TIME)), "outside domain", "LN(0)"),
        (op("sqrt", op("subtract", 0.25, TIME)), "outside domain", "SQRT(-0.25)"),
        (op("exp", op("multiply", 2000.0, TIME)), "overflow", "EXP(1000)"),
        (op("multiply", 3.0, op("power", 1e200, op("multiply", 4.0, TIME))), "overflow", "1e+200 ^ 2"),
        (op("where", op("less", TIME, 0.5), 0.0, op("arcsin", 2.0)), "outside domain", "ARCSIN(2)"),
    ],
)
@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_the_operation_that_broke_is_found(body: Op, kind: str, operation: str, method: Method) -> None:
    made = model([*stock("level", 0.0, "x"), rule("y", "value", op("add", "x", 1.0)), rule("x", "value", body, 12)])
    grid = Grid(0.0, 0.5, 4)
    found = first_failure(made, RunInputs(grid), method)
    if method == "rk4":  # the stages look ahead
        assert found is not None
        assert (found.variable, found.line, found.kind) == ("x", 12, kind)
    else:
        assert found == Failure("x", (), 0.5, kind, operation, 12)  # type: ignore[arg-type]


def test_the_element_that_broke_is_named() -> None:
    base = Variable("base", "constant", ("park",), (1.0, 0.0, 0.0))
    rules = [per_park("share", "value", op("divide", TIME, Ref("base", HERE)), 5), *stock("x", 0.0, 0.0)]
    made = model(rules, base, axes={"share": ("park",)})
    found = first_failure(made, RunInputs(Grid(0.0, 1.0, 2)))
    assert found is not None
    assert (found.element, found.time, found.operation, found.line) == ("share[P2]", 0.0, "0 / 0", 5)
    assert first_failure(made, RunInputs(Grid(0.0, 1.0, 2)), keep=["x"]) is None
    assert first_failure(made, RunInputs(Grid(0.0, 1.0, 2), {"base": np.ones(3)})) is None


def test_failures_inside_sums_stocks_first_values_delays_and_inputs() -> None:
    numbers = Variable("n", "constant", ("park",), (1e308, 1e308, 1.0))
    total = Reduce("sum", (("i", "park"),), Ref("n", (Index("i"),)))
    logs = Reduce("sum", (("i", "park"),), op("log", op("subtract", Ref("n", (Index("i"),)), 1.0)))
    nothing = stock("x", 0.0, 0.0)
    late = rule("d", "value", Past("x", (), Number(0.5), op("divide", 1.0, 0.0)))
    cases: list[tuple[list[Equation], tuple[object, ...]]] = [
        ([rule("s", "value", total)], ("s", 0.0, "overflow", "SUM(1e+308, 1e+308, 1)")),
        ([rule("s", "value", logs)], ("s", 0.0, "outside domain", "LN(0)")),
        (stock("s", 1e308, 1e308), ("s", 1.0, "overflow", "1e+308 + 1e+308")),
        (stock("s", op("divide", "x", "x"), 0.0), ("s", 0.0, "division by zero", "0 / 0")),
        ([late], ("d", 0.0, "division by zero", "1 / 0")),
    ]
    for rules, expected in cases:
        found = first_failure(model([*nothing, *rules], numbers), RunInputs(Grid(0.0, 1.0, 2)))
        assert found is not None
        assert (found.variable, found.time, found.kind, found.operation) == expected
    bad = RunInputs(Grid(0.0, 1.0, 1), {"n": np.array([1.0, nan, inf])})
    assert first_failure(model([rule("s", "value", total)], numbers), bad) == Failure("n", ("P2",), 0.0, "not a number")
    alone = model(nothing, numbers)
    assert first_failure(alone, bad, keep=["n"]) == Failure("n", ("P2",), 0.0, "not a number")


def test_a_delayed_number_is_right_in_the_explanation() -> None:
    past = Past("x", (), Number(1.0), Number(4.0))
    made = model([rule("x", "value", TIME), rule("y", "value", op("divide", 1.0, op("subtract", past, 1.0)), 2)])
    found = first_failure(made, RunInputs(Grid(0.0, 0.5, 6)))
    assert found == Failure("y", (), 2.0, "division by zero", "1 / 0", 2)


@pytest.mark.parametrize("kind", ["division by zero", "overflow", "outside domain", "not a number"])
def test_failures_are_told_in_both_languages(kind: str) -> None:
    for operation in ("1 / 0", ""):
        failure = Failure("output", ("P1", "steel"), 2015.0625, kind, operation, 12)  # type: ignore[arg-type]
        for lang in ("zh", "en"):
            told = failure.text(lang, Path("park.mdl"))  # type: ignore[arg-type]
            assert told.startswith("park.mdl:12: ")
            assert "output[P1,steel]" in told
            assert "2015.0625" in told


def test_texts_of_both_languages_have_the_same_keys() -> None:
    assert catalogue("zh").keys() == catalogue("en").keys()


def test_engine_errors_carry_problems_between_processes() -> None:
    error = Failure("x", (), 1.0, "overflow", "EXP(1000)").error()
    back = pickle.loads(pickle.dumps(error))
    assert back.problems == (Problem(None, "run_overflow", dict(error.problems[0].values)),)
    plain = pickle.loads(pickle.dumps(EngineError("no process")))
    assert (str(plain), plain.problems) == ("no process", ())
