"""A grammar of Vensim's language for the fuzzer: models as trees of text that can be drawn and made smaller.

A tree knows the text it stands for and nothing else; whether a smaller tree still is a model, a reader decides.
Numbers are multiples of powers of two and times lie on the steps, so that rounding decides nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import ClassVar

from tests.kernels import mdl

RANGES = {"r": ("r1", "r2", "r3"), "q": ("q1", "q2"), "part": ("r2", "r3")}
STEP, END = 0.5, 4.0
NUMBERS = ("0", "1", "2", "3", "0.5", "0.25", "(-1)", "(-0.75)", "7.25", "1e3")
PERIODS = ("2.5", "3.25", "4.75")
"""At least three stages of a step each; first values of averages are never whole, see ``KNOWN`` of the fuzzer."""
STARTS = ("0.5", "1.25", "(-0.75)", "7.25")
NAMES = ("x {n}", "Long Name_{n}", "变量 {n}", '"a & b ({n})"', "y{n}", '"x.{n}"')

FREE = (
    "{0} + {1}", "{0} - {1}", "{0} * {1}", "({0} + {1})", "({0} - {1})", "({0} * {1})", "-({0})", "(-({0}))",
    "{0} - {1} - {2}", "{0} + {1} * {2}", "({0} - ({1} - {2}))", "({0}) / (ABS({1}) + 0.5)", "{0} * {1} / 4",
    "ABS({0})", "MIN({0}, {1})", "MAX({0}, {1})", "INTEGER(MAX(MIN({0}, 1e6), -1e6))", "SQRT(ABS({0}))",
    "LN(ABS({0}) + 0.125)",
    "EXP(MIN({0}, 3))", "SIN(MAX(MIN({0}, 9), -9))", "TANH({0})", "COSH(MAX(MIN({0}, 3), -3))",
    "ARCTAN({0})", "(ABS({0}) + 0.125) ^ 1.5", "(ABS({0}) + 0.5) ^ -1", "-(ABS({0}) + 0.125) ^ 2", "GAME({0})",
    "IF THEN ELSE({c}, {0}, {1})", "XIDZ({0}, {1}, {2})", "ZIDZ({0}, {1})",
    "MODULO(MAX(MIN({0}, 1e6), -1e6), ABS({1}) + 0.5)",
    "QUANTUM(MAX(MIN({0}, 1e6), -1e6), ABS({1}) + 0.5)", "table({0})", "POWER(ABS({0}) + 0.125, 0.5)",
    "WITH LOOKUP({0}, ((-1,2),(0,0.5),(1.5,3),(4,-1)))", "LOG(ABS({0}) + 0.125, 2)",
)  # fmt: skip
"""Operators and functions of numbers; ``{c}`` is a condition."""

CONDITIONS = (
    "{0} < {1}", "{0} >= {1}", "Time >= {t}", "Time < {t}", "({c}) :AND: ({c})", "({c}) :OR: ({c})", ":NOT: ({c})",
    "{0} > 0.3 :AND: {1} <= 1", "Time = {t} :OR: {0} > 2",
)  # fmt: skip
TIMED = (
    "STEP({0}, {t})", "RAMP({v}, {t}, {t})", "PULSE({t}, {w})", "PULSE TRAIN({t}, {w}, {e}, 3.75)", "Time",
    "TIME STEP", "FINAL TIME",
)  # fmt: skip
MEMORY = (
    "SMOOTH({0}, {p})", "SMOOTHI({0}, {p}, {s})", "SMOOTH3({0}, {p})", "SMOOTH3I({0}, {p}, {s})",
    "DELAY1({0}, {p})", "DELAY1I({0}, {p}, {s})", "DELAY3({0}, {p})", "DELAY3I({0}, {p}, {s})",
    "DELAY N({0}, {p}, {s}, 2)", "SMOOTH N({0}, {p}, {s}, 3)", "DELAY FIXED({0}, {w}, {s})",
    "TREND(ABS({0}) + 1, {p}, 0.125)", "FORECAST(ABS({0}) + 1, {p}, 2)", "SAMPLE IF TRUE({c}, {0}, {s})",
    "INITIAL({0})",
)  # fmt: skip
GATHERS = ("SUM({0})", "VMIN({0})", "VMAX({0})", "PROD({0})")
FIXED = {
    "t": ("0", "0.5", "1", "2", "3.5"), "w": ("0.5", "1", "1.5"), "p": PERIODS, "s": STARTS, "v": NUMBERS,
    "e": ("1.5", "2", "2.5"),
}  # fmt: skip
FORMS = {"names": NAMES, "free": FREE, "conditions": CONDITIONS, "timed": TIMED, "memory": MEMORY}


@dataclass(frozen=True)
class Term:
    """A text with places for parts, ``{0}`` the first.

    >>> Term("MIN({0}, {1})", (Term("x"), Term("2"))).spelled()
    'MIN(x, 2)'

    Parameters
    ----------
    other
        The same in functions that PySD knows, where it doesn't know those of ``text``.
    """

    text: str
    parts: tuple[Term, ...] = ()
    other: str = ""

    def spelled(self, theirs: bool = False) -> str:
        return (self.other if theirs and self.other else self.text).format(*(p.spelled(theirs) for p in self.parts))

    def size(self) -> int:
        return 1 + sum(part.size() for part in self.parts)

    def smaller(self) -> Iterator[Term]:
        """Terms with less in them: parts in the place of the whole, a number, and the same further inside."""
        yield from self.parts
        if self.parts or self.text not in ("1", "0.5"):
            yield from (Term("1"), Term("0.5"))
        for place, part in enumerate(self.parts):
            for found in part.smaller():
                yield replace(self, parts=(*self.parts[:place], found, *self.parts[place + 1 :]))


@dataclass(frozen=True)
class Rule:
    """One entry: a left side, and a right side of a form such as ``INTEG({0}, {1})``."""

    name: str
    left: str
    right: Term

    operator: str = "= "

    def spelled(self, theirs: bool = False) -> str:
        return f"{self.left} {self.operator}{self.right.spelled(theirs)} ~~|"


@dataclass(frozen=True)
class Model:
    """Rules in the order of the file."""

    rules: tuple[Rule, ...]
    head: Mapping[str, str] = field(default_factory=dict)
    """Macros, ranges and numbers by what names them; only those that are named are written."""
    suffix: ClassVar[str] = ".mdl"

    def spelled(self, theirs: bool = False) -> str:
        ranges = [f"{name}: {', '.join(labels)} ~~|" for name, labels in RANGES.items()]
        text = "\n".join([*ranges, *(rule.spelled(theirs) for rule in self.rules)]) + "\n"
        for name, needed in self.head.items():
            text = f"{needed}\n{text}" if name in text else text
        return mdl(text, END, STEP)

    def size(self) -> int:
        return sum(1 + rule.right.size() for rule in self.rules)

    def smaller(self) -> Iterator[Model]:
        """Models with less in them: without the rules of a variable, whose uses become 1, or with a smaller right."""
        for name in dict.fromkeys(rule.name for rule in self.rules):
            rest = tuple(replace(rule, right=without(rule.right, name)) for rule in self.rules if rule.name != name)
            yield replace(self, rules=rest)
        for place, rule in enumerate(self.rules):
            for right in rule.right.smaller():
                yield replace(self, rules=(*self.rules[:place], replace(rule, right=right), *self.rules[place + 1 :]))


def without(term: Term, name: str) -> Term:
    """The term with 1 in the place of a variable."""
    if term.text == name or term.text.startswith(f"{name}["):
        return Term("1")
    return replace(term, parts=tuple(without(part, name) for part in term.parts))


Special = Callable[["Author", str], tuple[tuple[str, ...], list[Rule]]]


@dataclass
class Author:
    """Draws one model.

    Parameters
    ----------
    special
        What draws a variable of a construct that takes more than a right side; gives its axes and its rules.
    head
        What those need at the head of the file.
    """

    random: Random
    special: Sequence[Special] = ()
    head: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Sequence[str]] = field(default_factory=lambda: FORMS)

    def __post_init__(self) -> None:
        self.known: dict[str, tuple[str, ...]] = {}

    def pick(self, options: Sequence[str]) -> str:
        return self.random.choice(options)

    def model(self, variables: int = 9) -> Model:
        """Constants, then stocks and auxiliaries that take what was known before; flows take everything."""
        rules = [
            Rule("table", "table", Term("((-2,1),(0,0),(1,2.5),(3,-0.5),(6,4))"), ""),
            Rule("base", "base[r, q]", Term("0.5, 1; -2, 0.25; 3, -1;")),
        ]
        stocks: list[tuple[str, tuple[str, ...], Term]] = []
        for number in range(variables):
            name = self.pick(self.forms["names"]).format(n=number)
            axes = self.random.choice(((), (), ("r",), ("q",), ("r", "q")))
            if number < 2:
                rules.append(Rule(name, left(name, axes), Term(self.pick(NUMBERS))))
            elif self.special and self.random.randrange(4) == 0:
                axes, made = self.random.choice(self.special)(self, name)
                rules += made
            elif self.random.randrange(4) == 0:
                stocks.append((name, axes, self.term(axes, 1)))
            else:
                rules += self.auxiliary(name, axes)
            self.known[name] = axes
        for name, axes, first in stocks:
            form = self.pick(("INTEG({0}, {1})", "INTEG({0}, {1})", "INTEG({0} - 0.25, {1})"))
            rules.append(Rule(name, left(name, axes), Term(form, (wide(self.term(axes, 2), axes), wide(first, axes)))))
        self.random.shuffle(rules)
        return Model(tuple(rules), self.head)

    def auxiliary(self, name: str, axes: tuple[str, ...]) -> list[Rule]:
        kind = self.random.randrange(8)
        if axes == ("r",) and kind == 0:  # by parts
            return [
                Rule(name, f"{name}[r1]", self.term((), 2)),
                Rule(name, f"{name}[part]", self.term(("part",), 2)),
            ]
        if axes == ("r",) and kind == 1:
            return [
                Rule(name, f"{name}[r] :EXCEPT: [r2]", self.term(axes, 2)),
                Rule(name, f"{name}[r2]", self.term((), 2)),
            ]
        if kind == 2:
            both = (self.term(axes, 2), self.term(axes, 1))
            return [Rule(name, left(name, axes), Term("ACTIVE INITIAL({0}, {1})", tuple(map(wide, both, (axes,) * 2))))]
        return [Rule(name, left(name, axes), wide(self.term(axes, 3), axes))]

    def term(self, axes: tuple[str, ...], depth: int) -> Term:
        kind = self.random.randrange(14)
        if depth == 0 or kind <= 1:
            return self.leaf(axes)
        if kind == 2 and not any("!" in axis for axis in axes):
            return self.gathered(axes)
        if kind == 3:
            return self.filled(self.pick(self.forms["timed"]), axes, depth - 1)
        if kind in (4, 5) and not any("!" in axis for axis in axes):
            return self.filled(self.pick(self.forms["memory"]), axes, depth - 1)
        return self.filled(self.pick(self.forms["free"]), axes, depth - 1)

    def filled(self, form: str, axes: tuple[str, ...], depth: int) -> Term:
        """A form with its places filled; conditions become parts, too."""
        text, parts = "", list[Term]()
        rest = form
        while "{" in rest:
            before, _, rest = rest.partition("{")
            key, _, rest = rest.partition("}")
            text += before
            if key in FIXED:
                text += self.pick(FIXED[key])
                continue
            text += f"{{{len(parts)}}}"
            parts.append(self.condition(axes, depth) if key == "c" else self.term(axes, depth))
        return Term(text + rest, tuple(parts))

    def condition(self, axes: tuple[str, ...], depth: int) -> Term:
        forms = [form for form in self.forms["conditions"] if depth > 0 or "{c}" not in form]
        return self.filled(self.pick(forms), axes, depth - 1 if depth else 0)

    def gathered(self, axes: tuple[str, ...]) -> Term:
        """A sum or the like over a range; what it gathers holds that range at least once."""
        over = self.pick(("r", "q", "part"))
        wide = [n for n, have in self.known.items() if (over if over != "part" else "r") in have]
        if not wide:
            return self.leaf(axes)
        marked = (*(axis for axis in axes if RANGES[axis][-1] != RANGES[over][-1]), f"{over}!")
        sure = self.reference(self.pick(wide), marked, sure=True)
        body = Term(self.pick(("{0}", "{0} * {1}", "{0} + {1}", "MAX({0}, {1})")), (sure, self.term(marked, 1)))
        return Term(self.pick(GATHERS), (body if "{1}" in body.text else sure,))

    def leaf(self, axes: tuple[str, ...]) -> Term:
        if not self.known or self.random.randrange(4) == 0:
            return Term(self.pick((*NUMBERS, "Time")))
        return self.reference(self.pick(list(self.known)), axes)

    def reference(self, name: str, axes: tuple[str, ...], *, sure: bool = False) -> Term:
        """A variable at axes that stand here, else at an element; ``sure`` leaves nothing to chance."""
        places = []
        for axis in self.known[name]:
            fits = [x for x in axes if x.strip("!") == axis or (x.strip("!") == "part" and axis == "r")]
            fixed = not fits or (not sure and self.random.randrange(6) == 0)
            places.append(self.pick(RANGES[axis]) if fixed else self.pick(fits))
        return Term(f"{name}[{', '.join(places)}]" if places else name)


def wide(term: Term, axes: tuple[str, ...]) -> Term:
    """The term and something that surely has these axes: PySD gives no array the value of a scalar delay."""
    if not axes:
        return term
    places = ("r" if "r" in axes else "r2", "q" if "q" in axes else "q1")
    return Term("{0} + {1}", (term, Term(f"base[{', '.join(places)}]")))


def left(name: str, axes: tuple[str, ...]) -> str:
    return f"{name}[{', '.join(axes)}]" if axes else name
