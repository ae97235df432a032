"""Checked values out of TOML: whatever a schema objects to is one message with its line, and suggestions are near."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen, MultipleOf
from pydantic import AfterValidator, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from sim.errors import Problem
from sim.nearest import nearest
from sim.toml_places import parse_toml
from sim.toml_values import Closed, Said, Spot, closed
from sim.words.catalogue import problem_line


def odd(value: int) -> int:
    if value % 2:
        return value
    raise PydanticCustomError("even", "it is even")


def true_only(value: bool) -> bool:
    assert value
    return value


FORMS = [
    (Annotated[float, Gt(0)], "-1", "beyond_bound", "a is -1; a number > 0"),
    (Annotated[float, Ge(0)], "-1.5", "beyond_bound", "a is -1.5; a number >= 0"),
    (Annotated[int, Lt(3)], "3", "beyond_bound", "a is 3; a number < 3"),
    (Annotated[int, Le(3)], "4", "beyond_bound", "a is 4; a number <= 3"),
    (Annotated[int, MultipleOf(5)], "4", "not_allowed", "multiple of 5"),
    (Annotated[list[int], MinLen(2)], "[1]", "wrong_count", "a has 1 members; a number of them >= 2"),
    (Annotated[list[int], MaxLen(2)], "[1, 2, 3]", "wrong_count", "a has 3 members; a number of them <= 2"),
    (Annotated[dict[str, int], MinLen(1)], "{}", "wrong_count", "a has 0 members"),
    (Annotated[str, MinLen(1)], '""', "empty_text", "a is empty"),
    (Said, '" "', "empty_text", "a is empty"),
    (Annotated[str, MinLen(5)], '"abc"', "not_allowed", 'a is "abc"'),
    (Annotated[str, MaxLen(2)], '"abc"', "not_allowed", 'a is "abc"'),
    (Annotated[str, StringConstraints(pattern=r"^\w*$")], '"a b"', "not_allowed", 'a is "a b"'),
    (tuple[int, int], "7", "not_allowed", "a is 7"),
    (set[int], "7", "not_allowed", "a is 7"),
    (Annotated[int, AfterValidator(odd)], "2", "not_allowed", "it is even"),
    (Annotated[bool, AfterValidator(true_only)], "false", "not_allowed", "a is false"),
    (float | Annotated[list[int], MinLen(1)], "[]", "expected_number", "a is []"),
    (Literal["x", "y"], '"z"', "unknown_choice", '"x" or "y"'),
    (dict[str, float], "{b = 'c'}", "expected_number", "a.b is"),
    (int, "1.5", "expected_integer", "a is 1.5"),
    (float, "inf", "not_finite", "a is"),
]


def problems_of(form: Any, value: str) -> list[Problem]:
    model = create_model("Table", __base__=Closed, a=(form, ...))
    problems: list[Problem] = []
    assert closed(Spot.root(parse_toml(f"\na = {value}", Path("a.toml"))), model, problems) is None
    return problems


@pytest.mark.parametrize(("form", "value", "code", "words"), FORMS)
def test_whatever_a_schema_objects_to_has_words(form: Any, value: str, code: str, words: str) -> None:
    problems = problems_of(form, value)
    assert problems[0].code == code
    assert words in problem_line("en", problems[0])
    for problem in problems:
        assert problem.place is not None
        assert problem.place.line == 2
        assert problem_line("zh", problem)


NEAR = [
    ("SMOTH3", ["PI", "SMOOTH3"], "SMOOTH3"),
    ("SPIRAL", ["PI", "SIN"], ""),
    ("FOO", ["PI", "MODULO", "FORECAST"], ""),
    ("P", ["PI", "EXP"], ""),
    ("EXPIRE", ["EXP"], ""),
    ("STEPP", ["STEP", "PI"], "STEP"),
    ("第1开发", ["第1开发区", "第2园区"], "第1开发区"),
    ("亦庄", ["北京亦庄开发区", "东丽"], "北京亦庄开发区"),
    ("land-treshold", ["mergers", "land_threshold"], "land_threshold"),
]


@pytest.mark.parametrize(("word", "choices", "expected"), NEAR)
def test_a_suggestion_is_near(word: str, choices: list[str], expected: str) -> None:
    assert nearest(word, choices) == expected
