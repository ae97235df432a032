"""Expressions without subscripts as Vensim writes them, with no more brackets than they need, and their units."""

from __future__ import annotations

from collections.abc import Mapping

from sim.export import vensim
from sim.model.ir import Clock, Expression, Look, Number, Op, Past, Reduce, Ref

INFIX: Mapping[str, tuple[str, int]] = {
    "or": (":OR:", 1), "and": (":AND:", 2), "less": ("<", 4), "less_equal": ("<=", 4), "greater": (">", 4),
    "greater_equal": (">=", 4), "equal": ("=", 4), "not_equal": ("<>", 4), "add": ("+", 5), "subtract": ("-", 5),
    "multiply": ("*", 6), "divide": ("/", 6), "power": ("^", 7),
}  # fmt: skip
"""Operators between their arguments, and how tightly they bind."""

CALLS: Mapping[str, str] = {
    "exp": "EXP", "log": "LN", "sqrt": "SQRT", "absolute": "ABS", "sin": "SIN", "cos": "COS", "tan": "TAN",
    "arcsin": "ARCSIN", "arccos": "ARCCOS", "arctan": "ARCTAN", "sinh": "SINH", "cosh": "COSH", "tanh": "TANH",
    "minimum": "MIN", "maximum": "MAX", "integer": "INTEGER", "modulo": "MODULO", "quantum": "QUANTUM",
    "zidz": "ZIDZ", "xidz": "XIDZ", "where": "IF THEN ELSE",
}  # fmt: skip

CLOCKS = {
    "time": "Time", "step": "TIME STEP", "start": "INITIAL TIME", "end": "FINAL TIME", "saveper": "SAVEPER"
}  # fmt: skip
ATOM = 9
_CHAINS = {"add", "multiply", "or", "and"}
"""Operators whose first argument needs no brackets if it is one of the same kind; the second always does."""


def text_of(expression: Expression, tightness: int = 0) -> str:
    """The expression as text; its references name variables without subscripts.

    Parameters
    ----------
    tightness
        How tightly what stands around it binds: brackets are put where it binds more tightly.

    Raises
    ------
    TypeError
        For a sum over subscripts, which has to be written out first.

    >>> text_of(Op("multiply", (Op("add", (Ref("a"), Ref("b"))), Op("negative", (Number(2.0),)))))
    '(a + b) * (-2)'
    >>> text_of(Op("subtract", (Op("subtract", (Ref("a"), Ref("b"))), Op("subtract", (Ref("c"), Ref("d"))))))
    'a - b - (c - d)'
    """
    match expression:
        case Number(value=value):
            return vensim.number(value) if value >= 0 else f"({vensim.number(value)})"
        case Clock(which=which):
            return CLOCKS[which]
        case Ref(variable=name):
            return vensim.variable_name(name)
        case Look(table=name, argument=argument):
            return f"{vensim.variable_name(name)}({text_of(argument)})"
        case Past(variable=name, delay=delay, initial=initial):
            return f"DELAY FIXED({vensim.variable_name(name)}, {text_of(delay)}, {text_of(initial)})"
        case Op(name="negative", arguments=(only,)):
            return f"(-{text_of(only, 7)})"
        case Op(name="not", arguments=(only,)):
            return f"(:NOT: {text_of(only, ATOM)})"
        case Op(name=name, arguments=arguments) if name in INFIX:
            sign, binds = INFIX[name]
            first = binds if name not in ("power",) and binds != 4 else binds + 1
            told = f"{text_of(arguments[0], first)} {sign} {text_of(arguments[1], binds + 1)}"
            return f"({told})" if binds < tightness else told
        case Op(name=name, arguments=arguments):
            return f"{CALLS[name]}({', '.join(map(text_of, arguments))})"
        case Reduce(operator=operator):
            raise TypeError(f"{operator} over subscripts")


def units_of(expression: Expression, units: Mapping[str, str]) -> str:
    """The units of an expression, as far as those of its variables tell.

    >>> units_of(Op("multiply", (Ref("wage"), Ref("hours"))), {"wage": "CNY/Hour", "hours": "Hour"})
    '(CNY/Hour)*(Hour)'
    """
    match expression:
        case Clock():
            return "Year"
        case Ref(variable=name) | Look(table=name) | Past(variable=name):
            return units.get(name, "Dmnl") or "Dmnl"
        case Reduce(body=body):
            return units_of(body, units)
        case Op(name="multiply", arguments=(one, other)):
            return _joined(units_of(one, units), "*", units_of(other, units))
        case Op(name="divide" | "zidz" | "xidz", arguments=(one, other, *_)):
            return _joined(units_of(one, units), "/", units_of(other, units))
        case (
            Op(name="where", arguments=(_, one, other))
            | Op(name="add" | "subtract" | "minimum" | "maximum", arguments=(one, other))
        ):
            first = units_of(one, units)
            return units_of(other, units) if first == "Dmnl" else first
        case Op(name="negative" | "absolute", arguments=(one,)):
            return units_of(one, units)
    return "Dmnl"


def _joined(one: str, sign: str, other: str) -> str:
    if other == "Dmnl":
        return one
    if one == "Dmnl" and sign == "*":
        return other
    return f"{'1' if one == 'Dmnl' else f'({one})'}{sign}({other})"
