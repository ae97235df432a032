"""Model texts as equations: every construct, and the park model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.cache import Cache
from sim.engine.inputs import Grid, RunInputs
from sim.engine.interface import StudyInputs
from sim.engine.pysd_engine import PysdEngine
from sim.engine.trace import evaluate
from sim.model.ir import (
    Clock,
    Clocks,
    Equation,
    Expression,
    Index,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
)
from sim.model.ir_json import from_json, to_json
from sim.model.mdl_text import bind_text, entries, read_model_text
from sim.model.translate import translate
from tests.translated import CONTROL, HEADER, NUMBERS, RANGES, read

PARK_MODEL = Path(__file__).parents[1] / "models" / "inner-mongolia" / "park.mdl"
def show(expression: Expression) -> str:
    """An expression on one line: ``x[park, 0, park@2.1]`` is x at the loop, at the first label, at listed ones."""
    match expression:
        case Number(value=value):
            return f"{value:g}"
        case Clock(which=which):
            return f"<{which}>"
        case Ref(variable=name, index=index):
            return name + show_index(index)
        case Op(name=name, arguments=arguments):
            return f"{name}({', '.join(map(show, arguments))})"
        case Reduce(operator=operator, axes=axes, body=body):
            return f"{operator}({', '.join(f'{name}:{over}' for name, over in axes)} | {show(body)})"
        case Look(table=name, index=index, argument=argument):
            return f"{name}{show_index(index)}({show(argument)})"
        case Past(variable=name, index=index, delay=delay, initial=initial):
            return f"past({name}{show_index(index)}, {show(delay)}, {show(initial)})"


def show_index(index: tuple[Index, ...]) -> str:
    parts = []
    for one in index:
        positions = ".".join(map(str, one.positions or ()))
        parts.append(positions if one.axis is None else f"{one.axis}@{positions}" if one.positions else one.axis)
    return f"[{', '.join(parts)}]" if parts else ""


def show_equation(equation: Equation) -> str:
    loops = "".join(f" {name}:{over}" for name, over in equation.loops)
    return f"{equation.role}{loops} | {equation.variable}{show_index(equation.target)} = {show(equation.body)}"


SCALARS = [
    ("a - b - c", "subtract(subtract(a, b), c)"),
    ("a - (b - c)", "subtract(a, subtract(b, c))"),
    ("a * b / c", "divide(multiply(a, b), c)"),
    ("a + b * c", "add(a, multiply(b, c))"),
    ("-a ^ b", "negative(power(a, b))"),
    ("(-a) ^ b", "power(negative(a), b)"),
    ("a ^ b ^ c", "power(a, power(b, c))"),
    ("a ^ -b", "power(a, negative(b))"),
    ("-2 ^ a", "negative(power(2, a))"),
    ("a * -b", "multiply(a, negative(b))"),
    ("IF THEN ELSE(a > b, 1, c)", "where(greater(a, b), 1, c)"),
    ("if then else(a, 1, c)", "where(not_equal(a, 0), 1, c)"),
    ("a >= b", "where(greater_equal(a, b), 1, 0)"),
    ("(a < b) + (a <> c)", "add(where(less(a, b), 1, 0), where(not_equal(a, c), 1, 0))"),
    (
        "IF THEN ELSE(:NOT: a = b :AND: c, 1, 0)",
        "where(and(not(equal(a, b)), not_equal(c, 0)), 1, 0)",
    ),
    ("IF THEN ELSE(a > 1 :or: b > 1, 1, 0)", "where(or(greater(a, 1), greater(b, 1)), 1, 0)"),
    ("EXP(a) + LN(b) + SQRT(c)", "add(add(exp(a), log(b)), sqrt(c))"),
    ("LOG(a, 10)", "divide(log(a), log(10))"),
    ("MIN(a, MAX(b, c))", "minimum(a, maximum(b, c))"),
    ("ZIDZ(a, b) + XIDZ(a, b, c)", "add(zidz(a, b), xidz(a, b, c))"),
    ("MODULO(a, b) + QUANTUM(a, b) + INTEGER(c)", "add(add(modulo(a, b), quantum(a, b)), integer(c))"),
    ("GAME(a) + POWER(b, c) + ABS(a)", "add(add(a, power(b, c)), absolute(a))"),
    ("ARCTAN(a) + TANH(b)", "add(arctan(a), tanh(b))"),
    ("PI()", "3.14159"),
    ("Time + TIME STEP - INITIAL TIME", "subtract(add(<time>, <step>), <start>)"),
    ("FINAL TIME / SAVEPER", "divide(<end>, <saveper>)"),
    ("STEP(a, b)", "multiply(a, where(greater(add(<time>, divide(<step>, 2)), b), 1, 0))"),
    (
        "RAMP(a, b, c)",
        "multiply(multiply(where(greater(add(<time>, 1e-06), b), 1, 0), a), subtract(minimum(c, <time>), b))",
    ),
    (
        "PULSE(a, b)",
        "where(and(greater(add(<time>, divide(<step>, 2)), a), "
        "less(add(<time>, divide(<step>, 2)), add(a, where(equal(b, 0), <step>, b)))), 1, 0)",
    ),
    (
        "PULSE TRAIN(a, b, 4, c)",
        "where(and(and(greater(SINCE, 0), less(<time>, add(c, 1e-06))), or(less(INTO, b), "
        "and(less_equal(b, <step>), less_equal(INTO, <step>)))), 1, 0)"
        .replace("INTO", "where(greater(modulo(SINCE, 4), 0), modulo(SINCE, 4), 4)")
        .replace("SINCE", "subtract(add(<time>, divide(<step>, 2)), a)"),
    ),
    ("x", "1"),
    ("a * y", "multiply(a, 2)"),
    ("ELMCOUNT(park)", "3"),
    ("w[ b ] + e[C, y]", "add(w[1], e[2, 1])"),
    ("SUM(w[park!])", "sum(park!:park | w[park!])"),
    ("SUM(w[big!])", "sum(big!:big | w[big!@2.1])"),
    ("VMAX(e[park!, ind!]) - VMIN(e[A, ind!])", "subtract(maximum(park!:park, ind!:ind | e[park!, ind!]), "
     "minimum(ind!:ind | e[0, ind!]))"),
    (
        "PROD(w[park!] / SUM(w[park!] * e[park!, x]))",
        "product(park!:park | divide(w[park!], sum(park!2:park | multiply(w[park!2], e[park!2, 0]))))",
    ),
    (
        "VECTOR SELECT(w[park!], e[park!, x], 9, 0, 0)",
        "where(equal(sum(park!:park | where(not_equal(w[park!], 0), 1, 0)), 0), 9, "
        "sum(park!:park | where(not_equal(w[park!], 0), multiply(w[park!], e[park!, 0]), 0)))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("right", "expected"), SCALARS)
def test_expression(right: str, expected: str) -> None:
    equations = read(f"{RANGES}{NUMBERS}v = {right} ~~|\n")
    assert [show(e.body) for e in equations.equations if e.variable == "v"] == [expected]


MODELS = {
    "loops and labels": (
        "park: A, B ~~| ind: x, y ~~| e[park, ind] = 1, 2; 3, 4; ~~|"
        " t[ind, park] = e[park, ind] ~~| s[park, y] = e[park, x] + e[B, y] ~~| s[park, x] = 7 ~~|",
        [
            "value ind:ind park:park | t[ind, park] = e[park, ind]",
            "value park:park | s[park, 1] = add(e[park, 0], e[1, 1])",
            "value park:park | s[park, 0] = 7",
        ],
    ),
    "subranges": (
        "all: s1, s2, t1 ~~| s: s2, s1 ~~| x[s] = 1 + Time ~~| x[t1] = 3 ~~| y[all] = x[all] ~~| z[s] = y[s] ~~|",
        [
            "value s:s | x[s@1.0] = add(1, <time>)",
            "value | x[2] = 3",
            "value all:all | y[all] = x[all]",
            "value s:s | z[s] = y[s@1.0]",
        ],
    ),
    "ranges of ranges and of numbers": (
        "a: (a1 - a3) ~~| b: b1, a ~~| x[b] = Time ~~| y[a] = x[a] ~~|",
        ["value b:b | x[b] = <time>", "value a:a | y[a] = x[a@1.2.3]"],
    ),
    "simple mapping": (
        "A: a1, a2 -> B ~~| B: b1, b2 ~~| p[A] = Time ~~| q[B] = p[A] ~~|",
        ["value A:A | p[A] = <time>", "value B:B | q[B] = p[B]"],
    ),
    "explicit mapping": (
        "A: a1, a2 -> (B: b2, b1) ~~| B: b1, b2 ~~| p[A] = Time ~~| q[B] = p[A] ~~|",
        ["value A:A | p[A] = <time>", "value B:B | q[B] = p[B@1.0]"],
    ),
    "mapping to groups": (
        "A: a1, a2 -> (B: odd, even) ~~| B: b1, b2, b3 ~~| odd: b1, b3 ~~| even: b2 ~~|"
        " p[A] = Time ~~| q[B] = p[A] ~~|",
        ["value A:A | p[A] = <time>", "value B:B | q[B] = p[B@0.1.0]"],
    ),
    "two mappings": (
        "A: a1, a2 -> B, C ~~| B: b1, b2 ~~| C: c1, c2 ~~| p[A, B] = Time ~~| q[B, C] = p[A, B] ~~|",
        ["value A:A B:B | p[A, B] = <time>", "value B:B C:C | q[B, C] = p[C, B]"],
    ),
    "equivalence": (
        "A: a1, a2 ~~| B <-> A ~~| p[A] = Time ~~| q[B] = p[B] + p[A] ~~|",
        ["value A:A | p[A] = <time>", "value B:B | q[B] = add(p[B], p[B])"],
    ),
    "exceptions": (
        "r: A, B, C ~~| i: x, y ~~| v[r, i] :EXCEPT: [A, x] = w[r] + Time ~~| v[A, x] = 7 ~~| w[r] = Time ~~|",
        [
            "value r:#r 1 i:i | v[r@1.2, i] = add(w[r@1.2], <time>)",
            "value r:#r 2 i:#i 1 | v[r@0, i@1] = add(w[r@0], <time>)",
            "value | v[0, 0] = 7",
            "value r:r | w[r] = <time>",
        ],
    ),
    "stocks in parts": (
        "r: A, B ~~| s[A] = INTEG(1, 2) ~~| s[B] = INTEG(s[A], 3) ~~|",
        ["initial | s[0] = 2", "flow | s[0] = 1", "initial | s[1] = 3", "flow | s[1] = s[0]"],
    ),
    "numbers in parts": (
        "r: A, B, C ~~| s: A, B ~~| v[s] = 1, 2 ~~| v[C] = Time ~~|",
        ["value s:s | v[s@0.1] = #numbers 1 of v[s]", "value | v[2] = <time>"],
    ),
    "positions": (
        "r: A, B ~~| v[r] = r * Time ~~|",
        ["value r:r | v[r] = multiply(#position r[r], <time>)"],
    ),
    "smooth": (
        "r: A, B ~~| k = Time ~~| v[r] = 1 + SMOOTH(k * 2, 3) ~~|",
        [
            "value | k = <time>",
            "initial | #smooth 1 of v = multiply(k, 2)",
            "flow | #smooth 1 of v = divide(subtract(multiply(k, 2), #smooth 1 of v), 3)",
            "value r:r | v[r] = add(1, #smooth 1 of v)",
        ],
    ),
    "third order": (
        "r: A, B ~~| k[r] = Time ~~| v[r] = SMOOTH N(k[r], 5, 6, 2) ~~|",
        [
            "value r:r | k[r] = <time>",
            "initial r:r | #smooth n 1 of v[r] = 6",
            "flow r:r | #smooth n 1 of v[r] = divide(multiply(subtract(k[r], #smooth n 1 of v[r]), 2), 5)",
            "initial r:r | #smooth n 2 of v[r] = 6",
            "flow r:r | #smooth n 2 of v[r] = "
            "divide(multiply(subtract(#smooth n 1 of v[r], #smooth n 2 of v[r]), 2), 5)",
            "value r:r | v[r] = #smooth n 2 of v[r]",
        ],
    ),
    "delay": (
        "v = DELAY1(Time, 4) ~~|",
        [
            "initial | #delay1 1 of v = multiply(<time>, 4)",
            "flow | #delay1 1 of v = subtract(<time>, divide(#delay1 1 of v, 4))",
            "value | v = divide(#delay1 1 of v, 4)",
        ],
    ),
    "fixed delay": (
        "k = Time ~~| v = DELAY FIXED(k, 2, 0) + DELAY FIXED(k * 2, 3, 1) ~~|",
        [
            "value | k = <time>",
            "value | #delay fixed 1 of v = multiply(k, 2)",
            "value | v = add(past(k, 2, 0), past(#delay fixed 1 of v, 3, 1))",
        ],
    ),
    "trend and forecast": (
        "v = TREND(Time, 2, 0.1) ~~| u = FORECAST(Time, 2, 3) ~~|",
        [
            "initial | #trend 1 of v = divide(<time>, add(1, multiply(0.1, 2)))",
            "flow | #trend 1 of v = divide(subtract(<time>, #trend 1 of v), 2)",
            "value | v = zidz(subtract(<time>, #trend 1 of v), multiply(2, absolute(#trend 1 of v)))",
            "initial | #forecast 1 of u = divide(<time>, add(1, 0))",
            "flow | #forecast 1 of u = divide(subtract(<time>, #forecast 1 of u), 2)",
            "value | u = multiply(<time>, add(1, multiply("
            "zidz(subtract(<time>, #forecast 1 of u), multiply(2, #forecast 1 of u)), 3)))",
        ],
    ),
    "initials": (
        "v = INITIAL(Time) ~~| u = ACTIVE INITIAL(Time, 3) ~~| k = 1 + ACTIVE INITIAL(Time, 3) ~~|",
        [
            "initial | #initial 1 of v = <time>",
            "value | v = #initial 1 of v",
            "value | u = <time>",
            "initial | u = 3",
            "value | #active initial 1 of k = <time>",
            "initial | #active initial 1 of k = 3",
            "value | k = add(1, #active initial 1 of k)",
        ],
    ),
    "initial of some elements": (
        "r: A, B ~~| v[A] = ACTIVE INITIAL(Time, 3) ~~| v[B] = Time ~~|",
        ["value | v[0] = <time>", "initial | v[0] = 3", "value | v[1] = <time>", "initial | v[1] = <time>"],
    ),
    "sample": (
        "v = SAMPLE IF TRUE(Time, 2, 3) ~~|",
        [
            "initial | #sample if true 1 of v = 3",
            "next | #sample if true 1 of v = where(not_equal(<time>, 0), 2, #sample if true 1 of v)",
            "value | v = where(not_equal(<time>, 0), 2, #sample if true 1 of v)",
        ],
    ),
    "lookups": (
        "r: A, B ~~| f[A]((0,0),(1,2)) ~~| f[B]([(0,0)-(9,9)],(0,1),(2,2)) ~~| v[r] = f[r](Time) + f[B](r) ~~|"
        " u = WITH LOOKUP(Time, ((0,0),(1,3))) ~~|",
        [
            "value r:r | v[r] = add(f[r](<time>), f[1](#position r[r]))",
            "value | u = #lookup 1 of u(<time>)",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_model(name: str) -> None:
    text, expected = MODELS[name]
    equations = read(text)
    assert [show_equation(equation) for equation in equations.equations] == expected
    assert from_json(to_json(equations)) == equations
    made = [name for name, variable in equations.variables.items() if variable.made]
    assert list(equations.variables)[len(equations.variables) - len(made) :] == made
    assert all(over in equations.ranges for e in equations.equations for _, over in e.loops)


AXES = [
    ("r: A, B ~~| x[r] = Time ~~|", "x", ("r",)),
    ("r: A, B ~~| x[A] = Time ~~| x[B] = 1 ~~|", "x", ("r",)),
    ("r: A, B, C ~~| s: A, C ~~| x[A] = Time ~~| x[C] = 1 ~~|", "x", ("s",)),
    ("r: A, B ~~| t: B, A ~~| x[t] = Time ~~|", "x", ("t",)),
    ("r: A, B ~~| s: B, C ~~| u: A, B, C ~~| x[A] = Time ~~| x[s] = 1 ~~|", "x", ("u",)),
    ("r: A, B ~~| x[A, A] = 1 ~~| x[A, B] = Time ~~| x[B, A] = 4 ~~| x[B, B] = 5 ~~|", "x", ("r", "r1")),
]


@pytest.mark.parametrize(("text", "name", "axes"), AXES)
def test_axes(text: str, name: str, axes: tuple[str, ...]) -> None:
    assert read(text).variables[name].axes == axes


CONSTANTS = [
    ("v[r, i] = 1, 2; 3, 4; 5, 6; ~~|", (1, 2, 3, 4, 5, 6)),
    ("v[r, i] = 7 ~~|", (7,) * 6),
    ("v[A, i] = 1, 2 ~~| v[B, i] = 3 ~~| v[C, x] = 5 ~~| v[C, y] == -6.5e1 ~~|", (1, 2, 3, 3, 5, -65)),
    ("v[r, i] :EXCEPT: [B, y] = 1, 2; 3, 4; 5, 6; ~~| v[B, y] = 9 ~~|", (1, 2, 3, 9, 5, 6)),
]


@pytest.mark.parametrize(("text", "values"), CONSTANTS)
def test_constant(text: str, values: tuple[float, ...]) -> None:
    variable = read("r: A, B, C ~~| i: x, y ~~|" + text).variables["v"]
    assert (variable.kind, variable.values) == ("constant", values)


def test_lookups_with_other_x_share_their_points() -> None:
    table = read("r: A, B ~~| f[A]((0,0),(2,4)) ~~| f[B]((2,2),(0,1),(1,0)) ~~|").variables["f"]
    assert (table.kind, table.points, table.values) == ("lookup", (0, 1, 2), (0, 2, 4, 1, 0, 2))


def test_control_section_may_refer_to_constants_and_itself() -> None:
    control = "INITIAL TIME = start ~~| FINAL TIME = INITIAL TIME + 2 * 5 ~~| TIME STEP = 0.5 ~~|"
    equations = translate(control + "SAVEPER = TIME STEP ~~| start = 2000 ~~| x = Time ~~|", Path("m.mdl"))
    assert equations.clocks == Clocks(2000.0, 2010.0, 0.5, 0.5)
    assert list(equations.variables) == ["start", "x"]


def test_names_are_compared_as_the_language_does() -> None:
    equations = read('"Idle Land" = Time ~ km2 ~ 闲置土地. Idle land. |\nv = IDLE_land + "idle land" ~~|')
    assert show(equations.equations[1].body) == 'add("Idle Land", "Idle Land")'
    variable = equations.variables['"Idle Land"']
    assert (variable.units, variable.documentation, variable.line) == ("km2", "闲置土地. Idle land.", 1)


def test_short_delays_and_orders_from_constants_are_checked() -> None:
    checks = read("n = 2 ~~| v = DELAY N(Time, 4, 0, n) ~~|").checks
    shown = [(check.code, check.variable, show(check.small), show(check.large)) for check in checks]
    assert shown == [
        ("delay_order_fixed", "v", "n", "2"),
        ("delay_order_fixed", "v", "2", "n"),
        ("delay_too_short", "v", "multiply(2, <step>)", "4"),
    ]


# --- every value as the reference gives it

REFERENCE = {
    "scalars": """
        a = 2 + clock ~~| b = 3 ~~| c = 0.5 ~~|
        v1 = a - b - c ~~| v2 = a / b / c ~~| v3 = a * b / c * a ~~| v4 = -a ^ 2 ~~| v5 = a ^ b ^ c ~~|
        v6 = a ^ -c ~~| v7 = (-a) ^ 2 ~~| v8 = -2 ^ 2 ~~| v9 = a - (b - c) ~~| v10 = a / (b / c) ~~|
        v11 = (-3) ^ b ~~| v12 = -a * b - -c ~~| v13 = 2 ^ -2 ^ 2 ~~| v14 = (a > 3) * 3 + (a < 3) ~~|
        v15 = IF THEN ELSE(a > 3 :AND: a < 5 :OR: a = 6, 1, 0) + IF THEN ELSE(:NOT: clock, 1, 2) ~~|
        v16 = IF THEN ELSE(a > 3 :OR: a < 5 :AND: a = 6, 1, 0) + IF THEN ELSE(clock, 1, 2) ~~|
        p1 = PULSE(1, 0.5) ~~| p2 = PULSE TRAIN(0.5, 0.25, 1, 4.1) ~~| p3 = STEP(3, 1.25) ~~| p4 = RAMP(2, 1, 3) ~~|
        f1 = MODULO(clock, 0.75) ~~| f2 = QUANTUM(-clock * 1.3, 0.5) ~~| f3 = INTEGER(-clock * 1.3) ~~|
        f4 = LOG(a, 10) + POWER(a, 2) + GAME(a) + PI() ~~| f5 = ZIDZ(clock, clock - 1) + XIDZ(1, clock, 5) ~~|
        f6 = ARCTAN(clock) + COSH(clock) + TANH(clock) ~~| f7 = TIME STEP * 2 + FINAL TIME - SAVEPER ~~|
        "q u" = 2 ~~| Q_V = "q u" * a ~~|""",
    "arrays": """
        r: A, B, C, D ~~| i: x, y, z ~~| m: x, y ~~| s: C, A ~~| w[r] = 1, 2, 3, 4 ~~| q[i] = 5, 6, 7 ~~|
        v[r, i] :EXCEPT: [A, x], [B, i] = clock + w[r] ~~| v[A, x] = 7 ~~| v[B, i] = q[i] * clock ~~|
        stock[r] :EXCEPT: [C] = INTEG(w[r], 1) ~~| stock[C] = INTEG(2.5, 9) ~~|
        o[r, m] = w[r] * h[r, m] ~~| o[r, z] = w[r] / 2 + clock ~~| h[r, m] = 1, 2; 3, 4; 5, 6; 7, 8; ~~|
        level[r, m] = INTEG(o[r, m], 1) ~~| level[r, z] = INTEG(-o[r, z], 5) ~~|
        sums[r] = SUM(level[r, i!] * q[i!] / SUM(q[m!])) + PROD(h[r, m!]) - VMIN(v[r!, x]) ~~|
        turned[i, r] = v[r, i] + v[A, i] * r ~~| part[s] = w[s] / SUM(w[s!]) + s ~~| whole = VMAX(part[s!]) ~~|
        picked[m] = VECTOR SELECT(w[r!] - 2, h[r!, m] * clock, 9, 2, 0) ~~|
        mixed[A] = clock ~~| mixed[s2] = 2, 3 ~~| s2: B, C ~~| mixed[D] = INTEG(1, 0) ~~|""",
    "memory": """
        r: A, B ~~| w[r] = 1.5, 2.5 ~~| k[r] = 1.5 + clock * w[r] ~~| n = 2 ~~|
        a[r] = SMOOTH(k[r], 2) ~~| b[r] = 2 * SMOOTH3I(k[r] + 1, 2, 4.5) + 1 ~~| c[r] = SMOOTH N(k[r], 2, 0.5, n) ~~|
        d[r] = DELAY N(k[r], w[r], 0.5, 3) ~~| e[r] = DELAY3(k[r], 2) ~~| f[A] = SMOOTH(k[A], 2) ~~| f[B] = 5 ~~|
        g[r] = TREND(k[r], 2, 0.1) ~~| h[r] = FORECAST(k[r], 2, 3) ~~| j[r] = DELAY FIXED(k[r] * 2, 1, 2) ~~|
        l[r] = SAMPLE IF TRUE(k[r] > 2.5, k[r], 0) ~~| o[r] = INITIAL(k[r] + Time) ~~|
        t[A] = ACTIVE INITIAL(clock, 5) ~~| t[B] = 6 + clock ~~| u[r] = INTEG(1, t[r]) ~~|
        table[A]((0,0),(1,2),(3,1)) ~~| table[B]((0,1),(2,2)) ~~|
        v[r] = table[r](clock * w[r]) + table[A](clock) + WITH LOOKUP(clock, ([(0,0)-(3,3)],(0,0),(1,3),(2,4))) ~~|""",
    "mappings": """
        A: a1, a2, a3 -> B ~~| B: b1, b2, b3 ~~| p[A] = 1, 2, 3 ~~| q[B] = p[A] + clock ~~| t[B] = q[B] * p[A] ~~|
        n: (n1 - n4) ~~| u[n] = n * clock ~~|""",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> PysdEngine:
    return PysdEngine(Cache(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("name", REFERENCE)
def test_values_and_axes_are_those_of_the_reference(reference: PysdEngine, name: str) -> None:
    text = "{UTF-8}\n" + f"{REFERENCE[name]} clock = INTEG(1, 0) ~~|\n{HEADER}".replace("~~|", "~ ~ |\n")
    text += CONTROL.replace("~~|", "~ ~ |")
    equations = translate(text, Path("m.mdl"))
    keep = [name for name, v in equations.variables.items() if not v.made and v.kind != "lookup"]
    found = evaluate(equations, RunInputs(Grid(0.0, 0.25, 20, 4)), keep)
    expected = reference.simulate(text, StudyInputs((), {}, {}, 0, 5, 0.25), keep)
    for variable in keep:
        assert expected[variable].dims[:-1] == equations.variables[variable].axes
        values = np.moveaxis(expected[variable].to_numpy(), -1, 0)
        np.testing.assert_allclose(found[variable], values, rtol=1e-12, atol=1e-12, err_msg=variable)


# --- the park model


@pytest.mark.parametrize("parks", [2, 116])
def test_park_model(parks: int) -> None:
    text = read_model_text(PARK_MODEL)
    if parks > 2:
        text = bind_text(text, PARK_MODEL, [f"P{number:03d}" for number in range(1, parks + 1)])
    equations = translate(text, PARK_MODEL)
    found = [entry for entry in entries(text, PARK_MODEL) if not entry.is_subscript]
    control = {"INITIAL TIME", "FINAL TIME", "TIME STEP", "SAVEPER"}
    assert list(equations.variables) == list(dict.fromkeys(e.name for e in found if e.name not in control))
    assert len(equations.ranges["park"]) == parks
    assert equations.variables["value added ratio"].axes == ("park", "industry")
    assert from_json(to_json(equations)) == equations
