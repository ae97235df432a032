"""Any variable over the years: a line for each part that is shown, its name at its end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim import dims
from sim.dims import BASE_YEAR, TARGET_YEAR
from sim.report.chosen import WORDS
from sim.report.courses import Course, Line, Parks, lines_of
from sim.report.figure_data import Block
from sim.report.plots import style
from sim.report.plots.captions import LANGUAGES, About, Caption, Captions, always, noted, source_line
from sim.report.plots.comparison import end_labels, end_value, line_look
from sim.report.plots.layout import LINE_MM, text_mm, wrap
from sim.report.plots.numbers import number
from sim.words.catalogue import Language, catalogue, text

NAMED_ORIGINS = frozenset({"published", "user"})
LONGEST = 60
"""Characters of a file name without its ending."""

LARGE, SCALE = 1e7, 1e4
"""Numbers from which an axis counts in ten thousands."""

WIDE = 100.0
"""Ratio of the last values of two lines from which the axis is logarithmic."""

HEAD_MM = 4.2
"""Height of a line of an axis's name."""


@dataclass(frozen=True)
class Subject:
    """What is drawn.

    Parameters
    ----------
    chosen
        Labels by dimension.
    name_parks
        Write the names of parks beside reconstructed values too.
    origins
        Origin of the base year's total by output.
    """

    course: Course
    chosen: Mapping[str, Sequence[str]]
    results: xr.Dataset
    name_parks: bool = False
    origins: Mapping[str, str] | None = None

    def lines(self) -> tuple[list[Line], list[Line]]:
        """Lines of the scenario, and the one with policies off where the scenario has a single line."""
        parks = Parks(self.results)
        own = lines_of(self.course, self.chosen, parks)
        single = len(own) == 1 and not own[0].parts and self.course.reference is not None
        return own, lines_of(self.course, self.chosen, parks, other=True) if single else []

    @property
    def years(self) -> np.ndarray:
        """Years of the run."""
        return np.asarray(self.results[dims.TIME].values).astype(int)


def code_of(subject: Subject) -> str:
    """Stem of the figure's files: ``var-`` and the name, then what was chosen."""
    labels = [str(label) for some in subject.chosen.values() for label in some]
    words = [subject.course.name.replace("_", "-"), *(label.replace("_", "-") for label in labels)]
    return "var-" + re.sub(r"[^\w.-]+|\.\.+", "-", "-".join(words))[:LONGEST].strip(".-")


def called(parts: Sequence[tuple[str, str]], subject: Subject, lang: Language) -> str:
    """What a line is of; the scenario where it is of everything."""
    if not parts:
        return text(lang, "figure.scenario")
    return text(lang, "figure.variable.and").join(_label(dim, label, subject, lang) for dim, label in parts)


def _label(dim: str, label: str, subject: Subject, lang: Language) -> str:
    """A label in words: of a park its id, and its name where that may stand beside the value."""
    if dim != dims.PARK:
        return catalogue(lang).get(f"{WORDS.get(dim, '')}.{label}", label)
    results, origin = subject.results, f"{subject.course.name}_{dims.ORIGIN}"
    key = "name_zh" if lang == "zh" else "name_en"
    place = [str(one) for one in results[dims.PARK].values].index(label)
    known = origin in results.coords and str(results[origin].values[place]) in NAMED_ORIGINS
    named = key in results.coords and (known or subject.name_parks)
    return f"{label} {results[key].values[place]}" if named else label


@dataclass(frozen=True)
class _Drawing:
    """Lines by their names, in the unit of the axis; those with policies off, and whether ranges are drawn."""

    named: Mapping[str, Line]
    off: Sequence[Line]
    large: bool

    @property
    def single(self) -> bool:
        return len(self.named) - len(self.off) == 1

    @property
    def values(self) -> np.ndarray:
        """Everything that is drawn."""
        ranges = [part for line in self.named.values() for part in (line.low, line.high) if part is not None]
        parts = [line.values for line in self.named.values()] + (ranges if self.single else [])
        values: np.ndarray = np.concatenate(parts)
        return np.asarray(values[np.isfinite(values)])


def _drawing(subject: Subject, lang: Language) -> _Drawing:
    own, off = subject.lines()
    largest = max((float(np.nanmax(np.abs(line.values), initial=0.0)) for line in own), default=0.0)
    large = largest >= LARGE and not subject.course.level
    own, off = ([_scaled(line, large) for line in lines] for lines in (own, off))
    named = {called(line.parts, subject, lang): line for line in own}
    return _Drawing(named | {text(lang, "figure.reference"): line for line in off}, off, large)


def _scaled(line: Line, large: bool) -> Line:
    if not large:
        return line
    low, high = (None if part is None else part / SCALE for part in (line.low, line.high))
    return Line(line.parts, line.values / SCALE, low, high)


def draw_variable(subject: Subject, lang: Language, width_mm: float = style.WIDTH_MM) -> Figure:
    """The lines with their names and last values at their ends; the name and unit of the variable above the axis."""
    years, small = subject.years, style.SMALL_PT
    with style.styled(lang):
        drawing = _drawing(subject, lang)
        most = min(34.0, 0.3 * width_mm)
        labels = {
            name: wrap(f"{name} {number(end_value(line.values), lang)}", most, small)
            for name, line in drawing.named.items()
        }
        room = 3.0 + max(text_mm(line, small) for lines in labels.values() for line in lines)
        head = wrap(axis_text(subject.course, lang, drawing.large), width_mm - 18.0, style.TEXT_PT)
        notes = [gathered(subject, lang), text(lang, "figure.variable.log") if _is_wide(drawing, subject) else ""]
        told = text(lang, "figure.variable.semicolon").join(note for note in notes if note)
        how = wrap(told, width_mm - 18.0, small) if told else []
        tall = max(45.0 if width_mm < style.WIDTH_MM else 60.0, sum(map(len, labels.values())) * (LINE_MM + 0.5))
        top = 4.0 + HEAD_MM * len(head) + LINE_MM * len(how)
        figure = style.blank((width_mm, top + tall + 8.0))
        axes = style.panel(figure, 16.0, top, width_mm - 16.0 - 6.0 - room, tall)
        _frame(axes, subject, drawing, lang)
        for place, line in enumerate(drawing.named.values()):
            _line(axes, years, line, drawing, place)
        _heads(axes, head, how)
        end_labels(axes, {name: (years, line.values) for name, line in drawing.named.items()}, labels)
    return figure


def _line(axes: Axes, years: np.ndarray, line: Line, drawing: _Drawing, place: int) -> None:
    """A line, with the range around it where it is alone."""
    reference = any(line is other for other in drawing.off)
    if drawing.single and not reference and line.low is not None and line.high is not None:
        axes.fill_between(years, line.low, line.high, facecolor=style.LIGHT, linewidth=0, zorder=2)
    common = style.SCENARIO if drawing.single else line_look(place, years)
    axes.plot(years, line.values, **(style.REFERENCE if reference else common))


def _heads(axes: Axes, head: Sequence[str], how: Sequence[str]) -> None:
    down = style.height_mm(axes)
    style.lines_of_text(axes, 0, 1 + 1.6 / down, how, va="bottom", transform=axes.transAxes)
    look = {"fontsize": style.TEXT_PT, "color": axes.yaxis.label.get_color(), "transform": axes.transAxes}
    style.lines_of_text(axes, 0, 1 + (1.8 + LINE_MM * len(how)) / down, head, step=HEAD_MM, va="bottom", **look)


def axis_text(course: Course, lang: Language, large: bool = False) -> str:
    """Name and unit: ``生产性资本存量(亿元)``; in ten thousands of it where numbers are large."""
    unit = course.units[lang]
    shown = text(lang, "figure.unit.none") if unit in ("1", "") else unit
    shown = text(lang, "figure.variable.large", unit=shown) if large else shown
    name = course.names[lang]
    if name.endswith(")"):  # one pair of brackets is enough
        return text(lang, "figure.variable.axis_more", name=name[:-1], unit=shown)
    return text(lang, "figure.variable.axis", name=name, unit=shown)


def gathered(subject: Subject, lang: Language) -> str:
    """How parks and other elements behind a line were put together; "" where a line is of one element."""
    own, _ = subject.lines()
    if any(line.low is not None for line in own):
        return text(lang, f"figure.variable.{'median' if len(own) > 1 else 'range'}")
    shown = {dim for line in own for dim, _ in line.parts}
    parks = dims.PARK in subject.course.axes and dims.PARK not in shown
    if not subject.course.additive or not (parks or any(axis not in shown for axis in subject.course.axes)):
        return ""
    return text(lang, f"figure.variable.{'parks' if parks else 'total'}")


def _is_wide(drawing: _Drawing, subject: Subject) -> bool:
    """Whether lines are so far apart that only a logarithmic axis shows them all."""
    values = drawing.values
    ends = [end_value(line.values) for line in drawing.named.values()]
    return (
        not subject.course.level and len(ends) > 1 and bool(values.size) and float(values.min()) > 0
        and max(ends) > WIDE * min(ends)
    )  # fmt: skip


def _frame(axes: Axes, subject: Subject, drawing: _Drawing, lang: Language) -> None:
    years, values = subject.years, drawing.values
    first, last = int(years[0]), int(years[-1])
    style.year_axis(axes, first, last, lang)
    axes.set_xlim(first - 0.4, max(last, TARGET_YEAR))
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    if _is_wide(drawing, subject):
        style.log_axis(axes, low, high, lang)
    elif low < 0 or subject.course.level:
        # a ratio has no natural zero: what it does is seen on a scale of its own
        span = high - low if high - low > 1e-9 * max(abs(high), abs(low)) else max(abs(low), 1.0)
        style.value_axis(axes, high if high > low else low + 0.1 * span, lang, low - 0.08 * span)
    else:
        style.value_axis(axes, high, lang)
    if drawing.single:
        _base(axes, subject, next(iter(drawing.named.values())))


def _base(axes: Axes, subject: Subject, line: Line) -> None:
    """The level of the base year; a dot where a total of it is published, a ring where it is derived."""
    base = line.values[subject.years == BASE_YEAR]
    if base.size and np.isfinite(base[0]):
        style.base_level(axes, float(base[0]))
        origin = (subject.origins or {}).get(subject.course.name)
        if origin is not None and not line.parts:
            style.base_point(axes, float(base[0]), published=origin == "published")


def variable_data(subject: Subject, lang: Language) -> tuple[Block, ...]:
    """The numbers of the figure, with the range behind each median."""
    own, off = subject.lines()
    rows = []
    for line in own:
        name = called(line.parts, subject, lang)
        rows.append((name, *line.values.tolist()))
        for key, values in (("low", line.low), ("high", line.high)):
            if values is not None:
                rows.append((text(lang, f"figure.variable.{key}", name=name), *values.tolist()))
    rows += [(text(lang, "figure.reference"), *line.values.tolist()) for line in off]
    heads = (text(lang, "figure.sheet.series"), *map(str, subject.years.tolist()))
    return (Block(heads, tuple(rows), axis_text(subject.course, lang), even=True),)


def variable_captions(subject: Subject, about: About) -> Captions:
    """Title, note and source line in both languages."""
    return {lang: _caption(subject, about, lang) for lang in LANGUAGES}


def _caption(subject: Subject, about: About, lang: Language) -> Caption:
    course, results = subject.course, subject.results
    own, _ = subject.lines()
    shown = [called(line.parts, subject, lang) for line in own if line.parts]
    name = course.names[lang]
    comma = text(lang, "figure.source.comma")
    title = text(lang, "figure.variable.title", name=name, parts=comma.join(shown)) if shown else name
    notes = [text(lang, "figure.note.variable")]
    how = gathered(subject, lang)
    notes += [how + text(lang, "figure.source.stop")] if how else []
    notes += [] if course.kept else [text(lang, "figure.note.not_kept", variable=course.name)]
    if subject.name_parks and any(dim == dims.PARK for line in own for dim, _ in line.parts):
        notes.append(text(lang, "figure.note.names"))
    origin = f"{course.name}_{dims.ORIGIN}"
    items = []
    if origin in results.coords:
        kinds, counts = np.unique(np.asarray(results[origin].values, dtype=str), return_counts=True)
        items = [
            (str(kind), text(lang, "figure.source.column", name=name, count=count))
            for kind, count in zip(kinds, counts, strict=True)
        ]
    return Caption(title, noted(lang, notes, about), source_line(lang, [*items, *always(lang, about)]))
