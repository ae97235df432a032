"""A run as a workbook to paste from: totals, industries, leagues, and the parks in groups of indicators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from openpyxl import Workbook

from sim import dims
from sim.report.workbook import fill_about, sheets
from sim.report.workbook_series import fill_groups, fill_parks, fill_totals
from sim.report.workbook_style import workbook_bytes
from sim.words.catalogue import Language, text

if TYPE_CHECKING:
    import xarray as xr

PARK_SHEETS: Mapping[str, tuple[str, ...]] = {
    "parks_output": ("gdp", "gdp_nominal", "iva", "iva_nominal", "services", "gross_output", "revenue", "revenue_real",
                     "tax", "trade", "fdi", "rd_spending"),
    "parks_means": ("fixed_investment", "capital", "infrastructure", "labour", "enterprises"),
    "parks_land": ("land_planned", "built_up", "land_occupied", "land_idle", "land_allocation"),
    "parks_use": ("energy_use", "water_use", "emissions"),
}  # fmt: skip
"""By sheet the outputs that it gives for each park: all of them may be added over industries."""


def export_workbook(dataset: xr.Dataset, about: Mapping[str, str], lang: Language) -> bytes:
    """The workbook; same results, same bytes.

    Parameters
    ----------
    dataset
        Results, dims ``run, park, league, tier, industry, pollutant, time``; the first run is shown.
    about
        What identifies the run: label and value, in the language of the workbook.
    """
    workbook = Workbook()
    keys = ("totals", "industries", "leagues", *PARK_SHEETS, "about")
    totals, industries, leagues, *parks, told = sheets(workbook, {key: text(lang, _tab(key)) for key in keys})
    fill_totals(totals, dataset, lang)
    fill_groups(industries, dataset, lang, dims.INDUSTRY, text(lang, "export.title_industries"))
    fill_groups(leagues, dataset, lang, dims.LEAGUE, text(lang, "export.title_leagues"))
    tables = [
        fill_parks(sheet, dataset, lang, names, text(lang, f"export.title_{key}"))
        for sheet, (key, names) in zip(parks, PARK_SHEETS.items(), strict=True)
    ]
    fill_about(told, about, lang)
    return workbook_bytes(workbook, tables)


def _tab(key: str) -> str:
    return f"sheet.tab_{key}" if key in ("totals", "about") else f"export.tab_{key}"
