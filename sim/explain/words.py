"""What the names in expressions and results stand for, in the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import xarray as xr

from sim import dims
from sim.bundle import Bundle
from sim.explain.terms import COUNTING, bare_output
from sim.targets.syntax import Binary, Call, LabelTest, Name, Node, Number, Select, Unary
from sim.targets.target import Constant
from sim.targets.verdict import Rule
from sim.words.catalogue import Language, catalogue, text

_LABELS = {
    dims.INDUSTRY: "export.label", dims.POLLUTANT: "figure.pollutant", dims.LEAGUE: "sheet.league",
    "park_league": "sheet.league", dims.TIER: "figure.tier", "region": "figure.region", "level": "sheet.level",
}  # fmt: skip
"""Catalogue with the words of the labels of each kind."""

_TOLD = {">=": "least", "all": "least", ">": "above", "<=": "most", "<": "below"}

_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "*": "×"}


@dataclass(frozen=True)
class Words:
    """The words of one run in one language.

    Parameters
    ----------
    results
        Whose variables carry names and units.
    constants
        Those of the targets file.
    definitions
        Named expressions, opened where they are named.
    """

    lang: Language
    results: xr.Dataset
    bundle: Bundle
    constants: Mapping[str, Constant]
    definitions: Mapping[str, Node]

    def say(self, key: str, /, **values: object) -> str:
        """A text of the catalogue under ``explain``."""
        return text(self.lang, f"explain.{key}", **values)

    def output(self, name: str) -> str:
        """The name of an output."""
        attrs = self.results[name].attrs
        return str(attrs.get(dims.LONG_NAME_ZH if self.lang == "zh" else dims.LONG_NAME, name))

    def unit(self, name: str) -> str:
        """The unit of an output."""
        attrs = self.results[name].attrs
        return str(attrs.get(dims.UNITS_ZH if self.lang == "zh" else dims.UNITS, ""))

    def label(self, kind: str, label: str) -> str:
        """The word for a label, such as a league's name; itself where there is none."""
        return catalogue(self.lang).get(f"{_LABELS.get(kind, '-')}.{label}", label)

    def flag(self, name: str) -> str:
        """What a condition on parks stands for."""
        known = f"explain.flag.{name}"
        if known in catalogue(self.lang):
            return text(self.lang, known)
        return self.bundle.columns[name].name(self.lang) if name in self.bundle.columns.by_key else name

    def measure(self, node: Node) -> str:
        """An expression in words with its unit, where it has that of an output."""
        name = bare_output(node, self.definitions, list(map(str, self.results.data_vars)))
        unit = self.unit(name) if name else ""
        return f"{self.phrase(node)} ({unit})" if unit not in ("", "1") else self.phrase(node)

    def phrase(self, node: Node) -> str:
        """An expression in words; a capital letter stays one."""
        return self._phrase(node)[0]

    def _phrase(self, node: Node) -> tuple[str, bool]:
        """The words, and whether they stand for themselves without brackets."""
        match node:
            case Number():
                return f"{node.value:.10g}", True
            case Name():
                return self._name(node)
            case LabelTest():
                kind, word = self.say(f"by.{node.name}"), self.label(node.name, node.text)
                return self.say("phrase.is" if node.equal else "phrase.is_not", kind=kind, word=word), True
            case Unary(operator="not"):
                return self.say("phrase.not", x=self._bare(node.operand)), True
            case Unary():
                return f"-{self._bare(node.operand)}", False
            case Binary(operator="and" | "or"):
                sides = self.phrase(node.left), self.phrase(node.right)
                return self.say(f"phrase.{node.operator}", x=sides[0], y=sides[1]), False
            case Binary():
                sign = _SIGNS.get(node.operator, node.operator)
                return f"{self._bare(node.left)} {sign} {self._bare(node.right)}", False
            case Select():
                return self.say("phrase.where", x=self._bare(node.value), y=self.phrase(node.condition)), True
            case Call():
                return self._call(node), True

    def _bare(self, node: Node) -> str:
        words, alone = self._phrase(node)
        return words if alone else f"({words})"

    def _name(self, node: Name) -> tuple[str, bool]:
        if node.name in self.definitions:
            return self._phrase(self.definitions[node.name])
        if node.name in self.constants:
            return f"{self.constants[node.name].value:.10g}", True
        if node.name in self.results.data_vars:
            return self.output(node.name), True
        return (node.name if len(node.name) == 1 else self.flag(node.name)), True

    def _call(self, node: Call) -> str:
        if node.function in COUNTING:
            return self.say(f"phrase.{node.function}")
        phrase = self._bare if node.function in ("percent", "base", "at") else self.phrase
        given = [phrase(operand) for operand in node.operands]
        over = "" if node.option is None else str(node.option)
        key = f"phrase.{node.function}"
        if over and f"explain.{key}_over" in catalogue(self.lang):
            return self.say(f"{key}_over", x=given[0], over=self.say(f"by.{over}"))
        return self.say(key, x=given[0], y=given[-1], over=self.say(f"by.{over}") if over.isidentifier() else over)

    def bar(self, rule: Rule, unit: str) -> str:
        """What must hold: sign, number and unit, such as ``≥ 14000 亿元``, for a table."""
        if rule.comparator == "range" and rule.low is not None and rule.high is not None:
            return self.say("bar_range", low=f"{rule.low:.10g}", high=f"{rule.high:.10g}", unit=unit)
        if rule.target is None:
            return text(self.lang, "table.direction")
        sign = _SIGNS.get(rule.comparator, "≥" if rule.comparator == "all" else rule.comparator)
        return self.say("bar", sign=sign, bar=f"{rule.target:.10g}", unit=unit)

    def bar_told(self, rule: Rule, unit: str) -> str:
        """What must hold, in a sentence: such as ``不低于14000亿元``."""
        key = _TOLD.get(rule.comparator)
        if key is None or rule.target is None:
            return self.bar(rule, unit)
        return self.say(f"bar_told.{key}", bar=f"{rule.target:.10g}", unit=unit)
