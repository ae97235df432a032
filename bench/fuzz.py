"""Random models in Vensim's language against PySD, made as small as they go where the two differ.

    make fuzz SECONDS=600        or        python -m bench.fuzz [--seconds 600] [--seed 7] [--first 120]

Each model of :mod:`tests.fuzz_grammar` is read by our reader, worked out by the slow twin and by the text of its kernel
(without a compiler, which would take seconds a model), and run by PySD. Numbers must agree as far as right answers do:
the twin runs again with roundings shaken (:func:`tests.random_models.shaken`) to tell how far that is. A difference is
made smaller while it stays a difference of the same sort, and printed as a model file with both values. What is
known stands in ``KNOWN``, with its reason. Ends with 1 if a difference is left that nothing there explains.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from sim.cache import Cache
from sim.engine.inputs import Array, Grid, RunInputs
from sim.engine.pysd_engine import RunOrder, run_model
from sim.engine.trace import evaluate
from sim.errors import EngineError, InputError
from sim.model.ir import Equations
from sim.model.translate import translate
from tests.fuzz_grammar import END, STEP, Author, Model
from tests.kernels import authored, by_name, plain, write
from tests.random_models import shaken

STEPS = int(END / STEP)
SHAKES = 4
TRIES = 100
"""Smaller models to try for one difference; each takes PySD some tenths of a second."""


@dataclass(frozen=True)
class Known:
    """A difference that is explained.

    Parameters
    ----------
    said
        What PySD says where the difference shows at once, without a smaller model.
    sign
        What the smallest model holds. Neither where the grammar avoids the difference.
    """

    name: str
    reason: str
    said: str = ""
    sign: str = ""


KNOWN = (
    Known("a number for an array", "PySD cannot give an array the value of a scalar delay or average, and raises",
          said="different number of dimensions on data and dims"),
    Known("an array's state beside a number's", "PySD fits the state of a scalar delay or average into one of another "
          "shape, and raises", said="could not broadcast input array"),
    Known("a DELAY FIXED of a DELAY FIXED", "PySD moves the inner one on before the outer one takes its value, so that "
          "the outer is a step early; by the definition the times add up, as here",
          sign=r"(?s)DELAY FIXED\(.*DELAY FIXED\("),
    Known("arrays that lose their type", "PySD makes an array of objects of MAX or MIN of two parts of one array, on "
          "which numpy's functions then fail", said="loop of ufunc does not support argument"),
    Known("first values of SMOOTHI that are whole", "PySD cuts the first input to a whole number "
          "(docs/notes/engine.md); the grammar has fractions"),
    Known("(-2) ^ 2", "PySD's parser drops the brackets; powers of the grammar have ABS for a base"),
    Known("a :AND: b :OR: c", "PySD reads it from the right; the grammar puts brackets around each"),
    Known("PULSE and STEP between steps, widths below a step, a train that ends at a pulse",
          "we follow Vensim's documentation; times and distances of the grammar lie on the steps, no train ends so"),
    Known("--x", "PySD's parser, which reads our right sides too, takes no two signs in a row; not drawn"),
    Known(":NA:", "NaN in PySD, -2^109 in Vensim; not in the grammar"),
    Known("VECTOR SELECT 5, ranks of equal elements", "as documented, where PySD differs; not in the grammar"),
    Known("delays shorter than order * step", "we refuse them; periods of the grammar are long enough"),
    Known("mappings element by element", "PySD takes a wrong range without a word; not in the grammar"),
    Known("elements that need each other", "PySD recurses without end; the grammar takes only what was known before"),
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What became of a model: values by variable, or why there are none."""

    sort: str
    values: dict[str, Array]
    told: str = ""


def by_us(text: str) -> tuple[Answer, Equations | None]:
    """The slow twin's values and, where finite, checked with the text of the kernel."""
    try:
        equations = translate(text, Path("model.mdl"))
        keep = [name for name in authored(equations) if equations.variables[name].kind != "constant"]
        inputs = RunInputs(Grid(0.0, STEP, STEPS))
        values = evaluate(equations, inputs, keep)
    except InputError as error:
        return Answer("refused", {}, str(error)), None
    return Answer("values" if finite(values) else "broken", values), equations


def by_kernel(equations: Equations) -> dict[str, Array]:
    keep = [name for name in authored(equations) if equations.variables[name].kind != "constant"]
    inputs = RunInputs(Grid(0.0, STEP, STEPS))
    written = write(equations, keep, lanes=1)
    return {name: found[..., 0] for name, found in by_name(written.plan, plain(written, inputs)).items()}


def by_pysd(text: str, keep: list[str]) -> Answer:
    times = tuple(STEP * number for number in range(STEPS + 1))
    with tempfile.TemporaryDirectory(prefix="sim-fuzz-") as folder:
        try:
            found = run_model(text, RunOrder({}, {}, tuple(keep), times), Cache(Path(folder)))
        except InputError as error:
            return Answer("refused", {}, str(error))
        except EngineError as error:
            return Answer("broken", {}, str(error))
    return Answer("values" if finite(found) else "broken", dict(found))


def finite(values: dict[str, Array]) -> bool:
    return all(bool(np.isfinite(found).all()) for found in values.values())


def outside(equations: Equations, base: dict[str, Array], found: dict[str, Array]) -> str:
    """The variable where two answers are further apart than roundings explain, with both values; else nothing."""
    inputs = RunInputs(Grid(0.0, STEP, STEPS))
    with np.errstate(all="ignore"):
        others = [evaluate(shaken(equations, seed), inputs, list(base)) for seed in range(SHAKES)]
        for name, values in base.items():
            theirs = np.asarray(found[name], dtype=float).reshape(values.shape)
            spread = np.max([np.abs(other[name] - values) for other in others], axis=0)
            scale = np.abs(values).max(initial=0.0)
            off = ~(np.abs(theirs - values) <= 1e-9 * np.abs(values) + 1e-12 * scale + 256 * spread + 1e-12)
            if off.any():
                first = tuple(np.argwhere(off)[0])
                where = f"{name} at {STEP * first[0]:g}{list(map(int, first[1:])) or ''}"
                return f"{where}: {values[first]:.17g} here, {theirs[first]:.17g}"
    return ""


def difference(model: Model) -> tuple[str, str]:
    """The sort of a difference and what it is; two empty texts where there is none, or neither gives an answer."""
    text = model.spelled()
    ours, equations = by_us(text)
    if equations is None:
        return "we refuse", ours.told
    if not ours.values:
        return "", ""
    if ours.sort == "values":
        apart = outside(equations, ours.values, by_kernel(equations))
        if apart:
            return "kernel and twin", apart
    theirs = by_pysd(text, list(ours.values))
    if theirs.sort == "refused":
        return "PySD refuses", theirs.told
    if ours.sort == "values" and theirs.sort == "values":
        apart = outside(equations, ours.values, theirs.values)
        return ("values", apart) if apart else ("", "")
    if ours.sort == "values":
        return "only PySD breaks", theirs.told or "not finite"
    if theirs.sort == "values":
        name = next(n for n, v in ours.values.items() if not np.isfinite(v).all())
        return "only we break", name
    return "", ""


def smallest(model: Model, same: Callable[[Model], bool], tries: int = TRIES, seconds: float = 60) -> Model:
    """The smallest model found that still has the ``same`` difference."""
    going, deadline = True, time.monotonic() + seconds
    while going:
        going = False
        for found in sorted(model.smaller(), key=Model.size):
            if found.size() >= model.size():
                break
            if not tries or time.monotonic() > deadline:
                return model
            tries -= 1
            if same(found):
                model, going = found, True
                break
    return model


def same_as(sort: str) -> Callable[[Model], bool]:
    """Whether a model has an unexplained difference of this sort; what our reader refuses costs PySD no time."""

    def same(found: Model) -> bool:
        if by_us(found.spelled())[1] is None and sort != "we refuse":
            return False
        again, told = difference(found)
        return again == sort and not any(known.said and known.said in told for known in KNOWN)

    return same


def explained(model: Model, told: str) -> Known | None:
    """What in the table explains a difference, by what was said and by the smallest model."""
    text = "\n".join(rule.spelled() for rule in model.rules)
    return next((k for k in KNOWN if (k.said and k.said in told) or (k.sign and re.search(k.sign, text))), None)


def fuzz(seconds: float, seed: int, first: int, tell: Callable[[str], None]) -> int:
    """Draw and compare models; the number of differences that nothing explains."""
    begin, counts, open_ones = time.monotonic(), Counter[str](), 0
    number = first
    while time.monotonic() < begin + seconds:
        model = Author(Random(f"{seed}:{number}")).model()
        sort, told = difference(model)
        counts["models"] += 1
        if sort:
            known = next((k for k in KNOWN if k.said and k.said in told), None)
            small = model if known else smallest(model, same_as(sort))
            told = told if known else difference(small)[1]
            known = known or explained(small, told)
            counts[f"known: {known.name}" if known else sort] += 1
            if known is None:
                open_ones += 1
                rules = "\n".join(rule.spelled() for rule in small.rules)
                tell(f"--- model {seed}:{number}, {sort}: {told}\n{rules}")
        number += 1
    minutes = (time.monotonic() - begin) / 60
    tell(f"{counts.pop('models')} models in {minutes:.1f} minutes, seed {seed}, {first} to {number - 1}")
    for name, count in counts.most_common():
        tell(f"{count} x {name}")
    return open_ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed draws the same models")
    parser.add_argument("--first", type=int, default=0, help="number of the first model")
    asked = parser.parse_args()
    if fuzz(asked.seconds, asked.seed, asked.first, lambda line: print(line, flush=True)):
        sys.exit(1)


if __name__ == "__main__":
    main()
