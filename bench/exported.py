"""Exported Vensim models against the compiled engine, on every stock of every shipped scenario.

    make conformance        or        python -m bench.exported [--largest] [SCENARIO …]

For each scenario: the file with all parks in PySD, a file with some parks in pysimlin (with ``--largest`` as many as it
takes, which lasts many minutes), and the file of one park without subscripts in both. Prints the largest relative
difference (to the value, or to a thousandth of the largest of its stock) and the stock where it is. Ends with 1 if one
exceeds 1e-6.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sim.cache import Cache
from sim.engine.covered import equations_of
from sim.export.flat import flat_text
from sim.export.whole import whole_text
from sim.study import Prepared, prepare
from tests import exported
from tests.exported import TITLES, Cells

BOUND = 1e-6
ROOT = Path(__file__).parents[1]
SOME = 24
"""Parks for pysimlin, whose time grows with the square of their number: a run of 20 takes some ten seconds."""

LIMITS = ("slots", "GraphicalFunctionId")
"""What pysimlin says where a model is too large for it: 65,536 numbers a step, 255 different lookups."""


def worst(expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], largest: Mapping[str, float]) -> str:
    """Tell the largest difference; a scenario that has one beyond the bound is marked."""
    each = ((exported.difference(values, found[name], largest[name]), name) for name, values in expected.items())
    off, name = max(each)
    return f"{off:.1e} ({name})" + ("" if off <= BOUND else "  TOO LARGE")


def named(cells: Cells) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Values by names with subscripts, and by these the largest value of the stock."""
    largest = exported.largest_of(cells)
    return (
        {exported.column(*key): values for key, values in cells.items()},
        {exported.column(*key): largest[key[0]] for key in cells},
    )


def by_pysd(prepared: Prepared, folder: Path) -> str:
    """All parks."""
    bundle, inputs = prepared.bundle, prepared.study.inputs
    file = folder / "all.mdl"
    file.write_text(whole_text(bundle, inputs, TITLES), encoding="utf-8")
    cells = exported.ours(bundle, inputs)
    equations = equations_of(bundle.bound_text(), Cache())
    arrays = exported.by_pysd(file, sorted({stock for stock, _ in cells}))
    found = {}
    for stock, labels in cells:
        axes = equations.variables[stock].axes
        place = tuple(equations.ranges[axis].index(label) for axis, label in zip(axes, labels, strict=True))
        found[exported.column(stock, labels)] = arrays[stock][place]
    expected, largest = named(cells)
    return worst(expected, found, largest)


def by_simlin(prepared: Prepared, folder: Path, largest: bool) -> tuple[int, str]:
    """The first parks of the table: some, or as many as pysimlin takes."""
    bundle, inputs = prepared.bundle, prepared.study.inputs
    file = folder / "some.mdl"
    for count in range(len(inputs.parks) if largest else min(SOME, len(inputs.parks)), 0, -4):
        some = exported.with_parks(inputs, inputs.parks[:count])
        file.write_text(whole_text(bundle, some, TITLES), encoding="utf-8")
        try:
            frame = exported.simlin_frame(file)
        except Exception as error:
            if not any(limit in str(error) for limit in LIMITS):
                raise
            continue
        expected, most = named(exported.ours(bundle, some))
        return count, worst(expected, exported.of_frame(frame, list(expected)), most)
    raise SystemExit("pysimlin takes no park at all")


def one_park(prepared: Prepared, folder: Path, park: str) -> tuple[str, str]:
    """A park without subscripts, by PySD and by pysimlin."""
    bundle, inputs = prepared.bundle, prepared.study.inputs
    file = folder / "one.mdl"
    text = flat_text(bundle, equations_of(bundle.bound_text(), Cache()), inputs, park, TITLES)
    file.write_text(text, encoding="utf-8")
    expected = exported.scalar_names(bundle, inputs, exported.ours(bundle, inputs), park)
    largest = {name: float(np.abs(values).max()) for name, values in expected.items()}
    return (
        worst(expected, exported.by_pysd(file, list(expected)), largest),
        worst(expected, exported.by_simlin(file, list(expected)), largest),
    )


def main() -> None:
    """Compare and print."""
    named_ones = [Path(name) for name in sys.argv[1:] if name != "--largest"]
    paths = named_ones or sorted((ROOT / "scenarios").glob("*.toml"))
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    for number, path in enumerate(paths):
        prepared = prepare(path)
        parks = prepared.study.inputs.parks
        park = parks[(7 * number + 3) % len(parks)]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            pysd, simlin = one_park(prepared, folder, park)
            tell(f"{path.stem}: {park} alone, pysimlin: {simlin}")
            tell(f"{path.stem}: {park} alone, PySD: {pysd}")
            count, found = by_simlin(prepared, folder, "--largest" in sys.argv)
            tell(f"{path.stem}: pysimlin, {count} parks: {found}")
            tell(f"{path.stem}: PySD, {len(parks)} parks: {by_pysd(prepared, folder)}")
    if any("TOO LARGE" in line for line in lines):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
