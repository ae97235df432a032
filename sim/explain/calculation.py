"""The value of a target taken apart: arithmetic, the terms in it by year, and what each is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim import dims
from sim.explain.conditions import Candidate, Tally, candidates, of_picked, tally
from sim.explain.elements import Board
from sim.explain.parts import Breakdown, adds_up, breakdowns
from sim.explain.terms import COUNTING, Cut, bare_output, cut, written
from sim.targets.array import Array
from sim.targets.interpret import Interpreter
from sim.targets.syntax import Call, Expression, LabelTest, Name, Node, walk


@dataclass(frozen=True)
class Term:
    """A term of a calculation.

    Parameters
    ----------
    letter, node
        The letter that stands for it, and what it is.
    outputs
        Outputs of the run that it is taken of, those of named expressions too.
    unit_of
        The output whose unit it has; "" where it is a number of things or has none of a single output.
    path
        Value by year.
    breakdowns
        The ways in which it is a sum of parts.
    tally, candidates
        What it counts, or picks from.
    picked
        The value of the element that it picks, taken apart in turn.
    """

    letter: str
    node: Node
    outputs: tuple[str, ...]
    unit_of: str
    path: Mapping[int, float]
    breakdowns: tuple[Breakdown, ...] = ()
    tally: Tally | None = None
    candidates: tuple[Candidate, ...] = ()
    picked: Calculation | None = None

    @property
    def text(self) -> str:
        """The term as an expression."""
        return written(self.node)

    @property
    def function(self) -> str:
        """The function that gives it; "" for an output taken as it is."""
        return self.node.function if isinstance(self.node, Call) else ""


@dataclass(frozen=True)
class Calculation:
    """An expression with its terms in letters, and their values.

    Parameters
    ----------
    year, base
        The target's year, and the year to compare with (``None`` where the record lacks it).
    """

    cut: Cut
    terms: tuple[Term, ...]
    year: int
    base: int | None

    @property
    def text(self) -> str:
        """The arithmetic, such as ``percent(A / B)``."""
        return written(self.cut.tree)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Every output that the value rests on."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term.outputs))


class Calculator:
    """Takes expressions apart that an interpreter has evaluated.

    Parameters
    ----------
    constants
        Numbers by name.
    definitions
        Names of named expressions with what they stand for.
    """

    def __init__(
        self, interpreter: Interpreter, board: Board, constants: Mapping[str, float], definitions: Mapping[str, Node]
    ) -> None:
        self.interpreter, self.board = interpreter, board
        self.constants, self.definitions = constants, definitions

    def of(self, root: Node, year: int) -> Calculation:
        """The calculation of an expression that gives one number a year.

        Raises
        ------
        NotComputable
            If the results lack what it needs.
        """
        base = dims.BASE_YEAR if dims.BASE_YEAR in self.board.years else None
        found = cut(self.interpreter, root, self.constants)
        terms = tuple(self._term(letter, node, year, base) for letter, node in found.terms.items())
        return Calculation(found, terms, year, base)

    def series(self, node: Node) -> dict[int, float]:
        """The values of an expression by year; undefined years are left out."""
        values = self.interpreter.series(Expression(written(node), node))[0].tolist()
        return {year: value for year, value in zip(self.board.years, values, strict=True) if math.isfinite(value)}

    def _term(self, letter: str, node: Node, year: int, base: int | None) -> Term:
        path = self.series(node)
        unit_of = bare_output(node, self.definitions, self.board.record.outputs)
        term = Term(letter, node, self.outputs_in(node), unit_of, path)
        if not isinstance(node, Call) or year not in path:
            return term
        parts = breakdowns(self.interpreter, self.board, node, year, base)
        whole = path[year] if node.function in ("sum", "count", "mean", *COUNTING) else None
        from_elements = tuple(
            one for one in parts if adds_up(one.parts, one.total if whole is None else whole)
        )
        chosen = tuple(candidates(self.interpreter, self.board, node, year))
        counted = tally(self.interpreter, self.board, node, year)
        return replace(
            term, breakdowns=from_elements, tally=counted, candidates=chosen, picked=self._picked(node, chosen, year)
        )

    def _picked(self, node: Call, chosen: tuple[Candidate, ...], year: int) -> Calculation | None:
        picked = [one for one in chosen if one.picked]
        alone = of_picked(self.interpreter, node, picked[0]) if len(picked) == 1 else None
        if alone is None:
            return None
        self.series(alone)
        return self.of(alone, year)

    def outputs_in(self, node: Node) -> tuple[str, ...]:
        """Outputs that an expression names, in order, named expressions opened."""
        return tuple(name for name in self.names_in(node) if name in self.board.record.outputs)

    def names_in(self, node: Node) -> tuple[str, ...]:
        """Every name and label in an expression, in order, named expressions opened."""
        found: dict[str, None] = {}
        waiting = [node]
        while waiting:
            for part in walk(waiting.pop(0)):
                if isinstance(part, LabelTest):
                    found[part.name] = None
                elif isinstance(part, Call):
                    found |= {part.function: None}
                    if part.function == "max_per":
                        found[str(part.option)] = None
                elif isinstance(part, Name) and part.name not in found:
                    found[part.name] = None
                    if part.name in self.definitions:
                        waiting.append(self.definitions[part.name])
        return tuple(found)

    def with_terms(self, tree: Node, letters: Mapping[str, Mapping[int, float]]) -> dict[int, float]:
        """The arithmetic of a calculation with other values by year in place of its terms, by letter."""
        years = self.board.years
        given = {
            letter: Array.of((dims.RUN, dims.TIME), np.array([[path.get(year, math.nan) for year in years]]))
            for letter, path in letters.items()
        }
        alone = Interpreter(replace(self.board.record, outputs=given), self.constants, {})
        values = alone.series(Expression(written(tree), tree))[0].tolist()
        return {year: value for year, value in zip(years, values, strict=True) if math.isfinite(value)}
