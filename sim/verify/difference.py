"""One thing in which a stored result differs from what its inputs, or the files as they are now, give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from sim.errors import Place, Problem
from sim.words.catalogue import Language, catalogue, problem_line, text

Kind = Literal["files", "version", "bundle", "scenario", "numbers", "verdicts"]
KINDS: tuple[Kind, ...] = ("version", "bundle", "scenario", "files", "numbers", "verdicts")
"""In the order in which they are told: what may be the cause first."""


@dataclass(frozen=True)
class Difference:
    """A difference.

    Parameters
    ----------
    kind
        What differs: a file of the result, the program, a file of the bundle, the scenario, numbers, verdicts.
    code
        Entry of the word catalogues under ``verify.difference``.
    values
        What its text names; numbers unformatted. ``before`` is what the result holds, ``after`` what there is now.
    place
        File and line of what is there now.
    """

    kind: Kind
    code: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    place: Place | None = None

    def line(self, lang: Language) -> str:
        """One line for people.

        >>> known = {"what": "capital elasticity, value", "before": 0.5, "after": 0.55}
        >>> Difference("bundle", "value", known).line("en")
        'capital elasticity, value: 0.5 -> 0.55'
        """
        told = {key: _shown(lang, key, value) for key, value in self.values.items()}
        line = text(lang, f"verify.difference.{self.code}", **told)
        return f"{self.place}: {line}" if self.place else line


def _shown(lang: Language, key: str, value: object) -> object:
    """A value as it stands in a sentence: a verdict by its word, a mistake as it is told."""
    if isinstance(value, Problem):
        return problem_line(lang, value)
    if key.startswith("verdict") and isinstance(value, str):
        code, _, year = value.partition(" ")
        word = f"short.{code}"
        return text(lang, word, year=year) if word in catalogue(lang) else value
    if isinstance(value, float):
        return f"{value:.10g}"
    return value
