"""Who is in the park table: names, levels and counties of all zones. Nothing here is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from sim.errors import InputError, Place, Problem
from sim.reconstruct.assumptions import UNNAMED, Assumptions
from sim.reconstruct.published import LEVEL_COUNTS, Published
from sim.reconstruct.roster import Zone

BY_DEPARTMENTS = ("airport", "logistics")
"""Types of zones that departments approve."""

_KNOWN = {"P": 0, "X": 1, "R": 2}
"""First letter of an id: named by the plan, named elsewhere, not named."""

_NOBODY = Zone("", "", "", "", "", UNNAMED[0], "", "", "", "", False, False, "", None, "", "", named=False)


def zones_of_2015(named: Sequence[Zone], published: Published, assumed: Assumptions) -> tuple[Zone, ...]:
    """All zones: those of the roster, then those of which nothing but the count is known.

    Raises
    ------
    InputError
        If the roster doesn't fit the published counts.
    """
    problems: list[Problem] = []
    zones = [*named, *_unnamed(named, assumed)]
    by_league = Counter(zone.league for zone in named)
    for league, about in assumed.league.items():
        if by_league[league] > about.zones:
            values = {"what": league, "roster": by_league[league], "count": about.zones}
            problems.append(Problem(Place(published.path), "reconstruction_roster", values))
    if len(zones) != published.count("zones"):
        values = {"what": "zones", "roster": len(zones), "count": published.count("zones")}
        problems.append(Problem(Place(published.path), "reconstruction_roster", values))
    if problems:
        raise InputError(problems)
    zones = _with_levels(zones, published, assumed)
    zones = _with_counties(zones, assumed)
    return tuple(replace(z, region=z.region or assumed.league[z.league].region) for z in zones)


def _unnamed(named: Sequence[Zone], assumed: Assumptions) -> list[Zone]:
    """Zones with a systematic name, by league."""
    known, number = Counter(zone.league for zone in named), count(1)
    found = []
    for league, about in assumed.league.items():
        for k in range(1, about.zones - known[league] + 1):
            zone = replace(
                _NOBODY, id=f"R{next(number):02d}", league=league, name_zh=f"{about.name_zh}第{k}开发区(推算)",
                name_en=f"{about.name_en} zone {k} (reconstructed)",
            )  # fmt: skip
            if k == 1 and league in assumed.unnamed.national:
                zone = replace(zone, level="national", level_origin="reconstructed", type=UNNAMED[1])
            found.append(zone)
    return found


def _with_levels(zones: Sequence[Zone], published: Published, assumed: Assumptions) -> list[Zone]:
    """Give zones of unknown level the places that the published counts leave, better-known zones first."""
    found = [
        zone if zone.level else
        replace(zone, level="departmental" if zone.type in BY_DEPARTMENTS else "", level_origin="reconstructed")
        for zone in zones
    ]  # fmt: skip
    turns: Counter[str] = Counter()
    waiting = []
    for at, zone in enumerate(found):
        if not zone.level:
            waiting.append((_KNOWN.get(zone.id[0], len(_KNOWN)), turns[zone.league], at))
            turns[zone.league] += 1
    queue = [at for _, _, at in sorted(waiting)]
    counts = {name.removeprefix("level:"): published.count(name) for name in LEVEL_COUNTS}
    left = {level: counts[level] - sum(z.level == level for z in found) for level in assumed.level_counts.order}
    if min(left.values()) < 0 or sum(left.values()) != len(queue):
        values = {"left": ", ".join(f"{level} {n:+d}" for level, n in left.items()), "zones": len(queue)}
        raise InputError([Problem(Place(published.path), "reconstruction_levels", values)])
    levels = [level for level, n in left.items() for _ in range(n)]
    for at, level in zip(queue, levels, strict=True):
        found[at] = replace(found[at], level=level)
    return found


def _with_counties(zones: Sequence[Zone], assumed: Assumptions) -> list[Zone]:
    """Put zones of unknown county into the league's emptiest county, numbered where its name is unknown."""
    found = list(zones)
    for league, about in assumed.league.items():
        members = [at for at, zone in enumerate(zones) if zone.league == league]
        used = dict(Counter(zones[at].county for at in members if zones[at].county).most_common())
        spare = about.counties - len(used)
        used |= {f"{about.name_zh}第{k}旗县(推算)": 0 for k in range(1, spare + 1)}
        for at in members:
            if not zones[at].county:
                county = _emptiest(used)
                used[county] += 1
                found[at] = replace(zones[at], county=county, county_origin="reconstructed")
    return found


def _emptiest(used: Mapping[str, int]) -> str:
    return min(used, key=lambda name: used[name])
