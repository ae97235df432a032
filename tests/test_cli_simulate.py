"""``sim simulate`` as a user types it: files that come out, and what is refused."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

import sim
from sim.cli.app import joined
from sim.simulate.columns import column_names, target_of
from sim.simulate.variables import Described
from tests.model_files import TOWN, model_file


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is translated and compiled goes to a folder of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "kernels"))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, own_cache: None) -> Path:
    """A folder with a model, in which commands are typed."""
    made = tmp_path_factory.mktemp("模型")
    model_file(made / "town.mdl")
    return made


class Told:
    """What a command gave."""

    def __init__(self, folder: Path, *words: object, lang: str = "en") -> None:
        out, err, self.code = io.StringIO(), io.StringIO(), 0
        with chdir(folder), redirect_stdout(out), redirect_stderr(err):
            try:
                joined()(["simulate", "town.mdl", *map(str, words), "--lang", lang], prog_name="sim")
            except SystemExit as end:
                self.code = int(end.code or 0)
        self.out, self.err = out.getvalue(), err.getvalue()


def read(path: Path) -> list[list[str]]:
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_table_on_the_screen(folder: Path) -> None:
    told = Told(folder)
    lines = told.out.splitlines()
    assert told.code == 0, told.err
    assert lines[0].split() == ["variable", "unit", "2015", "2016", "2017", "2018"]
    assert lines[2].split()[:3] == ["land[P1,mining]", "km2", "1"]
    assert "变量" in Told(folder, lang="zh").out
    assert all(len(line) <= 100 for line in lines)


def test_csv_has_vensims_names_and_every_digit(folder: Path) -> None:
    told = Told(folder, "--set", "growth=0.2", "--set", "limit[p2]=50", "--set", "start [P1, food] = 7",
                "--every", 1, "--output", "o/out.csv")  # fmt: skip
    assert told.code == 0, told.err
    header, *rows = read(folder / "o" / "out.csv")
    assert header[:4] == ["Time", "land[P1,mining]", "land[P1,metals]", "land[P1,food]"]
    assert header[-2:] == ["all land", "ratio"]
    model = sim.load_model(folder / "town.mdl")
    same = model.simulate({"growth": 0.2, "limit": {"P2": 50}, "start": {"P1,food": 7}}, times=range(2015, 2019))
    assert [float(row[0]) for row in rows] == [2015, 2016, 2017, 2018]
    assert [float(row[3]) for row in rows] == same["land"].sel(park="P1", industry="food").values.tolist()


def test_clock_method_and_outputs(folder: Path) -> None:
    options = ("--start", 2014, "--end", 2016, "--step", 0.5, "--saveper", 1, "--method", "rk4")
    assert Told(folder, *options, "--outputs", "room", "--outputs", "ALL LAND", "--output", "rk4.csv").code == 0
    header, *rows = read(folder / "rk4.csv")
    assert header == ["Time", "room[P1]", "room[P2]", "all land"]
    assert [row[0] for row in rows] == ["2014.0", "2015.0", "2016.0"]


def test_many_runs(folder: Path) -> None:
    table = "Run,growth,\"limit[P1]\",divisor\n低,0.1,20,1\n坏,0.1,20,0\n高,0.3,40,2\n"
    (folder / "runs.csv").write_bytes(table.encode("gb18030"))
    told = Told(folder, "--params", "runs.csv", "--set", "limit[P2]=35", "--output", "many.csv")
    assert told.code == 0, told.err
    assert "1 of 3 runs failed" in told.err
    assert "run 坏: town.mdl:14: 'ratio' at time 2015: division by zero, 21 / 0" in told.err
    header, *rows = read(folder / "many.csv")
    assert header[:2] == ["run", "Time"]
    assert [row[0] for row in rows] == ["低"] * 7 + ["坏"] * 7 + ["高"] * 7
    assert {cell for row in rows[7:14] for cell in row[2:]} == {""}
    assert Told(folder, "--params", "runs.csv", "--set", "limit[P2]=35", "--output", "many.nc").code == 0
    stored = xr.load_dataset(folder / "many.nc", engine="h5netcdf")
    assert stored["land"].dims == ("run", "park", "industry", "time")
    assert stored["land"].attrs["model_variable"] == "land"
    last = [float(row[header.index("land[P2,food]")]) for row in rows if row[1] == "2018.0" and row[0] != "坏"]
    assert stored["land"].sel(park="P2", industry="food", time=2018).dropna("run").values.tolist() == last
    screen = Told(folder, "--params", "runs.csv", "--outputs", "all land").out
    assert " ".join(screen.splitlines()[0].split()) == "variable unit lowest, 2018 median, 2018 highest, 2018"


WARM = [
    [],
    ["--output", "warm.csv"],
    ["--set", "growth=0.2", "--set", "limit[P2]=50"],
    ["--params", "warm-runs.csv", "--output", "warm.csv"],
]


@pytest.mark.parametrize("options", WARM, ids=" ".join)
def test_a_second_time_nothing_heavy_is_imported(folder: Path, options: list[str]) -> None:
    """What reads TOML, translates, compiles or labels takes longer to import than a model to run."""
    (folder / "warm-runs.csv").write_text("growth,limit[P1]\n0.1,20\n0.2,30\n", encoding="utf-8")
    words = ["simulate", "town.mdl", *options]
    assert Told(folder, *options).code == 0
    code = f"import sys; from sim.cli.app import app; app({words}, standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"numpy", "llvmlite"} <= loaded
    heavy = {"dask", "matplotlib", "numba", "openpyxl", "parsimonious", "pydantic", "pysd", "rapidfuzz", "scipy"}
    heavy |= {"h5py", "pandas", "xarray"}
    heavy |= {"sim.model.translate", "sim.engine.codegen", "sim.engine.pysd_engine", "sim.model.xmile"}
    assert not loaded & heavy


def test_csv_to_the_byte(folder: Path) -> None:
    options = ("--outputs", "room", "--outputs", "ratio", "--every", 1, "--end", 2016, "--output", "bytes.csv")
    assert Told(folder, *options).code == 0
    lines = ("Time,room[P1],room[P2],ratio", "2015.0,0.7,0.5,21.0",
             "2016.0,0.6786927328798984,0.47501366668820366,22.17573534175592")  # fmt: skip
    assert (folder / "bytes.csv").read_bytes() == b"\xef\xbb\xbf" + "".join(f"{x}\r\n" for x in lines).encode()


def test_every_run_fails(folder: Path) -> None:
    (folder / "fails.csv").write_text("divisor\n0\n0\n", encoding="utf-8")
    told = Told(folder, "--params", "fails.csv", "--output", "fails-out.csv")
    assert told.code == 2
    assert "all 2 runs failed" in told.err
    assert "town.mdl:14: 'ratio' at time 2015: division by zero" in told.err
    assert not (folder / "fails-out.csv").exists()


BAD_OPTIONS: list[tuple[list[object], str]] = [
    (["--set", "grwth=1"], "the model has no variable 'grwth'; did you mean 'growth'?"),
    (["--set", "growth"], "NAME=NUMBER was expected"),
    (["--set", "growth=much"], "NAME=NUMBER was expected"),
    (["--set", "growth=1e999"], "NAME=NUMBER was expected"),
    (["--set", "growth=1", "--set", "Growth=2"], "is set twice"),
    (["--set", "limit[P3]=2"], "'P3' is not a label of park"),
    (["--set", "limit[P1,food]=2"], "has the dimensions [park], but the labels given are [P1, food]"),
    (["--set", "growth[P1]=2"], "has the dimensions []"),
    (["--set", "room[P1]=2"], "missing: 1, the first is [P2]"),
    (["--set", "]=2"], "is not the name of a variable"),
    (["--set", "TIME STEP=2"], "use start, end, step"),
    (["--outputs", "lnd"], "'lnd', which is asked for; did you mean 'land'?"),
    (["--step", 0], "it must be greater than 0"),
    (["--step", -1], "it must be greater than 0"),
    (["--step", "nan"], "a number was expected"),
    (["--step", 0.7], "from 2015 to 2018 is no whole number of steps of 0.7"),
    (["--end", 2000], "lies before the start"),
    (["--every", 0.3], "no multiple of the time step 0.25"),
    (["--every", 0], "no multiple of the time step 0.25"),
    (["--method", "rk4", "--engine", "pysd"], "PySD runs the method 'euler' only"),
    (["--output", "out.xlsx"], "possible are .csv, .nc"),
    (["--params", "nowhere.csv"], "nowhere.csv: the table of runs cannot be read"),
    (["--set", "divisor=0"], "town.mdl:14: 'ratio' at time 2015: division by zero, 21 / 0"),
]


@pytest.mark.parametrize(("options", "expected"), BAD_OPTIONS, ids=lambda value: str(value)[:40])
def test_bad_options(folder: Path, options: list[object], expected: str) -> None:
    told = Told(folder, *options)
    assert told.code == 2
    assert expected in told.err
    assert not told.out
    chinese = Told(folder, *options, lang="zh")
    assert chinese.code == 2
    assert "Traceback" not in chinese.err
    assert any("\u4e00" <= character <= "\u9fff" for character in chinese.err)


BAD_TABLES: list[tuple[str | bytes, list[str]]] = [
    ("", ["bad.csv: the table of runs is empty"]),
    ("\n , \n", ["bad.csv: the table of runs is empty"]),
    ("growth\n", ["bad.csv:1: the table of runs has a header, but no run"]),
    ("Run\n1\n", ["bad.csv:1: the table of runs names no variable"]),
    ("growth,\n1,\n", ["bad.csv:1: column 2 has no name"]),
    ("growth,Growth\n1,2\n", ["bad.csv:1: the column 'Growth' occurs twice"]),
    ("limit[P1],\"limit[ P1 ]\"\n1,2\n", ["bad.csv:1: the column 'limit[ P1 ]' occurs twice"]),
    ("growth\n1\nx\nnan\n\n\"1,5\"\n", ["bad.csv:3: column 'growth': 'x'", "bad.csv:4: column 'growth': 'nan'",
                                         "bad.csv:6: column 'growth': '1,5'"]),
    ("growth,divisor\n1\n1,2,3\n,1\n", ["bad.csv:2: the row has 1 cells, the header has 2", "bad.csv:3: the row has 3",
                                        "bad.csv:4: column 'growth': the cell is empty"]),
    ("Run,growth\na,1\na,2\n,3\n", ["bad.csv:3: the run 'a' stands already in line 2",
                                    "bad.csv:4: the column Run is empty"]),
    ("grwth,limit[P9]\n1,2\n", ["bad.csv:1: the model has no variable 'grwth'; did you mean 'growth'",
                                "'P9' is not a label"]),
    (b"growth\n\x00\n", ["bad.csv: the table of runs is not text"]),
    (b"\xff\xfe\x00", ["bad.csv: the table of runs is not text"]),
    ("growth\n\"1\n", ["the table of runs is no proper CSV file"]),
    ("room[P1]\n1\n", ["missing: 1, the first is [P2]"]),
    ("growth\n" + "x\n" * 60, ["bad.csv: 10 more mistakes in this table"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "expected"), BAD_TABLES, ids=lambda value: repr(value)[:40])
def test_bad_tables(folder: Path, table: str | bytes, expected: list[str]) -> None:
    (folder / "bad.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    told = Told(folder, "--params", "bad.csv")
    assert told.code == 2
    assert [line for line in expected if line not in told.err] == []


def test_everything_wrong_at_once(folder: Path) -> None:
    (folder / "bad.csv").write_text("grwth\n1\n", encoding="utf-8")
    told = Told(folder, "--params", "bad.csv", "--set", "x=1", "--step", 0.7, "--outputs", "lnd", "--output", "a.b")
    assert told.code == 2
    assert len(told.err.splitlines()) == 6
    assert "5 problems" in told.err


def test_a_model_that_is_none(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "town.mdl").write_text(TOWN.replace("growth * land", "growht * land"), encoding="utf-8")
    told = Told(folder / "sub", "--output", "x.y")
    assert told.code == 2
    assert "town.mdl:11: the equation of 'new land' uses 'growht', which the model file does not define" in told.err
    assert "did you mean 'growth'?" in told.err
    assert "x.y" in told.err


LABELS = st.from_regex(r"[A-Za-z]\w{0,5}", fullmatch=True)


@given(st.lists(st.lists(LABELS, min_size=1, max_size=3, unique_by=str.casefold), max_size=3))
def test_column_names_lead_back(labels: list[list[str]]) -> None:
    axes = tuple(f"range{number}" for number in range(len(labels)))
    variable = Described("some stock", "stock", axes, tuple(map(tuple, labels)))
    found = [target_of(name, {"some stock": variable}).labels for name in column_names(variable)]
    assert len(set(found)) == len(found) == int(np.prod([len(part) for part in labels], dtype=int))
    assert [f"some stock[{','.join(each)}]" if each else "some stock" for each in found] == list(column_names(variable))
