"""Equations as JSON and back."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.ir import (
    OPERATORS,
    Check,
    Clock,
    Clocks,
    Equation,
    Equations,
    Expression,
    Index,
    Kind,
    Look,
    Number,
    Op,
    Past,
    Reduce,
    Ref,
    Variable,
)
from sim.model.ir_json import from_json, to_json

LEAVES = st.one_of(
    st.builds(Number, st.floats(allow_nan=False)),
    st.builds(Clock, st.sampled_from(["time", "step", "start", "end", "saveper"])),
    st.builds(Ref, st.text(max_size=5), st.just((Index("park"), Index(None, (2,)), Index("a", (1, 0))))),
)


def grown(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operations = st.sampled_from(sorted(OPERATORS)).flatmap(
        lambda name: st.builds(Op, st.just(name), st.tuples(*[inner] * OPERATORS[name]))
    )
    return st.one_of(
        operations,
        st.builds(Reduce, st.sampled_from(["sum", "product"]), st.just((("park!", "park"),)), inner),
        st.builds(Look, st.just("f"), st.just(()), inner),
        st.builds(Past, st.just("x"), st.just((Index("park"),)), inner, inner),
    )


@given(st.recursive(LEAVES, grown, max_leaves=12), st.sampled_from(get_args(Kind)))
def test_json_and_back(body: Expression, kind: Kind) -> None:
    variable = Variable("x", kind, ("park",), (0.1, 1e300), (float("inf"),), "km²", "面积", True, 3)
    equation = Equation("x", "value", (("park", "park"),), (Index("park"),), body, 7)
    check = Check("delay_too_short", "x", (), body, Number(1.0))
    whole = Equations({"park": ("甲", "P2")}, {"x": variable}, (equation,), Clocks(0, 1, 0.1, 1), (check,))
    assert from_json(to_json(whole)) == whole


BROKEN = [
    (b'["n",1.0]', b'["x",1.0]'),
    (b'["n",1.0]', b'["n","1.0"]'),
    (b'["n",1.0]', b'["o","eval",["n",1.0]]'),
    (b'["n",1.0]', b'["o","add",["n",1.0]]'),
    (b'["n",1.0]', b"{}"),
    (b'"value"', b'"values"'),
    (b'"auxiliary"', b'"macro"'),
    (b'"format":1', b'"format":0'),
    (b'"checks":[]', b'"checks":[],"more":1'),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_json_is_closed(old: bytes, new: bytes) -> None:
    rule = Equation("x", "value", (), (), Number(1.0))
    text = to_json(Equations({}, {"x": Variable("x", "auxiliary")}, (rule,), Clocks(0, 1, 1, 1)))
    assert old in text
    with pytest.raises(ValueError, match=r"no |not "):
        from_json(text.replace(old, new))
