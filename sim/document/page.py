"""The pages of Word files without a template: the usual one of Chinese offices, and an English one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from sim.words.catalogue import Language

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

NEEDED = ("Title", "Heading 1", "Heading 2", "Caption", "List Bullet")
"""Styles that a template must have, under Word's own names (标题, 标题 1, 标题 2, 题注, 列表项目符号)."""


@dataclass(frozen=True)
class Look:
    """Fonts by style (for Latin and for Chinese letters) and sizes in points.

    Parameters
    ----------
    body, small, tiny
        Sizes of running text, of tables and notes, and of long tables.
    line
        Distance of lines in points; 0 for single spacing.
    margins
        Top, bottom, left and right in mm, on A4.
    """

    fonts: dict[str, tuple[str, str]]
    sizes: dict[str, float]
    body: float
    small: float
    tiny: float
    line: float
    margins: tuple[float, float, float, float]


LOOKS: dict[Language, Look] = {
    # GB/T 9704-2012: type area 156 x 225 mm, text 仿宋 三号, title 小标宋 二号, headings 黑体 and 楷体 三号
    "zh": Look(
        {
            "Normal": ("Times New Roman", "仿宋"), "Title": ("Times New Roman", "方正小标宋简体"),
            "Heading 1": ("Times New Roman", "黑体"), "Heading 2": ("Times New Roman", "楷体"),
            "Heading 3": ("Times New Roman", "仿宋"), "Caption": ("Times New Roman", "黑体"),
            "List Bullet": ("Times New Roman", "仿宋"),
        },
        {"Normal": 16, "Title": 22, "Heading 1": 16, "Heading 2": 16, "Heading 3": 16, "Caption": 12},
        16, 10.5, 9, 28.95, (37, 35, 28, 26),
    ),
    "en": Look(
        dict.fromkeys(("Normal", *NEEDED, "Heading 3"), ("Calibri", "宋体")),
        {"Normal": 11, "Title": 20, "Heading 1": 15, "Heading 2": 13, "Heading 3": 11, "Caption": 10},
        11, 9, 8, 0, (25, 25, 27, 27),
    ),
}  # fmt: skip


def page_of(lang: Language) -> WordDocument:
    """An empty Word file with page, styles and page number."""
    word, look = docx.Document(), LOOKS[lang]
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = map(Mm, look.margins)
    for name, (latin, chinese) in look.fonts.items():
        style: Any = word.styles[name]
        style.font.name = latin
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            if "Theme" in key:  # a theme's font would win
                del fonts.attrib[key]
        fonts.set(qn("w:eastAsia"), chinese)
        fonts.set(qn("w:hAnsi"), latin)
        if name in look.sizes:
            style.font.size = Pt(look.sizes[name])
        style.font.bold = lang == "en" and name != "Normal" and name != "List Bullet"
    _spacing(word, look)
    _page_number(section)
    return word


def _spacing(word: WordDocument, look: Look) -> None:
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.space_after = Pt(0 if look.line else 6)
    if look.line:
        normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
        normal.paragraph_format.line_spacing = Pt(look.line)
    title: Any = word.styles["Title"]
    title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(12)
    borders = title.element.pPr.find(qn("w:pBdr")) if title.element.pPr is not None else None
    if borders is not None:
        title.element.pPr.remove(borders)
    for name in ("Heading 1", "Heading 2", "Heading 3"):
        style: Any = word.styles[name]
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(6)
    caption: Any = word.styles["Caption"]
    caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(6), Pt(4)


def _page_number(section: Any) -> None:
    from docx.oxml import OxmlElement

    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run = OxmlElement("w:r")
    shown = OxmlElement("w:t")
    shown.text = "1"
    run.append(shown)
    field.append(run)
    paragraph._p.append(field)


def style_of(word: WordDocument, level: int) -> str:
    """Name of the style of a heading; a template without the third level gives its second."""
    name = "Title" if level == 0 else f"Heading {level}"
    return name if name in {style.name for style in word.styles} else "Heading 2"
