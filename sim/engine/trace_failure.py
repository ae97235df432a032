"""Where a run broke: the first number that is not finite, and the operation that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import numpy as np

from sim.engine.inputs import RunInputs
from sim.engine.kernel import Method
from sim.engine.trace import Run, Seen
from sim.engine.trace_values import Moment, Reader
from sim.errors import EngineError, Place, Problem
from sim.model.ir import Equations, Expression, Look, Op, Past, Reduce, Ref, parts
from sim.model.order import fixed, fixed_index
from sim.words.catalogue import Language, problem_line

Kind = Literal["division by zero", "overflow", "outside domain", "not a number"]
"""``outside domain``: of a logarithm, root, power or arc function. ``not a number``: given as such, or what
infinities leave."""

SHOWN = 3
"""Numbers of a sum that are spelled out."""

_SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "^"}
_NAMES = {"log": "LN", "absolute": "ABS", "where": "IF THEN ELSE", "minimum": "MIN", "maximum": "MAX"}
_REDUCTIONS = {"sum": "SUM", "product": "PROD", "minimum": "VMIN", "maximum": "VMAX"}


@dataclass(frozen=True)
class Failure:
    """The first number of a run that is not finite.

    Parameters
    ----------
    variable, labels
        The element that got it, or was given it from outside.
    time
        Model time.
    operation
        What made it, with the numbers of its arguments: ``1 / 0``; empty where the number was given.
    line
        Line of the equation in the model file; 0 for what translation made.
    """

    variable: str
    labels: tuple[str, ...]
    time: float
    kind: Kind
    operation: str = ""
    line: int = 0

    @property
    def element(self) -> str:
        """The variable as a user writes it.

        >>> Failure("output", ("P1", "steel"), 2015.0, "overflow").element
        'output[P1,steel]'
        """
        return f"{self.variable}[{','.join(self.labels)}]" if self.labels else self.variable

    def problem(self, file: Path | None = None) -> Problem:
        """The failure as a problem of the catalogues.

        >>> Failure("x", (), 2015.5, "division by zero", "1 / 0").problem().code
        'run_division_by_zero'
        """
        given = self.kind == "not a number" and not self.operation
        code = "run_not_given" if given else f"run_{self.kind.replace(' ', '_')}"
        values: Mapping[str, object] = MappingProxyType(
            {"element": self.element, "time": f"{self.time:.10g}", "operation": self.operation}
        )
        return Problem(Place(file, self.line or None) if file else None, code, values)

    def text(self, lang: Language, file: Path | None = None) -> str:
        """One sentence for the screen.

        >>> Failure("x", (), 2015.5, "division by zero", "1 / 0").text("en")
        "'x' at time 2015.5: division by zero, 1 / 0"
        """
        return problem_line(lang, self.problem(file))

    def error(self, file: Path | None = None) -> EngineError:
        """The failure as the end of a run."""
        return EngineError([self.problem(file)])


def first_failure(
    equations: Equations, inputs: RunInputs, method: Method = "euler", keep: Sequence[str] | None = None
) -> Failure | None:
    """Run once more and find the first number that is not finite, in order of time and evaluation.

    Parameters
    ----------
    inputs
        Those of one run.
    keep
        Look only at what these variables need; at everything if not given.

    Returns
    -------
    Failure | None
        ``None`` if every number is finite.

    >>> from sim.engine.inputs import Grid
    >>> from sim.model.ir import Clocks, Equation, Number, Variable
    >>> rule = Equation("x", "value", (), (), Op("divide", (Number(1.0), Number(0.0))), 7)
    >>> model = Equations({}, {"x": Variable("x", "auxiliary")}, (rule,), Clocks(0.0, 1.0, 1.0, 1.0))
    >>> first_failure(model, RunInputs(Grid(0.0, 1.0, 1)))
    Failure(variable='x', labels=(), time=0.0, kind='division by zero', operation='1 / 0', line=7)
    """

    def watch(seen: Seen) -> None:
        if not np.isfinite(seen.found).all():
            raise _BrokenError(seen)

    run = Run(equations, inputs, list(equations.variables) if keep is None else keep, method, watch)
    try:
        for moment in run.moments():
            last = moment
    except _BrokenError as broken:
        with np.errstate(all="ignore"):
            return _Search(run, broken.seen).failure()
    return _bad_input(run, last)


def _bad_input(run: Run, moment: Moment) -> Failure | None:
    """The first constant that is bad without spoiling anything else."""
    for name in run.equations.variables:
        bad = np.argwhere(~np.isfinite(moment.values[name]))
        if name in run.needed and len(bad):
            return given(run.equations, name, [int(place) for place in bad[0]], run.inputs.grid.start)
    return None


def given(equations: Equations, name: str, places: Sequence[int], time: float) -> Failure:
    """A variable was bad before anything was worked out: its numbers came from outside or from the model file."""
    variable = equations.variables[name]
    return Failure(name, labels(equations, name, places), time, "not a number", "", variable.line)


def labels(equations: Equations, name: str, places: Sequence[int]) -> tuple[str, ...]:
    """Labels of an element of a variable; the points of a lookup have none."""
    axes = equations.variables[name].axes
    return tuple(equations.ranges[over][place] for over, place in zip(axes, places, strict=False))


class _BrokenError(Exception):
    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self.seen = seen


class _Search:
    """Looks for the innermost operation that made a bad number from good ones."""

    def __init__(self, run: Run, seen: Seen) -> None:
        self.equations, self.seen = run.equations, seen
        at_start = seen.moment is run.started
        self.reader = Reader(run.equations, run.inputs.grid, at_start=at_start, started=run.started)

    def failure(self) -> Failure:
        seen = self.seen
        position = tuple(int(place) for place in np.argwhere(~np.isfinite(seen.found))[0])
        at = {axis: place for (axis, _), place in zip(seen.loops, position, strict=True)}
        found = self._inside(fixed(seen.body, at))
        if isinstance(found, Failure):
            return found
        value = float(seen.found[position])
        kind, operation = found or ("overflow" if np.isinf(value) else "not a number", f"{value:g}")
        equation = seen.equation
        element = labels(self.equations, equation.variable, [i.at(0) for i in fixed_index(equation.target, at)])
        return Failure(equation.variable, element, seen.time, kind, operation, equation.line)

    def _value(self, expression: Expression) -> float:
        return float(self.reader.formula(expression, ())(self.seen.moment))

    def _inside(self, expression: Expression) -> Failure | tuple[Kind, str] | None:
        """What is wrong with an expression of one element; ``None`` if nothing is."""
        if np.isfinite(self._value(expression)):
            return None
        arguments = self._arguments(expression)
        for argument in arguments:
            found = self._inside(argument)
            if found:
                return found
        match expression:
            case Ref(variable=name, index=index) | Look(table=name, index=index):
                return given(self.equations, name, [i.at(0) for i in index], self.seen.time)
            case Op(name=name):
                return _blame(name, [self._value(argument) for argument in arguments], self._value(expression))
            case Reduce(operator=operator):
                numbers = [f"{self._value(argument):.6g}" for argument in arguments[:SHOWN]]
                more = ", …" if len(arguments) > SHOWN else ""
                return "overflow", f"{_REDUCTIONS[operator]}({', '.join(numbers)}{more})"
            case _:
                return None

    def _arguments(self, expression: Expression) -> tuple[Expression, ...]:
        """The parts that the value of an expression comes from."""
        match expression:
            case Op(name="where", arguments=(condition, yes, no)):
                return (yes if self.reader.formula(condition, ())(self.seen.moment) else no,)
            case Reduce(axes=axes, body=body):
                names = [axis for axis, _ in axes]
                ranges = (range(len(self.equations.ranges[over])) for _, over in axes)
                return tuple(fixed(body, dict(zip(names, places, strict=True))) for places in product(*ranges))
            case Past():
                return ()
            case _:
                return parts(expression)


def _blame(name: str, numbers: Sequence[float], result: float) -> tuple[Kind, str]:
    """Kind of failure of an operation on finite numbers, and the operation written out.

    >>> _blame("power", [-8.0, 0.5], float("nan")), _blame("exp", [1000.0], float("inf"))
    (('outside domain', '(-8) ^ 0.5'), ('overflow', 'EXP(1000)'))
    """
    if (name == "divide" and numbers[1] == 0.0) or (name == "power" and numbers[0] == 0.0):
        return "division by zero", _written(name, numbers)
    if name in ("log", "sqrt", "arcsin", "arccos") or (name == "power" and np.isnan(result)):
        return "outside domain", _written(name, numbers)
    return ("overflow" if np.isinf(result) else "not a number"), _written(name, numbers)


def _written(name: str, numbers: Sequence[float]) -> str:
    shown = [f"{number:.6g}" for number in numbers]
    if name in _SIGNS:
        left, right = (f"({text})" if text.startswith("-") else text for text in shown)
        return f"{left} {_SIGNS[name]} {right}"
    return f"{_NAMES.get(name, name.upper())}({', '.join(shown)})"
