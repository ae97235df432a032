"""The place where something changes from true to false, enclosed in rounds without a branch.

In each round seven numbers between two bounds are tried at once and the bounds move together eightfold.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.model.draft import Axis, Scope
from sim.model.formulas import one_or_nothing
from sim.model.ir import Expression, Index, Number, Op, Reduce, Ref

if TYPE_CHECKING:
    from sim.model.functions import Reader

TRIED = 7
"""Numbers that a round tries; a range of eight would make a loop of its own around everything."""

_TRIAL = "#trial numbers"
Holds = Callable[[Expression, Scope], Expression]
"""Whether something holds at a number: a truth value, in the scope where the number is."""


def keep(read: Reader, word: str, body: Expression, scope: Scope) -> Ref:
    """A part as a variable of its own, along those loops of the scope that matter to it."""
    made = read.draft.make(scope, word, "auxiliary", (body,))
    read.draft.give(made, "value", body)
    return made.ref


def enclose(
    read: Reader, scope: Scope, bounds: tuple[Expression, Expression], holds: Holds, rounds: int
) -> tuple[Ref, Ref]:
    """The lower bound and the width of what is left after the rounds: 8^-rounds of what lay between the bounds.

    Parameters
    ----------
    holds
        True below the place, false above it.
    """
    low, high = bounds
    bottom = keep(read, "lower bound", low, scope)
    width = keep(read, "width", Op("subtract", (high, bottom)), scope)
    read.draft.made_ranges[_TRIAL] = tuple(str(number) for number in range(TRIED))
    trial = Axis(_TRIAL, _TRIAL, _TRIAL, read.draft.made_ranges[_TRIAL])
    inner = replace(scope, axes=(*scope.axes, trial))
    number = read.place_of(Index(_TRIAL), inner)
    for _ in range(rounds):
        part = Op("divide", (width, Number(TRIED + 1.0)))
        at = Op("add", (bottom, Op("multiply", (part, Op("add", (number, Number(1.0)))))))
        still = keep(read, "still below", one_or_nothing(holds(at, inner)), inner)
        steps = Reduce("sum", ((_TRIAL, _TRIAL),), still)
        bottom = keep(read, "lower bound", Op("add", (bottom, Op("multiply", (part, steps)))), scope)
        width = keep(read, "width", part, scope)
    return bottom, width
