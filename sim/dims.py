"""Names and order of the dimensions, of attribute keys, and of the model's fixed subscripts' labels in results."""

from __future__ import annotations

RUN, PARK, LEAGUE, TIER, INDUSTRY, POLLUTANT, POLICY, TIME = (
    "run",
    "park",
    "league",
    "tier",
    "industry",
    "pollutant",
    "policy",
    "time",
)

ORDER = (RUN, PARK, LEAGUE, TIER, INDUSTRY, POLLUTANT, POLICY, TIME)
"""Every array in a results Dataset has its dims in this order; ``run`` and ``time`` are always there."""

INDUSTRIES = ("coal_chemicals", "metals", "equipment", "agri_processing", "emerging", "services")
MATERIAL = INDUSTRIES[:5]
"""The industries over which gross output, industrial value added and revenue are summed."""

POLLUTANTS = ("COD", "NH3N", "SO2", "NOX", "VOC", "CO2")
TIERS = ("national", "regional", "other")
LEVELS = ("national", "regional", "departmental", "below")
REGIONS = ("hubaoe", "wuhai", "east")
LEAGUES = (
    "hohhot",
    "baotou",
    "ordos",
    "ulanqab",
    "bayannur",
    "wuhai",
    "alxa",
    "xilingol",
    "chifeng",
    "tongliao",
    "hinggan",
    "hulunbuir",
)

UNITS, UNITS_ZH, LONG_NAME, LONG_NAME_ZH, ORIGIN = "units", "units_zh", "long_name", "long_name_zh", "origin"
"""Attribute keys that every variable of a results Dataset carries."""

BASE_YEAR, TARGET_YEAR = 2015, 2020
