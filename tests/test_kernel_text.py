"""Generated kernels as texts: goldens of tiny models, and nothing but a fixed vocabulary whatever the model's names.

Run with REWRITE_GOLDENS=1 in the environment to write the goldens anew.
"""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.engine.build import LIBRARY, OWN, namespace
from sim.engine.inputs import Grid, RunInputs
from sim.engine.kernel import Method
from sim.engine.trace import evaluate
from sim.model.ir import Equations, Index, Look, Number, Past, Ref, Variable
from tests.kernels import (
    TIME,
    Written,
    by_name,
    here,
    model,
    op,
    plain,
    read,
    rule,
    stock,
    total,
    write,
)

GOLDENS = Path(__file__).parent / "goldens" / "kernels"
REWRITE = bool(os.environ.get("REWRITE_GOLDENS"))

PARKS = "park: A, B, C, D, E, F, G, H ~~| "
MODELS: dict[str, str] = {
    "growth": "x = INTEG(rate * x, 2) ~~| rate = 0.1 ~~|",
    "arrays": PARKS + """
        industry: steel, food ~~|
        base[park, industry] = 1, 2; 3, 4; 5, 6; 7, 8; 1, 2; 3, 4; 5, 6; 7, 8; ~~|
        weight[park] = 1, 2, 3, 4, 5, 6, 7, 8 ~~|
        level[park, industry] = INTEG(gain[park, industry] - lost[park, industry], base[park, industry]) ~~|
        gain[park, industry] = weight[park] * level[park, industry] ~~|
        lost[park, industry] = gain[park, industry] / (1 + level[park, industry]) ~~|""",
    "sum over parks": PARKS + """
        weight[park] = 1, 2, 3, 4, 5, 6, 7, 8 ~~|
        level[park] = INTEG(weight[park] * (1 - level[park] / total), weight[park]) ~~|
        total = SUM(level[park!]) ~~|""",
    "elements of other parks": PARKS + """
        weight[park] = 1, 2, 3, 4, 5, 6, 7, 8 ~~|
        level[park] = INTEG(lead[park], weight[park]) ~~|
        lead[park] = level[C] - level[park] ~~|
        echo[park] = lead[park] / lead[B] ~~|""",
    "subranges": PARKS + """
        few: B, D, G ~~|
        level[park] = INTEG(1, 2) ~~|
        some[few] = level[few] * 2 ~~|
        total = SUM(some[few!]) ~~|""",
    "table": PARKS + """
        curve((0, 1), (1, 3), (4, 2)) ~~|
        level[park] = INTEG(effect[park], 1) ~~|
        effect[park] = curve(level[park] / 10) ~~|""",
    "initial": "x = INTEG(x / first, 3) ~~| first = INITIAL(2 * y) ~~| y = x + 1 ~~|",
    "smooth": "input = STEP(1, 2) ~~| x = SMOOTH3(input, 4) ~~| total = INTEG(x, 0) ~~|",
    "delay": "input = STEP(1, 2) ~~| x = DELAY3(input, 4) ~~| total = INTEG(x, 0) ~~|",
    "fixed delay": "input = Time * Time ~~| x = DELAY FIXED(input, 1.25, 7) ~~| total = INTEG(x, 0) ~~|",
    "hoisting": PARKS + """
        a[park] = 1, 2, 3, 4, 5, 6, 7, 8 ~~| b = 2 ~~| c = 3 ~~|
        x[park] = INTEG(x[park] * a[park] ^ 1.5 + EXP(b) * c / LN(Time + 2), a[park] / b) ~~|""",
    "zero factor": PARKS + """
        tier: national, regional ~~|
        member[tier, park] = 1, 0, 1, 0, 1, 0, 1, 0; 0, 1, 0, 1, 0, 1, 0, 1; ~~|
        size[park] = INTEG(1, 2) ~~|
        sums[tier] = SUM(member[tier, park!] * size[park!]) ~~|""",
}  # fmt: skip
MORE: dict[str, tuple[str, Method, tuple[str, ...], tuple[str, ...]]] = {
    # name: (model, method, varying by run, following time)
    "varying by run": ("hoisting", "euler", ("c",), ()),
    "course": ("hoisting", "euler", ("b",), ("a", "b")),
    "table varying by run": ("table", "euler", ("curve",), ()),
    "runge-kutta": ("growth", "rk4", ("rate",), ()),
}
CASES = {name: (name, "euler", (), ()) for name in MODELS} | MORE


def written(name: str) -> Written:
    text, method, varying, series = CASES[name]
    return write(read(MODELS[text]), method=method, varying=varying, series=series)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CASES)
def test_golden_texts(name: str) -> None:
    source = written(name).source
    tables = "".join(f"\n# {table}: {', '.join(map(str, values))}\n" for table, values in source.tables.items())
    found, path = source.text + tables, GOLDENS / f"{name.replace(' ', '_')}.txt"
    if REWRITE:
        path.write_text(found, encoding="utf-8")
        pytest.skip("rewritten")
    kept = path.read_text(encoding="utf-8").splitlines()
    differ = "\n".join(difflib.unified_diff(kept, found.splitlines(), path.name, "now", lineterm=""))
    assert not differ, f"\n{differ}\nrun again with REWRITE_GOLDENS=1"


def test_every_golden_belongs_to_a_model() -> None:
    assert {path.stem.replace("_", " ") for path in GOLDENS.glob("*")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_goldens_are_readable_as_python(name: str) -> None:
    for line in written(name).source.text.splitlines():
        assert len(line) < 200


# --- a model file is data

WORDS = {
    *("shared", "run", "w", "out", "clock", "courses", "past", "start", "stop", "dt", "saveper", "steps", "runs"),
    *("t", "c", "k", "o", "save", "park", "stage", "first", "last", "weight", "reach", "lane"),
    *("region", "range", "int", "max", "inf", "nan"),
    *OWN, *LIBRARY,
}  # fmt: skip
NUMBERED = re.compile(r"(?:part|v|r|i|low|high|share|kept|positions)\d+|j\d+_\d+")
NODES = (
    ast.Module, ast.FunctionDef, ast.arguments, ast.arg, ast.For, ast.If, ast.Assign, ast.Expr, ast.Call, ast.Name,
    ast.Subscript, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.operator, ast.unaryop, ast.cmpop,
    ast.expr_context,
)  # fmt: skip


def foreign(text: str) -> Iterator[str]:
    """What stands in a text that no kernel needs."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, NODES):
            yield type(node).__name__
        name = getattr(node, "id", None) or getattr(node, "arg", None) or getattr(node, "name", None)
        if name is not None and name not in WORDS and not NUMBERED.fullmatch(name):
            yield name
        if isinstance(node, ast.Constant) and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
            yield repr(node.value)


@pytest.mark.parametrize("name", CASES)
def test_kernels_use_a_fixed_vocabulary(name: str) -> None:
    source = written(name).source
    assert not list(foreign(source.text))
    known = {*namespace(source.tables), "range", "int", "max"}
    assert all(word in known or NUMBERED.fullmatch(word) for word in called(source.text))


def called(text: str) -> set[str]:
    calls = (node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return {call.id for call in calls if isinstance(call, ast.Name)}


def test_the_vocabulary_is_checked() -> None:
    for bad in ("import os", "open(1)", "v1 = 'text'", "w.attribute", "lambda: 0", "__import__", "[w for w in v1]"):
        assert list(foreign(bad)), bad


HOSTILE = [
    "x", "__import__('os').system('true')", "a\nimport os", "a\r\nraise SystemExit", 'quo"te\'s', '"""', "# comment",
    "a\\", "v1", "lane", "part0", "r0", "None", "__class__", "x\u2028raise", "x\x0cy", "x\x85y", "规划", "é", "{0}",
    "%s", "\ud800", "a @course", "b @start", "c @flow", "#0", "#check 0", "#nodes of t", "x @x", " ", "k", "w)", "𝟙",
    "a\x00b", "out", "share0", "share7", "r9",
]  # fmt: skip
# no name of a model is empty or holds a tab, which translation makes a space
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=12)).map(lambda name: name.replace("\t", " "))


def named(names: list[str], park: str, label: str) -> Equations:
    """A model with all kinds of variables under given names."""
    stocked, constant, table, auxiliary, delayed, summed, held = names
    ranges = {park: [label, *(f"{label}{n}" for n in range(8))]}
    variables = [
        Variable(stocked, "stock", (park,)), Variable(constant, "constant", (park,), tuple(range(1, 10))),
        Variable(table, "lookup", (), (1.0, 2.0), (0.0, 9.0)), Variable(held, "held"),
        *(Variable(name, "auxiliary", (park,)) for name in (auxiliary, delayed)), Variable(summed, "auxiliary"),
    ]  # fmt: skip
    index = here(park)
    return model(ranges, variables, [
        *stock(stocked, Ref(auxiliary, index), Ref(constant, index), park),
        rule(auxiliary, "value", op("divide", Look(table, (), Ref(stocked, index)), Ref(held)), park),
        rule(delayed, "value", Past(auxiliary, index, Number(0.5), TIME), park),
        rule(summed, "value", total(Ref(constant, (Index(f"{park}!"),)), park)),
        rule(held, "initial", op("add", summed, 1.0)),
        rule(held, "next", op("add", held, Ref(stocked, (Index(None, (3,)),)))),
    ])  # fmt: skip


@given(st.lists(NAMES, min_size=7, max_size=7, unique=True), NAMES.filter(lambda name: "!" not in name), NAMES)
@example(HOSTILE[:7], "park", "P")
@example(HOSTILE[7:14], "__import__('os')", "\n")
@example(HOSTILE[14:21], "# x", '"')
@example(HOSTILE[21:28], "lane", "x")
@example(HOSTILE[28:35], "规划", "\\")
def test_names_of_a_model_never_become_code(names: list[str], park: str, label: str) -> None:
    ordinary = write(named(list("abcdefg"), "park", "P"), list("abdefg"), varying=["b"], series=())
    kept = [name for name in names if name != names[2]]
    strange = write(named(names, park, label), kept, varying=[names[1]])
    strange.source.text.encode()
    assert ast.dump(ast.parse(strange.source.text)) == ast.dump(ast.parse(ordinary.source.text))
    assert not list(foreign(strange.source.text))
    assert strange.source.text.splitlines() == strange.source.text.split("\n")[:-1]


def test_a_model_with_strange_names_runs() -> None:
    names = HOSTILE[1:8]
    kernel = write(named(names, "__import__", "'"), [name for name in names if name != names[2]], lanes=1)
    at = RunInputs(Grid(0.0, 0.25, 3))
    expected = evaluate(named(names, "__import__", "'"), at, list(by_name(kernel.plan, plain(kernel, at))))
    for name, values in by_name(kernel.plan, plain(kernel, at)).items():
        np.testing.assert_allclose(values[..., 0], expected[name], rtol=1e-14)
