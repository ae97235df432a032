"""How far each element of a condition is from the other side of it: the ground of a count's margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.targets.array import Array, Values, each, number
from sim.targets.interpret import Interpreter
from sim.targets.quantity import Quantity, both
from sim.targets.syntax import Binary, Node, Select, Unary

_COMPARED = ("<", "<=", ">", ">=")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Elements:
    """Distances by element and year, each of shape (elements, years).

    Parameters
    ----------
    signed, value, bar
        See `Distance`; ``signed`` is minus infinity where the element doesn't take part.
    taking
        Whether it takes part in that year.
    """

    signed: Floats
    value: Floats
    bar: Floats
    taking: NDArray[np.bool_]


@dataclass(frozen=True)
class Distance:
    """Every element of a condition with the least relative move of a single number that would turn it.

    Parameters
    ----------
    signed
        As a part of the bar; positive where the condition holds. Infinite where no number decides (a flag, a label, a
        bar of nought).
    value, bar
        The number that would have to move, and what it is compared with; NaN where there is none.
    mask
        The elements that take part; ``None`` where all do.
    """

    signed: Array
    value: Array
    bar: Array
    mask: Array | None

    def elements(self, years: int) -> Elements:
        """Those of the first run that ever take part."""
        mask = number(1.0) if self.mask is None else Array(self.mask.names, self.mask.values.astype(float))
        whole = [1] * len(dims.ORDER)
        whole[dims.ORDER.index(dims.TIME)] = years
        shape = np.broadcast_shapes(whole, *(a.values.shape for a in (self.signed, self.value, self.bar, mask)))
        flat = [
            np.moveaxis(np.broadcast_to(a.values, shape), dims.ORDER.index(dims.TIME), -1)[0]
            for a in (self.signed, self.value, self.bar, mask)
        ]
        signed, value, bar, taking = (a.reshape(-1, a.shape[-1]) for a in flat)
        kept = taking.any(axis=-1)
        return Elements(np.where(taking > 0, signed, -np.inf)[kept], value[kept], bar[kept], taking[kept] > 0)


def distance(interpreter: Interpreter, node: Node) -> Distance:
    """The distances of a condition that has been evaluated before, so that its dims are known to fit.

    ``and`` holds as far as the nearer of its parts does and fails as far as the farther of those that fail; ``or`` and
    ``not`` turn that round.

    Raises
    ------
    NotComputable
        If the results lack what it needs.
    """
    opened = interpreter.opened(node)
    match opened:
        case Binary(operator="and" | "or"):
            return _chained(opened.operator, *(distance(interpreter, side) for side in (opened.left, opened.right)))
        case Binary(operator=operator) if operator in _COMPARED:
            return _compared(interpreter, opened)
        case Unary(operator="not"):
            inner = distance(interpreter, opened.operand)
            return Distance(each(np.negative, inner.signed), inner.value, inner.bar, inner.mask)
        case Select():
            inner, condition = distance(interpreter, opened.value), interpreter.quantity(opened.condition)
            return Distance(
                inner.signed, inner.value, inner.bar, both(both(inner.mask, condition.mask), condition.data)
            )
    return _undecided(interpreter.quantity(opened))


def _undecided(truth: Quantity) -> Distance:
    """A condition that no number decides."""
    nothing = number(np.nan)
    return Distance(each(lambda holds: np.where(holds > 0.5, np.inf, -np.inf), truth.numbers), nothing, nothing,
                    truth.mask)  # fmt: skip


def _compared(interpreter: Interpreter, node: Binary) -> Distance:
    truth = interpreter.quantity(node)
    left, right = interpreter.quantity(node.left), interpreter.quantity(node.right)
    turned = not left.elements and bool(right.elements)  # 500 < x: the bar stands on the left
    value, bar = (right, left) if turned else (left, right)
    return Distance(each(_relative, value.numbers, bar.numbers, truth.data), value.numbers, bar.numbers, truth.mask)


def _relative(value: Values, bar: Values, holds: Values) -> Values:
    with np.errstate(all="ignore"):
        size = np.abs(value - bar) / np.where(bar != 0, np.abs(bar), np.nan)
    return np.where(holds, 1.0, -1.0) * np.where(np.isfinite(size), size, np.inf)


def _chained(operator: str, a: Distance, b: Distance) -> Distance:
    def first(left: Values, right: Values) -> Values:
        return left <= right if operator == "and" else left >= right

    chosen = each(first, a.signed, b.signed)

    def pick(left: Array, right: Array) -> Array:
        return each(np.where, chosen, left, right)

    return Distance(pick(a.signed, b.signed), pick(a.value, b.value), pick(a.bar, b.bar), both(a.mask, b.mask))
