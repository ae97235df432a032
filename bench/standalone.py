"""The shipped model as one file of its own, with the numbers of some parks inside, for engines that take a file."""

from __future__ import annotations

import itertools

import numpy as np

from sim.binding import Study
from sim.bundle import Bundle
from sim.model.mdl_text import Entry


def standalone(bundle: Bundle, study: Study, parks: int) -> str:
    """Text of the model with the first parks of the table; levers and drivers stay at the numbers of the file."""
    labels = list(study.inputs.parks)[:parks]
    lines, controls = ["{UTF-8}"], []
    for entry in bundle.entries:
        left = entry.name + (f"[{', '.join(entry.subscripts)}]" if entry.subscripts else "")
        if entry.excepted:
            left += f" {entry.excepted}"
        right = entry.right
        if entry.is_subscript and entry.name == "park":
            right = ", ".join(labels)
        elif "park" in entry.subscripts and entry.is_numbers:
            right = _numbers(study, entry, labels)
        if entry.group.lower() == "control":
            controls.append(f"{entry.name}  = {right}\n\t~\t\n\t~\t\n\t|\n")
        else:
            middle = "" if entry.operator == "(" else f"{entry.operator} "
            lines.append(f"{left}{': ' if entry.is_subscript else ' ' + middle}{right} ~ ~ |")
    stars = "*" * 56
    return "\n".join([*lines, f"\n{stars}\n\t.Control\n{stars}~\n\t\tSimulation Control Parameters\n\t|\n", *controls])


def _numbers(study: Study, entry: Entry, labels: list[str]) -> str:
    """Numbers as Vensim writes an array: commas along the last axis, a semicolon after each row."""
    inputs = study.inputs
    if entry.name in inputs.constants:
        array = inputs.constants[entry.name]
    else:
        array = inputs.series[entry.name].values.isel(year=0, drop=True)
    values = array.transpose(*entry.subscripts).sel(park=labels).to_numpy()
    if values.ndim == 1:
        return ", ".join(map(repr, values.tolist()))
    assert values.ndim == 2, "no table constant has three axes"
    rows = itertools.chain.from_iterable([", ".join(map(repr, row)) + ";"] for row in np.asarray(values).tolist())
    return " ".join(rows)
