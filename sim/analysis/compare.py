"""Scenarios side by side: what differs in the inputs, the targets, one figure per indicator, the grid of verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from sim.costs import Costs
from sim.engine.choose import Choice
from sim.engine.parallel import Tell
from sim.errors import InputError, Place, Problem
from sim.folder import manifest_bytes, output_folder, read_manifest
from sim.provenance import LIBRARIES
from sim.publish import FIGURES, OUTPUTS, RESOLVED, Stored, open_study, rehearse, write_study
from sim.report.cost_tables import compared_rows
from sim.report.csv_tables import csv_bytes
from sim.report.terminal import InputDifference
from sim.report.workbook import write_comparison
from sim.results import FILE as RESULTS
from sim.scenario.resolve import load_scenario
from sim.scenario.show import show_lines
from sim.scenario.types import Scenario
from sim.study import Prepared, prepare, simulate
from sim.targets.rows import TargetRow
from sim.toml_values import nearest
from sim.words.catalogue import Language, text

SCENARIOS = Path("scenarios")
LONGEST_FOLDER_NAME = 60
LANGUAGES: tuple[Language, Language] = ("zh", "en")
SAME = ("bundle_sha256", "clock", "own_table")
"""Attributes that results must share to stand side by side."""


@dataclass(frozen=True)
class Compared:
    """Studies side by side, by the name they are shown under; the first is what the others are compared with."""

    studies: Mapping[str, Stored]
    differences: Sequence[InputDifference]

    @property
    def rows(self) -> dict[str, Sequence[TargetRow]]:
        """Verdicts by study."""
        return {name: study.rows for name, study in self.studies.items()}

    @property
    def results(self) -> dict[str, xr.Dataset]:
        """Results by study."""
        return {name: study.results for name, study in self.studies.items()}

    @property
    def costs(self) -> dict[str, Costs | None]:
        """Costs by study."""
        return {name: study.costs for name, study in self.studies.items()}

    @property
    def folder_name(self) -> str:
        """Name of the folder for the comparison: the stems of what is compared.

        A stored result may come from anybody, and what it says of itself must not lead out of the outputs.
        """
        stems = [str(study.results.attrs["scenario"]) for study in self.studies.values()]
        plain = re.sub(r"[^\w.-]+|\.\.+", "_", "-".join(stems))
        return "compare-" + plain[:LONGEST_FOLDER_NAME].rstrip(".")


def compare_studies(
    names: Sequence[str],
    engine: Choice,
    lang: Language,
    say: Callable[[str], None],
    tell: Tell | None = None,
    notice: Callable[[str], None] | None = None,
) -> Compared:
    """Find each study's results, run what is missing or out of date, and put them side by side.

    Parameters
    ----------
    names
        Scenario files, result folders, or names (``outputs/NAME``, else ``scenarios/NAME.toml``).
    say
        Takes a line about what is taken as it is and what is run.
    notice
        Told "compile" when a kernel has to be built.

    Raises
    ------
    InputError
        For a name that is none of these, mistakes in a scenario, or results of different bundles or clocks: all
        before anything is run.
    """
    found = _find(names)
    ready = _prepare_all(found, engine, notice)
    folders = [_folder(ready[path]) if path in ready else path for path in found]
    _refuse_shared_folders(names, folders)
    stored = {path: open_study(path) for path in found if path not in ready}
    told = [stored[path].results.attrs if path in stored else ready[path].provenance for path in found]
    _refuse_unlike(found, told)
    stale = [one for one in ready.values() if not _fresh(one)]
    for one in ready.values():
        key = "cli.compare_run" if any(one is other for other in stale) else "cli.compare_kept"
        say(text(lang, key, name=one.scenario.title(lang), id=one.run_id))
    _run(stale, lang, tell)
    studies = [stored[path] if path in stored else open_study(_folder(ready[path])) for path in found]
    scenarios = [ready[p].scenario if p in ready else load_scenario(p / RESOLVED) for p in found]
    shown = _labels(studies, lang)
    differences = _differences(dict(zip(shown, scenarios, strict=True)), lang)
    return Compared(dict(zip(shown, studies, strict=True)), differences)


def _find(names: Sequence[str]) -> list[Path]:
    """The file or folder behind each name; every name that has none is a problem."""
    problems: list[Problem] = []
    found: list[Path] = []
    for name in names:
        options = [Path(name), SCENARIOS / f"{name}.toml", OUTPUTS / name]
        hit = next((path for path in options if _is_study(path)), None)
        if hit is None:
            problems.append(Problem(None, "compare_unknown", {"name": name}, nearest(name, _known_names())))
        elif hit in found:
            problems.append(Problem(None, "compare_twice", {"name": name}))
        else:
            found.append(hit)
    if not problems and len(found) < 2:
        problems.append(Problem(None, "compare_one"))
    if problems:
        raise InputError(problems)
    return found


def _is_study(path: Path) -> bool:
    try:
        return path.is_file() or (path.is_dir() and read_manifest(path) is not None)
    except OSError:  # a name longer than the system allows
        return False


def _known_names() -> list[str]:
    stored = [path.name for path in OUTPUTS.glob("*/") if read_manifest(path) is not None]
    return sorted({path.stem for path in SCENARIOS.glob("*.toml")} | set(stored))


def _prepare_all(
    found: Sequence[Path], engine: Choice, notice: Callable[[str], None] | None
) -> dict[Path, Prepared]:
    """Every scenario file read and checked, the mistakes of all of them at once."""
    problems: list[Problem] = []
    ready = {}
    for path in found:
        if path.suffix == ".toml":
            try:
                ready[path] = prepare(path, engine, notice=notice)
            except InputError as error:
                problems += [problem for problem in error.problems if problem not in problems]
    if problems:
        raise InputError(problems)
    return ready


def _folder(one: Prepared) -> Path:
    return OUTPUTS / one.scenario.path.stem


def _refuse_shared_folders(names: Sequence[str], folders: Sequence[Path]) -> None:
    """Two files of the same name in different folders would write their results over each other."""
    first: dict[Path, str] = {}
    problems = []
    for name, folder in zip(names, folders, strict=True):
        other = first.setdefault(folder.resolve(), name)
        if other != name:
            problems.append(Problem(None, "compare_same_folder", {"name": name, "other": other, "folder": folder}))
    if problems:
        raise InputError(problems)


def _fresh(one: Prepared) -> bool:
    """Whether the stored results of a scenario are those that a run would give now."""
    fields = read_manifest(_folder(one))
    return fields is not None and fields.get("run_id") == one.run_id and (_folder(one) / RESULTS).is_file()


def _run(stale: Sequence[Prepared], lang: Language, tell: Tell | None) -> None:
    """Run what is missing or out of date; figures are drawn again where there were some."""
    if not stale:
        return
    for one in stale:
        rehearse(_folder(one))
    for outcome in simulate(stale, tell):
        folder = _folder(outcome.prepared)
        write_study(outcome, folder, outcome.prepared.chosen.engine, lang, plots=(folder / FIGURES).is_dir())


def _refuse_unlike(found: Sequence[Path], told: Sequence[Mapping[str, str]]) -> None:
    problems = [
        Problem(Place(path), f"compare_{key}", _both(attrs, told[0], key, found[0]))
        for path, attrs in zip(found[1:], told[1:], strict=True)
        for key in SAME
        if attrs[key] != told[0][key]
    ]
    if problems:
        raise InputError(problems)


def _both(attrs: Mapping[str, str], expected: Mapping[str, str], key: str, first: Path) -> dict[str, object]:
    return {"found": str(attrs[key])[:24], "expected": str(expected[key])[:24], "first": first}


def _labels(studies: Sequence[Stored], lang: Language) -> list[str]:
    """Names of the scenarios, with the folder where two scenarios have the same name."""
    names = [study.heading.name(lang) for study in studies]
    return [
        name if names.count(name) == 1 else f"{name} ({study.folder})"
        for name, study in zip(names, studies, strict=True)
    ]


def _differences(scenarios: Mapping[str, Scenario], lang: Language) -> list[InputDifference]:
    """Every input that is not the same in all scenarios, names and texts left out."""
    values: dict[str, dict[str, str]] = {}
    for name, scenario in scenarios.items():
        for line in show_lines(scenario, lang):
            values.setdefault(line.key, {})[name] = line.value
    skipped = ("name", "name_zh", "description", "description_zh", "lang", "bundle")
    return [
        (key, {name: by_name.get(name, "-") for name in scenarios})
        for key, by_name in values.items()
        if key not in skipped and len({by_name.get(name, "-") for name in scenarios}) > 1
    ]


def write_compared(compared: Compared, target: Path, lang: Language, *, plots: bool = True) -> None:
    """Write the comparison: ``comparison.csv``, ``comparison.xlsx``, figures, and what made it.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """
    with output_folder(target) as folder:
        (folder / "comparison.csv").write_bytes(_table(compared))
        write_comparison(folder / "comparison.xlsx", compared.rows, compared.differences, lang)
        if plots:
            from sim.analysis.compare_figures import write_figures  # matplotlib, which --no-plots doesn't need

            (folder / FIGURES).mkdir()
            write_figures(compared.results, compared.rows, folder / FIGURES, lang)
        made = {name: study.results.attrs["run_id"] for name, study in compared.studies.items()}
        first = next(iter(compared.studies.values())).results.attrs
        fields = {"kind": "comparison", "runs": made, "sim_version": first["sim_version"], "lang": lang}
        (folder / "manifest.json").write_bytes(manifest_bytes(fields | {"libraries": list(LIBRARIES)}))


COLUMNS = (
    *("id", "name_zh", "name_en", "unit_zh", "unit_en", "scenario", "run_id", "base_2015", "value_2020"),
    *("difference", "target_low", "target_high", "basis", "verdict", "verdict_zh", "year_reached"),
)


def _table(compared: Compared) -> bytes:
    """One line per target and scenario: value, verdict, the difference from the first; then costs by scenario."""
    first = {row.id: row.value_2020 for row in next(iter(compared.rows.values()))}
    lines = []
    for rows in compared.rows.values():
        for row in rows:
            base = first.get(row.id)
            known = row.value_2020 is not None and base is not None
            cells = {name: getattr(row, name) for name in COLUMNS if name != "difference"}
            cells["difference"] = row.value_2020 - base if known else None  # type: ignore[operator]
            lines.append([cells[name] for name in COLUMNS])
    return csv_bytes(COLUMNS, [*lines, *_cost_rows(compared)])


def _cost_rows(compared: Compared) -> Iterator[list[object]]:
    """Costs of each scenario in the same columns: what they are stands where a target has its id."""
    for name, line, costs, difference in compared_rows(compared.costs):
        attrs = compared.studies[name].results.attrs
        cells = {
            "id": line.item,
            **{f"name_{lang}": line.name(lang) for lang in LANGUAGES},
            **{f"unit_{lang}": line.unit(costs, lang) for lang in LANGUAGES},
            "scenario": attrs["scenario"],
            "run_id": attrs["run_id"],
            "value_2020": line.value,
            "difference": difference,
        }
        yield [cells.get(column) for column in COLUMNS]
