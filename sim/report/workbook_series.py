"""Sheets of time series: totals of all parks by year, and the parks with the origin of their base data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from openpyxl.worksheet.worksheet import Worksheet

from sim import dims
from sim.report.live import left, of_zones
from sim.report.workbook_style import (
    LongTable,
    body_font,
    close_table,
    header,
    look,
    note,
    number_format,
    print_setup,
    put,
    set_widths,
    title,
)
from sim.targets.revision import REVISED, base_of
from sim.words.catalogue import Language, catalogue, text

if TYPE_CHECKING:
    import numpy.typing as npt
    import xarray as xr

TOTALS = (
    "gdp",
    "gdp_nominal",
    "regional_contribution",
    "iva",
    "iva_nominal",
    "services",
    "gross_output",
    "revenue",
    "revenue_real",
    "tax",
    "fixed_investment",
    "capital",
    "infrastructure",
    "labour",
    "enterprises",
    "land_planned",
    "built_up",
    "land_occupied",
    "land_idle",
    "land_allocation",
    "energy_use",
    "water_use",
    "emissions",
    "rd_spending",
    "debt",
    "high_tech_enterprises",
    "trade",
    "fdi",
    "fdi_outside",
    "fdi_cumulative",
    "retrofit_spending",
    "public_cost",
    "private_cost",
)
"""Outputs that may be added over parks and industries, in the order of the sheet; emissions by pollutant."""

BY_PARK = ("gdp", "iva", "gross_output", "revenue", "fixed_investment", "labour", "built_up", "energy_use")
"""Outputs given for each park."""

NAMED_ORIGINS = frozenset({"published", "user"})
"""A park's name stands beside a value only if the value rests on published or the user's own data."""


@dataclass(frozen=True)
class _Series:
    name: str
    units: str
    values: npt.NDArray[np.float64]


def fill_totals(sheet: Worksheet, dataset: xr.Dataset, lang: Language) -> None:
    """One line per quantity: unit, every year of the run, mean growth from the base to the target year."""
    years = [int(year) for year in dataset[dims.TIME].values]
    growing = dims.BASE_YEAR in years and dims.TARGET_YEAR in years
    growth = text(lang, "sheet.growth", first=dims.BASE_YEAR, last=dims.TARGET_YEAR)
    heads = [text(lang, "table.name"), text(lang, "table.unit"), *map(str, years)]
    heads += [growth] if growing else []
    set_widths(sheet, [32, 14, *([9.5] * len(years)), 12])
    at = title(sheet, text(lang, "sheet.totals_title"), len(heads), lang, base_label(dataset, lang))
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"C{at + 1}", lang)
    body = look(sheet, body_font(lang))
    for series in _totals(dataset, lang):
        at += 1
        line = [float(value) for value in series.values]
        shown = number_format(line)
        for column, value in enumerate([series.name, series.units, *line], start=1):
            put(sheet, at, column, value, shown, body)
        if growing:
            rate = _growth(line[years.index(dims.BASE_YEAR)], line[years.index(dims.TARGET_YEAR)])
            put(sheet, at, len(heads), rate, "0.0", body)
    close_table(sheet, at, len(heads))
    note(sheet, at + 1, text(lang, "sheet.totals_note"), len(heads), lang)


def base_label(dataset: xr.Dataset, lang: Language) -> str:
    """That the numbers stand on the revised base, if they do."""
    return text(lang, "base.label") if base_of(dataset) == REVISED else ""


def _growth(first: float, last: float) -> float | None:
    if not (first > 0 and last > 0):
        return None
    return float(100 * ((last / first) ** (1 / (dims.TARGET_YEAR - dims.BASE_YEAR)) - 1))


def _totals(dataset: xr.Dataset, lang: Language) -> Iterator[_Series]:
    gone = left(dataset)
    for name in TOTALS:
        if name not in dataset:
            continue
        recorded = dataset[name].isel({dims.RUN: 0})
        array = of_zones(recorded, gone).assign_attrs(recorded.attrs)
        label, units = _label(array, lang), _units(array, lang)
        if dims.POLLUTANT in array.dims:
            for pollutant in array[dims.POLLUTANT].values:
                values = _summed(array.sel({dims.POLLUTANT: pollutant}), (dims.TIME,))
                yield _Series(text(lang, "sheet.of", name=label, what=str(pollutant)), units, values)
        else:
            yield _Series(label, units, _summed(array, (dims.TIME,)))


def _summed(array: xr.DataArray, kept: Sequence[str]) -> npt.NDArray[np.float64]:
    """Sum over every dimension that isn't kept; a missing number stays missing."""
    others = [dim for dim in array.dims if dim not in kept]
    summed = array.sum(others, skipna=False) if others else array
    return np.asarray(summed.transpose(*kept).values, dtype=np.float64)


def _label(array: xr.DataArray, lang: Language) -> str:
    return str(array.attrs[dims.LONG_NAME_ZH if lang == "zh" else dims.LONG_NAME])


def _units(array: xr.DataArray, lang: Language) -> str:
    return str(array.attrs[dims.UNITS_ZH if lang == "zh" else dims.UNITS])


def fill_parks(
    sheet: Worksheet, dataset: xr.Dataset, lang: Language, wanted: Sequence[str] = BY_PARK, heading: str = ""
) -> LongTable:
    """A line per quantity and park; the name only where its base data are published or the user's own.

    Parameters
    ----------
    wanted
        Outputs that may be added over all but parks and pollutants; those with pollutants take a line for each.
    heading
        Title of the sheet, if not the usual one.
    """
    years = [int(year) for year in dataset[dims.TIME].values]
    keys = ("name", "unit", "park", "park_name", "level", "league", "origin")
    heads = [*(text(lang, f"sheet.park_{key}") for key in keys), *map(str, years)]
    set_widths(sheet, [26, 10, 8, 26, 9, 11, 9, *([9.5] * len(years))])
    below = "  ".join(part for part in (base_label(dataset, lang), text(lang, "sheet.parks_note")) if part)
    at = title(sheet, heading or text(lang, "sheet.parks_title"), len(heads), lang, below)
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"E{at + 1}", lang)
    first, table = at, LongTable(sheet, len(heads))
    parts = [part for name in wanted for part in _parts(dataset, name, lang)]
    last = first + len(parts) * dataset.sizes[dims.PARK]
    for name, label, array in parts:
        values = _summed(array, (dims.PARK, dims.TIME))
        shown = number_format([float(np.nanmax(np.abs(values), initial=0.0)), 0.5])
        labels = (label, _units(dataset[name], lang))
        for who, line in zip(_park_cells(dataset, name, lang), values.tolist(), strict=True):
            at += 1
            table.add(at, [*labels, *who, *line], shown, closing=at == last)
    sheet.auto_filter.ref = f"A{first}:G{at}"
    return table


def _parts(dataset: xr.Dataset, name: str, lang: Language) -> Iterator[tuple[str, str, xr.DataArray]]:
    """An output by park, or by park and pollutant: output, label, values of the first run."""
    if name not in dataset or dims.PARK not in dataset[name].dims:
        return
    array = dataset[name].isel({dims.RUN: 0})
    if dims.POLLUTANT not in array.dims:
        yield name, _label(array, lang), array
        return
    for pollutant in array[dims.POLLUTANT].values:
        label = text(lang, "sheet.of", name=_label(array, lang), what=str(pollutant))
        yield name, label, array.sel({dims.POLLUTANT: pollutant})


BY_INDUSTRY = ("output", "value_added")
"""Outputs that stand by industry besides those of the totals, which have their sums under other names."""


def fill_groups(sheet: Worksheet, dataset: xr.Dataset, lang: Language, along: str, heading: str) -> None:
    """Totals by year for each label of a dimension, or for each league of the parks (``along`` = ``league``)."""
    years = [int(year) for year in dataset[dims.TIME].values]
    heads = [text(lang, "table.name"), text(lang, "table.unit"), text(lang, f"export.{along}"), *map(str, years)]
    set_widths(sheet, [32, 14, 18, *([9.5] * len(years))])
    at = title(sheet, heading, len(heads), lang)
    header(sheet, at, heads, lang)
    print_setup(sheet, at, f"D{at + 1}", lang)
    body = look(sheet, body_font(lang))
    more = BY_INDUSTRY if along == dims.INDUSTRY else ()
    for name in (name for name in (*more, *TOTALS) if name in dataset):
        array = dataset[name].isel({dims.RUN: 0})
        if along == dims.LEAGUE and dims.PARK in array.dims and dims.LEAGUE not in array.dims:
            array = _by_league(array, dataset)
        if along not in array.dims or dims.POLLUTANT in array.dims:
            continue
        values = _summed(array, (along, dims.TIME))
        shown = number_format([float(np.nanmax(np.abs(values), initial=0.0)), 0.5])
        for label, line in zip(array[along].values, values.tolist(), strict=True):
            at += 1
            cells = [_label(dataset[name], lang), _units(dataset[name], lang), _known(str(label), lang), *line]
            for column, value in enumerate(cells, start=1):
                put(sheet, at, column, value, shown, body)
    close_table(sheet, at, len(heads))
    note(sheet, at + 1, text(lang, "sheet.totals_note"), len(heads), lang)


def _by_league(array: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Sums over the parks of each league that has any, in the usual order of leagues."""
    own = np.array([str(league) for league in dataset["park_league"].values])
    there = [league for league in dims.LEAGUES if (own == league).any()]
    first = {league: int(np.flatnonzero(own == league)[0]) for league in there}
    kept = array.isel({dims.PARK: [first[league] for league in there]}).copy()
    kept.values = np.stack(
        [array.isel({dims.PARK: np.flatnonzero(own == league)}).sum(dims.PARK, skipna=False) for league in there],
        axis=array.dims.index(dims.PARK),
    )
    named = kept.drop_vars([str(c) for c in kept.coords if dims.PARK in kept[c].dims]).rename({dims.PARK: dims.LEAGUE})
    return named.assign_coords({dims.LEAGUE: there})


def _known(label: str, lang: Language) -> str:
    return _word(lang, f"sheet.league.{label}", _word(lang, f"export.label.{label}", label))


def _park_cells(dataset: xr.Dataset, name: str, lang: Language) -> Iterator[tuple[str, str, str, str, str]]:
    """For each park: id, name or nothing, level, league, origin of the base data behind ``name``."""
    count = dataset.sizes[dims.PARK]

    def column(coordinate: str) -> list[str]:
        there = coordinate in dataset.coords
        return [str(value) for value in dataset[coordinate].values] if there else [""] * count

    names = column("name_zh" if lang == "zh" else "name_en")
    places = (column("level"), column("park_league"))
    origins = column(f"{name}_{dims.ORIGIN}")
    for park, called, level, league, origin in zip(column(dims.PARK), names, *places, origins, strict=True):
        yield (
            park,
            called if origin in NAMED_ORIGINS else "",
            _word(lang, f"sheet.level.{level}", level),
            _word(lang, f"sheet.league.{league}", league),
            _word(lang, f"sheet.origin.{origin or 'model'}", origin),
        )


def _word(lang: Language, key: str, otherwise: str) -> str:
    return catalogue(lang).get(key, otherwise)
