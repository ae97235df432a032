"""The summary workbook as one call. Imports little by itself: a second process loads the rest when it has begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.tested import History
from sim.words.catalogue import Language

if TYPE_CHECKING:
    import xarray as xr

    from sim.costs import Costs
    from sim.targets.rows import TargetRow


@dataclass(frozen=True)
class Assumption:
    """A parameter or setting of the run as a reader may question it, in the language of the workbook.

    Parameters
    ----------
    name, unit, meaning
        What it is.
    value
        In force in this run.
    low, high
        Range considered plausible; ``None`` where none is known.
    origin
        Whether published, derived, reconstructed or assumed, in words.
    source, reliability
        Where it comes from and how far that carries.

    >>> Assumption("depreciation", 0.08, "1/yr", 0.05, 0.1, "assumed", "-", "medium", "loss of capital").value
    0.08
    """

    name: str
    value: float | str
    unit: str
    low: float | None
    high: float | None
    origin: str
    source: str
    reliability: str
    meaning: str


@dataclass(frozen=True)
class Summary:
    """What the summary is made of, see :func:`sim.report.workbook.write_summary`."""

    rows: Sequence[TargetRow]
    dataset: xr.Dataset
    assumptions: Sequence[Assumption]
    about: Mapping[str, str]
    costs: Costs | None = None
    history: History = "untested"


def write_summary_file(path: Path, summary: Summary, lang: Language) -> None:
    """Write the summary of a run.

    Raises
    ------
    OutputError
        If the file cannot be written, for instance because Excel has it open.
    """
    # openpyxl is the heaviest part of a warm run without figures: where a second process writes, only that one loads it
    from sim.report.workbook import write_summary

    parts = (summary.rows, summary.dataset, summary.assumptions, summary.about)
    write_summary(path, *parts, lang, summary.costs, summary.history)
