"""The inputs behind a target: through the equations of the model to levers, drivers, parameters and table columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim import drivers, parameters
from sim.binding import Study
from sim.bundle import MODEL, PARKS, TARGETS, Bundle
from sim.drivers import Driver, DriverPath
from sim.errors import Place
from sim.levers import Lever
from sim.model.causes import Causes, causes_of
from sim.parameters import Numbers, Parameter
from sim.parks.columns import Column
from sim.scenario.resolve import parameter_value
from sim.scenario.types import Scenario, Value
from sim.targets.target import Constant
from sim.toml_places import read_toml

Kind = Literal["lever", "driver", "parameter", "column", "constant"]

SUMMED = ("money", "usd", "land", "people", "count")
"""Quantities of columns that add up over parks."""

ESTIMATED = ("reconstructed", "assumed")
"""Origins of values that nobody published."""

MEMBERS = ("mergers.zones", "mergers.rule", "governance.one_zone_per_county", "governance.exit_rule")
"""Levers that decide which parks form a zone, and which are left."""

DERIVED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "in league": (("league",), ()),
    "in tier": (("level", "host", "county"), ("level_upgrade.national", *MEMBERS)),
    "in threshold tier": (("level", "host", "county"), ("level_upgrade.national", "land_threshold.covers", *MEMBERS)),
    "upgraded": (("level", "upgrade_candidate"), ("level_upgrade.national",)),
    "merged": (("host", "county"), MEMBERS),
    "retrofit rank": (("demonstration", "retrofit_done", "output"), ("circular_retrofit.select",)),
    "retrofit queue position": (("demonstration", "retrofit_duration", "capital"), ("circular_retrofit.select",)),
    "large zone candidate": (("revenue", "level", "host"), ()),
    "cluster half scale": (("output", "league"), ()),
    "cluster near bar": (("output", "league"), ()),
    "cluster selection": ((), ("cluster_formation.which",)),
}
"""What the program works out before a run, with the columns and levers that it is worked out of."""

NAMED: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "national": (("level", "upgrade_candidate"), ("level_upgrade.national",)),
    "is_zone": (("host", "county"), MEMBERS),
    "zone": (("host", "county"), MEMBERS),
    "zone_min": (("host", "county"), MEMBERS),
    "zone_max": (("host", "county"), MEMBERS),
    "zones": (("host", "county"), MEMBERS),
    "parks": ((), ("governance.exit_rule",)),
    "park_league": (("league",), ()),
    **{name: ((name,), ()) for name in ("key24", "key13", "demonstration", "level", "region", "county")},
}
"""What an expression names beside outputs, with the columns and levers behind it."""


@dataclass(frozen=True)
class Coverage:
    """How far a column of the park table stands on published values.

    Parameters
    ----------
    total
        Sum over parks; ``None`` for what does not add up: text, flags, shares, years.
    parks
        By origin how many parks have a value of it.
    estimated
        Part of the total (of the parks, where there is none) that is reconstructed or assumed, 0 to 1; ``None`` where
        the table says nothing of origins.
    """

    total: float | None
    parks: Mapping[str, int]
    estimated: float | None


@dataclass(frozen=True)
class Input:
    """An input behind a target.

    Parameters
    ----------
    spec
        What the bundle says of it: a lever, a driver, a parameter, a column or a constant of the targets file.
    value
        In force in this run; of a column its `Coverage`.
    path
        The path that a driver follows, unless the scenario has numbers of its own.
    place
        Where it is set: the line to change.
    usual
        Where the bundle has it, for what a scenario sets; the line of the model file that has the same number.
    steps
        Equations between it and the results that the target is computed from; 0 where the target names it itself.
    """

    kind: Kind
    key: str
    spec: Lever | Driver | Parameter | Column | Constant
    value: Value | Numbers | Coverage
    place: Place
    steps: int
    path: DriverPath | None = None
    usual: Place | None = None


class Inputs:
    """Finds the inputs behind outputs of a model.

    Parameters
    ----------
    study
        Says which levers act by year.
    """

    def __init__(self, bundle: Bundle, scenario: Scenario, study: Study) -> None:
        self.bundle, self.scenario, self.study = bundle, scenario, study
        self.model: Causes = causes_of(bundle.entries)
        self.lines = {entry.name: entry.line for entry in bundle.entries if not entry.is_subscript}

    def of(
        self, outputs: Iterable[str], names: Sequence[str], constants: Mapping[str, Constant],
        imposing: Sequence[str] = (),
    ) -> list[Input]:  # fmt: skip
        """The inputs behind a target, nearest first within their kind.

        Parameters
        ----------
        outputs
            Outputs that it is computed from.
        names
            Everything that its expression names.
        constants
            Constants among these.
        imposing
            Levers that set the target itself.
        """
        steps = self._steps([self.bundle.outputs[name].variable for name in outputs if name in self.bundle.outputs])
        columns: dict[str, int] = {}
        levers = dict.fromkeys(imposing, 0)
        for name, far in [(name, 0) for name in names] + list(steps.items()):
            table, acting = (NAMED if far == 0 and name in NAMED else DERIVED).get(name, ((), ()))
            for known, keys in ((columns, table), (levers, acting)):
                for key in keys:
                    known[key] = min(far, known.get(key, far))
        found = [
            *self._levers(steps, levers), *self._drivers(steps), *self._parameters(steps),
            *self._columns(steps, columns), *self._constants(constants),
        ]  # fmt: skip
        return sorted(found, key=lambda one: one.steps)

    def _steps(self, variables: Sequence[str]) -> dict[str, int]:
        """How many equations every variable is away from some, along causes and first values."""
        steps = dict.fromkeys(variables, 1)
        waiting = list(variables)
        for name in waiting:  # grows while it is read: in the order of distance
            node = self.model[name]
            for cause in (*node.causes, *node.initial):
                if cause not in steps:
                    steps[cause] = steps[name] + 1
                    waiting.append(cause)
        return steps

    def _levers(self, steps: Mapping[str, int], named: Mapping[str, int]) -> Iterator[Input]:
        """Levers that the scenario sets to something, if they act on the target."""
        for key, setting in self.scenario.policies.items():
            lever = self.bundle.levers[key]
            if all(value == lever.no_policy for value in self.study.levers[key].values()):
                continue
            far = steps.get(lever.variable, named.get(key))
            if far is not None:
                yield Input("lever", key, lever, setting.value, setting.place, min(far, named.get(key, far)))

    def _drivers(self, steps: Mapping[str, int]) -> Iterator[Input]:
        file = self.bundle.path / drivers.FILE
        toml = read_toml(file)
        for key, driver in self.bundle.drivers.items():
            if driver.variable not in steps:
                continue
            setting = self.scenario.drivers.get(key)
            if setting is not None and not isinstance(setting.value, str):
                yield Input("driver", key, driver, setting.value, setting.place, steps[driver.variable])
                continue
            path = driver.default if setting is None else driver.paths[str(setting.value)]
            at = toml.place("driver", key, "path", path.key)
            place = at if setting is None else setting.place
            yield Input("driver", key, driver, path.key, place, steps[driver.variable], path, at)

    def _parameters(self, steps: Mapping[str, int]) -> Iterator[Input]:
        toml = read_toml(self.bundle.path / parameters.FILE)
        for name, parameter in self.bundle.parameters.items():
            if name not in steps:
                continue
            own, setting = toml.place("parameter", name, "value"), self.scenario.parameters.get(name)
            place = own if setting is None else setting.place
            usual = own if setting is not None else Place(self.bundle.path / MODEL, self.lines.get(name))
            value = parameter_value(self.scenario, parameter)
            yield Input("parameter", name, parameter, value, place, steps[name], None, usual)

    def _columns(self, steps: Mapping[str, int], named: Mapping[str, int]) -> Iterator[Input]:
        place = Place(self.bundle.path / PARKS, 1)
        for column in self.bundle.columns:
            far = steps.get(column.variable, named.get(column.key))
            if far is not None:
                far = min(far, named.get(column.key, far))
                yield Input("column", column.key, column, coverage(self.bundle, column), place, far)

    def _constants(self, constants: Mapping[str, Constant]) -> Iterator[Input]:
        toml = read_toml(self.bundle.path / TARGETS)
        for name, constant in constants.items():
            yield Input("constant", name, constant, constant.value, toml.place("constant", name, "value"), 0)


def coverage(bundle: Bundle, column: Column) -> Coverage:
    """How far a column of a bundle's park table stands on published values."""
    table = bundle.parks
    sums = column.quantity in SUMMED
    values = table.values(column.key) if column.numeric else None
    total = float(values.sum()) if sums and values is not None else None
    if column.key not in table.origins.columns:
        return Coverage(total, {}, None)
    origins = table.origins[column.key].to_numpy().astype(str)
    names, counts = np.unique(origins, return_counts=True)
    weights = np.abs(values) if sums and values is not None else np.ones(len(origins))
    whole = float(weights.sum())
    estimated = float(weights[np.isin(origins, ESTIMATED)].sum()) / whole if whole > 0 else None
    return Coverage(total, dict(zip(names.tolist(), counts.tolist(), strict=True)), estimated)
