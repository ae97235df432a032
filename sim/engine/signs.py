"""In which direction every cause acts on its effect, tried out with the slow twin: raise the one, look at the other.

Nothing is guessed: a sign is what the equation itself gave at the numbers of a run. Where it never moved there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from sim.engine.inputs import Array, RunInputs
from sim.engine.trace import Run, Statement
from sim.engine.trace_values import Moment
from sim.model.ir import Equations, Past, Ref, walk

Direction = Literal["+", "-", "±"]
"""``±``: up in some element or at some time, down in another."""

Link = tuple[str, str]

MOST_STEPS = 20_000
"""Longer runs are not looked at."""

_SMALL, _LARGE = (1.001,), (0.5, 2.0, 0.1, 10.0)
_ADDED = (0.001, 1.0)
_LOOKS = 3


def directions(
    equations: Equations, runs: Sequence[RunInputs], constants: Collection[str] = ()
) -> Mapping[Link, Direction]:
    """The direction of every link between variables of the model's author, by cause and effect.

    Parameters
    ----------
    runs
        One run each; more of them move more links.
    constants
        Constants to try out besides everything that moves by itself.

    The cause is raised by a thousandth, in all elements and in the first alone, at four times of each run; where
    that moves nothing, it is halved, doubled, and made ten times smaller and larger. A link that nothing moves is
    left out. The effect of a stock is on its net flow.

    >>> from sim.engine.inputs import Grid
    >>> from sim.model.ir import Clocks, Equation, Number, Op, Variable
    >>> rate = Op("multiply", (Number(-0.1), Ref("a")))
    >>> rules = (Equation("x", "initial", (), (), Number(1.0)), Equation("x", "flow", (), (), rate))
    >>> model = Equations({}, {"x": Variable("x", "stock"), "a": Variable("a", "constant", values=(2.0,))}, rules,
    ...                   Clocks(0.0, 2.0, 1.0, 1.0))
    >>> dict(directions(model, [RunInputs(Grid(0.0, 1.0, 2))], ["a"]))
    {('a', 'x'): '-'}
    """
    seen: dict[Link, set[int]] = {}
    tried = {n for n, v in equations.variables.items() if v.kind not in ("constant", "lookup")} | {*constants}
    for inputs in runs:
        if inputs.grid.steps > MOST_STEPS:
            continue
        run = Run(equations, inputs, list(equations.variables))
        looks = {round(inputs.grid.steps * part / _LOOKS) for part in range(_LOOKS + 1)}
        for moment in run.moments():
            if moment.number in looks:
                for statement in (*run.auxiliaries, *run.flows, *run.following):
                    for cause in tried & _causes(statement):
                        link = (cause, statement.equation.variable)
                        seen.setdefault(link, set()).update(_moves(statement, cause, moment))
    made = {name for name, variable in equations.variables.items() if variable.made}
    return _named(_between_authors(seen, made))


def _causes(statement: Statement) -> set[str]:
    body, own = statement.equation.body, statement.equation.variable
    late = {part.variable for part in walk(body) if isinstance(part, Past)}  # what it was is not what it is
    return {part.variable for part in walk(body) if isinstance(part, Ref)} - late - {own}


def _moves(statement: Statement, cause: str, moment: Moment) -> set[int]:
    """Signs of what the effect does where the cause goes up: 1, -1, both, or nothing."""
    before = statement.formula(moment)
    value = moment.values[cause]
    signs = {sign for new in _changed(value, _SMALL) for sign in _answer(statement, cause, moment, before, new)}
    if not signs:
        signs = {sign for new in _changed(value, _LARGE) for sign in _answer(statement, cause, moment, before, new)}
    return signs


def _changed(value: Array, factors: Sequence[float]) -> Iterator[tuple[Array, int]]:
    """The numbers of a cause in other sizes, with the sign of the change; of negative numbers as of positive ones."""
    every = np.ones(value.shape, dtype=bool)
    first = np.zeros(value.shape, dtype=bool)
    first.flat[0] = True
    for where in (every, first) if value.size > 1 else (every,):
        if not np.any(value[where]):
            for added in _ADDED:
                yield np.where(where, value + added, value), 1
            continue
        for factor in factors:
            yield np.where(where, value + np.abs(value) * (factor - 1.0), value), 1 if factor > 1.0 else -1


def _answer(
    statement: Statement, cause: str, moment: Moment, before: Array, new: tuple[Array, int]
) -> Iterator[int]:
    values, up = new
    after = statement.formula(replace(moment, values={**moment.values, cause: values}))
    change = after - before
    size = np.max(np.abs(before), initial=0.0, where=np.isfinite(before))
    change = np.where(np.isfinite(change) & (np.abs(change) > 1e-12 * size), change, 0.0)
    if np.any(change > 0.0):
        yield up
    if np.any(change < 0.0):
        yield -up


def _between_authors(seen: Mapping[Link, set[int]], made: set[str]) -> dict[Link, set[int]]:
    """Links with the variables that translation made (stages of a delay) taken out: signs multiply along the way."""
    found = {link: set(signs) for link, signs in seen.items()}
    for name in made:
        into = {cause: signs for (cause, effect), signs in found.items() if effect == name}
        out = {effect: signs for (cause, effect), signs in found.items() if cause == name}
        found = {link: signs for link, signs in found.items() if name not in link}
        for cause, first in into.items():
            for effect, second in out.items():
                if cause != effect:
                    found.setdefault((cause, effect), set()).update(a * b for a in first for b in second)
    return found


def _named(signs: Mapping[Link, set[int]]) -> dict[Link, Direction]:
    words: dict[frozenset[int], Direction] = {frozenset({1}): "+", frozenset({-1}): "-", frozenset({1, -1}): "±"}
    return {link: words[frozenset(several)] for link, several in signs.items() if several}
