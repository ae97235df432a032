"""Results of a model as a short table for the screen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.report.columns import Column, table
from sim.report.numbers import shown
from sim.report.width import plain
from sim.simulate.columns import column_names
from sim.simulate.results import Results
from sim.words.catalogue import Language, text

SHOWN_ROWS = 30
"""Elements on the screen; the rest is in the file."""

SHOWN_TIMES = 4


def screen_table(results: Results, lang: Language) -> list[str]:
    """The first elements at some times; of several runs the lowest, the median and the highest at the end."""
    outputs = results.work.outputs
    names = [name for output in outputs for name in column_names(output)]
    units = [output.units for output in outputs for _ in column_names(output)]
    columns = [
        Column(text(lang, "simulate.variable"), [plain(name) for name in names[:SHOWN_ROWS]], gives_way=True),
        Column(text(lang, "simulate.unit"), [plain(unit) for unit in units[:SHOWN_ROWS]], gives_way=True),
    ]
    columns += [
        Column(head, [shown(value) for value in values[:SHOWN_ROWS]], "right")
        for head, values in _shown(results, lang)
    ]
    head, body = table(columns)
    lines = [*head, *body]
    if len(names) > SHOWN_ROWS:
        lines.append(text(lang, "simulate.more", count=len(names) - SHOWN_ROWS))
    return lines


def _shown(results: Results, lang: Language) -> Iterator[tuple[str, list[float]]]:
    times = results.work.timing.times
    if results.work.params.labels is None:
        numbers = results.elements(0)
        for row in sorted({round(part) for part in np.linspace(0, len(times) - 1, SHOWN_TIMES)}):
            yield f"{times[row]:.10g}", numbers[row].tolist()
        return
    last = np.stack([results.elements(run)[-1] for run in range(results.work.params.runs)])
    last = last[~np.isnan(last).any(axis=1)]
    for key, quantile in (("lowest", 0.0), ("median", 0.5), ("highest", 1.0)):
        head = text(lang, f"simulate.{key}", time=f"{times[-1]:.10g}")
        yield head, np.quantile(last, quantile, axis=0).tolist()

