"""Land of a zone from what its plants need: industrial, built-up, planned and idle land, and infrastructure on it."""

from __future__ import annotations

import numpy as np

from sim.parks.raking import Vector, pulled_to, rounded, spread_to_total
from sim.reconstruct.ground import Ground


def land(ground: Ground, plant_land: Vector, rng: np.random.Generator) -> dict[str, Vector]:
    """Land in km², and infrastructure in 亿元.

    Parameters
    ----------
    plant_land
        Land that the plants of each zone need, in any unit.
    """
    totals, bounds = ground.source.assumed.total, ground.source.assumed.bounds
    total = totals.industrial_land.value
    industrial = plant_land * ground.noise(rng, "industrial_land")
    industrial = rounded(spread_to_total(industrial, total, low=0.05), total)
    built, total = industrial * ground.noise(rng, "built_up"), ground.source.published.total("built_up")
    built = pulled_to(built, ground.hints["built_up"], total)
    low, high = bounds.built_up_to_industrial
    built = rounded(spread_to_total(built, total, low * industrial, high * industrial), total)
    planned = _planned(ground, built, ground.noise(rng, "planned"))
    idle, total = industrial * ground.noise(rng, "idle"), totals.idle_land.value
    low, high = bounds.idle_to_industrial
    idle = rounded(spread_to_total(idle, total, low * industrial, high * industrial), total)
    infrastructure = built * ground.better * ground.noise(rng, "infrastructure")
    total = totals.infrastructure.value
    return {
        "land_planned": planned,
        "built_up": built,
        "industrial_land": industrial,
        "idle_land": idle,
        "infrastructure": rounded(spread_to_total(infrastructure, total), total),
    }


def _planned(ground: Ground, built: Vector, spread: Vector) -> Vector:
    """Planned area of each zone; most zones are built on less than a third of it, as the plan says."""
    total = ground.source.assumed.total.land_planned.value
    low, high = ground.source.assumed.bounds.built_up_to_planned
    hints, bounds, planned = ground.hints["land_planned"], (built / high, built / low), built
    # A rare draw gives so much of the total to a few zones that most others fall short: then with less spread.
    for narrower in (1.0, 0.5, 0.25, 0.0):
        planned = rounded(spread_to_total(pulled_to(built * spread**narrower, hints, total), total, *bounds), total)
        if (built / planned < 1 / 3).mean() > 0.5:
            break
    return planned
