"""Builtins of generated kernels: against exact arithmetic, plain against compiled, scalar against vector."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from llvmlite import binding
from pysd.py_backend import functions as pysd_functions

from sim.engine import builtins
from sim.engine.build import build
from sim.engine.codegen import DRIVER
from sim.engine.native import Library

Numbers = npt.NDArray[np.float64]

ROOT = Path(__file__).parents[1]

ARGUMENTS = {"exp": 1, "log": 1, "power": 2, "sin": 1, "cos": 1, "tanh": 1, "zidz": 2, "xidz": 3, "minimum": 2,
             "maximum": 2, "integer": 1, "quantum": 2, "modulo": 2, "square_root": 1, "absolute": 1}  # fmt: skip
NAMES = list(ARGUMENTS)
EXACT: dict[str, Callable[..., Any]] = {
    "exp": mpmath.exp, "log": mpmath.log, "power": mpmath.power, "sin": mpmath.sin, "cos": mpmath.cos,
    "tanh": mpmath.tanh,
}  # fmt: skip
ULPS = {"exp": 1.0, "log": 0.9, "power": 1.1, "sin": 1.6, "cos": 1.6, "tanh": 1.8}
"""How far a result may be from the exact one, in units of its last place: below what the module promises."""

LARGEST = sys.float_info.max
SIZES = [0.0, 5e-324, 1e-310, sys.float_info.min, 1e-20, 0.25, 0.5, 1 - 2**-53, 1.0, 1 + 2**-52, 1.5, 2.0, 2.5, 3.0,
         4.0, 709.0, 745.0, 1e9, 2.0**52 + 1, 2.0**53 - 1, 2.0**53, 1e300, LARGEST, math.inf]  # fmt: skip
SPECIAL = [sign * size for size in SIZES for sign in (1.0, -1.0)] + [math.nan]
CELLS = 3200


def function(name: str) -> Callable[..., float]:
    found: Callable[..., float] = getattr(builtins, name)
    return found


def distance(got: float, exact: Any) -> float:
    """Units of the last place between a double and a number of mpmath."""
    size = abs(exact)
    if size >= mpmath.mpf(2) ** 1024 - mpmath.mpf(2) ** 970:
        return 0.0 if math.isinf(got) and (got > 0) == (exact > 0) else math.inf
    if not math.isfinite(got):
        return math.inf
    place = max(-1074, mpmath.frexp(size)[1] - 53) if size else -1074
    return float(abs(mpmath.mpf(got) - exact) / mpmath.mpf(2) ** place)


def worst(name: str, results: Sequence[float], *arguments: Numbers) -> tuple[float, list[float]]:
    """The largest distance from the exact results, and where."""
    with mpmath.workprec(220):
        found = [
            (distance(float(result), EXACT[name](*map(mpmath.mpf, map(float, numbers)))), [float(x) for x in numbers])
            for result, *numbers in zip(results, *arguments, strict=True)
        ]
    return max(found)


def same(one: Numbers, other: Numbers) -> npt.NDArray[np.bool_]:
    """Where two arrays hold the same bits, or both no number."""
    equal: npt.NDArray[np.bool_] = (one.view(np.int64) == other.view(np.int64)) | (np.isnan(one) & np.isnan(other))
    return equal


def any_size(random: np.random.Generator, count: int) -> Numbers:
    """Positive numbers with bits at random: all exponents alike."""
    return random.integers(1, 0x7FF << 52, count, dtype=np.int64).view(np.float64)


# --- compiled ---------------------------------------------------------------------------------------------------------


def compiled(body: str) -> Callable[[Numbers], None]:
    """Lines of a kernel that work on one flat memory ``w``."""
    library = Library(build(source_of(body), {}))

    def run(memory: Numbers) -> None:
        nothing = 4 * [None] + 4 * [0.0] + 2 * [0]
        library["run"](memory.ctypes.data, *nothing)

    return run


def source_of(body: str) -> str:
    return f"def shared({DRIVER}):\n    k = 0\n\n\ndef run({DRIVER}):\n{body}\n"


@cache
def scalar(name: str) -> Callable[..., float]:
    """The function compiled by itself: it has nothing to make vectors of."""
    given = ", ".join(f"w[{number}]" for number in range(1, ARGUMENTS[name] + 1))
    run = compiled(f"    w[0] = {name}({given})")

    def call(*numbers: float) -> float:
        memory = np.array([0.0, *numbers])
        run(memory)
        return float(memory[0])

    return call


def text_of_loops() -> str:
    """A loop for each function through one flat memory: three arrays of arguments, then one of results each."""
    lines = []
    for number, name in enumerate(NAMES, 3):
        given = ", ".join(f"w[lane + {argument * CELLS}]" for argument in range(ARGUMENTS[name]))
        lines += [f"    for lane in range({CELLS}):", f"        w[lane + {number * CELLS}] = {name}({given})"]
    return "\n".join(lines)


@cache
def loops() -> Callable[[Numbers], None]:
    return compiled(text_of_loops())


def laid_out(*arguments: Numbers) -> Numbers:
    memory = np.zeros((3 + len(NAMES), CELLS))
    memory[: len(arguments)] = arguments
    return memory


def vector(name: str, *arguments: Numbers) -> Numbers:
    """What the loop of a function gives for arguments of ``CELLS`` numbers."""
    memory = laid_out(*arguments)
    loops()(memory.reshape(-1))
    results: Numbers = memory[3 + NAMES.index(name)]
    return results


FEATURES: dict[str, bool] = dict(binding.get_host_cpu_features())


@cache
def on_processor(kind: str) -> tuple[dict[str, Numbers], str]:
    """Results for mixed arguments with a processor's widest vectors, and what the vectoriser remarked."""
    if not FEATURES.get("fma") or not FEATURES.get("avx512f" if kind == "avx512" else "avx2"):
        pytest.skip(f"not on this processor: {kind}")
    vectors = "widest" if kind == "avx512" else "avx2"
    order = {"text": source_of(text_of_loops()), "tables": {}, "vectors": vectors, "remarks": True}
    done = subprocess.run(
        [sys.executable, "-m", "sim.engine.build"], input=json.dumps(order).encode(), capture_output=True, check=True,
        cwd=ROOT,
    )  # fmt: skip
    memory = laid_out(*mixed())
    library = Library(done.stdout)
    library["run"](memory.ctypes.data, *4 * [None], *4 * [0.0], 0, 0)
    return dict(zip(NAMES, memory[3:], strict=True)), done.stderr.decode()


@pytest.mark.parametrize(("kind", "width"), [("avx2", 4), ("avx512", 8)])
def test_every_loop_becomes_vectors(kind: str, width: int) -> None:
    remarks = on_processor(kind)[1]
    assert remarks.count(f"vectorized loop (vectorization width: {width},") == len(NAMES), remarks
    assert "not vectorized" not in remarks


@cache
def mixed() -> tuple[Numbers, Numbers, Numbers]:
    """Three arrays of arguments: every pair of special numbers, then ordinary ones and all sizes."""
    random = np.random.default_rng(5)
    pairs = list(product(SPECIAL, SPECIAL))
    rest = CELLS - len(pairs)
    ordinary = random.uniform(-40, 40, (3, rest))
    every_third = ordinary[:, ::3]
    every_third[:] = any_size(random, every_third.size).reshape(3, -1) * random.choice([-1.0, 1.0], every_third.shape)
    first, second = np.array(pairs).T
    x, y, z = np.concatenate([[first, second, random.permutation(first)], ordinary], axis=1)
    return x, y, z


@pytest.mark.parametrize("name", NAMES)
def test_same_bits_plain_and_compiled(name: str) -> None:
    arguments = mixed()[: ARGUMENTS[name]]
    plain = np.array([function(name)(*numbers) for numbers in zip(*(a.tolist() for a in arguments), strict=True)])
    alone = np.array([scalar(name)(*numbers) for numbers in zip(*arguments, strict=True)])
    for other in (alone, vector(name, *arguments)):
        assert_same(plain, other, arguments)


@pytest.mark.parametrize("kind", ["avx2", "avx512"])
@pytest.mark.parametrize("name", NAMES)
def test_same_bits_in_vectors_of_any_width(name: str, kind: str) -> None:
    arguments = mixed()[: ARGUMENTS[name]]
    assert_same(vector(name, *arguments), on_processor(kind)[0][name], arguments)


def assert_same(one: Numbers, other: Numbers, arguments: Sequence[Numbers]) -> None:
    """Bits are equal; if not, tell the first case."""
    differ = ~same(one, other)
    assert not differ.any(), [(*(a[differ][0] for a in arguments), one[differ][0], other[differ][0])]


# --- accuracy ---------------------------------------------------------------------------------------------------------


def samples(name: str) -> Sequence[tuple[Any, ...]]:
    """Arguments by what they try; each of ``CELLS`` numbers."""
    random = np.random.default_rng(7)
    uniform = random.uniform
    sizes, near = any_size(random, CELLS), 1 + uniform(-1, 1, CELLS) * 2.0 ** uniform(-52, -1, CELLS)
    subnormal = uniform(0, 1, CELLS) * sys.float_info.min
    if name == "exp":
        return [(uniform(low, high, CELLS),) for low, high in ((-745.0, 709.7), (-1.0, 1.0), (-745.2, -708.0))]
    if name == "log":
        return [(sizes,), (near,), (subnormal,), (uniform(0.6, 1.6, CELLS),)]
    if name == "power":
        steep, middle = uniform(0.7, 1.42, CELLS), uniform(0.01, 100, CELLS)
        share = uniform(-1, 1, CELLS)
        limits = [1074 / np.maximum(np.abs(np.log2(x)), 1e-300) for x in (sizes, near, steep, subnormal)]
        ends = np.where(share < 0, share * 0.05 - 0.95, share * 0.04 + 0.95)
        return [
            (sizes, share * limits[0]), (near, share * limits[1]), (steep, ends * limits[2]),
            (subnormal, share * limits[3]), (middle, share * 3),
        ]  # fmt: skip
    if name == "tanh":
        return [(uniform(-bound, bound, CELLS),) for bound in (1, 20)] + [(uniform(0.5, 0.6, CELLS),)]
    quarters = random.integers(1, 640_000_000, CELLS) * (math.pi / 2)
    return [(uniform(-bound, bound, CELLS),) for bound in (1, 10, 1e9, 3e13)] + [(quarters,)]


@pytest.mark.parametrize("name", EXACT)
def test_accuracy_over_the_whole_range(name: str) -> None:
    for arguments in samples(name):
        ulps, where = worst(name, vector(name, *arguments).tolist(), *arguments)
        assert ulps <= ULPS[name], (name, where, ulps)


@given(st.floats(min_value=-750, max_value=712))
@example(709.782712893384)
@example(-745.1332191019412)
@example(-708.3964185322641)
def test_exp(x: float) -> None:
    assert worst("exp", [builtins.exp(x)], np.array([x]))[0] <= ULPS["exp"]


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
@example(5e-324)
@example(LARGEST)
def test_log(x: float) -> None:
    assert worst("log", [builtins.log(x)], np.array([x]))[0] <= ULPS["log"]


@settings(max_examples=300)
@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False), st.floats(allow_infinity=False, allow_nan=False))
@example(5e-324, -0.9)
@example(LARGEST, -1.04)
@example(1 + 2**-52, 3.1e18)
@example(1 - 2**-53, 6.7e18)
def test_power(x: float, y: float) -> None:
    assert worst("power", [builtins.power(x, y)], np.array([x]), np.array([y]))[0] <= ULPS["power"]


@pytest.mark.parametrize("name", ["sin", "cos"])
@given(x=st.floats(min_value=-1e9, max_value=1e9))
@example(x=645_000_000 * (math.pi / 2))
@example(x=5e-324)
def test_waves(name: str, x: float) -> None:
    assert worst(name, [function(name)(x)], np.array([x]))[0] <= ULPS[name]


# --- special cases ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "tanh", "power", "minimum", "maximum", "square_root"])
def test_special_cases_are_those_of_numpy(name: str) -> None:
    reference = {"square_root": np.sqrt}.get(name) or getattr(np, name)
    table = list(product(SPECIAL, repeat=ARGUMENTS[name]))
    with np.errstate(all="ignore"):
        results = reference(*np.array(table).T)
    for arguments, expected in zip(table, results.tolist(), strict=True):
        if name in ("sin", "cos") and 2.0**45 < abs(arguments[0]) < math.inf:
            continue
        got, told = function(name)(*arguments), (name, arguments, expected)
        assert math.isnan(got) == math.isnan(expected), told
        if not math.isnan(expected):
            assert got == expected or abs(got - expected) <= 2 * math.ulp(expected), told
            if name not in ("minimum", "maximum"):
                assert math.copysign(1, got) == math.copysign(1, expected), told


def test_powers_that_are_doubles_come_out_exact() -> None:
    cases = [(float(x), float(n), float(x**n)) for x in range(2, 400) for n in range(1, 53) if x**n < 2**53]
    cases += [((i / 16) ** 2, 0.5, i / 16) for i in range(1, 500)]
    cases += [(float(i), -1.0, 1 / i) for i in (1, 2, 4, 2**60)] + [(-3.0, 3.0, -27.0), (10.0, 22.0, 1e22)]
    power = scalar("power")
    assert [case for case in cases if power(*case[:2]) != case[2]] == []


def test_waves_end_where_angles_do() -> None:
    assert not math.isnan(builtins.sin(2.0**45))
    assert math.isnan(builtins.sin(2.0**46))
    assert math.isnan(builtins.cos(1e300))


NEAR_ZERO = st.one_of(st.floats(-1e6, 1e6), st.floats(-2e-6, 2e-6), st.sampled_from([0.0, 1e-6, -1e-6]))


@given(st.floats(-1e6, 1e6), NEAR_ZERO, st.floats(-1e6, 1e6))
def test_quotients_follow_pysd(a: float, b: float, x: float) -> None:
    assert builtins.zidz(a, b) == pysd_functions.zidz(a, b)
    assert builtins.xidz(a, b, x) == pysd_functions.xidz(a, b, x)
    assert builtins.quantum(a, b) == pysd_functions.quantum(a, b)
    assert builtins.modulo(a, b) == pysd_functions.modulo(a, b)
    assert builtins.integer(a) == pysd_functions.integer(a)


# --- primitives -------------------------------------------------------------------------------------------------------


@settings(max_examples=400)
@given(st.floats(), st.floats(), st.floats())
@example(0.1, 10.0, -1.0)
@example(1e200, 1e200, -math.inf)
@example(1e-200, -1e-200, 0.0)
@example(0.0, -1.0, 0.0)
@example(1.0, -1.0, 1.0)
@example(math.inf, 0.0, 1.0)
def test_fma_rounds_once(a: float, b: float, c: float) -> None:
    got = builtins.fma(a, b, c)
    assert same(np.array([got]), np.array([compiled_fma()(a, b, c)]))
    exact_sum = all(map(math.isfinite, (a, b, c))) and Fraction(a) * Fraction(b) + Fraction(c)
    if exact_sum and abs(exact_sum) <= LARGEST:
        assert got == exact_sum.numerator / exact_sum.denominator


@cache
def compiled_fma() -> Callable[..., float]:
    run = compiled("    w[0] = fma(w[1], w[2], w[3])")

    def call(*numbers: float) -> float:
        memory = np.array([0.0, *numbers])
        run(memory)
        return float(memory[0])

    return call


@given(st.floats())
def test_bits_go_there_and_back(x: float) -> None:
    assert same(np.array([builtins.from_bits(builtins.bits(x))]), np.array([x]))
    assert builtins.bits(x) == int(np.array([x]).view(np.int64)[0])
