"""What a scenario says, resolved and frozen: the only form in which the rest of the program knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sim.errors import Place, Problem
from sim.schedule import Schedule
from sim.words.catalogue import Language

DEFAULT_FROM = 2017
"""A plain number of a lever acts from this calendar year on: the plan was issued in January 2017."""

Method = Literal["euler", "rk4"]
ReportedBase = Literal["published", "revised"]
"""Whether money is reported as first published, or on the base that the statistical office revised later."""

Design = Literal["sobol", "latin-hypercube", "random"]
Value = float | int | str | bool | Schedule | Mapping[str, Any]
"""A mapping is by element: of schedules (a driver) or of numbers (a parameter)."""


@dataclass(frozen=True)
class Clock:
    """Calendar years of the first and the last result, the time step in years, and how a step is taken.

    >>> Clock().steps
    240
    """

    start: int = 2015
    end: int = 2030
    step: float = 0.0625
    method: Method = "euler"

    @property
    def steps(self) -> int:
        """Number of time steps from start to end."""
        return round((self.end - self.start) / self.step)


@dataclass(frozen=True)
class DrawsFile:
    """A table of draws: where it is, how the scenario writes that, and the hash of what stands in it."""

    path: Path = field(compare=False)
    text: str = field(compare=False)
    digest: str


@dataclass(frozen=True)
class Uncertainty:
    """What an ensemble draws.

    Parameters
    ----------
    runs, seed, design
        Number of runs, seed, and the design of the draw.
    redraw_parks
        Whether runs take park tables drawn anew; ``None``: where the bundle's table is its own draw.
    tables
        How many different tables there are.
    joint
        Targets that are to hold in the same run; ``None``: the main targets of the plan.
    drivers, implementation
        Whether drivers deviate from their paths, and policies come late or in part, as far as the bundle has ranges.
    draws
        Draws that replace the ranges of the quantities that they hold.
    """

    runs: int = 2000
    seed: int = 20200101
    design: Design = "sobol"
    redraw_parks: bool | None = None
    tables: int = 64
    joint: tuple[str, ...] | None = None
    drivers: bool = True
    implementation: bool = True
    draws: DrawsFile | None = None


@dataclass(frozen=True)
class Setting:
    """A value that a scenario sets, and where; settings of equal value are equal, wherever they stand."""

    value: Value
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Scenario:
    """A scenario with all its parents taken in.

    Parameters
    ----------
    path
        The file that was asked for.
    information_until
        Year of the newest information that may enter.
    bundle, bundle_text
        Folder of the model bundle: where it is, and as the scenario writes it.
    lang
        Language of its reports, or None to leave it to the command line and the system.
    policies
        What is set, by full lever key (``"circular_retrofit.coverage"``); the rest stays without policy.
    since
        Calendar year from which the plain numbers of a policy act, by policy; only where it is set.
    drivers
        A path's name, a schedule, or a mapping of schedules by element; by driver.
    parameters
        A number, or a (nested, possibly partial) mapping of numbers by element; by parameter.
    origins
        Place of every dotted key that is set, e.g. ``"policy.circular_retrofit.coverage"``.
    warnings
        What is allowed but remarkable, such as a parameter outside its range.
    reported_base
        The base of tables and verdicts; the run is the same.
    """

    path: Path = field(compare=False)
    name: str
    name_zh: str
    description: str
    description_zh: str
    information_until: int
    bundle: Path
    bundle_text: str = field(compare=False)
    lang: Language | None
    clock: Clock
    policies: Mapping[str, Setting]
    since: Mapping[str, Setting]
    drivers: Mapping[str, Setting]
    parameters: Mapping[str, Setting]
    uncertainty: Uncertainty
    origins: Mapping[str, Place] = field(compare=False, repr=False)
    warnings: tuple[Problem, ...] = field(compare=False, repr=False)
    reported_base: ReportedBase = "published"

    def title(self, lang: Language) -> str:
        """Its name for people; the English one where there is no Chinese one."""
        return self.name_zh if lang == "zh" and self.name_zh else self.name
