"""Who gets the infrastructure fund: all parks of national and regional level, or the key ones alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from sim.bundle import load_bundle
from sim.confidence.lab import Lab, Run
from sim.confidence.read import read_confidence
from sim.confidence.spec import Change
from sim.engine.choose import choose
from sim.engine.compiled_engine import CompiledEngine
from sim.selection import LARGE_ZONES

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
KEPT = ("fund share", "infrastructure", "GDP", "public spending")


@pytest.fixture(scope="module")
def lab() -> Lab:
    bundle = load_bundle(BUNDLE)
    engine = choose(bundle.bound_text(), "compiled").engine
    assert isinstance(engine, CompiledEngine)
    return Lab(bundle, read_confidence(bundle), engine, KEPT, 1, 1)


@pytest.fixture(scope="module")
def runs(lab: Lab) -> list[Run]:
    """The fund spread, half of it concentrated, all of it."""
    levers = [{"infrastructure.fund": 50.0, "infrastructure.concentration": part} for part in (0.0, 0.5, 1.0)]
    return lab.under([Change(levers=one) for one in levers], 2020)


@pytest.fixture(scope="module")
def key(lab: Lab) -> np.ndarray:
    candidate = lab.study(end=2020).inputs.constants["large zone candidate"].to_numpy()
    return np.asarray((candidate == 1) | (lab.bundle.parks.frame["level"] == "national").to_numpy())


def share(run: Run) -> xr.DataArray:
    return run["fund share"].sel(time=2020)


def test_candidates_are_the_largest_zones(lab: Lab) -> None:
    table = lab.bundle.parks.frame
    chosen = lab.study(end=2020).inputs.constants["large zone candidate"].to_numpy() == 1
    eligible = table["level"].isin(["national", "regional"]).to_numpy()
    assert chosen.sum() == LARGE_ZONES
    assert table["revenue"][chosen].min() > table["revenue"][eligible & ~chosen].max()


def test_shares_sum_to_one_and_all_of_it_goes_to_key_parks(runs: list[Run], key: np.ndarray) -> None:
    for run in runs:
        assert float(share(run).sum()) == pytest.approx(1.0, abs=1e-12)
    inside = [float(share(run).to_numpy()[key].sum()) for run in runs]
    assert inside[0] < 0.7
    assert inside[1] == pytest.approx((1 + inside[0]) / 2, rel=0.01)
    assert inside[2] == pytest.approx(1.0, abs=1e-12)


def test_key_parks_have_more_infrastructure_at_the_same_cost(runs: list[Run], key: np.ndarray) -> None:
    built = [run["infrastructure"].sel(time=2020).to_numpy() for run in runs]
    assert built[0][key].sum() < built[1][key].sum() < built[2][key].sum()
    assert built[0][~key].sum() > built[1][~key].sum() > built[2][~key].sum()
    paid = [float(run["public spending"].sel(time=2020)) for run in runs]
    assert paid == pytest.approx([paid[0]] * 3, rel=1e-3)


def test_concentration_without_a_fund_changes_nothing(lab: Lab) -> None:
    alone = lab.of(lab.study(Change(levers={"infrastructure.concentration": 1.0}), 2020).inputs)
    assert alone["GDP"].identical(lab.of(lab.study(end=2020).inputs)["GDP"])
