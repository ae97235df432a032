"""The documentation against the program: tables, commands, examples, formulas, names and links.

Run with REWRITE_DOCS=1 in the environment to write the generated tables anew. The figures of model.md and of
validation-results.md come from runs: ``python -m tests.docs_tables FOLDER`` makes them (with ``runs`` or ``validation``
after the folder one of the two), REWRITE_DOCS=FOLDER/outputs writes what it finds there into the pages.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import chdir, redirect_stdout
from pathlib import Path

import click
import numpy as np
import pytest

from sim import publish
from sim.binding import bind
from sim.bundle import Bundle, load_bundle
from sim.cli import (
    caches,
    calibrations,
    conformance,
    docs,
    drafts,
    ensembles,
    explain,
    exports,
    figures,
    inputs,
    outcomes,
    sensitivities,
    simulate,
    validation,
    verify,
    workplace,
)
from sim.confidence.history_data import FILE as HISTORY
from sim.confidence.history_data import read_history
from sim.confidence.read import read_confidence
from sim.errors import InputError
from sim.folder import INPUTS, RESOLVED
from sim.model.mdl_text import Entry, entries
from sim.netcdf import to_bytes
from sim.parks.columns import FILE as COLUMNS
from sim.parks.columns import read_columns
from sim.parks.mapping import import_lines
from sim.parks.own import import_table
from sim.parks.read import read_parks
from sim.report.csv_tables import write_targets_csv
from sim.results import FILE as RESULTS_FILE
from sim.scenario.resolve import load_scenario
from sim.starter.source import copy_starter
from sim.targets.expressions import parse_expression
from sim.targets.spec import read_targets
from sim.targets.target import Target
from tests import docs_schema, docs_tables
from tests.datasets import synthetic_results
from tests.docs_tables import BUNDLE, ROOT, RUNS, SIMULATED, VALIDATED, kept, runs
from tests.plausible import plausible_rows

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
REWRITE = os.environ.get("REWRITE_DOCS", "")
RESULTS = Path(REWRITE) if REWRITE not in ("", "1") else None
TABLES = {**docs_tables.TABLES, **docs_schema.TABLES}
BLOCK = re.compile(r"(?P<head><!-- generated: (?P<name>[\w.]+) -->\n)(?P<body>.*?)(?P<tail><!-- end -->)", re.DOTALL)
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^ *```$", re.DOTALL | re.MULTILINE)
COMMANDS = {
    command.name: command
    for command in (
        workplace.new, workplace.parks, inputs.check, inputs.show,
        outcomes.run, outcomes.compare, outcomes.targets, figures.plot, figures.whence, drafts.report, explain.explain,
        verify.verify, ensembles.ensemble, sensitivities.sensitivity, simulate.simulate, conformance.conformance,
        docs.docs, caches.cache,
        validation.validate, exports.export, calibrations.calibrate, calibrations.backtest,
    )
}  # fmt: skip


def text_of(page: Path | str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def fences(page: Path | str, *kinds: str) -> list[str]:
    """The fenced blocks of some kinds on a page, without their indent."""
    found = [match for match in FENCE.finditer(text_of(page)) if match["kind"] in kinds]
    return [re.sub(f"^{match['indent']}", "", match["body"], flags=re.MULTILINE) for match in found]


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(BUNDLE)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A working folder as ``sim new`` makes it."""
    copy_starter(tmp_path / "work")
    return tmp_path / "work"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_generated_tables(page: Path) -> None:
    def renewed(block: re.Match[str]) -> str:
        if (page.name, block["name"]) in SIMULATED:
            body = _simulated(page.name) or block["body"]
        else:
            body = TABLES[page.name, block["name"]](block["body"])
        return block["head"] + body + block["tail"]

    before = text_of(page)
    after = BLOCK.sub(renewed, before)
    if REWRITE:
        page.write_text(after, encoding="utf-8", newline="\n")
        pytest.skip("written anew")
    assert after == before, "run again with REWRITE_DOCS=1"


def _simulated(page: str) -> str:
    """The block of a page that needs simulations, where there is a folder with their results."""
    if RESULTS is not None and page == "model.md" and (RESULTS / next(iter(RUNS))).is_dir():
        return runs(RESULTS) + f"\nInputs of `baseline` and `plan`: {_run_inputs()}.\n"
    if RESULTS is not None and page in VALIDATED and (RESULTS / page).is_file():
        return (RESULTS / page).read_text(encoding="utf-8") + f"\n`{_validation_inputs()}`\n"
    return ""


def test_every_table_is_on_its_page() -> None:
    there = {(page.name, block["name"]) for page in PAGES for block in BLOCK.finditer(text_of(page))}
    assert there == {*TABLES, *SIMULATED}


@pytest.mark.parametrize(
    "name", [("verdicts.md", "verdicts"), ("verdicts.md", "functions"),
             ("outputs.md", "targets.csv"), ("outputs.md", "targets_readings.csv")],
)  # fmt: skip
def test_hand_written_cells_are_there(name: tuple[str, str]) -> None:
    block = next(block for block in BLOCK.finditer(text_of(name[0])) if block["name"] == name[1])
    assert [key for key, cells in kept(block["body"]).items() if not cells[-1]] == []


def _digest(scenarios: Sequence[str], *beside: str) -> str:
    """Hash of what decides the figures; inputs are rounded, so that a last bit of a platform is no change."""
    bundle = load_bundle(BUNDLE)
    digest = hashlib.sha256("".join([bundle.bound_text(), *beside]).encode())
    for name in scenarios:
        study = bind(bundle, load_scenario(ROOT / "scenarios" / f"{name}.toml"))
        arrays = {**study.inputs.constants, **{key: series.values for key, series in study.inputs.series.items()}}
        for key, array in sorted(arrays.items()):
            digest.update(key.encode())
            digest.update(" ".join(f"{value:.9g}" for value in np.ravel(array.to_numpy())).encode())
    return digest.hexdigest()[:12]


def _run_inputs() -> str:
    return _digest(["baseline", "plan"])


def _validation_inputs() -> str:
    """What `sim validate` reads: beside the model what is asked of it, what was published, and what is drawn."""
    bundle = load_bundle(BUNDLE)
    rows = [(r.year, r.quantity, r.value, r.vintage, r.error, r.reliability) for r in read_history(BUNDLE / HISTORY)]
    ranges = [(p.name, p.low, p.high, p.distribution) for p in bundle.parameters.values()]
    return _digest(["baseline", "hindsight"], read_confidence(bundle).model_dump_json(), repr(rows), repr(ranges))


@pytest.mark.parametrize("page", VALIDATED)
def test_results_of_the_tests_of_confidence_are_of_these_inputs(page: str) -> None:
    """What can be computed again cheaply is compared in test_confidence.py."""
    told = "the results are of another model: see the head of this file, and read validation.md again"
    assert f"`{_validation_inputs()}`" in text_of(page), told


def test_figures_of_the_model_page_are_of_these_inputs() -> None:
    block = next(block for block in BLOCK.finditer(text_of("model.md")) if block["name"] == "runs")
    assert _run_inputs() in block["body"], "the figures are of another model: see the head of this file"
    assert len(kept(block["body"].split("\n\n")[0])) == len(RUNS)


def _commands() -> list[tuple[str, str]]:
    lines = []
    for page in PAGES:
        for body in fences(page, "", "powershell"):
            lines += [(page.name, line.strip()) for line in body.splitlines() if re.match(r"\S*sim\S* ", line.strip())]
        lines += [(page.name, code) for code in re.findall(r"`(sim \w[^`\n]*)`", text_of(page))]
    return lines


@pytest.mark.parametrize(("page", "line"), _commands())
def test_command_is_one(page: str, line: str) -> None:
    words = shlex.split(line.replace("\\", "/").replace("…", "outputs/plan"))
    assert words[0].rsplit("/", 1)[-1] == "sim"
    if words[1] == "--help":
        return
    command = COMMANDS[words[1]]
    # "sim run" and "--template DIR" in a sentence name a command and its options, they are not typed as they stand
    try:
        command.make_context(words[1], words[2:])
    except click.MissingParameter:
        assert len(words) == 2, line


def test_show_runs() -> None:
    with chdir(ROOT), redirect_stdout(io.StringIO()):
        inputs.show.main(["scenarios/plan.toml"], standalone_mode=False)


def _scenarios() -> list[tuple[str, str]]:
    return [
        (page.name, body)
        for page in PAGES
        for body in fences(page, "toml")
        if body.startswith("name =")
    ]


def test_scenarios_load(place: Path) -> None:
    for number, (page, body) in enumerate(_scenarios()):
        file = place / "scenarios" / f"example-{number}.toml"
        file.write_text(body, encoding="utf-8")
        try:
            load_scenario(file)
        except InputError as error:
            pytest.fail(f"{page}: {[(problem.code, dict(problem.values)) for problem in error.problems]}")


@pytest.mark.parametrize("line", [line for body in fences("verdicts.md", "expr") for line in body.splitlines()])
def test_expression_parses(bundle: Bundle, line: str) -> None:
    parse_expression(line, bundle.outputs)


def test_target_of_ones_own(bundle: Bundle, tmp_path: Path) -> None:
    body = next(body for body in fences("verdicts.md", "toml") if body.startswith("[[target]]"))
    file = tmp_path / "targets.toml"
    file.write_text((BUNDLE / "targets.toml").read_text(encoding="utf-8") + "\n" + body, encoding="utf-8")
    assert read_targets(file, bundle.outputs)[-1].id == "T48"


def test_targets_that_an_own_table_keeps(bundle: Bundle) -> None:
    """Both pages name the targets that are set for single zones."""
    targets: tuple[Target, ...] = read_targets(bundle.targets_path, bundle.outputs)
    ids = [target.id for target in targets if not target.whole_region]
    for page, joined in (("own-parks.md", " and "), ("own-parks.zh.md", "和")):
        comma = "、" if joined == "和" else ", "
        assert comma.join(ids[:-1]) + joined + ids[-1] in flat(text_of(page))


@pytest.mark.parametrize("page", ["model.md", "vensim.md"])
def test_formulas_are_those_of_the_model(page: str, bundle: Bundle) -> None:
    lines = {flat(_left(entry) + " = " + entry.right) for entry in bundle.entries if entry.operator == "="}
    for body in fences(page, "vensim"):
        for line in body.splitlines():
            assert flat(line) in lines


def _left(entry: Entry) -> str:
    return entry.name + (f"[{', '.join(entry.subscripts)}]" if entry.subscripts else "")


def test_names_on_the_model_page(bundle: Bundle) -> None:
    """What stands between back quotes is a variable, a lever, an output, a label, a path, a scenario or a file."""
    known = {entry.name for entry in bundle.entries} | set(bundle.levers) | set(bundle.outputs) | set(bundle.drivers)
    known |= {path for driver in bundle.drivers.values() for path in driver.paths}
    known |= {file.stem for file in (ROOT / "scenarios").iterdir()} | {key.split(".")[-1] for key in bundle.levers}
    known |= {"make test", "late", "met", "parks.csv", "parameters.toml"}
    page = BLOCK.sub("", text_of("model.md"))
    page = FENCE.sub("", page)
    assert [name for name in re.findall(r"`([^`]+)`", page) if flat(name) not in known] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        path, _, anchor = target.partition("#")
        if path.startswith("http"):
            continue
        file = (DOCS / path).resolve() if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in {_anchor(head) for head in re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.M)}, target


def _anchor(head: str) -> str:
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


@pytest.mark.parametrize(("page", "lang"), [("own-parks.md", "en"), ("own-parks.zh.md", "zh")])
def test_five_parks(page: str, lang: str, tmp_path: Path) -> None:
    name = re.search(r"--parks (\S+)", text_of(page))
    assert name
    file = tmp_path / name[1]
    file.write_text(fences(page, "csv")[0], encoding="utf-8")
    known = read_columns(BUNDLE / COLUMNS)
    imported = import_table(file, known, read_parks(BUNDLE / "parks.csv", known))
    shown = import_lines(imported, known, "zh" if lang == "zh" else "en")
    assert fences(page, "text")[0].splitlines() == shown[:2]


def test_one_equation_edited(place: Path) -> None:
    """The walk-through of vensim.md: the line is there, the edited bundle is in order and another one."""
    simlin = pytest.importorskip("simlin")
    old, new = fences("vensim.md", "vensim")[0].strip(), fences("vensim.md", "edit")[0].strip()
    file = place / "models" / "inner-mongolia" / "park.mdl"
    before = file.read_text(encoding="utf-8")
    assert before.count(old + "\n") == 1
    shipped = simlin.load(file).run(analyze_loops=False).results
    file.write_text(before.replace(old, new), encoding="utf-8")
    assert load_bundle(file.parent).fingerprint != load_bundle(BUNDLE).fingerprint
    edited = simlin.load(file).run(analyze_loops=False).results
    assert edited["tax[p001]"].iloc[0] == pytest.approx(shipped["tax[p001]"].iloc[0])
    assert edited["tax[p001]"].iloc[-1] > 1.1 * shipped["tax[p001]"].iloc[-1]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("construction time = 2", "construction time = 3", "model_value_differs"),
        ("retrofit cost saving = 0.01", "retrofit saving = 0.01", "model_constant_unknown"),
        ("technology = EXP(TFP trend * elapsed)", "technology = GET XLS DATA('a', 'b', 'c', 'd')", "model_function"),
    ],
)
def test_edit_that_is_refused(place: Path, old: str, new: str, code: str) -> None:
    file = place / "models" / "inner-mongolia" / "park.mdl"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_bundle(file.parent)
    assert code in {problem.code for problem in refused.value.problems}


def test_stand_in_parks_are_average_ones(bundle: Bundle) -> None:
    """vensim.md says that each is 1/116 of the totals."""
    values = {entry.name: entry.right for entry in entries(bundle.model_text, BUNDLE / "park.mdl")}
    frame = bundle.parks.frame
    for name, column in (("table output", "output"), ("table capital", "capital"), ("table built up land", "built_up")):
        assert float(values[name]) == pytest.approx(frame[column].sum() / len(frame), rel=1e-3)


@pytest.mark.parametrize("body", fences("outputs.md", "python"))
def test_python_example(body: str, tmp_path: Path) -> None:
    folder = tmp_path / "outputs" / "plan"
    folder.mkdir(parents=True)
    (folder / "results.nc").write_bytes(to_bytes(synthetic_results()))
    write_targets_csv(folder / "targets.csv", plausible_rows())
    names: dict[str, object] = {}
    with chdir(tmp_path), redirect_stdout(io.StringIO()):
        exec(compile(body, "outputs.md", "exec"), names)
    assert {"gdp", "by_league", "so2", "zones", "targets"} <= set(names)


def test_files_of_a_run_are_named() -> None:
    """outputs.md names every file that publish writes."""
    written = (RESULTS_FILE, publish.REFERENCE, RESOLVED, publish.TARGETS_CSV, publish.READINGS_CSV,
               publish.COSTS_CSV, publish.SUMMARY, publish.FIGURES, "targets.toml", f"{INPUTS}/",
               "manifest.json")  # fmt: skip
    assert [name for name in written if name not in text_of("outputs.md")] == []


def test_pages_are_clean() -> None:
    """No tabs, no blanks at line ends."""
    for page in PAGES:
        lines = FENCE.sub("", text_of(page)).splitlines()
        assert not [line for line in lines if "\t" in line or line != line.rstrip()], page.name
