"""The tables of the page: variables, loops, parameters, levers, drivers, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from xml.etree.ElementTree import Element

from sim.handbook.equations import equation, reference
from sim.handbook.html import Child, Content, Speech, code, row, table, tag
from sim.handbook.subject import Explained, Subject, direction
from sim.levers import Lever
from sim.loops import Loop, ways
from sim.parameters import Numbers, Parameter, each
from sim.report.places import place_in
from sim.schedule import Schedule
from sim.targets.target import Target
from sim.toml_places import read_toml
from sim.words.catalogue import Language
from sim.words.sources import source_text

MINUS = "−"


def number(value: float) -> str:
    """A number as short as it can be without loss for a reader.

    >>> number(0.0478), number(18690.0), number(-0.08)
    ('0.0478', '18690', '−0.08')
    """
    return f"{value:.10g}".replace("-", MINUS)


def numbers(value: Numbers) -> str:
    """A number, or numbers by element.

    >>> numbers({"metals": 1.0, "services": 0.5})
    'metals 1; services 0.5'
    """
    parts = [" ".join([*names, number(one)]) for names, one in each(value)]
    return "; ".join(parts)


def variables(subject: Subject, group: str, speech: Speech, places: Mapping[str, str]) -> Element:
    """Every variable of a sector, once."""
    heads = [speech.say(f"head.{key}") for key in ("variable", "kind", "equation", "unit", "meaning", "source")]
    rows = [
        row(
            _named(variable),
            speech.say(f"role.{variable.role}"),
            equation(variable, places),
            variable.units,
            variable.meaning,
            _source(subject, variable, speech),
            id=places[variable.name],
        )
        for variable in subject.variables.values()
        if variable.group == group
    ]
    return table(heads, rows, "variables")


def _named(variable: Explained) -> list[Child]:
    return [tag("b", variable.name), tag("div", variable.chinese, lang="zh")]


def _source(subject: Subject, variable: Explained, speech: Speech) -> Content:
    """Where the number of a constant comes from; nothing for what is calculated."""
    parameter = subject.bundle.parameters.get(variable.name)
    if parameter:
        return [*_origin(parameter, speech), tag("div", speech.each(parameter.source_in))]
    columns = [column for column in subject.bundle.columns if column.variable == variable.name]
    if columns:
        return speech.each(lambda lang: ", ".join(column.name(lang) for column in columns))
    lever = next((x for x in subject.bundle.levers.values() if x.variable == variable.name), None)
    if lever:
        return [code(lever.key), " ", *speech.each(lambda lang: lever.name(lang))]
    driver = next((x for x in subject.bundle.drivers.values() if x.variable == variable.name), None)
    if driver:
        return [code(driver.key), " ", *speech.each(lambda lang: driver.name(lang))]
    if variable.role in ("derived", "definition"):
        return speech.say(f"role.{variable.role}_source")
    return None


def _origin(parameter: Parameter, speech: Speech) -> list[Child]:
    origin = speech.origin(parameter.origin)
    bounds = f"{numbers(parameter.low)} … {numbers(parameter.high)}"
    return [*origin, tag("div", bounds, class_="small")]


def parameters(subject: Subject, speech: Speech, places: Mapping[str, str]) -> Element:
    """Every parameter with value, range, distribution, origin, source and reliability."""
    keys = ("parameter", "value", "unit", "range", "distribution", "origin", "source", "reliability")
    rows = [
        row(
            [reference(one.name, places), tag("div", speech.each(one.meaning), class_="small")],
            numbers(one.value),
            one.units,
            f"{numbers(one.low)} … {numbers(one.high)}",
            speech.say(f"distribution.{one.distribution}"),
            speech.origin(one.origin),
            speech.each(one.source_in),
            speech.each(one.reliability_in),
        )
        for one in subject.bundle.parameters.values()
    ]
    return table([speech.say(f"head.{key}") for key in keys], rows, "parameters")


def levers(subject: Subject, speech: Speech, places: Mapping[str, str]) -> Element:
    """Every lever by policy."""
    keys = ("policy", "lever", "unit", "range", "no_policy", "variable", "plan_place")
    rows = [
        row(
            speech.pair(policy.name_zh, policy.name_en),
            [code(lever.key), tag("div", speech.each(lever.name), class_="small")],
            speech.pair(lever.units_zh, lever.units),
            _range(lever, speech),
            _value(lever.no_policy),
            reference(lever.variable, places) if lever.variable else speech.say("no_variable"),
            policy.place,
        )
        for policy in subject.bundle.policies.values()
        for lever in policy.levers.values()
    ]
    return table([speech.say(f"head.{key}") for key in keys], rows)


def _range(lever: Lever, speech: Speech) -> Content:
    if lever.numeric:
        return f"{number(lever.low)} … {number(lever.high)}"
    return ", ".join(lever.choices) if lever.kind == "choice" else speech.say("switch")


def _value(value: float | str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value if isinstance(value, str) else number(value)


def drivers(subject: Subject, speech: Speech, places: Mapping[str, str]) -> Element:
    """Every path of every driver."""
    keys = ("driver", "unit", "variable", "path", "known_until", "origin", "values", "source")
    rows = [
        row(
            [code(driver.key), tag("div", speech.each(driver.name), class_="small")],
            speech.pair(driver.units_zh, driver.units),
            reference(driver.variable, places),
            [path.key, tag("div", speech.pair(path.note_zh, path.note_en), class_="small")],
            str(path.information_until),
            speech.origin(path.origin),
            list(_schedules(path.values)),
            speech.each(partial(source_text, path.source)),
        )
        for driver in subject.bundle.drivers.values()
        for path in driver.paths.values()
    ]
    return table([speech.say(f"head.{key}") for key in keys], rows, "drivers")


def _schedules(values: Schedule | Mapping[str, Schedule]) -> Iterator[Element]:
    named = {"": values} if isinstance(values, Schedule) else values
    for name, schedule in named.items():
        points = ", ".join(f"{year}: {number(value)}" for year, value in schedule)
        yield tag("div", f"{name} {points}".strip(), class_="small")


def targets(subject: Subject, speech: Speech) -> Element:
    """Every target with what is computed for it, or why nothing is."""
    toml = read_toml(subject.bundle.targets_path)
    written = {str(one.get("id")): str(one.get("expression", "")) for one in toml.data.get("target", ())}
    keys = ("id", "target", "restatement", "expression", "basis", "bar", "plan_place", "reason")
    rows = [
        row(
            target.id,
            speech.pair(target.name_zh, target.name_en),
            speech.pair(target.restatement_zh, target.restatement_en),
            code(written.get(target.id, "")) if written.get(target.id) else None,
            speech.basis(target.main.basis),
            _bar(target, speech),
            speech.each(partial(place_in, target.plan_place)),
            speech.pair(target.reason_zh or target.note_zh, target.reason_en or target.note_en),
        )
        for target in subject.targets
    ]
    return table([speech.say(f"head.{key}") for key in keys], rows, "targets")


def _bar(target: Target, speech: Speech) -> list[Child]:
    rule = target.main.rule
    low, high = ("" if bound is None else number(bound) for bound in (rule.low, rule.high))
    word = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< "}.get(rule.comparator, "")
    bar = f"{low}–{high}" if rule.comparator == "range" else word + (low or high)
    unit = speech.pair(target.main.unit_zh, target.main.unit_en)
    return [*(speech.say("all") if rule.comparator == "all" else ()), f"{bar} ", *unit, f" ({rule.year})"]


def definitions(subject: Subject, speech: Speech) -> list[Element]:
    """The constants and the named expressions that the expressions of the targets use."""
    toml: dict[str, Any] = read_toml(subject.bundle.targets_path).data
    found = []
    constants = subject.targets[0].vocabulary.constants if subject.targets else {}
    if constants:
        keys = ("name", "value", "unit", "meaning", "origin", "source")
        rows = [
            row(code(x.name), number(x.value), x.unit,
                speech.pair(x.meaning_zh, x.meaning_en),
                speech.origin(x.origin), speech.each(partial(source_text, x.source)))
            for x in constants.values()
        ]  # fmt: skip
        found.append(table([speech.say(f"head.{key}") for key in keys], rows))
    if toml.get("define"):
        rows = [row(code(name), code(str(expression))) for name, expression in toml["define"].items()]
        found.append(table([speech.say("head.name"), speech.say("head.expression")], rows))
    return found


def links(subject: Subject, loop: Loop, speech: Speech, places: Mapping[str, str]) -> Element:
    """The links of a loop: the way through the equations, the sign given, and the sign found."""
    rows = []
    for link in loop.links:
        found = ways(subject.model, link, loop.variables)
        signs = sorted({direction(subject, way) for way in found})
        steps = speech.each(partial(_way, subject, found[0], places))
        rows.append(row(steps, _sign(link.sign), _sign(signs[0]) if len(signs) == 1 else ", ".join(map(_sign, signs))))
    return table([speech.say(f"head.{key}") for key in ("link", "sign", "sign_found")], rows, "links")


def _way(subject: Subject, names: Sequence[str], places: Mapping[str, str], lang: Language) -> list[Child]:
    """Variables in a row, each leading to its own line."""
    steps: list[Child] = []
    for place, name in enumerate(names):
        steps += [" → "] if place else []
        steps.append(reference(name, places, subject.variables[name].label(lang)))
    return steps


def _sign(sign: str) -> str:
    return MINUS if sign == "-" else sign
