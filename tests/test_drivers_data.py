"""The driver paths reproduce from national.csv, and are called assumed where its figures are not verified."""

import csv
import math
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
DRIVERS = tomllib.loads((BUNDLE / "drivers.toml").read_text(encoding="utf-8"))["driver"]
with (BUNDLE / "national.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
FIGURES = {(row["variable"], row["year"]): row for row in ROWS}
MEMORY = "UNVERIFIED (memory)"
HAPPENED = range(2016, 2021)
OUTPUT = {
    "coal_chemicals": ("mining", "utilities", "chemicals"),
    "metals": ("ferrous metals", "non-ferrous metals"),
    "equipment": ("equipment",),
    "agri_processing": ("agri-processing",),
    "emerging": ("high-tech",),
    "services": ("services",),
}
# Prices of the same mix: the weights are those of output, the names differ.
PRICE_NAME = {
    "mining": "coal",
    "utilities": "electricity",
    "agri-processing": "food",
    "high-tech": "electronics",
}
PATHS = [(driver, path) for driver in DRIVERS for path in DRIVERS[driver]["path"]]


class Reader:
    """Looks figures up and remembers how reliable they were."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def __call__(self, variable: str, year: int | str = "") -> float:
        row = FIGURES[variable, str(year)]
        self.seen.add(row["reliability"])
        return float(row["value"])

    def mix(self, prefix: str, industry: str, year: int) -> float:
        parts = OUTPUT[industry]
        names = [PRICE_NAME.get(p, p) if prefix == "price change" else p for p in parts]
        weights = [self(f"weight in {industry}: {p}") if len(parts) > 1 else 1.0 for p in parts]
        total = sum(w * self(f"{prefix}: {n}", year) for w, n in zip(weights, names, strict=True))
        return total / 100

    def mean(self, industry: str, years: range) -> float:
        return sum(self.mix("output growth", industry, y) for y in years) / len(years)

    def trade(self) -> dict[int, float]:
        """National trade in 1e12 USD, 2011 and 2015-2020, from the published levels and changes."""
        exports, imports = self("exports", 2016), self("imports", 2016)
        return {
            2011: self("trade", 2013)
            / (1 + self("trade growth", 2013) / 100)
            / (1 + self("trade growth", 2012) / 100),
            2015: exports / (1 + self("exports growth", 2016) / 100)
            + imports / (1 + self("imports growth", 2016) / 100),
            2016: exports + imports,
            2017: self("trade", 2018) / (1 + self("trade growth", 2018) / 100),
            2018: self("trade", 2018),
            2019: self("trade", 2020) / (1 + self("trade growth", 2020) / 100),
            2020: self("trade", 2020),
        }

    def fdi(self) -> dict[int, float]:
        return {y: self("FDI used", y) for y in range(2011, 2021)}


def schedule(driver: str, path: str, industry: str = "") -> dict[int, float]:
    values = DRIVERS[driver]["path"][path]["values"]
    return dict(values[industry] if industry else values)


def constant(rate: float) -> dict[int, float]:
    return {2016: rate}


def yearly(rates: dict[int, float], after: float) -> dict[int, float]:
    return {**rates, 2021: after}


def steps(levels: dict[int, float]) -> dict[int, float]:
    rates = {y: levels[y] / levels[y - 1] - 1 for y in HAPPENED}
    return yearly(rates, sum(rates.values()) / len(rates))


def trend_of(levels: dict[int, float]) -> dict[int, float]:
    return constant((levels[2016] / levels[2011]) ** 0.2 - 1)


def demand_happened(read: Reader, industry: str) -> dict[int, float]:
    rates = {y: read.mix("output growth", industry, y) for y in HAPPENED}
    return yearly(rates, read.mean(industry, HAPPENED))


def plan(read: Reader, industry: str) -> dict[int, float]:
    if industry == "services":
        services = read("plan: GDP of the zones", 2020) - read(
            "plan: industrial value added of the zones", 2020
        )
        rate = (services / read("services of the zones", 2015)) ** 0.2 - 1
    else:
        rate = read("plan: growth of industrial value added", 2020) / 100
    # After 2020 the plan is silent: the trend, whose reliability is not the plan's.
    return {2016: rate, 2020: rate, 2021: Reader().mean(industry, range(2014, 2017))}


def recovery(read: Reader, industry: str) -> dict[int, float]:
    trend = read.mean(industry, range(2014, 2017))
    return {2016: trend / 2, 2017: trend / 2, 2018: trend + 0.02, 2020: trend + 0.02, 2021: trend}


def prices_happened(read: Reader, industry: str) -> dict[int, float]:
    return yearly({y: read.mix("price change", industry, y) for y in HAPPENED}, 0.0)


STAGES = {
    "coal_chemicals": {"mining stage": 0.4, "raw material stage": 0.6},
    "metals": {"raw material stage": 1.0},
    "equipment": {"processing stage": 1.0},
    "agri_processing": {"food stage": 1.0},
    "emerging": {"processing stage": 1.0},
    "services": {},
}
"""Stages of production whose prices of 2015 say how hard a slump hits an industry."""


def price_fall(read: Reader, industry: str) -> float:
    """Yearly change in a slump: the whole fall of 2012-2015 within three years, in the proportions of 2015."""
    whole = {y: math.log(1 + read("price change: all industry", y) / 100) for y in range(2012, 2016)}
    own = sum(w * read(f"price change: {stage}", 2015) / 100 for stage, w in STAGES[industry].items())
    return math.exp(sum(whole.values()) / 3 * math.log(1 + own) / whole[2015]) - 1


def fallen(rate: float) -> dict[int, float]:
    return {2016: rate, 2018: rate, 2019: 0.0}


def made_good(rate: float, after: float) -> dict[int, float]:
    half = rate / 2
    back = (1 + half) ** (-2 / 3) - 1
    return {2016: half, 2017: half, 2018: back, 2020: back, 2021: after}


def trade_fall(read: Reader) -> float:
    return (read.trade()[2016] / read("trade", 2013)) ** (1 / 3) - 1


def fdi_fall(read: Reader) -> float:
    levels = read.fdi()
    return levels[2012] / levels[2011] - 1


def rate_cut(read: Reader) -> float:
    return (read("benchmark lending rate", 2015) - read("benchmark lending rate", 2014)) / 100


def region_fdi(read: Reader) -> dict[int, float]:
    rate = read("Inner Mongolia: FDI growth", "2013-2019") / 100
    return {2016: rate, 2019: rate, 2020: 0.0}


def exchange_happened(read: Reader) -> dict[int, float]:
    rates = {y: read("exchange rate", y) / read("exchange rate", y - 1) - 1 for y in HAPPENED}
    return yearly(rates, 0.0)


BY_INDUSTRY: dict[tuple[str, str], Callable[[Reader, str], dict[int, float]]] = {
    ("demand_growth", "trend"): lambda r, i: constant(r.mean(i, range(2014, 2017))),
    ("demand_growth", "trend-to-2015"): lambda r, i: constant(r.mean(i, range(2013, 2016))),
    ("demand_growth", "plan-expectation"): plan,
    ("demand_growth", "recovery"): recovery,
    ("demand_growth", "as-happened"): demand_happened,
    ("prices", "slump"): lambda r, i: fallen(price_fall(r, i)),
    ("prices", "recovery"): lambda r, i: made_good(price_fall(r, i), 0.0),
    ("prices", "as-happened"): prices_happened,
}
WHOLE: dict[tuple[str, str], Callable[[Reader], dict[int, float]]] = {
    ("trade", "trend"): lambda r: trend_of(r.trade()),
    ("trade", "slump"): lambda r: fallen(trade_fall(r)),
    ("trade", "recovery"): lambda r: made_good(trade_fall(r), trend_of(r.trade())[2016]),
    ("trade", "as-happened"): lambda r: steps(r.trade()),
    ("fdi", "trend"): lambda r: trend_of(r.fdi()),
    ("fdi", "slump"): lambda r: fallen(fdi_fall(r)),
    ("fdi", "recovery"): lambda r: made_good(fdi_fall(r), trend_of(r.fdi())[2016]),
    ("fdi", "as-happened"): lambda r: steps(r.fdi()),
    ("fdi_outside_parks", "trend"): lambda r: trend_of(r.fdi()),
    ("fdi_outside_parks", "slump"): lambda r: fallen(fdi_fall(r)),
    ("fdi_outside_parks", "recovery"): lambda r: made_good(fdi_fall(r), 0.0),
    ("fdi_outside_parks", "as-happened"): region_fdi,
    ("exchange_rate", "as-happened"): exchange_happened,
    ("interest_rate", "slump"): lambda r: {y: rate_cut(r) * (y - 2015) / 3 for y in range(2016, 2019)},
    ("interest_rate", "recovery"): lambda r: {2016: rate_cut(r) / 6, 2017: rate_cut(r) / 3, 2018: 0.0},
}


@pytest.mark.parametrize(("driver", "path"), BY_INDUSTRY)
@pytest.mark.parametrize("industry", OUTPUT)
def test_path_by_industry_reproduces(driver: str, path: str, industry: str) -> None:
    read = Reader()
    expected = BY_INDUSTRY[driver, path](read, industry)
    assert schedule(driver, path, industry) == pytest.approx(expected, abs=0.0011)
    if MEMORY in read.seen:
        assert DRIVERS[driver]["path"][path]["origin"] == "assumed"


@pytest.mark.parametrize(("driver", "path"), WHOLE)
def test_whole_path_reproduces(driver: str, path: str) -> None:
    read = Reader()
    assert schedule(driver, path) == pytest.approx(WHOLE[driver, path](read), abs=0.0011)
    assert MEMORY not in read.seen or DRIVERS[driver]["path"][path]["origin"] == "assumed"


@pytest.mark.parametrize(("driver", "path"), PATHS)
def test_every_path_is_reproduced_or_assumed(driver: str, path: str) -> None:
    entry = DRIVERS[driver]["path"][path]
    assert entry["origin"] in {"published", "derived", "reconstructed", "assumed"}
    assert (driver, path) in BY_INDUSTRY or (driver, path) in WHOLE or entry["origin"] == "assumed"
    assert entry["information_until"] == (2021 if path == "as-happened" else 2016)
    assert all(entry[key] for key in ("note_en", "note_zh", "source"))


@pytest.mark.parametrize(("driver", "path"), PATHS)
def test_schedules_are_complete_and_ordered(driver: str, path: str) -> None:
    values = DRIVERS[driver]["path"][path]["values"]
    if isinstance(values, dict):
        assert DRIVERS[driver]["dims"] == ["industry"]
        assert set(values) == set(OUTPUT)
    for points in values.values() if isinstance(values, dict) else [values]:
        years = [year for year, _ in points]
        assert years[0] == 2016
        assert years == sorted(set(years))
        assert all(-0.5 < rate < 0.5 for _, rate in points)


def weighted(path: str, industries: list[str]) -> float:
    weight = {i: float(FIGURES[f"value added of the zones: {i}", "2015"]["value"]) for i in industries}
    rates = {i: schedule("demand_growth", path, i) for i in industries}
    means = {i: sum(r.get(y, r[2016]) for y in HAPPENED) / 5 for i, r in rates.items()}
    return sum(weight[i] * means[i] for i in industries) / sum(weight.values())


def test_trend_is_about_seven_percent() -> None:
    assert weighted("trend", list(OUTPUT)) == pytest.approx(0.070, abs=0.001)
    assert weighted("trend-to-2015", list(OUTPUT)) == pytest.approx(0.081, abs=0.001)


def test_mix_stays_near_the_verified_growth_of_all_industry() -> None:
    """A verified total guards the unverified figures by industry: the zones' mix is heavier, so slower."""
    read = Reader()
    whole = sum(read("output growth: all industry", y) for y in HAPPENED) / 500
    material = weighted("as-happened", [i for i in OUTPUT if i != "services"])
    assert MEMORY not in read.seen
    assert whole - 0.015 < material < whole


def test_high_tech_agrees_with_its_verified_mean() -> None:
    read = Reader()
    product = math.prod(1 + read("output growth: high-tech", y) / 100 for y in range(2013, 2016))
    assert (product ** (1 / 3) - 1) * 100 == pytest.approx(
        read("output growth: high-tech", "2013-2015"), abs=0.1
    )


def test_figures_name_a_source_exactly_where_one_was_read() -> None:
    assert len(FIGURES) == len(ROWS)
    for row in ROWS:
        assert row["reliability"] in {"verified", "derived", MEMORY, "assumed"}
        assert bool(row["source"]) == (row["reliability"] in {"verified", "derived"}), row
        assert math.isfinite(float(row["value"]))
        assert row["unit"]


@pytest.mark.parametrize("scenario", ["slump", "recovery"])
def test_a_turn_of_the_world_outside_moves_prices_trade_and_interest_too(scenario: str) -> None:
    text = (BUNDLE.parents[1] / "scenarios" / f"{scenario}.toml").read_text(encoding="utf-8")
    named = tomllib.loads(text)["drivers"]
    moved = {driver for driver in DRIVERS if scenario in DRIVERS[driver]["path"]}
    assert moved == {"demand_growth", "prices", "trade", "fdi", "fdi_outside_parks", "interest_rate"}
    assert named == dict.fromkeys(moved, scenario)


RANGES = tomllib.loads((BUNDLE / "uncertainty.toml").read_text(encoding="utf-8"))["driver"]


def test_how_far_the_rule_behind_the_trend_missed() -> None:
    """What the range of demand growth rests on: the mean of three years carried on, for all industry 2011-2016."""
    growth = {year: float(FIGURES["output growth: all industry", str(year)]["value"]) for year in range(2011, 2017)}

    def missed(last: int, years: int) -> float:
        said = sum(growth[year] for year in range(last - 2, last + 1)) / 3
        return said - sum(growth[year] for year in range(last + 1, last + 1 + years)) / years

    found = {years: [missed(last, years) for last in range(2013, 2017 - years)] for years in (1, 2, 3)}
    ends = [(round(min(each), 1), round(max(each), 1)) for each in found.values()]
    assert ends == [(2.0, 3.2), (3.3, 4.0), (4.4, 4.4)]
    source = RANGES["demand_growth"]["to_2020"]["source"]
    assert "2.0 to 3.2, 3.3 to 4.0 and 4.4 points" in source


def test_prices_deviate_by_the_fall_of_the_slump_in_its_proportions() -> None:
    path, range_ = DRIVERS["prices"]["path"]["slump"]["values"], RANGES["prices"]["to_2020"]
    fall = {industry: 3 * math.log1p(points[0][1]) for industry, points in path.items()}  # three years of it
    assert range_["high"] == -range_["low"] == pytest.approx(-fall["coal_chemicals"] / 4, abs=5e-4)  # over four
    weights = {industry: range_["weights"].get(industry, 0.0) for industry in fall}
    assert weights == {name: pytest.approx(value / fall["coal_chemicals"], abs=5e-3) for name, value in fall.items()}
    assert 1 - math.exp(fall["coal_chemicals"]) == pytest.approx(0.256, abs=5e-4)


def test_the_ends_of_the_interest_rate_are_those_of_its_paths() -> None:
    paths, range_ = DRIVERS["interest_rate"]["path"], RANGES["interest_rate"]["shift"]
    assert range_["low"] == paths["slump"]["values"][-1][1]
    assert range_["high"] == paths["tight"]["values"][-1][1]


@pytest.mark.parametrize(("driver", "first"), [("trade", 2012), ("fdi", 2012)])
def test_what_growth_of_trade_and_investment_was(driver: str, first: int) -> None:
    if driver == "trade":
        values = [float(FIGURES["trade growth", str(year)]["value"]) for year in range(first, 2016)]
    else:
        money = [float(FIGURES["FDI used", str(year)]["value"]) for year in range(first - 1, 2017)]
        values = [100 * (after / before - 1) for before, after in pairwise(money)]
    told = {"trade": "-8.0 and 7.6 %", "fdi": "-3.7 and 5.6 %"}[driver]
    assert f"{min(values):.1f} and {max(values):.1f} %" == told
    assert told in RANGES[driver]["shift"]["source"]
