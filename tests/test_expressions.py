"""The language of target expressions: what it accepts, what it means, how it refuses the rest."""

from __future__ import annotations

from string import printable

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.targets.expressions import parse_expression
from sim.targets.interpret import Interpreter, NotComputable
from sim.targets.recorded import recorded
from sim.targets.syntax import FUNCTIONS
from sim.words.catalogue import problem_line
from tests.datasets import synthetic_results

RESULTS = synthetic_results(parks=14)
OUTPUTS = tuple(str(name) for name in RESULTS.data_vars)
CONSTANTS = {"half": 0.5}


def value(text: str, results: xr.Dataset = RESULTS) -> xr.DataArray:
    expression = parse_expression(text, OUTPUTS, CONSTANTS)
    record = recorded(results)
    series = Interpreter(record, CONSTANTS, {}).series(expression)
    return xr.DataArray(series, dims=("run", "time"), coords={"time": record.years})


def at(text: str, year: int = 2020, results: xr.Dataset = RESULTS) -> float:
    return float(value(text, results).sel(time=year).item())


GDP = RESULTS["gdp"].isel(run=0)
LIVE = RESULTS["host"] != ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("-half + +1", 0.5),
        ("sum(gdp)", float(GDP.sel(time=2020).sum())),
        ("max(gdp) + min(gdp)", float(GDP.sel(time=2020).max() + GDP.sel(time=2020).min())),
        ("mean(gdp)", float(GDP.sel(time=2020).mean())),
        ("base(sum(gdp))", float(GDP.sel(time=2015).sum())),
        ("at(sum(gdp), 2017)", float(GDP.sel(time=2017).sum())),
        ("change(sum(gdp))", float(GDP.sel(time=2020).sum() / GDP.sel(time=2015).sum() - 1)),
        ("cumulative(sum(gdp))", float(GDP.sel(time=slice(2016, 2020)).sum())),
        ("percent(half)", 50.0),
        ("floor(2.99999999999)", 3.0),
        ("larger(2, 3) + smaller(2, 3)", 5.0),
        ("parks()", 14.0),
        ("zones()", 13.0),
        ("count(is_zone)", 13.0),
        ("count(gdp > 0 and not key24)", 9.0),
        ("share(key24)", 5 / 14),
        ("all(gdp > 0)", 1.0),
        ('count(region == "east" or region != "east")', 14.0),
        ('sum(material(output)) - sum(output[industry != "services"])', 0.0),
        ("max(sum(output, industry)) - max(sum(output, park))", None),
        ("nth(gdp, 1) - max(gdp)", 0.0),
        ("nth(gdp, 99) - min(gdp)", 0.0),
        ("max_per(is_zone, county)", 2.0),
        ("count(0 < gdp < 0)", 0.0),
    ],
)
def test_value(text: str, expected: float | None) -> None:
    found = at(text)
    assert np.isfinite(found)
    if expected is not None:
        assert found == pytest.approx(expected, abs=1e-9)


def test_growth_is_an_average_and_undefined_in_the_base_year() -> None:
    ratio = float(GDP.sel(time=2020).sum() / GDP.sel(time=2015).sum())
    assert at("growth(sum(gdp))") == pytest.approx((ratio**0.2 - 1) * 100)
    assert np.isnan(at("growth(sum(gdp))", 2015))
    assert not at("all(growth(gdp) > -100)", 2015)


@pytest.mark.parametrize(
    "text", ["sum(gdp) / 0", "sum(gdp) / (sum(iva) - sum(iva))", "mean(gdp[gdp < 0])", "max(gdp[gdp < 0])"]
)
def test_division_by_zero_and_empty_selections_are_undefined(text: str) -> None:
    assert np.isnan(at(text))


def test_zones_add_up_their_members_before_anything_else() -> None:
    host = RESULTS["host"].sel(time=2020).values
    revenue = RESULTS["revenue"].isel(run=0).sel(time=2020).values
    sums = [revenue[host == name].sum() for name in np.unique(host)]
    assert at("max(zone(revenue))") == pytest.approx(max(sums))
    bar = float(np.median(sums))
    assert at(f"count(zone(revenue) > {bar!r})") == sum(s > bar for s in sums)
    assert at("count(zone_min(gdp) <= zone_max(gdp))") == len(sums)


def test_a_zone_lies_where_its_host_lies() -> None:
    host = RESULTS["host"].sel(time=2020).values
    east = set(RESULTS["park"].values[RESULTS["region"].values == "east"])
    expected = sum(name in east for name in np.unique(host))
    assert at('count(zone(revenue)[region == "east"] > 0)') == expected


def test_parks_that_left_take_part_in_nothing() -> None:
    host = RESULTS["host"].copy()
    host.values[0, 4:] = ""
    host.values[4, :] = RESULTS["park"].values[4]
    results = RESULTS.assign_coords(host=host)
    gone = float(GDP.isel(park=0).sel(time=2020))
    assert at("sum(gdp)", 2020, results) == pytest.approx(float(GDP.sel(time=2020).sum()) - gone)
    assert at("sum(gdp)", 2018, results) == pytest.approx(float(GDP.sel(time=2018).sum()))
    assert at("parks()", 2020, results) == 13
    assert at("count(national)", 2020, results) == at("count(national)") - 1


@given(
    hosts=st.lists(st.integers(0, 13), min_size=14, max_size=14),
    output=st.sampled_from(["gdp", "revenue", "built_up", "trade"]),
)
@settings(max_examples=40)
def test_zone_sums_conserve_totals(hosts: list[int], output: str) -> None:
    ids = RESULTS["park"].values
    host = RESULTS["host"].copy(
        data=np.repeat(ids[hosts][:, None], RESULTS.sizes["time"], axis=1).astype(object)
    )
    results = RESULTS.assign_coords(host=host)
    np.testing.assert_allclose(
        value(f"sum(zone({output}))", results), value(f"sum({output})", results), rtol=1e-12
    )
    assert at("zones()", 2020, results) == len(set(hosts))


def test_years_that_are_not_whole_are_passed_over() -> None:
    halves = RESULTS.assign_coords(time=RESULTS["time"].values + 0.5)
    both = xr.concat(
        [RESULTS, halves], dim="time", data_vars="all", coords="different", compat="equals", join="outer"
    )
    np.testing.assert_array_equal(value("sum(gdp)", both)["time"], RESULTS["time"])


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("sum(gpd)", "name", "gdp"),
        ("summ(gdp)", "function", "sum"),
        ("gdp.values", "not_allowed", ""),
        ("__import__('os')", "function", ""),
        ("(lambda: 1)()", "not_allowed", ""),
        ("[x for x in gdp]", "not_allowed", ""),
        ("gdp ** 2", "not_allowed", ""),
        ("count(gdp > 1 & iva > 1)", "not_allowed", "and"),
        ("'text'", "not_allowed", ""),
        ("True", "not_allowed", ""),
        ("1e999", "number", ""),
        ("sum(emissions[pollutant == 'SO3'])", "label", "SO2"),
        ("sum(gdp[gdp == 'x'])", "text", ""),
        ("sum(region)", "label_alone", ""),
        ("sum + 1", "function_alone", "sum(x), sum(x, industry)"),
        ("sum()", "arguments", ""),
        ("sum(gdp, year)", "option", ""),
        ("at(gdp, 2018.5)", "option", ""),
        ("zone(gdp / built_up)", "zone_ratio", ""),
        ("sum(gdp", "syntax", ""),
        ("sum(gdp）", "syntax", "sum(gdp)"),
        ("sum(gdp[region = 'east'])", "syntax", "sum(gdp[region == 'east'])"),
        ("", "syntax", ""),
        ("1 +" * 60 + "1", "deep", ""),
        ("1" * 3000, "long", ""),
    ],
)
def test_refused_when_read(text: str, code: str, suggestion: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_expression(text, OUTPUTS, CONSTANTS)
    problem = caught.value.problems[0]
    assert problem.code == f"target_expression_{code}"
    assert problem.suggestion == suggestion
    for lang in ("zh", "en"):
        assert problem_line(lang, problem)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("gdp", "not_series"),
        ("sum(gdp + cluster_output)", "mixed"),
        ('sum(gdp[industry == "services"])', "select"),
        ("sum(gdp[iva])", "condition"),
        ("count(gdp)", "condition"),
        ("sum(gdp, industry)", "no_dim"),
        ("material(gdp)", "no_dim"),
        ("zone(cluster_output)", "no_dim"),
        ("sum(zone(retrofit_done))", None),
        ("sum(zone(attractiveness))", "zone_level"),
    ],
)
def test_refused_when_evaluated(text: str, code: str | None) -> None:
    if code is None:
        assert np.isfinite(at(text))
        return
    with pytest.raises(InputError) as caught:
        value(text)
    problem = caught.value.problems[0]
    assert problem.code == f"target_expression_{code}"
    for lang in ("zh", "en"):
        assert problem_line(lang, problem)


def test_all_mistakes_are_named_with_their_columns() -> None:
    with pytest.raises(InputError) as caught:
        parse_expression("  sum(gpd) + 区 + max(ivaa)", OUTPUTS)
    assert [p.values["column"] for p in caught.value.problems] == [7, 14, 22]


def test_missing_outputs_and_years_are_reported_not_raised_as_mistakes() -> None:
    with pytest.raises(NotComputable):
        value("sum(gdp)", RESULTS.drop_vars("gdp"))
    with pytest.raises(NotComputable):
        value("growth(sum(gdp))", RESULTS.sel(time=slice(2016, 2030)))


@given(st.one_of(st.text(max_size=60), st.text(alphabet=printable + "（），", max_size=80)))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_expression(text, OUTPUTS)
    except InputError as error:
        for problem in error.problems:
            assert problem_line("zh", problem)


@pytest.mark.parametrize(
    "text", ["(" * 1500, "-" * 1999 + "1", "not " * 400 + "x", "[" * 190 + "]" * 190, "\x00", "\ud800"]
)
def test_hostile_text_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_expression(text, OUTPUTS)


leaves = st.sampled_from(
    [
        "gdp",
        "output",
        "emissions",
        "cluster_output",
        "trade",
        "fdi_outside",
        "land_requests",
        "2",
        "0",
        "national",
        "key24",
    ]
)
tests = st.sampled_from(
    ['industry == "metals"', 'region == "east"', "national", "gdp > 10", "key13", 'tier != "other"']
)
grown = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "<", ">=", "and", "or"]), inner).map(
            lambda t: f"({t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(st.sampled_from(sorted(set(FUNCTIONS) - {"at", "nth", "max_per"})), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(inner, tests).map(lambda t: f"({t[0]})[{t[1]}]"),
        inner.map(lambda t: f"nth({t}, 3)"),
        inner.map(lambda t: f"max_per({t}, county)"),
        inner.map(lambda t: f"at({t}, 2018)"),
    ),
    max_leaves=6,
)


@given(grown)
@settings(max_examples=150)
def test_whatever_the_grammar_allows_gives_a_series_or_a_plain_message(text: str) -> None:
    try:
        series = value(f"sum({text})")
    except InputError as error:
        for problem in error.problems:
            assert problem_line("zh", problem)
        return
    assert series.dims == ("run", "time")
