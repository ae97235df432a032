"""The generated parts of the documentation: one function a table, from the bundle and the program to Markdown.

Cells that a person wrote (a meaning, a rule) stay as they are: a table takes them over by the key in its first column.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from sim import dims
from sim.analysis.compare import compare_studies
from sim.bundle import load_bundle
from sim.confidence.page import markdown
from sim.confidence.run import validate
from sim.levers import Lever, read_levers
from sim.parks.columns import FILE as COLUMNS
from sim.parks.columns import read_columns
from sim.parks.template import template
from sim.publish import open_study
from sim.reconstruct.evidence import FILE as EVIDENCE
from sim.reconstruct.evidence import read_evidence, weighed
from sim.reconstruct.ground import ground_of
from sim.reconstruct.source import read_source
from sim.report.evidence_table import HEADS, evidence_rows, evidence_summary
from sim.report.plots.ensemble_registry import FIGURES as OF_ENSEMBLE
from sim.report.plots.registry import FIGURES
from sim.report.verdicts import MARKS
from sim.scenario.types import DEFAULT_FROM
from sim.starter.source import copy_starter
from sim.targets.rows import columns, readings_columns
from sim.targets.syntax import FLAGS, FUNCTIONS, LABELS
from sim.targets.verdict import DEFAULT_TOLERANCE, VERDICTS
from sim.words.catalogue import Language, catalogue, text

ROOT = Path(__file__).parents[1]
BUNDLE = ROOT / "models" / "inner-mongolia"

@dataclass(frozen=True)
class Run:
    """A run behind the figures of model.md: what it extends, and what it changes."""

    extends: tuple[str, ...]
    levers: str
    demand: str = "trend"
    changed: str = ""
    parameters: tuple[tuple[str, float], ...] = ()


OFF = (("market share elasticity", 0.0), ("share adjustment rate", 0.0))
DOUBLED = (("market share elasticity", 3.0), ("share adjustment rate", 0.4))
THREE = ("circular-retrofit", "land-threshold", "cluster-formation")
RUNS: Mapping[str, Run] = {
    "baseline": Run((), "none"),
    "baseline-earlier-trend": Run(("baseline",), "none", "trend-to-2015"),
    "baseline-plan-expectation": Run(("baseline",), "none", "plan-expectation"),
    "slump": Run((), "none", "slump"),
    "hindsight": Run((), "none", "as-happened"),
    "demand-limited": Run((), "none", changed="response off"),
    "baseline-doubled": Run(("baseline",), "none", changed="response doubled", parameters=DOUBLED),
    "circular-retrofit": Run((), "retrofit"),
    "land-threshold": Run((), "threshold"),
    "cluster-formation": Run((), "clusters"),
    "three-policies": Run(THREE, "these three"),
    "plan": Run((), "plan"),
    "plan-earlier-trend": Run(("plan",), "plan", "trend-to-2015"),
    "plan-plan-expectation": Run(("plan",), "plan", "plan-expectation"),
    "plan-slump": Run(("plan", "slump"), "plan", "slump"),
    "plan-hindsight": Run(("plan", "hindsight"), "plan", "as-happened"),
    "plan-response-off": Run(("plan",), "plan", changed="response off", parameters=OFF),
    "plan-doubled": Run(("plan",), "plan", changed="response doubled", parameters=DOUBLED),
    "plan-without-r2": Run(("plan",), "plan", changed="R2 off", parameters=(("agglomeration elasticity", 0.0),)),
    "plan-without-r3": Run(
        ("plan",), "plan", changed="R3 off",
        parameters=(("infrastructure elasticity", 0.0), ("infrastructure pull", 0.0)),
    ),
    "plan-without-r4": Run(("plan",), "plan", changed="R4 off", parameters=(("knowledge elasticity", 0.0),)),
    "plan-without-b5": Run(("plan",), "plan", changed="B5 off", parameters=(("region sensitivity", 0.0),)),
}  # fmt: skip
"""By name; a run that extends nothing is a shipped scenario."""


def run_all(folder: Path) -> None:
    """Make a working folder and run everything in `RUNS` there (some ten minutes); results in ``outputs/``."""
    copy_starter(folder)
    for name, run in RUNS.items():
        if run.extends:
            parents = ", ".join(f'"{parent}.toml"' for parent in run.extends)
            known = 2021 if run.demand == "as-happened" else 2016
            lines = [f'name = "{name}"', f"information_until = {known}", f"extends = [{parents}]"]
            if len(run.extends) == 1:
                lines += ["[drivers]", f'demand_growth = "{run.demand}"']
            lines += ["[parameters]", *(f'"{key}" = {value}' for key, value in run.parameters)]
            (folder / "scenarios" / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with chdir(folder):
        compare_studies(list(RUNS), "auto", "en", print, lambda *done: print(*done))


AT_LENGTH = ("history", "behaviour", "loops", "integration")
"""Tests of confidence of which the page of results shows every figure; of the others it tells the result."""

VALIDATED: Mapping[str, Language] = {"validation-results.md": "en", "validation-results.zh.md": "zh"}
"""Pages of results of ``sim validate``."""


def validate_all(folder: Path) -> None:
    """Put the bundle to the tests of confidence, in the long form (some minutes); pages in ``outputs/``."""
    found = validate(load_bundle(BUNDLE), tell=print, progress=print)
    (folder / "outputs").mkdir(parents=True, exist_ok=True)
    for name, lang in VALIDATED.items():
        page = markdown(found, lang, AT_LENGTH)
        # the page that it goes into has a heading of its own
        (folder / "outputs" / name).write_text(page.partition("\n\n")[2], encoding="utf-8", newline="\n")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def kept(body: str) -> dict[str, list[str]]:
    """Cells of an existing table by their first, without its back quotes."""
    rows = [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in body.splitlines()[2:]
        if line.startswith("|")
    ]
    return {row[0].strip("`"): row for row in rows}


def _written(body: str, key: str, column: int) -> str:
    row = kept(body).get(key, [])
    return row[column] if len(row) > column else ""


def levers(_: str) -> str:
    """Every lever, by policy."""
    rows: list[list[str]] = []
    for policy in read_levers(BUNDLE / "levers.toml").values():
        rows.append([f"**`{policy.key}`**", f"**{policy.name_en}** {policy.name_zh}", "", "", policy.place])
        for key, lever in policy.levers.items():
            rows.append([f"`{key}`", f"{lever.name_en} {lever.name_zh}", _range(lever), _nothing(lever), ""])
    return table(["lever", "meaning", "unit and range", "no policy", "place in the plan"], rows)


def _range(lever: Lever) -> str:
    if lever.kind == "switch":
        return f"true or false; true acts from {DEFAULT_FROM}"
    if lever.kind == "choice":
        return ", ".join(f'`"{choice}"`' for choice in lever.choices)
    whole = "whole number, " if lever.kind == "integer" else ""
    follows = "; schedule" + (", never falling" if lever.increasing else "") if lever.schedule else ""
    return f"{whole}{lever.units} ({lever.units_zh}), {lever.low:g} to {lever.high:g}{follows}"


def _nothing(lever: Lever) -> str:
    value = lever.no_policy
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value:g}`"


def drivers(_: str) -> str:
    """Every path of every driver."""
    rows = [
        [f"`{driver.key}`" if path is driver.default else "", f"`{path.key}`", path.information_until, path.note_en]
        for driver in load_bundle(BUNDLE).drivers.values()
        for path in driver.paths.values()
    ]
    return table(["driver", "path (the first is the default)", "known until", "what it is"], rows)


def verdicts(body: str) -> str:
    """The codes of a verdict with their words; the rule is written by hand."""
    rows = []
    for code in VERDICTS:
        words = [text(lang, f"verdict.{code}", year="YYYY", end="YYYY") for lang in ("en", "zh")]
        mark = f"`{MARKS[code]}`" if MARKS[code] else ""
        rows.append([f"`{code}`", *words, mark, _written(body, code, 4)])
    return table(["code", "en", "zh", "mark", "when"], rows)


def tolerances(_: str) -> str:
    """Default tolerance by form."""
    rows = []
    for form, value in DEFAULT_TOLERANCE.items():
        points = "percentage point" if value == 1 else "percentage points"
        shown = f"{value:g} {points}" if form in ("growth", "share") else f"{100 * value:g} % of the bar"
        shown = shown if value else "none"
        rows.append([f"`{form}`", shown])
    return table(["form", "default tolerance (a target may set its own)"], rows)


def functions(body: str) -> str:
    """Functions of the expression language; the meaning is written by hand."""
    rows = [
        [f"`{name}`", f"`{signature.usage}`", _written(body, name, 2)] for name, signature in FUNCTIONS.items()
    ]
    return table(["function", "written", "meaning"], rows)


def labels(_: str) -> str:
    """Labels and flags that conditions may use."""
    rows = [[f"`{name}`", ", ".join(f'`"{x}"`' for x in known) or "any text"] for name, known in LABELS.items()]
    return table(["label", "texts"], rows) + "\nFlags: " + ", ".join(f"`{flag}`" for flag in FLAGS) + ".\n"


def targets_csv(body: str) -> str:
    """Columns of targets.csv; the meaning is written by hand."""
    return table(["column", "meaning"], [[f"`{name}`", _written(body, name, 1)] for name in columns()])


def readings_csv(body: str) -> str:
    """Columns of targets_readings.csv; the meaning is written by hand."""
    return table(["column", "meaning"], [[f"`{name}`", _written(body, name, 1)] for name in readings_columns()])


def figures(_: str) -> str:
    """The default set of figures."""
    rows = [
        [spec.number, f"`{spec.code}`", text("en", spec.title_key), text("en", spec.note_key)] for spec in FIGURES
    ]
    return table(["number", "code", "shows", "note"], rows)


def ensemble_figures(_: str) -> str:
    """The figures of an ensemble."""
    rows = [
        [spec.number, f"`{spec.code}`", text("en", f"figure.title.{spec.key}"), _note(spec.key)] for spec in OF_ENSEMBLE
    ]
    return table(["number", "code", "shows", "note"], rows)


def _note(key: str) -> str:
    """A note with the numbers of an ensemble left open."""
    return text("en", f"figure.note.{key}", first="1", last="5", count="8", total="all")


def results_nc(_: str) -> str:
    """Every variable of the results."""
    rows = [
        [f"`{spec.name}`", ", ".join(spec.dims) or "–", spec.units, spec.kind, spec.name_en, spec.name_zh]
        for spec in load_bundle(BUNDLE).outputs.values()
    ]
    return table(["variable", "dimensions", "unit", "kind", "meaning", "中文"], rows)


def dimensions(_: str) -> str:
    """Labels of the fixed dimensions."""
    known = {"league": dims.LEAGUES, "tier": dims.TIERS, "industry": dims.INDUSTRIES, "pollutant": dims.POLLUTANTS}
    return table(["dimension", "labels"], [[f"`{name}`", ", ".join(x)] for name, x in known.items()])


def stocks(_: str) -> str:
    """The stocks of the model by group."""
    found = [entry for entry in load_bundle(BUNDLE).entries if entry.right.startswith("INTEG")]
    rows = [[e.group, f"`{e.name}`", ", ".join(e.subscripts) or "–", e.units, *e.names[::-1]] for e in found]
    return table(["group", "stock", "by", "unit", "meaning", "中文"], rows)


def origins(_: str) -> str:
    """How many parameters rest on what."""
    found = load_bundle(BUNDLE).parameters.values()
    by = Counter(parameter.origin for parameter in found)
    sure = ", ".join(f"`{p.name}` ({p.source.split(':')[0]})" for p in found if p.origin != "assumed")
    counts = ", ".join(f"{count} {origin}" for origin, count in by.most_common())
    return f"Of {len(found)} parameters with a range, {counts}. Not assumed: {sure}.\n"


def column_table(lang: Language) -> Callable[[str], str]:
    """Columns of the park table, and how each is filled where it is unknown."""
    heads = {"en": ["column", "unit", "what belongs in it", "if blank"], "zh": ["列", "单位", "填写要求", "留空时"]}

    def rows(_: str) -> str:
        known = read_columns(BUNDLE / COLUMNS)
        explained = template(known, lang).worksheets[1].iter_rows(min_row=2, values_only=True)
        lines = []
        for column, (name, units, _need, meaning, unknown) in zip(known, explained, strict=False):
            both = f"{column.name_zh} {name}" if lang == "en" else name
            lines.append([both, units or "", meaning or "", unknown])
        return table(heads[lang], lines)

    return rows


def evidence(lang: Language) -> Callable[[str], str]:
    """Published values of single zones beside what was reconstructed."""

    def rows(_: str) -> str:
        source = read_source(BUNDLE)
        found = weighed(ground_of(source), read_evidence(BUNDLE / EVIDENCE, source))
        shown = evidence_rows(found, source, read_columns(BUNDLE / COLUMNS), lang)
        heads = [*(text(lang, f"evidence.head.{head}") for head in HEADS), {"en": "source", "zh": "出处"}[lang]]
        links = [f"[{one.evidence.reliability}]({one.evidence.source})" for one in found]
        lines = [[*row, link] for row, link in zip(shown, links, strict=True)]
        return table(heads, lines) + "\n" + evidence_summary(found, lang) + "\n"

    return rows


def refusals(_: str) -> str:
    """The messages about a model file."""
    lines = []
    for key, said in catalogue("en").items():
        if key.startswith("problem.model_") and key != "problem.model_cache":
            words = re.sub(r"{(\w+)}", r"*\1*", said.replace("{{UTF-8}}", "`{UTF-8}`"))
            lines.append(f"- {words}\n")
    return "".join(lines)


def runs(folder: Path) -> str:
    """The figures of model.md from the results of `RUNS`."""
    rows = []
    for number, (name, run) in enumerate(RUNS.items(), start=1):
        study = open_study(folder / name)
        of = {row.id: row for row in study.rows}
        results = study.results.isel(run=0)
        output = results.output.sum("park").sel(time=2020)
        share = float((results.market_share.sel(time=2020) * output).sum() / output.sum())
        gdp, growth, iva, industry = (float(of[i].value_2020 or 0) for i in ("T01", "T02", "T03", "T04"))
        gain = ""
        if study.reference is not None:
            gain = f"{gdp - float(study.reference.gdp.isel(run=0).sum('park').sel(time=2020)):+.0f}"
        verdict = text("en", f"verdict.{of['T01'].verdict}", year=of["T01"].year_reached, end=of["T01"].end_year)
        counts = Counter(row.verdict for row in study.rows if row.counted)
        held = sum(counts[code] for code in ("met_at_base", "early", "met"))
        rows.append(
            [number, run.demand, run.levers, run.changed, f"{gdp:.0f}", gain, f"{growth:.2f}", verdict, f"{iva:.0f}",
             f"{industry:.2f}", f"{share:.3f}", f"{held} of {counts.total()}"]
        )  # fmt: skip
    heads = ["", "demand", "levers", "changed", "GDP 2020", "gain", "growth", "T01", "value added 2020", "growth",
             "market share", "met (of modelled)"]  # fmt: skip
    return table(heads, rows)


TABLES: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("scenarios.md", "levers"): levers,
    ("scenarios.md", "drivers"): drivers,
    ("verdicts.md", "verdicts"): verdicts,
    ("verdicts.md", "tolerances"): tolerances,
    ("verdicts.md", "functions"): functions,
    ("verdicts.md", "labels"): labels,
    ("outputs.md", "targets.csv"): targets_csv,
    ("outputs.md", "targets_readings.csv"): readings_csv,
    ("outputs.md", "figures"): figures,
    ("outputs.md", "results.nc"): results_nc,
    ("ensembles.md", "ensemble.figures"): ensemble_figures,
    ("outputs.md", "dims"): dimensions,
    ("model.md", "stocks"): stocks,
    ("model.md", "origins"): origins,
    ("own-parks.md", "columns"): column_table("en"),
    ("own-parks.zh.md", "columns.zh"): column_table("zh"),
    ("parks-evidence.md", "evidence"): evidence("en"),
    ("parks-evidence.zh.md", "evidence.zh"): evidence("zh"),
    ("vensim.md", "refusals"): refusals,
}
"""By page and name; what needs simulations is written from a folder of results."""

SIMULATED = {("model.md", "runs"), *((page, "validation") for page in VALIDATED)}

MAKERS: Mapping[str, Callable[[Path], None]] = {"runs": run_all, "validation": validate_all}


if __name__ == "__main__":
    for maker in sys.argv[2:] or MAKERS:
        MAKERS[maker](Path(sys.argv[1]))
