"""Numbers that kernels give: those of the plain interpreter and of closed forms, and the same bits in any company."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from math import cos, exp, inf, log2, nan, sin
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.interface import Series
from sim.engine.kernel import Method
from sim.engine.native import Library
from sim.engine.run import Runner
from sim.engine.trace import evaluate
from sim.model.ir import Equation, Equations, Index, Look, Number, Past, Reduce, Ref, Variable
from tests.kernels import (
    TIME,
    Written,
    by_name,
    compiled,
    here,
    model,
    op,
    over,
    plain,
    rule,
    run,
    same_bits,
    stock,
    total,
    whole,
    write,
)

PARKS = 10
RANGES = {"ind": ("steel", "coal", "food"), "park": tuple(f"P{n}" for n in range(PARKS)), "few": ("P1", "P4", "P8"),
          "tier": ("national", "regional")}  # fmt: skip
P, IND, FEW = Index("park"), Index("ind"), Index("few", (1, 4, 8))
REST = Index("rest", (0, 2, 3, 5, 6, 7, 9))
GRID = Grid(2015.0, 0.25, 24, 4)


def numbers(*shape: int, seed: int = 1) -> tuple[float, ...]:
    return tuple(np.random.default_rng(seed).uniform(0.5, 2.0, shape).ravel().tolist())


def economy() -> Equations:
    """Ten parks of three industries, with a bit of everything that kernels treat in a way of its own."""
    member = tuple(float(park % 2 == tier) for tier in range(2) for park in range(PARKS))
    variables = [
        Variable("start", "constant", ("park", "ind"), numbers(PARKS, 3)),
        Variable("decay", "constant", (), (0.07,)),
        Variable("yield", "constant", ("ind",), numbers(3, seed=2)),
        Variable("land", "constant", ("park",), numbers(PARKS, seed=3)),
        Variable("member", "constant", ("tier", "park"), member),
        Variable("price", "constant", (), (1.0,)),
        Variable("grant", "constant", ("park",), (0.0,) * PARKS),
        Variable("crowding", "lookup", (), (1.0, 0.9, 0.4, 0.25), (0.0, 8.0, 8.0, 24.0)),
        Variable("capital", "stock", ("park", "ind")),
        Variable("memory", "stock"),
        Variable("best", "held", ("park",)),
        *(Variable(name, "auxiliary", ("park",)) for name in ("gdp", "factor", "late", "reach")),
        *(Variable(name, "auxiliary", ("ind",)) for name in ("size", "mean")),
        Variable("by tier", "auxiliary", ("tier",)),
        Variable("leader", "auxiliary"),
        Variable("invest", "auxiliary", ("park", "ind")),
    ]
    gdp = total(op("multiply", Ref("capital", (P, Index("ind!"))), Ref("yield", here("ind!"))), "ind")
    tier = op("multiply", Ref("member", (Index("tier"), Index("park!"))), Ref("gdp", here("park!")))
    first = Ref("gdp", (Index(None, (0,)),))
    invest = op(
        "multiply", op("multiply", Ref("gdp", (P,)), Ref("factor", (P,))),
        op("divide", Ref("yield", (IND,)), op("add", Ref("size", (IND,)), op("power", Ref("land", (P,)), 1.5))),
    )  # fmt: skip
    equations = [
        *stock("capital", op("subtract", Ref("invest", (P, IND)), op("multiply", "decay", Ref("capital", (P, IND)))),
               Ref("start", (P, IND)), "park", "ind"),
        *stock("memory", op("divide", op("subtract", "leader", "memory"), 2.0), "leader"),
        rule("best", "initial", Ref("gdp", (P,)), "park"),
        rule("best", "next", op("maximum", Ref("best", (P,)), Ref("gdp", (P,))), "park"),
        rule("gdp", "value", gdp, "park"),
        rule("size", "value", total(Ref("capital", (Index("park!"), IND)), "park"), "ind"),
        rule("mean", "value", op("divide", Reduce("sum", (("few!", "few"),),
             Ref("capital", (Index("few!", (1, 4, 8)), IND))), 3.0), "ind"),
        rule("by tier", "value", total(tier, "park"), "tier"),
        rule("leader", "value", Reduce("maximum", (("park!", "park"),), Ref("gdp", here("park!")))),
        rule("factor", "value", Look("crowding", (), op("divide", Ref("gdp", (P,)), "price")), "park"),
        rule("late", "value", Past("gdp", (P,), Number(0.75), Ref("land", (P,))), "park"),
        Equation("reach", "value", over("few"), (FEW,), op("log", op("add", Ref("gdp", (FEW,)), first))),
        Equation("reach", "value", over("rest"), (REST,), op("exp", op("negative", Ref("late", (REST,))))),
        rule("invest", "value", op("add", invest, Ref("grant", (P,))), "park", "ind"),
    ]  # fmt: skip
    rest = {**RANGES, "rest": tuple(label for label in RANGES["park"] if label not in RANGES["few"])}
    return model(rest, variables, equations)


SERIES = ("price", "grant")
OUTPUTS = ("capital", "memory", "best", "gdp", "mean", "by tier", "leader", "factor", "late", "reach")
VARYING = ("decay", "yield", "start", "crowding", "grant", "price")


def inputs(runs: int = 37, varying: Sequence[str] = VARYING) -> RunInputs:
    """Runs that differ in everything; those that don't vary have the numbers of run 0."""
    random = np.random.default_rng(4)

    def draw(*shape: int) -> Array:
        return np.asarray(random.uniform(0.8, 1.25, (runs, *shape)))

    constants = {
        "decay": 0.07 * draw(), "yield": draw(3), "start": draw(PARKS, 3),
        "crowding": np.sort(draw(4), axis=1)[:, ::-1].copy(),
    }  # fmt: skip
    series = {
        "price": Course(np.array([2015.0, 2017.0, 2020.0]), draw(3), "linear"),
        "grant": Course(np.array([2016.0, 2017.0, 2018.0]), draw(PARKS, 3) - 0.8, "steps"),
    }
    for name in set(VARYING) - set(varying):
        if name in series:
            series[name] = Course(series[name].times, series[name].values[0], series[name].between)
        else:
            constants[name] = constants[name][0]
    return RunInputs(GRID, constants, series, frozenset(varying), runs)


@pytest.fixture(scope="module")
def written() -> Written:
    return write(economy(), OUTPUTS, varying=VARYING, series=SERIES)


@pytest.fixture(scope="module")
def ensemble(written: Written) -> Array:
    return compiled(written, inputs())


# --- against the interpreter


def test_every_run_gives_what_the_interpreter_gives(written: Written, ensemble: Array) -> None:
    found = by_name(written.plan, ensemble)
    for number in (0, 15, 16, 36):
        expected = evaluate(economy(), inputs().run(number), OUTPUTS)
        for name in OUTPUTS:
            np.testing.assert_allclose(found[name][..., number], expected[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_the_text_gives_the_same_bits_without_a_compiler(method: Method) -> None:
    small = write(economy(), OUTPUTS, varying=VARYING, series=SERIES, lanes=4, method=method)
    few = inputs(3)
    few = RunInputs(Grid(2015.0, 0.25, 5), few.constants, few.series, few.varying, 3)
    assert same_bits(plain(small, few), compiled(small, few))
    expected = evaluate(economy(), few.run(1), OUTPUTS, method)
    for name, values in run(small, few).items():
        np.testing.assert_allclose(values[..., 1], expected[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("grid", [Grid(2015.0, 0.5, 7, 3), Grid(2016.5, 0.125, 9, 1), Grid(0.0, 1 / 3, 12, 12)])
def test_steps_horizons_and_saving_need_no_other_kernel(written: Written, grid: Grid) -> None:
    base = inputs(2)
    changed = RunInputs(grid, base.constants, base.series, base.varying, 2)
    expected = evaluate(economy(), changed.run(1), OUTPUTS)
    for name, values in run(written, changed).items():
        assert len(values) == grid.steps // grid.every + 1
        np.testing.assert_allclose(values[..., 1], expected[name], rtol=1e-12, err_msg=name)


# --- the same bits in any company


def test_a_run_alone_is_the_same_as_in_an_ensemble(written: Written, ensemble: Array) -> None:
    for number in (0, 7, 16, 36):
        assert same_bits(compiled(written, inputs().run(number))[..., 0], ensemble[..., number])


def test_the_place_in_an_ensemble_and_the_threads_change_no_bit(written: Written, ensemble: Array) -> None:
    many = inputs()
    order = np.random.default_rng(5).permutation(many.runs)
    constants = {name: array[order] for name, array in many.constants.items()}
    series = {n: Course(c.times, c.values[order], c.between) for n, c in many.series.items()}
    moved = RunInputs(GRID, constants, series, many.varying, many.runs)
    for threads in (1, 2, 3):
        assert same_bits(compiled(written, moved, threads), ensemble[..., order])


@pytest.mark.parametrize("lanes", [8, 32])
def test_the_size_of_blocks_changes_no_bit(lanes: int, ensemble: Array) -> None:
    wide = write(economy(), OUTPUTS, varying=VARYING, series=SERIES, lanes=lanes)
    assert same_bits(compiled(wide, inputs()), ensemble)


@pytest.mark.parametrize("varying", [(), ("decay", "grant"), ("crowding", "price", "start")])
def test_what_varies_changes_no_bit(varying: tuple[str, ...], written: Written) -> None:
    """What varies is computed in lanes, and what doesn't once for all: the numbers must not feel it."""
    some = write(economy(), OUTPUTS, varying=varying, series=SERIES)
    assert some.source.text != written.source.text
    few = inputs(18, varying)
    all_in_lanes = {
        name: np.stack([array] * 18) if name not in varying else array for name, array in few.constants.items()
    }
    series = {
        name: course if name in varying else Course(course.times, np.stack([course.values] * 18), course.between)
        for name, course in few.series.items()
    }
    same = RunInputs(GRID, all_in_lanes, series, frozenset(VARYING), 18)
    assert same_bits(compiled(some, few), compiled(written, same))


def test_what_is_kept_changes_no_bit(written: Written, ensemble: Array) -> None:
    for kept in (("leader",), ("reach", "capital")):
        alone = write(economy(), kept, varying=VARYING, series=SERIES)
        found, expected = run(alone, inputs()), by_name(written.plan, ensemble)
        assert all(same_bits(found[name], expected[name]) for name in kept)


def test_the_order_of_sums_is_that_of_the_model_whatever_else_is_computed() -> None:
    """Two ranges of the same size: which one is looped over outside must not depend on what else is kept."""
    ranges = {"from": [f"a{n}" for n in range(9)], "to": [f"b{n}" for n in range(9)]}
    flows = Variable("flow", "constant", ("from", "to"), numbers(9, 9))
    everything = total(op("multiply", Ref("flow", here("from!", "to!")), TIME), "from", "to")
    made = model(
        ranges, [flows, Variable("all", "auxiliary"), Variable("other", "auxiliary", ("to",))],
        [rule("all", "value", everything), rule("other", "value", TIME, "to")],
    )  # fmt: skip
    at = RunInputs(Grid(0.0, 0.3, 5))
    kernels = [write(made, kept, lanes=1) for kept in (["all"], ["all", "other"])]
    alone, both = (by_name(kernel.plan, plain(kernel, at))["all"] for kernel in kernels)
    assert same_bits(alone, both)


def test_a_process_of_its_own_builds_the_same(written: Written, ensemble: Array) -> None:
    tables = {name: list(values) for name, values in written.source.tables.items()}
    order = json.dumps({"text": written.source.text, "tables": tables, "vectors": "widest"})
    done = subprocess.run(
        [sys.executable, "-m", "sim.engine.build"], input=order.encode(), capture_output=True, check=True,
        cwd=Path(__file__).parents[1],
    )  # fmt: skip
    found = whole(Runner(written.plan, Library(done.stdout), inputs()).blocks(1))
    assert same_bits(found, ensemble)


# --- runs that fail


@pytest.mark.parametrize("bad", [nan, inf, -1e308])
def test_a_run_that_fails_leaves_the_others_alone(written: Written, ensemble: Array, bad: float) -> None:
    broken = inputs()
    broken.constants["decay"][[3, 20]] = bad
    found = compiled(written, broken)
    failed = ~np.isfinite(found).all(axis=(0, 1))
    assert np.flatnonzero(failed).tolist() == [3, 20]
    assert same_bits(found[..., ~failed], ensemble[..., ~failed])


def test_a_zero_factor_leaves_out_what_it_multiplies() -> None:
    """Which park lies in which league: what belongs elsewhere isn't even looked at, were it infinite."""
    member = Variable("member", "constant", ("tier", "park"), tuple([1.0, 0.0] * 5 + [0.0, 1.0] * 5))
    land = Variable("land", "constant", ("park",), (1.0,) * PARKS)
    found = [Variable("size", "auxiliary", ("park",)), Variable("sums", "auxiliary", ("tier",))]
    inside = op("multiply", Ref("member", here("tier", "park!")), Ref("size", here("park!")))
    size = rule("size", "value", op("divide", TIME, Ref("land", (P,))), "park")
    made = model(RANGES, [member, land, *found], [size, rule("sums", "value", total(inside, "park"), "tier")])
    kernel = write(made, ["sums"], varying=["land"])
    assert " != 0.0:" in kernel.source.text
    areas = np.ones((1, PARKS))
    areas[0, 1] = 0.0  # an infinite park of the second tier
    (sums,) = run(kernel, RunInputs(Grid(1.0, 1.0, 0), {"land": areas}, {}, frozenset(["land"]), 1)).values()
    assert sums[0, :, 0].tolist() == [5.0, inf]


# --- tables


def test_tables_at_and_between_and_beyond_their_points() -> None:
    table = Variable("table", "lookup", (), (3.0, 5.0, -1.0, 2.0, 7.0), (-1.0, 0.0, 0.0, 2.0, 6.0))
    made = model({}, [Variable("x", "constant", (), (0.0,)), table, Variable("y", "auxiliary")],
                 [rule("y", "value", Look("table", (), Ref("x")))])  # fmt: skip
    x = np.array([-inf, -1e300, -1.0, -0.5, -1e-12, 0.0, 1.0, 2.0, 5.0, 6.0, 6.5, 1e300, inf, nan])
    kernel = write(made, ["y"], varying=["x"])
    (y,) = run(kernel, RunInputs(Grid(0.0, 1.0, 0), {"x": x}, {}, frozenset(["x"]), len(x))).values()
    expected = [3.0, 3.0, 3.0, 4.0, 5.0, -1.0, 0.5, 2.0, 5.75, 7.0, 7.0, 7.0, 7.0, nan]
    np.testing.assert_allclose(y[0], expected, rtol=1e-11)


# --- convergence

CLOSED: dict[str, tuple[list[Equation], Callable[[float], float]]] = {
    # growth with a limit, from a tenth of it; a swing from rest; a flow that follows time alone
    "limit": (stock("limit", op("multiply", "limit", op("subtract", 1.0, "limit")), 0.1),
              lambda t: 0.1 * exp(t) / (0.9 + 0.1 * exp(t))),
    "swing": ([*stock("swing", "speed", 1.0), *stock("speed", op("negative", "swing"), 0.0)], cos),
    "driven": (stock("driven", op("cos", TIME), 0.0), sin),
}  # fmt: skip


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk4", 4)])
def test_order_of_convergence(method: Method, order: int) -> None:
    rules = [equation for found, _ in CLOSED.values() for equation in found]
    stocks = [Variable(equation.variable, "stock") for equation in rules if equation.role == "flow"]
    kernel = write(model({}, stocks, rules), list(CLOSED), method=method)
    errors: dict[str, list[float]] = {name: [] for name in CLOSED}
    for steps in (16, 32, 64):
        found = run(kernel, RunInputs(Grid(0.0, 4.0 / steps, steps, steps)))
        for name, (_, solution) in CLOSED.items():
            errors[name].append(abs(float(found[name][-1, 0]) - solution(4.0)))
    for name, (first, second, third) in errors.items():
        assert log2(first / second) == pytest.approx(order, abs=0.5), name
        assert log2(second / third) == pytest.approx(order, abs=0.25), name


# --- what follows the years from outside


@settings(max_examples=60)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8), st.sampled_from(["steps", "linear"]),
    st.integers(-2, 3), st.sampled_from([1.0, 0.5, 0.25, 0.0625, 0.1, 1 / 12, 1 / 3]),
)  # fmt: skip
def test_courses_follow_the_years_as_series_do(values: list[float], between: str, begin: int, step: float) -> None:
    years = np.arange(2015, 2015 + len(values))
    series = Series(xr.DataArray(values, dims="year", coords={"year": years}), between)  # type: ignore[arg-type]
    course = Course(years.astype(float), np.array(values), between)  # type: ignore[arg-type]
    times = np.asarray(2015.0 + begin + step * np.arange(int(8 / step) + 1), dtype=np.float64)
    low, weight = course.weights(times)
    high = np.minimum(low + 1, len(values) - 1)
    found = course.values[low] * (1.0 - weight) + course.values[high] * weight
    np.testing.assert_allclose(found, [float(series.at(float(t))) for t in times], rtol=1e-13, atol=1e-9)
    if between == "steps":
        assert found.tolist() == [float(series.at(float(t))) for t in times]


def test_courses_in_a_kernel(written: Written) -> None:
    kernel = write(economy(), ["price", "grant"], varying=["grant"], series=SERIES)
    some = inputs(3, ["grant"])
    found = run(kernel, some)
    for number in range(3):
        expected = evaluate(economy(), some.run(number), ["price", "grant"])
        for name in SERIES:
            np.testing.assert_allclose(found[name][..., number], expected[name], rtol=1e-15)


@pytest.mark.parametrize("axes", [("park", "ind"), ("ind", "park")])
def test_sums_of_the_same_numbers_over_other_ranges_are_apart(axes: tuple[str, ...]) -> None:
    """The sum by industry over parks must not be taken for the sum over both."""
    size = Variable("size", "constant", ("park", "ind"), numbers(PARKS, 3))

    def plus(*summed: str) -> Equation:
        index = here(*(f"{axis}!" if axis in summed else axis for axis in size.axes))
        kept = [axis for axis in size.axes if axis not in summed]
        found = total(op("multiply", Ref("size", index), TIME), *summed)
        return rule("+".join(summed), "value", op("add", found, 1.0), *kept)

    rules = [plus(*axes), plus("park"), plus("ind")]
    variables = [Variable(found.variable, "auxiliary", tuple(over for _, over in found.loops)) for found in rules]
    kernel = write(model(RANGES, [size, *variables], rules), [found.variable for found in rules], lanes=1)
    both, by_ind, by_park = by_name(kernel.plan, plain(kernel, RunInputs(Grid(1.0, 1.0, 0)))).values()
    values = np.array(size.values).reshape(PARKS, 3)
    np.testing.assert_allclose(both[0, 0], values.sum() + 1.0)
    np.testing.assert_allclose(by_ind[0, :, 0], values.sum(axis=0) + 1.0)
    np.testing.assert_allclose(by_park[0, :, 0], values.sum(axis=1) + 1.0)
