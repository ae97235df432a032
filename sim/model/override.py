"""A model whose numbers are partly given from outside: what is given needs no equation any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sim.errors import InputError, Problem
from sim.model.ir import Equation, Equations, Index, Ref, Variable


def override(equations: Equations, constants: Iterable[str], series: Iterable[str] = ()) -> Equations:
    """The model where the variables named take their values from outside.

    - An auxiliary among ``constants`` and every name in ``series`` becomes a constant without equations.
    - A stock (or another variable that keeps a value) among ``constants`` gets its first value from a made constant
      with the same axes, called :func:`initial_name`.
    - A constant or a lookup stays what it is: only its numbers change.

    Raises
    ------
    InputError
        ``model_variable_missing`` for a name that the model doesn't have, ``series_of_lookup`` for a lookup in
        ``series``.

    >>> from sim.model.ir import Clocks, Number
    >>> stock = {"level": Variable("level", "stock", ("park",))}
    >>> park, start = (("park", "park"),), (Index("park"),)
    >>> rules = tuple(Equation("level", role, park, start, Number(0.0)) for role in ("initial", "flow"))
    >>> model = Equations({"park": ("A", "B")}, stock, rules, Clocks(0.0, 1.0, 1.0, 1.0))
    >>> changed = override(model, ["level"])
    >>> changed.variables["initial value of level"].kind, changed.equations[-1].body.variable
    ('constant', 'initial value of level')
    """
    constants, series = list(constants), list(series)
    _refuse(equations, constants, series)
    kinds = {name: variable.kind for name, variable in equations.variables.items()}
    begun = [name for name in constants if kinds[name] in ("stock", "held") and name not in series]
    replaced = {*series, *(name for name in constants if kinds[name] == "auxiliary")}
    variables = {
        name: replace(variable, kind="constant", values=()) if name in replaced else variable
        for name, variable in equations.variables.items()
    }
    kept = [
        equation
        for equation in equations.equations
        if equation.variable not in replaced and not (equation.role == "initial" and equation.variable in begun)
    ]
    for name in begun:
        made, equation = _initial(equations, name)
        variables[made.name] = made
        kept.append(equation)
    checks = tuple(check for check in equations.checks if check.variable not in replaced)
    return replace(equations, variables=variables, equations=tuple(kept), checks=checks)


def initial_name(equations: Equations, stock: str) -> str:
    """Name of the made constant that gives a stock its first value: ``initial value of <stock>``.

    Stars follow as long as ``equations`` (the model before :func:`override`) has a variable of that name.
    """
    name = f"initial value of {stock}"
    taken = {known.casefold() for known in equations.variables}
    while name.casefold() in taken:
        name += "*"
    return name


def input_name(equations: Equations, name: str) -> str:
    """Under which name the overridden model takes the numbers given for ``name``."""
    return initial_name(equations, name) if equations.variables[name].kind in ("stock", "held") else name


def _initial(equations: Equations, name: str) -> tuple[Variable, Equation]:
    stock = equations.variables[name]
    made = Variable(initial_name(equations, name), "constant", stock.axes, units=stock.units, made=True)
    # an axis may occur twice, so that loops are counted
    loops = tuple((f"{over}#{place}" if place else over, over) for place, over in enumerate(stock.axes))
    index = tuple(Index(axis) for axis, _ in loops)
    return made, Equation(name, "initial", loops, index, Ref(made.name, index), stock.line)


def _refuse(equations: Equations, constants: list[str], series: list[str]) -> None:
    problems = [
        Problem(None, "model_variable_missing", {"name": name, "where": "the study"})
        for name in dict.fromkeys([*constants, *series])
        if name not in equations.variables
    ]
    problems += [
        Problem(None, "series_of_lookup", {"name": name})
        for name in series
        if name in equations.variables and equations.variables[name].kind == "lookup"
    ]
    if problems:
        raise InputError(problems)
