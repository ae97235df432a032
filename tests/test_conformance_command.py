"""``sim conformance`` on folders of others: layouts, formats of results, mistakes, exit codes, the certificate."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import joined
from sim.conformance.compare import Tally, Tolerance
from sim.conformance.examine import Finding
from sim.conformance.expected import read_expected
from sim.conformance.folder import cases_of, examine_folder
from sim.conformance.page import reasons
from sim.errors import InputError
from tests.model_files import model_file

GROWTH = """
r: A, B ~~|
k[r] = 0.5, 1 ~~|
"My Stock"[r] = INTEG(k[r] * my stock[r], 16) ~~|
total = SUM(my stock[r!]) ~~|
"""
RIGHT = "Time,total\n0,32\n1,56\n2,100\n"


def case(folder: Path, name: str, results: str | None = RIGHT, text: str = GROWTH, file: str = "output.csv") -> Path:
    """A case of a folder."""
    made = folder / name
    made.mkdir(parents=True)
    model_file(made / f"{name}.mdl", text, "0", "2", "1", "1")
    if results is not None:
        (made / file).write_text(results, encoding="utf-8")
    return made


def only(folder: Path) -> Finding:
    (finding,) = examine_folder(folder, how="plain").findings
    return finding


FORMATS = {
    "down": ("output.csv", "Time,my_stock[ a ],MY STOCK[B],total\n0,16,16,32\n2,36,64,100\n"),
    "tabs": ("output.tab", 'Time (Year)\t"My Stock[A]"\ttotal\n0\t16\t32\n1\t24\t56\n'),
    "across": ("output.tab", "Time\t0\t1\t2\nMy Stock[A]\t16\t24\t36\ntotal\t32\t\t100\n"),
    "name of the run": ("output.tab", "Time\ttotal : base\tMy Stock[A] : base\n0\t32\t16\n"),
    "semicolons": ("output.csv", "Months;total\n1;56\n"),
    "the control section": ("output.csv", "Time,FINAL TIME,TIME STEP,total,Time\n0,2,1,32,0\n"),
    "elements by number": ("output.csv", "Time,my stock[2]\n0,16\n1,32\n"),
    "constants once": ("output.csv", "Time,k[A],total\n0,0.5,32\n1,,56\n2,,100\n"),
    "dat": ("right.dat", "total\n0\t32\n1\t56\n2\t100\nMy Stock[A]\n2\t36\nk[B]\n0\t1\n"),
    "a mark in front": ("output.csv", "\ufeffTime,total\n0,32\n"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_forms_of_results(tmp_path: Path, name: str) -> None:
    file, text = FORMATS[name]
    case(tmp_path, "right", text, file=file)
    finding = only(tmp_path)
    assert (finding.status, finding.unknown, finding.problems) == ("passed", (), ())
    assert finding.numbers >= 1


def test_chinese_results_of_windows(tmp_path: Path) -> None:
    folder = case(tmp_path, "土地", None, "\n面积 = INTEG(2, 3) ~~|\n")
    (folder / "output.csv").write_bytes("时间,面积\n0,3\n2,7\n".encode("gb18030"))
    assert only(tmp_path).status == "passed"


def test_times_of_six_digits_mean_steps_of_a_third(tmp_path: Path) -> None:
    folder = tmp_path / "thirds"
    folder.mkdir()
    model_file(folder / "thirds.mdl", "\nx = INTEG(3, 0) ~~|\n", "100", "102", repr(1 / 3), repr(1 / 3))
    (folder / "output.tab").write_text("Time\tx\n100\t0\n100.333\t1\n101.667\t5\n", encoding="utf-8")
    assert only(tmp_path).status == "passed"


def test_the_first_difference_is_told(tmp_path: Path) -> None:
    case(tmp_path, "wrong", "Time,total,My Stock[A]\n0,32,16\n1,57,24\n2,100.5,36.1\n")
    finding = only(tmp_path)
    assert finding.first is not None
    assert (finding.status, finding.wrong, finding.first.element, finding.first.time) == ("wrong", 3, "total", 1)
    assert "total at 1: expected 57, got 56 (first of 3 among 6 numbers)" in reasons(finding, "en")
    assert finding.largest == pytest.approx(1 / (1e-8 + 57e-5), rel=1e-9)


MISTAKES = [
    (None, GROWTH, "unusable", "conformance_no_results"),
    ("Time\n0\n", GROWTH, "unusable", "conformance_no_numbers"),
    ("", GROWTH, "unusable", "conformance_no_numbers"),
    ("total,Time\nx,0\n", GROWTH, "unusable", "conformance_time"),
    ("Time,other\n0,1\n", GROWTH, "unusable", "conformance_no_column"),
    (RIGHT, GROWTH.replace("SUM", "FOO"), "refused", "model_function_unknown"),
    (RIGHT, GROWTH.replace("16", "SMOOTH N(Time, 2, 16, Time)"), "refused", "conformance_missing"),
    (RIGHT, GROWTH.replace("16", "QUEUE FIFO(Time, 1, 2, 3, 4)"), "refused", "model_function_lots"),
    (RIGHT, "\ntotal = Time + nothing ~~|\n", "refused", "model_reference"),
    ("Time,total\n0.5,40\n", GROWTH, "wrong", "timing_times"),
    ("Time,total\n3,40\n", GROWTH, "wrong", "timing_times"),
]


@pytest.mark.parametrize(("results", "text", "status", "code"), MISTAKES)
def test_what_goes_wrong_with_one_model(
    tmp_path: Path, results: str | None, text: str, status: str, code: str
) -> None:
    case(tmp_path, "odd", results, text)
    case(tmp_path, "right")
    odd, right = examine_folder(tmp_path, how="plain").findings
    assert (odd.status, [problem.code for problem in odd.problems], right.status) == (status, [code], "passed")
    assert all("{" not in line for lang in ("en", "zh") for line in reasons(odd, lang))


def test_cells_and_columns_that_mean_nothing_are_told(tmp_path: Path) -> None:
    case(tmp_path, "odd", "Time,total,other,My Stock\n0,32,1,2\n1,n/a,1,\n")
    finding = only(tmp_path)
    assert (finding.status, finding.unknown, finding.skipped, finding.absent) == (
        "passed", ("other", "My Stock"), 1, ('"My Stock"',))  # fmt: skip
    assert any("other, My Stock" in line for line in reasons(finding, "en"))


def test_a_fault_of_ours_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case(tmp_path, "odd", "Time,total\n0,32\n")
    case(tmp_path, "right")

    def broken(path: Path) -> object:
        if path.parent.name == "odd":
            raise ZeroDivisionError("surprise")
        return read_expected(path)

    monkeypatch.setattr("sim.conformance.examine.read_expected", broken)
    odd, right = examine_folder(tmp_path, how="plain").findings
    assert (odd.status, right.status) == ("wrong", "passed")
    assert odd.problems[0].values["error"] == "ZeroDivisionError: surprise"


def test_layouts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="conformance_no_folder"):
        cases_of(tmp_path / "nowhere")
    with pytest.raises(InputError, match="conformance_no_model"):
        cases_of(tmp_path)
    folder = case(tmp_path, "b")
    (folder / "b.XMILE").write_text("<xmile/>", encoding="utf-8")
    case(tmp_path, "a")
    (tmp_path / ".git").mkdir()
    found = [(one.name, one.model.name) for one in cases_of(tmp_path)]
    assert found == [("a", "a.mdl"), ("b", "b.XMILE"), ("b", "b.mdl")]
    assert [one.name for one in cases_of(folder)] == ["b", "b"]


def test_processes_change_nothing(tmp_path: Path) -> None:
    case(tmp_path, "odd", "Time,total\n0,33\n")
    case(tmp_path, "right")
    told: list[tuple[int, int]] = []
    alone = examine_folder(tmp_path, how="plain", done=lambda *done: told.append(done))
    assert told == [(1, 2), (2, 2)]
    assert repr(examine_folder(tmp_path, how="plain", jobs=2).findings) == repr(alone.findings)


# --- the command


def typed(*words: object) -> tuple[int, str, str]:
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            joined()(["conformance", *map(str, words)], prog_name="sim")
        except SystemExit as end:
            code = int(end.code or 0)
    return code, out.getvalue(), err.getvalue()


def test_certificate(tmp_path: Path) -> None:
    folder, output = tmp_path / "models", tmp_path / "made"
    case(folder, "right")
    case(folder, "refused", text=GROWTH.replace("SUM", "FOO"))
    code, out, _ = typed(folder, "--plain", "--output", output, "--lang", "en")
    assert code == 0
    assert "1 passed, 0 wrong, 1 refused, 0 unusable" in out
    assert max(map(len, out.splitlines())) <= 100
    said = json.loads((output / "certificate.json").read_text(encoding="utf-8"))
    assert said["tolerance"] == {"relative": 1e-5, "absolute": 1e-8}
    assert [(m["name"], m["status"], len(m["sha256"]["output.csv"])) for m in said["models"]] == [
        ("refused", "refused", 64), ("right", "passed", 64)]  # fmt: skip
    page = (output / "certificate.md").read_text(encoding="utf-8")
    assert said["versions"]["pysd"] in page
    assert "| `refused` | refused |" in page
    assert typed(folder, "--plain", "--strict", "--output", output, "--lang", "en")[0] == 3


@pytest.mark.parametrize(("lang", "word"), [("en", "WRONG"), ("zh", "不符")])
def test_exit_codes(tmp_path: Path, lang: str, word: str) -> None:
    folder = tmp_path / "models"
    case(folder, "wrong", "Time,total\n0,32.001\n")
    options = ("--plain", "--output", tmp_path / "made", "--lang", lang)
    code, out, _ = typed(folder, *options)
    assert code == 3
    assert word in out
    assert typed(folder, *options, "--relative", "1e-3")[0] == 0
    code, _, err = typed(tmp_path / "nowhere", *options)
    assert code == 2
    assert "nowhere" in err


# --- properties

NUMBERS = st.floats(-1e12, 1e12)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
def test_numbers_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "output.csv"
    path.write_text("Time,x\n" + "".join(f"{n},{a!r}\n" for n, (a, _) in enumerate(pairs)), encoding="utf-8")
    (column,) = read_expected(path).columns
    assert list(column.values) == [a for a, _ in pairs]


@given(NUMBERS, NUMBERS)
def test_within_the_tolerance_or_not(expected: float, got: float) -> None:
    tally = Tally(Tolerance(1e-3, 1e-6))
    tally.take("x", np.array([0.0]), np.array([expected]), np.array([got]))
    assert (tally.wrong == 0) == (tally.largest <= 1) == (tally.first is None)
    assert (tally.wrong == 0) == bool(abs(got - expected) <= 1e-6 + 1e-3 * abs(expected) * (1 + 1e-15))


@pytest.mark.parametrize("got", [nan, inf, -inf])
def test_what_is_no_number_is_wrong(got: float) -> None:
    assert Tolerance(1.0, 1e300).error(got, 0.0) == inf
