"""Random models in Vensim's language against PySD, made as small as they go where the two differ.

    make fuzz SECONDS=600        or        python -m bench.fuzz [--seconds 600] [--seed 7] [--first 120]

Each model of :mod:`tests.fuzz_grammar` is read by our reader, worked out by the slow twin and by the text of its kernel
(without a compiler, which would take seconds a model), and run by PySD. What PySD doesn't know (LOOKUP EXTRAPOLATE,
VECTOR ELM MAP and others) it gets in functions that it knows (:mod:`tests.fuzz_special`). Numbers must agree as far as
right answers do: the twin runs again with roundings shaken (:func:`tests.random_models.shaken`) to tell how far that
is. A difference is made smaller while it stays a difference of the same sort, and printed as a model file with both
values. What is known stands in ``KNOWN``, with its reason. Ends with 1 if a difference is left that nothing there
explains.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pysd

from sim.cache import Cache
from sim.engine.inputs import Array, Grid, RunInputs
from sim.engine.trace import evaluate
from sim.errors import InputError
from sim.model.ir import Equations
from sim.simulate.source import read_source
from tests.fuzz_grammar import END, STEP, Author, Model
from tests.fuzz_special import FILES, HEAD, SPECIAL
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
    Known("a DELAY FIXED or SAMPLE IF TRUE of another memory", "PySD moves the average or delay inside on before the "
          "outer one takes its value, where both stand in one equation, so that it is a step early",
          sign=r"(DELAY FIXED|SAMPLE IF TRUE)\([^~]*\b(SMOOTH|DELAY|TREND|FORECAST|SAMPLE IF TRUE)"),
    Known("first values through a memory", "PySD works out the first value of a state before that of another that it "
          "needs by way of an auxiliary, and raises", said="stateful element before it is initialized"),
    Known("a number's memory in an array's equation", "PySD gives the delay, average or INITIAL of a number the shape "
          "of the array in whose equation it stands, and raises", said="truth value of an array with more than one"),
    Known("a number's memory read by a lookup", "the same inside a lookup, which takes numbers only, and raises",
          said="only 0-dimensional arrays can be converted"),
    Known("a number's memory in one element's equation", "the same where other elements have another equation: PySD "
          "takes a part of what is a number, and raises", said="'float' object is not subscriptable"),
    Known("a number's memory as an array's flow", "the same where the array is a stock: the shapes do not fit, and it "
          "raises", said="operands could not be broadcast together"),
    Known("axes in another order", "PySD leaves the axes of an array in the order of a function's arguments, and "
          "raises where another equation takes a part of it", said="not all values found in index"),
    Known("axes in another order, beside exceptions", "the same where elements are excepted: the mask of these has the "
          "axes of the left side", said="boolean index did not match"),
    Known("the price of ALLOCATE AVAILABLE", "PySD finds it by least squares, to some eight digits; models with it are "
          "compared to five, and ask for no more than some hundred times what is there"),
    Known("whole parts beyond 2^63", "PySD cuts arrays to 64-bit integers; whole parts of the grammar are of numbers "
          "within a million"),
    Known("arrays that lose their type", "PySD makes an array of objects of MAX or MIN of two parts of one array, on "
          "which numpy's functions then fail", said="loop of ufunc does not support argument"),
    Known("numbers that lose their type", "PySD makes an array of objects of a number's delay or average in an array's "
          "equation, which its functions then cannot take", said="dtype('O')"),
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


def by_us(model: Model, folder: Path) -> tuple[Answer, Equations | None]:
    """The slow twin's values and, where finite, checked with the text of the kernel."""
    path = folder / f"model{model.suffix}"
    path.write_text(model.spelled(), encoding="utf-8")
    try:
        source = read_source(path, Cache(folder / "cache"), alone=True)
        equations = source.equations
        if equations is None:
            return Answer("refused", {}, f"not compiled: {'; '.join(source.missing)}"), None
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


def in_order(row: Any, axes: tuple[str, ...]) -> Array:
    """One value of PySD's with its axes in the order of the model: they come in that of the equation's arguments."""
    if axes and set(getattr(row, "dims", ())) == set(axes):
        row = row.transpose(*axes)
    return np.asarray(row, dtype=float)


def by_pysd(model: Model, folder: Path, keep: Mapping[str, tuple[str, ...]]) -> Answer:
    """PySD's values, from files of its own: what it doesn't know is said in other functions."""
    path = folder / f"theirs{model.suffix}"
    path.write_text(model.spelled(theirs=True), encoding="utf-8")
    read = pysd.read_vensim if model.suffix == ".mdl" else pysd.read_xmile
    with warnings.catch_warnings(), np.errstate(all="ignore"), np.printoptions(precision=17, floatmode="unique"):
        warnings.simplefilter("ignore")
        try:
            theirs = read(str(path))
        except Exception as error:  # whatever its parser or a first value raises
            return Answer("refused", {}, " ".join(f"{type(error).__name__}: {error}".split())[:400])
        times = [STEP * number for number in range(STEPS + 1)]
        try:
            frame = theirs.run(return_columns=list(keep), return_timestamps=times, flatten_output=False, progress=False)
        except Exception as error:
            return Answer("broken", {}, f"{type(error).__name__}: {error}")
    try:
        found = {name: np.stack([in_order(row, axes).ravel() for row in frame[name]]) for name, axes in keep.items()}
    except (TypeError, ValueError) as error:  # an array of arrays: "numbers that lose their type" as a value
        return Answer("broken", {}, f"dtype('O'): {error}")
    return Answer("values" if finite(found) else "broken", found)


def finite(values: dict[str, Array]) -> bool:
    return all(bool(np.isfinite(found).all()) for found in values.values())


def outside(equations: Equations, base: dict[str, Array], found: dict[str, Array], near: float = 1e-9) -> str:
    """The variable where two answers are further apart than roundings explain, with both values; else nothing."""
    inputs = RunInputs(Grid(0.0, STEP, STEPS))
    with np.errstate(all="ignore"):
        others = [evaluate(shaken(equations, seed), inputs, list(base)) for seed in range(SHAKES)]
        for name, values in base.items():
            theirs = np.asarray(found[name], dtype=float).reshape(values.shape)
            # a shaken run without a value tells nothing: a formula compared what it had worked out in two ways
            spread = np.max([np.nan_to_num(np.abs(other[name] - values), nan=0.0) for other in others], axis=0)
            scale = np.abs(values).max(initial=0.0)
            off = ~(np.abs(theirs - values) <= near * np.abs(values) + 1e-12 * scale + 256 * spread + 1e-12)
            if off.any():
                first = tuple(np.argwhere(off)[0])
                where = f"{name} at {STEP * first[0]:g}{list(map(int, first[1:])) or ''}"
                return f"{where}: {values[first]:.17g} here, {theirs[first]:.17g}"
    return ""


def difference(model: Model) -> tuple[str, str]:
    """The sort of a difference and what it is; two empty texts where there is none, or neither gives an answer."""
    with tempfile.TemporaryDirectory(prefix="sim-fuzz-") as name:
        folder = Path(name)
        for file, content in FILES.items():
            folder.joinpath(file).write_text(content, encoding="utf-8")
        return _difference(model, folder)


def _difference(model: Model, folder: Path) -> tuple[str, str]:
    ours, equations = by_us(model, folder)
    if equations is None:
        return "we refuse", ours.told
    if not ours.values:
        return "", ""
    if ours.sort == "values":
        apart = outside(equations, ours.values, by_kernel(equations))
        if apart:
            return "kernel and twin", apart
    theirs = by_pysd(model, folder, {name: equations.variables[name].axes for name in ours.values})
    if theirs.sort == "refused":
        return "PySD refuses", theirs.told
    if ours.sort == "values" and theirs.sort == "values":
        near = 1e-5 if "ALLOCATE AVAILABLE" in model.spelled() else 1e-9
        apart = outside(equations, ours.values, theirs.values, near)
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
        again, told = difference(found)
        return again == sort and not any(known.said and known.said in told for known in KNOWN)

    return same


def explained(model: Model, told: str) -> Known | None:
    """What in the table explains a difference, by what was said and by the smallest model."""
    text = "\n".join(rule.spelled() for rule in model.rules)
    return next((k for k in KNOWN if (k.said and k.said in told) or (k.sign and re.search(k.sign, text))), None)


def drawn(random: Random) -> Model:
    """One model: of plain right sides, or with special constructs besides."""
    return Author(random, *random.choice(((), (SPECIAL, HEAD), (SPECIAL, HEAD)))).model()


def fuzz(seconds: float, seed: int, first: int, tell: Callable[[str], None]) -> int:
    """Draw and compare models; the number of differences that nothing explains."""
    begin, counts, open_ones = time.monotonic(), Counter[str](), 0
    number = first
    while time.monotonic() < begin + seconds:
        model = drawn(Random(f"{seed}:{number}"))
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
