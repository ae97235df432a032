"""Kernels of models that hypothesis writes: against the plain interpreter, against PySD, and against themselves.

The short form runs with the other tests, with the same models each time. The long form takes new ones, as many as
asked for: ``KERNEL_EXAMPLES=300 python -m pytest tests/test_kernel_random.py``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from sim.cache import Cache
from sim.engine.inputs import Array, Course, Grid, RunInputs
from sim.engine.interface import StudyInputs
from sim.engine.kernel import Method
from sim.engine.pysd_engine import PysdEngine
from sim.engine.trace import evaluate
from sim.errors import EngineError
from sim.model.ir import Equations
from sim.model.translate import translate
from tests.kernels import Written, authored, by_name, plain, run, same_bits, write
from tests.mdl_writer import listing, text_of
from tests.random_models import Drawn, models, shaken

EXAMPLES = int(os.environ.get("KERNEL_EXAMPLES", "0"))
GRID = Grid(0.0, 0.25, 6)
METHODS: tuple[Method, ...] = ("euler", "rk4")
SEEDS = st.integers(0, 2**32)


def examples(short: int) -> settings:
    """``short`` examples, always the same; with ``KERNEL_EXAMPLES`` as many as that, new ones each time."""
    return settings(
        max_examples=EXAMPLES or short, derandomize=not EXAMPLES, phases=[Phase.generate], database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip


# --- how near two right answers must be


def agree(found: Array, base: Array, others: list[Array]) -> float:
    """Demand equality as far as right answers agree; gives the share of numbers that were held to 1e-9.

    Parameters
    ----------
    base
        What the interpreter gives.
    others
        What it gives where roundings fall otherwise: from this follows how far ``found`` may be.
    """
    with np.errstate(all="ignore"):
        spread = np.max([np.abs(other - base) for other in others], axis=0)
        near = 1e-12 * np.abs(base) + 256 * spread + 1e-300
        sure = np.isfinite(base) & np.isfinite(near)
        pole = ~np.isfinite(found) & (near > 1e-3 * np.abs(base) + 1e-299)
        off = sure & ~(np.abs(found - base) <= near) & ~pole
        odd = ~np.isfinite(base)
        for other in others:
            odd &= alike(other, base)
        off |= odd & ~alike(found, base)
    assert not off.any(), f"{np.argwhere(off)[0]}: {found[off][0]!r}, expected {base[off][0]!r}"
    return float(np.mean(odd | (sure & (near <= 1e-9 * np.abs(base) + 1e-12))))


def alike(one: Array, other: Array) -> np.ndarray:
    return np.asarray((one == other) | (np.isnan(one) & np.isnan(other)))


def compare(equations: Equations, seen: Mapping[str, Array], inputs: RunInputs, method: Method = "euler") -> float:
    """Compare results by variable, shape (times, *axes), with the interpreter; the share of numbers held to 1e-9."""
    keep = list(seen)
    base = evaluate(equations, inputs, keep, method)
    others = [evaluate(shaken(equations, seed), inputs, keep, method) for seed in range(7)]
    shares = []
    for name in keep:
        try:
            shares.append(agree(seen[name], base[name], [other[name] for other in others]))
        except AssertionError as error:
            raise AssertionError(f"{name}{error}\n{listing(equations, [name])}") from None
    return float(np.mean(shares))


def inputs_that_vary(equations: Equations, random: Random, runs: int) -> RunInputs:
    """Some constants, tables and first values that differ by run, and one that follows time from outside."""
    given = {n: v for n, v in equations.variables.items() if v.kind in ("constant", "lookup")}
    course, *free = random.sample([n for n in given if n != "league"], 4)
    constants = {}
    for name in free:
        variable = given[name]
        shape = equations.shape(variable.axes) + ((len(variable.points),) if variable.points else ())
        base = np.reshape(variable.values, shape)
        constants[name] = np.stack([base * (1 + 0.125 * number) for number in range(runs)])
    if given[course].kind == "lookup":
        return RunInputs(GRID, constants, {}, frozenset(free), runs)
    shape = equations.shape(given[course].axes)
    values = np.stack([np.reshape(given[course].values, shape) + 0.25 * k for k in range(3)], axis=-1)
    series = {course: Course(np.array([0.0, 0.5, 2.0]), values, random.choice(("steps", "linear")))}
    return RunInputs(GRID, constants, series, frozenset(free), runs)


def written_for(equations: Equations, inputs: RunInputs, lanes: int, method: Method = "euler") -> Written:
    return write(
        equations, authored(equations), varying=inputs.varying, series=inputs.series, lanes=lanes, method=method
    )


# --- tests


@examples(1)
@given(models(auxiliaries=5, stocks=2), SEEDS)
def test_compiled_kernels_give_what_the_interpreter_gives(drawn: Drawn, seed: int) -> None:
    equations = drawn.equations
    inputs = inputs_that_vary(equations, Random(seed), 3)
    written = written_for(equations, inputs, 16, METHODS[seed % 2])
    found = run(written, inputs)
    for number in range(inputs.runs):
        seen = {name: values[..., number] for name, values in found.items()}
        compare(equations, seen, inputs.run(number), METHODS[seed % 2])


@examples(2)
@given(models(exact=True, auxiliaries=4, stocks=2), SEEDS)
def test_compiled_kernels_give_the_bits_of_their_text(drawn: Drawn, seed: int) -> None:
    inputs = inputs_that_vary(drawn.equations, Random(seed), 3)
    written = written_for(drawn.equations, inputs, 4, METHODS[seed % 2])
    text, code = by_name(written.plan, plain(written, inputs)), run(written, inputs)
    differ = [name for name in code if not same_bits(text[name], code[name])]
    assert not differ, listing(drawn.equations, differ)


@pytest.mark.parametrize("method", METHODS)
@examples(20)
@given(drawn=models(auxiliaries=8, stocks=2), seed=SEEDS)
def test_texts_of_kernels_mean_what_the_equations_mean(method: Method, drawn: Drawn, seed: int) -> None:
    """Without a compiler, so that many models can be tried."""
    inputs = inputs_that_vary(drawn.equations, Random(seed), 2)
    written = written_for(drawn.equations, inputs, 1, method)
    found = by_name(written.plan, plain(written, inputs))
    shares = []
    for number in range(2):
        seen = {name: values[..., number] for name, values in found.items()}
        shares.append(compare(drawn.equations, seen, inputs.run(number), method))
    assert min(shares) > 0.5  # otherwise nothing was tried


@examples(12)
@given(models(auxiliaries=6, stocks=2), SEEDS)
def test_what_varies_and_what_is_kept_changes_no_bit(drawn: Drawn, seed: int) -> None:
    """Taking parts of equations out of loops must not change arithmetic."""
    equations, random = drawn.equations, Random(seed)
    names = authored(equations)
    free = [n for n, v in equations.variables.items() if v.kind in ("constant", "lookup") and n != "league"]
    inputs = RunInputs(GRID)
    whole = write(equations, names, lanes=1)
    expected = by_name(whole.plan, plain(whole, inputs))
    for varying, kept in ((free, names), (random.sample(free, 2), names), ((), random.sample(names, 3))):
        written = write(equations, kept, varying=varying, lanes=1)
        found = by_name(written.plan, plain(written, inputs))
        differ = [
            name for name in kept
            if np.isfinite(expected[name]).all() and not same_bits(found[name], expected[name])
        ]  # fmt: skip
        assert not differ, f"{varying} {kept}\n{listing(equations, differ)}"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    return Cache(tmp_path_factory.mktemp("cache"))


@examples(8)
@given(drawn=models(text=True, auxiliaries=12, stocks=3))
def test_models_in_text_give_what_pysd_gives(cache: Cache, drawn: Drawn) -> None:
    text, equations = text_of(drawn.equations), drawn.equations
    keep = [name for name in authored(equations) if equations.variables[name].kind != "constant"]
    try:
        reference = PysdEngine(cache).simulate(text, StudyInputs((), {}, {}, 0, 3, 0.5), keep)
    except EngineError:  # a power or a product that overflows raises in PySD
        reject()
    expected = {name: np.moveaxis(array.to_numpy(), -1, 0) for name, array in reference.items()}
    inputs = RunInputs(Grid(0.0, 0.5, 6, 2))
    compare(equations, expected, inputs)
    read = translate(text, Path("model.mdl"))
    compare(equations, evaluate(read, inputs, keep), inputs)
    written = write(read, keep, lanes=1)
    found = by_name(written.plan, plain(written, inputs))
    compare(equations, {name: values[..., 0] for name, values in found.items()}, inputs)
