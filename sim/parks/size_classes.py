"""Revenue by size class: who is in which class, then a value inside its bounds that meets the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from sim.parks.raking import Vector


def size_classes(scores: Vector, fixed: Sequence[str], counts: Mapping[str, int]) -> NDArray[np.int64]:
    """Class 3 over 1000, 2 over 500, 1 over 100, 0 the rest: fixed zones first, then the best scores."""
    classes = np.zeros(len(scores), np.int64)
    room = {3: counts["1000"], 2: counts["500"], 1: counts["100"]}
    for zone, name in enumerate(fixed):
        if name:
            classes[zone] = {"1000": 3, "500": 2, "100": 1}[name]
            room[int(classes[zone])] -= 1
    queue = [int(zone) for zone in np.argsort(-scores) if not fixed[zone]]
    for which, n in room.items():
        classes[queue[:n]] = which
        queue = queue[n:]
    return classes


def revenues(
    scores: Vector,
    classes: NDArray[np.int64],
    known: Vector,
    total: float,
    size: Mapping[str, Any],
    rng: np.random.Generator,
) -> Vector:
    """Revenue by zone, 亿元: lognormal cut at the class bounds, with one location that meets the total."""
    b1, b2, b3 = size["bars"]
    up, down = 1 + size["margin"], 1 - size["margin"]
    low = np.log(np.array([size["lowest"], b1 * up, b2 * up, b3 * up]))[classes]
    high = np.log(np.array([b1 * down, b2 * down, b3 * down, size["highest"]]))[classes]
    sd = rng.uniform(*size["spread"])
    quantile = np.empty(len(scores))
    for which in range(4):
        members = np.flatnonzero(classes == which)
        draws = np.sort(rng.random(len(members)))
        quantile[members[np.argsort(scores[members])]] = draws

    def at(location: float) -> Vector:
        a, b = ndtr((low - location) / sd), ndtr((high - location) / sd)
        value = np.exp(np.clip(location + sd * ndtri(a + quantile * (b - a)), low, high))
        return np.where(np.isnan(known), value, known)

    location = brentq(lambda m: float(at(m).sum()) - total, np.log(2.0), np.log(4000.0), xtol=1e-14)
    return at(location)
