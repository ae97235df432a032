"""An economist's own table: found, understood, converted, completed; and refused where it is unclear."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from sim.errors import InputError, Problem
from sim.parks.columns import plain, read_columns
from sim.parks.estimate import Reference
from sim.parks.mapping import import_lines, mapping_rows
from sim.parks.own import Imported, import_table, write_parks
from sim.parks.read import read_parks
from sim.parks.template import header_of, template
from sim.parks.units import split_header
from sim.words.catalogue import problem_line

BUNDLE = Path(__file__).parent.parent / "models" / "inner-mongolia"
COLUMNS = read_columns(BUNDLE / "columns.toml")
SHIPPED = read_parks(BUNDLE / "parks.csv", COLUMNS)
RATIOS = Reference.of(SHIPPED, COLUMNS)

HEADER = [
    *("序号", "园区名称", "级别", "盟市", "主营业务收入(万元)", "工业总产值(亿元)"),
    *("建成面积(公顷)", "规划面积(亩)", "从业人数(人)", "是否循环化改造示范"),
]
ROWS: list[list[Any]] = [
    [1, "包头甲园区", "国家级", "包头市", "3,000,000", 350, 2000, 120000, 21000, "是"],
    [2, "乙园区", "自治区级", "鄂尔多斯", "１２０００００", None, "—", None, "8,500", "否"],
    [3, "丙园区", "盟市级", "赤峰市", None, 12.5, 150, 9000, None, None],
]

Cells = list[list[Any]]


def xlsx(cells: Cells, path: Path) -> Path:
    book = Workbook()
    for row in cells:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def csv(cells: Cells, path: Path, encoding: str = "utf-8-sig") -> Path:
    quoted = ["" if cell is None else f'"{cell}"' for row in cells for cell in row]
    width = len(cells[0])
    lines = [",".join(quoted[i : i + width]) for i in range(0, len(quoted), width)]
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def imported(cells: Cells, folder: Path) -> Imported:
    return import_table(xlsx(cells, folder / "园区.xlsx"), COLUMNS, SHIPPED)


def problems_of(cells: Cells, folder: Path) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        imported(cells, folder)
    for problem in caught.value.problems:
        for lang in ("zh", "en"):
            assert "{" not in problem_line(lang, problem)
    return caught.value.problems


def test_values_are_converted(tmp_path: Path) -> None:
    frame = imported([HEADER, *ROWS], tmp_path).frame.set_index("name_zh")
    one = frame.loc["包头甲园区"]
    assert (one["revenue"], one["output"], one["built_up"]) == pytest.approx((300.0, 350.0, 20.0))
    assert (one["land_planned"], one["employment"]) == pytest.approx((80.0, 2.1))
    assert (one["level"], one["league"], one["region"], one["demonstration"]) == (
        "national",
        "baotou",
        "hubaoe",
        1,
    )
    two = frame.loc["乙园区"]
    assert two["revenue"] == pytest.approx(120.0)
    assert two["employment"] == pytest.approx(0.85)
    assert frame.loc["丙园区", "level"] == "below"


def test_blank_is_unknown_and_estimated_by_the_shipped_ratios(tmp_path: Path) -> None:
    table = imported([HEADER, *ROWS], tmp_path)
    two, three = table.frame.iloc[1], table.frame.iloc[2]
    assert two["output"] == pytest.approx(120.0 * 18484 / 16235)
    assert three["revenue"] == pytest.approx(12.5 * 16235 / 18484)
    assert two["tax"] == pytest.approx(two["gdp"] * 787 / 9209)
    # land that is known leads, not output
    assert three["industrial_land"] == pytest.approx(1.5 * RATIOS.ratio("industrial_land", "built_up"))
    assert three["demonstration"] == 0
    assert three["retrofit_done"] == 0
    assert table.origins["output"].to_list() == ["user", "reconstructed", "user"]
    assert table.estimated == {
        "revenue": 1,
        "output": 1,
        "built_up": 1,
        "land_planned": 1,
        "employment": 1,
        "demonstration": 1,
    }
    assert "tax" in table.missing
    assert "output" not in table.missing


def test_result_is_a_park_table(tmp_path: Path) -> None:
    table = imported([HEADER, *ROWS], tmp_path)
    write_parks(table.table(), tmp_path / "parks.csv")
    read = read_parks(tmp_path / "parks.csv", COLUMNS)
    assert read.names("zh") == ("包头甲园区", "乙园区", "丙园区")
    assert read.ids == ("U001", "U002", "U003")
    assert read.origins.loc["U001", "output"] == "user"
    assert read.notices == ()
    assert not read.shipped


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(len(HEADER))), above=st.integers(0, 3))
def test_order_of_columns_and_lines_above_do_not_matter(order: list[int], above: int, tmp_path: Path) -> None:
    plain = imported([HEADER, *ROWS], tmp_path)
    title = [["2015年开发区主要指标"]] * above
    shuffled = imported([*title, *([row[i] for i in order] for row in [HEADER, *ROWS])], tmp_path)
    assert shuffled.table().equals(plain.table())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_reads_as_workbook(encoding: str, tmp_path: Path) -> None:
    plain = imported([HEADER, *ROWS], tmp_path)
    text = import_table(csv([HEADER, *ROWS], tmp_path / "p.csv", encoding), COLUMNS, SHIPPED)
    assert text.table().equals(plain.table())


@pytest.mark.parametrize(
    "word", ["开发区名称", "名称", "园区名称", "Park Name", "开发区\n名称", "园 区 名 称"]
)
@pytest.mark.parametrize(
    "revenue",
    ["主营业务收入(亿元)", "2015年营业收入（亿元）", "营业收入\n(亿元)", "销售收入/亿元", "营业收入,亿元"],
)
def test_headers_as_people_write_them(word: str, revenue: str, tmp_path: Path) -> None:
    table = imported([[word, revenue], ["包头甲园区", 120]], tmp_path)
    assert table.frame["revenue"].to_list() == [120.0]
    assert table.frame["league"].to_list() == ["baotou"]


@pytest.mark.parametrize(
    "cells",
    [
        [["单位:亿元、平方公里"], ["园区名称", "营业收入", "建成面积"], ["包头甲", 120, 9]],
        [["园区名称", "营业收入", "建成面积"], [None, "亿元", "平方公里"], ["包头甲", 120, 9]],
        [["园区名称", "营业收入(亿元)", "建成面积(km²)"], ["包头甲", 120, 9]],
    ],
    ids=["line above", "row below", "brackets"],
)
def test_units_above_and_below_the_header(cells: Cells, tmp_path: Path) -> None:
    frame = imported(cells, tmp_path).frame
    assert frame[["revenue", "built_up"]].to_numpy().tolist() == [[120.0, 9.0]]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("主营业务收入", "parks_unit_missing"),
        ("主营业务收入(万元/亿元)", "parks_unit_ambiguous"),
        ("主营业务收入(公顷)", "parks_unit_wrong"),
    ],
)
def test_unclear_units_are_refused(header: str, code: str, tmp_path: Path) -> None:
    [problem] = problems_of([["名称", header, "工业总产值(亿元)"], ["甲", 1, 2]], tmp_path)
    assert problem.code == code
    assert problem.place is not None
    assert problem.place.cell == "Sheet!B1"


@pytest.mark.parametrize(
    "word", ["合计", "合 计", "总计", "小计", "包头市小计", "全区合计", "Total", "其中:国家级"]
)
def test_totals_are_refused_by_name(word: str, tmp_path: Path) -> None:
    found = problems_of([HEADER, *ROWS, [None, word, None, None, 1, 2, 3, 4, 5, None]], tmp_path)
    assert [(problem.code, problem.values["row"]) for problem in found] == [("parks_total_row", word)]


def test_total_in_the_number_column_is_seen(tmp_path: Path) -> None:
    found = problems_of([HEADER, *ROWS, ["合计", None, None, None, 1, 2, 3, 4, 5, None]], tmp_path)
    assert [problem.code for problem in found] == ["parks_total_row"]


def test_notes_and_unknown_columns_are_told(tmp_path: Path) -> None:
    wide = [[*HEADER, "利润(亿元)"], *([*row, 1] for row in ROWS), ["注:数据来自统计局"]]
    table = imported(wide, tmp_path)
    assert [notice.code for notice in table.notices] == ["parks_column_unknown", "parks_note_row"]
    assert len(table.frame) == 3


def test_other_tables_of_the_workbook_are_told(tmp_path: Path) -> None:
    book = load_workbook(xlsx([HEADER, *ROWS], tmp_path / "a.xlsx"))
    other = book.create_sheet("乌海")
    for row in (HEADER, [9, "丁园区"]):
        other.append(row)
    book.save(tmp_path / "a.xlsx")
    table = import_table(tmp_path / "a.xlsx", COLUMNS, SHIPPED)
    assert [(notice.code, notice.values["sheet"]) for notice in table.notices] == [
        ("parks_other_sheet", "乌海")
    ]
    assert len(table.frame) == 3


BAD: list[tuple[Cells, list[str]]] = [
    ([["园区名称", "建成面积(亩)"], ["甲", 3]], ["parks_own_size"]),
    ([["园区名称", "营业收入(亿元)"], ["甲", None]], ["parks_size_unknown"]),
    ([["盟市", "营业收入(亿元)"], ["包头市", 1]], ["parks_own_missing"]),
    ([["园区名称", "营业收入(亿元)"]], ["parks_empty"]),
    ([["甲", 1], ["乙", 2]], ["parks_own_header"]),
    ([["园区名称", "营业收入(亿元)"], ["甲", 1], ["甲", 2]], ["parks_name_twice"]),
    ([["园区名称", "营业收入(亿元)", "销售收入(亿元)"], ["甲", 1, 1]], ["parks_own_twice"]),
    ([["园区名称", "营业收入(亿元)"], ["甲", 1], [None, 2]], ["parks_no_name"]),
    ([["园区名称", "营业收入(亿元)", "级别"], ["甲", -1, "国字号"]], ["parks_negative", "parks_choice"]),
    ([["园区名称", "营业收入(亿元)"], ["甲", "约100"]], ["parks_not_number"]),
    ([["园区名称", "营业收入(亿元)"], ["甲", "=B9"]], ["parks_formula"]),
    ([["园区名称", "营业收入(亿元)", "建成面积(公顷)", "规划面积(公顷)"], ["甲", 1, 9, 3]], ["parks_land"]),
    ([["园区名称", "工业总产值(亿元)", "工业增加值(亿元)"], ["甲", 10, 12]], ["parks_iva_above"]),
    (
        [["园区名称", "工业总产值(亿元)", "工业增加值(亿元)", "GDP(亿元)"], ["甲", 30, 12, 9]],
        ["parks_gdp_below"],
    ),
    (
        [["园区名称", "工业总产值(亿元)", "煤化工占比(%)", "冶金占比(%)"], ["甲", 30, 80, 40]],
        ["parks_shares"],
    ),
]


@pytest.mark.parametrize(("cells", "codes"), BAD, ids=[f"{codes[0]}" for _, codes in BAD])
def test_mistakes(cells: Cells, codes: list[str], tmp_path: Path) -> None:
    assert [problem.code for problem in problems_of(cells, tmp_path)] == codes


def test_unknown_league_is_taken_and_told(tmp_path: Path) -> None:
    table = imported([["园区名称", "营业收入(亿元)"], ["甲园区", 10]], tmp_path)
    assert [notice.code for notice in table.notices] == ["parks_league_guess"]
    assert table.origins["league"].to_list() == ["reconstructed"]


@pytest.mark.parametrize(
    ("heads", "values", "expected"),
    [
        (["煤化工占比(%)", "冶金占比(%)"], [60, 40], [0.6, 0.4, 0, 0, 0]),
        (["煤化工占比", "冶金占比"], [0.6, 0.4], [0.6, 0.4, 0, 0, 0]),
        (["煤化工占比", "冶金占比"], ["60%", "40%"], [0.6, 0.4, 0, 0, 0]),
        (
            ["煤化工占比(%)", "冶金占比(%)", "装备制造占比(%)"],
            [33.3, 33.3, 33.3],
            [1 / 3, 1 / 3, 1 / 3, 0, 0],
        ),
    ],
)
def test_shares(heads: list[str], values: list[Any], expected: list[float], tmp_path: Path) -> None:
    rest = ("煤化工占比", "冶金占比", "装备制造占比", "农畜产品加工占比", "新兴产业占比")
    zero = [name for name in rest if not any(head.startswith(name) for head in heads)]
    cells = [["园区名称", "营业收入(亿元)", *heads, *zero], ["包头甲", 10, *values, *([0] * len(zero))]]
    assert imported(cells, tmp_path).frame[list(COLUMNS.shares)].to_numpy()[0] == pytest.approx(expected)


def test_unknown_shares_follow_the_league(tmp_path: Path) -> None:
    frame = imported([["园区名称", "营业收入(亿元)", "煤化工占比(%)"], ["乌海甲", 10, 40]], tmp_path).frame
    shares = frame[list(COLUMNS.shares)].to_numpy()[0]
    mix = RATIOS.mixes["wuhai"]
    assert shares[0] == pytest.approx(0.4)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[1] / shares[3] == pytest.approx(mix["share_metals"] / mix["share_agri_processing"])


@given(
    revenue=st.floats(1.0, 2000.0),
    land=st.one_of(st.none(), st.floats(0.1, 500.0)),
    which=st.sampled_from(["建成面积", "规划面积", "工业用地", "闲置用地"]),
    gdp=st.one_of(st.none(), st.floats(0.5, 900.0)),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_known_the_rest_fits(
    revenue: float, land: float | None, which: str, gdp: float | None, tmp_path: Path
) -> None:
    heads = ["园区名称", "营业收入(亿元)", f"{which}(km2)", "GDP(亿元)"]
    park = imported([heads, ["包头甲", revenue, land, gdp]], tmp_path).frame.iloc[0]
    assert 0 <= park["idle_land"] < park["industrial_land"] <= park["built_up"] <= park["land_planned"]
    assert park["iva"] + park["services"] == pytest.approx(park["gdp"])
    assert 0 < park["iva"] < min(park["gdp"], park["output"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_report_tells_every_column(lang: Any, tmp_path: Path) -> None:
    table = imported([HEADER, *ROWS], tmp_path)
    rows = mapping_rows(table, COLUMNS, lang)
    assert len(rows) == 1 + len(table.mapping) + len(table.missing)
    assert any("万元 ×0.0001" in cell or "万元 x 0.0001" in cell for row in rows for cell in row)
    assert any("3" in line for line in import_lines(table, COLUMNS, lang))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_form_filled_in_is_read(lang: Any, tmp_path: Path) -> None:
    book = template(COLUMNS, lang)
    sheet: Any = book.worksheets[0]
    values = {
        "name_zh": "包头甲园区",
        "revenue": 120,
        "league": COLUMNS.options["league"]["baotou"].name(lang),
    }
    values |= {
        "level": COLUMNS.options["level"]["national"].name(lang),
        "enterprises": 40,
        "trade": 0.5,
        "built_up": 9,
    }
    for index, column in enumerate(COLUMNS, 1):
        sheet.cell(2, index, values.get(column.key))
    book.save(tmp_path / "form.xlsx")
    table = import_table(tmp_path / "form.xlsx", COLUMNS, SHIPPED)
    assert [item.column for item in table.mapping] == [column.key for column in COLUMNS]
    park = table.frame.iloc[0]
    assert park[["revenue", "enterprises", "trade", "built_up"]].to_list() == [120, 40, 0.5, 9]
    assert (park["league"], park["level"]) == ("baotou", "national")


def test_form_offers_choices_and_explains_every_column(tmp_path: Path) -> None:
    template(COLUMNS).save(tmp_path / "form.xlsx")
    form, explain = load_workbook(tmp_path / "form.xlsx").worksheets
    lists = [rule.formula1 for rule in form.data_validations.dataValidation]
    assert any("鄂尔多斯市" in words for words in lists)
    assert all(len(words) <= 257 for words in lists)
    explained = [row[0] for row in explain.iter_rows(min_row=2, values_only=True)]
    assert set(explained) >= {column.name_zh for column in COLUMNS}


@pytest.mark.parametrize("column", list(COLUMNS), ids=[column.key for column in COLUMNS])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_header_of_the_form_is_known(column: Any, lang: Any) -> None:
    assert COLUMNS.headers()[plain(split_header(header_of(column, lang)).name)] == column.key


def test_no_word_means_two_columns() -> None:
    meant: dict[str, set[str]] = {}
    for column in COLUMNS:
        for word in (column.key, column.name_zh, column.name_en, *column.aliases):
            meant.setdefault(plain(word), set()).add(column.key)
    assert {word: keys for word, keys in meant.items() if len(keys) > 1} == {}
