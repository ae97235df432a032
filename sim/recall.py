"""Variables of a stored run: those that its results hold, and any other of its model, for which it is run again."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from sim import dims
from sim.bundle import Bundle
from sim.engine.choose import Choice
from sim.errors import InputError, Place, Problem
from sim.folder import DRAWS, INPUTS, RESOLVED
from sim.model.equations import plain
from sim.model.mdl_text import Entry
from sim.nearest import nearest
from sim.publish import REFERENCE
from sim.report.courses import Course, is_extensive
from sim.results import open_results
from sim.study import Prepared, prepare
from sim.words.catalogue import Language
from sim.words.units import units_of

CONTROLS = ("initial time", "final time", "time step", "saveper")
DECIDES = ("bundle_sha256", "scenario_sha256", "engine", "sim_version")
"""Attributes of results on which every number hangs; the run id hangs on what is said of the model too."""

LANGUAGES: tuple[Language, Language] = ("zh", "en")
_BUNDLE_LINE = re.compile(r"^bundle = .*$", re.MULTILINE)
_DRAWS_LINE = re.compile(r"^draws = .*$", re.MULTILINE)
Tell = Callable[[str], None]
"""Told "run" when the scenario is run again, and "compile" when a kernel is built for that."""


@dataclass(frozen=True)
class Kept:
    """The results of a run as far as variables are drawn from them."""

    folder: Path
    results: xr.Dataset
    reference: xr.Dataset | None


def open_kept(folder: Path) -> Kept:
    """Read results without judging any target.

    Raises
    ------
    InputError
        If the folder holds no results of this program.
    """
    results = open_results(folder)
    reference = open_results(folder / REFERENCE) if (folder / REFERENCE).is_file() else None

    def one(dataset: xr.Dataset) -> xr.Dataset:
        return dataset.isel({dims.RUN: 0}, drop=True)

    return Kept(folder, one(results), None if reference is None else one(reference))


def courses(kept: Kept, names: Sequence[str], tell: Tell | None = None) -> list[Course]:
    """The variables with these names, in order: outputs, or variables of the model by the name that they have there.

    Raises
    ------
    InputError
        With every name that is none; or if the scenario cannot be run again as it was.
    EngineError
        If that run fails.
    """
    outputs = {plain(name): name for name in map(str, kept.results.data_vars)}
    for name in map(str, kept.results.data_vars):
        outputs.setdefault(plain(str(kept.results[name].attrs.get("model_variable", ""))), name)
    missing = [name for name in names if plain(name) not in outputs]
    again = _run_again(kept, missing, outputs, tell) if missing else {}
    return [_of_output(kept, outputs[plain(name)]) if plain(name) in outputs else again[name] for name in names]


def _of_output(kept: Kept, name: str) -> Course:
    array = kept.results[name]
    attrs = {key: str(value) for key, value in array.attrs.items()}
    level = attrs.get("kind") == "level" or attrs.get(dims.UNITS) == "1"
    reference = None if kept.reference is None or name not in kept.reference else kept.reference[name]
    return Course(
        name,
        {"zh": attrs.get(dims.LONG_NAME_ZH, name), "en": attrs.get(dims.LONG_NAME, name)},
        {"zh": attrs.get(dims.UNITS_ZH, ""), "en": attrs.get(dims.UNITS, "")},
        _bare(array), None if reference is None else _bare(reference), additive=not level, level=level, kept=True,
    )  # fmt: skip


def _bare(array: xr.DataArray) -> xr.DataArray:
    """Without the coordinates of parks, which would be carried along for nothing."""
    return array.drop_vars([name for name in array.coords if name not in array.dims])


def _run_again(kept: Kept, names: Sequence[str], outputs: Mapping[str, str], tell: Tell | None) -> dict[str, Course]:
    """Variables that are not in the results, from the same run made once more."""
    prepared = _same_run(kept, names, outputs, tell)
    known = variables(prepared.bundle)
    unknown = [name for name in names if plain(name) not in known]
    if unknown:
        choices = [*map(str, kept.results.data_vars), *(entry.name for entry in known.values())]
        raise InputError(
            Problem(Place(kept.folder), "variable_unknown", {"name": name}, nearest(name, choices)) for name in unknown
        )
    if tell:
        tell("run")
    wanted = [known[plain(name)] for name in names]
    # one kernel that keeps everything serves every later question too; PySD takes as long whatever it keeps
    every = sorted({entry.name for entry in known.values()}) if prepared.chosen.engine.name == "compiled" else None
    engine, text = prepared.chosen.engine, prepared.bundle.bound_text()
    asked = every or sorted({entry.name for entry in wanted})
    own = engine.simulate(text, prepared.study.inputs, asked)
    off = None if prepared.reference is None else engine.simulate(text, prepared.reference.inputs, asked)
    return {
        name: _of_model(entry, own[entry.name], None if off is None else off[entry.name])
        for name, entry in zip(names, wanted, strict=True)
    }


def _same_run(kept: Kept, names: Sequence[str], outputs: Mapping[str, str], tell: Tell | None) -> Prepared:
    """The scenario of the results, ready to run on the files that they keep, if it still gives the same numbers.

    Raises
    ------
    InputError
        Where it doesn't, or cannot be read: with the names that made it necessary.
    """
    near = {name: nearest(name, [*map(str, kept.results.data_vars), *outputs]) for name in names}
    unkept = [Problem(Place(kept.folder), "variable_not_kept", {"name": name}, near[name]) for name in names]
    choice: Choice = "pysd" if str(kept.results.attrs["engine"]).startswith("PySD") else "auto"
    try:
        with tempfile.TemporaryDirectory() as temporary:
            there = (kept.folder / INPUTS).is_dir()
            file = as_it_was(kept.folder, Path(temporary) / "again.toml") if there else kept.folder / RESOLVED
            prepared = prepare(file, choice, notice=tell)
    except InputError as error:
        raise InputError([*unkept, *error.problems]) from None
    attrs = kept.results.attrs
    if any(attrs.get(key) != prepared.provenance[key] for key in DECIDES):
        raise InputError([*unkept, Problem(Place(kept.folder), "variable_changed", {"run": attrs["run_id"]})])
    return prepared


def as_it_was(folder: Path, file: Path) -> Path:
    """Write the scenario of some results as a file that runs on the bundle files that they keep; returns the file.

    Raises
    ------
    InputError
        If the results' copy of the scenario cannot be read.
    """
    try:
        text = (folder / RESOLVED).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InputError([Problem(Place(folder / RESOLVED), "results_scenario")]) from None
    kept = (folder / INPUTS).resolve()
    bundle, draws = (json.dumps(one.as_posix(), ensure_ascii=False) for one in (kept, kept / DRAWS))
    text = _BUNDLE_LINE.sub(lambda _: f"bundle = {bundle}", text, count=1)
    if (kept / DRAWS).is_file():
        text = _DRAWS_LINE.sub(lambda _: f"draws = {draws}", text, count=1)
    file.write_text(text, encoding="utf-8")
    return file


def variables(bundle: Bundle) -> dict[str, Entry]:
    """Variables of a bundle's model that have a course over time, by plain name; the documented entry of each."""
    found: dict[str, Entry] = {}
    for entry in bundle.entries:
        name = plain(entry.name)
        if entry.is_subscript or entry.operator == "(" or name in CONTROLS:
            continue
        if name not in found or not found[name].documentation:  # of several equations one is documented
            found[name] = entry
    return found


def _of_model(entry: Entry, array: xr.DataArray, reference: xr.DataArray | None) -> Course:
    chinese, _ = entry.names
    extensive = is_extensive(entry.units)
    return Course(
        entry.name,
        {"zh": chinese or entry.name, "en": entry.name},
        {lang: units_of(entry.units, lang) for lang in LANGUAGES},
        array, reference, additive=extensive, level=not extensive, kept=False,
    )  # fmt: skip
