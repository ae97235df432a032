"""Reading `parks.csv`: what is accepted, and that every mistake is named with its place, all at once."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from sim.errors import InputError, Problem
from sim.parks.columns import Columns, read_columns
from sim.parks.read import ORIGINS, ParkTable, read_parks
from sim.words.catalogue import catalogue, problem_line

BUNDLE = Path(__file__).parent.parent / "models" / "inner-mongolia"
COLUMNS = read_columns(BUNDLE / "columns.toml")
SHIPPED = pd.read_csv(BUNDLE / "parks.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
FEW = SHIPPED.iloc[:4].reset_index(drop=True)


def save_csv(frame: pd.DataFrame, path: Path, encoding: str = "utf-8-sig") -> Path:
    path.write_bytes(frame.to_csv(index=False, lineterminator="\n").encode(encoding))
    return path


def save_xlsx(frame: pd.DataFrame, path: Path, sheet: str = "Sheet1") -> Path:
    book = Workbook()
    page = book.worksheets[0]
    page.title = sheet
    page.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        page.append([number(cell) for cell in row])
    book.save(path)
    return path


def number(cell: object) -> object:
    try:
        read = float(str(cell))
    except ValueError:
        return cell or None
    return read if np.isfinite(read) else cell or None


def changed(**cells: tuple[int, str]) -> pd.DataFrame:
    frame = FEW.copy()
    for column, (row, value) in cells.items():
        frame.loc[row, column] = value
    return frame


def problems_of(path: Path, columns: Columns = COLUMNS) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_parks(path, columns)
    for problem in caught.value.problems:  # both catalogues can say it
        for lang in ("zh", "en"):
            assert "{" not in problem_line(lang, problem)
    return caught.value.problems


def codes_of(path: Path) -> list[str]:
    return [problem.code for problem in problems_of(path)]


def same(one: ParkTable, other: ParkTable) -> bool:
    pd.testing.assert_frame_equal(one.frame, other.frame)
    pd.testing.assert_frame_equal(one.origins, other.origins)
    return True


def test_types_origins_and_values(tmp_path: Path) -> None:
    table = read_parks(save_csv(FEW, tmp_path / "parks.csv"), COLUMNS)
    assert table.ids == ("P01", "P02", "P03", "P04")
    assert table.values("output").shape == (4,)
    assert table.values("key24").tolist() == [1, 1, 1, 1]
    assert table.names("zh")[0] == "呼和浩特经济技术开发区"
    assert table.names("en")[3].startswith("Baotou")
    assert table.origins.loc["P01", "output"] == "reconstructed"
    assert set(table.origins.to_numpy().ravel()) <= set(ORIGINS)
    assert not table.shipped
    with pytest.raises(KeyError):
        table.values("league")


def test_own_table_without_origins_is_the_users(tmp_path: Path) -> None:
    bare = FEW[[column for column in map(str, FEW) if not column.endswith("_origin")]]
    table = read_parks(save_csv(bare.assign(output_origin="published"), tmp_path / "p.csv"), COLUMNS)
    assert set(table.origins["output"]) == {"published"}
    assert set(table.origins["tax"]) == {"user"}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(FEW.shape[1])))
def test_order_of_columns_does_not_matter(order: list[int], tmp_path: Path) -> None:
    plain = read_parks(save_csv(FEW, tmp_path / "a.csv"), COLUMNS)
    assert same(plain, read_parks(save_csv(FEW.iloc[:, order], tmp_path / "b.csv"), COLUMNS))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_with_and_without_bom(encoding: str, tmp_path: Path) -> None:
    assert len(read_parks(save_csv(FEW, tmp_path / "parks.csv", encoding), COLUMNS)) == 4


def test_workbook_reads_as_csv(tmp_path: Path) -> None:
    assert same(
        read_parks(save_csv(FEW, tmp_path / "p.csv"), COLUMNS),
        read_parks(save_xlsx(FEW, tmp_path / "p.xlsx"), COLUMNS),
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [("1,234.5", 1234.5), ("１２３４．５", 1234.5), ("1，234", 1234.0), (" 1234 ", 1234.0)],
)
def test_numbers_as_people_type_them(written: str, value: float, tmp_path: Path) -> None:
    table = read_parks(save_csv(changed(revenue=(0, written)), tmp_path / "p.csv"), COLUMNS)
    assert table.values("revenue")[0] == value


MISTAKES = [
    ({"id": (1, "P01")}, "parks_id_twice", 3),
    ({"id": (1, "p01")}, "parks_id_twice", 3),
    ({"id": (1, "开发区")}, "parks_id", 3),
    ({"id": (1, "1A")}, "parks_id", 3),
    ({"id": (1, "a b")}, "parks_id", 3),
    ({"host": (0, "P99")}, "parks_host_unknown", 2),
    ({"level": (2, "国家极")}, "parks_choice", 4),
    ({"league": (2, "shanghai")}, "parks_choice", 4),
    ({"revenue": (2, "-3")}, "parks_negative", 4),
    ({"revenue": (2, "0")}, "parks_zero", 4),
    ({"revenue": (2, "约300")}, "parks_not_number", 4),
    ({"revenue": (2, "")}, "parks_blank", 4),
    ({"revenue": (2, "NaN")}, "parks_blank", 4),
    ({"revenue": (2, "inf")}, "parks_not_number", 4),
    ({"enterprises": (2, "12.5")}, "parks_not_whole", 4),
    ({"retrofit_done": (2, "1.5")}, "parks_bounds", 4),
    ({"demonstration": (2, "maybe")}, "parks_flag", 4),
    ({"built_up": (3, "100000")}, "parks_land", 5),
    ({"idle_land": (3, "900")}, "parks_land", 5),
    ({"gdp": (3, "9999")}, "parks_gdp", 5),
    ({"share_metals": (3, "0.9")}, "parks_shares", 5),
    ({"tax_origin": (3, "guess")}, "parks_origin", 5),
]


@pytest.mark.parametrize(
    ("cells", "code", "line"), MISTAKES, ids=[f"{m[1]}-{next(iter(m[0]))}" for m in MISTAKES]
)
@pytest.mark.parametrize("save", [save_csv, save_xlsx])
def test_mistakes_have_their_place(
    cells: dict[str, tuple[int, str]],
    code: str,
    line: int,
    save: Callable[[pd.DataFrame, Path], Path],
    tmp_path: Path,
) -> None:
    path = save(changed(**cells), tmp_path / ("p.csv" if save is save_csv else "p.xlsx"))
    found = [problem for problem in problems_of(path) if problem.code == code]
    assert found
    place = found[0].place
    assert place is not None
    if save is save_csv:
        assert place.line == line
    else:
        assert place.cell.startswith("Sheet1!")
        assert place.cell.endswith(str(line))


def test_shares_show_their_sum(tmp_path: Path) -> None:
    frame = changed(
        **{f"share_{name}": (0, "0.25") for name in ("coal_chemicals", "metals", "equipment", "emerging")}
    )
    frame.loc[0, "share_agri_processing"] = "0.1"
    [problem] = problems_of(save_csv(frame, tmp_path / "p.csv"))
    assert problem.values["sum"] == "1.1"


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    frame = changed(revenue=(0, "x"), output=(1, "-1"), league=(2, "ordoss"), id=(3, "P01"))
    found = problems_of(save_csv(frame, tmp_path / "p.csv"))
    assert [problem.code for problem in found] == [
        "parks_not_number",
        "parks_negative",
        "parks_choice",
        "parks_id_twice",
    ]
    assert found[2].suggestion == "ordos"


def test_missing_column_names_the_nearest(tmp_path: Path) -> None:
    [problem] = problems_of(save_csv(FEW.rename(columns={"employment": "employmnt"}), tmp_path / "p.csv"))
    assert (problem.code, problem.suggestion) == ("parks_column_missing", "employmnt")
    assert problem.values["name_zh"] == "从业人员"


def test_unknown_column_is_a_notice(tmp_path: Path) -> None:
    table = read_parks(save_csv(FEW.assign(mood="good"), tmp_path / "p.csv"), COLUMNS)
    assert [(notice.code, notice.values["column"]) for notice in table.notices] == [
        ("parks_column_unknown", "mood")
    ]
    assert "mood" not in table.frame


def test_repeated_column(tmp_path: Path) -> None:
    frame = FEW.copy()
    frame.insert(3, "tax", FEW["tax"], allow_duplicates=True)
    assert codes_of(save_csv(frame, tmp_path / "p.csv")) == ["parks_column_twice"]


def test_host_must_be_the_uppermost(tmp_path: Path) -> None:
    frame = changed(host=(0, "P02"))
    frame.loc[1, "host"] = "P03"
    assert codes_of(save_csv(frame, tmp_path / "p.csv")) == ["parks_host_chain"]


def encrypted(path: Path) -> None:
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))


def broken(path: Path) -> None:
    stream = io.BytesIO()
    Workbook().save(stream)
    path.write_bytes(stream.getvalue()[:900])


FILES: list[tuple[str, Callable[[Path], object], str]] = [
    ("p.csv", lambda path: save_csv(FEW, path, "gb18030"), "parks_encoding"),
    ("p.csv", lambda path: save_csv(FEW, path, "utf-16"), "parks_encoding"),
    ("p.csv", lambda path: path.write_bytes(b"id\xff\xff\xff\xff\x81"), "parks_not_text"),
    ("p.csv", lambda path: path.write_bytes(b""), "parks_empty"),
    ("p.csv", lambda path: save_csv(FEW.iloc[:0], path), "parks_empty"),
    ("p.csv", lambda path: path.write_text('id,name\n"a,b\n'), "parks_csv"),
    ("p.csv", lambda path: path.write_text("甲,乙\n1,2\n", encoding="utf-8"), "parks_no_header"),
    ("p.csv", lambda path: path.mkdir(), "parks_is_folder"),
    ("none.csv", lambda path: None, "parks_missing"),
    ("p.csv", lambda path: path.write_text("id\n" + "a\n" * 10_100), "parks_too_many"),
    ("p.xls", encrypted, "parks_old_excel"),
    ("p.xlsx", encrypted, "parks_encrypted"),
    ("p.xlsx", broken, "parks_broken"),
    ("p.xlsx", lambda path: path.write_bytes(b"not a zip"), "parks_broken"),
    ("p.xlsx", lambda path: Workbook().save(path), "parks_empty"),
]


@pytest.mark.parametrize(
    ("name", "write", "code"), FILES, ids=[f"{f[2]}-{f[0]}-{n}" for n, f in enumerate(FILES)]
)
def test_files_that_are_no_table(
    name: str, write: Callable[[Path], object], code: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    write(path)
    assert codes_of(path) == [code]


def test_more_parks_than_allowed(tmp_path: Path) -> None:
    frame = pd.concat([FEW.iloc[:1]] * 10_001)
    frame["id"] = frame["host"] = [f"A{number}" for number in range(len(frame))]
    assert codes_of(save_csv(frame, tmp_path / "p.csv")) == ["parks_too_many"]


def test_formula_without_a_value(tmp_path: Path) -> None:
    path = save_xlsx(changed(revenue=(0, "=A1*2")), tmp_path / "p.xlsx")
    [problem] = problems_of(path)
    assert problem.code == "parks_formula"
    assert problem.place is not None
    assert problem.place.cell == "Sheet1!N2"


def test_sheet_is_found_by_its_header(tmp_path: Path) -> None:
    path = save_xlsx(FEW, tmp_path / "p.xlsx", "数据")
    book = Workbook()
    book.worksheets[0].append(["说明"])
    page = book.create_sheet("数据")
    for row in [list(FEW.columns), *FEW.to_numpy().tolist()]:
        page.append([number(cell) for cell in row])
    book.save(path)
    assert len(read_parks(path, COLUMNS)) == 4


def test_region_is_told_by_its_totals(tmp_path: Path) -> None:
    shipped = read_parks(save_csv(SHIPPED, tmp_path / "a.csv"), COLUMNS)
    assert shipped.shipped
    assert np.isclose(shipped.values("gdp").sum(), 9209)
    corrected = SHIPPED.assign(tax=SHIPPED["tax"].where(SHIPPED["id"] != "P04", "33.5"))
    assert read_parks(save_csv(corrected, tmp_path / "b.csv"), COLUMNS).shipped
    assert not read_parks(save_csv(SHIPPED.iloc[:-1], tmp_path / "c.csv"), COLUMNS).shipped


def test_form_covers_the_shipped_table_and_the_model() -> None:
    keys = [column.key for column in COLUMNS]
    origins = ["name_origin", *(f"{key}_origin" for key in COLUMNS.with_origin)]
    assert list(SHIPPED.columns) == keys + origins
    model = (BUNDLE / "park.mdl").read_text(encoding="utf-8")
    assert [
        column.variable for column in COLUMNS if column.variable and f"\n{column.variable}[" not in model
    ] == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('kind = "flag"', 'kind = "flog"', "unknown_choice"),
        ("[column.output]", "[column.outputs]", "missing_key"),
        ('explain_zh = "户数"', 'explain = "户数"', "unknown_key"),
    ],
)
def test_mistakes_in_the_form(old: str, new: str, code: str, tmp_path: Path) -> None:
    path = tmp_path / "columns.toml"
    path.write_text(
        (BUNDLE / "columns.toml").read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        read_columns(path)
    assert code in [problem.code for problem in caught.value.problems]


def test_catalogues_have_the_same_words() -> None:
    def ours(lang: Any) -> set[str]:
        return {key for key in catalogue(lang) if key.startswith(("parks.", "problem.parks_"))}

    assert ours("zh") == ours("en")
