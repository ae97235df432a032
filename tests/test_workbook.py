"""The workbooks: reproducible to the byte, ready to print, names of parks only where they may stand."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xarray as xr
from openpyxl.worksheet.worksheet import Worksheet

from sim import dims
from sim.errors import OutputError
from sim.report.workbook import Assumption, write_comparison, write_summary
from sim.report.workbook_series import BY_PARK, TOTALS
from sim.words.catalogue import Language
from tests.datasets import synthetic_results
from tests.target_rows import row, sample_rows

LANGS: tuple[Language, Language] = ("zh", "en")
ASSUMPTION = Assumption("折旧率", 0.08, "1/年", 0.05, None, "设定", "=HYPERLINK(1)", "中", "含义" * 60)
ABOUT = {"情景": "规划情景", "编号": "plan-1a2b3c", "公式": "=1+1"}
DIFFERENCES = [("policy.x.from", {"规划": 2016, "基准": [[2015, 0.1]]})]


@pytest.fixture(scope="module")
def dataset() -> xr.Dataset:
    return synthetic_results(6)


def summary(path: Path, dataset: xr.Dataset, lang: Language = "zh") -> list[Worksheet]:
    write_summary(path, sample_rows(), dataset, [ASSUMPTION], ABOUT, lang)
    return list(openpyxl.load_workbook(path))


def cells_of(sheet: Worksheet) -> list[list[object]]:
    return [list(line) for line in sheet.iter_rows(values_only=True)]


def test_same_content_same_bytes(tmp_path: Path, dataset: xr.Dataset) -> None:
    contents = []
    for pause in (1.1, 0):
        summary(tmp_path / "s.xlsx", dataset)
        write_comparison(tmp_path / "c.xlsx", {"规划": sample_rows()}, DIFFERENCES, "en")
        contents.append([(tmp_path / name).read_bytes() for name in ("s.xlsx", "c.xlsx")])
        time.sleep(pause)  # what isn't taken out of the file has the time in whole seconds
    assert contents[0] == contents[1]
    with zipfile.ZipFile(io.BytesIO(contents[0][0])) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("lang", LANGS)
def test_every_sheet_is_ready_to_print(tmp_path: Path, dataset: xr.Dataset, lang: Language) -> None:
    sheets = summary(tmp_path / "s.xlsx", dataset, lang)
    write_comparison(tmp_path / "c.xlsx", {"规划": sample_rows(), "基准": sample_rows()}, DIFFERENCES, lang)
    sheets += list(openpyxl.load_workbook(tmp_path / "c.xlsx"))
    assert len(sheets) == 7
    for sheet in sheets:
        setup = sheet.page_setup
        assert (setup.orientation, int(setup.paperSize or 0)) == ("landscape", 9)
        assert (setup.fitToWidth, setup.fitToHeight) == (1, 0)
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows
        assert sheet.freeze_panes
        assert "&P" in str(sheet.oddFooter.center.text if sheet.oddFooter else "")
        assert len(sheet.title) <= 31


def test_target_sheet(tmp_path: Path, dataset: xr.Dataset) -> None:
    sheet = summary(tmp_path / "s.xlsx", dataset)[0]
    lines = cells_of(sheet)
    head = next(i for i, line in enumerate(lines) if line[0] == "编号")
    assert lines[head][:6] == ["编号", "指标", "单位", "2015年", "2020年", "目标"]
    assert {str(lines[head][i]) for i in (6, 7, 8, 9)} >= {"与目标差距", "进度(%)"}
    by_id = {line[0]: line for line in lines}
    assert by_id["T01"][3:6] == [9209, 11804.25, "≥14000"]
    assert by_id["T01"][10] == "预计晚于期限(2023)"
    at = next(c.row for c in sheet["A"] if c.value == "T03")
    assert sheet.cell(at, 5).number_format == "0.00"
    assert sheet.cell(head + 1, 1).border.top.style == "medium"
    assert sheet.cell(head + 1, 1).border.bottom.style == "thin"
    last = next(c.row for c in sheet["A"] if c.value == "T32")
    assert sheet.cell(last, 5).border.bottom.style == "medium"
    words = [str(line[0]) for line in lines]
    assert any(word.startswith("模型测算 5 项") for word in words)
    assert any(word.startswith("T34 肉类加工企业、T35") for word in words)
    assert all(None not in (line[0],) for line in lines[: head + 1])


def test_totals_add_up(tmp_path: Path, dataset: xr.Dataset) -> None:
    lines = cells_of(summary(tmp_path / "s.xlsx", dataset)[1])
    years = [int(year) for year in dataset[dims.TIME].values]
    by_name = {line[0]: line for line in lines}
    for name in set(TOTALS) - {"emissions"}:
        array = dataset[name].isel(run=0)
        line = by_name[array.attrs[dims.LONG_NAME_ZH]]
        assert line[1] == array.attrs[dims.UNITS_ZH]
        expected = array.sum([dim for dim in array.dims if dim != dims.TIME]).values
        np.testing.assert_allclose(np.array(line[2 : 2 + len(years)], dtype=float), expected)
    gdp = dataset["gdp"].isel(run=0).sum("park")
    growth = 100 * (float(gdp.sel(time=2020) / gdp.sel(time=2015)) ** 0.2 - 1)
    assert by_name[dataset["gdp"].attrs[dims.LONG_NAME_ZH]][2 + len(years)] == pytest.approx(growth)
    assert sum("排放量" in str(line[0]) for line in lines) == len(dims.POLLUTANTS)


@pytest.mark.parametrize("lang", LANGS)
def test_names_of_parks_stand_only_beside_published_or_own_data(
    tmp_path: Path, dataset: xr.Dataset, lang: Language
) -> None:
    own = dataset.assign_coords(gdp_origin=(dims.PARK, ["user"] + ["derived"] * 5))
    sheet = summary(tmp_path / "s.xlsx", own, lang)[2]
    lines = cells_of(sheet)[3:]
    assert len(lines) == len(BY_PARK) * 6
    named = {(line[0], line[2]): line[3] for line in lines if line[3]}
    key = dims.LONG_NAME_ZH if lang == "zh" else dims.LONG_NAME
    revenue, gdp = (dataset[name].attrs[key] for name in ("revenue", "gdp"))
    assert set(named) == {(revenue, "P001"), (revenue, "P002"), (gdp, "P001")}
    assert named[gdp, "P001"] == ("第1开发区" if lang == "zh" else "Park 1")
    words = ["国家级", "呼和浩特市", "用户自备"] if lang == "zh" else ["national", "Hohhot", "user's own"]
    assert lines[0][4:7] == words


def test_text_is_never_a_formula(tmp_path: Path, dataset: xr.Dataset) -> None:
    sheets = summary(tmp_path / "s.xlsx", dataset)
    assumed, about = cells_of(sheets[3]), cells_of(sheets[4])
    assert assumed[2][:8] == ["折旧率", 0.08, "1/年", 0.05, None, "设定", "=HYPERLINK(1)", "中"]
    assert ["公式", "=1+1"] in about
    for sheet in sheets:
        assert not any(cell.data_type == "f" for line in sheet.iter_rows() for cell in line)


def test_missing_numbers_and_odd_characters(tmp_path: Path, dataset: xr.Dataset) -> None:
    broken = dataset.copy(deep=True)
    broken["gdp"][0, 0, 3] = np.nan
    rows = [row(name_zh="a\x00b", value_2020=None)]
    write_summary(tmp_path / "s.xlsx", rows, broken, [], {"k": "v\x07"}, "zh")
    sheets = list(openpyxl.load_workbook(tmp_path / "s.xlsx"))
    totals = {line[0]: line for line in cells_of(sheets[1])}
    assert totals[dataset["gdp"].attrs[dims.LONG_NAME_ZH]][5] is None
    assert ["k", "v"] in cells_of(sheets[4])
    write_summary(tmp_path / "none.xlsx", [], dataset, [], {}, "en")


def test_comparison(tmp_path: Path) -> None:
    rows = {"规划": sample_rows(), "基准": sample_rows()[:1]}
    write_comparison(tmp_path / "c.xlsx", rows, DIFFERENCES, "zh")
    grid, inputs = (cells_of(sheet) for sheet in openpyxl.load_workbook(tmp_path / "c.xlsx"))
    by_id = {line[0]: line for line in grid}
    both = [11804.25, "2023年", 11804.25, "2023年", 0]
    assert by_id["T01"] == ["T01", "开发区生产总值", "亿元", ">=14000", *both]
    assert by_id["T06"][4:9] == [6, "难以实现", None, None, None]
    assert "T34" not in by_id
    assert inputs[2] == ["policy.x.from", 2016, "[[2015, 0.1]]"]


def test_unwritable_place_is_a_message(tmp_path: Path, dataset: xr.Dataset) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        write_summary(tmp_path / "file" / "s.xlsx", sample_rows(), dataset, [], {}, "zh")
