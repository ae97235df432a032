"""Random models: what the fuzzer draws is a model, a difference gets small, and what it has found stays right."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from bench.fuzz import KNOWN, by_kernel, by_us, outside, smallest
from sim.engine.inputs import Grid, RunInputs
from sim.engine.trace import evaluate
from sim.errors import InputError
from sim.model.translate import translate
from tests.fuzz_grammar import Author, Model, Rule, Special, Term
from tests.fuzz_special import FILES, HEAD, SPECIAL, element_away, inverted_table, table_otherwise
from tests.kernels import by_name, mdl, plain, write


def test_what_is_drawn_is_a_model() -> None:
    read = 0
    for number in range(12):
        text = Author(Random(number)).model().spelled()
        try:
            read += bool(translate(text, Path("model.mdl")).equations)
        except InputError as error:
            pytest.fail(f"{error}\n{text}")
    assert read == 12


@pytest.mark.parametrize("draw", SPECIAL, ids=lambda draw: draw.__name__)
def test_special_constructs_are_models_and_run_alike_in_kernels(draw: Special, tmp_path: Path) -> None:
    for file, content in FILES.items():
        tmp_path.joinpath(file).write_text(content, encoding="utf-8")
    for number in range(2):
        author = Author(Random(f"{draw.__name__}:{number}"), (draw,), HEAD)
        axes, rules = draw(author, "v")
        base = Rule("base", "base[r, q]", Term("0.5, 1; -2, 0.25; 3, -1;"))
        table = Rule("table", "table", Term("((-2,1),(0,0),(1,2.5),(3,-0.5),(6,4))"), "")
        model = Model((base, table, *rules), HEAD)
        ours, equations = by_us(model, tmp_path)
        assert equations is not None, f"{ours.told}\n{model.spelled()}"
        assert equations.variables["v"].axes == axes
        assert not outside(equations, ours.values, by_kernel(equations))


def test_what_pysd_does_not_know_is_said_otherwise() -> None:
    """The other words mean the same: both by our own reader."""
    for draw in (table_otherwise, inverted_table, element_away):
        for number in range(6):
            author = Author(Random(number))
            _, rules = draw(author, "v")
            table = Rule("table", "table", Term("((-2,1),(0,0),(1,2.5),(3,-0.5),(6,4))"), "")
            base = Rule("base", "base[r, q]", Term("0.5, 1; -2, 0.25; 3, -1;"))
            model = Model((base, table, *rules))
            found = [
                evaluate(translate(model.spelled(theirs), Path("m.mdl")), RunInputs(Grid(0.0, 0.5, 8)), ["v"])["v"]
                for theirs in (False, True)
            ]
            assert found[0] == pytest.approx(found[1], rel=1e-12)
            assert model.spelled() != model.spelled(theirs=True)


def test_a_difference_gets_small() -> None:
    model = next(m for m in (Author(Random(n)).model() for n in range(99)) if "MODULO(" in m.spelled())

    def same(found: Model) -> bool:
        return "MODULO(" in found.spelled()

    small = smallest(model, same, tries=10_000)
    assert len(small.rules) == 1
    assert small.size() <= 5


def test_an_allocation_of_next_to_nothing() -> None:
    """Shares far in the tails of normal profiles, where PySD loses them; here against the price found by scipy."""
    profiles, asked, supply = [(5.0, 2.0), (6.5, 1.5), (4.0, 2.5)], 1e9, 0.25
    rows = "".join(f"line[r{n}, curve] = 3, {m}, {w}, 0 ~~|\n" for n, (m, w) in enumerate(profiles, 1))
    text = (
        "r: r1, r2, r3 ~~|\ncurve: ptype, ppriority, pwidth, pextra ~~|\nask[r] = 1e9 ~~|\n"
        f"{rows}y[r] = ALLOCATE AVAILABLE(ask[r], line[r, ptype], {supply}) ~~|\ns = INTEG(1, 0) ~~|\n"
    )
    equations = translate(mdl(text, 1, 1), Path("model.mdl"))
    found = evaluate(equations, RunInputs(Grid(0.0, 1.0, 1)), ["y"])["y"][0]

    def shares(price: float) -> list[float]:
        return [asked * float(norm.sf((price - middle) / width)) for middle, width in profiles]

    price = brentq(lambda at: sum(shares(at)) - supply, -50, 60, xtol=1e-14, rtol=1e-15)
    assert found.tolist() == pytest.approx(shares(price), rel=1e-9)


def test_every_known_difference_has_a_reason() -> None:
    assert all(len(known.reason) > 20 for known in KNOWN)
    assert len({known.name for known in KNOWN}) == len(KNOWN)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        # x is 0.5 before 1.5 and 1 from then on; y is that 1.5 later. PySD moves x on first, and y rises at 2.5
        ("x = DELAY FIXED(1, 1.5, 0.5) ~~|\ny = DELAY FIXED(x, 1.5, 7.25) ~~|\n", [7.25] * 3 + [0.5] * 3 + [1.0] * 3),
        # an array takes a scalar delay's value, which PySD raises at
        ("q: a, b ~~|\nx = DELAY1(1, 2) ~~|\nz[q] = x ~~|\ny = SUM(z[q!]) ~~|\n", [2.0] * 9),
        # c is 6 while the model runs but 14 at the start: the kernel began y with 6
        ("a = 3 ~~|\nb = ACTIVE INITIAL(a, a + 4) ~~|\nc = b * 2 ~~|\ny = INTEG(c, c) ~~|\n",
         [14.0 + 3 * n for n in range(9)]),
        # a sum inside a sum that runs under the same name: the slow twin took the outer one's places, and y was 0.5
        ("q: a, b, c ~~|\nx[q] = 0.5, -2, 3 ~~|\nz[q] = VECTOR REORDER(x[q], VECTOR SORT ORDER(x[q], 1)) ~~|\n"
         "y = z[a] + 10 * z[c] ~~|\n", [28.0] * 9),
        # the average inside is at 0, 0.5, 0.75 … of 1; the last sample is that of 1.5. PySD takes that of 2 where both
        # stand in one equation
        ("y = SAMPLE IF TRUE(:NOT: (Time >= 2), SMOOTHI(1, 1, 0), 7) ~~|\n", [0, 0.5, 0.75, *[0.875] * 6]),
        # a stock that samples itself: 1, 1.625, 2.25, and from 1 on half as much again; we took what was sampled for it
        ("y = INTEG(SAMPLE IF TRUE(Time >= 1, y, 1.25), 1) ~~|\n", [1, 1.625, *(2.25 * 1.5**n for n in range(7))]),
        # PySD has the axes of the product the other way round, and an exception beside it raises
        ("r: a, b, c ~~|\nq: d, e ~~|\nw[q] = 2, 3 ~~|\nx[r, q] = 1, 2; 3, 4; 5, 6; ~~|\n"
         "z[r, q] :EXCEPT: [a, e] = QUANTUM(x[r, q], w[q]) ~~|\nz[a, e] = x[c, d] ~~|\n"
         "y = z[a, d] + 10 * z[a, e] + 100 * z[c, e] ~~|\n", [650.0] * 9),
        # largest of two parts of an array, inside a function: a TypeError in PySD
        ("q: a, b ~~|\nx[q] = INTEG(1, 1) ~~|\ny = TANH(MAX(x[a], x[b])) ~~|\n", list(np.tanh(1 + np.arange(9) / 2))),
    ],
)  # fmt: skip
def test_what_was_found(rules: str, expected: list[float]) -> None:
    equations = translate(mdl("s = INTEG(1, 1) ~~|\n" + rules, 4, 0.5), Path("model.mdl"))
    inputs = RunInputs(Grid(0.0, 0.5, 8))
    found = evaluate(equations, inputs, ["y"])["y"]
    assert found == pytest.approx(expected, rel=1e-14)
    written = write(equations, ["y"], lanes=1)
    assert by_name(written.plan, plain(written, inputs))["y"][..., 0] == pytest.approx(expected, rel=1e-12)
    assert not outside(equations, {"y": found}, {"y": found})
    assert outside(equations, {"y": found}, {"y": found + 1e-6}).startswith("y at 0")
