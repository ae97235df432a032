"""DYNAMO's equations as a Vensim model: each form against what the package's way of stepping gives, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.dynamo import NotReadError, vensim
from sim.engine.inputs import Grid, RunInputs
from sim.engine.trace import evaluate
from sim.model.translate import translate


def course(lines: list[str], stepped: bool = True) -> list[float]:
    """``y`` at 0, 1, 2, 3 and 4."""
    equations = translate(vensim(lines, 0, 4, 1, stepped=stepped), Path("model.mdl"))
    found = evaluate(equations, RunInputs(Grid(0.0, 1.0, 4)), ["y"])["y"]
    return [float(value) for value in found]


STOCK = ["s.k = s.j + dt*(r.j)", "s.i = 1", "r.k = 2"]
RISE = ["s.k = s.j + dt*(8.0 + 0*r.j)", "s.i = 0", "r.k = s.k"]
"""s is 0, 8, 16, 24, 32."""


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*STOCK, "y.k = s.k"], [1, 3, 5, 7, 9]),
        ([*STOCK, "y.k = s.j # as it was"], [1, 1, 3, 5, 7]),
        ([*STOCK, "y.k = s.typo"], [1, 1, 3, 5, 7]),
        ([*STOCK, "y.k = clip(a, b, time.k, 2)", "a = 1", "b = -3"], [-3, -3, -3, 1, 1]),
        ([*STOCK, "y.k = 3 * tabhl(t, s.k, 2, 6, 2)", "t = [1, 0.5, 2]"], [3, 2.25, 3.75, 6, 6]),
        ([*STOCK, "y.k = max(s.k, 2**2) - min(1, c)", "c = 1", "c = 0.5"], [3.5, 3.5, 4.5, 6.5, 8.5]),
        # the sum takes this moment's rate in: 1, then 1 + 8, then 1 + 8 + 16
        ([*RISE, "y.k = y.j + dt*r.k", "y.i = 1"], [1, 9, 25, 49, 81]),
        ([*RISE, "y.k = y.j - dt*r.j", "y.i = 1"], [1, 1, -7, -23, -47]),
        # the level before the value is taken in: 0, 0, then half of 8, half of 4 and 16
        ([*RISE, "y.k = smooth(s.k, 2)"], [0, 0, 4, 10, 17]),
        ([*RISE, "y.k = smooth(s.j, 2)"], [0, 0, 0, 4, 10]),
        # three stages of 8 / 3 each, half of it a step; with x.k the value is taken in at once
        ([*RISE, "y.k = delay3(s.j, 6)"], [0, 0, 0, 0, 1]),
        ([*RISE, "y.k = dlinf3(s.k, 6)"], [0, 0, 0, 1, 3.5]),
        # a first value of its own, held for one moment
        ([*RISE, "y.k = smooth(s.j, 2)", "y.i = 5"], [5, 0, 0, 4, 10]),
    ],
)
def test_stepped(lines: list[str], expected: list[float]) -> None:
    assert course(lines) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([*STOCK, "y.k = s.j"], [1, 3, 5, 7, 9]),
        ([*RISE, "y.k = y.j + dt*r.k", "y.i = 1"], [1, 1, 9, 25, 49]),
        ([*RISE, "y.k = smooth(s.j, 2)"], [0, 0, 4, 10, 17]),
        ([*RISE, "y.k = dlinf3(s.k, 6)"], [0, 0, 0, 0, 1]),
    ],
)
def test_plain(lines: list[str], expected: list[float]) -> None:
    assert course(lines, stepped=False) == pytest.approx(expected)


@pytest.mark.parametrize(
    "line",
    ["y.k = tabhl(t, s.k, 0, 3, 1)", "y.k = sample(s.k, 1, 2)", "y.k = s.k < 2", "y.k = f(s.k)(2)", "del y"],
)
def test_what_is_not_read_is_told(line: str) -> None:
    with pytest.raises(NotReadError):
        vensim([*STOCK, "t = [1, 2]", line], 0, 4, 1)
