"""Equations as JSON and back, exactly: parsed models are kept in the cache.

The format is closed: what is no equation of this version is refused. Every expression is a list that begins with the
letter of its kind; numbers keep all their digits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, get_args

from sim.model.ir import (
    OPERATORS,
    Check,
    Clock,
    Clocks,
    Equation,
    Equations,
    Expression,
    Index,
    Kind,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Role,
    Variable,
)  # fmt: skip

FORMAT = 1
_CLOCKS = ("time", "step", "start", "end", "saveper")
_REDUCTIONS = ("sum", "product", "minimum", "maximum")


def to_json(equations: Equations) -> bytes:
    """Equations as UTF-8 text.

    >>> from sim.model.ir import Clocks
    >>> empty = Equations({}, {}, (), Clocks(0.0, 1.0, 1.0, 1.0))
    >>> from_json(to_json(empty)) == empty
    True
    """
    whole = {
        "format": FORMAT,
        "ranges": equations.ranges,
        "variables": [asdict(variable) for variable in equations.variables.values()],
        "equations": [
            [e.variable, e.role, e.loops, _index(e.target), _written(e.body), e.line] for e in equations.equations
        ],
        "clocks": asdict(equations.clocks),
        "checks": [[c.code, c.variable, c.loops, _written(c.small), _written(c.large)] for c in equations.checks],
    }
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _index(index: Sequence[Index]) -> list[list[Any]]:
    return [[one.axis, one.positions] for one in index]


def _written(expression: Expression) -> list[Any]:
    match expression:
        case Number(value=value):
            return ["n", value]
        case Clock(which=which):
            return ["c", which]
        case Ref(variable=name, index=index):
            return ["v", name, _index(index)]
        case Op(name=name, arguments=arguments):
            return ["o", name, *map(_written, arguments)]
        case Reduce(operator=operator, axes=axes, body=body):
            return ["r", operator, axes, _written(body)]
        case Look(table=table, index=index, argument=argument):
            return ["l", table, _index(index), _written(argument)]
        case Past(variable=name, index=index, delay=delay, initial=initial):
            return ["p", name, _index(index), _written(delay), _written(initial)]


def from_json(text: bytes) -> Equations:
    """Equations from what :func:`to_json` wrote.

    Raises
    ------
    ValueError
        If the text is anything else.

    >>> from_json(b"{}")
    Traceback (most recent call last):
    ValueError: no equations of this format
    """
    whole = json.loads(text)
    names = {"format", "ranges", "variables", "equations", "clocks", "checks"}
    if not isinstance(whole, dict) or set(whole) != names or whole["format"] != FORMAT:
        raise ValueError("no equations of this format")
    try:
        variables = [_variable(one) for one in whole["variables"]]
        return Equations(
            {_text(name): tuple(map(_text, labels)) for name, labels in whole["ranges"].items()},
            {variable.name: variable for variable in variables},
            tuple(_equation(*one) for one in whole["equations"]),
            Clocks(**{name: _number(value) for name, value in whole["clocks"].items()}),
            tuple(_check(*one) for one in whole["checks"]),
        )
    except (TypeError, KeyError, AttributeError, IndexError) as error:
        raise ValueError("no equations of this format") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is no whole number")
    return value


def _one_of(value: object, known: Sequence[str] | Mapping[str, int]) -> Any:
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{value!r} is not known")
    return value


def _variable(values: Mapping[str, Any]) -> Variable:
    if set(values) != {field.name for field in fields(Variable)}:
        raise ValueError("no variable of this format")
    return Variable(
        _text(values["name"]),
        _one_of(values["kind"], get_args(Kind)),
        tuple(map(_text, values["axes"])),
        tuple(map(_number, values["values"])),
        tuple(map(_number, values["points"])),
        _text(values["units"]),
        _text(values["documentation"]),
        values["made"] is True,
        _whole(values["line"]),
    )


def _equation(variable: object, role: object, loops: Any, target: Any, body: Any, line: object) -> Equation:
    return Equation(
        _text(variable), _one_of(role, get_args(Role)), _pairs(loops), _read_index(target), _read(body), _whole(line)
    )


def _check(code: object, variable: object, loops: Any, small: Any, large: Any) -> Check:
    return Check(_text(code), _text(variable), _pairs(loops), _read(small), _read(large))


def _pairs(loops: Any) -> tuple[tuple[str, str], ...]:
    return tuple((_text(name), _text(over)) for name, over in loops)


def _read_index(index: Any) -> tuple[Index, ...]:
    return tuple(
        Index(
            None if axis is None else _text(axis),
            None if positions is None else tuple(map(_whole, positions)),
        )
        for axis, positions in index
    )


def _read(parts: Any) -> Expression:
    match parts:
        case ["n", value]:
            return Number(_number(value))
        case ["c", which]:
            return Clock(_one_of(which, _CLOCKS))
        case ["v", name, index]:
            return Ref(_text(name), _read_index(index))
        case ["o", name, *arguments] if len(arguments) == OPERATORS.get(_text(name)):
            return Op(_text(name), tuple(map(_read, arguments)))
        case ["r", operator, axes, body]:
            return Reduce(_one_of(operator, _REDUCTIONS), _pairs(axes), _read(body))
        case ["l", table, index, argument]:
            return Look(_text(table), _read_index(index), _read(argument))
        case ["p", name, index, delay, initial]:
            return Past(_text(name), _read_index(index), _read(delay), _read(initial))
    raise ValueError(f"{str(parts)[:60]} is no expression")
