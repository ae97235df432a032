"""Figures of a stored run again, into its folder or another, and the data and captions beside them."""

from __future__ import annotations

import csv
import hashlib
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from sim._version import __version__
from sim.errors import InputError, OutputError, Place, Problem
from sim.folder import MANIFEST, manifest_bytes, read_manifest, write_whole
from sim.nearest import nearest
from sim.publish import Stored, make_folder
from sim.recall import Kept, courses
from sim.report.chosen import chosen_labels
from sim.report.csv_tables import csv_bytes, read_targets_csv
from sim.report.figure_data import DataSheet
from sim.report.plots.captions import CAPTIONS, COLUMNS, DATA, About, FigureFiles, caption_row, sheet_of
from sim.report.plots.registry import FIGURES, wanted
from sim.report.plots.save import save_pages, stamp_of
from sim.report.plots.style import WIDTH_MM, own_style
from sim.report.plots.variable import Subject, code_of, draw_variable, variable_captions, variable_data
from sim.report.plots.write import BASE_ORIGINS, Drawing, caption_lines, data_sheets, write_figures
from sim.words.catalogue import Language


def redraw(stored: Stored, folder: Path, lang: Language, how: Drawing) -> list[Path]:
    """Draw figures of a stored run into ``folder``, each file whole or not at all; returns the files.

    Raises
    ------
    InputError
        For a figure that isn't one or that the results are too old for; or a font that is missing.
    OutputError
        If a file cannot be written, or the data or captions that are there cannot be read.
    """
    check(stored, how)
    with tempfile.TemporaryDirectory() as temporary:
        drawn = write_figures(stored.figure_input, Path(temporary), lang, how)
        lines = caption_lines(stored.figure_input, lang, drawn, how)
        return deliver(folder, drawn, lines, data_sheets(stored.figure_input, lang, how), lang)


def redraw_variables(
    kept: Kept, names: Sequence[str], asked: Mapping[str, Sequence[str]], folder: Path, lang: Language, how: Drawing,
    tell: Callable[[str], None] | None = None,
) -> list[Path]:  # fmt: skip
    """Draw variables of a stored run into ``folder``, one figure each; returns the files.

    Parameters
    ----------
    names
        Outputs, or any variables of the model.
    asked
        By dimension the words for the labels that get a line each.
    tell
        Told "run" when the scenario is run again for a variable, "compile" when a kernel is built for that.

    Raises
    ------
    InputError
        For names and words that mean nothing, before anything is run where that can be known.
    OutputError
        If a file cannot be written, or the data or captions that are there cannot be read.
    """
    chosen = chosen_labels(asked, kept.results)
    own = kept.results.attrs.get("own_table") == "1"
    origins = {} if own else BASE_ORIGINS
    subjects = {}
    for course in courses(kept, names, tell):
        subject = Subject(course, chosen, kept.results, how.name_parks, origins)
        subject.lines()  # refuses what cannot be drawn before anything is
        subjects[code_of(subject)] = subject
    about = About.of([kept.results.attrs])
    words = tuple(word for dim, labels in chosen.items() for label in labels for word in (f"--{dim}", label))
    drawn, sheets, lines = [], [], {}
    with tempfile.TemporaryDirectory() as temporary:
        for code, subject in subjects.items():
            with own_style(how.style):
                figure = draw_variable(subject, lang, how.width_mm or WIDTH_MM)
            stamp = stamp_of([kept.results.attrs], "run", (subject.course.name, *words, *how.arguments(lang)))
            files = save_pages(code, {code: figure}, Path(temporary), how.formats, stamp)
            told = variable_captions(subject, about)
            lines[code] = caption_row(files[0], lang, told, about)
            sheets.append(sheet_of(code, lang, told[lang], about, variable_data(subject, lang)))
            drawn += files
        return deliver(folder, drawn, lines, sheets, lang)


def check(stored: Stored, how: Drawing) -> None:
    """Refuse what cannot be drawn.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    problems = unknown_figures(how.only, FIGURES)
    version = str(stored.results.attrs["sim_version"])
    for spec in wanted(how.only) if not problems else ():
        missing = spec.missing(stored.results)
        # a bundle of one's own may record less, and then its figures are fewer; an older result is another matter
        if missing and (version != __version__ or how.only):
            values = {"figure": spec.code, "outputs": ", ".join(missing), "version": version}
            problems.append(Problem(Place(stored.folder), "figure_outputs", values))
    if problems:
        raise InputError(problems)


class Figured(Protocol):
    """A kind of figure with its code."""

    @property
    def code(self) -> str:
        """File name without ending."""

    def called(self, name: str) -> bool:
        """Whether a number or a code means this figure."""


def unknown_figures(names: Iterable[str], known: Sequence[Figured]) -> list[Problem]:
    """What is asked for and is no figure, each with the nearest that is one."""
    codes = [spec.code for spec in known]
    return [
        Problem(None, "figure_unknown", {"figure": name, "known": ", ".join(codes)}, nearest(name, codes))
        for name in names
        if not any(spec.called(name) for spec in known)
    ]


def deliver(
    folder: Path,
    drawn: Sequence[FigureFiles],
    lines: Mapping[str, list[object]],
    sheets: Sequence[DataSheet],
    lang: Language,
) -> list[Path]:
    """Put figures that were drawn elsewhere into a folder, and their data and captions beside them.

    Sheets and lines of figures that are not among them stay as they are.

    Raises
    ------
    OutputError
        If a file cannot be written, or the data or captions that are there cannot be read: nothing is written then.
    """
    captions, data = _captions(folder / CAPTIONS, lines), _data(folder / DATA, sheets, lang)
    make_folder(folder)
    written = []
    for path in (path for one in drawn for path in one.paths):
        write_whole(folder / path.name, path.read_bytes())
        written.append(folder / path.name)
    write_whole(folder / DATA, data)
    write_whole(folder / CAPTIONS, captions)
    written += [folder / DATA, folder / CAPTIONS]
    _relist(folder.parent, written)
    return written


def _relist(results: Path, written: Sequence[Path]) -> None:
    """Keep the manifest of a results folder true: hash and size of files that a run wrote and that are other ones now.

    Files that it does not list are the user's own, who decides how long they stay.
    """
    fields = read_manifest(results)
    listed = fields.get("files") if fields else None
    if fields is None or not isinstance(listed, dict):
        return
    for path in written:
        name = path.relative_to(results).as_posix()
        if name in listed:
            content = path.read_bytes()
            listed[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    write_whole(results / MANIFEST, manifest_bytes(fields))


def _captions(path: Path, lines: Mapping[str, list[object]]) -> bytes:
    """The lines that are there with the new ones in their places, or at the end; pages of a figure go together."""
    kept: dict[str, list[object]] = {}
    if path.exists():
        try:
            rows = read_targets_csv(path)
            kept = {row["code"]: [row[column] for column in COLUMNS] for row in rows}
        except (OSError, UnicodeError, csv.Error, KeyError):
            raise OutputError([Problem(Place(path), "figure_file_strange")]) from None
    anew = {row[COLUMNS.index("sheet")] for row in lines.values()}
    merged = {
        code: lines.get(code, row)
        for code, row in kept.items()
        if code in lines or row[COLUMNS.index("sheet")] not in anew
    }
    return csv_bytes(COLUMNS, {**merged, **lines}.values())


def _data(path: Path, sheets: Sequence[DataSheet], lang: Language) -> bytes:
    from sim.report.workbook_figures import figures_workbook

    try:
        before = path.read_bytes() if path.exists() else None
    except OSError:
        raise OutputError([Problem(Place(path), "figure_file_strange")]) from None
    try:
        return figures_workbook(sheets, lang, before)
    except Exception:  # the reader raises whatever a file that is no workbook makes of it
        if before is None:
            raise
        raise OutputError([Problem(Place(path), "figure_file_strange")]) from None
