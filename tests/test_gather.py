"""Blocks of any size → groups: the same bits for each run, whatever lies beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from sim import dims
from sim.analysis.bands import Totals
from sim.analysis.gather import GROUP, Gatherer, Panel
from sim.engine.compile import Kernel
from sim.engine.compiled_engine import Ensemble
from sim.engine.inputs import Grid, RunInputs
from sim.engine.kernel import CheckPlan, KernelPlan, Output
from sim.engine.run import Block
from sim.outputs_spec import read_outputs
from sim.targets.recorded import recorded
from tests.datasets import BUNDLE, synthetic_results

PARKS, RUNS, YEARS = 20, GROUP + 50, 6
NAMES = ("gdp", "emissions", "output", "capacity_use", "cluster_maturity")
SPECS = [spec for name, spec in read_outputs(BUNDLE / "outputs.toml").items() if name in NAMES]
GDP = [spec.name for spec in SPECS].index("gdp")
BAD = {3: "gdp", 40: "capacity_use", RUNS - 1: "cluster_maturity"}
BROKEN = 100
"""A run that breaks a condition of the model."""


def kernel() -> tuple[Kernel, int]:
    """Places of the outputs in a row of results, and the width of a row."""
    lengths = {dims.PARK: PARKS, dims.INDUSTRY: 6, dims.POLLUTANT: 6, dims.LEAGUE: 12}
    outputs, cell = [], 0
    for spec in SPECS:
        shape = tuple(lengths[name] for name in spec.dims)
        outputs.append(Output(spec.variable, cell, spec.dims, shape))
        cell += int(np.prod(shape))
    check = CheckPlan("delay_too_short", "x", cell)
    plan = KernelPlan(
        method="euler", lanes=16, size=1, width=cell + 1, history_width=0, inputs=(), courses=(),
        outputs=tuple(outputs), checks=(check,), labels={}, work=cell,
    )  # fmt: skip
    # nothing is computed here, so there is no library
    return Kernel(plan, None), cell + 1  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    found = np.random.default_rng(8).lognormal(size=(YEARS, kernel()[1], RUNS))
    found[:, -1] = 0.0
    for run, name in BAD.items():
        output = kernel()[0].plan.outputs[[spec.name for spec in SPECS].index(name)]
        found[2, output.cell + 1, run] = np.inf if run == 3 else np.nan
    found[0, -1, BROKEN] = 1.0
    return found


def gathered(values: np.ndarray, sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Totals, failed runs and outputs of all runs that went through in blocks of these sizes, repeated."""
    made, record = kernel()[0], recorded(synthetic_results(PARKS, end=2014 + YEARS))
    inputs = RunInputs(Grid(2015.0, 1.0, YEARS - 1), runs=values.shape[2])

    def blocks() -> Iterator[Block]:
        first, turn = 0, 0
        while first < values.shape[2]:
            size = sizes[turn % len(sizes)]
            yield Block(first, values[:, :, first : first + size])
            first, turn = first + size, turn + 1

    panel = Panel(tuple(SPECS), (0, 4, 5))
    gatherer = Gatherer(Ensemble(made, inputs, 1), [panel], Totals(SPECS, record))
    totals, failed, outputs = [], [], []
    for group in gatherer.groups(blocks()):
        totals.append(group.totals)
        failed.append(group.failed)
        outputs.append(np.concatenate([a.inner((dims.TIME, *s.dims, dims.RUN)).reshape(-1, GROUP)[:, : group.runs]
                                       for s, a in zip(SPECS, group.outputs[0].values(), strict=True)]))  # fmt: skip
    return np.concatenate(totals, axis=1), np.concatenate(failed), outputs


@pytest.mark.parametrize("sizes", [[16], [32], [1], [16, 1, 7], [RUNS]])
def test_the_same_bits_in_blocks_of_any_size(values: np.ndarray, sizes: list[int]) -> None:
    totals, failed, outputs = gathered(values, [16])
    others = gathered(values, sizes)
    assert np.array_equal(totals, others[0], equal_nan=True)
    assert np.array_equal(failed, others[1])
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(outputs, others[2], strict=True))


def test_a_run_alone(values: np.ndarray) -> None:
    totals = gathered(values, [16])[0]
    for run in (0, 17, RUNS - 2):
        alone = gathered(values[:, :, run : run + 1], [16])
        assert np.array_equal(alone[0][:, 0], totals[:, run])


def test_failed_runs_are_found_whatever_number_is_bad(values: np.ndarray) -> None:
    failed = gathered(values, [16])[1]
    assert np.flatnonzero(failed).tolist() == sorted([*BAD, BROKEN])


def test_totals_are_sums(values: np.ndarray) -> None:
    record = recorded(synthetic_results(PARKS, end=2014 + YEARS))
    bands, totals = Totals(SPECS, record).bands, gathered(values, [16])[0]
    starts = dict(zip([band.name for band in bands], np.cumsum([0, *(band.cells for band in bands)]), strict=False))
    first = kernel()[0].plan.outputs[GDP].cell
    gdp = values[:, first : first + PARKS].sum(axis=1)
    assert np.allclose(totals[starts["gdp"] :][:YEARS], gdp, equal_nan=True)
    by_league = totals[starts["gdp_by_league"] :][: 12 * YEARS].reshape(YEARS, 12, RUNS)
    assert np.allclose(by_league.sum(axis=1), gdp, equal_nan=True)
    assert {"emissions", "output"} <= set(starts)
    assert not {"capacity_use", "cluster_maturity"} & set(starts)
