"""What must hold between the columns of one park: land parts, GDP and its two sides, shares of industries."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from sim.errors import Place, Problem
from sim.parks.columns import Columns

SHARE_TOLERANCE = 1e-6
GDP_TOLERANCE = 0.01
"""Published tables round value added and GDP; beyond one per cent the figures do not belong together."""

LAND_PARTS = (("built_up", "land_planned"), ("industrial_land", "built_up"), ("idle_land", "industrial_land"))


def row_problems(
    values: Mapping[str, float],
    park: str,
    columns: Columns,
    place: Callable[[str], Place],
) -> list[Problem]:
    """The contradictions in one park's values (NaN: unknown, not checked).

    Parameters
    ----------
    values
        Numbers by column key, in the columns' own units.
    place
        Where a column of this park stands.
    """
    return [
        *_land_problems(values, park, columns, place),
        *_gdp_problems(values, park, place),
        *_share_problems(values, park, columns, place),
    ]


def _land_problems(
    values: Mapping[str, float], park: str, columns: Columns, place: Callable[[str], Place]
) -> list[Problem]:
    problems = []
    for part, whole in LAND_PARTS:
        if values[part] > values[whole] * (1 + 1e-9):
            named = {
                "part_zh": columns[part].name_zh,
                "part_en": columns[part].name_en,
                "whole_zh": columns[whole].name_zh,
                "whole_en": columns[whole].name_en,
            }
            sizes = {"park": park, "part": f"{values[part]:.6g}", "whole": f"{values[whole]:.6g}"}
            problems.append(Problem(place(part), "parks_land", named | sizes))
    if values["idle_land"] == values["industrial_land"]:
        problems.append(Problem(place("idle_land"), "parks_all_idle", {"park": park}))
    return problems


def _gdp_problems(values: Mapping[str, float], park: str, place: Callable[[str], Place]) -> list[Problem]:
    for part, whole, code in (("iva", "gdp", "parks_gdp_below"), ("iva", "output", "parks_iva_above")):
        if values[part] >= values[whole]:
            sizes = {"park": park, "iva": f"{values[part]:.6g}", "whole": f"{values[whole]:.6g}"}
            return [Problem(place(part), code, sizes)]
    total = values["iva"] + values["services"]
    if (
        math.isnan(total)
        or abs(total - values["gdp"]) <= GDP_TOLERANCE * values["gdp"]
        or math.isnan(values["gdp"])
    ):
        return []
    shown = {"park": park, "gdp": f"{values['gdp']:.6g}", "total": f"{total:.6g}"}
    return [Problem(place("gdp"), "parks_gdp", shown)]


def _share_problems(
    values: Mapping[str, float], park: str, columns: Columns, place: Callable[[str], Place]
) -> list[Problem]:
    total = sum(values[key] for key in columns.shares)
    if math.isnan(total) or abs(total - 1.0) <= SHARE_TOLERANCE:
        return []
    return [Problem(place(columns.shares[0]), "parks_shares", {"park": park, "sum": f"{total:.8g}"})]
