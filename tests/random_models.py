"""Models that hypothesis writes: random equations over arrays, with everything that kernels treat in a way of its own.

Expressions take what was defined before them, so that there are no circles; the order of the equations in the model
is then random. Numbers come from a short list with its extremes: most results stay finite, some don't.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Literal, TypeVar

import numpy as np
from hypothesis import strategies as st

from sim.engine.build import LIBRARY
from sim.model.ir import (
    Clock,
    Clocks,
    Equation,
    Equations,
    Expression,
    Index,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Role,
    Variable,
    parts,
    rebuild,
    walk,
)
from tests.kernels import TIME, here, op, over, rule

PARKS, INDUSTRIES = 9, 3
RANGES = {
    "park": tuple(f"P{n}" for n in range(PARKS)),
    "ind": ("steel", "coal", "food"),
    "few": ("P1", "P4", "P7"),  # part of park
    "late": ("coal", "food"),  # part of ind
    "mate": tuple(f"M{n}" for n in range(PARKS)),  # mapped to park
}
WITHIN = {"few": ("park", (1, 4, 7)), "late": ("ind", (1, 2)), "mate": ("park", (3, 0, 8, 1, 2, 7, 5, 4, 6))}
T = TypeVar("T")
Gather = Literal["sum", "minimum", "maximum", "product"]
Loops = tuple[tuple[str, str], ...]

AXES: tuple[tuple[str, ...], ...] = ((), ("park",), ("ind",), ("park", "ind"), ("ind", "park"), ("park", "park"))
NUMBERS = (0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 4.0, -0.3, 1e-7, 7.25, 1e3, 1e-300, 1e200)
CALM = (0.0, 1.0, -1.0, 0.5, 2.0, 3.0, 0.25, -0.3, 7.25)
ONE = ("negative", "exp", "log", "sqrt", "absolute", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh",
       "tanh", "integer")  # fmt: skip
EVERYWHERE = tuple(name for name in ONE if name not in LIBRARY)
TWO = ("add", "subtract", "multiply", "divide", "add", "subtract", "multiply", "power", "minimum", "maximum", "modulo",
       "quantum", "zidz")  # fmt: skip
COMPARE = ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal")
GATHERS: tuple[Gather, ...] = ("sum", "minimum", "maximum", "product")
SIGNS = ("quantum", "integer", "modulo", "minimum", "maximum")
"""What may give 0 or −0, which are equal but not as divisors: 0 is added."""
TAME = {"exp": -3.0, "sinh": -3.0, "cosh": -3.0, "power": 4.0}
"""Bounds put around an argument now and then, so that not everything overflows."""


@dataclass
class Author:
    """Writes one model.

    Parameters
    ----------
    text
        Only what Vensim's language says in one way and PySD reads: no mappings, arrays over two different ranges,
        delays in equations of their own.
    exact
        Only functions that have the same bits everywhere, not those of the system's library.
    """

    random: Random
    text: bool = False
    exact: bool = False
    variables: dict[str, Variable] = field(default_factory=dict)
    equations: list[Equation] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    hidden: list[Loops] = field(default_factory=list)

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def some(self, share: int) -> bool:
        """Whether something happens that does so one time in ``share``."""
        return self.random.randrange(share) == 0

    def number(self) -> float:
        return float(self.pick(CALM if self.text else NUMBERS))

    # --- variables

    def write(self, constants: int, auxiliaries: int, stocks: int) -> Equations:
        for number in range(constants):
            self.constant(f"c{number}", self.axes())
        self.constant("league", ("ind", "park"), zeros=True)
        for number in range(2):
            self.table(f"t{number}", () if number == 0 or self.text else ("ind",))
        for number in range(3):
            self.auxiliary(f"b{number}", 2)
        for number in range(stocks):
            self.stock(f"s{number}")
        if not self.text:
            self.held("h0")
        for number in range(auxiliaries):
            self.auxiliary(f"a{number}", 3)
        for number in range(stocks):
            axes = self.variables[f"s{number}"].axes
            self.put(f"s{number}", "flow", axes, 2)
        self.random.shuffle(self.equations)
        clocks = Clocks(0.0, 3.0, 0.5, 0.5) if self.text else Clocks(0.0, 1.5, 0.25, 0.25)
        return Equations(RANGES, self.variables, tuple(self.equations), clocks)

    def axes(self) -> tuple[str, ...]:
        return self.pick(AXES[:-1] if self.text else AXES)

    def constant(self, name: str, axes: tuple[str, ...], *, zeros: bool = False) -> None:
        cells = int(np.prod([len(RANGES[axis]) for axis in axes], dtype=int))
        base = self.number()
        values = tuple(base * (1 + 0.1 * (n % 7)) if not zeros or n % 3 else 0.0 for n in range(cells))
        self.variables[name] = Variable(name, "constant", axes, values)
        self.known.append(name)

    def table(self, name: str, axes: tuple[str, ...]) -> None:
        points = (-1.0, 0.0, 1.0, 1.0, 4.0) if self.some(3) and not self.text else (-1.0, 0.0, 0.5, 1.0, 4.0)
        rows = int(np.prod([len(RANGES[axis]) for axis in axes], dtype=int))
        values = tuple(float(self.pick(CALM)) for _ in range(rows * len(points)))
        self.variables[name] = Variable(name, "lookup", axes, values, points)

    def auxiliary(self, name: str, depth: int) -> None:
        axes = self.axes()
        self.variables[name] = Variable(name, "auxiliary", axes)
        if axes == ("ind",) and self.some(3):  # one element apart from the others
            self.equations.append(Equation(name, "value", (), (Index(None, (0,)),), self.expression((), depth)))
            late = (Index("late", WITHIN["late"][1]),)
            self.equations.append(Equation(name, "value", over("late"), late, self.expression(over("late"), depth)))
        elif self.text and not axes and self.some(4):
            self.equations.append(rule(name, "value", self.past(())))
        else:
            self.put(name, "value", axes, depth)
        self.known.append(name)

    def stock(self, name: str) -> None:
        axes = () if name == "s0" else self.axes()  # PySD cannot stack states that are all arrays
        self.variables[name] = Variable(name, "stock", axes)
        self.put(name, "initial", axes, 2)
        self.known.append(name)

    def held(self, name: str) -> None:
        axes = self.axes()
        self.variables[name] = Variable(name, "held", axes)
        self.put(name, "initial", axes, 2)
        self.known.append(name)
        self.put(name, "next", axes, 2)

    def put(self, name: str, role: Role, axes: tuple[str, ...], depth: int) -> None:
        loops = tuple((f"{axis}#2" if axis in axes[:n] else axis, axis) for n, axis in enumerate(axes))
        target = here(*(axis for axis, _ in loops))
        self.equations.append(Equation(name, role, loops, target, self.expression(loops, depth)))

    # --- expressions

    def expression(self, loops: Loops, depth: int) -> Expression:
        if depth == 0 or self.some(6):
            return self.leaf(loops)
        kind = self.random.randrange(12)
        below = depth - 1
        if kind <= 5:
            return self.operation(str(self.pick(TWO)), loops, below)
        if kind <= 7:
            return self.operation(self.pick(EVERYWHERE if self.exact else ONE), loops, below)
        if kind == 8:
            return op("where", self.condition(loops, below), self.expression(loops, below), self.leaf(loops))
        if kind == 9:
            return Look("t0", (), self.expression(loops, below)) if self.some(2) else self.look(loops, below)
        if kind == 10 and not self.text and self.some(3):
            return self.past(loops)
        return self.reduction(loops, below)

    def operation(self, name: str, loops: Loops, depth: int) -> Expression:
        first = self.expression(loops, depth)
        if self.text:
            return self.safe(name, first, loops, depth)
        if name in ("sin", "cos", "tan", "modulo", "quantum"):  # neighbours of large numbers differ by whole turns
            first = calm(first)
        if name in SIGNS:
            rest = [self.expression(loops, depth)] if name in TWO else []
            return op("add", Op(name, (first, *rest)), 0.0)
        if name in ONE:
            if name in TAME and not self.some(4):
                first = op("minimum", first, -TAME[name])
            return Op(name, (first,))
        if name == "power":
            if not self.some(4):
                return op("power", op("absolute", first), self.pick((2.0, 3.0, 0.5, 1.5, -1.0, 4.0)))
            return op("power", first, self.leaf(loops))
        return op(name, first, self.expression(loops, depth))

    def safe(self, name: str, first: Expression, loops: Loops, depth: int) -> Expression:
        """An operation within its domain, where PySD raises nothing and nothing overflows."""
        size = op("absolute", first)
        if name in ("log", "sqrt"):
            return op(name, op("add", size, 0.125))
        if name in ("exp", "sinh", "cosh", "tan", "arcsin", "arccos"):
            bound = 1.0 if name in ("tan", "arcsin", "arccos") else 3.0
            return op(name, op("maximum", op("minimum", first, bound), -bound))
        if name == "power":
            return op("power", op("add", size, 0.125), self.pick((2.0, 3.0, 0.5, 1.5, -1.0, 4.0)))
        if name in ONE:
            return op(name, calm(first) if name in ("sin", "cos") else first)
        second = self.expression(loops, depth)
        if name in ("modulo", "quantum", "zidz") and len(loops) > 1:  # PySD 3.14.3 may transpose what they give
            name = "divide"
        if name in ("divide", "modulo", "quantum"):
            return op(name, first, op("add", op("absolute", second), 0.5))
        return op(name, first, second)

    def condition(self, loops: Loops, depth: int) -> Expression:
        compared = op(str(self.pick(COMPARE)), self.expression(loops, depth), self.leaf(loops))
        if self.some(3):
            other = op(str(self.pick(COMPARE)), TIME, self.number())
            return op(str(self.pick(("and", "or"))), compared, other)
        return op("not", compared) if self.some(4) else compared

    def look(self, loops: Loops, depth: int) -> Expression:
        table = self.variables["t1"]
        return Look("t1", tuple(self.index(axis, loops) for axis in table.axes), self.expression(loops, depth))

    def past(self, loops: Loops) -> Expression:
        ref = self.reference(loops)
        if not isinstance(ref, Ref) or self.variables[ref.variable].kind == "constant":
            ref = self.named("b0", loops)
        delay = float(self.pick((0.25, 0.5, 0.6, 0.0, 9.0)))
        return Past(ref.variable, ref.index, Number(delay), self.leaf(()) if self.text else Number(self.number()))

    def reduction(self, loops: Loops, depth: int) -> Expression:
        """A sum or the like; its loops are called ``park!``, further inside ``park!!``."""
        family = {"park": "park", "few": "park", "ind": "ind", "late": "ind"}
        chosen = [self.pick(tuple(family))]
        if self.some(3):
            chosen.append("park" if family[chosen[0]] == "ind" else "ind")
        marks = "!" * (1 + max((axis.count("!") for axis, _ in loops), default=0))
        axes = tuple((r + marks, r) for r in chosen)
        if self.text:  # a subscript with an exclamation mark belongs to the innermost function
            self.hidden.append(loops)
            loops = tuple(x for x in loops if "!" not in x[0])
            axes = tuple((r + "!" * len(self.hidden), r) for r in chosen)
        inside = (*loops, *axes)
        body = self.expression(inside, depth)
        if self.some(3) and {"park", "ind"} <= {r for _, r in inside}:
            factor = Ref("league", (self.index("ind", inside), self.index("park", inside)))
            body = op("multiply", factor, calm(body))  # a kernel takes 0 × inf for 0
        else:
            body = op("add", body, 0.0)
        used = {i.axis for part in walk(body) for i in getattr(part, "index", ())}
        if not {axis for axis, _ in axes} <= used:  # the language gathers only over what occurs
            body = op("add", body, self.all_of(axes))
        if self.text:
            self.hidden.pop()
        operator = self.pick(GATHERS) if self.some(3) else GATHERS[0]
        return op("add", Reduce(operator, axes, body), 0.0)

    def all_of(self, axes: Loops) -> Expression:
        """Something that takes all of these axes."""
        loops = {r: a for a, r in axes}
        ind = loops.get("ind") or loops.get("late")
        park = loops.get("park") or loops.get("few")
        index = (
            self.follow("ind", ind, axes) if ind else Index(None, (1,)),
            self.follow("park", park, axes) if park else Index(None, (2,)),
        )
        return Ref("league", index)

    @staticmethod
    def follow(axis: str, loop: str, loops: Loops) -> Index:
        over = dict(loops)[loop]
        return Index(loop) if over == axis else Index(loop, WITHIN[over][1])

    def leaf(self, loops: Loops) -> Expression:
        kind = self.random.randrange(10)
        if kind <= 1:
            return Number(self.number())
        if kind == 2:
            return self.pick((TIME, Clock("step"), TIME, Clock("end")))
        return self.reference(loops)

    def reference(self, loops: Loops) -> Expression:
        if not self.known:
            return Number(self.number())
        return self.named(str(self.pick(self.known)), loops)

    def named(self, name: str, loops: Loops) -> Ref:
        return Ref(name, tuple(self.index(axis, loops) for axis in self.variables[name].axes))

    def index(self, axis: str, loops: Loops) -> Index:
        """A loop that fits, rarely a mapping, else a fixed element."""
        fits = [a for a, r in loops if r == axis or WITHIN.get(r, ("", ()))[0] == axis]
        if self.text:  # one spelling for each axis: the innermost
            fits = fits[-1:]
        if not fits or self.some(8):
            return Index(None, (self.random.randrange(len(RANGES[axis])),))
        found = self.follow(axis, str(self.pick(fits)), loops)
        if not self.text and found.positions is None and self.some(8):
            return Index(found.axis, WITHIN["mate"][1] if axis == "park" else (2, 1, 0))
        return found


def calm(expression: Expression) -> Expression:
    """The expression, or 1 where it is large or no number."""
    return op("where", op("less", op("absolute", expression), 1e9), expression, 1.0)


class Drawn:
    """A random model; hypothesis shows it in a line (it spells dataclasses out)."""

    def __init__(self, equations: Equations) -> None:
        self.equations = equations

    def __repr__(self) -> str:
        return f"a model of {len(self.equations.equations)} equations"


@st.composite
def models(
    draw: st.DrawFn, *, text: bool = False, exact: bool = False, auxiliaries: int = 12, stocks: int = 3
) -> Drawn:
    """A random model: constants ``c…``, auxiliaries ``b…`` before the stocks ``s…`` and ``a…`` after them, ``h0``.

    Hypothesis draws where a generator of random numbers begins, and every example is another model; it shrinks
    nothing: a failed test shows the equations that matter.
    """
    return Drawn(Author(draw(st.randoms(use_true_random=True)), text, exact).write(6, auxiliaries, stocks))


# --- what rounding alone may change

EXACT = {"add", "subtract", "multiply", "divide", "negative", "absolute", "minimum", "maximum", "where", "less",
         "less_equal", "integer", "greater", "greater_equal", "equal", "not_equal", "and", "or", "not",
         "sqrt"}  # fmt: skip


def counted(expression: Expression) -> bool:
    """Whether an expression is a count, such as ranks are made of: sums of noughts and ones are exact."""
    if not isinstance(expression, Reduce) or expression.operator != "sum":
        return False
    body = expression.body
    if not isinstance(body, Op) or body.name != "where":
        return False
    return all(one in (Number(0.0), Number(1.0)) for one in body.arguments[1:])


def shaken(equations: Equations, seed: int) -> Equations:
    """The same model with every result that may be rounded otherwise off by some units of its last places.

    How far its results lie from those of the model tells how near two right answers must be.
    """
    random = np.random.default_rng(seed)

    def off() -> float:
        return float(1.0 + random.integers(-16, 17) * 2.0**-52)

    made = {
        f"shake {name}": Variable(f"shake {name}", "constant", (name,), tuple(off() for _ in labels))
        for name, labels in equations.ranges.items()
    }

    made_of: dict[int, Expression] = {}

    def shake(expression: Expression) -> Expression:
        # what stands in two places of a formula is worked out once, and equal to itself
        if id(expression) not in made_of:
            made_of[id(expression)] = shake_once(expression)
        return made_of[id(expression)]

    def shake_once(expression: Expression) -> Expression:
        if counted(expression):
            return expression
        inner = [shake(part) for part in parts(expression)]
        if isinstance(expression, Reduce):
            body = inner[0]
            for axis, over in expression.axes:
                body = op("multiply", body, Ref(f"shake {over}", (Index(axis),)))
            return op("multiply", Reduce(expression.operator, expression.axes, body), off())
        found = rebuild(expression, inner)
        if isinstance(expression, Look):  # a line is exact to its table's numbers, however small the result
            large = max(map(abs, equations.variables[expression.table].values))
            return op("add", found, large * (off() - 1.0))
        if isinstance(expression, Past) or (isinstance(expression, Op) and expression.name not in EXACT):
            return op("multiply", found, off())
        return found

    changed = tuple(replace(e, body=shake(e.body)) for e in equations.equations)
    return replace(equations, variables={**equations.variables, **made}, equations=changed)
