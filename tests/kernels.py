"""Kernels in tests: small models, what is written and compiled from them, and how to run them.

Kernels are built in the process of the tests, which is faster than one process each; the code is the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.engine.build import build, namespace
from sim.engine.codegen import Source, generate
from sim.engine.hoist import hoist
from sim.engine.inputs import Array, RunInputs
from sim.engine.kernel import KernelPlan, Method
from sim.engine.layout import Layout, lay_out
from sim.engine.native import Library
from sim.engine.planned import plan_of
from sim.engine.run import Block, Runner
from sim.engine.tasks import workload
from sim.model.ir import Clock, Clocks, Equation, Equations, Expression, Index, Number, Op, Reduce, Ref, Role, Variable
from sim.model.override import override

LANES = 16
TIME = Clock("time")
CONTROL = """
********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|
FINAL TIME  = {end} ~ ~ |
INITIAL TIME  = 0 ~ ~ |
SAVEPER  = {step} ~ ~ |
TIME STEP  = {step} ~ ~ |
"""
CLOCK_NAMES = {"final time", "initial time", "saveper", "time step", "time"}


def mdl(body: str, end: float = 5, step: float = 0.25) -> str:
    """A model file around equations that end with ``~~|``."""
    return "{UTF-8}\n" + body.replace("~~|", "~ ~ |\n") + CONTROL.format(end=end, step=step)


def read(body: str) -> Equations:
    """The equations of :func:`mdl`."""
    from sim.model.translate import translate  # takes a second, which tests of equations by hand needn't

    return translate(mdl(body), Path("model.mdl"))


def authored(equations: Equations) -> tuple[str, ...]:
    """Variables that an author may ask for."""
    return tuple(
        name
        for name, variable in equations.variables.items()
        if not variable.made and variable.kind != "lookup" and name.lower() not in CLOCK_NAMES
    )


# --- equations by hand

Term = Expression | str | float


def term(value: Term) -> Expression:
    """A name is a scalar variable, a float a number."""
    if isinstance(value, str):
        return Ref(value)
    return Number(float(value)) if isinstance(value, float | int) else value


def op(name: str, *arguments: Term) -> Op:
    return Op(name, tuple(term(argument) for argument in arguments))


def here(*axes: str) -> tuple[Index, ...]:
    """Following loops of these names over whole axes."""
    return tuple(Index(axis) for axis in axes)


def over(*axes: str) -> tuple[tuple[str, str], ...]:
    """Loops over ranges, named after them."""
    return tuple((axis, axis) for axis in axes)


def rule(variable: str, role: Role, body: Term, *axes: str) -> Equation:
    """An equation for all elements of a variable with these axes."""
    return Equation(variable, role, over(*axes), here(*axes), term(body))


def total(body: Expression, *axes: str) -> Reduce:
    """A sum over loops called ``park!`` over ``park``."""
    return Reduce("sum", tuple((f"{axis}!", axis) for axis in axes), body)


def stock(name: str, flow: Term, initial: Term, *axes: str) -> list[Equation]:
    return [rule(name, "initial", initial, *axes), rule(name, "flow", flow, *axes)]


def model(
    ranges: Mapping[str, Sequence[str]], variables: Iterable[Variable], equations: Iterable[Equation]
) -> Equations:
    labels = {name: tuple(found) for name, found in ranges.items()}
    return Equations(
        labels, {v.name: v for v in variables}, tuple(equations), Clocks(0.0, 5.0, 0.25, 0.25)
    )


# --- kernels


@dataclass(frozen=True)
class Written:
    """A kernel's text with its plan."""

    equations: Equations
    layout: Layout
    source: Source
    plan: KernelPlan


def write(
    equations: Equations,
    outputs: Sequence[str] | None = None,
    *,
    varying: Iterable[str] = (),
    series: Iterable[str] = (),
    lanes: int = LANES,
    method: Method = "euler",
) -> Written:
    """The kernel that keeps ``outputs``, by default all that an author may ask for."""
    wanted = authored(equations) if outputs is None else tuple(outputs)
    series = tuple(series)
    given = override(equations, [], series)
    layout = lay_out(hoist(workload(given, wanted, series, tuple(varying))), lanes, method)
    return Written(given, layout, generate(layout, method), plan_of(given, layout, method))


_built: dict[tuple[str, str], Library] = {}


def library(written: Written) -> Library:
    """Its code, compiled once."""
    source = written.source
    key = (source.text, repr(sorted(source.tables.items())))
    if key not in _built:
        _built[key] = Library(build(source.text, source.tables))
    return _built[key]


def whole(blocks: Iterable[Block]) -> Array:
    """Blocks side by side: shape (times, elements, runs)."""
    return np.concatenate([block.values for block in blocks], axis=2)


def compiled(written: Written, inputs: RunInputs, threads: int = 1) -> Array:
    """Results of the compiled kernel: shape (times, elements, runs)."""
    return whole(Runner(written.plan, library(written), inputs).blocks(threads))


def run(written: Written, inputs: RunInputs) -> dict[str, Array]:
    """Results by variable: shape (times, *axes, runs)."""
    return by_name(written.plan, compiled(written, inputs))


def by_name(plan: KernelPlan, values: Array) -> dict[str, Array]:
    found = {}
    for output in plan.outputs:
        cells = int(np.prod(output.shape, dtype=int))
        kept = values[:, output.cell : output.cell + cells]
        found[output.name] = kept.reshape(len(values), *output.shape, values.shape[2])
    return found


def same_bits(one: Array, other: Array) -> bool:
    """Whether two arrays hold the same bits (any NaN is like any other)."""
    a, b = np.ascontiguousarray(one), np.ascontiguousarray(other)
    return a.shape == b.shape and bool(((a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))).all())


# --- the same text without a compiler


class _Ieee(ast.NodeTransformer):
    """Numbers of the text as numpy's, which divide by zero as the kernel does instead of raising."""

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if not isinstance(node.value, float):
            return node
        return ast.Call(ast.Name("float64", ast.Load()), [node], [])


def _ieee(function: Callable[..., float]) -> Callable[..., Any]:
    return lambda *arguments: np.float64(function(*(float(x) for x in arguments)))


class Plain(Runner):
    """Runs the text of a kernel as the Python that it is, on numpy memory."""

    def __init__(self, written: Written, inputs: RunInputs) -> None:
        space = namespace(written.source.tables)
        called = {name: found for name, found in space.items() if callable(found) and name != "region"}
        functions: dict[str, Any] = {name: _ieee(found) for name, found in called.items()}
        functions |= {"float64": np.float64, "select": lambda condition, a, b: a if condition else b}
        tree = ast.fix_missing_locations(_Ieee().visit(ast.parse(written.source.text)))
        self.functions = space | functions
        exec(compile(tree, "<kernel>", "exec"), self.functions)
        super().__init__(written.plan, None, inputs)  # type: ignore[arg-type]  # no code to call

    def call(self, name: str, memory: Array, out: Array, courses: Array, past: Array, runs: int) -> None:
        grid = self.inputs.grid
        numbers = (grid.start, grid.end, grid.step, grid.every * grid.step)
        with np.errstate(all="ignore"):
            self.functions[name](
                memory, out, self.clock.ravel(), courses, past, *map(np.float64, numbers), grid.steps, runs
            )


def plain(written: Written, inputs: RunInputs) -> Array:
    """Results of the text without a compiler: shape (times, elements, runs)."""
    return whole(Plain(written, inputs).blocks(1))
