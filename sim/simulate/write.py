"""Results of a model as a CSV file with Vensim's column names, as netCDF, and as a short table for the screen."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xarray as xr

from sim import dims
from sim.folder import write_whole
from sim.netcdf import to_bytes
from sim.report.columns import Column, table
from sim.report.csv_tables import cell_text
from sim.report.numbers import shown
from sim.report.width import plain
from sim.simulate.columns import column_names
from sim.simulate.variables import Described
from sim.words.catalogue import Language, text

SHOWN_ROWS = 30
"""Elements on the screen; the rest is in the file."""

SHOWN_TIMES = 4
TIME = "Time"
FORMATS = (".csv", ".nc")


def write_results(path: Path, dataset: xr.Dataset, outputs: tuple[Described, ...]) -> None:
    """Write results by the ending of the file name: ``.csv`` or ``.nc``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    content = netcdf_bytes(dataset) if path.suffix.lower() == ".nc" else csv_bytes(dataset, outputs)
    write_whole(path, content)


def csv_bytes(dataset: xr.Dataset, outputs: tuple[Described, ...]) -> bytes:
    """One line per time (and run): ``run`` where there are several, ``Time``, then every element.

    UTF-8 with a mark at its beginning, so that Excel reads Chinese; numbers as short as they read back exactly, cells
    of failed runs empty.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    names = [cell_text(name) for output in outputs for name in column_names(output)]
    by_run = dims.RUN in dataset.dims
    writer.writerow([*([dims.RUN] if by_run else []), TIME, *names])
    for label, numbers in _by_run(dataset, outputs):
        times = dataset[dims.TIME].to_numpy().tolist()
        blank = bool(np.isnan(numbers).any())
        rows = [[None] * numbers.shape[1]] * len(times) if blank else numbers.tolist()
        lead = [cell_text(label)] if by_run else []
        writer.writerows([*lead, time, *row] for time, row in zip(times, rows, strict=True))
    return buffer.getvalue().encode("utf-8-sig")


def _by_run(dataset: xr.Dataset, outputs: tuple[Described, ...]) -> Iterator[tuple[object, np.ndarray]]:
    """Label of a run and its numbers, shape (times, elements)."""
    by_run = dims.RUN in dataset.dims
    arrays = [dataset[output.name].to_numpy() for output in outputs]
    labels = dataset[dims.RUN].to_numpy().tolist() if by_run else [None]
    for run, label in enumerate(labels):
        taken = (array[run] if by_run else array for array in arrays)
        yield label, np.concatenate([array.reshape(-1, array.shape[-1]) for array in taken]).T


def netcdf_bytes(dataset: xr.Dataset) -> bytes:
    """A netCDF-4 file; what its names can't hold is replaced, the model's name is in ``model_variable``."""
    taken: set[str] = set(map(str, dataset.dims))
    names = {}
    for name in map(str, dataset.data_vars):
        safe = re.sub(r"[/\x00-\x1f]", "_", name).strip() or "_"
        while safe in taken:
            safe += "_"
        taken.add(safe)
        names[name] = safe
    named = dataset.rename_vars(names)
    for name, safe in names.items():
        named[safe].attrs = {**dataset[name].attrs, "model_variable": name}
    return to_bytes(named)


def screen_table(dataset: xr.Dataset, outputs: tuple[Described, ...], lang: Language) -> list[str]:
    """The first elements at some times; of several runs the lowest, the median and the highest at the end."""
    names = [name for output in outputs for name in column_names(output)]
    units = [output.units for output in outputs for _ in column_names(output)]
    columns = [
        Column(text(lang, "simulate.variable"), [plain(name) for name in names[:SHOWN_ROWS]], gives_way=True),
        Column(text(lang, "simulate.unit"), [plain(unit) for unit in units[:SHOWN_ROWS]], gives_way=True),
    ]
    columns += [
        Column(head, [shown(value) for value in values[:SHOWN_ROWS]], "right")
        for head, values in _shown(dataset, outputs, lang)
    ]
    head, body = table(columns)
    lines = [*head, *body]
    if len(names) > SHOWN_ROWS:
        lines.append(text(lang, "simulate.more", count=len(names) - SHOWN_ROWS))
    return lines


def _shown(
    dataset: xr.Dataset, outputs: tuple[Described, ...], lang: Language
) -> Iterator[tuple[str, list[float]]]:
    times = dataset[dims.TIME].to_numpy()
    runs = [numbers for _, numbers in _by_run(dataset, outputs)]
    if dims.RUN not in dataset.dims:
        for row in sorted({round(part) for part in np.linspace(0, len(times) - 1, SHOWN_TIMES)}):
            yield f"{times[row]:.10g}", runs[0][row].tolist()
        return
    last = np.stack([numbers[-1] for numbers in runs])
    last = last[~np.isnan(last).any(axis=1)]
    for key, quantile in (("lowest", 0.0), ("median", 0.5), ("highest", 1.0)):
        head = text(lang, f"simulate.{key}", time=f"{times[-1]:.10g}")
        yield head, np.quantile(last, quantile, axis=0).tolist()

