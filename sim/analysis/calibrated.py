"""What the probabilities of a scenario that is made ready rest on."""

from __future__ import annotations

from pathlib import Path

from sim.report.calibration import Calibration
from sim.scenario.types import Scenario
from sim.study import Prepared
from sim.tested import read_bar


def draws_file(scenario: Scenario) -> str:
    """The table of draws that a scenario takes in place of ranges, as it writes it; "" for none."""
    found = scenario.uncertainty.draws
    return "" if found is None else Path(found.text).as_posix()


def calibration_of(prepared: Prepared) -> Calibration:
    """Whether draws were calibrated, and how the model's test against history ended."""
    history = prepared.bundle.history
    return Calibration(
        draws_file(prepared.scenario), history, read_bar(prepared.bundle.path) if history == "failed" else None
    )
