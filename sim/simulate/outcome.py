"""What simulating gave: numbers, and which runs failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sim.errors import InputError, Problem
from sim.words.catalogue import Language, problem_line, system_language, text

if TYPE_CHECKING:
    import xarray as xr

    from sim.simulate.results import Results

EXPLAINED = 3
"""Failed runs that are run again to find the operation at fault; the others are counted."""


class SimulationWarning(UserWarning):
    """Something that a user should know about results that are there: failed runs, another engine."""


class ModelInputError(InputError):
    """An :class:`~sim.errors.InputError` whose text is sentences, one a line, in the system's language.

    >>> ModelInputError([Problem(None, "timing_step", {"step": 0})]).problems[0].code
    'timing_step'
    """

    def __str__(self) -> str:
        return "\n".join(problem_line(system_language(), problem) for problem in self.problems)


@contextmanager
def told() -> Iterator[None]:
    """Mistakes of a user of Python in sentences, without what happened inside."""
    try:
        yield
    except InputError as error:
        raise ModelInputError(error.problems) from None


@dataclass(frozen=True)
class Failed:
    """A run that gave numbers that are not finite: its label and what broke."""

    run: str
    problem: Problem


@dataclass(frozen=True)
class Outcome:
    """Results, and what there is to say about them.

    Parameters
    ----------
    failed
        The first failed runs, explained; their numbers are NaN, as are those of the others that failed.
    failures
        Number of failed runs.
    runs
        Number of runs.
    missing
        What kernels lack of the model, where PySD ran it instead under ``auto``.
    """

    results: Results
    failed: tuple[Failed, ...]
    failures: int
    runs: int
    missing: tuple[str, ...] = ()

    @cached_property
    def dataset(self) -> xr.Dataset:
        """The results with their labels."""
        from sim.simulate.dataset import dataset_of  # imports xarray, which nobody needs for a file of text

        return dataset_of(self.results)

    def notices(self, lang: Language) -> list[str]:
        """Sentences to be shown beside the results."""
        lines = []
        if self.missing:
            shown = "; ".join(self.missing[:3]) + (" …" if len(self.missing) > 3 else "")
            lines.append(text(lang, "cli.not_compiled", reasons=shown))
        if self.failures:
            lines.append(text(lang, "simulate.failed", count=self.failures, runs=self.runs))
            for one in self.failed:
                lines.append(text(lang, "simulate.failed_run", run=one.run, line=problem_line(lang, one.problem)))
        return lines
