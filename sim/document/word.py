"""A document as a Word file: real headings, captions that Word renumbers, three-line tables, the official page."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph, Picture, in_print
from sim.document.page import LOOKS, NEEDED, Look, page_of, style_of
from sim.document.widths import widths_of
from sim.errors import InputError, Place, Problem
from sim.words.catalogue import text

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

RULES = {"top": 12, "head": 6, "bottom": 12}
"""Rules of a three-line table, in eighths of a point."""

PROPERTIES = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
    "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook",
)  # fmt: skip
"""Properties of a table in the order of the format (ECMA-376, part 1, 17.4.59)."""

CAPTION_MM = 16
"""Room that a picture leaves for its caption on the page."""

CELL_MARGIN = 50
"""Room beside the text of a cell, in twentieths of a point: 0.9 mm."""


def word_bytes(document: Document, template: Path | None = None) -> bytes:
    """The ``.docx`` file.

    Parameters
    ----------
    template
        A Word file whose page, styles, header and footer are taken; what is written in it stays in front.

    Raises
    ------
    InputError
        For a template that cannot be read or lacks styles: all that are missing.
    """
    document = in_print(document)
    word = _opened(template) if template else page_of(document.lang)
    writer = _Writer(word, document, own=template is None)
    for block in document.blocks:
        writer.add(block)
    properties = word.core_properties
    properties.title, properties.author = document.title[:250], ""
    properties.comments = "\n".join(f"{key}: {value}" for key, value in document.facts.items())[:250]
    properties.created = properties.modified = datetime(2000, 1, 1)  # the same bytes whenever it is written
    stream = io.BytesIO()
    word.save(stream)
    return _undated(stream)


def _undated(stream: io.BytesIO) -> bytes:
    """The same archive without the time of writing."""
    undated = io.BytesIO()
    with ZipFile(stream) as old, ZipFile(undated, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            member = ZipInfo(name)  # dated 1980
            member.compress_type, member.create_system = ZIP_DEFLATED, 0
            new.writestr(member, old.read(name))
    return undated.getvalue()


def _opened(template: Path) -> WordDocument:
    place = Place(template)
    if not template.exists():
        raise InputError([Problem(place, "template_missing")])
    if template.is_dir():
        raise InputError([Problem(place, "template_unread")])
    try:
        word = docx.Document(io.BytesIO(template.read_bytes()))  # of a file that is locked docx says that it is none
    except PermissionError:
        raise InputError([Problem(place, "template_locked")]) from None
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError, OSError):
        raise InputError([Problem(place, "template_unread")]) from None
    known = {style.name for style in word.styles}
    missing = [name for name in NEEDED if name not in known]
    if missing:
        raise InputError(Problem(place, "template_style", {"style": name}) for name in missing)
    return word


class _Writer:
    """Puts blocks behind each other; counts tables and figures."""

    def __init__(self, word: WordDocument, document: Document, own: bool) -> None:
        self.word, self.lang, self.own = word, document.lang, own
        self.look: Look = LOOKS[document.lang]
        self.counts = {"table": 0, "figure": 0}
        section = word.sections[-1]
        # a template may leave them to Word's defaults
        page, left, right = section.page_width or Mm(210), section.left_margin or Mm(27), section.right_margin or Mm(27)
        self.width = page - left - right
        edges = (section.top_margin or Mm(37)) + (section.bottom_margin or Mm(35))
        self.height = (section.page_height or Mm(297)) - edges - Mm(CAPTION_MM)

    def add(self, block: Block) -> None:
        """One block."""
        match block:
            case Heading():
                self.word.add_paragraph(block.words, style_of(self.word, block.level))
            case Paragraph():
                self._text(block.words, block.small)
            case Items():
                for line in block.lines:
                    self.word.add_paragraph(line, "List Bullet")
            case Grid():
                self._grid(block)
            case Picture():
                self._picture(block)

    def _text(self, words: str, small: bool = False) -> Any:
        paragraph = self.word.add_paragraph(words)
        if small:
            self._shrink(paragraph)
        elif self.own and self.lang == "zh":
            paragraph.paragraph_format.first_line_indent = Pt(2 * self.look.body)
        return paragraph

    def _shrink(self, paragraph: Any, size: float | None = None) -> None:
        spacing = paragraph.paragraph_format
        spacing.line_spacing, spacing.first_line_indent = 1.0, Pt(0)
        spacing.space_before, spacing.space_after = Pt(1), Pt(2)
        for run in paragraph.runs:
            run.font.size = Pt(size or self.look.small)

    def _caption(self, kind: str, words: str, goes_on: bool = False) -> Any:
        """``Table 3  Words``, the number a field that Word counts; what goes on repeats the number."""
        self.counts[kind] += not goes_on
        label = text(self.lang, f"document.{kind}")
        paragraph = self.word.add_paragraph(style="Caption")
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.add_run(label)
        again = "\\c " if goes_on else ""
        _field(paragraph, f"SEQ {label.strip()} {again}\\* ARABIC", str(self.counts[kind]))
        paragraph.add_run(f"  {words}")
        return paragraph

    def _picture(self, picture: Picture) -> None:
        paragraph = self.word.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        spacing = paragraph.paragraph_format
        spacing.line_spacing, spacing.keep_with_next, spacing.first_line_indent = 1.0, True, Pt(0)
        shape = paragraph.add_run().add_picture(str(picture.path), width=min(Mm(picture.width_mm), self.width))
        if shape.height > self.height:  # the caption would stand on another page
            shape.width, shape.height = Emu(int(shape.width * self.height / shape.height)), Emu(self.height)
        described = paragraph._p.find(f".//{qn('wp:docPr')}")
        if described is not None:  # what a screen reader says
            described.set("descr", picture.caption)
        caption = self._caption("figure", picture.caption, picture.goes_on)
        caption.paragraph_format.keep_with_next = bool(picture.notes)
        for place, words in enumerate(picture.notes):
            told = self._text(words, small=True)
            told.paragraph_format.keep_with_next = place < len(picture.notes) - 1

    def _grid(self, grid: Grid) -> None:
        self._caption("table", grid.title).paragraph_format.keep_with_next = True
        if grid.unit:
            unit = self._text(text(self.lang, "document.unit", unit=grid.unit), small=True)
            unit.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            unit.paragraph_format.keep_with_next = True
        table = self.word.add_table(rows=1 + len(grid.rows), cols=len(grid.heads))
        table.autofit = False
        size = self.look.tiny if grid.small else self.look.small
        widths = [Pt(width) for width in widths_of(grid, Emu(self.width).pt, size, 2 * CELL_MARGIN / 20)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Emu(width)
        cells = _cells(table)
        self._row(cells[0], grid.heads, widths, size, grid, head=True)
        for line, words in zip(cells[1:], grid.rows, strict=True):
            if len(words) == 1:
                line[0].merge(line[-1])
                self._cell(line[0], words[0], size, WD_ALIGN_PARAGRAPH.LEFT, bold=True)
                line[0].paragraphs[0].paragraph_format.keep_with_next = True  # not alone at the foot of a page
            else:
                self._row(line, words, widths, size, grid)
        _rules(table)
        for words in grid.notes:
            self._text(words, small=True)

    def _row(
        self, cells: Sequence[Any], words: Sequence[str], widths: Sequence[int], size: float, grid: Grid,
        head: bool = False,
    ) -> None:  # fmt: skip
        for place, (cell, word, width) in enumerate(zip(cells, words, widths, strict=True)):
            right = place in grid.numbers
            side = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
            self._cell(cell, word, size, WD_ALIGN_PARAGRAPH.CENTER if head and not right else side, bold=head)
            cell.width = width

    def _cell(self, cell: Any, words: str, size: float, side: Any, bold: bool = False) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.alignment = side
        paragraph.add_run(words).bold = bold or None
        self._shrink(paragraph, size)


def _cells(table: Any) -> list[list[Any]]:
    """Cells by row; python-docx looks each up anew, which takes minutes for a long table."""
    flat, columns = table._cells, len(table.columns)
    return [flat[start : start + columns] for start in range(0, len(flat), columns)]


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    """A field with the value that it has at present."""
    for kind in ("begin", "instruction", "separate", "shown", "end"):
        run = paragraph.add_run(shown if kind == "shown" else None)._r
        if kind == "instruction":
            told = OxmlElement("w:instrText")
            told.set(qn("xml:space"), "preserve")
            told.text = f" {instruction} "
            run.append(told)
        elif kind != "shown":
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run.append(mark)


def _rules(table: Any) -> None:
    """Three rules, and the head again on every page."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_rule(side, RULES[side]))
    _in_order(table._tbl.tblPr, borders)
    margins = OxmlElement("w:tblCellMar")  # Word's own take a third of a narrow column
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(CELL_MARGIN))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    _in_order(table._tbl.tblPr, margins)
    head = table.rows[0]
    for cell in head.cells:
        below = OxmlElement("w:tcBorders")
        below.append(_rule("bottom", RULES["head"]))
        cell._tc.get_or_add_tcPr().append(below)
    for row in table.rows:
        whole = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(whole)
    again = OxmlElement("w:tblHeader")
    head._tr.get_or_add_trPr().append(again)


def _in_order(properties: Any, made: Any) -> None:
    """Put a property of a table where the format wants it: Word takes a file with another order for a broken one."""
    order = [qn(f"w:{name}") for name in PROPERTIES]
    later = order[order.index(made.tag) + 1 :]
    follower = next((child for child in properties if child.tag in later), None)
    if follower is None:
        properties.append(made)
    else:
        follower.addprevious(made)


def _rule(side: str, eighths: int) -> Any:
    rule = OxmlElement(f"w:{side}")
    for key, value in (("val", "single"), ("sz", str(eighths)), ("space", "0"), ("color", "000000")):
        rule.set(qn(f"w:{key}"), value)
    return rule
