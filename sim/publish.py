"""A run written into its output folder: results, tables, workbook, figures, the resolved scenario, the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import xarray as xr

from sim import dims
from sim.beside import Beside, GoneError
from sim.bundle import Bundle
from sim.costs import Costs, count_costs
from sim.engine.interface import Engine
from sim.errors import InputError, OutputError, Place, Problem
from sim.folder import RESOLVED, manifest_bytes, output_folder, read_manifest
from sim.netcdf import to_bytes
from sim.parameters import each
from sim.provenance import keep_inputs, manifest
from sim.report.changes import changes
from sim.report.cost_tables import write_costs_csv
from sim.report.csv_tables import write_readings_csv, write_targets_csv
from sim.report.facts import fact
from sim.report.heading import Heading
from sim.report.plots.write import BESIDE, HERE, Drawing, FigureInput, write_captions, write_data, write_figures
from sim.report.policy_tables import write_policies_csv
from sim.report.summary import Assumption, Summary, write_summary_file
from sim.results import FILE as RESULTS
from sim.results import open_results
from sim.scenario.resolve import parameter_value
from sim.scenario.show import resolved_toml
from sim.scenario.types import Scenario
from sim.study import Outcome
from sim.targets.evaluate import both_bases
from sim.targets.revision import as_reported, base_of
from sim.targets.rows import TargetRow
from sim.targets.spec import read_targets
from sim.tested import known
from sim.words.catalogue import Language, text
from sim.words.units import units_of

REFERENCE, TARGETS_CSV, READINGS_CSV, COSTS_CSV, POLICIES_CSV = (
    "reference.nc",
    "targets.csv",
    "targets_readings.csv",
    "costs.csv",
    "costs_by_policy.csv",
)
SUMMARY, FIGURES = "summary.xlsx", "figures"
OUTPUTS = Path("outputs")
"""Where results go unless a folder is named: one folder for each scenario, below where the user stands."""


def heading(outcome: Outcome) -> Heading:
    """What stands above the tables of a run."""
    scenario = outcome.prepared.scenario
    history, base = outcome.prepared.bundle.history, scenario.reported_base
    return Heading(scenario.name_zh, scenario.name, outcome.prepared.run_id, history=history, base=base)


class _RehearsalOverError(Exception):
    """Ends a rehearsal."""


def rehearse(target: Path) -> None:
    """Find out before a long run whether its results could be written; changes nothing in the folder.

    Raises
    ------
    OutputError
        As :func:`write_study` would.
    """
    with suppress(_RehearsalOverError), output_folder(target):
        raise _RehearsalOverError


def write_study(
    outcome: Outcome, target: Path, engine: Engine, lang: Language, *,
    plots: bool = True, beside: Beside[object] | None = None,
) -> list[str]:  # fmt: skip
    """Write everything of a run into ``target``, which is replaced whole or not at all.

    Parameters
    ----------
    beside
        A process that does a part of the work meanwhile (figures, else the workbook); ended here.

    Returns
    -------
    list of str
        What changed since the last run in this folder, one sentence each.

    Raises
    ------
    OutputError
        If the folder is not this program's, cannot be written, or a file in it is open elsewhere.
    """
    resolved = resolved_toml(outcome.prepared.scenario, target)
    told = _changes(target, outcome.rows, resolved, lang)
    with output_folder(target) as folder, closing(beside) if beside else nullcontext():
        here, there = _shares(outcome, folder, lang, plots, beside is not None)
        if beside and there:
            beside.call(*there)
        _write_tables(outcome, folder, resolved, engine, lang)
        drawn = [function(*arguments) for function, *arguments in here]
        if beside and there:
            drawn.append(_answer(beside, there))
        if plots:
            written = [one for some in drawn for one in some or ()]
            write_captions(_figure_input(outcome), folder / FIGURES, lang, written)
    return told


def _figure_input(outcome: Outcome) -> FigureInput:
    return FigureInput(outcome.results, outcome.reference, outcome.published_rows)


Call = tuple[Any, ...]
"""A function and its arguments."""


def _shares(outcome: Outcome, folder: Path, lang: Language, plots: bool, two: bool) -> tuple[list[Call], Call | None]:
    """What is left to write: here, and in a second process if there are two."""
    rows = [replace(row, scenario=heading(outcome).name(lang)) for row in outcome.rows]
    told = assumptions(outcome.prepared.bundle, outcome.prepared.scenario, lang)
    reported = as_reported(outcome.results, outcome.prepared.targets)
    history = outcome.prepared.bundle.history
    written = Summary(rows, reported, told, about(outcome, lang), outcome.costs, history)
    summary = (write_summary_file, folder / SUMMARY, written, lang)
    if not plots:
        return ([], summary) if two else ([summary], None)
    drawn = _figure_input(outcome)

    def figures(*only: str) -> Call:
        return write_figures, drawn, folder / FIGURES, lang, Drawing(only=only)

    data = (write_data, drawn, folder / FIGURES, lang)
    return ([summary, data, figures(*HERE)], figures(*BESIDE)) if two else ([summary, data, figures()], None)


def _write_tables(outcome: Outcome, folder: Path, resolved: str, engine: Engine, lang: Language) -> None:
    """Everything but figures and the workbook."""
    scenario, bundle = outcome.prepared.scenario, outcome.prepared.bundle
    (folder / RESULTS).write_bytes(to_bytes(outcome.results))
    if outcome.reference is not None:
        (folder / REFERENCE).write_bytes(to_bytes(outcome.reference))
    (folder / RESOLVED).write_text(resolved, encoding="utf-8", newline="\n")
    keep_inputs(bundle, folder, draws=scenario.uncertainty.draws)
    (folder / "targets.toml").write_bytes(bundle.targets_path.read_bytes())
    write_targets_csv(folder / TARGETS_CSV, outcome.rows)
    write_readings_csv(folder / READINGS_CSV, outcome.rows)
    if outcome.costs is not None:
        whose = (scenario.path.stem, outcome.prepared.run_id)
        write_costs_csv(folder / COSTS_CSV, outcome.costs, *whose)
        if outcome.costs.policies:
            write_policies_csv(folder / POLICIES_CSV, outcome.costs, *whose)
    fields = manifest(bundle, scenario, engine) | {"lang": lang, "levers_2020": levers_2020(outcome)}
    (folder / "manifest.json").write_bytes(manifest_bytes(fields))


def _answer(beside: Beside[Any], asked: Call) -> Any:
    """Wait for what the other process gives; if it is gone, do its part here."""
    try:
        return beside.answer()
    except GoneError:
        function, *arguments = asked
        return function(*arguments)


def _changes(target: Path, rows: Sequence[TargetRow], resolved: str, lang: Language) -> list[str]:
    if read_manifest(target) is None:
        return changes(None, rows, None, resolved, lang)
    try:
        before = (target / RESOLVED).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):  # taken away or saved in another encoding by the user
        before = None
    return changes(target / TARGETS_CSV, rows, before, resolved, lang)


def levers_2020(outcome: Outcome) -> dict[str, object]:
    """The levers that the scenario sets, as they stand in the target year: what decides which rows are imposed."""
    values = outcome.prepared.study.levers_in(dims.TARGET_YEAR)
    return {key: values[key] for key in outcome.prepared.scenario.policies}


def assumptions(bundle: Bundle, scenario: Scenario, lang: Language) -> list[Assumption]:
    """Every parameter in force, element by element, with range, origin and source."""
    lines = []
    for name, parameter in bundle.parameters.items():
        low, high = dict(each(parameter.low)), dict(each(parameter.high))
        for element, value in each(parameter_value(scenario, parameter)):
            label = f"{name}[{', '.join(element)}]" if element else name
            between = low.get(element, low.get(())), high.get(element, high.get(()))
            origin = text(lang, f"origin.{parameter.origin}")
            told = (origin, parameter.source_in(lang), parameter.reliability_in(lang), parameter.meaning(lang))
            lines.append(Assumption(label, value, units_of(parameter.units, lang), *between, *told))
    return lines


def about(outcome: Outcome, lang: Language) -> Mapping[str, str]:
    """What identifies a run, by label: its id, scenario, clock, versions, hashes, and how far it was tested."""
    told = outcome.prepared.provenance
    facts = {
        text(lang, f"about.{key}"): fact(key, told[key], lang)
        for key in ("run_id", "scenario_name", "scenario_name_zh", "information_until", "clock", "bundle",
                    "bundle_sha256", "scenario_sha256", "engine", "sim_version", "seed", "reported_base")
    }  # fmt: skip
    tested = text(lang, f"table.history.{outcome.prepared.bundle.history}")
    return facts | {text(lang, "about.history_test"): tested}


@dataclass(frozen=True)
class Stored:
    """A run read back from its folder."""

    folder: Path
    results: xr.Dataset
    reference: xr.Dataset | None
    rows: tuple[TargetRow, ...]
    manifest: Mapping[str, object]
    costs: Costs | None
    published_rows: tuple[TargetRow, ...]

    @property
    def heading(self) -> Heading:
        """What stands above its tables."""
        attrs = self.results.attrs
        names = (attrs["scenario_name_zh"], attrs["scenario_name"], attrs["run_id"])
        return Heading(*names, history=known(attrs.get("history_test")), base=base_of(self.results))

    @property
    def figure_input(self) -> FigureInput:
        """What its figures are drawn from."""
        return FigureInput(self.results, self.reference, self.published_rows)


def open_study(folder: Path) -> Stored:
    """Read a run back; verdicts are judged again from the stored results and the targets stored beside them.

    Raises
    ------
    InputError
        If the folder holds no results of this program.
    """
    results = open_results(folder)
    fields = read_manifest(folder)
    if fields is None:
        raise InputError([Problem(Place(folder), "results_missing")])
    reference = open_results(folder / REFERENCE) if (folder / REFERENCE).is_file() else None
    levers = fields.get("levers_2020")
    targets = read_targets(folder / "targets.toml", [str(name) for name in results.data_vars])
    rows, published = both_bases(
        results, targets, levers if isinstance(levers, dict) else {}, own_table=results.attrs["own_table"] == "1"
    )
    costs = count_costs(results, reference, rows, targets)
    return Stored(folder, results, reference, rows, fields, costs, published)


def make_folder(folder: Path) -> None:
    """Make a folder with its parents.

    Raises
    ------
    OutputError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError([Problem(Place(folder), "folder_unmade", {"reason": reason})]) from None
