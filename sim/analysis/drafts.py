"""A report on a run, with or without another beside it: figures drawn, blocks put together, the file written."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal

from sim.analysis.compare import Compared, side_by_side
from sim.analysis.compare_figures import grid_caption, write_grids
from sim.analysis.studies import Found
from sim.bundle import Bundle, load_bundle
from sim.document.blocks import Document
from sim.errors import InputError, Place, Problem
from sim.folder import write_whole
from sim.publish import assumptions
from sim.report.draft import Against, Drawn, Material, draft
from sim.report.facts import fact, setting
from sim.report.plots.captions import About, Caption, FigureFiles
from sim.report.plots.write import Drawing, captions, write_figures
from sim.scenario.show import Line, show_lines
from sim.scenario.types import Scenario
from sim.words.catalogue import Language, text

Format = Literal["docx", "html", "pdf"]
FORMATS: tuple[Format, ...] = ("docx", "html", "pdf")
WIDTH_MM = 150.0
"""Width of figures: within the type area of the usual page."""

FACTS = ("run_id", "scenario_name", "scenario_name_zh", "information_until", "clock", "bundle_sha256",
         "scenario_sha256", "engine", "sim_version", "seed")  # fmt: skip
CONVERTERS = ("soffice", "libreoffice")


def write_report(
    found: Sequence[Found], path: Path, lang: Language, format_: Format, template: Path | None = None
) -> None:
    """Write the report on the first of one or two results.

    Parameters
    ----------
    path
        The file; it is replaced whole or not at all.
    template
        A Word file whose page and styles are taken.

    Raises
    ------
    InputError
        If the bundle has changed since the run, or where LibreOffice is needed (PDF) and missing: before anything is
        drawn; for a template that cannot be used (see :func:`try_template`).
    OutputError
        If the file cannot be written.
    """
    bundle = same_bundle(found[0].scenario, found[0].stored.results.attrs, found[0].stored.folder)
    write_document(lambda folder: draft(_material(found, bundle, folder, lang), lang), path, format_, template)


def write_document(
    made: Callable[[Path], Document], path: Path, format_: Format, template: Path | None = None
) -> None:
    """Write a document that needs a folder for its figures.

    Raises
    ------
    InputError
        Where LibreOffice is needed (PDF) and missing, before anything is drawn; for a template that cannot be used.
    OutputError
        If the file cannot be written.
    """
    converter = _converter() if format_ == "pdf" else ""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        content = _bytes(made(folder), format_, template)
        if format_ == "pdf":
            content = _as_pdf(converter, content, folder)
    write_whole(path, content)


def free_path(folder: Path, names: Sequence[str], format_: Format) -> Path:
    """A file that doesn't exist yet: a report that somebody has worked on is never written over.

    >>> free_path(Path("outputs"), ["no such run", "baseline"], "docx").name
    'report-no such run-baseline.docx'
    """
    stem = "report-" + "-".join(names)
    first = folder / f"{stem}.{format_}"
    others = (folder / f"{stem}-{number}.{format_}" for number in count(2))
    return first if not first.exists() else next(path for path in others if not path.exists())


def chosen_format(asked: str | None, output: Path | None) -> Format:
    """The format that was asked for, else the one that the name of the file ends in.

    Raises
    ------
    InputError
        For a file whose name says another format, or one that no report has.

    >>> chosen_format(None, Path("draft.html")), chosen_format("pdf", Path("draft")), chosen_format(None, None)
    ('html', 'pdf', 'docx')
    """
    said = output.suffix.lower().removeprefix(".") if output else ""
    fitting = [one for one in FORMATS if one == asked or (asked is None and said in ("", one))]
    if not fitting or said not in ("", fitting[0]):
        values = {"format": asked or "docx, html, pdf", "suffix": output.suffix if output else ""}
        raise InputError([Problem(Place(output) if output else None, "report_suffix", values)])
    return fitting[0]


def try_template(template: Path, lang: Language) -> None:
    """Refuse a template that cannot be used, before anything is run or drawn.

    Raises
    ------
    InputError
        If it is missing, cannot be read, or lacks styles: all that it lacks.
    """
    from sim.document.word import word_bytes

    word_bytes(Document([], lang, {}), template)


def _bytes(document: Document, format_: Format, template: Path | None) -> bytes:
    if format_ == "html":
        from sim.document.web import html_bytes

        return html_bytes(document)
    from sim.document.word import word_bytes

    return word_bytes(document, template)


def same_bundle(scenario: Scenario, attrs: Mapping[str, object], folder: Path) -> Bundle:
    """The bundle of results, as it was when they were made.

    Raises
    ------
    InputError
        ``report_bundle`` if it has changed since.
    """
    bundle = load_bundle(scenario.bundle)
    if bundle.fingerprint != attrs["bundle_sha256"]:
        raise InputError([Problem(Place(folder), "report_bundle", {"name": attrs["scenario"]})])
    return bundle


def _material(found: Sequence[Found], bundle: Bundle, folder: Path, lang: Language) -> Material:
    one = found[0]
    compared = side_by_side(found, lang)
    name = next(iter(compared.studies))
    attrs = one.stored.results.attrs
    return Material(
        heading=one.stored.heading,
        name=name,
        rows=[replace(row, scenario=name) for row in one.stored.rows],
        results=one.stored.results,
        costs=one.stored.costs,
        settings=settings_of(one.scenario, bundle, lang),
        assumptions=assumptions(bundle, one.scenario, lang),
        facts={text(lang, f"about.{key}"): fact(key, str(attrs.get(key, "-")), lang) for key in FACTS},
        figures=_figures(one, folder / "run", lang),
        against=_against(compared, bundle, folder / "compared", lang) if len(found) > 1 else None,
    )


def _figures(one: Found, folder: Path, lang: Language) -> list[Drawn]:
    how = Drawing(formats=("png",), width_mm=WIDTH_MM)
    files = write_figures(one.stored.figure_input, folder, lang, how)
    told = captions(one.stored.figure_input, lang, how)
    return [drawn_page(page, files, told[page.sheet], lang) for page in files]


def drawn_page(page: FigureFiles, pages: Sequence[FigureFiles], told: Caption, lang: Language) -> Drawn:
    """A page of a figure with what stands below it; note and source once, below the last page."""
    goes_on = page.page > 1
    title = text(lang, "draft.continued", title=told.title) if goes_on else told.title
    last = page.page == max(other.page for other in pages if other.sheet == page.sheet)
    notes = [told.note, text(lang, "figure.sheet.source", source=told.source)] if last else []
    return Drawn(page.paths[0], title, notes, page.width_mm, goes_on)


def settings_of(scenario: Scenario, bundle: Bundle, lang: Language) -> list[tuple[str, str, str]]:
    """Levers that the scenario sets, all drivers with what their paths are, and parameters that it changes."""
    names, told = _names(bundle, lang), []
    for line in show_lines(scenario, lang):
        kind, _, key = line.key.partition(".")
        if kind == "drivers":
            path = bundle.drivers[key].paths.get(line.value)
            note = path and (path.note_zh if lang == "zh" else path.note_en)
            value = text(lang, "draft.path", path=line.value, note=note) if note else f"{line.value} {line.unit}"
            told.append((names[line.key], value, line.origin))
        elif kind == "parameters" or (kind == "policy" and line.origin != text(lang, "show.no_policy")):
            told.append((names.get(line.key, line.key), _valued(line, lang), line.origin))
    return told


def _valued(line: Line, lang: Language) -> str:
    """A value with its unit; a unit that is a sentence of its own stands in brackets."""
    value = setting(line.value, lang)
    if not line.unit or (value != line.value and not value[:1].isdigit()):
        return value
    plain = "," not in line.unit and " " not in value and "，" not in value and line.unit[0] not in "01"
    return f"{value} {line.unit}" if plain else text(lang, "draft.valued", value=value, unit=line.unit)


def _names(bundle: Bundle, lang: Language) -> dict[str, str]:
    """What the keys of a scenario stand for, in words."""
    zh = lang == "zh"
    names = {f"drivers.{key}": driver.name_zh if zh else driver.name_en for key, driver in bundle.drivers.items()}
    names |= {f"parameters.{key}": parameter.meaning(lang) for key, parameter in bundle.parameters.items()}
    for key, policy in bundle.policies.items():
        told = policy.name_zh if zh else policy.name_en
        names |= {f"policy.{one.key}": f"{told}: {one.name(lang)}" for one in policy.levers.values()}
        names[f"policy.{key}.from"] = f"{told}: {text(lang, 'draft.from')}"
    return names


def _against(compared: Compared, bundle: Bundle, folder: Path, lang: Language) -> Against:
    folder.mkdir()
    names = _names(bundle, lang)
    other, study = list(compared.studies.items())[1]
    told = grid_caption(About.of([run.attrs for run in compared.results.values()]), lang)
    pages = write_grids(compared.results, compared.rows, folder, lang, ("png",))
    grids = [drawn_page(page, pages, told, lang) for page in pages]
    differences = [
        (names.get(key, key), {name: setting(str(value), lang) for name, value in values.items()})
        for key, values in compared.differences
    ]
    return Against(other, [replace(row, scenario=other) for row in study.rows], differences, grids)


def _converter() -> str:
    """The program that makes a PDF of a Word file."""
    for name in CONVERTERS:
        found = shutil.which(name)
        if found:
            return found
    raise InputError([Problem(None, "report_no_converter")])


def _as_pdf(converter: str, content: bytes, folder: Path) -> bytes:
    source = folder / "report.docx"
    source.write_bytes(content)
    profile = (folder / "profile").as_uri()  # its own, so that an open LibreOffice doesn't take the call
    command = [converter, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir",
               str(folder), str(source)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    made = folder / "report.pdf"
    if done.returncode or not made.is_file():
        reason = done.stderr.decode(errors="replace")[:200]
        raise InputError([Problem(None, "report_not_converted", {"reason": reason})])
    return made.read_bytes()
