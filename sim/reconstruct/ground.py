"""What every draw of a park table starts from: the zones of a source as arrays, made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.parks.raking import Vector
from sim.reconstruct.published import HINTS, KEPT
from sim.reconstruct.roster import Zone
from sim.reconstruct.source import Source

Flags = npt.NDArray[np.bool_]

SPECIAL = ("bonded", "border", "airport", "logistics")
"""Types of zones that are on no list of key or demonstration zones."""

_BETTER = {"national": 1.4, "regional": 1.05}
_REST = 0.85


@dataclass(frozen=True)
class Ground:
    """Zones as arrays, shape (zones,) unless said otherwise.

    Parameters
    ----------
    expected
        Log of the gross output expected of a zone, 亿元.
    doubt
        Standard deviation around it.
    named
        Whether any source names the zone.
    fixed_class
        Lower bound of the revenue class, "" where it is open.
    profile
        Shares of output by industry before balancing, shape (zones, industries).
    leaning
        By column (services, trade, fdi) the multiplier of the zone's type.
    kept, hints
        By column published values that are kept, and earlier reports that pull; NaN where there is none.
    better
        How well zones of this level are equipped with infrastructure.
    plain
        Whether a zone may be on a list of key or demonstration zones.
    west
        Whether it lies in one of the seven western leagues.
    """

    source: Source
    expected: Vector
    doubt: Vector
    named: Flags
    fixed_class: tuple[str, ...]
    profile: npt.NDArray[np.float64]
    leaning: Mapping[str, Vector]
    kept: Mapping[str, Vector]
    hints: Mapping[str, Vector]
    better: Vector
    plain: Flags
    west: Flags
    circular: Flags
    upgrade_candidate: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of zones."""
        return len(self.fixed_class)

    def noise(self, rng: np.random.Generator, key: str) -> Vector:
        """Lognormal spread around a rule."""
        spread = float(getattr(self.source.assumed.spread, key))
        return np.asarray(np.exp(spread * rng.standard_normal(self.size)))


def ground_of(source: Source) -> Ground:
    """Arrays of a source.

    >>> from pathlib import Path
    >>> from sim.reconstruct.source import read_source
    >>> ground_of(read_source(Path("models/inner-mongolia"))).profile.shape
    (116, 5)
    """
    zones, assumed = source.zones, source.assumed

    def known(column: str, use: str) -> Vector:
        found = (source.published.of_zone(zone.id, column, use) for zone in zones)
        return np.array([np.nan if value is None else value for value in found])

    def flags(of: Callable[[Zone], bool]) -> Flags:
        return np.array([of(zone) for zone in zones])

    types = [assumed.type[zone.type] for zone in zones]
    profile = [assumed.profile[z.profile] if z.profile else assumed.league[z.league].profile for z in zones]
    return Ground(
        source=source,
        expected=np.log(np.array([_expected(zone, source) for zone in zones])),
        doubt=np.array([_doubt(zone, source) for zone in zones]),
        named=flags(lambda zone: zone.named),
        fixed_class=tuple(zone.fixed_class for zone in zones),
        profile=np.array(profile, dtype=float),
        leaning={
            "services": np.array([one.services for one in types]),
            "trade": np.array([one.trade for one in types]),
            "fdi": np.array([one.fdi for one in types]),
        },
        kept={column: known(column, "value") for column in KEPT},
        hints={column: known(column, "prior") for column in HINTS},
        better=np.array([_BETTER.get(zone.level, _REST) for zone in zones]),
        plain=flags(lambda zone: zone.type not in SPECIAL),
        west=flags(lambda zone: assumed.league[zone.league].region != "east"),
        circular=flags(lambda zone: zone.circular),
        upgrade_candidate=flags(lambda zone: zone.upgrade_candidate).astype(np.int64),
    )


def _expected(zone: Zone, source: Source) -> float:
    if zone.expected_output is not None:
        return zone.expected_output
    return float(getattr(source.assumed.size.expected, zone.level)) * source.assumed.league[zone.league].factor


def _doubt(zone: Zone, source: Source) -> float:
    size = source.assumed.size
    return {"reported": size.noise_reported, "assumed": size.noise_assumed}.get(zone.expected_basis, size.noise_unnamed)
