"""Fill what an own table does not say, by the rules of ``columns.toml`` and a reference table's ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sim.parks.columns import Columns
from sim.parks.consistency import LAND_PARTS
from sim.parks.read import ParkTable

SHARE_SLACK = 0.02
"""Shares of an own table may miss 1 by this much (rounding); they are then scaled."""


@dataclass(frozen=True)
class Reference:
    """Ratios and mixes of the reference table.

    Parameters
    ----------
    totals
        Sum by column, in the columns' units.
    mixes
        Industry shares of output by league (all parks under ``""``).
    """

    totals: Mapping[str, float]
    mixes: Mapping[str, Mapping[str, float]]
    common_league: str
    retrofit_done: float

    @classmethod
    def of(cls, table: ParkTable, columns: Columns) -> Reference:
        """Take the ratios of a table."""
        frame = table.frame
        totals = {c.key: float(frame[c.key].sum()) for c in columns if c.kind == "number"}
        mixes = {str(league): _mix(rows, columns) for league, rows in frame.groupby("league")}
        demonstration = frame["demonstration"] == 1
        done = float(frame.loc[demonstration, "retrofit_done"].mean()) if demonstration.any() else 0.0
        largest = frame.groupby("league")["output"].sum().idxmax()
        return cls(totals, mixes | {"": _mix(frame, columns)}, str(largest), done)

    def ratio(self, column: str, base: str) -> float:
        """Sum of a column per sum of another."""
        return self.totals[column] / self.totals[base]


def _mix(rows: pd.DataFrame, columns: Columns) -> dict[str, float]:
    output = rows["output"].sum()
    return {key: float((rows[key] * rows["output"]).sum() / output) for key in columns.shares}


def fill(values: dict[str, float], league: str, columns: Columns, reference: Reference) -> None:
    """Fill the unknown numbers (NaN) of one park in place; at least revenue or output must be known."""
    given = {key for key, value in values.items() if not math.isnan(value)}
    for key in ("output", "revenue"):
        other = "revenue" if key == "output" else "output"
        if key not in given:
            values[key] = values[other] * reference.ratio(key, other)
    _fill_product(values, reference)
    for column in columns:
        if isinstance(column.estimate, tuple) and math.isnan(values[column.key]):
            bases = [base for base in column.estimate if base in given and base in values]
            bases += [base for base in column.estimate if not math.isnan(values.get(base, math.nan))]
            estimate = values[bases[0]] * reference.ratio(column.key, bases[0])
            values[column.key] = float(max(round(estimate), 1)) if column.integer else estimate
    _fit_land(values, given)
    _fill_shares(values, league, columns, reference)
    for column in columns:
        if column.numeric and math.isnan(values[column.key]) and isinstance(column.estimate, str):
            demonstration = column.estimate == "demonstration"
            done = reference.retrofit_done * values["demonstration"]
            values[column.key] = done if demonstration else float(column.estimate)


def _fill_product(values: dict[str, float], reference: Reference) -> None:
    """Industrial value added, services and GDP: any two give the third, fewer are estimated."""
    iva, services, gdp = (values[key] for key in ("iva", "services", "gdp"))
    if math.isnan(iva):
        rest = gdp - services
        share = gdp * reference.ratio("iva", "gdp")
        usual = values["output"] * reference.ratio("iva", "output")
        # GDP alone says more than output does, but value added cannot be more than output
        iva = (
            rest if not math.isnan(rest) else usual if math.isnan(gdp) else min(share, 0.9 * values["output"])
        )
    if math.isnan(services):
        services = iva * reference.ratio("services", "iva") if math.isnan(gdp) else gdp - iva
    values |= {"iva": iva, "services": services}
    if math.isnan(gdp):
        values["gdp"] = iva + services


def _fit_land(values: dict[str, float], given: set[str]) -> None:
    """Keep estimated land inside what is known: each part at most its whole, idle land at most a third."""
    for part, whole in reversed(LAND_PARTS):
        limit = values[part] * (3.0 if part == "idle_land" else 1.2)
        if whole not in given:
            values[whole] = max(values[whole], limit)
    for part, whole in LAND_PARTS:
        limit = values[whole] / (3.0 if part == "idle_land" else 1.2)
        if part not in given:
            values[part] = min(values[part], limit)


def _fill_shares(values: dict[str, float], league: str, columns: Columns, reference: Reference) -> None:
    """Unknown shares divide what the known ones leave, by the league's mix; rounding is scaled away."""
    known = {key: values[key] for key in columns.shares if not math.isnan(values[key])}
    mix = reference.mixes.get(league, reference.mixes[""])
    unknown = [key for key in columns.shares if key not in known]
    total = sum(known.values())
    if unknown and total < 1.0:
        weight = sum(mix[key] for key in unknown)
        values |= {key: (1.0 - total) * mix[key] / weight for key in unknown}
    elif abs(total - 1.0) <= SHARE_SLACK:
        values |= dict.fromkeys(unknown, 0.0)
        values |= {key: share / total for key, share in known.items()}
    else:  # left as it is: the check of the finished row shows the sum
        values |= dict.fromkeys(unknown, 0.0)
