"""What the figures of a run are drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from sim import dims
from sim.report.plots import series
from sim.report.plots.style import WIDTH_MM
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    from sim.targets.rows import TargetRow

_NO_ORIGINS: Mapping[str, str] = MappingProxyType({})
_NO_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType({})


@dataclass(frozen=True)
class FigureContext:
    """Everything that a figure may need.

    Parameters
    ----------
    results
        The scenario's results; its first run is drawn.
    rows
        Target rows in the order of the plan.
    lang
        Language of every text.
    reference
        The same scenario with all policies off, or ``None``.
    width_mm
        Width: the layouts are made for 150 mm or more, some of them for half of it too.
    name_parks
        Write the names of parks beside reconstructed values too.
    maturity_bar
        Cluster maturity from which a cluster counts; ``None``: anchored on the base year as the targets are.
    base_origins
        Origin of the base year's total by output (``"published"``, ``"derived"``, ``"reconstructed"``).
    base_ranges
        Low and high of a base-year total that is uncertain, by output, e.g. ``{"iva": (5200, 6147)}``.
    """

    results: xr.Dataset
    rows: Sequence[TargetRow]
    lang: Language
    reference: xr.Dataset | None = None
    width_mm: float = WIDTH_MM
    name_parks: bool = False
    maturity_bar: float | None = None
    base_origins: Mapping[str, str] = field(default_factory=lambda: _NO_ORIGINS)
    base_ranges: Mapping[str, tuple[float, float]] = field(default_factory=lambda: _NO_RANGES)

    @cached_property
    def run(self) -> xr.Dataset:
        """The run that is drawn."""
        return series.one_run(self.results)

    @cached_property
    def other(self) -> xr.Dataset | None:
        """The run with policies off."""
        return None if self.reference is None else series.one_run(self.reference)

    @cached_property
    def years(self) -> np.ndarray:
        """Whole years of the clock from the base year on."""
        return series.years(self.results)

    @property
    def narrow(self) -> bool:
        """Whether the figure is too narrow for panels side by side."""
        return self.width_mm < WIDTH_MM

    def row(self, target: str) -> TargetRow | None:
        """The row of a target that is modelled, by its id."""
        return next((row for row in self.rows if row.id == target and row.basis != "outside"), None)

    def word(self, key: str, /, **values: object) -> str:
        """A text of the figures' catalogue."""
        return text(self.lang, f"figure.{key}", **values)

    def published(self, name: str) -> bool:
        """Whether the base year's total of an output is published."""
        return self.base_origins.get(name) == "published"

    def origin(self, key: str) -> str:
        """The word for where a value comes from; "" is what the model computes."""
        return text(self.lang, f"sheet.origin.{key or 'model'}")

    def column_origin(self, column: str) -> str:
        """Where most parks' values of a column of the park table come from; "" if that is not known."""
        counts = self.column_origins(column)
        return max(counts, key=counts.__getitem__) if counts else ""

    def column_origins(self, column: str) -> Mapping[str, int]:
        """How many parks have a value of a column from where."""
        name = f"{column}_{dims.ORIGIN}"
        return Counter(map(str, self.run[name].values)) if name in self.run.coords else {}

    @property
    def courses(self) -> tuple[tuple[str, xr.Dataset], ...]:
        """The scenario and, where there is one, the run with policies off, each with its name."""
        named = [(self.word("scenario"), self.run)]
        if self.other is not None:
            named.append((self.word("reference"), self.other))
        return tuple(named)
