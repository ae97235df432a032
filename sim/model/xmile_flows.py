"""Stocks of an XMILE file and the flows that they decide about, as text in Vensim's language."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Protocol

from sim.model.xmile_model import Model, Variable, equation_of
from sim.model.xmile_stocks import Bounded, Limit, limits_of, odd_parts
from sim.model.xmile_tokens import ExpressionError, tokens
from sim.model.xml_tree import Node

Text = Callable[[str, Variable, int], str]
"""An equation of a variable, in Vensim's language; problems are noted at the line."""


class Refuse(Protocol):
    """Notes a problem at a line."""

    def __call__(self, line: int, code: str, **values: object) -> None:
        """Note it."""


class Flows:
    """What stocks do to flows.

    Parameters
    ----------
    model
        The variables; :meth:`prepare` is called once they are complete.

    Attributes
    ----------
    step
        The time step of the file, where it is a plain number.
    """

    def __init__(self, model: Model, text: Text, problem: Refuse) -> None:
        self.model, self.text, self.problem = model, text, problem
        self.limits: dict[str, Limit] = {}
        self.belts: dict[str, Variable] = {}
        self.step = math.nan

    def prepare(self) -> None:
        """Find out which outflows are limited, and what comes off conveyors."""
        for stock in self.model.variables.values():
            if stock.node.first("conveyor") is not None:
                self.belts |= dict.fromkeys(self._flows(stock, "outflow")[:1], stock)
        self.limits = limits_of(self._bounded(), {key: self._needs(key) for key in self.model.variables})

    def _flows(self, stock: Variable, tag: str) -> list[str]:
        """Keys of the flows of a stock that are there."""
        found = (self.model.find(flow.text.strip(), stock.prefix) for flow in stock.node.all(tag))
        return [key for key in found if key is not None]

    def _bounded(self) -> Iterator[Bounded]:
        """Stocks that may not fall below zero, where all flows have the dimensions of the stock."""
        for key, stock in self.model.variables.items():
            if stock.node.tag == "stock" and stock.bounded and stock.node.first("conveyor") is None:
                flows = [tuple(self._flows(stock, tag)) for tag in ("inflow", "outflow")]
                if all(self.model.variables[flow].axes == stock.axes for flow in (*flows[0], *flows[1])):
                    yield Bounded(key, *flows)

    def _needs(self, key: str) -> frozenset[str]:
        """Variables that the equations of a variable name; a stock needs none at the moment, nor does what comes off a
        conveyor.
        """
        variable = self.model.variables[key]
        if variable.node.tag == "stock" or self.belt(variable) is not None:
            return frozenset()
        named: list[str | None] = [self.model.find(*self.model.inputs[key])] if key in self.model.inputs else []
        for piece in (variable.node, *variable.node.all("element")):
            try:
                named += [self.model.find(text, variable.prefix) for _, text in tokens(equation_of(piece))]
            except ExpressionError:  # told where the equation is read
                continue
        return frozenset(name for name in named if name is not None)

    def within(self, flow: Variable, brackets: str, right: str) -> str:
        """An outflow that takes no more than what its stock holds and gets, less what outflows before it take."""
        limit = self.limits.get(flow.key)
        if limit is None:
            return right
        name = {key: self.model.variables[key].name + brackets for key in (limit.stock, *limit.inflows, *limit.before)}
        there = f"{name[limit.stock]} / TIME STEP"
        if limit.inflows or limit.before:
            terms = [*(f" + {name[key]}" for key in limit.inflows), *(f" - {name[key]}" for key in limit.before)]
            there = f"MAX(0, {there}{''.join(terms)})"
        return f"MIN({right}, {there})"

    def belt(self, flow: Variable) -> Variable | None:
        """The conveyor that a flow comes off at the end of."""
        return self.belts.get(flow.key) if flow.node.tag == "flow" else None

    def carried(self, belt: Variable, brackets: str) -> str:
        """What comes off a conveyor: what came on a transit time before; at first what lay on it, spread evenly."""
        conveyor = belt.node.first("conveyor")
        assert conveyor is not None
        time = self.text(conveyor.said("len"), belt, conveyor.line)
        start = belt.name + brackets  # and not its equation: a run may begin with another number
        flows = [self.model.variables[key] for key in self._flows(belt, "inflow")]
        entering = " + ".join(flow.name + (brackets if flow.axes else "") for flow in flows) or "0"
        steps = f"({time}) / TIME STEP"
        # a step or a transit time given for a run may not fit, which the file can't tell: such a run fails
        odd = f"ABS({steps} - INTEGER({steps} + 0.5)) > 1e-6"
        return f"IF THEN ELSE({odd}, LN(-1), DELAY MATERIAL({entering}, {time}, {start} / ({time}), 0))"

    def check_conveyor(self, belt: Variable, conveyor: Node) -> None:
        """Refuse what makes a conveyor more than a delay by a constant time."""
        odd = list(odd_parts(conveyor))
        odd += [(flow.line, "<outflow>") for flow in list(belt.node.all("outflow"))[1:]]
        odd += [(element.line, "<element>") for element in belt.node.all("element")]
        for key in self._flows(belt, "inflow"):
            spread = self.model.variables[key].node.attributes.get("spreadflow", "")
            odd += [(self.model.variables[key].node.line, f"spreadflow={spread}")] if spread else []
        steps = self._number(conveyor.said("len"), belt.prefix) / self.step
        if not self._is_constant(conveyor.said("len"), belt.prefix) or not _is_whole(steps):
            odd.append((conveyor.line, f"<len>{conveyor.said('len')}</len>"))
        for line, construct in odd:
            self.problem(line, "xmile_conveyor", name=belt.name, construct=construct)

    def _number(self, text: str, prefix: str) -> float:
        """A plain number, or that of a constant; NaN for anything else."""
        key = self.model.find(text, prefix)
        try:
            return float(equation_of(self.model.variables[key].node) if key else text)
        except ValueError:
            return math.nan

    def _is_constant(self, text: str, prefix: str, depth: int = 20) -> bool:
        """Whether an expression is made of numbers and of auxiliaries that are."""
        try:
            names = [word for kind, word in tokens(text) if kind == "name"]
        except ExpressionError:
            return False
        for name in names:
            key = self.model.find(name, prefix)
            if key is None or not depth or self.model.variables[key].node.tag != "aux":
                return False
            node = self.model.variables[key].node
            if any(node.all("element", "gf")) or key in self.model.inputs:
                return False
            if not self._is_constant(equation_of(node), self.model.variables[key].prefix, depth - 1):
                return False
        return True

    def stock(self, variable: Variable, brackets: str, initial: str) -> str:
        """A stock with its flows."""
        node, terms = variable.node, []
        for sign, tag in (("+", "inflow"), ("-", "outflow")):
            for flow in node.all(tag):
                key = self.model.find(flow.text.strip(), variable.prefix)
                if key is None:
                    self.problem(flow.line, "model_reference", name=variable.name, reference=flow.text.strip())
                    continue
                found = self.model.variables[key]
                terms.append(f"{sign} {found.name}{brackets if found.axes else ''}")
        net = " ".join(terms).removeprefix("+ ") or "0"
        if variable.bounded:
            # for an inflow that hangs on the outflow no limit could be set: a run that needs it fails, and says where
            own = variable.name + brackets
            low = f"{own} + TIME STEP * ({net}) < -1e-9 * (1 + ABS({own}))"
            net = f"IF THEN ELSE({low}, LN(-1), {net})"
        return f"INTEG({net}, {initial})"


def _is_whole(steps: float) -> bool:
    """Whether a number of steps is whole and at least one, or not known yet."""
    return math.isnan(steps) or (steps > 0.5 and abs(steps - round(steps)) < 1e-6)
