"""Sums of the park table: where each comes from, and that the page tells it of sums only, not of single parks."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Literal, cast

import pytest

from sim.bundle import Bundle, load_bundle
from sim.document.blocks import Items
from sim.errors import Place
from sim.explain.inputs import Input, coverage
from sim.explain.page_inputs import _Writer
from sim.explain.totals import totals_of
from sim.explain.words import Words
from tests.datasets import BUNDLE


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return load_bundle(BUNDLE)


def test_every_total_is_the_sum_of_its_column_and_stands_on_its_line(bundle: Bundle) -> None:
    found = totals_of(bundle)
    assert {"output", "revenue", "gdp", "iva", "services", "capital"} <= set(found)
    for key, one in found.items():
        assert bundle.parks.values(key).sum() == pytest.approx(one.value, rel=1e-4)
        assert one.place.line
        line = one.place.file.read_text(encoding="utf-8-sig").splitlines()[one.place.line - 1]
        assert (key if one.origin != "rest" else "iva") in line
        assert one.low is None or one.high is None or one.low <= one.value <= one.high
    assert (found["output"].origin, found["iva"].origin, found["idle_land"].origin) == (
        "published", "derived", "assumed")  # fmt: skip
    assert found["services"].value == pytest.approx(found["gdp"].value - found["iva"].value)


def test_the_sum_of_five_years_is_no_total_of_one(bundle: Bundle) -> None:
    assert "fdi" not in totals_of(bundle)


def test_a_table_of_the_users_own_has_no_such_totals(bundle: Bundle) -> None:
    assert totals_of(replace(bundle, parks=replace(bundle.parks, shipped=False))) == {}
    origins = bundle.parks.origins.copy()
    origins.loc[origins.index[0], "output"] = "user"
    found = totals_of(replace(bundle, parks=replace(bundle.parks, origins=origins)))
    assert "output" not in found
    assert "revenue" in found


TOLD = {
    "zh": ["工业总产值18484亿元:公布;规划", "服务业等增加值3664亿元:生产总值9209(公布", "工业增加值5545亿元(区间5200"],
    "en": [
        "gross industrial output 18484 1e8 CNY: published; plan",
        "GDP 9209 (published;",
        "5545 1e8 CNY (range 5200 to",
    ],
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_says_where_sums_come_from(bundle: Bundle, lang: Literal["zh", "en"]) -> None:
    columns = [bundle.columns[key] for key in ("output", "services", "iva", "share_metals")]
    inputs = [Input("column", one.key, one, coverage(bundle, one), Place(BUNDLE, 1), 1) for one in columns]
    row = SimpleNamespace(value_2020=1.0)
    found = SimpleNamespace(bundle=bundle, row=row, effects=None, inputs=inputs)
    writer = _Writer(cast(Any, found), Words(lang, cast(Any, None), bundle, {}, {}), wide=False)
    (items,) = (block for block in writer.columns() if isinstance(block, Items))
    assert len(items.lines) == 3
    for told in TOLD[lang]:
        assert any(told in item for item in items.lines), (told, items.lines)
    assert all(re.search(r"(published\.csv|reconstruction\.toml):\d+", item) for item in items.lines)
