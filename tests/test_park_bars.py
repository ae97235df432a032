"""What single parks pass, run by run, and how counts over runs become probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from sim import dims
from sim.bundle import load_bundle
from sim.targets.array import Array
from sim.targets.by_run import judge_runs
from sim.targets.chances import share_of, share_of_counts
from sim.targets.park_bars import BARS, NEEDED, ParkCounts, known_bars, park_chances, passed
from sim.targets.recorded import Recorded, recorded
from sim.targets.spec import read_targets
from tests.datasets import BUNDLE
from tests.test_by_run import many_runs


def small(**changed: list[list[float]] | list[str]) -> Recorded:
    """Two runs of five parks in one year; the fifth belongs to the zone of the first, the fourth has left in run 2."""
    given = {
        "revenue": [[600.0, 900.0, 5.0, 7.0, 500.0], [600.0, 1001.0, 5.0, 7.0, 300.0]],
        "retrofit_done": [[1.0, 0.5, 0.99995, 1.0, 0.0]] * 2,
        "land_below_standard": [[0.0, 0.1], [0.2, 0.0]],
        "level": ["national", "regional", "regional", "regional", "departmental"],
    } | changed
    levels = np.array(given["level"], dtype=object)
    by_park = {name: np.array(given[name])[..., None] for name in ("revenue", "retrofit_done")}
    outputs = {name: Array.of((dims.RUN, dims.PARK, dims.TIME), values) for name, values in by_park.items()}
    land = np.array(given["land_below_standard"])[..., None]
    outputs["land_below_standard"] = Array.of((dims.RUN, dims.TIER, dims.TIME), land)
    labels = {
        dims.RUN: Array.of((dims.RUN,), np.arange(2)),
        dims.PARK: Array.of((dims.PARK,), np.array(list("ABCDE"), dtype=object)),
        dims.TIER: Array.of((dims.TIER,), np.array(["national", "regional"], dtype=object)),
        "level": Array.of((dims.PARK,), levels),
        "national": Array.of((dims.PARK,), (levels == "national").astype(np.int8)),
    }
    hosts = np.array([[0, 1, 2, 3, 0], [0, 1, 2, -1, 0]])[..., None]
    return Recorded(outputs, labels, np.array([2020]), frozenset(), hosts)


def test_bars_of_a_few_parks() -> None:
    held, asked = passed(small(), BARS)
    signs = np.array(list("-01"))[asked.astype(int) + held]
    assert {bar: ["".join(row) for row in rows] for bar, rows in zip(BARS, signs, strict=True)} == {
        "revenue": ["1000-", "010--"],  # a zone with its member; not above the bar in the second run
        "retrofit": ["10110", "101-0"],
        "land": ["1000-", "011--"],
        "bottom": ["-111-", "-11--"],
    }


def test_only_three_are_at_the_bottom() -> None:
    revenue = [[9.0, 4.0, 2.0, 2.0, 2.0]] * 2
    held, _ = passed(small(revenue=revenue, level=["regional"] * 5), ["bottom"])
    assert held[0].tolist() == [[False, True, True, True, False], [True, True, True, False, False]]


def test_counts_of_parks_are_those_of_the_targets() -> None:
    """Over parks the bars add up to what T06 and T44 count, whatever the run."""
    targets = [t for t in read_targets(BUNDLE / "targets.toml", load_bundle(BUNDLE).outputs) if t.id in ("T06", "T44")]
    dataset = many_runs(6, parks=20).sel(time=slice(2015, 2020))
    dataset["revenue"] = dataset["revenue"] * 8
    judged = judge_runs(dataset, targets, {})
    held, asked = passed(recorded(dataset), ["revenue", "retrofit"])
    assert held[0].sum() > 0
    assert held[0].sum(axis=1).tolist() == judged.values[0].tolist()
    assert np.allclose(held[1].sum(axis=1) / asked[1].sum(axis=1) * 100, judged.values[1])


@pytest.mark.parametrize("size", [1, 7, 200])
def test_counts_give_the_share_and_error_of_the_runs(size: int) -> None:
    rng = np.random.default_rng(2)
    held, tables = rng.random((2, 200, 3)) < np.array([0.1, 0.5, 0.97]), rng.integers(0, 9, 200)
    asked = np.ones(held.shape, dtype=bool)
    asked[1, :, 2] = False
    for of_run in (None, tables):
        counts = ParkCounts(["revenue", "bottom"], 3)
        for at in range(0, 200, size):
            part = slice(at, at + size)
            counts.add(held[:, part] & asked[:, part], asked[:, part], None if of_run is None else of_run[part])
        found = park_chances(counts, 2020)
        for park in range(3):
            one, whole = found.shares["revenue"][park], share_of(held[0, :, park], of_run)
            assert (one.share, one.number) == (whole.share, whole.number)
            assert one.error == pytest.approx(whole.error, rel=1e-9)
        assert found.shares["bottom"][2].number == 0
        assert found.shares["bottom"][2].share is None
    assert share_of_counts(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).number == 0


def test_bars_that_outputs_do_not_tell_are_left_out() -> None:
    outputs = load_bundle(BUNDLE).outputs
    assert known_bars(outputs) == BARS
    without = {name: spec for name, spec in outputs.items() if name != NEEDED["land"]}
    assert known_bars(without) == ("revenue", "retrofit", "bottom")
