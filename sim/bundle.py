"""A model bundle: one folder with the model file, the park table, parameters, levers, drivers, outputs, targets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from sim import dims, drivers, levers, outputs_spec, parameters, tested, uncertainty
from sim.drivers import Driver
from sim.errors import InputError, Place, Problem
from sim.levers import Lever, Policy
from sim.model.equations import check_equations, plain
from sim.model.mdl_text import Entry, bind_text, constants_of, entries, read_model_text
from sim.nearest import nearest
from sim.outputs_spec import Output
from sim.parameters import Parameter, each
from sim.parks.columns import FILE as COLUMNS
from sim.parks.columns import Columns, read_columns
from sim.parks.read import ParkTable, read_parks
from sim.tested import History
from sim.uncertainty import Ranges, read_uncertainty

MODEL, PARKS, TARGETS = "park.mdl", "parks.csv", "targets.toml"
FILES = (
    MODEL, PARKS, COLUMNS, levers.FILE, drivers.FILE, parameters.FILE, outputs_spec.FILE, TARGETS, uncertainty.FILE,
)  # fmt: skip
"""Every file of a bundle that a run reads; the last one may be missing."""

BOUND = (
    "in league",
    "in tier",
    "in threshold tier",
    "upgraded",
    "merged",
    "retrofit rank",
    "retrofit queue position",
    "large zone candidate",
    "cluster half scale",
    "cluster near bar",
    "cluster selection",
)
"""Constants that the program derives from the park table and the scenario."""

DEFINITIONS = (
    "base year", "plan standard", "square km price", "is emerging", "node place", "node weight", "is limited",
    "cut period", "weight ceiling", "cluster named in plan",
)  # fmt: skip
"""Constants that are definitions or numerical nodes, with nothing uncertain about them."""

T = TypeVar("T")


@dataclass(frozen=True)
class Bundle:
    """Everything in a bundle, read and checked against the model file.

    Parameters
    ----------
    path
        The folder.
    model_text
        Text of ``park.mdl``; :meth:`bound_text` gives what an engine takes.
    parks
        The park table.
    fingerprint
        Hash of every file that a run depends on, 64 hex digits.
    stated
        How the test of the model against history ended, as the bundle states it of its own park table.
    ranges
        What ensembles draw beside parameters; nothing where the bundle has no ``uncertainty.toml``.
    """

    path: Path
    model_text: str
    entries: tuple[Entry, ...]
    columns: Columns
    parks: ParkTable
    policies: Mapping[str, Policy]
    levers: Mapping[str, Lever]
    drivers: Mapping[str, Driver]
    parameters: Mapping[str, Parameter]
    outputs: Mapping[str, Output]
    fingerprint: str
    stated: History
    ranges: Ranges = field(default_factory=Ranges)

    @property
    def history(self) -> History:
        """The test against history as a heading tells it: what was published is of the whole region's own table."""
        return self.stated if self.parks.shipped else "untested"

    @property
    def targets_path(self) -> Path:
        """The targets file of the bundle."""
        return self.path / TARGETS

    def bound_text(self) -> str:
        """The model with its park dimension bound to the park table, for an engine."""
        return _bound(self.model_text, self.path / MODEL, tuple(self.parks.frame.index))


@lru_cache(maxsize=4)
def _bound(text: str, file: Path, parks: tuple[str, ...]) -> str:
    return bind_text(text, file, parks)


def load_bundle(path: Path) -> Bundle:
    """Read a bundle folder.

    Raises
    ------
    InputError
        With every problem of every file: unreadable or wrong files, names that the model file doesn't have,
        constants without parameter, values that differ between the model file and ``parameters.toml``.

    >>> bundle = load_bundle(Path("models/inner-mongolia"))
    >>> len(bundle.parks.frame)
    116
    """
    problems: list[Problem] = []

    def read(reader: Callable[[Path], T], file: str) -> T | None:
        try:
            return reader(path / file)
        except InputError as error:
            problems.extend(error.problems)
            return None

    text = read(read_model_text, MODEL)
    found = read(lambda file: entries(text, file), MODEL) if text is not None else None
    problems += check_equations(found, path / MODEL) if found is not None else ()
    columns = read(read_columns, COLUMNS)
    parks = read(lambda file: read_parks(file, columns), PARKS) if columns is not None else None
    policies = read(levers.read_levers, levers.FILE)
    paths = read(drivers.read_drivers, drivers.FILE)
    constants = read(parameters.read_parameters, parameters.FILE)
    outputs = read(outputs_spec.read_outputs, outputs_spec.FILE)
    stated = read(tested.read_stated, ".")
    ranges = None
    if policies is not None and paths is not None and constants is not None:
        known = (paths, policies, constants)
        ranges = read(lambda file: read_uncertainty(file, *known), uncertainty.FILE)
    if (
        text is None or found is None or columns is None or parks is None
        or policies is None or paths is None or constants is None or outputs is None
        or stated is None or ranges is None
    ):  # fmt: skip
        raise InputError(problems)
    bundle = Bundle(
        path, text, found, columns, parks, policies, levers.all_levers(policies), paths, constants, outputs,
        fingerprint(path), stated, ranges,
    )  # fmt: skip
    problems += _check_names(bundle)
    problems += _check_policies(bundle)
    problems += _check_constants(bundle)
    if problems:
        raise InputError(problems)
    return bundle


def fingerprint(path: Path) -> str:
    """Hash of the files that a run reads; line ends don't count, so that a checkout on Windows is the same bundle."""
    digest = hashlib.sha256()
    for name in FILES:
        file = path / name
        if file.is_file():
            content = file.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _dims_by_name(found: tuple[Entry, ...]) -> dict[str, tuple[str, ...]]:
    return {e.name.lower(): e.subscripts for e in found if not e.is_subscript}


def _check_names(bundle: Bundle) -> Iterator[Problem]:
    """Every variable that a file of the bundle names must be in the model file."""
    known = _dims_by_name(bundle.entries)
    if not any(e.is_subscript and e.name == "park" for e in bundle.entries):
        yield Problem(Place(bundle.path / MODEL), "model_no_park")
    ranges = {plain(e.name) for e in bundle.entries if e.is_subscript}
    for line, park in enumerate(bundle.parks.frame.index, start=2):
        if plain(park) in ranges:
            yield Problem(Place(bundle.path / PARKS, line), "park_id_taken", {"id": park})
    named = [(o.variable, outputs_spec.FILE) for o in bundle.outputs.values()]
    named += [(x.variable, levers.FILE) for x in bundle.levers.values() if x.variable]
    named += [(d.variable, drivers.FILE) for d in bundle.drivers.values()]
    named += [(p.name, parameters.FILE) for p in bundle.parameters.values()]
    named += [(c.variable, COLUMNS) for c in bundle.columns if c.variable]
    named += [(name, "sim.bundle") for name in BOUND]
    for name, file in named:
        if name.lower() not in known:
            place = Place(bundle.path / MODEL)
            yield Problem(place, "model_variable_missing", {"name": name, "where": file}, nearest(name, known))


def _check_policies(bundle: Bundle) -> Iterator[Problem]:
    """What is recorded by policy is of policies that have a name for people."""
    known = {policy.element for policy in bundle.policies.values()}
    if not any(dims.POLICY in output.dims for output in bundle.outputs.values()):
        return
    for entry in bundle.entries:
        if entry.is_subscript and entry.name == dims.POLICY:
            for element in (part.strip() for part in entry.right.split(",")):
                if element not in known:
                    place = Place(bundle.path / MODEL, entry.line)
                    yield Problem(place, "policy_element", {"element": element}, nearest(element, known))


def _check_constants(bundle: Bundle) -> Iterator[Problem]:
    """Every constant of the model file has an owner, and the numbers of the file are those of parameters.toml."""
    elsewhere = {*BOUND, *DEFINITIONS} | {x.variable for x in bundle.levers.values()}
    elsewhere |= {d.variable for d in bundle.drivers.values()} | {c.variable for c in bundle.columns}
    for name, entry in constants_of(bundle.entries).items():
        place = Place(bundle.path / MODEL, entry.line)
        if name in elsewhere:
            continue
        parameter = bundle.parameters.get(name)
        if parameter is None:
            near = nearest(name, bundle.parameters)
            yield Problem(place, "model_constant_unknown", {"name": name}, near)
            continue
        if entry.subscripts != parameter.dims:
            values = {"name": name, "found": ", ".join(entry.subscripts), "expected": ", ".join(parameter.dims)}
            yield Problem(place, "model_dims", {**values, "where": parameters.FILE})
            continue
        in_model = [float(x) for x in entry.right.replace(";", ",").split(",") if x.strip()]
        in_file = [value for _, value in each(parameter.value)]
        if len(in_model) == 1:
            in_model *= len(in_file)
        if len(in_model) != len(in_file) or not np.allclose(in_model, in_file, rtol=1e-9, atol=0.0):
            values = {"name": name, "model": entry.right[:40], "parameter": str(in_file)[:60]}
            yield Problem(place, "model_value_differs", values)
