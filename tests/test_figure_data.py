"""The data, captions, notes and source lines beside the figures."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from openpyxl import load_workbook

from sim import dims
from sim.analysis.compare_figures import write_figures as write_comparison_figures
from sim.report.csv_tables import read_targets_csv
from sim.report.figure_data import Block, DataSheet
from sim.report.plots.captions import CAPTIONS, COLUMNS, DATA, caption_of
from sim.report.plots.registry import FIGURES, draw_all
from sim.report.plots.write import FigureInput, caption_lines, data_sheets, write_figures
from sim.report.workbook_figures import figures_workbook, tab_of
from sim.words.catalogue import Language
from tests.plausible import plausible_results, plausible_rows
from tests.test_plots import LANGUAGES, context, zones_leave

RUN = {"run_id": "plan-1a2b3c", "scenario": "plan", "scenario_name": "Plan", "scenario_name_zh": "规划情景",
       "bundle": "inner-mongolia", "own_table": "0"}  # fmt: skip
RESULTS = plausible_results().assign_attrs(RUN)
DRAWN = FigureInput(RESULTS, plausible_results(policy=0.0), plausible_rows())


def numbers_of(blocks: tuple[Block, ...]) -> np.ndarray:
    cells = (cell for block in blocks for row in block.rows for cell in row)
    return np.array([float(cell) for cell in cells if isinstance(cell, int | float) and np.isfinite(cell)])


def drawn_series(figure: Figure) -> Iterator[np.ndarray]:
    """Lines over at least three points that are no level, and the heights of bars."""
    for axes in figure.axes:
        if not axes.axison:
            continue
        for line in axes.lines:
            values = np.asarray(line.get_ydata(), dtype=float)
            values = values[np.isfinite(values)]
            if values.size >= 3 and np.ptp(values) > 0:
                yield values
        for bar in axes.containers:
            yield np.array([patch.get_height() for patch in bar if isinstance(patch, Rectangle)])
        for patch in axes.patches:
            if isinstance(patch, PathPatch):  # bars of one kind, five points each
                corners = np.asarray(patch.get_path().vertices).reshape(-1, 5, 2)
                yield corners[:, 2, 1] - corners[:, 0, 1]


@pytest.mark.parametrize("spec", [spec for spec in FIGURES if spec.number != 1], ids=lambda spec: spec.code)
def test_what_is_drawn_is_in_the_sheet(spec) -> None:  # type: ignore[no-untyped-def]
    told = numbers_of(spec.data(context("zh")))
    for figure in draw_all(context("zh"), only=[spec.code]).values():
        for values in drawn_series(figure):
            far = [value for value in values if not np.isclose(value, told, rtol=1e-9, atol=1e-9).any() and value]
            assert far == [], values


def test_the_board_lists_what_it_draws() -> None:
    (block,) = FIGURES[0].data(context("en"))
    assert [row[0] for row in block.rows] == [row.id for row in plausible_rows() if row.basis != "outside"]
    progress = {row[0]: row[3] for row in block.rows}
    assert progress["T08"] == 100.0  # met at the base
    assert progress["T01"] == pytest.approx((13229 - 9209) / (14000 - 9209) * 100)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_has_title_note_and_source(lang: Language) -> None:
    for spec in FIGURES:
        told = caption_of(spec, context(lang))
        assert told.title
        assert told.note
        assert {"zh": "设定：", "en": "assumed: "}[lang] in told.source
        assert ({"zh": "规划目标", "en": "targets of the plan"}[lang] in told.source) == spec.plan


def test_a_source_line_counts_parks_by_origin() -> None:
    source = caption_of(FIGURES[3], context("zh")).source
    assert "公布：规划目标，2015年主营业务收入总量，分开发区2015年主营业务收入（2个）；" in source
    assert "推算：分开发区2015年主营业务收入（114个）；" in source
    own = RESULTS.assign_coords(revenue_origin=(dims.PARK, ["user"] * RESULTS.sizes[dims.PARK]))
    mine = caption_of(FIGURES[3], context("en", results=own, base_origins={})).source
    assert "user's own: main-business revenue of single parks in 2015 (116)." in mine
    assert "total of" not in mine


def test_a_note_tells_of_names_and_of_another_base() -> None:
    assert "不宜作为事实引用" in caption_of(FIGURES[3], context("zh", name_parks=True)).note
    revised = RESULTS.assign_attrs(reported_base="revised")
    assert caption_of(FIGURES[1], context("zh", results=revised)).note.endswith("图仍按原公布口径绘制。")


@pytest.mark.parametrize("number", [2, 3, 5, 6])
def test_a_note_tells_of_a_step_where_zones_leave(number: int) -> None:
    assert "退出名单" in caption_of(FIGURES[number - 1], context("zh", **zones_leave())).note
    assert "2019" in caption_of(FIGURES[number - 1], context("en", **zones_leave())).note
    assert "退出名单" not in caption_of(FIGURES[number - 1], context("zh")).note


def test_captions_and_sheets_of_a_run(tmp_path: Path) -> None:
    written = write_figures(DRAWN, tmp_path, "zh")
    lines = caption_lines(DRAWN, "zh", written[::-1])
    assert list(lines) == [one.code for one in written]
    rows = [dict(zip(COLUMNS, line, strict=True)) for line in lines.values()]
    assert [row["number"] for row in rows] == [str(spec.number) for spec in FIGURES]
    for row in rows:
        assert all((tmp_path / name).is_file() for name in str(row["files"]).split("; "))
        assert (row["lang"], row["width_mm"], row["run_id"]) == ("zh", 150.0, "plan-1a2b3c")
    content = figures_workbook(data_sheets(DRAWN, "zh"), "zh")
    assert content == figures_workbook(data_sheets(DRAWN, "zh"), "zh")
    workbook = load_workbook(io.BytesIO(content))
    assert workbook.sheetnames == [spec.code for spec in FIGURES] == [row["sheet"] for row in rows]
    sheet = workbook["2-main-totals"]
    assert sheet["A1"].value == rows[1]["title_zh"]
    assert "plan-1a2b3c" in str(sheet["A2"].value)
    last = sheet.cell(sheet.max_row, 1).value
    assert str(last).startswith("资料来源——公布：规划目标")
    gdp = [cell.value for cell in sheet[4]][3:]
    assert gdp == pytest.approx(RESULTS["gdp"].isel(run=0).sum("park").values)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sheets_are_legible_on_paper_and_on_the_screen(lang: Language) -> None:
    workbook = load_workbook(io.BytesIO(figures_workbook(data_sheets(DRAWN, lang), lang)))
    for sheet in workbook:
        wide = sum(column.width for column in sheet.column_dimensions.values())
        upright = sheet.page_setup.orientation == "portrait"
        assert wide <= (90.0 if upright else 240.0), sheet.title  # A4 holds about half of that at full size
        assert sheet.page_margins.footer < sheet.page_margins.bottom
    totals = workbook["2-main-totals"]
    assert totals.freeze_panes == "C4"
    for name in ("2-main-totals", "6-emissions", "8-growth-sources"):
        formats: dict[str, set[str]] = {}
        for row in workbook[name].iter_rows(min_row=4):
            shown = {cell.number_format for cell in row[3:] if isinstance(cell.value, int | float)}
            formats.setdefault(str(row[0].value), set()).update(shown)
        assert all(len(found) <= 1 for found in formats.values())


def test_a_figure_whose_outputs_are_missing_is_left_out(tmp_path: Path) -> None:
    less = FigureInput(RESULTS.drop_vars("technology"), None, plausible_rows())
    codes = [one.code for one in write_figures(less, tmp_path, "en")]
    assert codes == [spec.code for spec in FIGURES if spec.number != 8]
    assert [sheet.code for sheet in data_sheets(less, "en")] == codes


def test_sheets_of_figures_that_are_not_drawn_anew_are_kept() -> None:
    def sheet(code: str, value: float) -> DataSheet:
        return DataSheet(code, "t", "a", "n", "s", (Block(("x", "y"), (("=1+1", value),)),))

    first = figures_workbook([sheet("a", 1.0), sheet("b", 2.0)], "en")
    again = load_workbook(io.BytesIO(figures_workbook([sheet("a", 3.0), sheet("c", 4.0)], "en", first)))
    assert again.sheetnames == ["a", "b", "c"]
    assert [again[name]["B4"].value for name in again.sheetnames] == [3, 2, 4]
    assert again["b"]["A4"].data_type == "s"
    assert tab_of("var-" + "a" * 40) != tab_of("var-" + "a" * 41)


def test_a_comparison_has_data_and_captions_too(tmp_path: Path) -> None:
    other = plausible_results(policy=0.0).assign_attrs(RUN | {"run_id": "base-4d5e6f", "scenario": "base"})
    runs = {"基准": other, "规划": RESULTS}
    write_comparison_figures(runs, dict.fromkeys(runs, plausible_rows()), tmp_path, "zh")
    rows = read_targets_csv(tmp_path / CAPTIONS)
    workbook = load_workbook(tmp_path / DATA)
    assert workbook.sheetnames == list(dict.fromkeys(row["sheet"] for row in rows))
    for row in rows:
        assert all((tmp_path / name).is_file() for name in row["files"].split("; "))
        assert row["run_id"] == "base-4d5e6f; plan-1a2b3c"
    sheet = workbook["compare-gdp"]
    assert [cell.value for cell in sheet["A"]][4:7] == ["基准", "规划", "规划目标"]
    assert sheet["B5"].value == pytest.approx(9209)
