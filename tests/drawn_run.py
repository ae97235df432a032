"""One run of an ensemble as a study of its own: its driver paths and levers in place of the scenario's."""

from __future__ import annotations

from dataclasses import replace

from sim.analysis.draws import DrawPlan
from sim.binding import Study
from sim.dims import RUN
from sim.engine.interface import Series


def with_courses(study: Study, plan: DrawPlan, run: int) -> Study:
    """The study with what a run (counted from 1) takes by year."""
    own = {
        name: Series(one.values.isel({RUN: 0}), one.between) for name, one in plan.numbers(run - 1, 1).series.items()
    }
    return replace(study, inputs=replace(study.inputs, series={**study.inputs.series, **own}))
