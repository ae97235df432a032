"""Functions of Vensim's language that PySD lacks or takes otherwise: values from the documentation or by formula."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.cache import Cache
from sim.engine.inputs import Grid, RunInputs
from sim.errors import InputError
from sim.model import refused
from sim.model.translate import NotCompiledError, translate
from sim.simulate.source import read_source
from sim.words.catalogue import problem_line
from tests.kernels import compiled, plain, same_bits, write
from tests.language import NA, model, same_in_kernel, values

GRID = Grid(0.0, 0.5, 30)
LOOK = "look((0,0),(1,1),(3,2)) ~~| step((0,1),(1,1),(2,2)) ~~|"
COMPANY = "c: (c1-c5) ~~| s: (s1-s5) ~~| rev[c] = 5000, 3000, 8000, 3000, 1 ~~|"
PROFILE = "pprofile: ptype, ppriority, pwidth, pextra ~~|"
MATRIX = "r: r1, r2 ~~| q <-> r ~~| a[r1, r] = 1, 2 ~~| a[r2, r] = 3, 4 ~~|"

CASES: list[tuple[str, str, Any]] = [
    # what the documentation of lookups gives as examples
    (LOOK, "LOOKUP INVERT(look, -1)", NA),
    (LOOK, "LOOKUP INVERT(look, 0.5)", 0.5),
    (LOOK, "LOOKUP INVERT(look, 1.5)", 2.0),
    ("f((0,3),(1,3),(2,1),(4,3)) ~~|", "LOOKUP INVERT(f, 3)", 0.0),
    (LOOK, "LOOKUP FORWARD(step, -1)", 1.0),
    (LOOK, "LOOKUP FORWARD(step, 1.5)", 2.0),
    (LOOK, "LOOKUP FORWARD(step, 2.5)", 2.0),
    (LOOK, "LOOKUP FORWARD(look, 1)", 1.0),
    (LOOK, "LOOKUP BACKWARD(look, 2.9)", 1.0),
    (LOOK, "LOOKUP BACKWARD(look, 3)", 2.0),
    (LOOK, "LOOKUP EXTRAPOLATE(step, -1)", 1.0),
    (LOOK, "LOOKUP EXTRAPOLATE(step, 1.5)", 1.5),
    (LOOK, "LOOKUP EXTRAPOLATE(step, 2.5)", 2.5),
    (LOOK, "LOOKUP EXTRAPOLATE(look, -2)", -2.0),
    (LOOK, "LOOKUP AREA(step, -1, 3)", 1 + 1 + 1.5 + 2),
    (LOOK, "LOOKUP AREA(look, 0.5, 2)", 0.375 + 1.25),
    ("f(0, 1, 2, 5, 6, 8) ~~|", "f(1.5)", 7.0),
    # :NA: is a number that can be compared
    ("a = :NA: ~~|", "IF THEN ELSE(a = :NA:, 1, 2)", 1.0),
    ("", "IF THEN ELSE(Time = :NA:, 1, 2)", 2.0),
    ("", ":NA:", NA),
    ("", "(-2) ^ 2 + 100 * -2 ^ 2 + 10000 * ( - 2) ^ 3", 4 - 400 - 80000),
    ("a = 0 ~~| b = 1 ~~|", "IF THEN ELSE(a :AND: b :OR: b, 1, 2)", 1.0),
    ("p: x, y ~~| w[p] = 2, 3 ~~| z[p] = 5, 4 ~~|", "VECTOR SELECT(w[p!], z[p!], 0, 5, 0)", 2.0**5 * 3.0**4),
    ("", "MODULO(-7.5, 2) + INTEGER(-2.7) * 10 + QUANTUM(-1.9, 1) * 100", -1.5 - 20 - 100),
    ("", "GAMMA LN(6)", math.log(120)),
    ("", "GET TIME VALUE(1, 5, 0)", 5.0),
    (COMPANY, "VECTOR ELM MAP(rev[c2], 1)", 8000.0),
    (COMPANY, "VECTOR ELM MAP(rev[c1], 5)", NA),
    (COMPANY, "VECTOR ELM MAP(rev[c1], -1)", NA),
    ("p: x, y ~~| w[p] = 2, 3 ~~|", "VECTOR SELECT(w[p!], w[p!], 0, 6, 1)", 5.0),
]


@pytest.mark.parametrize(("body", "right", "expected"), CASES)
def test_value(body: str, right: str, expected: float) -> None:
    found = values(f"{body} v = {right} ~~|", steps=1)["v"]
    np.testing.assert_allclose(found, [expected] * 2, rtol=1e-14)


TIMES: list[tuple[str, list[float]]] = [
    ("v = PULSE(1, 2) ~~|", [0, 1, 1, 0, 0, 0, 0]),
    ("v = PULSE(1, 0) ~~|", [0, 1, 0, 0, 0, 0, 0]),
    ("v = PULSE TRAIN(1, 1, 2, 5) ~~|", [0, 1, 0, 1, 0, 1, 0]),
    ("v = PULSE TRAIN(0, 3, 2, 4) ~~|", [1, 1, 1, 1, 1, 0, 0]),
    ("v = PULSE TRAIN(0, 0, 2, 4) ~~|", [1, 0, 1, 0, 1, 0, 0]),
    ("v = TIME BASE(1970, 2) ~~|", [1970, 1972, 1974, 1976, 1978, 1980, 1982]),
    ("v = GET TIME VALUE(0, 5, 0) ~~|", [5, 6, 7, 8, 9, 10, 11]),
    ("v = NPV(10, 0.1, 0, 1) ~~|", [10 * sum(1.1**-n for n in range(k + 1)) for k in range(7)]),
    ("v = NPVE(10, 0.1, 0, 2) ~~|", [20 * sum(1.1**-n for n in range(1, k + 2)) for k in range(7)]),
    ("v = NPV(0, 0.1, 5, 3) ~~|", [15.0] * 7),
    ("v = DEPRECIATE STRAIGHTLINE(3 + STEP(6, 2), 3, 1, 3) ~~|", [3, 3, 5, 7, 9, 9, 9]),
    ("v = DEPRECIATE STRAIGHTLINE(STEP(6, 2), 1, 1, 0) ~~|", [0, 0, 6, 6, 6, 6, 6]),
    ("v = SAMPLE IF TRUE(Time = 2 :OR: Time = 4, Time * 10, -1) ~~|", [-1, -1, 20, 20, 40, 40, 40]),
    ("x = 4 + (Time - 1) ^ 2 ~~| v = SAMPLE IF TRUE(x > v, x, x) ~~|", [5, 5, 5, 8, 13, 20, 29]),
    ("v = SAMPLE IF TRUE(:NOT: v :AND: Time > 1, Time, 0) ~~|", [0, 0, 2, 2, 2, 2, 2]),
    ("u = ACTIVE INITIAL(Time + 1, 7) ~~| v = INTEG(u, u) ~~|", [7, 8, 10, 13, 17, 22, 28]),
    ("v = DELAY FIXED(Time, 2.5, -1) ~~|", [-1, -1, -1, 0, 1, 2, 3]),
]


@pytest.mark.parametrize(("body", "expected"), TIMES)
def test_course(body: str, expected: list[float]) -> None:
    np.testing.assert_allclose(values(body, steps=6)["v"], expected, rtol=1e-13)


def test_what_is_invested_is_written_off_and_no_more() -> None:
    body = "in = PULSE(2, 2) * 12 ~~| d = DEPRECIATE STRAIGHTLINE(in, 6, 2, 0) ~~| s = INTEG(d, 0) ~~|"
    assert values(body, steps=40, step=0.5)["s"][-1] == pytest.approx(24.0, rel=1e-14)


ARRAYS: list[tuple[str, str, Any]] = [
    (COMPANY, "v[c] = VECTOR RANK(rev[c], 1)", [4, 2, 5, 3, 1]),
    (COMPANY, "v[c] = VECTOR RANK(rev[c], -1)", [2, 3, 1, 4, 5]),
    (COMPANY, "v[s] = VECTOR SORT ORDER(rev[c], 1)", [4, 1, 3, 0, 2]),
    (COMPANY, "v[s] = VECTOR SORT ORDER(rev[c], 0)", [2, 0, 1, 3, 4]),
    (COMPANY + "o[s] = VECTOR SORT ORDER(rev[c], 1) ~~|", "v[s] = VECTOR REORDER(rev[c], o[s])",
     [1, 3000, 3000, 5000, 8000]),
    (COMPANY, "v[c] = IF THEN ELSE(c = c1, 7, VECTOR ELM MAP(rev[c], -1))", [7, 5000, 3000, 8000, 3000]),
    ("a: a1, a2 ~~| c: c1, c2, c3 ~~| w[a, c] = 1, 2, 3; 4, 5, 6; ~~|",
     "v[a, c] = VECTOR ELM MAP(w[a1, c1], (a - 1) * ELMCOUNT(c) + c - 1)", [[1, 2, 3], [4, 5, 6]]),
    ("a: a1, a2 ~~| c: c1, c2, c3 ~~| w[a, c] = 1, 2, 3; 6, 5, 4; ~~|", "v[a, c] = VECTOR RANK(w[a, c], 1)",
     [[1, 2, 3], [3, 2, 1]]),
    (MATRIX, "v[r, q] = INVERT MATRIX(a[r, q], 2)", [[-2, 1], [1.5, -0.5]]),
    ("r: r1, r2, r3 ~~| q <-> r ~~| a[r, q] = 0, 2, 0; 0, 0, 4; 5, 0, 0; ~~|", "v[r, q] = INVERT MATRIX(a[r, q], 3)",
     [[0, 0, 0.2], [0.5, 0, 0], [0, 0.25, 0]]),
    ("r: a, b, c, d ~~| req[r] = 3, 6, 2.5, 2 ~~| pr[r] = 10, 9, 7, 2 ~~|",
     "v[r] = ALLOCATE BY PRIORITY(req[r], pr[r], ELMCOUNT(r), 3, 3)", [5 / 3, 4 / 3, 0, 0]),
    ("r: a, b ~~| req[r] = 3, 6 ~~| pr[r] = 1, 1 ~~|",
     "v[r] = ALLOCATE BY PRIORITY(req[r], pr[r], 2, 1, 20)", [3, 6]),
    # rectangular curves from 4 to 6 and 5 to 9: at 5.25, 5 * 0.375 + 10 * 0.9375 = 11.25
    (PROFILE + "r: a, b ~~| q[r] = 5, 10 ~~| p[r, pprofile] = 1, 5, 2, 0; 1, 7, 4, 0; ~~|",
     "v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], 11.25)", [1.875, 9.375]),
    # two equal normal curves share in proportion; what is asked for is never exceeded
    (PROFILE + "r: a, b ~~| q[r] = 5, 10 ~~| p[r, pprofile] = 3, 5, 2, 0; 3, 5, 2, 0; ~~|",
     "v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], 6)", [2, 4]),
    (PROFILE + "r: a, b ~~| q[r] = 5, 10 ~~| p[r, pprofile] = 2, 5, 2, 0; 4, 9, 4, 0; ~~|",
     "v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], 99)", [5, 10]),
]  # fmt: skip


@pytest.mark.parametrize(("body", "equation", "expected"), ARRAYS)
def test_array(body: str, equation: str, expected: Any) -> None:
    found = values(f"{body} {equation} ~~|", steps=1)["v"]
    np.testing.assert_allclose(found, [expected] * 2, rtol=1e-11, atol=1e-11)


def test_triangle_and_exponential_curves() -> None:
    """At a price of 6: what the formulas of the curves give, and the allocation finds that price."""
    share = [2 * 10 * (0.5 - 0.25) ** 2, 20 * 0.5 * math.exp(-1 / 2)]
    body = (f"{PROFILE} r: a, b ~~| q[r] = 10, 20 ~~| p[r, pprofile] = 2, 5, 4, 0; 4, 5, 2, 0; ~~|"
            f" v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], {sum(share)!r}) ~~|")  # fmt: skip
    np.testing.assert_allclose(values(body, steps=1)["v"][0], share, rtol=1e-11)


MARKET = (
    "supplier: s1, s2, s3 ~~| demander: d1, d2 ~~| " + PROFILE + "ds[demander] = 500, 300 ~~|"
    " sc[supplier] = 200, 300, 450 ~~| dc[d1, pprofile] = 3, 5, 2, 0 ~~| dc[d2, pprofile] = 3, 7, 4, 0 ~~|"
    " su[s1, pprofile] = 3, 1, 2, 0 ~~|"
    " su[s2, pprofile] = 3, 3, 4, 0 ~~| su[s3, pprofile] = 3, 5, 4, 0 ~~|"
    " price = FIND MARKET PRICE(ds[d1], dc[d1, ptype], sc[s1], su[s1, ptype]) ~~|"
    " asked[demander] = DEMAND AT PRICE(ds[demander], dc[demander, ptype], price) ~~|"
    " offered[supplier] = SUPPLY AT PRICE(sc[supplier], su[supplier, ptype], price) ~~|"
)  # fmt: skip


def test_a_market_clears() -> None:
    found = values(MARKET, steps=1)
    price = found["price"][0]
    asked = [q / 2 * math.erfc((price - p) / (w * math.sqrt(2))) for q, p, w in ((500, 5, 2), (300, 7, 4))]
    np.testing.assert_allclose(found["asked"][0], asked, rtol=1e-12)
    assert found["asked"][0].sum() == pytest.approx(found["offered"][0].sum(), rel=1e-12)


RANDOM = (
    "c: (c1-c40) ~~| even[c] = RANDOM UNIFORM(2, 4, 0) ~~| bell[c] = RANDOM NORMAL(-1, 5, 1, 2, 3) ~~|"
    " wait[c] = RANDOM EXPONENTIAL(0, 100, 1, 2, 0) ~~| wear[c] = RANDOM WEIBULL(0, 10, 2, 0, 3, 0) ~~|"
    " hill[c] = RANDOM TRIANGULAR(0, 10, 1, 2, 4, 0) ~~| zero[c] = RANDOM 0 1() ~~| one[c] = RANDOM 0 1() ~~|"
)


def test_random_numbers_have_their_distribution() -> None:
    found = values(RANDOM, steps=100)
    count = found["even"].size
    # mean and deviation of each; the normal one is cut at a deviation below and two above its mean
    a, b = -1.0, 2.0
    mass = 0.5 * (math.erf(b / math.sqrt(2)) - math.erf(a / math.sqrt(2)))
    bell = 1 + 2 * (math.exp(-a * a / 2) - math.exp(-b * b / 2)) / math.sqrt(2 * math.pi) / mass
    moments = {
        "even": (3, 2 / math.sqrt(12)), "wait": (3, 2), "wear": (3, 3 * math.sqrt(4 / math.pi - 1)),
        "hill": (7 / 3, math.sqrt((1 + 4 + 16 - 2 - 4 - 8) / 18)), "zero": (0.5, 1 / math.sqrt(12)),
        "bell": (bell, 1.45),
    }  # fmt: skip
    for name, (mean, deviation) in moments.items():
        assert abs(found[name].mean() - mean) < 4 * deviation / math.sqrt(count), name
    limits = {"even": (2, 4), "bell": (-1, 5), "wait": (1, 100), "wear": (0, 10), "hill": (1, 4), "zero": (0, 1)}
    for name, (low, high) in limits.items():
        assert low <= found[name].min()
        assert found[name].max() <= high
    assert len(np.unique(found["zero"])) == count
    assert abs(np.corrcoef(found["zero"].ravel(), found["one"].ravel())[0, 1]) < 0.06
    seeded = values("NOISE SEED = 7 ~~|" + RANDOM, steps=2)
    assert not np.any(seeded["zero"] == found["zero"][:3])


KERNELS = {
    "lookups": LOOK + "a = LOOKUP INVERT(look, Time * 0.7) ~~| b = LOOKUP FORWARD(look, Time) ~~|"
    " bb = LOOKUP BACKWARD(look, Time) ~~| d = LOOKUP EXTRAPOLATE(look, Time - 1) ~~|"
    " e = LOOKUP AREA(look, 0, Time) ~~|"
    " f = PULSE TRAIN(0.5, 0.5, 2, 4) + PULSE(1, 0) ~~| g = NPV(Time, 0.1, 1, 2) ~~| h = GAMMA LN(Time + 0.3) ~~|"
    " i = DEPRECIATE STRAIGHTLINE(Time, 3, 1, 1) ~~|" + RANDOM.replace("(c1-c40)", "(c1-c4)"),
    "vector lookups": "r: (p1-p3) ~~| v[r] = r * SIN(r + Time) ~~|"
    + "".join(f" m{mode} = VECTOR LOOKUP(v[p1], Time - 1, 0.5, 3.5, {mode}) ~~|" for mode in range(10) if mode != 8),
    "vectors": COMPANY + "v[c] = rev[c] * SIN(c * Time) ~~| rank[c] = VECTOR RANK(v[c], 1) ~~|"
    " order[s] = VECTOR SORT ORDER(v[c], -1) ~~| sorted[s] = VECTOR REORDER(v[c], order[s]) ~~|"
    " mid = VECTOR ELM MAP(v[c1], order[s3]) ~~|" + MATRIX + "b[r, q] = a[r, q] + Time ~~| i[r, q] ="
    " INVERT MATRIX(b[r, q], 2) ~~| req[c] = 1 + c ~~|"
    " got[c] = ALLOCATE BY PRIORITY(req[c], rank[c], 5, 1.5, 2 * Time) ~~|",
}  # fmt: skip


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_give_the_same(name: str) -> None:
    same_in_kernel(KERNELS[name], steps=10, step=0.5)


def test_compiled_code_gives_the_bits_of_its_text() -> None:
    body = "a = GAMMA LN(Time + 0.2) ~~| b = RANDOM NORMAL(-9, 9, 0, 1, 0) ~~| c = RANDOM UNIFORM(0, 1, Time) ~~|"
    equations = model(body, GRID)
    written = write(equations)
    assert same_bits(plain(written, RunInputs(GRID)), compiled(written, RunInputs(GRID)))


REFUSED = [
    ("v = GET TIME VALUE(2, 0, 1) ~~|", "GET TIME VALUE(relativeto, …)"),
    ("v = GET TIME VALUE(0, 0, 3) ~~|", "GET TIME VALUE(…, measure)"),
    ("v = DELAY MATERIAL(Time, 2 + Time, 0, 0) ~~|", "DELAY MATERIAL(…, time, …, …)"),
    ("r: a, b ~~| w[r] = 1, 2 ~~| v = VECTOR LOOKUP(w[a], Time, 0, 1, 8) ~~|", "VECTOR LOOKUP(…, mode)"),
    (PROFILE + "r: a, b ~~| q[r] = 5, 10 ~~| p[r, pprofile] = 5, 5, 2, 1; 1, 5, 2, 0; ~~|"
     "v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], 5) ~~|", "ALLOCATE AVAILABLE(ptype 5)"),
    ("r: (r1-r40) ~~| q <-> r ~~| a[r, q] = 1 ~~| v[r, q] = INVERT MATRIX(a[r, q], 40) ~~|", "INVERT MATRIX(…, 40)"),
]  # fmt: skip
MISTAKES = [
    ("v = VECTOR RANK(Time, 1) ~~|", "model_nothing_ranged"),
    ("r: a, b ~~| w[r] = 1 ~~| v = VECTOR SORT ORDER(w[r], 1) ~~|", "model_nothing_ranged"),
    ("w = 1 ~~| v = VECTOR ELM MAP(w, 1) ~~|", "model_nothing_ranged"),
    ("w = 1 ~~| v = LOOKUP INVERT(w, 1) ~~|", "model_no_lookup"),
    ("w = 1 ~~| v = GET DATA AT TIME(w, 1) ~~|", "model_no_data"),
    ("r: a, b ~~| q[r] = 1 ~~| v[r] = ALLOCATE AVAILABLE(q[r], q[r], 5) ~~|", "model_nothing_ranged"),
    ("f(0, 1, 2) ~~| v = f(Time) ~~|", "model_syntax"),
    ("v := CUMULATE(Time) ~~|", "model_no_data"),
    *((f"v = 1 + {name}(Time) ~~|", code) for name, code in refused.REFUSED.items()),
]


@pytest.mark.parametrize(("body", "construct"), REFUSED)
def test_what_is_not_covered_is_named(body: str, construct: str) -> None:
    with pytest.raises(NotCompiledError) as error:
        values(body)
    assert [reason.construct for reason in error.value.reasons] == [construct]


@pytest.mark.parametrize(("body", "code"), MISTAKES)
def test_mistakes_are_named(body: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        values(body)
    assert {problem.code for problem in error.value.problems} == {code}
    for lang in ("zh", "en"):
        assert "{" not in problem_line(lang, error.value.problems[0])


def test_a_function_that_is_refused_says_where_and_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    path.write_text(
        "{UTF-8}\nx = INTEG(1, 0) ~~|\nshare = FIND ZERO(x, 1, 2, 3, 4, 5, 6, 7, 8) + QUEUE FIFO(x, 1, 2, 3, 4) ~~|\n"
        "INITIAL TIME=0~~|FINAL TIME=4~~|TIME STEP=1~~|SAVEPER=1~~|\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_source(path, Cache(tmp_path / "cache"))
    told = [problem_line("en", problem) for problem in error.value.problems]
    assert [line.split(": ")[0] for line in told] == [f"{path}:3"] * 2
    assert "'share' uses FIND ZERO" in told[0]
    assert "let a stock move towards it" in told[0]
    assert "DELAY FIXED" in told[1]


def test_what_pysd_does_not_run_either_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    body = PROFILE + "r: a, b ~~| q[r] = 5, 10 ~~| p[r, pprofile] = 5, 5, 2, 1; 1, 5, 2, 0; ~~|"
    path.write_text(
        f"{{UTF-8}}\nx = INTEG(1, 0) ~~|{body}\nu = DELAY MATERIAL(x, 1 + Time, 0, 0) ~~|\n"
        "v[r] = ALLOCATE AVAILABLE(q[r], p[r, ptype], 5) ~~|\n"
        "INITIAL TIME=0~~|FINAL TIME=4~~|TIME STEP=1~~|SAVEPER=1~~|\n", encoding="utf-8")
    told = []
    for start in ("u", "v"):
        text = path.read_text(encoding="utf-8")
        lines = ("" if line.startswith(start) else line for line in text.split("\n"))
        path.write_text("\n".join(lines), encoding="utf-8")
        with pytest.raises(InputError) as error:
            read_source(path, Cache(tmp_path / "cache"))
        told += [(p.code, *p.values.values(), p.place and p.place.line) for p in error.value.problems]
        path.write_text(text, encoding="utf-8")
    assert told == [
        ("simulate_not_run", "v", "ALLOCATE AVAILABLE(ptype 5)", 4),
        ("simulate_not_run", "u", "DELAY MATERIAL(…, time, …, …)", 3),
    ]


def test_long_sums_and_times_of_tenths() -> None:
    body = f"r: a, b ~~| w[r] = 1, 2 ~~| v[r] = {' + '.join(['w[r]'] * 450)} - Time ~~| s = SUM(w[r!] "
    body += "+ w[r!] " * 250 + ") ~~| at = IF THEN ELSE(Time >= 0.3 :AND: Time <= 0.3 :OR: Time = 0.7, 1, 0) ~~|"
    found = values(body, steps=10, step=0.1)
    assert found["v"][0].tolist() == [450, 900]
    assert found["s"][0] == 251 * 3
    assert found["at"].tolist() == [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    same_in_kernel(body, steps=10, step=0.1)


def test_names_may_hold_what_ends_nothing() -> None:
    body = """cost in $ = 2 ~~| men's share = 3 ~~| "a = b -> 'c' (50 %); #1?" = 4 ~~| 价格 = 5 ~~|
    v = cost in $ * men's share + "a = b -> 'c' (50 %); #1?" * 价格 ~~|"""
    assert values(body)["v"][0] == 26
    same_in_kernel(body)
    for name in ('"a\\b"', '"a {b} c"', "a@b"):
        with pytest.raises(InputError):
            values(f"{name} = 1 ~~|")


def test_a_mapping_to_a_range_holds_for_its_subranges() -> None:
    body = "m: m1, m2, m3 -> (r: c, b, a) ~~| r: a, b, c ~~| big: c, b ~~| p[m] = 1, 2, 3 ~~| v[big] = p[m] * 1 ~~|"
    assert values(body)["v"][0].tolist() == [1, 2]


def test_notes_and_reality_checks_are_left_out() -> None:
    text = "r: a, {old: b,} c ~~| c1 :THE CONDITION: v > 3 :IMPLIES: v < 4 ~~| v[r] = Time {note} + 1 ~~|"
    assert values(text)["v"].shape == (5, 2)
    with pytest.raises(InputError) as error:
        translate("v = {x} ~ ~ |", Path("m.mdl"))
    assert [problem.code for problem in error.value.problems] == ["model_equation"] + ["model_control"] * 4
