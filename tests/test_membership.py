"""Zones, levels and the order of the retrofit: membership conserves parks, and orders are what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.binding import bind
from sim.bundle import load_bundle
from sim.membership import BALANCED, SMALLEST_INTO_LARGEST, hosts, leaving, upgrades
from sim.scenario.resolve import load_scenario
from sim.selection import RULES, queue_position, retrofit_order


def table(sizes: list[float], leagues: int = 3, counties: int = 4) -> pd.DataFrame:
    ids = [f"P{i}" for i in range(len(sizes))]
    return pd.DataFrame(
        {
            "host": ids,
            "county": [f"c{i % counties}" for i in range(len(sizes))],
            "league": [f"l{i % leagues}" for i in range(len(sizes))],
            "level": ["national" if i == 1 else "regional" for i in range(len(sizes))],
            "revenue": sizes,
            "upgrade_candidate": [int(i % 2 == 0) for i in range(len(sizes))],
            "demonstration": [int(i % 3 == 0) for i in range(len(sizes))],
            "retrofit_done": [0.1 * (i % 3 == 0) for i in range(len(sizes))],
        },
        index=ids,
    )


SIZES = st.lists(st.floats(0.1, 2000.0, allow_nan=False), min_size=4, max_size=30)


RULES_OF_MERGING = st.sampled_from([SMALLEST_INTO_LARGEST, BALANCED])


@given(sizes=SIZES, zones=st.integers(0, 30), county=st.booleans(), rule=RULES_OF_MERGING)
def test_mergers_keep_every_park_inside_its_league(sizes: list[float], zones: int, county: bool, rule: str) -> None:
    frame = table(sizes)
    host = hosts(frame, [0, zones], [False, county], rule)
    assert host[:, 0].tolist() == list(frame.index)
    left = set(host[:, 1])
    assert left <= set(frame.index)
    for head in left:  # a host hosts itself, so zones are well defined
        assert host[list(frame.index).index(head), 1] == head
    if not county:
        assert frame.loc[host[:, 1], "league"].tolist() == frame["league"].tolist()
        if zones:
            assert len(left) == max(min(zones, len(frame)), frame["league"].nunique())
    if county:
        assert len(left) <= frame["county"].nunique()


def test_national_parks_host_their_county() -> None:
    frame = table([1000.0, 5.0, 3.0, 2.0, 900.0, 800.0], counties=2)
    assert hosts(frame, [0], [True])[5, 0] == "P1"


@given(sizes=SIZES, counts=st.lists(st.integers(0, 40), min_size=1, max_size=6))
def test_upgrades_only_rise(sizes: list[float], counts: list[int]) -> None:
    national = upgrades(table(sizes), counts)
    assert bool((np.diff(national.astype(int), axis=1) >= 0).all())
    assert national.sum(axis=0).tolist() == [
        min(max(1, most), len(sizes)) for most in np.maximum.accumulate(np.array(counts))
    ]


@pytest.mark.parametrize("rule", RULES)
def test_retrofit_order_is_a_ranking_with_the_demonstration_parks_first(rule: str) -> None:
    frame = table([5.0, 80.0, 3.0, 9.0, 1.0])
    keys = pd.DataFrame({"so2": frame["revenue"] * 2, "revenue": frame["revenue"], "cost": frame["revenue"]})
    rank = retrofit_order(frame, keys, rule)
    assert sorted(rank) == [1, 2, 3, 4, 5]
    assert set(rank[frame["demonstration"] == 1]) == {1, 2}
    rest = frame[frame["demonstration"] == 0].assign(rank=rank[frame["demonstration"] == 0]).sort_values("rank")
    assert rest["revenue"].is_monotonic_increasing == RULES[rule][1]


@given(st.lists(st.floats(0.01, 100.0), min_size=1, max_size=20))
def test_queue_positions_grow_with_the_rank(rates: list[float]) -> None:
    rank = np.random.default_rng(0).permutation(len(rates)) + 1
    position = queue_position(rank, np.array(rates))
    assert bool((np.diff(position[np.argsort(rank)]) > 0).all())
    assert float(position.min()) == pytest.approx(0.0, abs=1e-9)
    assert float(position.max()) == pytest.approx(sum(rates) - rates[int(np.argmax(rank))], abs=1e-9)


def test_exits_take_the_smallest_regional_zones_and_nobody_comes_back() -> None:
    frame = table([1000.0, 5.0, 3.0, 2.0, 900.0, 800.0])
    frame["level"] = ["national", "regional", "regional", "departmental", "regional", "regional"]
    host = hosts(frame, [0, 0, 0, 0], [False] * 4, exits=[0, 2, 0, 1])
    left = [set(frame.index[host[:, year] == ""]) for year in range(4)]
    small = list(frame[frame["level"] == "regional"].sort_values("revenue").index)
    assert left == [set(), set(small[:2]), set(small[:2]), set(small[:3])]


def test_the_exit_rule_needs_three_years_and_starts_again_when_it_is_dropped() -> None:
    assert leaving([False, True, True, True, True, True, True]) == [0, 0, 0, 3, 0, 0, 3]
    assert leaving([True, True, False, True, True, True]) == [0, 0, 0, 0, 0, 3]


@given(sizes=SIZES, exits=st.lists(st.integers(0, 4), min_size=2, max_size=5), county=st.booleans())
def test_parks_without_host_stay_without(sizes: list[float], exits: list[int], county: bool) -> None:
    frame = table(sizes)
    host = hosts(frame, [0] * len(exits), [county] * len(exits), exits=exits)
    gone = host == ""
    assert bool((np.diff(gone.astype(int), axis=1) >= 0).all())
    hosting = {zone for zone in host[:, -1] if zone}
    assert all(host[frame.index.get_loc(zone), -1] == zone for zone in hosting)


def test_a_park_that_has_left_has_no_tier_no_threshold_and_no_status() -> None:
    """Its zone gone, it is under no threshold of the plan, outside the fund and not upgraded; it was regional."""
    root = Path(__file__).parents[1]
    bundle = load_bundle(root / "models" / "inner-mongolia")
    study = bind(bundle, load_scenario(root / "scenarios" / "plan.toml"))
    gone = study.membership.host == ""
    assert gone.any()
    first = gone.argmax(axis=1)
    for name in ("in tier", "in threshold tier"):
        tier = study.inputs.series[name].values.transpose("park", "tier", "year")
        assert (tier.sum("tier") == 1).all()
        assert (tier.sel(tier="other").to_numpy()[gone] == 1).all()
        for park in np.flatnonzero(gone.any(axis=1)):
            assert float(tier[park].sel(tier="regional")[first[park] - 1]) == 1
    assert (study.inputs.series["upgraded"].values.to_numpy()[gone] == 0).all()
    assert (study.inputs.series["merged"].values.to_numpy()[gone] == 0).all()
