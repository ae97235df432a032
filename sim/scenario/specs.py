"""Find the bundle that a scenario names, and read what it lets a scenario set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import drivers, levers, parameters
from sim.drivers import Driver
from sim.errors import InputError, Problem
from sim.levers import Lever, Policy
from sim.nearest import nearest
from sim.parameters import Parameter
from sim.toml_values import Spot, refuse


@dataclass(frozen=True)
class Specs:
    """What a bundle lets a scenario name."""

    policies: Mapping[str, Policy]
    drivers: Mapping[str, Driver]
    parameters: Mapping[str, Parameter]

    @property
    def levers(self) -> Mapping[str, Lever]:
        """Every lever by its full key."""
        return levers.all_levers(self.policies)


def read_specs(bundle: Path) -> Specs:
    """Read the levers, drivers and parameters of a bundle.

    Raises
    ------
    InputError
        With every problem of the three files.
    """
    problems: list[Problem] = []

    def read(reader: Callable[[Path], Mapping[str, Any]], file: str) -> Mapping[str, Any]:
        try:
            return reader(bundle / file)
        except InputError as error:
            problems.extend(error.problems)
            return {}

    specs = Specs(
        read(levers.read_levers, levers.FILE),
        read(drivers.read_drivers, drivers.FILE),
        read(parameters.read_parameters, parameters.FILE),
    )
    if problems:
        raise InputError(problems)
    return specs


def find_bundle(named: str, folder: Path) -> Path | None:
    """The bundle ``named`` as seen from ``folder``, else from the nearest folder above that has it."""
    start = folder.resolve()
    for base in (start, *start.parents):
        if (base / named / levers.FILE).is_file():
            return (base / named).resolve()
    return None


def bundle_of(spot: Spot, problems: list[Problem]) -> Path | None:
    """The bundle that a scenario file names, or None with a problem noted."""
    folder = spot.toml.file.parent
    found = find_bundle(spot.value, folder)
    if found:
        return found
    start = folder.resolve()
    for base in (start, *start.parents):
        if (base / spot.value).is_dir():
            refuse(problems, spot, "not_a_bundle", folder=spot.value, file=levers.FILE)
            return None
    refuse(problems, spot, "bundle_missing", _similar(spot.value, start), folder=spot.value)
    return None


def _similar(named: str, start: Path) -> str:
    """A bundle beside the one that was meant, where the folder above it exists."""
    for base in (start, *start.parents):
        above = (base / named).parent
        if above.is_dir():
            names = [entry.name for entry in above.iterdir() if (entry / levers.FILE).is_file()]
            found = nearest(Path(named).name, names)
            if found:
                return (Path(named).parent / found).as_posix()
    return ""
