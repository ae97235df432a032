"""Sources of growth: they add up, whatever the parts, and do so in the park model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import dims
from sim.errors import InputError
from sim.growth import log_index, log_mean, sources_of_growth
from sim.publish import write_study
from sim.recall import courses, open_kept
from sim.report.plots import series
from sim.report.plots.growth_sources import bars_of, difference, growth_of
from sim.study import Outcome, prepare, simulate

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """The plan, in which zones leave, merge and rise, and the same with policies off."""
    return simulate([prepare(ROOT / "scenarios" / "plan.toml")])[0]


def test_figure_8_adds_up_in_the_park_model(outcome: Outcome) -> None:
    assert outcome.reference is not None
    run, other = series.one_run(outcome.results), series.one_run(outcome.reference)
    growth = growth_of(run)
    total = series.total(run, "value_added")
    assert growth.total == pytest.approx(100 * (total[1:] / total[:-1] - 1), abs=1e-9)
    assert total == pytest.approx(series.total(run, "gdp"), rel=1e-12)
    bars = bars_of(growth)
    assert list(bars) == ["capital", "labour", "trend", "knowledge", "infrastructure", "use", "left"]
    assert np.sum(list(bars.values()), axis=0) == pytest.approx(growth.total, abs=1e-9)
    policies = difference(growth, growth_of(other))
    assert np.sum(list(bars_of(policies).values()), axis=0) == pytest.approx(policies.total, abs=1e-9)
    # the first year of the plan changes nothing: what is decided for 2017 acts then
    assert float(np.abs(policies.total[0])) < 0.05
    assert growth.sources["technology"] == pytest.approx(np.full(growth.total.shape, 2.5), abs=0.15)


def test_the_shipped_bundle_is_run_again_from_what_its_results_keep(outcome: Outcome, tmp_path: Path) -> None:
    """What is stated of the model's history is not among the files that are kept, and changes no number."""
    write_study(outcome, tmp_path / "plan", outcome.prepared.chosen.engine, "en", plots=False)
    told: list[str] = []
    with pytest.raises(InputError) as caught:
        courses(open_kept(tmp_path / "plan"), ["completoin"], told.append)
    assert [(one.code, one.suggestion) for one in caught.value.problems] == [("variable_unknown", "completion")]
    assert told == []


def test_a_source_that_the_figure_does_not_know_is_shown_as_rest(outcome: Outcome) -> None:
    run = series.one_run(outcome.results).copy()
    later = xr.where(run[dims.TIME] > 2018, 1.02, 1.0)
    run["value_added"] = (run["value_added"] * later).transpose(*run["value_added"].dims)
    bars = bars_of(growth_of(run))
    rest = dict(zip(range(2016, 2031), bars["rest"], strict=True))
    assert rest.pop(2019) == pytest.approx(100 * np.log(1.02), rel=0.1)
    assert max(map(abs, rest.values())) < 1e-9


numbers = st.floats(1e-3, 1e3)


@settings(max_examples=60)
@given(st.integers(1, 4), st.integers(2, 5), st.randoms(use_true_random=False))
def test_sources_add_up_whatever_the_parts(cells: int, years: int, random) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(random.randrange(2**32))
    parts = {name: rng.lognormal(0.0, 1.0, (cells, years)) for name in ("a", "b", "c")}
    base = rng.lognormal(0.0, 2.0, (cells, 1))
    base[rng.random(cells) < 0.3] = 0.0  # an industry that a park doesn't have
    values = base * np.prod([one / one[:, :1] for one in parts.values()], axis=0)
    gone = np.maximum.accumulate(rng.random((cells, years)) < 0.2, axis=1)
    gone[:, 0] = False
    growth = sources_of_growth(values, {name: log_index(one) for name, one in parts.items()}, gone)
    live = np.where(gone, 0.0, values).sum(axis=0)
    for place in range(years - 1):
        if live[place] > 0:
            assert growth.total[place] == pytest.approx(100 * (live[place + 1] / live[place] - 1), rel=1e-9, abs=1e-9)
            assert abs(growth.rest[place]) < 1e-9 * max(1.0, abs(growth.total[place]))


@given(numbers, numbers)
def test_logarithmic_mean_lies_between_and_is_symmetric(one: float, other: float) -> None:
    mean, swapped = (float(log_mean(np.array([a]), np.array([b]))[0]) for a, b in ((one, other), (other, one)))
    assert min(one, other) * (1 - 1e-12) <= mean <= max(one, other) * (1 + 1e-12)
    assert mean == pytest.approx(swapped, rel=1e-12)


def test_what_ends_has_fallen_without_bound_and_moves_no_source() -> None:
    values = np.array([[1.0, 0.0], [1.0, 1.0]])
    logs = {"a": log_index(values)}
    assert logs["a"][0, 1] == -np.inf
    growth = sources_of_growth(values, logs)
    assert (growth.total[0], growth.sources["a"][0], growth.rest[0]) == (-50.0, 0.0, -50.0)
