"""The small language of kernels: what is compiled gives what Python gives, and nothing else is taken."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.build import LIBRARY, build, namespace
from sim.engine.codegen import DRIVER
from sim.engine.lower import lower
from sim.engine.native import Library

TABLES = {"positions0": (2, 0, 1)}
START = [0.5, -2.0, 3.0, 0.0, 7.0, -0.0, 1e300, 4.0]


def source(body: str) -> str:
    """A kernel whose function ``run`` holds some lines; each works on the memory ``w``."""
    lines = "\n".join("    " + line for line in body.splitlines())
    return f"def shared({DRIVER}):\n    k = 0\n\n\ndef run({DRIVER}):\n{lines}\n"


def plainly(body: str, steps: int) -> list[float]:
    space, memory = namespace(TABLES), np.array(START)
    exec(source(body), space)
    with np.errstate(all="ignore"):
        space["run"](memory, *4 * [None], *4 * [0.25], steps, 3)
    return memory.tolist()


def natively(body: str, steps: int) -> list[float]:
    library, memory = Library(build(source(body), TABLES)), np.array(START)
    library["run"](memory.ctypes.data, *4 * [None], *4 * [0.25], steps, 3)
    return memory.tolist()


@pytest.mark.parametrize(
    "body",
    [
        "w[3] = w[0] + w[1] * w[2] - w[4] / w[1]",
        "w[3] = -w[5]\nw[4] = -(w[0] - 3.0)",
        "w[3] = w[0] + steps\nw[4] = dt * 2 + 1",
        "w[3] = 1.0 + (steps - 8) // 2\nw[4] = (steps + 4) // 2 * 1.5",
        "w[3] = int(w[1] - 0.9) * 1.0\nw[4] = int(w[0] > w[1]) + 0.5",
        "w[max(steps - 4, 2)] = 8.0",
        "w[3] = select((w[0] < w[1]) | (w[2] >= 3.0), w[4], 2)",
        "w[3] = select((w[0] != w[0]) & (steps == 3), 1.0, 2.0)",
        "w[3] = select(not (w[0] <= w[1]), steps, 7) * 1.0",
        "w[3] = select(w[2], 1.0, 2.0)\nw[4] = select(steps - 3, 1.0, 2.0)",
        "for i in range(3):\n    w[positions0[i] + 4] = w[i] + i",
        "for i in range(steps):\n    for j in range(2):\n        w[4] = w[4] + w[i] * j",
        "for i in range(steps - 3):\n    w[4] = 1.0",
        "for i in range(runs):\n    if i > 1:\n        x = w[i] * 2.0\n        w[i] = x\n    w[5] = w[5] + i",
        "if steps:\n    w[4] = 1.0\nif w[3]:\n    w[4] = 2.0\nif w[3] != 0.0:\n    w[5] = 2.0",
        "r1 = region(w, 4, 1)\nr1[0] = r1[3] + 1.0\nr1[1] = exp(r1[3]) + power(r1[3], 0.5)",
        "w[3] = 1e308 * 10.0\nw[4] = w[6] * w[6] * 0.0 + inf",
        "w[3] = tan(w[0]) + arctan(w[1]) + sinh(w[0]) + cosh(w[0]) + arcsin(w[0]) + arccos(w[0])",
        "w[3] = uniform(1.0, 2.0, 3.0, w[2]) + log_gamma(w[2]) + erfc(w[0]) + quantile(w[0])",
    ],
)
@pytest.mark.parametrize("steps", [3, 7])
def test_compiled_as_in_python(body: str, steps: int) -> None:
    one, other = np.array(plainly(body, steps)), np.array(natively(body, steps))
    if "tan(" in body:  # the system's functions may differ from numpy's in the last place
        np.testing.assert_allclose(other, one, rtol=1e-15)
    else:
        assert one.tobytes() == other.tobytes() or (np.isnan(one) == np.isnan(other)).all()
        assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("x = w[0]\nfor i in range(3):\n    w[i] = x\n    x = w[i] + 1.0", "x has no value where it is read"),
        ("for i in range(3):\n    x = w[i]\nw[0] = x", "x has no value where it is read"),
        ("if steps:\n    x = 1.0\nw[0] = x", "x has no value where it is read"),
        ("while steps:\n    w[0] = 1.0", "can't be compiled"),
        ("for i in range(1, 3):\n    w[i] = 1.0", "can't be compiled"),
        ("w[0] = __import__('os').system('true')", "can't be compiled"),
        ("w[0] = open('x')", "can't be compiled"),
        ("w[0] = w[0] ** 2.0", "can't be compiled"),
        ("w[w[0]] = 1.0", "can't be compiled"),
        ("print(w[0])", "can't be compiled"),
        ("w[0] += 1.0", "can't be compiled"),
    ],
)
def test_nothing_else_is_taken(body: str, said: str) -> None:
    with pytest.raises(SyntaxError, match=said):
        lower(source(body), TABLES, ["run", "shared"], LIBRARY)
