"""How a model with known results is written down, and the files that it becomes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Course = Callable[[float], float] | Sequence[float] | float
"""Expected numbers: a function of time, a number for each time, or one for all."""

CONTROL = "*" * 56 + "\n\t.Control\n" + "*" * 56 + "~\n\t\tSimulation Control Parameters\n\t|\n\n"
XMILE = "http://docs.oasis-open.org/xmile/ns/XMILE/v1.0"
SPEC = "https://docs.oasis-open.org/xmile/xmile/v1.0/xmile-v1.0.html"


READ = frozenset({
    "operators", "22030", "na", "keywords", "dataequations", "ref_variable_types", "timeboundsdates", "macros",
    "22145", "22055", "22095", "22820", "22825", "lookups", "function_changes",
    "mgu09_material_and_information_delays", "24335", "24340", "ref_subscripts", "22100",
    "ref_subscript_mapping", "fn_pulse", "fn_pulse_train", "fn_step", "fn_ramp", "fn_delay_fixed", "fn_delay_n",
    "fn_delayp", "fn_delay_material", "fn_delay_information", "fn_sample_if_true", "fn_if_then_else", "fn_npv",
    "fn_forecast", "fn_npve", "fn_depreciate_straightline", "fn_random", "specialvariables",
    "fn_vector_select", "fn_vector_sort_order", "fn_vector_rank",
    "fn_vector_elm_map", "fn_lookup_forward", "fn_lookup_extrapolate", "fn_lookup_invert", "fn_lookup_area",
    "fn_lookup_slope", "fn_vector_lookup", "fn_get_time_value", "fn_time_base", "fn_get_data_between_times",
    "fn_allocate_available", "fn_allocate_by_priority", "fn_find_market_price", "fn_quantum", "fn_integer",
    "fn_modulo", "random_pink_noise", "fn_cumulate",
})  # fmt: skip
"""Pages of the manual that were read; the addresses of others follow its naming, their functions are common knowledge or as in PySD."""


def entry(line: str) -> str:
    """An entry of a file; the lines that begin and end a macro are none."""
    if line.startswith((":MACRO:", ":END OF MACRO:")) or not line.strip():
        return f"{line}\n"
    return f"{line}\n\t~\t\n\t~\t\n\t|\n\n"


def vensim(*pages: str) -> str:
    """Addresses of pages of Vensim's reference manual."""
    marks = ("" if page in READ else " (not read)" for page in pages)
    return ", ".join(f"https://www.vensim.com/documentation/{page}.html{mark}" for page, mark in zip(pages, marks, strict=True))


@dataclass(frozen=True)
class Clock:
    """Start, end, step, and distance of the saved times (the step if not given)."""

    start: float = 0.0
    end: float = 4.0
    step: float = 1.0
    every: float | None = None

    @property
    def saved(self) -> float:
        """Distance of the saved times."""
        return self.step if self.every is None else self.every

    @property
    def times(self) -> list[float]:
        """The saved times, to 12 digits: 0.1 * 3 is written 0.3."""
        count = round((self.end - self.start) / self.saved)
        return [float(f"{self.start + number * self.saved:.12g}") for number in range(count + 1)]


@dataclass(frozen=True)
class Case:
    """A model and its results.

    Parameters
    ----------
    shows
        Functions and constructs, as the first column of docs/functions.md names them.
    source
        Where their meaning is documented.
    derived
        How the results follow.
    model
        Of Vensim's language one equation a line (macros as they are); of XMILE the variables.
    expected
        By column.
    files
        Other files that the model reads, by name.
    """

    name: str
    shows: tuple[str, ...]
    source: str
    derived: str
    model: str
    expected: Mapping[str, Course]
    clock: Clock = field(default_factory=Clock)
    language: str = "mdl"
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    encoding: str = "utf-8"
    newline: str = "\n"
    control: str = ""

    def written(self) -> dict[str, bytes]:
        """The files of its folder, by name."""
        text = self._vensim() if self.language == "mdl" else self._xmile()
        model = text.replace("\n", self.newline).encode(self.encoding)
        note = f"# {self.name}\n\nShows: {', '.join(self.shows)}.\nExpected: {self.derived}\nDocumentation: {self.source}\n"
        made = {f"{self.name}.{self.language}": model, "output.csv": self._results().encode(), "README.md": note.encode()}
        return made | {name: x if isinstance(x, bytes) else x.encode() for name, x in self.files.items()}

    def _results(self) -> str:
        times = self.clock.times
        columns = [_course(wanted, times) for wanted in self.expected.values()]
        quoted = ['"' + name.replace('"', '""') + '"' if set(name) & {",", '"'} else name for name in self.expected]
        lines = [",".join(["Time", *quoted])]
        lines += [",".join(map(_number, row)) for row in zip(times, *columns, strict=True)]
        return "\n".join(lines) + "\n"

    def _vensim(self) -> str:
        head = "{UTF-8}\n" if self.encoding.startswith("utf-8") else ""
        equations, mark, sketch = self.model.strip("\n").partition("\\\\\\---///")
        parts = [head, equations + "\n\n"] if "|" in equations else [head, *map(entry, equations.split("\n"))]
        clock = self.clock
        controls = self.control or (
            f"FINAL TIME  = {clock.end:.12g}\nINITIAL TIME  = {clock.start:.12g}\n"
            f"SAVEPER  = {clock.saved:.12g}\nTIME STEP  = {clock.step:.12g}"
        )
        parts.append(CONTROL)
        parts += map(entry, controls.split("\n"))
        return "".join(parts) + mark + sketch

    def _xmile(self) -> str:
        clock = self.clock
        body = self.model.strip("\n")
        if "<model" not in body:
            body = f"<model>\n<variables>\n{body}\n</variables>\n</model>"
        reciprocal = clock.step < 1 and (1 / clock.step).is_integer()
        step = f'<dt reciprocal="true">{1 / clock.step:g}</dt>' if reciprocal else f"<dt>{clock.step:g}</dt>"
        return (
            f'<?xml version="1.0" encoding="utf-8"?>\n<xmile version="1.0" xmlns="{XMILE}">\n<header>\n'
            f"<vendor>sim</vendor>\n<product version=\"1.0\">sim</product>\n<name>{self.name}</name>\n</header>\n"
            f'<sim_specs method="Euler" time_units="Months">\n<start>{clock.start:g}</start>\n<stop>{clock.end:g}</stop>\n'
            f"{step}\n</sim_specs>\n{body}\n</xmile>\n"
        )


def _course(wanted: Course, times: Sequence[float]) -> list[float]:
    if callable(wanted):
        return [float(wanted(time)) for time in times]
    if isinstance(wanted, int | float):
        return [float(wanted)] * len(times)
    assert len(wanted) == len(times), (wanted, len(times))
    return [float(value) for value in wanted]


def _number(value: float) -> str:
    return "" if math.isnan(value) else repr(value).removesuffix(".0")


def at_least(count: int, trials: int, chance: float) -> float:
    """Probability of at least ``count`` successes in ``trials``: what a cascade of ``count`` equal stages lets through
    of a step after ``trials`` Euler steps, each stage passing on the share ``chance`` of what it holds.
    """
    below = sum(math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(min(count, trials + 1)))
    return 1 - below


def stepped(start: float, step: float) -> Callable[[float], int]:
    """How many steps after ``start`` a time is; 0 before."""
    return lambda time: max(0, round((time - start) / step))
