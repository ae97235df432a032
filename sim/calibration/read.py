"""``calibration.toml`` of a bundle, every name in it looked up and every figure found in ``history.csv``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sim import dims
from sim.bundle import Bundle
from sim.calibration.spec import FILE, UNVERIFIED, Calibration, TrainingFigure
from sim.confidence.history_data import FILE as HISTORY
from sim.confidence.history_data import Point, Row, points, read_history
from sim.confidence.read import check_names
from sim.errors import InputError, Place, Problem
from sim.nearest import nearest
from sim.toml_places import read_toml
from sim.toml_values import ELEMENTS, Spot, closed, refuse


@dataclass(frozen=True)
class Datum:
    """A figure that parameters are held against.

    Parameters
    ----------
    point
        The published figure as a growth or change, as a share.
    error
        Standard deviation of the published figure: its last digit, and what its reliability adds.
    """

    figure: TrainingFigure
    point: Point
    error: float

    @property
    def deviation(self) -> float:
        """Standard deviation of what the model may be off with the right parameters."""
        return math.hypot(self.error, self.figure.discrepancy)


@dataclass(frozen=True)
class Knowledge:
    """What a bundle tells for calibration and backtest."""

    spec: Calibration
    data: tuple[Datum, ...]
    rows: tuple[Row, ...]

    def error(self, point: Point) -> float:
        """Standard deviation of a published figure."""
        return error_of(point, self.spec.reliability.deviation)


def error_of(point: Point, deviation: Mapping[str, float]) -> float:
    """Standard deviation of a published figure: every number that rounds to it is as likely, and its reliability.

    >>> round(error_of(Point(2016, 0.072, 0.0005, True, reliability="high"), {"high": 0.0}), 6)
    0.000289
    """
    rounding = 0.0 if math.isnan(point.error) else point.error / math.sqrt(3.0)
    return math.hypot(rounding, deviation.get(point.reliability or UNVERIFIED, 0.0))


def has_calibration(bundle: Bundle) -> bool:
    """Whether there is something to read: both files, and parks that stand for the whole region."""
    return bundle.parks.shipped and all((bundle.path / name).is_file() for name in (FILE, HISTORY))


def read_calibration(bundle: Bundle) -> Knowledge:
    """What parameters may be held against.

    Raises
    ------
    InputError
        ``calibration_no_file`` where the bundle has none, or no ``history.csv``; ``calibration_own_table`` where its
        parks are not those of the whole region; else every mistake of both files.

    >>> from pathlib import Path
    >>> from sim.bundle import load_bundle
    >>> found = read_calibration(load_bundle(Path("models/inner-mongolia")))
    >>> [round(one.point.value, 4) for one in found.data]
    [-0.0341, -0.0866, 0.0557]
    """
    missing = [name for name in (FILE, HISTORY) if not (bundle.path / name).is_file()]
    problems = [Problem(Place(bundle.path), "calibration_no_file", {"file": name}) for name in missing]
    if not problems and not bundle.parks.shipped:
        problems.append(Problem(Place(bundle.path), "calibration_own_table"))
    if problems:
        raise InputError(problems)
    rows = read_history(bundle.path / HISTORY)
    root = Spot.root(read_toml(bundle.path / FILE))
    spec = closed(root, Calibration, problems)
    check_names(bundle, root, problems)
    if spec is None or problems:
        raise InputError(problems)
    problems += _reliabilities(root, spec, rows)
    problems += _years(root, spec)
    found = [_datum(root.child("figure").child(place), one, rows, spec, bundle, problems)
             for place, one in enumerate(spec.figure)]  # fmt: skip
    if not spec.figure:
        problems.append(Problem(root.child("figure").place, "calibration_no_figure"))
    if problems:
        raise InputError(problems)
    return Knowledge(spec, tuple(one for one in found if one is not None), rows)


def _reliabilities(root: Spot, spec: Calibration, rows: Sequence[Row]) -> Iterator[Problem]:
    """Every word of ``history.csv`` has a deviation, and none is negative."""
    table = root.child("reliability").child("deviation")
    known = spec.reliability.deviation
    words = {UNVERIFIED} | {row.reliability.partition(" (")[0] for row in rows if row.verified}
    for word in sorted(words - known.keys()):
        yield Problem(table.place, "calibration_reliability", {"word": word, "file": HISTORY})
    for name, value in known.items():
        if value < 0:
            yield Problem(table.child(name).place, "calibration_deviation", {"key": name, "found": f"{value:g}"})


def _years(root: Spot, spec: Calibration) -> Iterator[Problem]:
    """The run begins with the model, and what was known is of before the years that are judged."""
    run = root.child("run")
    if not dims.BASE_YEAR < spec.run.until <= dims.TARGET_YEAR:
        values = {"key": "until", "found": spec.run.until, "first": dims.BASE_YEAR + 1, "last": dims.TARGET_YEAR}
        yield Problem(run.child("until").place, "calibration_year", values)
    for place, one in enumerate(spec.figure):
        spot = root.child("figure").child(place)
        limits = (("year", one.year, 1900, spec.known_by), ("known", one.known, one.year, spec.known_by),
                  ("against", one.against, dims.BASE_YEAR + 1, spec.run.until))  # fmt: skip
        for key, year, first, last in limits:
            if not first <= year <= last:
                values = {"key": key, "found": year, "first": first, "last": last}
                yield Problem(spot.child(key).place, "calibration_year", values)


def _datum(
    spot: Spot, one: TrainingFigure, rows: Sequence[Row], spec: Calibration, bundle: Bundle, problems: list[Problem]
) -> Datum | None:
    before = len(problems)
    if not one.discrepancy > 0:
        refuse(problems, spot.child("discrepancy"), "calibration_discrepancy")
    if one.element and not _has_element(bundle, one):
        refuse(problems, spot.child("element"), "calibration_element", nearest(one.element, _elements()))
    found = points(rows, one, one.year, one.year)
    if not found:
        quantities = {row.quantity for row in rows}
        near = "" if one.quantity in quantities else nearest(one.quantity, quantities)
        refuse(problems, spot.child("quantity"), "calibration_no_row", near, file=HISTORY, year=one.year)
    elif not found[0].verified:
        refuse(problems, spot.child("quantity"), "calibration_unverified", year=one.year)
    if len(problems) > before:
        return None
    return Datum(one, found[0], error_of(found[0], spec.reliability.deviation))


def _elements() -> list[str]:
    return [*dims.POLLUTANTS, *dims.INDUSTRIES]


def _has_element(bundle: Bundle, one: TrainingFigure) -> bool:
    """Whether every variable of a figure is by something that has the element."""
    by_name = {entry.name: entry.subscripts for entry in bundle.entries if not entry.is_subscript}
    return all(any(one.element in ELEMENTS.get(axis, ()) for axis in by_name[name]) for name in (*one.over, *one.under))
