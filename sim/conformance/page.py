"""What a user reads of a folder of models: a table on the screen, and a certificate in Markdown and JSON."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from sim._version import __version__
from sim.conformance.examine import STATUSES, Finding
from sim.conformance.folder import Conformance
from sim.engine.compile import toolchain
from sim.report.width import cells, pad, plain, wrap
from sim.words.catalogue import Language, problem_line, text

LIBRARIES = ("numpy", "pysd")
_WIDTH, _MOST_REASONS, _MOST_NAMES = 100, 3, 8


def _label(finding: Finding) -> str:
    """Folder and file; the folder alone where it says everything."""
    stem = finding.case.model.stem
    file = finding.case.model.name
    return finding.case.name if (stem, finding.case.model.suffix) == (finding.case.name, ".mdl") else (
        f"{finding.case.name}/{file}")


def reasons(finding: Finding, lang: Language) -> list[str]:
    """One sentence for each thing that there is to say of a model."""
    said = [_said(problem_line(lang, replace(problem, place=None)), problem.place) for problem in finding.problems]
    lines = said[:_MOST_REASONS]
    if len(said) > _MOST_REASONS:
        lines.append(text(lang, "conformance.more", count=len(said) - _MOST_REASONS))
    if finding.first is not None:
        first = finding.first
        values = {"element": first.element, "time": _short(first.time), "expected": _long(first.expected),
                  "got": _long(first.got), "wrong": finding.wrong, "numbers": finding.numbers}  # fmt: skip
        lines.append(text(lang, "conformance.first", **values))
    if finding.unknown:
        lines.append(_named(lang, "unknown", finding.unknown))
    if finding.skipped:
        lines.append(text(lang, "conformance.skipped", count=finding.skipped))
    return lines


def _said(line: str, place: object) -> str:
    number = getattr(place, "line", None)
    return f"{line} ({Path(place.file).name}:{number})" if number and hasattr(place, "file") else line


def _named(lang: Language, key: str, names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
    return text(lang, f"conformance.{key}", count=len(names), names=shown)


def _short(number: float) -> str:
    return f"{number:.10g}"


def _long(number: float) -> str:
    return f"{number:.12g}"


def screen(found: Conformance, lang: Language) -> list[str]:
    """Lines of at most a hundred cells."""
    words = {status: text(lang, f"conformance.status.{status}") for status in STATUSES}
    name = min(44, max(cells(plain(_label(finding))) for finding in found.findings) + 2)
    state = max(map(cells, words.values())) + 2
    lines = []
    for finding in found.findings:
        head = pad(plain(_label(finding)), name) + pad(words[finding.status], state)
        count = text(lang, "conformance.compared", columns=finding.columns, numbers=finding.numbers)
        if finding.absent:
            count += text(lang, "conformance.absent", count=len(finding.absent))
        told = ([count] if finding.status == "passed" else []) + reasons(finding, lang)
        rows = [row for line in told for row in wrap(plain(line), _WIDTH - name - state)]
        lines.append((head + rows[0] if rows else head).rstrip())
        lines += [" " * (name + state) + row for row in rows[1:]]
    return [*lines, "", *summary(found, lang)]


def summary(found: Conformance, lang: Language) -> list[str]:
    """How many models have which status, by which engine and at which tolerance."""
    values = {status: found.count(status) for status in STATUSES}
    counts = text(lang, "conformance.counts", models=len(found.findings), **values)
    tolerance = found.tolerance
    return [counts, text(lang, f"conformance.how.{found.how}", relative=f"{tolerance.relative:g}",
                         absolute=f"{tolerance.absolute:g}")]  # fmt: skip


def versions() -> dict[str, str]:
    """What the results depend on besides the models."""
    made, llvmlite, system, processor = toolchain().split()[:4]
    return {
        "sim": __version__, "engine": made[:12], "processor": f"{system} {processor}",
        "python": platform.python_version(),
        "llvmlite": llvmlite, **{name: version(name) for name in LIBRARIES},
    }  # fmt: skip


def record(found: Conformance, lang: Language) -> str:
    """The certificate as JSON: no number is rounded."""
    about = {
        "versions": versions(), "engine": found.how,
        "tolerance": {"relative": found.tolerance.relative, "absolute": found.tolerance.absolute},
        "counts": {status: found.count(status) for status in STATUSES},
        "models": [_entry(finding, lang) for finding in found.findings],
    }  # fmt: skip
    return json.dumps(about, ensure_ascii=False, indent=2) + "\n"


def _entry(finding: Finding, lang: Language) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": finding.case.name, "model": finding.case.model.name,
        "results": finding.case.results.name if finding.case.results else None, "status": finding.status,
        "sha256": dict(finding.hashes), "columns": finding.columns, "numbers": finding.numbers,
        "different": finding.wrong, "largest_error_in_tolerances": _finite(finding.largest),
        "reasons": reasons(finding, lang), "columns_without_variable": list(finding.unknown),
        "variables_without_column": list(finding.absent), "cells_without_number": finding.skipped,
    }  # fmt: skip
    if finding.first is not None:
        first = finding.first
        entry["first_difference"] = {
            "element": first.element, "time": first.time, "expected": first.expected, "got": _finite(first.got),
        }  # fmt: skip
    return entry


def _finite(number: float) -> float | None:
    """``None`` for what JSON has no word for."""
    return number if abs(number) < float("inf") else None


def markdown(found: Conformance, lang: Language) -> str:
    """The certificate as a page."""
    heads = ("model", "result", "compared", "reason", "hash")
    lines = [f"# {text(lang, 'conformance.title')}", "", *_apart(summary(found, lang))]
    lines += _table((text(lang, "conformance.program"), text(lang, "conformance.version")), versions().items())
    rows = [
        (
            f"`{_label(finding)}`", text(lang, f"conformance.status.{finding.status}"), str(finding.numbers or ""),
            "; ".join(reasons(finding, lang)), f"`{finding.hashes.get(finding.case.model.name, '')[:12]}`",
        )
        for finding in found.findings
    ]  # fmt: skip
    lines += ["", *_table([text(lang, f"conformance.head.{head}") for head in heads], rows)]
    return "\n".join(lines) + "\n"


def _apart(lines: Iterable[str]) -> list[str]:
    return [part for line in lines for part in (line, "")]


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    named = list(heads)
    body = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    return ["| " + " | ".join(row) + " |" for row in (named, ["---"] * len(named), *body)]
