"""The engine behind its interface: yearly series, refusals, failures named, a cache that several processes share."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from sim.cache import Cache
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.interface import LEAD_IN, YEAR, Engine, Series, StudyInputs
from sim.engine.pysd_engine import PysdEngine, translated
from sim.errors import EngineError, InputError
from sim.model.mdl_text import bind_text, constants_of, entries, read_model_text
from sim.words.catalogue import problem_line

MODEL = """{UTF-8}
park: A, B ~ ~ |
rate = 0.1 ~ 1/Year ~ 速率. Rate. |
floor = 1 ~ Dmnl ~ 下限. Floor. |
start[park] = 1, 2 ~ km2 ~ 初值. Start. |
speed = rate / floor ~ 1/Year ~ 速度. Speed. |
growth[park] = speed * level[park] ~ km2/Year ~ 增长. Growth. |
level[park] = INTEG(growth[park], start[park]) ~ km2 ~ 存量. Level. |
count = INTEG(1, 0) ~ Year ~ 计数. Count. |
********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|
FINAL TIME  = 2030 ~ Year ~ |
INITIAL TIME  = 2015 ~ Year ~ |
SAVEPER  = 1 ~ Year ~ |
TIME STEP  = 0.5 ~ Year ~ |
"""


def inputs(parks: tuple[str, ...] = ("P1", "P2", "P3"), **changes: object) -> StudyInputs:
    start = xr.DataArray(np.arange(1.0, len(parks) + 1), dims="park", coords={"park": list(parks)})
    fields = {"constants": {"start": start, "rate": xr.DataArray(0.2)}, "series": {}, "start": 2015, "end": 2018}
    return StudyInputs(parks=parks, **({**fields, "step": 0.5} | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=[PysdEngine, CompiledEngine], ids=["pysd", "compiled"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param()  # type: ignore[no-any-return]


def bound(parks: tuple[str, ...] = ("P1", "P2", "P3")) -> str:
    return bind_text(MODEL, Path("m.mdl"), parks)


@pytest.mark.parametrize("parks", [("P1",), ("P1", "P2", "P3"), tuple(f"Z{i}" for i in range(40))])
def test_any_number_of_parks(engine: Engine, parks: tuple[str, ...]) -> None:
    found = engine.simulate(bound(parks), inputs(parks), ["level"])["level"]
    assert found.dims == ("park", "time")
    expected = np.arange(1.0, len(parks) + 1)[:, None] * 1.1 ** (2 * np.arange(4))
    assert np.allclose(found, expected, rtol=1e-12)


def test_series_follow_the_years(engine: Engine) -> None:
    yearly = xr.DataArray([0.0, 0.0, 0.2, 0.0], dims=YEAR, coords={YEAR: [2015, 2016, 2017, 2018]})
    given_ = inputs(series={"rate": Series(yearly, "steps")})
    level = engine.simulate(bound(), given_, ["level"])["level"].sel(park="P1")
    # in force over (2016, 2017]: the Euler steps that begin in 2016.5 and 2017.0
    assert np.allclose(level, [1.0, 1.0, 1.1, 1.21])


def test_unknown_names_are_refused(engine: Engine) -> None:
    with pytest.raises(InputError) as caught:
        engine.simulate(bound(), inputs(constants={"strat": xr.DataArray(1.0)}), ["level", "levels"])
    assert [p.values["name"] for p in caught.value.problems] == ["strat", "levels"]


def test_a_failure_names_the_variable(engine: Engine) -> None:
    with pytest.raises(EngineError, match="speed"):
        engine.simulate(bound(), inputs(constants={"floor": xr.DataArray(0.0)}), ["level"])


def test_a_value_that_is_no_number_is_named_with_its_place(engine: Engine) -> None:
    start = xr.DataArray([1.0, np.nan, 1.0], dims="park", coords={"park": ["P1", "P2", "P3"]})
    with pytest.raises(EngineError, match=r"P2\].*2015"):
        engine.simulate(bound(), inputs(constants={"start": start}), ["level"])


def test_two_threads_may_translate_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: translated(bound(("Q1",)), Cache(tmp_path)), range(2))
    assert first == second
    assert [entry.kind for entry in Cache(tmp_path).entries()] == ["pysd"]


def test_what_cannot_be_translated_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        translated("{UTF-8}\nx = 1 + + * ~ ~ |\n", Cache(tmp_path))
    assert caught.value.problems[0].code == "model_translate"


def test_units_documentation_and_names_of_strangers_do_not_reach_the_translation() -> None:
    nasty = 'a = 1 ~ """\nimport os ~ """; import os; os.system("x") |'
    text = bind_text(nasty, Path("m.mdl"), ["P1"])
    assert "import" not in text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('x = GET DIRECT CONSTANTS("/etc/passwd", ",", "A1") ~ ~ |', "model_function"),
        ("x = GET XLS DATA('a', 'b', 'c', 'd') ~ ~ |", "model_function"),
        ('"a\\" = 1 ~ ~ |', "model_name"),
        ("x = y\\z ~ ~ |", "model_character"),
        ("park: A, 9B ~ ~ |", "model_label"),
        ("half an equation", "model_entry"),
        ("", "model_empty"),
    ],
)
def test_what_is_refused_before_translation(text: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        entries(text, Path("m.mdl"))
    assert code in [problem.code for problem in caught.value.problems]


@given(st.text(max_size=200))
def test_any_text_gives_entries_or_an_input_error(text: str) -> None:
    with contextlib.suppress(InputError):
        entries(text, Path("m.mdl"))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"\x00\x01", "model_binary"), ("模型".encode("gb18030"), "model_encoding")],
)
def test_files_that_are_no_model(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "m.mdl"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_model_text(path)
    assert caught.value.problems[0].code == code
    for lang in ("zh", "en"):
        assert ("{UTF-8}" in problem_line(lang, caught.value.problems[0])) == (code == "model_encoding")
        assert "{{" not in problem_line(lang, caught.value.problems[0])


def test_constants_are_numbers_only() -> None:
    assert list(constants_of(entries(MODEL, Path("m.mdl")))) == ["rate", "floor", "start"]


@given(years=st.integers(1, 20), time=st.floats(-3.0, 25.0))
def test_steps_hold_over_the_calendar_year(years: int, time: float) -> None:
    values = xr.DataArray(np.arange(float(years)), dims=YEAR, coords={YEAR: np.arange(years)})
    at = float(Series(values, "steps").at(time))
    assert at == np.clip(np.floor(time - LEAD_IN + 1e-6) + 1, 0, years - 1)
    linear = float(Series(values, "linear").at(time))
    assert linear == pytest.approx(np.clip(time, 0, years - 1), abs=1e-9)
