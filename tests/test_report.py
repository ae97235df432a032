"""The report for Word: what stands in it, that Word can number and restyle it, and what is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from PIL import Image

from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph, Picture
from sim.document.page import NEEDED
from sim.document.web import html_bytes
from sim.document.widths import widths_of
from sim.document.word import PROPERTIES, word_bytes
from sim.words.catalogue import Language, text
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

EVIL = "<script>alert(1)</script> & \"x\" 'y' |a|"


@pytest.fixture(scope="module")
def ran(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The plan and the baseline run, without figures."""
    place = started.copy(tmp_path_factory.mktemp("报告") / "测算")
    told = place.sim("compare", "plan", "baseline", "--no-plots")
    assert told.code == 0, told.err
    return place


def opened(path: Path) -> docx.document.Document:
    return docx.Document(str(path))


def fields(word: docx.document.Document) -> list[str]:
    return [element.text.split()[1] for element in word.element.body.iter(qn("w:instrText"))]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_against_another_scenario(ran: Workplace, lang: Language) -> None:
    told = ran.sim("report", "plan", "--against", "baseline", "--output", f"报告-{lang}.docx", lang=lang)
    assert told.code == 0, told.err
    word = opened(ran.folder / f"报告-{lang}.docx")
    styles = [paragraph.style.name for paragraph in word.paragraphs if paragraph.style]
    assert styles[0] == "Title"
    assert styles.count("Heading 1") == 6
    labels = {kind: text(lang, f"document.{kind}").strip() for kind in ("table", "figure")}
    tables, figures = (fields(word).count(labels[kind]) for kind in ("table", "figure"))
    assert tables == len(word.tables) == 7
    assert figures == len(word.inline_shapes) >= 8
    captions = [p.text for p in word.paragraphs if p.style and p.style.name == "Caption"]
    assert len(captions) == tables + figures
    assert all(re.match(rf"({labels['table']}|{labels['figure']}) ?\d+  \S", one) for one in captions)
    words = "\n".join(paragraph.text for paragraph in word.paragraphs)
    id_ = re.search(r"plan-[0-9a-f]{6}", words)
    assert id_
    assert any(id_[0] in cell.text for row in word.tables[-1].rows for cell in row.cells)
    widest = max(shape.width for shape in word.inline_shapes)
    section = word.sections[0]
    assert widest <= section.page_width - section.left_margin - section.right_margin


def test_the_chinese_page_is_the_official_one(ran: Workplace) -> None:
    ran.sim("report", "plan", "--output", "公文.docx", lang="zh")
    word = opened(ran.folder / "公文.docx")
    section = word.sections[0]
    area = (section.page_width - section.left_margin - section.right_margin,
            section.page_height - section.top_margin - section.bottom_margin)  # fmt: skip
    assert [round(side.mm if hasattr(side, "mm") else side / 36000) for side in area] == [156, 225]
    normal = word.styles["Normal"]
    assert normal.font.size.pt == 16
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋"
    assert all(cell.text for cell in word.tables[0].rows[0].cells)


def test_the_same_bytes_each_time_and_nothing_is_written_over(ran: Workplace) -> None:
    first, second = (ran.sim("report", "plan", lang="zh") for _ in range(2))
    assert (first.code, second.code) == (0, 0), first.err + second.err
    files = [ran.folder / "outputs" / name for name in ("report-plan.docx", "report-plan-2.docx")]
    assert files[0].read_bytes() == files[1].read_bytes()
    before = ran.hashes()
    told = ran.sim("report", "plan", "--output", "outputs/report-plan.docx")
    assert (told.code, "exists" in told.err) == (2, True)
    assert ran.hashes() == before


class Page(HTMLParser):
    """Tags and attributes of a page; what is open at its end."""

    EMPTY = frozenset(("meta", "img"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_one_page_with_everything_inside(ran: Workplace) -> None:
    told = ran.sim("report", "plan", "--format", "html", "--output", "report.html", lang="zh")
    assert told.code == 0, told.err
    page = Page((ran.folder / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert {"script", "link", "iframe"}.isdisjoint(page.tags)
    assert page.sources
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)


# --- templates


def template(path: Path, *lacking: str) -> Path:
    word = docx.Document()
    word.add_paragraph("某某厅", style="Title")
    word.sections[0].header.paragraphs[0].text = "内部资料"
    for name in lacking:
        style = word.styles[name]
        style.element.getparent().remove(style.element)
    word.save(str(path))
    return path


def test_a_template_of_ones_own(ran: Workplace, tmp_path: Path) -> None:
    own = template(tmp_path / "模板.docx")
    told = ran.sim("report", "plan", "--template", own, "--output", "own.docx", lang="zh")
    assert told.code == 0, told.err
    word = opened(ran.folder / "own.docx")
    assert word.sections[0].header.paragraphs[0].text == "内部资料"
    assert word.paragraphs[0].text == "某某厅"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: template(path, "Caption", "List Bullet"), ["'Caption'", "'List Bullet'"]),
        (lambda path: path.write_bytes(b"PK no archive"), ["not a Word file"]),
        (lambda path: path.write_text("text", encoding="utf-8"), ["not a Word file"]),
        (lambda path: path.mkdir(), ["not a Word file"]),
        (lambda path: None, ["no such template"]),
    ],
)
def test_templates_that_cannot_be_used(ran: Workplace, tmp_path: Path, make: object, said: list[str]) -> None:
    path = tmp_path / "own.docx"
    make(path)  # type: ignore[operator]
    before = ran.hashes()
    told = ran.sim("report", "plan", "--template", path, "--output", "new.docx")
    assert told.code == 2
    assert all(words in told.err for words in said), told.err
    assert ran.hashes() == before


@pytest.mark.parametrize(("lang", "said"), [("en", "close it in Word"), ("zh", "请在 ?Word")])
def test_files_that_the_system_refuses(ran: Workplace, tmp_path: Path, lang: str, said: str) -> None:
    """As Windows refuses what is open in Word. The template was said to be no Word file."""
    own, shut = template(tmp_path / "own.docx"), tmp_path / "shut"
    shut.mkdir(mode=0o555)
    own.chmod(0)
    before = ran.hashes()
    for options in (["--template", str(own), "--output", "new.docx"], ["--output", str(shut / "new.docx")]):
        process = ran.start("report", "plan", *options, "--lang", lang, bound=True)
        out, err = (stream.decode() for stream in process.communicate(timeout=300))
        assert (process.returncode, out, bool(re.search(said, err))) == (2, "", True), err
    assert ran.hashes() == before


def test_other_mistakes(ran: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ran.hashes()
    unknown = ran.sim("report", "plam")
    assert (unknown.code, "'plan'" in unknown.err) == (2, True)
    monkeypatch.setenv("PATH", "")
    pdf = ran.sim("report", "plan", "--format", "pdf", "--output", "x.pdf")
    assert (pdf.code, "LibreOffice" in pdf.err) == (2, True)
    assert ran.hashes() == before


def test_what_can_be_refused_is_refused_before_anything_is_run(started: Workplace, tmp_path: Path) -> None:
    """A template without styles was found out after the runs, and the message said that nothing was run."""
    place = started.copy(tmp_path / "fresh")
    own = template(tmp_path / "own.docx", "Caption")
    before = place.hashes()
    told = place.sim("report", "land-threshold", "--template", own)
    assert (told.code, "'Caption'" in told.err) == (2, True)
    assert place.hashes() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--output", "x.odt"], ".odt"),
        (["--output", "x.html", "--format", "docx"], ".html"),
        (["--output", "x.docx", "--format", "html"], ".docx"),
    ],
)
def test_a_name_that_is_no_name_of_the_format(ran: Workplace, options: list[str], said: str) -> None:
    before = ran.hashes()
    told = ran.sim("report", "plan", *options)
    assert (told.code, said in told.err) == (2, True), told.err
    assert ran.hashes() == before


def test_the_name_says_the_format(ran: Workplace) -> None:
    told = ran.sim("report", "plan", "--output", "by-name.html")
    assert told.code == 0, told.err
    assert (ran.folder / "by-name.html").read_bytes().startswith(b"<!doctype html>")


def test_a_bundle_that_has_changed_since(ran: Workplace) -> None:
    file = ran.bundle / "parameters.toml"
    before = file.read_bytes()
    file.write_bytes(before + b"\n# later\n")
    try:
        told = ran.sim("report", "outputs/plan")
    finally:
        file.write_bytes(before)
    assert told.code == 2
    assert "have changed since 'plan' was run" in told.err, told.err


# --- blocks


@pytest.fixture
def everything(tmp_path: Path) -> Document:
    """One block of each kind, with what must not be taken for markup."""
    picture = tmp_path / "p.png"
    Image.new("RGB", (60, 30), "white").save(picture, dpi=(300, 300))
    grid = Grid(EVIL, ["a", "b"], [["group"], [EVIL, "1"], ["x", "2"]], EVIL, [EVIL], (3, 1), numbers=frozenset((1,)))
    blocks: list[Block] = [Heading(EVIL, 0), Heading("h", 3), Paragraph(EVIL), Items([EVIL]), grid,
                           Picture(picture, EVIL, 500.0, [EVIL])]  # fmt: skip
    return Document(blocks, "zh", {"run id": EVIL})


def test_text_is_only_text(everything: Document) -> None:
    page = html_bytes(everything).decode("utf-8")
    assert "script" not in Page(page).tags
    assert "<script" not in page
    word = docx.Document(io.BytesIO(word_bytes(everything)))
    assert word.paragraphs[0].text == EVIL


def test_a_three_line_table(everything: Document) -> None:
    word = docx.Document(io.BytesIO(word_bytes(everything)))
    (table,) = word.tables
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    assert [side.tag for side in borders] == [qn("w:top"), qn("w:bottom")]
    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert len(list(table._tbl.iter(qn("w:tcBorders")))) == 2
    assert table.cell(1, 0).text == "group"
    order = [qn(f"w:{name}") for name in PROPERTIES]
    places = [order.index(child.tag) for child in table._tbl.tblPr]
    assert places == sorted(places)
    margins = table._tbl.tblPr.find(qn("w:tblCellMar"))
    assert {side.get(qn("w:w")) for side in margins} == {"50"}  # so that five digits fit a column of totals


def test_short_words_of_a_page_are_not_broken(everything: Document) -> None:
    """Breaking anywhere lets a browser make the column of T01, T02 … one letter wide."""
    assert "anywhere" not in html_bytes(everything).decode("utf-8").split("</style>")[0]


def test_every_style_that_is_used_is_asked_of_a_template(everything: Document) -> None:
    """With the styles that a template must have, nothing else is missing; Word's own template has them all."""
    with ZipFile(io.BytesIO(word_bytes(everything))) as archive:
        body = archive.read("word/document.xml").decode("utf-8")
    word = docx.Document(io.BytesIO(word_bytes(everything)))
    names = {style.style_id: style.name for style in word.styles}
    used = {names[id_] for id_ in re.findall(r'w:pStyle w:val="([^"]*)"', body)}
    assert used <= {*NEEDED, "Heading 3", "Normal"}


def test_a_figure_that_goes_on_keeps_its_number(everything: Document) -> None:
    """In Word too: the field repeats the number, so that the figures after it aren't numbered one too many."""
    first = next(block for block in everything.blocks if isinstance(block, Picture))
    again = replace(first, caption="go on", goes_on=True)
    document = replace(everything, lang="en", blocks=[first, again, replace(first, caption="next")])
    word = docx.Document(io.BytesIO(word_bytes(document)))
    told = [element.text.strip() for element in word.element.body.iter(qn("w:instrText"))]
    assert told == [r"SEQ Figure \* ARABIC", r"SEQ Figure \c \* ARABIC", r"SEQ Figure \* ARABIC"]
    numbers = re.findall(r"Figure (\d)&ensp;", html_bytes(document).decode("utf-8"))
    assert numbers == ["1", "1", "2"]


def test_a_title_within_a_table_stays_with_its_rows(everything: Document) -> None:
    (table,) = docx.Document(io.BytesIO(word_bytes(everything))).tables
    kept = [bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for row in table.rows]
    assert kept == [False, True, False, False]


def test_no_word_of_a_column_is_broken() -> None:
    """``incubators`` was set as ``incubato`` and ``rs``."""
    grid = Grid("", ["Id", "Indicator", "Unit"], [["T17", "new incubators in the region", "incubators"]],
                widths=(6.5, 84, 10))  # fmt: skip
    asked, room = 440 * 10 / 100.5, 440
    widths = widths_of(grid, room, 9, 5)
    assert sum(widths) == pytest.approx(room)
    assert widths[2] > asked
    assert widths[2] >= 5 + 9 * 0.5 * len("incubators")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_punctuation_and_places_of_a_language(ran: Workplace, lang: Language) -> None:
    """Marks in half width between Chinese words, and Chinese in English pages, are what an editor strikes first."""
    ran.sim("report", "plan", "--against", "baseline", "--output", f"标点-{lang}.docx", lang=lang)
    word = opened(ran.folder / f"标点-{lang}.docx")
    cells = [cell.text for table in word.tables[:4] for row in table.rows for cell in row.cells]
    said = [paragraph.text for paragraph in word.paragraphs] + cells
    if lang == "zh":
        assert [one for one in said if re.search("[\u4e00-\u9fff][,;:(]|[,;:)][\u4e00-\u9fff]", one)] == []
    else:
        assert [one for one in said if re.search("[\u4e00-\u9fff]", one)] == []


def test_a_chinese_report_speaks_chinese(ran: Workplace) -> None:
    """Units, sources, yes and no and the clock came out as codes and English sentences."""
    ran.sim("report", "plan", "--against", "baseline", "--output", "中文.docx", lang="zh")
    word = opened(ran.folder / "中文.docx")
    inputs, compared, settings, parameters, facts = (
        [[cell.text for cell in row.cells] for row in table.rows[1:]] for table in word.tables[2:]
    )
    said = [cell for row in (*inputs, *settings) for cell in row[:2]]
    assert not {"true", "false"} & set(said)
    assert [one for one in said if re.search("emitters|trend:|constant:", one)] == []
    units = {row[2] for row in parameters}
    assert "亿元/平方公里" in units
    assert not any(re.search("CNY|Year|Dmnl|tce|firm", unit) for unit in units), units
    assert [row[5] for row in parameters if not re.search("[\u4e00-\u9fff]", row[5])] == []
    assert not any(row[5].startswith("assumed") for row in parameters)
    told = dict(facts)
    assert re.fullmatch("2015—20[0-9]{2}年，步长[0-9.]+年，欧拉法", told["时间范围与步长"])
    assert told["计算引擎"] == "编译引擎"
    differing = [row for row in compared if row[-1] not in ("-", "0")]
    assert differing
    for row in differing:  # both values are rounded for the eye
        assert float(row[-1]) == pytest.approx(float(row[3]) - float(row[5]), abs=1.01)


def test_numbers_do_not_depend_on_the_language(ran: Workplace) -> None:
    numbers = {}
    for lang in ("zh", "en"):
        ran.sim("report", "plan", "--against", "baseline", "--output", f"数-{lang}.docx", lang=lang)
        tables = opened(ran.folder / f"数-{lang}.docx").tables
        columns = ((0, (3, 4)), (1, range(1, 9)), (3, (3, 5, 7)), (5, (1, 3)))
        numbers[lang] = [
            [row.cells[place].text for row in tables[which].rows[1:] for place in places if len(row.cells) > place]
            for which, places in columns
        ]
    titles = re.compile("[\u4e00-\u9fff]|[A-Za-z]{2}")
    plain = {lang: [[x for x in one if not titles.search(x)] for one in several] for lang, several in numbers.items()}
    assert plain["zh"] == plain["en"]
    assert all(plain["zh"])


def test_a_tall_figure_leaves_room_for_its_caption(everything: Document, tmp_path: Path) -> None:
    tall = tmp_path / "tall.png"
    Image.new("RGB", (600, 950), "white").save(tall, dpi=(300, 300))
    picture = Picture(tall, "caption", 150.0, [])
    word = docx.Document(io.BytesIO(word_bytes(replace(everything, blocks=[picture]))))
    (shape,) = word.inline_shapes
    assert shape.height.mm <= 225 - 15
    assert shape.height / shape.width == pytest.approx(950 / 600, rel=1e-3)


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ((), ["manifest.json", "sim run scenarios/plan.toml"]),
        (("results.nc",), ["manifest.json", "sim run scenarios/plan.toml"]),
        (("manifest.json", "targets.csv"), ["results.nc", "sim run scenarios/plan.toml"]),
        (("manifest.json", "runs.nc"), ["an ensemble", "sim run scenarios/plan.toml"]),
    ],
)
def test_a_folder_without_results(ran: Workplace, tmp_path: Path, kept: Sequence[str], said: Sequence[str]) -> None:
    """It was said to be none of results, and a scenario of a similar name was suggested."""
    folder = tmp_path / "old" / "plan"
    folder.mkdir(parents=True)
    for name in kept:
        there = ran.folder / "outputs/plan" / name
        (folder / name).write_bytes(there.read_bytes() if there.is_file() else b"")
    for command in ("report", "explain"):
        told = ran.sim(command, folder, *(["T01"] if command == "explain" else []))
        assert (told.code, told.out) == (2, "")
        assert all(word in told.err for word in (str(folder), *said)), told.err
        assert "did you mean" not in told.err
