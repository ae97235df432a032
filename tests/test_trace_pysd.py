"""The plain interpreter against PySD: small models in Vensim's language, every variable at every step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.cache import Cache
from sim.engine.inputs import Grid, RunInputs
from sim.engine.interface import StudyInputs
from sim.engine.pysd_engine import PysdEngine
from sim.engine.trace import evaluate
from sim.model.translate import translate

CONTROL = """
********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|
FINAL TIME  = 5 ~ ~ |
INITIAL TIME  = 0 ~ ~ |
SAVEPER  = 1 ~ ~ |
TIME STEP  = 0.25 ~ ~ |
"""

# every model has a scalar stock: PySD cannot stack states that are all arrays
MODELS = {
    "growth": "x = INTEG(rate * x, 2) ~~| rate = 0.1 ~~|",
    "predators": """
        prey = INTEG(prey * (0.8 - 0.4 * hunters), 1) ~~|
        hunters = INTEG(hunters * (0.3 * prey - 0.6), 0.7) ~~|
        ratio = XIDZ(prey, hunters - 0.5, 9) + ZIDZ(hunters, prey) ~~|""",
    "arrays": """
        park: A, B, C ~~| industry: steel, food ~~|
        weight[park] = 1, 2, 4 ~~|
        base[park, industry] = 1, 2; 3, 4; 5, 6; ~~|
        level[park, industry] = INTEG(gain[park, industry], base[park, industry]) ~~|
        gain[park, industry] = 0.1 * weight[park] * level[park, industry] / total[industry] ~~|
        total[industry] = SUM(level[park!, industry]) ~~|
        most = VMAX(level[park!, industry!]) - VMIN(level[park!, steel]) + PROD(weight[park!]) ~~|
        clock = INTEG(1, 0) ~~|""",
    "elements": """
        park: A, B, C ~~|
        x[A] = 1 + clock ~~| x[B] = clock * 2 ~~| x[C] = -SQRT(clock) ~~|
        y[park] = x[park] + x[B] ~~|
        clock = INTEG(1, 0) ~~|""",
    "subranges": """
        park: A, B, C, D ~~| big: B, D ~~|
        size[park] = 4, 3, 2, 1 ~~|
        x[park] = size[park] + clock ~~|
        y[big] = x[big] * 10 ~~|
        sum big = SUM(y[big!]) ~~|
        clock = INTEG(1, 0) ~~|""",
    "lookups": """
        table([(0,0)-(4,4)], (0,1), (1,3), (2,2), (4,0)) ~~|
        y = table(Time - 0.6) ~~|
        z = WITH LOOKUP(y, ([(0,0)-(3,3)], (0,0), (1.5,2), (3,9))) ~~|
        x = INTEG(y, 0) ~~|""",
    "initials": """
        x = INTEG(1 + capacity / 100, start) ~~|
        start = INITIAL(2 * other + Time) ~~|
        other = 3 + Time ~~|
        capacity = ACTIVE INITIAL(x * 2, 10) ~~|
        level = INTEG(0.5, capacity) ~~|""",
    "smooths": """
        input = 1 + STEP(2, 1.5) ~~|
        one = SMOOTH(input, 2) ~~| two = SMOOTHI(input, 2, 5) ~~|
        three = SMOOTH3(input, 2) ~~| four = SMOOTH3I(input, 2, 5) ~~|
        total = INTEG(one, 0) ~~|""",
    "delays": """
        input = 1 + RAMP(0.5, 1, 4) ~~|
        one = DELAY1(input, 1.5) ~~| two = DELAY1I(input, 1.5, 7) ~~|
        three = DELAY3(input, 1.5) ~~| four = DELAY3I(input, 1.5, 7) ~~|
        total = INTEG(one, 0) ~~|""",
    "fixed delays": """
        input = Time * Time ~~|
        past = DELAY FIXED(input, 1.25, -1) ~~|
        soon = DELAY FIXED(input, 0.1, -1) ~~|
        total = INTEG(past, 0) ~~|""",
    "samples": """
        input = SIN(Time * 2) ~~|
        kept = SAMPLE IF TRUE(MODULO(Time, 1) < 0.5, input, 9) ~~|
        total = INTEG(kept, 0) ~~|""",
    "trends": """
        input = EXP(0.1 * Time) ~~|
        pace = TREND(input, 3, 0.05) ~~|
        ahead = FORECAST(input, 3, 2) ~~|
        total = INTEG(pace, 0) ~~|""",
    "digits": """
        g: a, b ~~| x[g] = 0.0198550717512319, 0.101666761293187 ~~|
        y[g] = x[g] * Time ~~| z = INTEG(SUM(y[g!]), 0) ~~|""",
    "logic": """
        beat = PULSE(1, 2) + PULSE TRAIN(0, 0.5, 2, 4.6) ~~|
        x = INTEG(IF THEN ELSE(beat > 0 :AND: :NOT: (Time = 1), 2, -1), 3) ~~|
        y = MIN(x, 2) + MAX(beat, 0.5) * INTEGER(x) + QUANTUM(x, 0.75) + ABS(-x)^1.5 + LN(4 + beat) ~~|""",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> PysdEngine:
    return PysdEngine(Cache(tmp_path_factory.mktemp("cache")))


@pytest.mark.parametrize("name", MODELS)
def test_every_value_is_that_of_pysd(engine: PysdEngine, name: str) -> None:
    text = "{UTF-8}\n" + MODELS[name].replace("~~|", "~ ~ |\n") + CONTROL
    equations = translate(text, Path(f"{name}.mdl"))
    keep = [n for n, v in equations.variables.items() if not v.made and v.kind != "lookup" and n.lower() not in HIDDEN]
    found = evaluate(equations, RunInputs(Grid(0.0, 0.25, 20, 4)), keep)
    expected = engine.simulate(text, StudyInputs((), {}, {}, 0, 5, 0.25), keep)
    for variable in keep:
        values = np.moveaxis(expected[variable].to_numpy(), -1, 0)
        np.testing.assert_allclose(found[variable], values, rtol=1e-9, atol=1e-12, err_msg=variable)


HIDDEN = {"final time", "initial time", "saveper", "time step", "time"}


def test_a_whole_first_value_does_not_cut_the_first_input() -> None:
    """PySD makes integers of the whole state: it would give 5 + 0.25 * (1 - 5) / 2 after the first step."""
    text = "{UTF-8}\nx = SMOOTHI(1.5, 2, 5) ~ ~ |\n" + CONTROL
    found = evaluate(translate(text, Path("m.mdl")), RunInputs(Grid(0.0, 0.25, 1)), ["x"])["x"]
    np.testing.assert_allclose(found, [5.0, 5.0 + 0.25 * (1.5 - 5.0) / 2.0], rtol=1e-15)
