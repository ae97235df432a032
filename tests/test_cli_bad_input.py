"""Mistakes and malice at the command line: every one told with its place, nothing written, nothing run."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.starter.source import bundle_folder
from tests.workplace import Result, Workplace, keep_targets, started

__all__ = ["started"]

HEAD = 'name = "own"\nextends = "baseline.toml"\n'
PARKS, TARGETS, MODEL = "parks.csv", "targets.toml", "park.mdl"


@pytest.fixture(scope="module")
def small(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Few targets, quick to check; tests write scenarios here and nothing else."""
    place = started.copy(tmp_path_factory.mktemp("坏输入") / "测算")
    keep_targets(place, "T01", "T23")
    return place


@pytest.fixture
def broken(small: Workplace, tmp_path: Path) -> Workplace:
    """A copy whose bundle may be spoilt."""
    return small.copy(tmp_path / "测算")


def refused(place: Workplace, *arguments: object, lang: str = "en") -> Result:
    """The command ends with 2, on standard error only, and leaves every file as it was."""
    before = place.hashes()
    result = place.sim(*arguments, lang=lang)
    assert result.code == 2, result
    assert result.out == ""
    assert result.err
    assert "Traceback" not in result.err
    assert place.hashes() == before
    return result


# --- scenarios


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[polcy.land_threshold]\nnational = 150", 3, "did you mean 'policy'?"),
        ("[policy.land_treshold]\nnational = 150", 3, "did you mean 'land_threshold'?"),
        ("[policy.land_threshold]\nnatoinal = 150", 4, "did you mean 'national'?"),
        ("[policy.land_threshold]\nnational = true", 4, "a number was expected"),
        ('[policy.land_threshold]\nnational = "150万元/亩"', 4, "did you mean '150'?"),
        ('[policy.circular_retrofit]\ncoverage = [[2016, "50%"]]', 4, "did you mean '0.5'?"),
        ("[policy.land_threshold]\nnational = 150万元", 4, "a number stands alone"),
        ("[policy.circular_retrofit]\ncoverage = [[2014, 0.3], [2040, 0.5]]", 4, "a point in 2040"),
        ("[policy.circular_retrofit]\ncoverage = [[2017, 0.5], [2016, 0.6]]", 4, "years must rise"),
        ("[policy.circular_retrofit]\ncoverage = [[2016, 0.6], [2017, 0.5]]", 4, "cannot fall"),
        ("[policy.circular_retrofit]\ncoverage = [[2016, 50]]", 4, "expected 0 to 1"),
        ("[policy.circular_retrofit]\ncoverage = nan", 4, "a finite number was expected"),
        ('[policy.circular_retrofit]\nselect = "largest emiters"', 4, "did you mean 'largest emitters first'?"),
        ('[drivers]\ndemand_growth = "trnd"', 4, "did you mean 'trend'?"),
        ("[drivers]\ndemnd_growth = 0.07", 4, "did you mean 'demand_growth'?"),
        ('extends = "baseline.toml"', 3, "a second time"),
        ('information_until = "2016年"', 3, "did you mean '2016'?"),
        ('name_zh = "规划\\u001b[31m"', 3, "control characters"),
        ('name_zh = "' + "规" * 200 + '"', 3, "more than 100 characters"),
        ('["{key}"]', 3, "unknown key '{key}'"),
        ('["\\u001b[31m"]', 3, "unknown key '?[31m'"),
    ],
)
def test_a_mistake_has_its_line_and_what_was_expected(small: Workplace, text: str, line: int, told: str) -> None:
    path = small.scenario(HEAD + text + "\n")
    result = refused(small, "run", path)
    assert [told in row for row in result.lines if row.startswith(f"{path}:{line}: ")] == [True], result.err


def test_six_mistakes_come_at_once_in_both_languages(small: Workplace) -> None:
    mistakes = [
        "name = 3",
        'extends = "baseline.toml"',
        "[clock]",
        "end = 2070",
        "[policy.land_treshold]",
        "national = 150",
        "[policy.circular_retrofit]",
        "coverage = [[2016, 0.3], [2017, 50]]",
        'select = "first come"',
        "[drivers]",
        'demand_growth = "trnd"',
    ]
    path = small.scenario("\n".join(mistakes))
    for lang in ("zh", "en"):
        *told, summary = refused(small, "run", path, lang=lang).lines
        assert [int(row.split(":")[1]) for row in told] == [1, 4, 5, 8, 9, 11]
        assert "6" in summary
    assert refused(small, "check", path, lang="zh").lines != refused(small, "check", path, lang="en").lines


def test_mistakes_of_scenario_park_table_model_and_targets_come_at_once(broken: Workplace) -> None:
    spoil_parks(broken, 1, "industrial_land", "-5")
    replace(broken, TARGETS, '"sum(gdp)"', '"sum(gdpp)"')
    replace(broken, MODEL, "* elapsed", "* elapsd")
    result = refused(broken, "run", broken.scenario(HEAD + "foo = 1\n"))
    told = [row for row in result.lines if "own.toml:3" in row or "parks.csv:2" in row or "targets.toml:" in row]
    assert len(told) == 3
    assert "did you mean 'elapsed'?" in result.err
    assert "4 problems" in result.lines[-1]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((HEAD + "# 情景").encode("gb18030"), "own.toml:3: scenarios/own.toml is saved as GB18030"),
        (HEAD.encode("utf-16"), "UTF-16"),
        ('name = “规划”\nextends = "baseline.toml"'.encode(), "own.toml:1: full-width punctuation “ ”"),
        ('name="own"\nextends="baseline.toml"\n[policy.land_threshold]\nnational=150，'.encode(), "own.toml:4: full-w"),
        (b'name = "C:\\Users"\nextends = "baseline.toml"', "did you mean '\"C:/Users\"'?"),
        (b"\x89PNG\r\n\x1a\n\x00", "own.toml:1:"),
        (b"", "own.toml: 'name' is missing"),
        (b"x = " + b"[" * 100_000, "nested far too deep"),
    ],
)
def test_files_that_are_not_quite_scenarios(small: Workplace, content: bytes, told: str) -> None:
    assert told in refused(small, "check", small.scenario(content)).err


def test_byte_order_mark_and_windows_line_ends_are_fine(small: Workplace) -> None:
    path = small.scenario(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert small.sim("check", path).code == 0


def test_parents(small: Workplace) -> None:
    small.scenario('name = "a"\nextends = "own.toml"\n', "a.toml")
    circle = refused(small, "check", small.scenario('name = "b"\nextends = "a.toml"\n'))
    assert "a.toml:2: scenarios extend each other in a circle: own.toml → a.toml → own.toml" in circle.err
    missing = refused(small, "check", small.scenario('name = "b"\nextends = "baselin.toml"\n'))
    assert "own.toml:2: " in missing.err
    assert "did you mean 'scenarios/baseline.toml'?" in missing.err


# --- a stranger's scenario stays inside


@pytest.mark.parametrize("name", ["..toml", "...toml", ".hidden.toml", "con.toml", "a\\b.toml", "a\nb.toml", "x" * 120])
def test_file_names_that_would_lead_elsewhere(small: Workplace, name: str) -> None:
    path = small.scenario(HEAD, name if name.endswith(".toml") else f"{name}.toml")
    try:
        assert "names its output folder" in refused(small, "run", path).err
    finally:
        (small.folder / path).unlink()


def test_the_name_of_a_scenario_is_only_a_name(small: Workplace) -> None:
    assert small.sim("check", small.scenario('name = "../../x"\nextends = "baseline.toml"\n')).code == 0


@pytest.mark.parametrize(
    "text",
    [
        'name = "x"\nextends = "/etc/passwd"',
        'name = "x"\nextends = ["/dev/zero", "/dev/stdin", "../../../../../../etc/passwd"]',
        'name = "x"\nextends = "baseline.toml"\nbundle = "/etc"',
        'name = "x"\nextends = "baseline.toml"\nbundle = "/etc/passwd"',
        'name = "x"\nextends = "baseline.toml"\nbundle = "../.."',
    ],
)
def test_other_files_are_not_shown(small: Workplace, text: str) -> None:
    assert "root" not in refused(small, "run", small.scenario(text)).err


# --- bundles


def line_of(file: str, text: str) -> int:
    whole = (bundle_folder() / file).read_text(encoding="utf-8")
    return whole[: whole.index(text)].count("\n") + 1


def spoil_parks(place: Workplace, row: int, column: str, value: str) -> None:
    path = place.bundle / PARKS
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    rows[row][rows[0].index(column)] = value
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8-sig")


def replace(place: Workplace, file: str, old: str, new: str, everywhere: bool = False) -> None:
    path = place.bundle / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, -1 if everywhere else 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("row", "column", "value", "told"),
    [
        (0, "revenue", "revenu", "parks.csv:1: the column 'revenue' (main-business revenue) is missing"),
        (2, "id", "U001", "parks.csv:3: the id 'U001' stands at 2 already"),
        (1, "industrial_land", "-5", "parks.csv:2: 'industrial land' must not be negative"),
        (1, "share_metals", "0.9", "parks.csv:2: '第1开发区': the shares of industries sum to"),
        (3, "league", "hohot", "did you mean 'hohhot'?"),
        (2, "output", "约三百", "parks.csv:3: 'gross industrial output' must be a number"),
        (2, "output", "３００，5", "parks.csv:3: 'gross industrial output' must be a number"),
        (2, "output", "nan", "parks.csv:3: "),
        (2, "output", "inf", "parks.csv:3: "),
        (1, "id", "__import__('os')", "cannot be used: a letter first"),
        (1, "id", 'P"', "cannot be used: a letter first"),
    ],
)
def test_park_table(broken: Workplace, row: int, column: str, value: str, told: str) -> None:
    spoil_parks(broken, row, column, value)
    assert told in refused(broken, "run", "scenarios/baseline.toml").err


def test_park_with_the_name_of_a_range_of_the_model(broken: Workplace) -> None:
    replace(broken, PARKS, "U001", "Park", everywhere=True)
    told = refused(broken, "run", "scenarios/baseline.toml").err
    assert "parks.csv:2: the id 'Park' is the name of a subscript range" in told


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_park_table_in_another_encoding(broken: Workplace, encoding: str) -> None:
    path = broken.bundle / PARKS
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode(encoding))
    assert "expected UTF-8" in refused(broken, "check", "scenarios/baseline.toml").err


@pytest.mark.parametrize("text", ["sum(gdpp)", "__import__('os').system('id')", "sum(gdp", "gdp"])
def test_target_expression(broken: Workplace, text: str) -> None:
    replace(broken, TARGETS, EXPRESSION, f'expression = "{text}"')
    told = refused(broken, "run", "scenarios/baseline.toml").err
    assert f"targets.toml:{line_of(TARGETS, EXPRESSION)}: " in told
    assert ("did you mean 'gdp'?" in told) == (text == "sum(gdpp)")


def model_text(change: Callable[[bytes], bytes]) -> Callable[[Workplace], None]:
    def spoil(place: Workplace) -> None:
        path = place.bundle / MODEL
        path.write_bytes(change(path.read_bytes()))

    return spoil


def equation(right: str) -> Callable[[Workplace], None]:
    return model_text(lambda raw: raw.replace(b"elapsed = Time - base year", f"elapsed = {right}".encode()))


EXPRESSION = 'expression = "sum(gdp)"'
LINE = f"park.mdl:{line_of(MODEL, 'elapsed = Time')}: "


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (model_text(lambda raw: b"\x00\x01" + raw), "binary file"),
        (model_text(lambda raw: b""), "no equation was found"),
        (model_text(lambda raw: raw[: raw.index(b"EXP(")]), "is the file cut off?"),
        (model_text(lambda raw: raw.decode().encode("gb18030")), "not in UTF-8"),
        (model_text(lambda raw: b"x" * 5_000_001), "larger than 5 MB"),
        (model_text(lambda raw: b"x" + b" " * 3_000_000 + b"y ~ ~ |"), "is the file cut off?"),
        (equation("Time - base yaer"), f"{LINE}the equation of 'elapsed' uses 'base yaer'"),
        (equation("Time - base year[park]]"), LINE),
        (equation("(Time - base year"), f"{LINE}the equation of 'elapsed' is not complete"),
        (equation("Time - "), f"{LINE}the equation of 'elapsed' is not complete"),
        (equation("Time -- * base year"), "cannot be read"),
        (equation("RANDOM UNIFORM(0, 1, 0)"), f"{LINE}the function RANDOM UNIFORM draws random numbers"),
        (equation("GET DIRECT CONSTANTS('/etc/passwd', ',', 'A1')"), f"{LINE}the function GET DIRECT CONSTANTS"),
        (equation('GET XLS DATA("a.xls", "b", "c", "d")'), f"{LINE}the function GET XLS DATA"),
        (equation("Time ~ Year ~ x | base year = 2015"), "'base year' is defined a second time"),
        (equation("elapsed + 1"), f"{LINE}these equations need each other at the same moment: elapsed → elapsed"),
        (equation("Time + one ~~| one = two ~~| two = one"), "one → two → one"),
        (equation("Time ~~| r: r, q"), "these subscript ranges hold each other: r → r"),
        (equation("Time ~~| far: (A1 - A999999999)"), "has 10000 elements or more"),
    ],
)  # fmt: skip
def test_model_file(broken: Workplace, spoil: Callable[[Workplace], None], told: str) -> None:
    spoil(broken)
    begin = time.perf_counter()
    assert told in refused(broken, "check", "scenarios/baseline.toml").err
    assert time.perf_counter() - begin < 120  # no text makes the reader slow without bound


def test_a_part_of_the_bundle_that_is_missing(broken: Workplace) -> None:
    for file in (PARKS, MODEL, TARGETS):
        (broken.bundle / file).unlink()
    told = refused(broken, "check", "scenarios/baseline.toml")
    assert [row.split(":")[0].split("/")[-1] for row in told.lines[:-1]] == [MODEL, PARKS, TARGETS]


# --- places that cannot be written


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("/proc/x", "cannot be written"),
        (".", "current folder"),
        ("scenarios", "holds files but no results"),
        ("scenarios/baseline.toml", "is a file"),
        ("scenarios/baseline.toml/x", "cannot be written"),
    ],
)
def test_output_is_tried_before_the_run(small: Workplace, output: str, told: str) -> None:
    result = refused(small, "run", "scenarios/baseline.toml", "--output", output)
    assert told in result.err
    assert "running" not in result.err


def test_a_cache_that_cannot_be_written_stops_nobody(
    small: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SIM_CACHE_DIR", str(tmp_path / "file"))
    assert small.sim("check", "scenarios/baseline.toml").code == 0


# --- the command line itself


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["rum", "x.toml"], "did you mean 'run'?"),
        (["run"], "SCENARIO is missing"),
        (["run", "x.toml", "--requir", "T01"], "did you mean '--require'?"),
        (["run", "nothing.toml"], "there is no file nothing.toml"),
        (["run", "scenarios"], "a .toml file was expected"),
        (["run", "scenarios/baseline"], "did you mean 'scenarios/baseline.toml'?"),
        (["run", "x" * 300 + ".toml"], "cannot be read"),
        (["run", "scenarios/baseline.toml", "--require", "t01"], "did you mean 'T01'?"),
        (["check", "a.toml", "b.toml"], "there is no file b.toml"),
        (["targets", "nothing"], "run the scenario first"),
        (["targets", "/etc/passwd"], "not a results file"),
        (["plot", "/etc/passwd"], "not a results file"),
        (["plot", "outputs", "--width", "10"], "--width: "),
        (["new", "scenarios"], "not empty"),
        (["new", "/proc/x"], "cannot be made"),
        (["compare", "baseline", "plan", "--output", "scenarios"], "holds files but no results"),
        (["parks", "--template", "form.doc"], ".xlsx"),
        (["compare", "baseline"], "at least two"),
        (["compare", "baselin", "plan"], "did you mean 'baseline'?"),
        (["compare", "baseline", "x" * 300], "is neither"),
    ],
)  # fmt: skip
def test_command_lines(small: Workplace, arguments: list[str], told: str) -> None:
    assert told in refused(small, *arguments).err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["plot", "outputs", "--width", "10"], "不在73至400之间"),
        (["plot", "outputs", "--width", "wide"], "不是数"),
        (["run", "x.toml", "--engine", "fast"], "没有“fast”"),
        (["plot", "outputs", "gdp", "--style", "none.mplstyle"], "没有这个文件"),
        (["whence", "none.png"], "没有这个文件"),
    ],
)  # fmt: skip
def test_what_libraries_say_in_english_is_said_in_chinese(small: Workplace, arguments: list[str], told: str) -> None:
    """The command line's and the system's own words came through in English."""
    said = refused(small, *arguments, lang="zh").err
    assert told in said, said
    assert "No such file" not in said
    assert "is not" not in said
