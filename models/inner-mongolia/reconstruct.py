"""Rebuild `parks.csv`: the table of the 116 zones that meets every published total and count of 2015.

Most values of single zones are not public.  This script keeps what is published (`published.csv`,
`roster.csv`), takes its assumptions from `reconstruction.toml`, and spreads the published totals over the
zones: first the size classes, then the values inside them, then industry by zone, then everything that
follows from the industries.  Names, levels and counties are the same for every seed; the values and the
lists of key and demonstration zones are drawn.

    python models/inner-mongolia/reconstruct.py [--seed N] [--reading nested|disjoint] [--output FILE]
"""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.parks.raking import (
    DECIMALS,
    Vector,
    balance,
    pulled_to,
    rounded,
    spread_to_total,
    spread_with_known,
    whole_numbers,
)
from sim.parks.size_classes import revenues, size_classes

HERE = Path(__file__).resolve().parent
DEFAULT_SEED = 142
READINGS = ("nested", "disjoint")
SPECIAL_TYPES = ("bonded", "border", "airport", "logistics")
IDENTITY = ["id", "name_zh", "name_en", "level", "type", "league", "region", "county", "host"]
FLAGS = ["key24", "key13", "demonstration", "upgrade_candidate"]
FINANCE = ["revenue", "output", "iva", "services", "gdp", "capital", "employment", "enterprises"]
LAND = ["land_planned", "built_up", "industrial_land", "idle_land", "infrastructure"]
TRADE = ["tax", "trade", "fdi"]


@dataclass(frozen=True)
class Given:
    """What the bundle knows: published numbers by (scope, column, use), the named zones, the assumptions."""

    published: Mapping[tuple[str, str, str], float]
    roster: pd.DataFrame
    assumed: Mapping[str, Any]

    def total(self, column: str) -> float:
        """The published total or count of all zones."""
        return self.published["all", column, "total"]

    def of_zones(self, column: str, use: str, ids: Sequence[str]) -> Vector:
        """Values of single zones, NaN where none is known."""
        return np.array([self.published.get((zone, column, use), np.nan) for zone in ids])


@cache
def given() -> Given:
    """Read the bundle's files once."""
    numbers = pd.read_csv(HERE / "published.csv", encoding="utf-8-sig")
    published = {(str(r.scope), str(r.column), str(r.use)): float(str(r.value)) for r in numbers.itertuples()}
    roster = pd.read_csv(HERE / "roster.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assumed = tomllib.loads((HERE / "reconstruction.toml").read_text(encoding="utf-8"))
    return Given(published, roster, assumed)


# ----------------------------------------------------------------------------------------------------
# Who: names, levels, counties (no randomness)


def unnamed_zones(source: Given) -> pd.DataFrame:
    """The zones of which nothing but the count is known, by league: a systematic name each."""
    named = source.roster["league"].value_counts()
    national = list(source.assumed["unnamed"]["national"])
    rows: list[dict[str, str]] = []
    for league, about in source.assumed["league"].items():
        for k in range(1, about["zones"] - int(named.get(league, 0)) + 1):
            row = dict.fromkeys(source.roster.columns, "")
            row |= {"id": f"R{len(rows) + 1:02d}", "league": league, "type": "industrial"}
            row |= {"name_zh": f"{about['name_zh']}第{k}开发区(推算)"}
            row |= {"name_en": f"{about['name_en']} zone {k} (reconstructed)"}
            if k == 1 and league in national:
                row |= {"level": "national", "level_origin": "reconstructed", "type": "economic"}
            rows.append(row)
    return pd.DataFrame(rows)


def fill_levels(zones: pd.DataFrame, counts: Mapping[str, float]) -> None:
    """Give zones of unknown level the places that the published counts leave, better-known zones first."""
    unknown = zones["level"] == ""
    zones.loc[unknown, "level_origin"] = "reconstructed"
    # airports and logistics parks are approved by departments
    zones.loc[unknown & zones["type"].isin(["airport", "logistics"]), "level"] = "departmental"
    rest = zones[zones["level"] == ""]
    known_from = rest["id"].str[0].map({"P": 0, "X": 1, "R": 2})
    order = pd.DataFrame({"known": known_from, "turn": rest.groupby("league").cumcount()})
    queue = order.sort_values(["known", "turn"], kind="stable").index
    left = {level: int(n) - int((zones["level"] == level).sum()) for level, n in counts.items()}
    zones.loc[queue, "level"] = [level for level, n in left.items() for _ in range(n)]


def fill_counties(zones: pd.DataFrame, leagues: Mapping[str, Any]) -> None:
    """Put zones of unknown county into the league's emptiest county, numbered where its name is unknown."""
    for league, about in leagues.items():
        members = zones.index[zones["league"] == league]
        used = zones.loc[members, "county"].loc[lambda c: c != ""].value_counts().to_dict()
        spare = about["counties"] - len(used)
        used |= {f"{about['name_zh']}第{k}旗县(推算)": 0 for k in range(1, spare + 1)}
        for zone in members[zones.loc[members, "county"] == ""]:
            county = min(used, key=lambda name: used[name])
            used[county] += 1
            zones.loc[zone, ["county", "county_origin"]] = [county, "reconstructed"]


def zones_of_2015(source: Given) -> pd.DataFrame:
    """The 116 zones: identity, level, county, and what is expected of their size (the roster's columns)."""
    named = source.roster.assign(name_origin="published")
    zones = pd.concat([named, unnamed_zones(source).assign(name_origin="reconstructed")], ignore_index=True)
    counts = {
        lv: source.published["all", f"level:{lv}", "total"] for lv in source.assumed["level_counts"]["order"]
    }
    fill_levels(zones, counts)
    fill_counties(zones, source.assumed["league"])
    default = zones["league"].map({k: v["region"] for k, v in source.assumed["league"].items()})
    zones["region"] = zones["region"].where(zones["region"] != "", default)
    zones["host"] = zones["id"]
    return zones


# ----------------------------------------------------------------------------------------------------
# How large: size classes, then revenue inside them


def size_scores(zones: pd.DataFrame, assumed: Mapping[str, Any], rng: np.random.Generator) -> Vector:
    """Log of the gross output expected of each zone, with noise by how well it is known."""
    size = assumed["size"]
    by_level = zones["level"].map(size["expected"]).astype(float)
    guess = by_level * zones["league"].map({k: v["factor"] for k, v in assumed["league"].items()}).astype(
        float
    )
    expected = pd.to_numeric(zones["expected_output"]).fillna(guess).to_numpy(float)
    basis = zones["expected_basis"].map(
        {"reported": size["noise_reported"], "assumed": size["noise_assumed"]}
    )
    noise = basis.astype(float).fillna(size["noise_unnamed"]).to_numpy(float)
    scores = np.log(expected) + noise * rng.standard_normal(len(zones))
    # a zone among the largest would have been named somewhere
    capped = np.minimum(scores, np.log(size["unnamed_cap"]))
    return np.where(zones["name_origin"].to_numpy() == "published", scores, np.asarray(capped))


def class_counts(source: Given, reading: str) -> dict[str, int]:
    """Zones by revenue class: nested counts zones over 1000 among those over 500, disjoint beside them."""
    over100, over500, over1000 = (int(source.total(f"revenue>={bar}")) for bar in (100, 500, 1000))
    middle = over500 - over1000 if reading == "nested" else over500
    return {"1000": over1000, "500": middle, "100": over100 - middle - over1000}


# ----------------------------------------------------------------------------------------------------
# What else: industries, money, land, trade


def industry_outputs(
    zones: pd.DataFrame, output: Vector, assumed: Mapping[str, Any], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Gross output by zone and industry, 亿元, balanced to the zones' outputs and the industries' totals."""
    leagues, profiles = assumed["league"], assumed["profile"]
    prior = np.array(
        [
            profiles[p] if p else leagues[lg]["profile"]
            for p, lg in zip(zones["profile"], zones["league"], strict=True)
        ]
    )
    prior = prior * np.exp(assumed["spread"]["industry"] * rng.standard_normal(prior.shape))
    industry = assumed["industry"]
    totals = np.array(industry["output"])
    cells = balance(
        prior * output[:, None], output, totals * output.sum() / totals.sum(), industry["share_floor"]
    )
    shares = np.round(cells / output[:, None], 6)
    shares[np.arange(len(shares)), shares.argmax(1)] += 1.0 - shares.sum(1)
    return np.asarray(np.round(shares, 6))


def noise(rng: np.random.Generator, assumed: Mapping[str, Any], key: str, n: int) -> Vector:
    """Lognormal spread around a rule."""
    return np.asarray(np.exp(float(assumed["spread"][key]) * rng.standard_normal(n)))


def by_type(zones: pd.DataFrame, assumed: Mapping[str, Any], key: str) -> Vector:
    """The multiplier of each zone's type."""
    return zones["type"].map({k: v[key] for k, v in assumed["type"].items()}).to_numpy(float)


def money(
    zones: pd.DataFrame,
    output: Vector,
    shares: NDArray[np.float64],
    value_added: float,
    rng: np.random.Generator,
) -> dict[str, Vector]:
    """Value added, services, GDP, tax, employment, enterprises, capital (and land that its plants need)."""
    source, n = given(), len(zones)
    assumed, industry = source.assumed, source.assumed["industry"]
    ids = list(zones["id"])
    cells = output[:, None] * shares
    gdp_known = source.of_zones("gdp", "value", ids)
    fixed = ~np.isnan(gdp_known)

    iva = cells @ np.array(industry["value_added_ratio"]) * noise(rng, assumed, "iva", n)
    iva = rounded(
        spread_to_total(iva, value_added, high=np.where(fixed, 0.8 * gdp_known, 0.6 * output)), value_added
    )
    services_total = source.total("gdp") - value_added
    lean = by_type(zones, assumed, "services") * noise(rng, assumed, "services", n)
    exact = np.where(fixed, np.round(gdp_known - iva, DECIMALS), np.nan)
    services = spread_with_known(iva**0.85 * lean, services_total, exact)
    table = {"iva": iva, "services": services, "gdp": np.round(iva + services, DECIMALS)}

    coal_lean = 0.7 + 0.6 * shares[:, 0]
    tax = table["gdp"] * coal_lean * noise(rng, assumed, "tax", n)
    table["tax"] = spread_with_known(tax, source.total("tax"), source.of_zones("tax", "value", ids))
    workers = cells @ np.array(industry["workers_ratio"]) + assumed["services"]["workers_ratio"] * services
    workers = workers * noise(rng, assumed, "employment", n)
    known = source.of_zones("employment", "value", ids)
    table["employment"] = spread_with_known(workers, source.total("employment"), known)
    firms, firms_total = (
        table["employment"] ** 0.9 * noise(rng, assumed, "enterprises", n),
        source.total("enterprises"),
    )
    firms = pulled_to(firms, source.of_zones("enterprises", "prior", ids), firms_total)
    table["enterprises"] = whole_numbers(firms, int(firms_total), least=4)
    plant = cells * np.array(industry["capital_ratio"])
    capital = plant.sum(1) + assumed["services"]["capital"] * services / services.sum()
    capital = spread_to_total(capital * noise(rng, assumed, "capital", n), source.total("capital"))
    table["capital"] = rounded(capital, source.total("capital"))
    table["plant land"] = plant @ (1.0 / np.array(industry["land_intensity"]))
    return table


def land(zones: pd.DataFrame, plant_land: Vector, rng: np.random.Generator) -> dict[str, Vector]:
    """Planned, built-up, industrial and idle land, km², and infrastructure, 亿元."""
    source, n = given(), len(zones)
    assumed, bounds, totals = source.assumed, source.assumed["bounds"], source.assumed["total"]
    ids = list(zones["id"])
    total = {
        key: float(totals[key]["value"])
        for key in ("industrial_land", "idle_land", "land_planned", "infrastructure")
    }

    industrial = plant_land * noise(rng, assumed, "industrial_land", n)
    industrial = rounded(
        spread_to_total(industrial, total["industrial_land"], low=0.05), total["industrial_land"]
    )
    built_total = source.total("built_up")
    low, high = bounds["built_up_to_industrial"]
    built = pulled_to(
        industrial * noise(rng, assumed, "built_up", n),
        source.of_zones("built_up", "prior", ids),
        built_total,
    )
    built = rounded(spread_to_total(built, built_total, low * industrial, high * industrial), built_total)
    low, high = bounds["built_up_to_planned"]
    planned = planned_land(ids, built, noise(rng, assumed, "planned", n), (built / high, built / low))
    low, high = bounds["idle_to_industrial"]
    idle = industrial * noise(rng, assumed, "idle", n)
    idle = rounded(
        spread_to_total(idle, total["idle_land"], low * industrial, high * industrial), total["idle_land"]
    )
    better = np.where(zones["level"] == "national", 1.4, np.where(zones["level"] == "regional", 1.05, 0.85))
    infrastructure = spread_to_total(
        built * better * noise(rng, assumed, "infrastructure", n), total["infrastructure"]
    )
    return {
        "land_planned": planned,
        "built_up": built,
        "industrial_land": industrial,
        "idle_land": idle,
        "infrastructure": rounded(infrastructure, total["infrastructure"]),
    }


def planned_land(ids: list[str], built: Vector, spread: Vector, bounds: tuple[Vector, Vector]) -> Vector:
    """Planned area of each zone; most zones are built on less than a third of it, as the plan says."""
    source = given()
    total = float(source.assumed["total"]["land_planned"]["value"])
    hints = source.of_zones("land_planned", "prior", ids)
    planned = built
    # A rare draw gives so much of the total to a few zones that most others fall short: then with less spread.
    for narrower in (1.0, 0.5, 0.25, 0.0):
        planned = rounded(spread_to_total(pulled_to(built * spread**narrower, hints, total), total, *bounds), total)
        if (built / planned < 1 / 3).mean() > 0.5:
            break
    return planned


def largest(values: Vector, eligible: NDArray[np.bool_], n: int) -> NDArray[np.int64]:
    """1 for the `n` largest eligible zones."""
    flags = np.zeros(len(values), np.int64)
    candidates = np.flatnonzero(eligible)
    flags[candidates[np.argsort(-values[candidates], kind="stable")[:n]]] = 1
    return flags


def lists(zones: pd.DataFrame, iva: Vector, source: Given) -> dict[str, NDArray[np.int64]]:
    """Lists whose members are not public: the largest eligible zones, those named circular or eco first."""
    west = (
        zones["league"]
        .isin([k for k, v in source.assumed["league"].items() if v["region"] != "east"])
        .to_numpy()
    )
    plain = ~zones["type"].isin(SPECIAL_TYPES).to_numpy()
    circular = (zones["circular"] == "1").to_numpy()
    demonstration = largest(np.where(circular, np.inf, iva), plain, int(source.total("demonstration")))
    return {
        "key24": largest(iva, plain & west, int(source.total("key24"))),
        "key13": largest(iva, plain & ~west, int(source.total("key13"))),
        "demonstration": demonstration,
        "upgrade_candidate": np.asarray(zones["upgrade_candidate"] == "1").astype(np.int64),
    }


def origins(zones: pd.DataFrame, columns: Sequence[str], source: Given) -> pd.DataFrame:
    """Where each value comes from: `<column>_origin` for every column, and `name_origin`."""
    n = len(zones)
    assumed = {"idle_land", "infrastructure", "retrofit_done", "retrofit_duration"}
    table = pd.DataFrame({"name_origin": zones["name_origin"]})
    for column in columns:
        guess = "assumed" if column in assumed or column.startswith("share_") else "reconstructed"
        known = ~np.isnan(source.of_zones(column, "value", list(zones["id"])))
        table[f"{column}_origin"] = np.where(known, "published", np.repeat(guess, n))
    table["level_origin"] = zones["level_origin"].to_numpy()
    table["county_origin"] = zones["county_origin"].to_numpy()
    for column in ("type", "league"):
        table[f"{column}_origin"] = zones["name_origin"].to_numpy()
    listed = zones["upgrade_candidate"] == "1"
    table["upgrade_candidate_origin"] = np.where(listed, "published", "derived")
    return table


def reconstruct(seed: int, reading: str = "nested", value_added: float | None = None) -> pd.DataFrame:
    """The park table of one draw: one row a zone, in the columns of `parks.csv`.

    Parameters
    ----------
    seed
        The draw; the same seed gives the same table.
    reading
        ``nested``: the zones over 1000 亿元 of revenue are among those over 500; ``disjoint``: beside them.
    value_added
        Industrial value added of all zones in 2015, 亿元 (the plan does not give it: 5200 to 6147).

    Raises
    ------
    ValueError
        For an unknown reading, or a total that the bounds cannot meet.
    """
    if reading not in READINGS:
        raise ValueError(f"reading {reading!r}: expected one of {', '.join(READINGS)}")
    source = given()
    assumed = source.assumed
    value_added = float(assumed["total"]["iva"]["value"] if value_added is None else value_added)
    zones = zones_of_2015(source)
    # one stream per step: what one step draws does not shift the next
    streams = [np.random.default_rng([seed, step]) for step in range(7)]
    ids, n = list(zones["id"]), len(zones)

    scores = size_scores(zones, assumed, streams[0])
    classes = size_classes(scores, list(zones["fixed_class"]), class_counts(source, reading))
    output_total, revenue_total = source.total("output"), source.total("revenue")
    output_known = source.of_zones("output", "value", ids)
    implied = output_known * revenue_total / output_total
    revenue = rounded(
        revenues(scores, classes, implied, revenue_total, assumed["size"], streams[1]), revenue_total
    )
    fixed = ~np.isnan(output_known)
    low, high = (
        np.where(fixed, output_known, ratio * revenue) for ratio in assumed["bounds"]["output_to_revenue"]
    )
    prior = revenue * noise(streams[2], assumed, "output", n)
    output = rounded(spread_to_total(prior, output_total, low, high), output_total, fixed)
    shares = industry_outputs(zones, output, assumed, streams[3])
    table: dict[str, Any] = {"revenue": revenue, "output": output} | money(
        zones, output, shares, value_added, streams[4]
    )
    table |= land(zones, table.pop("plant land"), streams[5])
    table |= lists(zones, table["iva"], source)
    share_columns = [f"share_{key}" for key in assumed["industry"]["keys"]]
    table |= dict(zip(share_columns, shares.T, strict=True))
    table |= trade_and_retrofit(zones, table, source, streams[6])
    values = [*FLAGS, *FINANCE, *LAND, *TRADE, *share_columns, "retrofit_done", "retrofit_duration"]
    frame = pd.concat([zones[IDENTITY], pd.DataFrame(table)[values]], axis=1)
    frame["enterprises"] = frame["enterprises"].astype(int)
    return pd.concat([frame, origins(zones, ["level", "type", "league", "county", *values], source)], axis=1)


def trade_and_retrofit(
    zones: pd.DataFrame, table: Mapping[str, Any], source: Given, rng: np.random.Generator
) -> dict[str, Vector]:
    """Trade and yearly foreign investment, 亿美元; retrofit works done (share) and their duration, years."""
    assumed, n = source.assumed, len(zones)
    trade = table["output"] * by_type(zones, assumed, "trade") * noise(rng, assumed, "trade", n)
    fdi = table["capital"] * by_type(zones, assumed, "fdi") * noise(rng, assumed, "fdi", n)
    yearly = source.total("fdi") / 5
    none = np.full(n, np.nan)
    least, most = assumed["retrofit"]["done"]
    done = np.round(rng.uniform(least, most, n), 3)
    short, usual, long = assumed["retrofit"]["duration"]
    return {
        "trade": spread_with_known(trade, source.total("trade"), none),
        "fdi": spread_with_known(fdi, yearly, none),
        "retrofit_done": np.where(table["demonstration"] == 1, done, 0.0),
        "retrofit_duration": np.round(rng.triangular(short, usual, long, n), 2),
    }


def main() -> None:
    """Write the table as UTF-8 with BOM, which Excel opens without asking."""
    parser = argparse.ArgumentParser(description="Rebuild the park table from the published totals.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--reading", choices=READINGS, default="nested")
    parser.add_argument("--output", type=Path, default=HERE / "parks.csv")
    chosen = parser.parse_args()
    frame = reconstruct(chosen.seed, chosen.reading)
    frame.to_csv(chosen.output, index=False, encoding="utf-8-sig", lineterminator="\n")
    print(f"{chosen.output}: {len(frame)} rows")


if __name__ == "__main__":
    main()
