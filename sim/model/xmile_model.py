"""The variables of an XMILE file, and what names in their equations mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sim.model.xmile_tokens import plain_name
from sim.model.xml_tree import Node


@dataclass(frozen=True)
class Variable:
    """A variable of the model or of a module.

    Parameters
    ----------
    name
        How the text in Vensim's language calls it.
    prefix
        Of the module that it is in.
    bounded
        Whether it may not fall below zero.
    """

    node: Node
    name: str
    axes: tuple[str, ...]
    prefix: str
    bounded: bool = False

    @property
    def key(self) -> str:
        """By what it is found."""
        return self.prefix + plain_name(self.node.attributes.get("name", ""))


@dataclass
class Model:
    """Everything that names in equations may mean."""

    dimensions: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    inputs: dict[str, tuple[str, str]] = field(default_factory=dict)
    tables: set[str] = field(default_factory=set)

    def find(self, written: str, prefix: str) -> str | None:
        """The key of the variable that a name means in a module: of its own, further inside, or of the whole model."""
        name = written.strip('"')
        key = ".".join(plain_name(part) for part in name.lstrip(".").split("."))
        for candidate in ((key,) if name.startswith(".") else (prefix + key, key)):
            if candidate in self.variables:
                return candidate
        return None


def equation_of(node: Node) -> str:
    """The equation of a variable or element without comments."""
    return re.sub(r"\{[^{}]*\}", " ", node.said("eqn")).strip()
