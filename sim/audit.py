"""What a bundle must say about itself besides being runnable: every variable explained, every stock with a flow.

A model may be run without this while it is being written; `sim check` and `sim docs` ask for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sim import levers, loops, parameters
from sim.bundle import MODEL
from sim.errors import InputError, Place, Problem
from sim.levers import Policy
from sim.model.causes import CONTROL, Causes, causes_of
from sim.model.equations import plain
from sim.model.mdl_text import Entry, constants_of, entries, read_model_text
from sim.parameters import Parameter

_CHINESE = re.compile(r"[\u3400-\u9fff]")


def audit(folder: Path) -> list[Problem]:
    """Every problem of the documentation in a bundle, and those of its loops; files that cannot be read are left out.

    Whoever loads the bundle is told of the latter.

    >>> audit(Path("models/inner-mongolia"))
    []
    """
    path = folder / MODEL
    try:
        found = entries(read_model_text(path), path)
    except InputError:
        return []
    model = causes_of(found)
    problems = [*undocumented(found, path), *without_flow(model, path)]
    try:
        known = parameters.read_parameters(folder / parameters.FILE)
    except InputError:
        known = {}
    problems += other_units(found, known, path)
    try:
        policies = levers.read_levers(folder / levers.FILE)
    except InputError:
        policies = {}
    problems += other_no_policy(found, policies, path)
    try:
        loops.read_loops(folder / loops.FILE, model, known or constants_of(found))
    except InputError as error:
        problems += error.problems
    return problems


def undocumented(found: Sequence[Entry], path: Path) -> Iterator[Problem]:
    """Variables without unit, Chinese name or meaning; of a range of subscripts name and meaning are asked for.

    >>> problems = undocumented(entries("a = 1 ~ ~ Area. |", Path("m.mdl")), Path("m.mdl"))
    >>> [problem.code for problem in problems]
    ['undocumented_unit', 'undocumented_name']
    """
    lines: dict[str, list[Entry]] = {}
    for entry in found:
        if entry.group.lower() != CONTROL:
            lines.setdefault(plain(entry.name), []).append(entry)
    for several in lines.values():
        first, place = several[0], Place(path, several[-1].line)
        documented = next((entry for entry in several if entry.documentation), first)
        chinese, english = documented.names
        if not _CHINESE.search(chinese):
            english = english or chinese  # "Area." says what it is, and has no name in Chinese
        if not first.is_subscript and not any(entry.units for entry in several):
            yield Problem(place, "undocumented_unit", {"name": first.name})
        if not _CHINESE.search(chinese):
            yield Problem(place, "undocumented_name", {"name": first.name})
        if not english:
            yield Problem(place, "undocumented_meaning", {"name": first.name})


def without_flow(model: Causes, path: Path) -> Iterator[Problem]:
    """Stocks whose rate is nothing but numbers.

    >>> model = causes_of(entries("S = INTEG(0, 5) ~ km2 ~ 土地. Land. |", Path("m.mdl")))
    >>> [problem.values["name"] for problem in without_flow(model, Path("m.mdl"))]
    ['S']
    """
    for node in model.nodes.values():
        if node.is_stock and not node.terms:
            yield Problem(Place(path, node.line), "stock_without_flow", {"name": node.name})


def other_units(found: Sequence[Entry], known: Mapping[str, Parameter], path: Path) -> Iterator[Problem]:
    """Parameters whose unit in the model file is not that of ``parameters.toml``."""
    for entry in constants_of(found).values():
        parameter = known.get(entry.name)
        if parameter and entry.units and "".join(entry.units.split()) != "".join(parameter.units.split()):
            values = {"name": entry.name, "model": entry.units, "parameter": parameter.units}
            yield Problem(Place(path, entry.line), "parameter_unit", values)


def other_no_policy(found: Sequence[Entry], policies: Mapping[str, Policy], path: Path) -> Iterator[Problem]:
    """Levers whose number in the model file is not the one at which they do nothing.

    The file run by itself, in Vensim say, would then not be the scenario without policy.
    """
    constants = constants_of(found)
    for key, lever in levers.all_levers(policies).items():
        entry = constants.get(lever.variable)
        if entry is None or isinstance(lever.no_policy, str):
            continue
        numbers = {float(number) for number in re.split("[,;]", entry.right) if number.strip()}
        if numbers != {float(lever.no_policy)}:
            values = {"name": entry.name, "model": entry.right.strip(), "lever": key, "nothing": f"{lever.no_policy:g}"}
            yield Problem(Place(path, entry.line), "lever_no_policy", values)
