"""PySD as the engine: the reference for meaning. The only module that imports pysd.

PySD writes its translation beside the model file, so a copy is translated in a temporary folder and kept in the
user's cache under the hash of its text; it runs from a temporary folder too. Quirks of PySD 3.14.3 met here: a
scalar division by zero raises while arrays give IEEE values; time accumulates rounding errors (see ``Series.at``).
"""

from __future__ import annotations

import re
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysd
import xarray as xr
from pysd.py_backend.model import Model

from sim.cache import Cache, key_of
from sim.engine.inputs import Course
from sim.engine.interface import Parallel, Series, StudyInputs
from sim.engine.trace_values import course_at
from sim.errors import EngineError, InputError, Problem
from sim.model.ir import Kind

TIME = "time"
_FILE = "model.py"
_UNKNOWN_FUNCTION = re.compile(r"not_implemented_function\(\s*[\"']([^\"']*)[\"']")


def translated(text: str, cache: Cache) -> bytes:
    """The translated model of a bound model text: from the cache, or translated now and kept there.

    Raises
    ------
    InputError
        If PySD cannot translate the text (the message carries PySD's reason) or doesn't know a function in it.
    """
    key = key_of(pysd.__version__, "every digit", text)
    files = cache.made_once("pysd", key, lambda: {_FILE: _translate(text)}, "PySD")
    return files[_FILE]


_DRAWS = re.compile(r"\b(RANDOM(?:\s+\w+)*)\s*\(", re.IGNORECASE)
_PLAIN_NAME = re.compile(r'"[\w &%().,/\-#>]+"')


def _refuse_text(text: str) -> None:
    """What PySD must not run: random numbers that no seed repeats, and names that could end a text of its own."""
    problems = [
        Problem(None, "model_random", {"function": " ".join(found.split()).upper()}) for found in _DRAWS.findall(text)
    ]
    names = [name for name in re.findall(r'"[^"]*"', text) if not _PLAIN_NAME.fullmatch(name)]
    names += re.findall(r"[\w$']*[$'][\w$']*", re.sub(r'"[^"]*"', "", text))[:1]
    problems += [Problem(None, "model_name", {"name": name.strip('"')}) for name in names]
    if problems:
        raise InputError(problems)


def _translate(text: str) -> bytes:
    _refuse_text(text)
    with tempfile.TemporaryDirectory(prefix="sim-model-") as folder:
        source = Path(folder) / "model.mdl"
        source.write_text(text, encoding="utf-8")
        try:
            # PySD writes arrays of numbers as numpy prints them: to 8 digits, unless it is told otherwise
            with warnings.catch_warnings(), np.printoptions(precision=17, floatmode="unique"):
                warnings.simplefilter("ignore")
                pysd.read_vensim(str(source), initialize=False)
        except RecursionError:
            raise InputError([Problem(None, "model_translate_deep")]) from None
        except Exception as error:  # PySD raises whatever its parser raises; the user gets one sentence
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise InputError([Problem(None, "model_translate", {"reason": reason})]) from error
        made = source.with_suffix(".py")
        _refuse_unknown_functions(made)
        return made.read_bytes()


def _refuse_unknown_functions(made: Path) -> None:
    """PySD puts a call that fails in the place of a function that it doesn't know; say so before running."""
    found = _UNKNOWN_FUNCTION.findall(made.read_text(encoding="utf-8"))
    unknown = sorted({name.upper().replace("_", " ") for name in found})
    if unknown:
        raise InputError(Problem(None, "model_function_unknown", {"function": name}) for name in unknown)


class PysdEngine:
    """PySD behind the engine interface.

    Parameters
    ----------
    cache
        Where translated models are kept; the user's cache folder if not given.
    """

    name = "pysd"
    parallel: Parallel = "processes"

    def __init__(self, cache: Cache | None = None) -> None:
        self.cache = cache or Cache()

    def describe(self) -> str:
        """Name and version, for the manifest."""
        return f"PySD {pysd.__version__}"

    def translate(self, text: str) -> None:
        """Translate the text, unless that is done already; runs nothing.

        Raises
        ------
        InputError
            As :func:`translated`.
        """
        translated(text, self.cache)

    def prepare(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> None:
        """Translate the text, unless that is done already."""
        self.translate(text)

    def simulate(self, text: str, inputs: StudyInputs, outputs: Sequence[str]) -> Mapping[str, xr.DataArray]:
        """Run the bound model ``text`` and give yearly values of ``outputs``.

        Dims of each array: those of the model variable, then ``time`` (whole years, float64). Values are in the
        units of the model file.

        Raises
        ------
        InputError
            If the model cannot be translated or an input or output names no variable of it.
        EngineError
            If the run fails: names the variable where the arithmetic failed, or the first that became invalid.
        """
        source = translated(text, self.cache)
        with tempfile.TemporaryDirectory(prefix="sim-model-") as folder:
            path = Path(folder) / _FILE
            path.write_bytes(source)
            return self._run(path, inputs, outputs)

    def _run(self, path: Path, inputs: StudyInputs, outputs: Sequence[str]) -> Mapping[str, xr.DataArray]:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            model = _load(path)
            known = {str(real).lower(): python for real, python in model.namespace.items()}
            _refuse_unknown([*inputs.constants, *inputs.series, *outputs], known)
            _set(model, inputs, known)
            try:
                frame = model.run(
                    return_columns=list(outputs),
                    return_timestamps=[float(year) for year in inputs.years],
                    initial_condition="original",
                    time_step=inputs.step,
                    final_time=float(inputs.end),
                    flatten_output=False,
                    progress=False,
                    reload=False,
                )
            except Exception as error:
                raise _broken(_where(error, path)) from error
        return {
            name: _stack(name, frame[name].to_list(), inputs.years, _coords(model, name)) for name in outputs
        }


def _load(path: Path) -> Model:
    try:
        return pysd.load(str(path), initialize=False)
    except Exception as error:  # a variable may have the name of something that the translation needs
        raise EngineError(f"{type(error).__name__}: {error}") from error


def _refuse_unknown(names: Sequence[str], known: Mapping[str, str]) -> None:
    missing = [name for name in names if name.lower() not in known]
    if missing:
        raise InputError(
            Problem(None, "model_variable_missing", {"name": name, "where": "the study"}) for name in missing
        )


def _set(model: Model, inputs: StudyInputs, known: Mapping[str, str]) -> None:
    """Put the study inputs in the place of the model's constants."""
    values: dict[str, float | xr.DataArray | Callable[[], float | xr.DataArray]] = {}
    for name, constant in inputs.constants.items():
        values[name] = constant if constant.dims else float(constant)
    for name, series in inputs.series.items():
        values[name] = _follower(model, series)
    model.set_components(values)


def _follower(model: Model, series: Series) -> Callable[[], float | xr.DataArray]:
    coords = {str(dim): series.values[dim] for dim in series.values.dims[:-1]}
    dims = series.values.dims[:-1]

    def value() -> float | xr.DataArray:
        found = series.at(float(model.time()))
        return xr.DataArray(found, dims=dims, coords=coords) if dims else float(found)

    return value


def _coords(model: Model, name: str) -> dict[str, list[str]]:
    """Labels by dim of a variable, in the order of its dims; empty for a scalar."""
    found = model.get_coords(name)
    return {} if found is None else {dim: list(found[0][dim]) for dim in found[1]}


def _stack(
    name: str, values: Sequence[float | xr.DataArray], years: Sequence[int], coords: Mapping[str, Sequence[str]]
) -> xr.DataArray:
    """One array from the yearly values, refusing what is not a number."""
    # PySD gives an array with a single element as a plain number: the shape comes from the variable's labels
    shape = [len(labels) for labels in coords.values()]
    data = np.stack([np.asarray(value, dtype=float).reshape(shape) for value in values], axis=-1)
    array = xr.DataArray(data, dims=(*coords, TIME), coords={**coords, TIME: list(years)})
    invalid = ~np.isfinite(array.to_numpy())
    if invalid.any():
        place = np.argwhere(invalid)
        where = place[np.argmin(place[:, -1])]
        labels = [str(array[d].to_numpy()[i]) for d, i in zip(array.dims, where, strict=True)]
        raise _broken(f"'{name}[{', '.join(labels[:-1])}]' is not a number in {labels[-1]}")
    return array


def _broken(reason: str) -> EngineError:
    return EngineError([Problem(None, "run_by_pysd", {"reason": reason})])


def _where(error: Exception, path: Path) -> str:
    """The variable at which a run failed, read from the translated model's place in the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    reason = f"{type(error).__name__}: {error}"
    return f"in the equation of '{frames[-1].name.replace('_', ' ')}': {reason}" if frames else reason


@dataclass(frozen=True)
class RunOrder:
    """One run of any model text; its clock stands in the text.

    Parameters
    ----------
    constants
        By variable its number, or an array with the model's labels.
    series
        By variable the labels of its axes, and its course over time.
    outputs
        Variables to keep.
    times
        When to keep them.
    """

    constants: Mapping[str, float | xr.DataArray]
    series: Mapping[str, tuple[Mapping[str, Sequence[str]], Course]]
    outputs: tuple[str, ...]
    times: tuple[float, ...]


def run_model(text: str, order: RunOrder, cache: Cache) -> Mapping[str, np.ndarray]:
    """Run a model text as it stands; what is not a number is left as it comes.

    Returns
    -------
    Mapping
        By output its values at ``order.times``, shape (times, elements in C order of its axes).

    Raises
    ------
    InputError
        If the model cannot be translated.
    EngineError
        If the run fails: names the variable where the arithmetic failed.
    """
    with _opened(text, cache) as (model, path):
        values: dict[str, float | xr.DataArray | Callable[[], float | xr.DataArray]] = dict(order.constants)
        for name, (labels, course) in order.series.items():
            values[name] = _on_course(model, labels, course)
        model.set_components(values)
        try:
            frame = model.run(
                return_columns=list(order.outputs), return_timestamps=list(order.times), initial_condition="original",
                flatten_output=False, progress=False, reload=False,
            )  # fmt: skip
        except Exception as error:
            raise _broken(_where(error, path)) from error
        found = {}
        for name in order.outputs:
            cells = int(np.prod([len(labels) for labels in _coords(model, name).values()], dtype=int))
            rows = frame[name].to_list()
            found[name] = np.stack([np.broadcast_to(np.asarray(row, dtype=float).ravel(), (cells,)) for row in rows])
        return found


def describe_model(
    text: str, cache: Cache
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[Kind, tuple[str, ...]]]]:
    """Labels by subscript range, and kind and axes by variable, of a model text; runs nothing.

    Raises
    ------
    InputError
        If the model cannot be translated.
    """
    with _opened(text, cache) as (model, _):
        found = getattr(model.components._components, "_subscript_dict", {})
        ranges = {str(name): tuple(map(str, labels)) for name, labels in found.items()}
        kinds: dict[str, tuple[Kind, tuple[str, ...]]] = {}
        for row in model.doc.to_dict("records"):
            kind = _KINDS.get(str(row["Type"]), "auxiliary")
            kinds[str(row["Real Name"])] = (
                "held" if kind == "stock" and row["Subtype"] != "Integ" else kind, tuple(row["Subscripts"] or ()))
        return ranges, kinds


_KINDS: Mapping[str, Kind] = {"Constant": "constant", "Stateful": "stock", "Lookup": "lookup"}
"""Kinds by PySD's name of them; the rest are auxiliaries."""


@contextmanager
def _opened(text: str, cache: Cache) -> Iterator[tuple[Model, Path]]:
    source = translated(text, cache)
    with (
        tempfile.TemporaryDirectory(prefix="sim-model-") as folder,
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        path = Path(folder) / _FILE
        path.write_bytes(source)
        yield _load(path), path


def _on_course(
    model: Model, labels: Mapping[str, Sequence[str]], course: Course
) -> Callable[[], float | xr.DataArray]:
    def value() -> float | xr.DataArray:
        found = course_at(course, float(model.time()))
        return xr.DataArray(found, dims=list(labels), coords=dict(labels)) if labels else float(found)

    return value
