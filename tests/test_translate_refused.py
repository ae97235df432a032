"""Mistakes in model texts with their lines, and what is legal but not covered."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from sim.cache import Cache
from sim.errors import InputError
from sim.model.translate import NotCompiledError, translate
from sim.simulate.source import read_source
from sim.words.catalogue import problem_line
from tests.translated import NUMBERS, RANGES, read

PROBLEMS = [
    ("v = MAX(a，b) ~~|", "model_character_instead"),
    ("v = a × 2 ~~|", "model_character_instead"),
    ("v = a § 2 ~~|", "model_character"),
    ("v = foo(a) ~~|", "model_function_unknown"),
    ("v = nothing + 1 ~~|", "model_reference"),
    ("v = a +* 2 ~~|", "model_syntax"),
    ("v = 1, 2, ~~|", "model_syntax"),
    ("v = SMOOTH3(a) ~~|", "model_syntax"),
    ("v = MAX(a) ~~|", "model_arguments"),
    ("v = INTEG(a) ~~|", "model_syntax"),
    ("v = w[park] ~~|", "model_dimension"),
    ("v = w ~~|", "model_dimension"),
    ("v[ind] = w[park] ~~|", "model_dimension"),
    ("v[park] = e[park] ~~|", "model_subscripts"),
    ("v[park] = w[park, ind] ~~|", "model_subscripts"),
    ("v[park] = w ~~|", "model_subscripts"),
    ("v[park] = w[ind] ~~|", "model_dimension"),
    ("v[park] = park + ind ~~|", "model_dimension"),
    ("v = w[x] ~~|", "model_element"),
    ("u[big] = a * Time ~~| v[park] = u[park] ~~|", "model_element"),
    ("v = w[park!] ~~|", "model_not_reduced"),
    ("v[ind] = SUM(w[A!]) ~~|", "model_not_reduced"),
    ("v = SUM(a) ~~|", "model_nothing_reduced"),
    ("v = a(3) ~~|", "model_no_lookup"),
    ("f((0,0),(1,1)) ~~| v = f + 1 ~~|", "model_lookup_bare"),
    ("pr: t, m, wd, x1 ~~| p[park, pr] = 1, 5, 2, 0; 1, 5, 2, 0; 1, 5, 2, 0; ~~| "
     "v[park] = ALLOCATE AVAILABLE(w[park], p[park, m], 1) ~~|", "model_profile_first"),
    ("v[park] = 1, 2 ~~|", "model_number_count"),
    ("v[A] = 1 ~~| v[B, x] = 2 ~~|", "model_left_sides"),
    ("v[park] :EXCEPT: [A, x] = 2 ~~|", "model_left_sides"),
    ("v[w] = 1 ~~|", "model_reference"),
    ("m: m1, m2 -> park ~~| v = 1 ~~|", "model_mapping"),
    ("m: m1, m2 -> (park: A, B) ~~| v = 1 ~~|", "model_mapping"),
    ("m: m1, m2 -> (parks: A, B) ~~| v = 1 ~~|", "model_reference"),
    ("m: m1, m2 -> (park, A, B ~~| v = 1 ~~|", "model_reference"),
    ("m: (m1 - n3) ~~| v = 1 ~~|", "model_numbered"),
    ("m: (m3 - m1) ~~| v = 1 ~~|", "model_numbered"),
    ("m: park, A ~~| v = 1 ~~|", "model_label_twice"),
    ("m: m1, , m2 ~~| v = 1 ~~|", "model_label"),
    ("v = u ~~| u = v ~~|", "model_loop"),
    ("v = INTEG(1, u) ~~| u = v ~~| v2 = INTEG(1, v3) ~~| v3 = v2 ~~|", "model_start_loop"),
    ("r: s ~~| s: r ~~|", "model_range_loop"),
    ("v = MIN(w[park], ~~|", "model_equation"),
    ("v = 1, 2 + a ~~|", "model_syntax"),
]


@pytest.mark.parametrize(("text", "code"), PROBLEMS)
def test_mistakes_have_their_line_and_words(text: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        read(f"{RANGES}{NUMBERS}{text}\n")
    assert {problem.code for problem in error.value.problems} == {code}
    line = len((RANGES + NUMBERS).splitlines()) + 1
    assert {problem.place.line for problem in error.value.problems if problem.place} == {line}
    for problem in error.value.problems:
        assert "{" not in problem_line("zh", problem) + problem_line("en", problem)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        read(f"{RANGES}{NUMBERS}u = w[park] + MAX(1)\n ~~|\nv = w ~~|\n")
    assert [(p.code, p.place.line) for p in error.value.problems if p.place] == [
        ("model_dimension", 9),
        ("model_arguments", 9),
        ("model_dimension", 11),
    ]


def test_both_sides_of_a_dimension_are_named() -> None:
    with pytest.raises(InputError) as error:
        read(f"{RANGES}{NUMBERS}v[park] = e[park, ind] ~~|")
    values = error.value.problems[0].values
    assert (values["left"], values["needs"], values["reference"]) == ("[park]", "[ind]", "e[park, ind]")


def test_a_control_variable_is_missing() -> None:
    with pytest.raises(InputError) as error:
        translate("x = Time ~~| INITIAL TIME = 0 ~~| FINAL TIME = 1 ~~| SAVEPER = 1 ~~|", Path("m.mdl"))
    assert [(p.code, p.values["name"]) for p in error.value.problems] == [("model_control", "TIME STEP")]


REASONS = [
    ("v = VECTOR SELECT(w[park!], w[park!], 0, 0, a) ~~|\nu = SMOOTH N(Time, 2, 1, Time) ~~|",
     ["VECTOR SELECT (v, 9)", "SMOOTH N(…, order) (u, 10)"]),
    ("v = VECTOR SELECT(w[park!], w[park!], 0, 0, a) ~~|", ["VECTOR SELECT (v, 9)"]),
    ("v[A] = Time ~~|\nv[B] = 2 ~~|", ["0 × v[C] (v, 9)"]),
    ("v[park] = Time ~~|\nv[B] = 2 ~~|", ["2 × v[B] (v, 9)"]),
    ("v[park, park] = Time ~~|", ["v[park, park] (v, 9)"]),
    ("f((0,0),(1,1),(1,2)) ~~| v = f(Time) ~~|", ["LOOKUP (f, 9)"]),
    ("k = 2 + STEP(1, 2) ~~| v = DELAY N(Time, k, 1, 3) ~~|", ["DELAY N(…, time, …) (v, 9)"]),
    ("v = SMOOTH N(Time, 2, 1, Time) ~~|", ["SMOOTH N(…, order) (v, 9)"]),
    ("v = DELAY N(Time, 2, 1, 1.5) ~~|", ["DELAY N(…, order) (v, 9)"]),
    (f"v = {'(1 + ' * 170}a{')' * 170} ~~|", ["(((…))) (v, 9)"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REASONS)
def test_what_is_not_covered_is_named(text: str, expected: list[str]) -> None:
    with pytest.raises(NotCompiledError) as error:
        read(f"{RANGES}{NUMBERS}{text}\n")
    assert [str(reason) for reason in error.value.reasons] == expected
    assert pickle.loads(pickle.dumps(error.value)).reasons == error.value.reasons


def test_delay_n_of_a_constant_time_is_covered() -> None:
    assert read("k = 2 ~~| t = k * 2 ~~| u = INITIAL(Time + 3) ~~| v = DELAY N(Time, t + u, 1, 3) ~~|").checks


@pytest.mark.parametrize("many", ["r{0}: r{1}, r{1} ~~| " * 60, "r{0}: r{1} ~~| " * 3000], ids=["wide", "deep"])
def test_ranges_within_ranges_without_end_are_refused(many: str) -> None:
    pieces = many.split("~~| ")[:-1]
    text = "".join(piece.format(n, n + 1) + " ~~| " for n, piece in enumerate(pieces))
    with pytest.raises(InputError) as error:
        read(f"{text} r{len(pieces)}: x ~~| v = 1 ~~|")
    assert [problem.code for problem in error.value.problems] == ["model_range"]


FAULTS = """{UTF-8}
a = 3 * (2 ~~|
b = P(2) + nothing ~~|
look((0,1),(1,2)) ~ |
x = INTEG(look(Time) + y, 1) ~~|
y = MESSAGE(3) ~~|
z = FOO(x) + SMOTH(a, b) ~~|
s((0,1),(1,)) ~~|
t = s(2) ~~|
r: a1, a2 ~~|
w[r] = 3 ~~|
u = w[a3] + a ~~|
INITIAL TIME=0~~|FINAL TIME=9~~|TIME STEP=1~~|SAVEPER=1~~|
"""
FOUND = [
    (2, "model_equation"), (3, "model_reference"), (3, "model_function_unknown"), (4, "model_entry"),
    (6, "model_function"), (7, "model_function_unknown"), (7, "model_function_unknown"), (8, "model_equation"),
    (12, "model_reference"),
]  # fmt: skip


@pytest.mark.parametrize("more", ["", "q = 4 ~ |"])
def test_a_mistake_hides_no_other(tmp_path: Path, more: str) -> None:
    """But where the file breaks off: then nothing is said of names that the rest may define."""
    path = tmp_path / "m.mdl"
    path.write_text(FAULTS + more, encoding="utf-8")
    absent = {"model_reference", "model_function_unknown"} if more else set()
    with pytest.raises(InputError) as error:
        read_source(path, Cache(tmp_path / "cache"))
    expected = [(line, code) for line, code in FOUND if code not in absent] + [(14, "model_entry")] * bool(more)
    assert [(p.place and p.place.line, p.code) for p in error.value.problems] == expected
