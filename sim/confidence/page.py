"""What a bundle was found to be, for people: a page in Markdown or HTML, lines for the screen; and for programs."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sim._version import __version__
from sim.confidence.finding import Figure, Finding
from sim.confidence.run import TESTS, Validation
from sim.confidence.tables import Table, kind_of, result, tables
from sim.report.width import cells, pad
from sim.words.catalogue import Language, text

ENDINGS = (".html", ".md")
ORDER = ("failed", "passed", "not_applicable")
TOLD = 6
"""Figures that failed shown on the screen for each test."""

_STYLE = (
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em;line-height:1.5}"
    "table{border-collapse:collapse;width:100%;margin:1em 0}th,td{border:1px solid #999;padding:.2em .5em;"
    "text-align:left;vertical-align:top}.failed{font-weight:bold;background:#fdd}.not_applicable{color:#555}.outside{background:#fee}"
)


@dataclass(frozen=True)
class Part:
    """A heading, paragraphs and tables."""

    heading: str
    paragraphs: tuple[str, ...]
    tables: tuple[Table, ...]


def number_of(test: Finding) -> int:
    """The number of a test among the ten."""
    return list(TESTS).index(test.code) + 1


def ordered(found: Validation) -> list[Finding]:
    """Tests as they are shown: those that failed first, those that don't apply last."""
    return sorted(found.tests, key=lambda test: ORDER.index(test.status))


def summary(found: Validation, lang: Language) -> str:
    """How many tests failed."""
    counts = {status: sum(test.status == status for test in found.tests) for status in ORDER}
    return text(lang, "confidence.page.summary", count=len(found.tests), **counts)


def _made(found: Validation, lang: Language) -> str:
    form = text(lang, f"confidence.page.{'short' if found.short else 'long'}")
    return text(
        lang, "confidence.page.made", version=__version__, form=form, runs=found.runs,
        parks=len(found.bundle.parks), fingerprint=found.bundle.fingerprint[:12],
    )  # fmt: skip


def _count(test: Finding) -> str:
    judged = [figure.passed for figure in test.figures if figure.passed is not None]
    return f"{judged.count(False)} / {len(judged)}"


def parts(found: Validation, lang: Language, at_length: Collection[str] = tuple(TESTS)) -> Iterator[Part]:
    """The page: an overview, then test by test, those that are to be told at length."""
    title = text(lang, "confidence.page.title", bundle=found.bundle.path.name)
    lines = (summary(found, lang), _made(found, lang), text(lang, "confidence.page.meaning"))
    yield Part(title, lines, (_overview(found, lang),))
    for test in ordered(found):
        if test.code not in at_length:
            continue
        heading = f"{number_of(test)} {text(lang, f'confidence.test.{test.code}.name')}: {result(test.status, lang)}"
        told = [text(lang, f"confidence.test.{test.code}.about")]
        told += [text(lang, "confidence.page.reason", reason=reason.of(lang)) for reason in test.reasons]
        told += [note.of(lang) for note in test.notes]
        yield Part(heading, tuple(told), tuple(tables(test, lang)))


def _overview(found: Validation, lang: Language) -> Table:
    tests = ordered(found)
    rows = tuple(
        (
            str(number_of(test)), text(lang, f"confidence.test.{test.code}.name"), result(test.status, lang),
            _count(test),
        )
        for test in tests
    )  # fmt: skip
    heads = tuple(text(lang, f"confidence.table.{key}") for key in ("number", "test", "result", "figures"))
    return Table(heads, rows, tuple(map(kind_of, tests)))


def markdown(found: Validation, lang: Language, at_length: Collection[str] = tuple(TESTS)) -> str:
    """The page in Markdown."""
    lines: list[str] = []
    for level, part in enumerate(parts(found, lang, at_length)):
        lines += [f"{'##' if level else '#'} {part.heading}", ""]
        for paragraph in part.paragraphs:
            lines += [_marked(paragraph), ""]
        for table in part.tables:
            lines += [f"### {table.title}", ""] if table.title else []
            lines += [_line(table.heads), _line(["---"] * len(table.heads)), *map(_line, table.rows), ""]
    return "\n".join(lines)


def _marked(words: str) -> str:
    """A text that Markdown shows as it is."""
    return words.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("\n", " ")


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(map(_marked, row)) + " |"


def hypertext(found: Validation, lang: Language) -> str:
    """The page in HTML, one file that needs no other."""
    pieces = list(parts(found, lang))
    body = "\n".join(_section(part, level) for level, part in enumerate(pieces))
    title = html.escape(pieces[0].heading)
    return (
        f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _section(part: Part, level: int) -> str:
    name = "h2" if level else "h1"
    lines = [f"<{name}>{html.escape(part.heading)}</{name}>"]
    lines += [f"<p>{html.escape(paragraph)}</p>" for paragraph in part.paragraphs]
    for table in part.tables:
        lines += [f"<h3>{html.escape(table.title)}</h3>"] if table.title else []
        lines.append(f"<table><tr>{_cells(table.heads, 'th')}</tr>")
        rows = zip(table.kinds, table.rows, strict=True)
        lines += [f'<tr class="{kind}">{_cells(row, "td")}</tr>' for kind, row in rows]
        lines.append("</table>")
    return "\n".join(lines)


def _cells(row: Sequence[str], name: str) -> str:
    return "".join(f"<{name}>{html.escape(cell)}</{name}>" for cell in row)


def screen(found: Validation, lang: Language) -> Iterator[str]:
    """The overview, and of each test that failed the first figures that did."""
    tests = ordered(found)
    names = {test.code: text(lang, f"confidence.test.{test.code}.name") for test in tests}
    width = max(map(cells, names.values()), default=0)
    for test in tests:
        yield f"{number_of(test):>2}  {pad(names[test.code], width)}  {result(test.status, lang)}"
        for reason in test.reasons:
            yield "      " + text(lang, "confidence.page.reason", reason=reason.of(lang))
        failed = [figure for figure in test.figures if figure.passed is False]
        for figure in failed[:TOLD]:
            remark = f" ({figure.remark.of(lang)})" if figure.remark else ""
            yield f"      {figure.what.of(lang)}: {figure.measured} [{figure.bar}]{remark}"
        if len(failed) > TOLD:
            yield "      " + text(lang, "confidence.page.more", count=len(failed) - TOLD)
    yield summary(found, lang)


def record(found: Validation, lang: Language) -> dict[str, object]:
    """Everything, for a program; texts in a language, numbers unformatted, ``null`` where there is none."""
    return {
        "bundle": str(found.bundle.path), "bundle_sha256": found.bundle.fingerprint, "sim_version": __version__,
        "short": found.short, "draws": found.runs, "passed": found.passed,
        "tests": [_test(test, lang) for test in found.tests],
    }  # fmt: skip


def _test(test: Finding, lang: Language) -> dict[str, object]:
    return {
        "number": number_of(test), "code": test.code, "status": test.status,
        "reasons": [reason.of(lang) for reason in test.reasons], "notes": [note.of(lang) for note in test.notes],
        "figures": [_figure(figure, lang) for figure in test.figures],
    }  # fmt: skip


def _figure(figure: Figure, lang: Language) -> dict[str, object]:
    finite = figure.value is not None and abs(figure.value) < float("inf")
    return {
        "code": figure.what.code, "what": figure.what.of(lang), "value": figure.value if finite else None,
        "low": figure.low, "high": figure.high, "passed": figure.passed,
        "remark": figure.remark.of(lang) if figure.remark else None,
    }  # fmt: skip
