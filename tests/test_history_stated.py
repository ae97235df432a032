"""The test against history as a bundle states it: read, held against what is found, and repeated in every heading."""

from __future__ import annotations

from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import xarray as xr

from sim.bundle import load_bundle
from sim.confidence.finding import Figure, Note, held
from sim.confidence.history import _misstated
from sim.confidence.spec import History
from sim.errors import InputError
from sim.provenance import run_id
from sim.publish import Stored, about, heading
from sim.report.sentences import closing_sentences
from sim.report.terminal import verdict_table
from sim.report.workbook import write_summary
from sim.study import Prepared, prepare
from sim.tested import CONFIDENCE, FIGURES, read_stated
from sim.words.catalogue import Language, text
from sim.words.punctuation import full_width
from tests.datasets import BUNDLE, synthetic_results
from tests.target_rows import sample_rows
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]


@pytest.mark.parametrize(
    ("content", "figures", "expected"),
    [
        (None, True, "untested"),
        ("", True, "untested"),
        ("[history]\nfirst = 2016\n", True, "untested"),
        ('[history]\noutcome = "failed"\n', True, "failed"),
        ('[history]\noutcome = "passed"\n', True, "passed"),
        ('[history]\noutcome = "passed"\n', False, "untested"),  # nothing that it could have been held against
        ('outcome = "passed"\n', True, "untested"),
        ("history = 1\n", True, "untested"),  # told by whoever reads the whole file
    ],
)
def test_what_a_bundle_states(tmp_path: Path, content: str | None, figures: bool, expected: str) -> None:
    if content is not None:
        (tmp_path / CONFIDENCE).write_text(content, encoding="utf-8")
    if figures:
        (tmp_path / FIGURES).write_text("", encoding="utf-8")
    assert read_stated(tmp_path) == expected


def test_another_word_is_a_mistake_of_the_bundle_with_its_line(place: Workplace) -> None:
    path = place.bundle / CONFIDENCE
    path.write_text(path.read_text("utf-8").replace('outcome = "failed"', 'outcome = "fail"'), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_bundle(place.bundle)
    (problem,) = caught.value.problems
    assert (problem.code, problem.suggestion) == ("unknown_choice", "failed")
    assert problem.place is not None
    assert path.read_text("utf-8").splitlines()[problem.place.line - 1].startswith("outcome")  # type: ignore[operator]
    told = place.sim("check", "scenarios/plan.toml")
    assert told.code == 2
    assert 'history.outcome is "fail"' in told.err


@pytest.fixture(scope="module")
def shipped() -> Prepared:
    with chdir(BUNDLE.parents[1]):
        return prepare(Path("scenarios/plan.toml"), "compiled")


def stating(prepared: Prepared, word: Any) -> Prepared:
    return replace(prepared, bundle=replace(prepared.bundle, stated=word))


def test_the_shipped_bundle_states_that_it_failed_and_an_own_table_was_never_tested(
    shipped: Prepared, started: Workplace
) -> None:
    assert shipped.bundle.history == "failed"
    assert shipped.provenance["history_test"] == "failed"
    own = load_bundle(started.bundle)
    assert (own.stated, own.history) == ("failed", "untested")


def test_the_id_of_a_run_tells_what_its_headings_say(shipped: Prepared) -> None:
    bundle, scenario, engine = shipped.bundle, shipped.scenario, shipped.chosen.engine
    ids = {run_id(replace(bundle, stated=word), scenario, engine) for word in ("untested", "failed", "passed")}  # type: ignore[arg-type]
    assert len(ids) == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("word", ["untested", "failed", "passed"])
def test_screen_sentences_and_workbook_say_it(tmp_path: Path, shipped: Prepared, word: str, lang: Language) -> None:
    outcome: Any = SimpleNamespace(prepared=stating(shipped, word))
    said, rows = text(lang, f"table.history.{word}"), sample_rows()
    above = heading(outcome)
    assert said in verdict_table(rows, above, lang).replace("\n", " ")
    written = full_width(said) if lang == "zh" else said  # the sentences of a draft have Chinese punctuation
    assert written in "".join(sentence.text for sentence in closing_sentences(rows, above, lang))
    facts = about(outcome, lang)
    assert said in facts.values()
    path = tmp_path / "summary.xlsx"
    write_summary(path, rows, synthetic_results(parks=5), [], facts, lang, None, above.history)
    book = openpyxl.load_workbook(path)
    for sheet in (book.worksheets[0], book.worksheets[-1]):
        cells = [str(cell) for line in sheet.iter_rows(values_only=True) for cell in line if cell]
        assert any(said in cell for cell in cells), sheet.title


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [({}, "untested"), ({"history_test": "failed"}, "failed"), ({"history_test": "superb"}, "untested")],
)
def test_stored_results_keep_it_and_older_ones_were_not_tested(attrs: dict[str, str], expected: str) -> None:
    known = {"scenario_name_zh": "a", "scenario_name": "a", "run_id": "a-000000", "reported_base": "published"}
    stored = Stored(Path("x"), xr.Dataset(attrs=known | attrs), None, (), {}, None, ())
    assert stored.heading.history == expected


@pytest.mark.parametrize(
    ("stated", "share", "told"),
    [
        (None, 0.5, None),
        ("failed", 0.5, None),
        ("passed", 0.95, None),
        ("passed", 0.5, ("passed", "failed")),
        ("failed", 0.95, ("failed", "passed")),
    ],
)
def test_a_statement_that_is_not_what_was_found_fails(
    stated: str | None, share: float, told: tuple[str, str] | None
) -> None:
    spec = History.model_construct(outcome=stated)
    found: list[Figure] = list(_misstated(held(Note("history.inside"), share, low=0.9), spec))
    assert [figure.passed for figure in found] == ([False] if told else [])
    for figure in found:
        for lang in ("zh", "en"):
            words = figure.what.of(lang)  # type: ignore[arg-type]
            assert all(text(lang, f"confidence.status.{word}") in words for word in told or ())  # type: ignore[arg-type]
