"""Results of a model as a file: CSV with Vensim's column names, or netCDF."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from sim import dims
from sim.folder import write_whole
from sim.report.csv_cells import cell_text
from sim.simulate.columns import column_names
from sim.simulate.outcome import Outcome
from sim.simulate.results import Results

TIME = "Time"
FORMATS = (".csv", ".nc")


def write_results(path: Path, outcome: Outcome) -> None:
    """Write results by the ending of the file name: ``.csv`` or ``.nc``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    if path.suffix.lower() == ".nc":
        from sim.simulate.netcdf_file import netcdf_bytes  # imports xarray, which a file of text doesn't need

        write_whole(path, netcdf_bytes(outcome.dataset))
    else:
        write_whole(path, csv_bytes(outcome.results))


def csv_bytes(results: Results) -> bytes:
    """One line per time (and run): ``run`` where there are several, ``Time``, then every element.

    UTF-8 with a mark at its beginning, so that Excel reads Chinese; numbers as short as they read back exactly, cells
    of failed runs empty.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    work = results.work
    names = [cell_text(name) for output in work.outputs for name in column_names(output)]
    labels = work.params.labels
    writer.writerow([*([dims.RUN] if labels is not None else []), TIME, *names])
    times = work.timing.times.tolist()
    for run in range(work.params.runs):
        numbers = results.elements(run)
        blank = bool(np.isnan(numbers).any())
        rows = [[None] * numbers.shape[1]] * len(times) if blank else numbers.tolist()
        lead = [] if labels is None else [cell_text(labels[run])]
        writer.writerows([*lead, time, *row] for time, row in zip(times, rows, strict=True))
    return buffer.getvalue().encode("utf-8-sig")
