"""What is read without PySD's parser gives the tree that PySD's parser gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysd.translators.vensim.vensim_element import Component

from sim.errors import InputError
from sim.model.plain_syntax import plain_tree
from sim.model.reading import read_entries, read_text

ROOT = Path(__file__).parents[1]
MODELS = sorted([*ROOT.glob("models/**/*.mdl"), *ROOT.glob("tests/**/*.mdl")])


def by_pysd(text: str) -> Any:
    component = Component("x", ([], []), text)  # type: ignore[arg-type]
    component.parse()
    return component.ast


def same(one: Any, other: Any) -> bool:
    """Equal to the kind of every number; structures compare by their fields."""
    return repr(one) == repr(other) and one == other


def test_right_sides_of_all_models() -> None:
    plain = others = 0
    for path in MODELS:
        try:
            found, _ = read_entries(read_text(path).text, path)
        except InputError:
            continue
        for entry in found:
            text = " ".join(entry.right.split())
            tree = plain_tree(text) if entry.operator == "=" else None
            plain, others = plain + (tree is not None), others + (tree is None)
            assert tree is None or same(tree, by_pysd(text)), text
    assert plain > others > 0


WORDS = [
    *("a", "Birth Rate", "MAX", "INTEG", "SMOOTHI", "DELAY N", "PULSE TRAIN", "table", "with lookup", "人口", "b$' c"),
    *("é", "0", "1.5", "007", "2e3", "3e", ".5", "1.", "(", "(", ")", ")", "[", "]", "!", ",", ",", "+", "-", "*", "/"),
    *("^", "=", "<", ">", "<>", "<=", ":AND:", ":NA:", '"q"', "'s'", " "),
]
LABELS = st.lists(st.sampled_from(["p", "P 1", "q!"]), min_size=1, max_size=3)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
def test_any_tokens(words: list[str]) -> None:
    """Where the text is none, PySD's parser says so."""
    text = " ".join("".join(words).split())
    tree = plain_tree(text)
    assert tree is None or same(tree, by_pysd(text))


NAMES = st.sampled_from(["a", "Birth Rate", "人口", "x_1", "don't", "a b2 c"])
LEAVES = st.one_of(
    NAMES,
    st.builds("{}[{}]".format, NAMES, LABELS.map(", ".join)),
    st.sampled_from(["0", "12", "1.5", ".5", "2.", "1e-3", "100000000000000000000"]),
)
TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({})".format, inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(list("+-*/^")), inner),
        st.builds("({}{}{})".format, inner, st.sampled_from(["=", "<>", "<", ">="]), inner),
        st.builds("{}({})".format, st.sampled_from(["MAX", "t", "Delay 1"]), st.lists(inner, min_size=1).map(",".join)),
        st.builds("{}({}, {})".format, st.sampled_from(["INTEG", "SMOOTH", "DELAY3"]), inner, inner),
        st.builds("{} ( {} ,{},{})".format, st.sampled_from(["SMOOTH3I", "SAMPLE IF TRUE"]), inner, inner, inner),
    ),
    max_leaves=12,
)


@given(TEXTS)
def test_plain_texts(text: str) -> None:
    tree = plain_tree(text)
    assert tree is not None or not any(character.isalpha() for character in text.replace("e", ""))
    assert tree is None or same(tree, by_pysd(text))


LEFT = ["-a", "a + -b", "a * (-2)", "1 + 2", "a 2(", "INTEG(a)", "f()", "MAX(a b)(c)", "a < b < c", "a[1]", "a[b,]",
        "007 * a", "2(a)", "x :OR: y", "tabbed array(1)", ""]  # fmt: skip


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left_to_pysd(text: str) -> None:
    assert plain_tree(text) is None
