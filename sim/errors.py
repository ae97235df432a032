"""User errors: every mistake in the input becomes a :class:`Problem`, and all of them are shown at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file and, where known, its 1-based line (for a workbook: ``sheet!cell``).

    >>> str(Place(Path("plan.toml"), 12))
    'plan.toml:12'
    """

    file: Path
    line: int | None = None
    cell: str = ""

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file}:{self.cell}"
        return f"{self.file}" if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Problem:
    """One mistake: where, which (a key ``problem.<code>`` of the catalogues), and the values to name in the text.

    Parameters
    ----------
    place
        File and line; ``None`` for a mistake on the command line.
    code
        Entry of the word catalogues under ``problem``; the text there says what was found and what was expected.
    values
        What the text names, by placeholder.
    suggestion
        The nearest valid name or a correction, shown as "did you mean …?"; empty if there is none.

    >>> Problem(Place(Path("a.toml"), 3), "unknown_key", {"key": "polcy"}, "policy").code
    'unknown_key'
    """

    place: Place | None
    code: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    suggestion: str = ""


def _summary(problems: Iterable[Problem]) -> str:
    return "; ".join(f"{p.place}: {p.code} {dict(p.values)}" for p in problems)


def _portable(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems whose values another process can read."""
    return tuple(replace(p, values=dict(p.values)) for p in problems)


class SimError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(SimError):
    """The user's input is wrong: carries every problem found, never only the first (exit code 2).

    >>> try:
    ...     raise InputError([Problem(None, "unknown_key", {"key": "x"})])
    ... except InputError as error:
    ...     len(error.problems)
    1
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(_summary(self.problems))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        """Carry the problems, not their text, from one process to another."""
        return type(self), (_portable(self.problems),)


class EngineError(SimError):
    """The model could not be run: carries the variable and the time where that is known (exit code 1).

    Parameters
    ----------
    reason
        A sentence, or the problems to be told from the catalogues; ``problems`` is empty after a sentence.

    >>> str(EngineError("no process")), EngineError([Problem(None, "run_overflow", {"variable": "x"})]).problems[0].code
    ('no process', 'run_overflow')
    """

    def __init__(self, reason: str | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = () if isinstance(reason, str) else tuple(reason)
        super().__init__(reason if isinstance(reason, str) else _summary(self.problems))

    def __reduce__(self) -> tuple[type[EngineError], tuple[str | tuple[Problem, ...]]]:
        """Carry the problems, not their text, from one process to another."""
        return type(self), (_portable(self.problems) or str(self),)


class OutputError(InputError):
    """An output could not be written (folder read-only, file open elsewhere, disk full); the old results stand."""
