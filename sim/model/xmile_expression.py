"""Expressions of XMILE 1.0 as expressions of Vensim's language, every operation in brackets of its own.

Levels of operators follow section 3.3.1 of the specification: powers (from the right), signs and NOT, products, sums,
orders, equality, AND, OR. What a function means stands in :data:`FUNCTIONS`; what XMILE knows and this doesn't, in
:data:`NOT_COVERED`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sim.model.xmile_tokens import COMMENT, ExpressionError, plain_name, tokens

_LEVELS = ({"OR": ":OR:"}, {"AND": ":AND:"}, {"=": "=", "<>": "<>"}, {"<": "<", "<=": "<=", ">": ">", ">=": ">="},
           {"+": "+", "-": "-"}, {"*": "*", "/": "/", "MOD": "MOD"})  # fmt: skip
DEEPEST = 60

CLOCKS = {"TIME": "Time", "DT": "TIME STEP", "STARTTIME": "INITIAL TIME", "STOPTIME": "FINAL TIME",
          "PI": "PI()", "INF": "1e+308"}  # fmt: skip

NOT_COVERED = frozenset({
    "CAP", "CONVERGEANCE", "COOKTIME", "COUNTER", "DELAY CONVEYOR", "DERIVN", "ENDVAL", "GEOMETRIC", "HISTORY",
    "INVNORM", "IRR", "LOGISTIC", "LOOKUPMEAN", "MONTECARLO", "NEGBINOMIAL", "NETWORK", "OSTATE", "PARETO", "QELEM",
    "QLEN", "RANK", "SENSIRUNCOUNT", "STDDEV", "THROUGHPUT", "TRIANGULAR", "WEIBULL",
})  # fmt: skip
"""Functions that are known by name and not translated."""

GATHER = {"SUM": "SUM", "PROD": "PROD", "MAX": "VMAX", "MIN": "VMIN", "MEAN": "SUM"}
"""Functions of whole arrays; MAX and MIN only where they have one argument."""


def _by_count(**forms: str) -> Callable[[Sequence[str]], str]:
    """The form for so many arguments: ``a1`` for one, ``a2`` for two, and so on."""

    def write(arguments: Sequence[str]) -> str:
        form = forms.get(f"a{len(arguments)}")
        if form is None:
            raise ExpressionError("xmile_arguments", " / ".join(key[1:] for key in forms))
        return form.format(*arguments)

    return write


def _nested(function: str) -> Callable[[Sequence[str]], str]:
    def write(arguments: Sequence[str]) -> str:
        if len(arguments) < 2:
            raise ExpressionError("xmile_arguments", "2, 3, …")
        found = arguments[-1]
        for argument in reversed(arguments[:-1]):
            found = f"{function}({argument}, {found})"
        return found

    return write


def _remainder(value: str, by: str) -> str:
    """What is left of a number over multiples of another, with the sign of the other."""
    return f"({value} - {by} * {_floor(f'{value} / {by}')})"


def _floor(value: str) -> str:
    return f"(INTEGER({value}) - IF THEN ELSE(INTEGER({value}) > {value}, 1, 0))"


_WIDE = "-1e+300, 1e+300"
_GAMMA = "(RANDOM GAMMA(0, 1e+300, 1 + {0}, 0, {1}, {2}) * RANDOM UNIFORM(0, 1, {2}) ^ (1 / ({0})))"
"""Of any order: a gamma variable of order a + 1, times the power 1 / a of a uniform one, is one of order a."""
FUNCTIONS: Mapping[str, Callable[[Sequence[str]], str]] = {
    **{name: _by_count(a1=f"{name}({{0}})") for name in (
        "ABS", "ARCCOS", "ARCSIN", "ARCTAN", "COS", "EXP", "LN", "SIN", "SQRT", "TAN")},
    "INT": _by_count(a1="(INTEGER({0}) - IF THEN ELSE(INTEGER({0}) > ({0}), 1, 0))"),
    "ROUND": _by_count(a1="(INTEGER(({0}) + 0.5) - IF THEN ELSE(INTEGER(({0}) + 0.5) > ({0}) + 0.5, 1, 0))"),
    "LOG10": _by_count(a1="LOG({0}, 10)"), "LOGN": _by_count(a1="LN({0})"), "GAMMALN": _by_count(a1="GAMMA LN({0})"),
    "MAX": _nested("MAX"), "MIN": _nested("MIN"),
    "DELAY": _by_count(a2="DELAY FIXED({0}, {1}, {0})", a3="DELAY FIXED({0}, {1}, {2})"),
    "DELAY1": _by_count(a2="DELAY1({0}, {1})", a3="DELAY1I({0}, {1}, {2})"),
    "DELAY3": _by_count(a2="DELAY3({0}, {1})", a3="DELAY3I({0}, {1}, {2})"),
    "DELAYN": _by_count(a3="DELAY N({0}, {1}, {0}, {2})", a4="DELAY N({0}, {1}, {3}, {2})"),
    "SMTH1": _by_count(a2="SMOOTH({0}, {1})", a3="SMOOTHI({0}, {1}, {2})"),
    "SMTH3": _by_count(a2="SMOOTH3({0}, {1})", a3="SMOOTH3I({0}, {1}, {2})"),
    "SMTHN": _by_count(a3="SMOOTH N({0}, {1}, {0}, {2})", a4="SMOOTH N({0}, {1}, {3}, {2})"),
    "TREND": _by_count(a2="TREND({0}, {1}, 0)", a3="TREND({0}, {1}, {2})"),
    "FORCST": _by_count(
        a3="(({0}) * (1 + TREND({0}, {1}, 0) * ({2})))", a4="(({0}) * (1 + TREND({0}, {1}, {3}) * ({2})))"),
    "PULSE": _by_count(
        a1="(({0}) / TIME STEP)", a2="(({0}) / TIME STEP * PULSE TRAIN({1}, TIME STEP, 1e+300, FINAL TIME))",
        a3="(({0}) / TIME STEP"
           " * PULSE TRAIN({1}, TIME STEP, IF THEN ELSE(({2}) > 0, {2}, 1e+300), FINAL TIME))"),
    "RAMP": _by_count(a2="RAMP({0}, {1})", a3="RAMP({0}, {1}, {2})"), "STEP": _by_count(a2="STEP({0}, {1})"),
    "INIT": _by_count(a1="INITIAL({0})"), "PREVIOUS": _by_count(a2="DELAY FIXED({0}, TIME STEP, {1})"),
    "NPV": _by_count(a2="NPV({0}, {1}, 0, 1)", a3="NPV({0}, {1}, {2}, 1)"),
    "SAFEDIV": _by_count(
        a2="IF THEN ELSE(({1}) = 0, 0, ({0}) / ({1}))", a3="IF THEN ELSE(({1}) = 0, {2}, ({0}) / ({1}))"),
    **{name: _by_count(a2="RANDOM UNIFORM({0}, {1}, 0)", a3="RANDOM UNIFORM({0}, {1}, {2})")
       for name in ("RANDOM", "UNIFORM")},
    "NORMAL": _by_count(
        a2=f"RANDOM NORMAL({_WIDE}, {{0}}, {{1}}, 0)", a3=f"RANDOM NORMAL({_WIDE}, {{0}}, {{1}}, {{2}})",
        a5="RANDOM NORMAL({3}, {4}, {0}, {1}, {2})"),
    "EXPRND": _by_count(
        a1="RANDOM EXPONENTIAL(0, 1e+300, 0, {0}, 0)", a2="RANDOM EXPONENTIAL(0, 1e+300, 0, {0}, {1})"),
    "LOGNORMAL": _by_count(a2=f"EXP(RANDOM NORMAL({_WIDE}, {{0}}, {{1}}, 0))",
                           a3=f"EXP(RANDOM NORMAL({_WIDE}, {{0}}, {{1}}, {{2}}))"),
    "POISSON": _by_count(a1="RANDOM POISSON(0, 1e+300, {0}, 0, 1, 0)", a2="RANDOM POISSON(0, 1e+300, {0}, 0, 1, {1})"),
    "BINOMIAL": _by_count(a2="RANDOM BINOMIAL(0, 1e+300, {1}, {0}, 0, 1, 0)",
                          a3="RANDOM BINOMIAL(0, 1e+300, {1}, {0}, 0, 1, {2})"),
    "BETA": _by_count(a2="RANDOM BETA(0, 1, {0}, {1}, 0, 1, 0)", a3="RANDOM BETA(0, 1, {0}, {1}, 0, 1, {2})"),
    "GAMMA": _by_count(a2=_GAMMA.replace("{2}", "0"), a3=_GAMMA),
    "ZIDZ": _by_count(a2="ZIDZ({0}, {1})"), "XIDZ": _by_count(a3="XIDZ({0}, {1}, {2})"),
}  # fmt: skip
"""By name the text for its arguments."""


@dataclass(frozen=True)
class Names:
    """What names in an equation mean.

    Parameters
    ----------
    variable
        For a name as it is written: how the text calls it, and its dimensions; nothing if there is none.
    element
        For a dimension and a name or number: the label.
    own
        Dimensions of the left side.
    tables
        Names (as the text calls them) that are graphical functions.
    dimensions
        All dimensions by plain name, and their sizes.
    macros
        Macros by plain name, and how the text calls them.
    itself
        What SELF means.
    """

    variable: Callable[[str], tuple[str, tuple[str, ...]] | None]
    element: Callable[[str, str], str | None]
    own: tuple[str, ...]
    tables: frozenset[str]
    dimensions: Mapping[str, int]
    macros: Mapping[str, str] = field(default_factory=dict)
    itself: str = ""


def in_vensim(text: str, names: Names) -> str:
    """An expression in Vensim's language.

    Raises
    ------
    ExpressionError
        If it can't be read, or holds what isn't translated.

    >>> nothing = Names(lambda name: (name, ()), lambda over, label: None, (), frozenset(), {})
    >>> in_vensim("IF a >= 2 AND NOT b THEN -c^2 ELSE MAX(a, b, 3)", nothing)
    'IF THEN ELSE(((a >= 2) :AND: (:NOT: b)), (-(c ^ 2)), MAX(a, MAX(b, 3)))'
    """
    return _Parser(text, names).whole()


class _Parser:
    def __init__(self, text: str, names: Names) -> None:
        self.names = names
        self.tokens = list(tokens(COMMENT.sub(" ", text)))
        self.place, self.depth, self.gathering = 0, 0, 0

    def whole(self) -> str:
        found = self._expression()
        if self.place < len(self.tokens):
            raise ExpressionError("model_syntax", self.tokens[self.place][1])
        return found

    # --- tokens

    def _peek(self) -> str:
        """The next sign or word in upper case; empty at the end."""
        if self.place >= len(self.tokens):
            return ""
        kind, text = self.tokens[self.place]
        return text.upper() if kind in ("sign", "name") else ""

    def _take(self, wanted: str) -> bool:
        if self._peek() != wanted:
            return False
        self.place += 1
        return True

    def _need(self, wanted: str) -> None:
        if not self._take(wanted):
            near = self.tokens[self.place][1] if self.place < len(self.tokens) else wanted
            raise ExpressionError("model_syntax", near)

    # --- levels

    def _expression(self) -> str:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError("xmile_construct", "(((…)))")
        if self._take("IF"):
            condition = self._expression()
            self._need("THEN")
            then = self._expression()
            self._need("ELSE")
            found = f"IF THEN ELSE({condition}, {then}, {self._expression()})"
        else:
            found = self._level(0)
        self.depth -= 1
        return found

    def _level(self, level: int) -> str:
        if level == len(_LEVELS):
            return self._signed()
        found, terms = self._level(level + 1), 1
        while (word := self._peek()) in _LEVELS[level]:
            self.place += 1
            right = self._level(level + 1)
            sign = _LEVELS[level][word]
            if sign == "MOD":
                found, terms = _remainder(f"({found})" if terms > 1 else found, right), 1
            else:  # what compares takes two, the others as many as there are
                found = f"({found}) {sign} {right}" if terms > 1 and level in (2, 3) else f"{found} {sign} {right}"
                terms += 1
        return f"({found})" if terms > 1 else found

    def _signed(self) -> str:
        if self._take("-"):
            return f"(-{self._signed()})"
        if self._take("+"):
            return self._signed()
        if self._take("NOT"):
            return f"(:NOT: {self._signed()})"
        found = self._atom()
        if self._take("^"):
            return f"({found} ^ {self._signed()})"
        return found

    def _atom(self) -> str:
        if self.place >= len(self.tokens):
            raise ExpressionError("model_syntax", "…")
        kind, text = self.tokens[self.place]
        if kind == "number":
            self.place += 1
            return text
        if kind == "sign":
            self._need("(")
            found = self._expression()
            self._need(")")
            return found
        self.place += 1
        if self._peek() == "(" and kind == "name":
            return self._call(text)
        known = self.names.variable(self.names.itself if text.upper() == "SELF" and self.names.itself else text)
        if known is not None:
            return self._reference(*known)
        clock = CLOCKS.get(text.upper())
        if clock is not None:
            return clock
        raise ExpressionError("xmile_construct" if text.upper() in NOT_COVERED else "model_reference", text)

    # --- arrays

    def _reference(self, name: str, axes: tuple[str, ...]) -> str:
        subscripts = self._subscripts(axes, name)
        called = f"{name}[{', '.join(subscripts)}]" if subscripts else name
        if name in self.names.tables and self._take("("):
            argument = self._expression()
            self._need(")")
            return f"{called}({argument})"
        return called

    def _subscripts(self, axes: tuple[str, ...], name: str) -> list[str]:
        if self._peek() != "[":
            return [self._along(axis, axis) for axis in axes]
        self.place += 1
        found = []
        for axis in axes:
            found.append(self._subscript(axis))
            if len(found) < len(axes):
                self._need(",")
        if not axes:
            raise ExpressionError("xmile_construct", f"{name}[…]")
        self._need("]")
        return found

    def _subscript(self, axis: str) -> str:
        if self._take("*"):
            return self._along(axis, "*")
        if self.place >= len(self.tokens) or self.tokens[self.place][0] == "sign":
            raise ExpressionError("xmile_construct", f"[{self._peek()}…]")
        text = self.tokens[self.place][1]
        self.place += 1
        if self._peek() in ("-", "+", "*", "/", ":", "^", "("):
            raise ExpressionError("xmile_construct", f"[{text} {self._peek()} …]")
        label = self.names.element(axis, text)
        if label is not None:
            return label
        if plain_name(text) in self.names.dimensions:
            return self._along(axis, text)
        raise ExpressionError("xmile_construct", f"[{text}]")

    def _along(self, axis: str, written: str) -> str:
        """A loop along an axis: that of the left side, or that of the function around."""
        wanted = axis if written == "*" else written
        if written != "*" and plain_name(wanted) in map(plain_name, self.names.own):
            return wanted
        if not self.gathering:
            if written == "*":
                raise ExpressionError("xmile_construct", "[*]")
            return wanted
        return f"{wanted}!"

    # --- functions

    def _call(self, written: str) -> str:
        known = self.names.variable(written)
        if known is not None and known[0] in self.names.tables:
            return self._reference(*known)
        name = " ".join(written.upper().split("_"))
        self._need("(")
        if name == "SIZE":
            return self._size()
        if name in ("LOOKUP", "LOOKUPINV"):
            return self._lookup(name)
        gathers = name in GATHER and self._arguments_ahead() == 1
        self.gathering += gathers
        arguments = [] if self._take(")") else self._arguments()
        self.gathering -= gathers
        if gathers:
            return self._gathered(name, arguments[0])
        if plain_name(written) in self.names.macros:
            return f"{self.names.macros[plain_name(written)]}({', '.join(arguments)})"
        if name not in FUNCTIONS:
            raise ExpressionError("xmile_construct" if name in NOT_COVERED else "model_function_unknown", written)
        try:
            return FUNCTIONS[name](arguments)
        except ExpressionError as error:
            raise ExpressionError(error.code, f"{written}({error.what})") from None

    def _gathered(self, name: str, argument: str) -> str:
        if name != "MEAN":
            return f"{GATHER[name]}({argument})"
        ranges = dict.fromkeys(re.findall(r"([\w ]+)!", argument))
        return f"(SUM({argument}) / ({' * '.join(f'ELMCOUNT({over.strip()})' for over in ranges)}))"

    def _arguments(self) -> list[str]:
        found = [self._expression()]
        while self._take(","):
            found.append(self._expression())
        self._need(")")
        return found

    def _arguments_ahead(self) -> int:
        """How many arguments follow an open bracket."""
        depth, count = 0, 1
        for kind, text in self.tokens[self.place :]:
            if kind == "sign":
                depth += (text in "([") - (text in ")]")
                count += text == "," and not depth
                if depth < 0:
                    break
        return count

    def _size(self) -> str:
        known = self.names.variable(self.tokens[self.place][1]) if self.place < len(self.tokens) else None
        if known is None:
            raise ExpressionError("xmile_construct", "SIZE")
        while self.place < len(self.tokens) and not self._take(")"):
            self.place += 1
        size = 1
        for axis in known[1]:
            size *= self.names.dimensions[plain_name(axis)]
        return str(size)

    def _lookup(self, name: str) -> str:
        known = self.names.variable(self.tokens[self.place][1]) if self.place < len(self.tokens) else None
        if known is None or known[0] not in self.names.tables:
            raise ExpressionError("xmile_construct", name)
        self.place += 1
        subscripts = self._subscripts(known[1], known[0])
        table = f"{known[0]}[{', '.join(subscripts)}]" if subscripts else known[0]
        self._need(",")
        argument = self._expression()
        self._need(")")
        return f"{table}({argument})" if name == "LOOKUP" else f"LOOKUP INVERT({table}, {argument})"
