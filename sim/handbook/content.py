"""What the diagrams of a sector show: few enough variables to be read, with the ways through those left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sim.handbook.picture import Box, Wire, folded
from sim.handbook.subject import Subject, product
from sim.words.catalogue import Language

MOST_STOCKS = 30
"""More stocks than that make no diagram that anybody reads; the table has all of them."""


@dataclass(frozen=True)
class Content:
    """Boxes and wires of a diagram without their places."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]


@dataclass(frozen=True)
class Way:
    """From one shown variable to another, through hidden ones or directly."""

    cause: str
    effect: str
    direct: bool
    sign: str


def stock_flow(subject: Subject, group: str, most: int, lang: Language) -> Content:
    """Stocks with pipes, valves and clouds, and at most ``most`` auxiliaries with what acts on them from elsewhere.

    Constants stand in small letters, variables of other sectors in angle brackets.
    """
    pipes = _Pipes(subject, group)
    own = [name for name, variable in subject.variables.items() if variable.group == group]
    moving = [n for n in own if subject.variables[n].moving and n not in pipes.stocks and n not in pipes.valves]
    shown = _nearest(subject, moving, most, pipes)
    at = {*pipes.stocks, *pipes.valves, *shown}
    direct = [(cause, key) for key, causes in pipes.nameless for cause in causes]
    direct += [(cause, name) for name in at for cause in subject.model[name].causes if name not in pipes.stocks]
    around = Counter(cause for cause, _ in direct if cause not in at and cause not in moving)
    by_use = sorted(around, key=lambda name: (-around[name], name))
    outside = [n for n in by_use if subject.variables[n].moving][: max(2, most // 2)]
    constants = [n for n in by_use if not subject.variables[n].moving and subject.variables[n].group == group]
    few = {*at, *outside, *constants[: max(2, most // 2)]}
    wires = [Wire(cause, key) for cause, key in dict.fromkeys(direct) if cause in few]
    connected = {name for wire in wires for name in (wire.tail, wire.head)}
    joined = [*wires, *_through(subject, [name for name in own if name in at], moving, pipes, {*wires})]
    connected |= {name for wire in joined for name in (wire.tail, wire.head)}
    ends = {name for wire in pipes.wires for name in (wire.tail, wire.head)}
    boxes = [_box(subject, name, group, lang, pipes) for name in subject.variables if name in few & (connected | ends)]
    known = {(wire.tail, wire.head) for wire in pipes.wires}
    links = [wire for wire in joined if (wire.tail, wire.head) not in known]
    return Content((*boxes, *pipes.nameless_boxes), (*pipes.wires, *sorted(links, key=lambda w: (w.tail, w.head))))


def causal(subject: Subject, group: str, most: int, lang: Language, feedback: Collection[str]) -> Content:
    """The variables of a sector that lie on feedback loops, with the signs of their links.

    Parameters
    ----------
    feedback
        Variables on feedback loops, see :mod:`sim.handbook.feedback`.
    """
    own = [name for name in subject.variables if name in feedback and subject.variables[name].group == group]
    named = {name for loop in subject.loops.present.values() for name in loop.variables}
    shown = _busiest(subject, own, most, named | {name for name in own if subject.model[name].is_stock})
    neighbours = Counter(
        other
        for cause, effect in subject.model.links()
        if cause in feedback and effect in feedback
        for inside, other in ((cause, effect), (effect, cause))
        if inside in shown and subject.variables[other].group != group
    )
    outside = sorted(neighbours, key=lambda name: (-(name in named), -neighbours[name], name))[: max(2, most // 2)]
    order = [name for name in subject.variables if name in {*shown, *outside}]
    found = [
        way
        for way in ways_between(subject, order, {*own} - {*shown})
        if not (way.cause in outside and way.effect in outside)
    ]
    used = {name for way in found for name in (way.cause, way.effect)}
    boxes = [_causal_box(subject, name, group, lang) for name in order if name in used]
    wires = [Wire(way.cause, way.effect, "link" if way.direct else "through", way.sign) for way in found]
    return Content(tuple(boxes), tuple(wires))


def ways_between(subject: Subject, shown: Collection[str], hidden: Collection[str]) -> Iterator[Way]:
    """Every way from one shown variable to another that passes hidden ones at most."""
    effects = subject.model.effects()
    for cause in shown:
        signs: dict[str, set[str]] = {}
        direct = {name for name in effects[cause] if name in shown}
        reached: set[tuple[str, str]] = set()
        waiting = [(cause, "+")]
        while waiting:
            name, sign = waiting.pop()
            for effect in dict.fromkeys(effects[name]):
                along = product([sign, subject.directions.get((name, effect), "?")])
                if effect in shown and effect != cause:
                    if name == cause or effect not in direct:
                        signs.setdefault(effect, set()).add(along)
                elif effect in hidden and (effect, along) not in reached:
                    reached.add((effect, along))
                    waiting.append((effect, along))
        for effect in (name for name in shown if name in signs):
            found = signs[effect]
            sign = found.pop() if len(found) == 1 else "?" if "?" in found else "±"
            yield Way(cause, effect, effect in direct, sign)


def loops_through(subject: Subject, name: str) -> str:
    """Codes of the named loops that pass a variable."""
    return " ".join(code for code, loop in subject.loops.present.items() if name in loop.variables)


class _Pipes:
    """The pipes of a sector: a valve has one source and one sink; what another pipe has taken acts by an arrow."""

    def __init__(self, subject: Subject, group: str) -> None:
        stocks = [n.name for n in subject.model.nodes.values() if n.is_stock and n.group == group]
        self.stocks = _busiest(subject, stocks, MOST_STOCKS, ())
        self.valves: list[str] = []
        self.nameless: list[tuple[str, tuple[str, ...]]] = []
        self.nameless_boxes: list[Box] = []
        self.wires: list[Wire] = []
        into: dict[str, str] = {}
        out_of: dict[str, str] = {}
        for stock in self.stocks:
            for place, term in enumerate(subject.model[stock].terms):
                taken = into if term.sign == "+" else out_of
                valve = term.flow
                if not valve or valve in taken:
                    valve = f"{stock}#{place}"
                    self.nameless.append((valve, (term.flow,) if term.flow else term.causes))
                    self.nameless_boxes.append(Box(valve, "valve", ()))
                elif valve not in self.valves:
                    self.valves.append(valve)
                taken[valve] = stock
        for valve in dict.fromkeys((*into, *out_of)):
            self._pipe(valve, out_of.get(valve, ""), into.get(valve, ""))

    def _pipe(self, valve: str, source: str, sink: str) -> None:
        for end, name in ((source, f"{valve}<"), (sink, f"{valve}>")):
            if not end:
                self.nameless_boxes.append(Box(name, "cloud", ()))
        self.wires.append(Wire(source or f"{valve}<", valve, "pipe", arrow=False))
        self.wires.append(Wire(valve, sink or f"{valve}>", "pipe"))


def _busiest(subject: Subject, names: Collection[str], most: int, first: Collection[str]) -> list[str]:
    """The variables with most links, in the order of the file; those in ``first`` come before all others."""
    links = Counter(name for link in subject.model.links() for name in link)
    chosen = sorted(names, key=lambda name: (name not in first, -links[name], name))[:most]
    return [name for name in names if name in chosen]


def _nearest(subject: Subject, names: Collection[str], most: int, pipes: _Pipes) -> list[str]:
    """The variables nearest to the stocks and flows by causes or effects; of those equally near the busiest."""
    steps = dict.fromkeys((*pipes.stocks, *pipes.valves), 0)
    steps |= {cause: 1 for _, causes in pipes.nameless for cause in causes if cause not in steps}
    neighbours: dict[str, set[str]] = {}
    for link in subject.model.links():
        neighbours.setdefault(link[0], set()).add(link[1])
        neighbours.setdefault(link[1], set()).add(link[0])
    waiting = sorted(steps, key=lambda name: steps[name])
    for name in waiting:  # grows while it is read: in the order of distance
        for other in sorted(neighbours.get(name, ())):
            if other in names and other not in steps:
                steps[other] = steps[name] + 1
                waiting.append(other)
    links = Counter(name for link in subject.model.links() for name in link)
    chosen = sorted(names, key=lambda name: (steps.get(name, len(steps)), -links[name], name))[:most]
    return [name for name in names if name in chosen]


def _through(
    subject: Subject, shown: Collection[str], moving: Collection[str], pipes: _Pipes, known: Collection[Wire]
) -> Iterator[Wire]:
    """Ways through auxiliaries that are left out, to those shown that would stand there without a cause."""
    caused = {wire.head for wire in known}
    for way in ways_between(subject, shown, {*moving} - {*shown}):
        if not way.direct and way.effect not in pipes.stocks and way.effect not in caused:
            yield Wire(way.cause, way.effect, "through")


def _box(subject: Subject, name: str, group: str, lang: Language, pipes: _Pipes) -> Box:
    variable = subject.variables[name]
    tip = f"{variable.name} ({variable.units})"
    if name in pipes.stocks:
        return Box(name, "stock", folded(variable.label(lang)), tip=tip)
    if name in pipes.valves:
        return Box(name, "valve", folded(variable.label(lang), 15), tip=tip)
    if variable.group != group:
        return Box(name, "outside", _bracketed(variable.label(lang)), tip=tip)
    return Box(name, "auxiliary" if variable.moving else "constant", folded(variable.label(lang)), tip=tip)


def _causal_box(subject: Subject, name: str, group: str, lang: Language) -> Box:
    variable = subject.variables[name]
    tip, note = f"{variable.name} ({variable.units})", loops_through(subject, name)
    if variable.group != group:
        return Box(name, "outside", _bracketed(variable.label(lang)), note, tip)
    return Box(name, "stock" if variable.role == "stock" else "auxiliary", folded(variable.label(lang)), note, tip)


def _bracketed(label: str) -> tuple[str, ...]:
    lines = folded(label)
    return (f"<{lines[0]}", *lines[1:-1], f"{lines[-1]}>") if len(lines) > 1 else (f"<{lines[0]}>",)


def overview(subject: Subject, names: Mapping[str, str], least: int = 1) -> Content:
    """The sectors, and how many variables each gets from each other one, if at least ``least``."""
    passed: dict[tuple[str, str], list[str]] = {}
    for cause, effect in subject.model.links():
        one, other = subject.variables[cause], subject.variables[effect]
        if one.group != other.group and one.moving and one.name not in passed.get((one.group, other.group), ()):
            passed.setdefault((one.group, other.group), []).append(one.name)
    used = [group for group in subject.groups if any(group in pair for pair in passed)]
    boxes = [Box(group, "sector", folded(names[group])) for group in used]
    wires = [
        Wire(*pair, mark=str(len(several)), tip=", ".join(several), width=1.0 + 0.35 * min(len(several), 8))
        for pair, several in passed.items()
        if len(several) >= least
    ]
    return Content(tuple(boxes), tuple(wires))
