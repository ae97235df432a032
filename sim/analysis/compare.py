"""Scenarios side by side: what differs in the inputs, the targets, one figure per indicator, the grid of verdicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from sim.analysis.studies import Found, studies_of
from sim.costs import Costs
from sim.engine.choose import Choice
from sim.engine.parallel import Tell
from sim.folder import manifest_bytes, output_folder
from sim.provenance import LIBRARIES, now
from sim.publish import FIGURES, Stored
from sim.report.cost_tables import compared_rows
from sim.report.csv_tables import csv_bytes
from sim.report.heading import Heading
from sim.report.terminal import InputDifference
from sim.report.workbook import write_comparison
from sim.scenario.show import show_lines
from sim.scenario.types import Scenario
from sim.targets.rows import TargetRow
from sim.words.catalogue import Language

LONGEST_FOLDER_NAME = 60
LANGUAGES: tuple[Language, Language] = ("zh", "en")


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
        return folder_name_of(str(study.results.attrs["scenario"]) for study in self.studies.values())


def folder_name_of(stems: Iterable[str]) -> str:
    """A plain name for the folder of a comparison.

    >>> folder_name_of(["plan", "../else where"])
    'compare-plan-__else_where'
    """
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

    Parameters and errors are those of :func:`sim.analysis.studies.studies_of`, which takes two or more names here.
    """
    return side_by_side(studies_of(names, engine, lang, say, tell, notice, least=2), lang)


def side_by_side(found: Sequence[Found], lang: Language) -> Compared:
    """Results under the names that a reader tells them apart by, with the inputs in which they differ."""
    shown = shown_names([(one.stored.heading, one.stored.folder) for one in found], lang)
    differences = input_differences({name: one.scenario for name, one in zip(shown, found, strict=True)}, lang)
    return Compared({name: one.stored for name, one in zip(shown, found, strict=True)}, differences)


def shown_names(studies: Sequence[tuple[Heading, Path]], lang: Language) -> list[str]:
    """Names of the scenarios, with the folder where two scenarios have the same name."""
    names = [heading.name(lang) for heading, _ in studies]
    return [
        name if names.count(name) == 1 else f"{name} ({folder})"
        for name, (_, folder) in zip(names, studies, strict=True)
    ]


def input_differences(scenarios: Mapping[str, Scenario], lang: Language) -> list[InputDifference]:
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
        write_comparison(folder / "comparison.xlsx", compared.rows, compared.differences, lang, compared.costs)
        if plots:
            from sim.analysis.compare_figures import write_figures  # matplotlib, which --no-plots doesn't need

            (folder / FIGURES).mkdir()
            write_figures(compared.results, compared.rows, folder / FIGURES, lang)
        made = {name: study.results.attrs["run_id"] for name, study in compared.studies.items()}
        first = next(iter(compared.studies.values())).results.attrs
        fields = {"kind": "comparison", "runs": made, "sim_version": first["sim_version"], "lang": lang,
                  "created": now()}  # fmt: skip
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
            "id": line.id,
            **{f"name_{lang}": line.name(lang) for lang in LANGUAGES},
            **{f"unit_{lang}": line.unit(costs, lang) for lang in LANGUAGES},
            "scenario": attrs["scenario"],
            "run_id": attrs["run_id"],
            "value_2020": line.value,
            "difference": difference,
        }
        yield [cells.get(column) for column in COLUMNS]
