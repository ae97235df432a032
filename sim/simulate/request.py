"""What a user asks of a model, checked: every problem of a request at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.engine.choose import CHOICES, Choice
from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.simulate.params import Params, find, read_params
from sim.simulate.source import Source
from sim.simulate.timing import Asked, Timing, timing
from sim.simulate.variables import Described

Method = Literal["euler", "rk4"]
METHODS: tuple[Method, ...] = ("euler", "rk4")
_MAPPED = re.compile(r"->\s*\(")


@dataclass(frozen=True)
class Request:
    """What a user asks of a model.

    Parameters
    ----------
    params
        See :func:`sim.simulate.params.read_params`.
    outputs
        Names of variables; all but constants and lookups if ``None``.
    method
        That of the file if ``None``.
    threads
        As many as there are cores if ``None``.
    """

    params: Mapping[str, Any] | None = None
    outputs: Sequence[str] | None = None
    asked: Asked = field(default_factory=Asked)
    engine: Choice = "compiled"
    method: Method | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Work:
    """A request checked: what every engine takes.

    Parameters
    ----------
    engine
        The one asked for.
    """

    source: Source
    engine: Choice
    params: Params
    outputs: tuple[Described, ...]
    timing: Timing
    method: Method
    threads: int | None


def checked(source: Source, request: Request) -> Work:
    """A request ready to be computed.

    Raises
    ------
    InputError
        With every problem of the request at once.
    """
    problems: list[Problem] = []
    params, when = Params(), None
    try:
        params = read_params(request.params, source.variables)
    except InputError as error:
        problems += error.problems
    try:
        when = timing(source.clocks, request.asked)
    except InputError as error:
        problems += error.problems
    outputs = _outputs(source, request.outputs, params, problems)
    problems += _engine_problems(source, request)
    if problems or when is None:
        raise InputError(problems)
    method = request.method or source.method
    return Work(source, request.engine, params, outputs, when, method, request.threads)


def _engine_problems(source: Source, request: Request) -> Iterable[Problem]:
    method = source.method if request.method is None else request.method
    for name, value, known in (("engine", request.engine, CHOICES), ("method", method, METHODS)):
        if value not in known:
            values = {"name": name, "found": value, "known": ", ".join(known)}
            yield Problem(None, "simulate_choice", values, nearest(str(value), known))
    if request.threads is not None and not (isinstance(request.threads, int) and request.threads >= 1):
        yield Problem(None, "simulate_threads", {"found": request.threads})
    if request.engine == "compiled":
        for reason in source.missing:
            yield Problem(None, "not_compiled", {"reason": reason})
    by_pysd = request.engine == "pysd" or (request.engine == "auto" and source.missing)
    if by_pysd and method == "rk4":
        yield Problem(None, "simulate_pysd_method")
    for entry in source.entries if by_pysd else ():
        if entry.is_subscript and _MAPPED.search(entry.right):  # PySD takes the mapping for labels, silently
            yield Problem(Place(source.path, entry.line), "simulate_pysd_mapping", {"name": entry.name})


def _outputs(
    source: Source, asked: Sequence[str] | None, params: Params, problems: list[Problem]
) -> tuple[Described, ...]:
    """Variables to keep, in the order of the file (or as asked for)."""
    if asked is None:
        chosen = tuple(v for v in source.variables.values() if v.kind not in ("constant", "lookup"))
        return chosen + tuple(source.variables[n] for n in params.series if source.variables[n].kind == "constant")
    found: dict[str, Described] = {}
    for name in [asked] if isinstance(asked, str) else asked:
        variable = find(str(name), source.variables)
        if isinstance(variable, Problem):
            code = "output_clock" if variable.code == "param_clock" else "output_unknown"
            problems.append(Problem(None, code, variable.values, variable.suggestion))
        elif variable.kind == "lookup":
            problems.append(Problem(None, "output_lookup", {"name": variable.name}))
        else:
            found[variable.name] = variable
    if not found and not problems:
        problems.append(Problem(None, "output_none"))
    return tuple(found.values())
