"""The tables of docs/functions.md: rows as written down, with what becomes of the models that show them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from sim.cache import Cache
from sim.conformance.examine import Finding
from sim.errors import InputError, Problem
from sim.simulate.source import read_source
from sim.words.catalogue import problem_line
from tests.conforming.case import Case
from tests.conforming.folder import CASES
from tests.conforming.outcome import examined
from tests.conforming.rows import CLASSES, SECTIONS, Row

HEADS = ("name", "here", "shown by", "Vensim's manual", "XMILE", "PySD 3.14.3", "remark")
BY_PYSD = "PySD"
REASONS = {
    "model_function_unknown": "not known here", "model_random": "draws random numbers, so that two runs would differ",
    "model_function": "reads files or reaches outside the simulation",
    "model_function_empty": "no equation yet", "model_function_solves": "solves by trial: no answer that two programs share",
    "model_function_changes": "changes other variables; the manual does not say when",
    "model_function_lots": "keeps lots; the manual does not fix the numbers",
    "model_function_allocates": "the manual does not fix the numbers", "model_function_open": "the manual does not fix the numbers",
    "model_function_statistics": "the manual does not fix which points count",
    "model_encoding": "neither UTF-8 nor marked", "model_binary": "taken for a binary file",
}  # fmt: skip
"""Short forms of messages that come often."""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def section(name: str) -> str:
    """A table of functions."""
    return table(HEADS, [_cells(row) for row in SECTIONS[name]])


def _cells(row: Row) -> list[str]:
    cases = [case.name for case in _cases(row)]
    shown = ", ".join(f"`{name}`" for name in cases[:2]) + (f" and {len(cases) - 2} more" if len(cases) > 2 else "")
    here = status(row)
    return [f"`{row.name.removeprefix('XMILE ')}`", here, shown or "–", row.vensim, row.xmile, row.pysd, row.here or "–"]


def _cases(row: Row) -> list[Case]:
    """The models that are about a row; where there are none, those that have it beside something else."""
    about = [case for case in CASES if case.shows[0] == row.name]
    return about or [case for case in CASES if row.name in case.shows]


def status(row: Row) -> str:
    """Compiled, run by PySD, or refused with the reason: as the models of a row tell, or its probe."""
    found = [examined()[case.name] for case in _cases(row)]
    if not found:
        return _probed(row.probe)
    refused = [one for one in found if one.status == "refused"]
    if len(refused) == len(found):
        return _refused(refused[0].problems)
    parts = ["compiled"]
    if refused:
        parts.append("but for " + "; ".join(f"`{one.case.name}`: {_refused(one.problems)}" for one in _kinds(refused)))
    return ", ".join(parts)


def _kinds(refused: Iterable[Finding]) -> list[Finding]:
    """One refusal of each kind."""
    kinds: dict[str, Finding] = {}
    for one in refused:
        kinds.setdefault(_refused(one.problems), one)
    return list(kinds.values())


def _refused(problems: Sequence[Problem]) -> str:
    first = problems[0]
    if first.code == "conformance_missing":
        reason = re.sub(r" \([^()]*, \d+\)$", "", str(first.values["reason"]))
        return f"{BY_PYSD}: {reason} is not compiled"
    said = _short(problem_line("en", replace(first, place=None, suggestion="")))
    return "refused: " + REASONS.get(first.code, said)


def _short(line: str) -> str:
    """A message without what only helps the author of one file."""
    return " ".join(line.split())[:160]


@cache
def _probed(equation: str) -> str:
    """What is said to a model with nothing but this equation."""
    assert equation, "a row needs a model or a probe"
    with tempfile.TemporaryDirectory() as folder:
        case = Case("probe", (), "", "", equation, {})
        path = Path(folder) / "probe.mdl"
        path.write_bytes(case.written()["probe.mdl"])
        try:
            read_source(path, Cache(), alone=True)
        except InputError as error:
            return _refused(error.problems)
    return "compiled"


def classes() -> str:
    """The classes of PySD's abstract syntax, and the rows that tell of them."""
    rows = {row.name: row for rows in SECTIONS.values() for row in rows}
    lines = []
    for name, shown in CLASSES.items():
        told = "; ".join(f"`{one}`: {status(rows[one]).split(':')[0].split(',')[0]}" for one in shown)
        lines.append([f"`{name}`", told or "refused: Reality Checks are no part of a simulation"])
    return table(["class", "see"], lines)


def summary() -> str:
    """The models that are not passed, and why; the others are counted."""
    found = examined()
    counts = {state: sum(one.status == state for one in found.values()) for state in ("passed", "wrong", "refused")}
    return f"{len(found)} models: {counts['passed']} passed, {counts['wrong']} wrong, {counts['refused']} refused.\n"
