"""Which clusters the lever supports, and what neighbours in kind do for each other: on the shipped table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.bundle import load_bundle
from sim.clusters import CHOICES, DEMONSTRATION_BASES, PLANNED, near_bar
from sim.confidence.lab import Lab, Run
from sim.confidence.read import read_confidence
from sim.confidence.spec import NOTHING, Change
from sim.engine.choose import choose
from sim.engine.compiled_engine import CompiledEngine

BUNDLE = Path(__file__).parents[1] / "models" / "inner-mongolia"
KEPT = ("cluster maturity", "cluster supported", "cumulative public cost", "supported cluster share", "GDP")
FULL = {"cluster_formation.intensity": 1.0}


@pytest.fixture(scope="module")
def lab() -> Lab:
    bundle = load_bundle(BUNDLE)
    engine = choose(bundle.bound_text(), "compiled").engine
    assert isinstance(engine, CompiledEngine)
    return Lab(bundle, read_confidence(bundle), engine, KEPT, 1, 1)


@pytest.fixture(scope="module")
def runs(lab: Lab) -> dict[str, Run]:
    changes = [Change(levers=FULL | {"cluster_formation.which": which}) for which in CHOICES]
    return dict(zip(("none", *CHOICES), lab.under([NOTHING, *changes], 2020), strict=True))


def last(run: Run, variable: str) -> np.ndarray:
    return np.asarray(run[variable].sel(time=2020).to_numpy())


def test_the_choices_are_those_of_the_lever(lab: Lab) -> None:
    lever = lab.bundle.levers["cluster_formation.which"]
    assert (lever.choices, lever.no_policy) == (CHOICES, CHOICES[0])


@pytest.mark.parametrize("which", CHOICES)
def test_a_choice_alone_changes_nothing(lab: Lab, which: str) -> None:
    alone = lab.study(Change(levers={"cluster_formation.which": which}), 2020)
    assert lab.of(alone.inputs)["GDP"].identical(lab.of(lab.study(end=2020).inputs)["GDP"])


@pytest.mark.parametrize("which", CHOICES[1:])
def test_support_goes_to_the_chosen_clusters_at_their_share_of_the_cost(runs: dict[str, Run], which: str) -> None:
    supported = last(runs[which], "cluster supported") == 1
    gain = last(runs[which], "cluster maturity") - last(runs["none"], "cluster maturity")
    assert 0 < supported.sum() < supported.size
    # who gets nothing moves with the economy alone
    assert gain[supported & (gain != 0)].min() > 20 * np.abs(gain[~supported]).max()
    share = float(last(runs[which], "supported cluster share"))
    whole, part = (float(last(runs[name], "cumulative public cost")) for name in ("all", which))
    assert 0.05 < share < 0.7
    assert part == pytest.approx(share * whole, rel=1e-9)


def test_those_nearest_to_the_bar_are_as_many_as_the_plan_lacks(runs: dict[str, Run]) -> None:
    chosen = last(runs["nearest to the bar"], "cluster supported") == 1
    maturity = runs["none"]["cluster maturity"].sel(time=2015).to_numpy()[:, :5]
    assert chosen.sum() == PLANNED - DEMONSTRATION_BASES
    assert not chosen[:, 5].any()
    rest = ~chosen[:, :5] & (maturity < 0.5)
    assert maturity[chosen[:, :5]].max() < 0.5
    assert maturity[chosen[:, :5]].min() > maturity[rest].max()


def test_a_small_table_has_no_cluster_that_does_not_exist() -> None:
    assert near_bar(np.array([[3.0, 0.0], [1.0, 2.0]])).sum() == 0.0


def test_related_industries_grow_together(lab: Lab) -> None:
    """Where demand falls behind its path, what is related forms slower too, but not with an elasticity of 0."""
    weak = {"demand_growth": "slump"}

    def loss(constants: dict[str, float]) -> float:
        usual, pushed = lab.under([Change(constants=constants), Change(constants=constants, drivers=weak)], 2020)
        there = last(usual, "cluster maturity") > 0
        return float((last(usual, "cluster maturity") - last(pushed, "cluster maturity"))[there].mean())

    assert loss({}) > 1.1 * loss({"cluster proximity effect": 0.0}) > 0.0


def test_relatedness_sums_to_one(lab: Lab) -> None:
    table = lab.study(end=2020).inputs.constants["cluster relatedness"]
    assert table.sum("material").to_numpy() == pytest.approx(np.ones(6), abs=1e-12)
    for name in table["material"].to_numpy():
        assert float(table.sel(industry=name, material=name)) == 0.0
