"""What follows from the industries of a zone: value added, services, tax, work, firms, capital."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.parks.raking import DECIMALS, Vector, pulled_to, rounded, spread_to_total, spread_with_known, whole_numbers
from sim.reconstruct.ground import Ground


def money(
    ground: Ground, output: Vector, shares: npt.NDArray[np.float64], value_added: float, rng: np.random.Generator
) -> dict[str, Vector]:
    """Columns of 亿元, 万人 and firms, and under ``plant land`` the land that the plants need.

    Parameters
    ----------
    output
        Gross output by zone, 亿元.
    shares
        Of each industry in it, shape (zones, industries).
    value_added
        Industrial value added of all zones.
    """
    published, assumed = ground.source.published, ground.source.assumed
    industry, cells = assumed.industry, output[:, None] * shares
    table = _value_added(ground, cells, output, value_added, rng)
    coal_lean = 0.7 + 0.6 * shares[:, 0]
    tax = table["gdp"] * coal_lean * ground.noise(rng, "tax")
    table["tax"] = spread_with_known(tax, published.total("tax"), ground.kept["tax"])
    services = table["services"]
    workers = cells @ np.array(industry.workers_ratio) + assumed.services.workers_ratio * services
    workers = workers * ground.noise(rng, "employment")
    table["employment"] = spread_with_known(workers, published.total("employment"), ground.kept["employment"])
    firms, firms_total = table["employment"] ** 0.9 * ground.noise(rng, "enterprises"), published.total("enterprises")
    firms = pulled_to(firms, ground.hints["enterprises"], firms_total)
    table["enterprises"] = whole_numbers(firms, int(firms_total), least=4)
    plant, total = cells * np.array(industry.capital_ratio), published.total("capital")
    capital = plant.sum(1) + assumed.services.capital * services / services.sum()
    table["capital"] = rounded(spread_to_total(capital * ground.noise(rng, "capital"), total), total)
    table["plant land"] = plant @ (1.0 / np.array(industry.land_intensity))
    return table


def _value_added(
    ground: Ground, cells: npt.NDArray[np.float64], output: Vector, value_added: float, rng: np.random.Generator
) -> dict[str, Vector]:
    """Industrial value added, services and GDP, which is their sum; a published GDP is kept."""
    ratio, known = np.array(ground.source.assumed.industry.value_added_ratio), ground.kept["gdp"]
    fixed = ~np.isnan(known)
    iva = cells @ ratio * ground.noise(rng, "iva")
    most = np.where(fixed, 0.8 * known, 0.6 * output)
    iva = rounded(spread_to_total(iva, value_added, high=most), value_added)
    lean = ground.leaning["services"] * ground.noise(rng, "services")
    exact = np.where(fixed, np.round(known - iva, DECIMALS), np.nan)
    services = spread_with_known(iva**0.85 * lean, ground.source.published.total("gdp") - value_added, exact)
    return {"iva": iva, "services": services, "gdp": np.round(iva + services, DECIMALS)}
