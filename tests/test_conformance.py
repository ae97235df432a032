"""The folder of models with known results: the files are those that are written down, and no model is wrong.

Run with REWRITE_CONFORMANCE=1 in the environment to write tests/conformance anew from tests/conforming.
"""

from __future__ import annotations

import os
import shutil

import pytest

from sim.cache import Cache
from sim.conformance.compare import Tolerance
from sim.conformance.examine import examine
from sim.conformance.folder import cases_of
from tests.conforming.folder import CASES, FOLDER, written
from tests.conforming.outcome import STRICT, examined


def test_files_are_as_written() -> None:
    expected = dict(written())
    if os.environ.get("REWRITE_CONFORMANCE"):
        shutil.rmtree(FOLDER, ignore_errors=True)
        for path, content in expected.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        pytest.skip("written anew")
    found = {path: path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert sorted(found) == sorted(expected), "run again with REWRITE_CONFORMANCE=1"
    assert [path for path, content in expected.items() if found[path] != content] == []


def test_there_are_enough_and_each_says_where_its_results_come_from() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 150
    for case in CASES:
        assert all((case.shows, case.derived, case.source.startswith("https://"))), case.name


def test_no_model_is_wrong_or_unusable() -> None:
    assert [name for name, one in examined().items() if one.status in ("wrong", "unusable")] == []


def test_every_refusal_has_a_reason_and_every_column_a_variable() -> None:
    for name, one in examined().items():
        assert one.status != "refused" or one.problems, name
        assert not one.unknown, name
        assert not one.skipped, name
        if one.status == "passed":
            assert one.columns == len(next(case for case in CASES if case.name == name).expected)


@pytest.mark.parametrize("name", ["delay3_of_a_pulse", "lookup_by_element"])
def test_kernels_give_the_same(name: str) -> None:
    """A short form of ``make conformance``, which compiles every model."""
    (case,) = cases_of(FOLDER / name)
    one = examine(case, STRICT, "compiled", Cache())
    assert (one.status, one.numbers) == ("passed", examined()[name].numbers)
    exact = examine(case, Tolerance(0.0, 0.0), "compiled", Cache())
    assert exact.largest in (0.0, float("inf"))
