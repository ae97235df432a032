"""PySD as the engine: the reference for meaning. The only module that imports pysd.

PySD writes its translation beside the model file, so a copy is translated in a temporary folder and kept in the
user's cache under the hash of its text. Quirks of PySD 3.14.3 met here: a scalar division by zero raises while
arrays give IEEE values; time accumulates rounding errors (see ``Series.at``).
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pysd
import xarray as xr
from platformdirs import user_cache_path
from pysd.py_backend.model import Model

from sim.engine.interface import Series, StudyInputs
from sim.errors import EngineError, InputError, OutputError, Place, Problem

TIME = "time"
_UNKNOWN_FUNCTION = re.compile(r"not_implemented_function\(\s*[\"']([^\"']*)[\"']")


def translated(text: str, cache: Path | None = None) -> Path:
    """The translated model of a bound model text: from the cache, or translated now and kept there.

    Raises
    ------
    InputError
        If PySD cannot translate the text (the message carries PySD's reason) or doesn't know a function in it.
    OutputError
        If the cache cannot be written.
    """
    key = hashlib.sha256(f"{pysd.__version__}\n{text}".encode()).hexdigest()[:32]
    folder = (cache or user_cache_path("sim-parks", appauthor=False) / "models") / key
    kept = folder / "model.py"
    try:
        if kept.is_file():
            return kept
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="sim-model-") as temporary:
            _keep(_translate(text, Path(temporary) / "model.mdl"), folder)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError([Problem(Place(folder.parent), "model_cache", {"reason": reason})]) from None
    return kept


def _translate(text: str, source: Path) -> Path:
    source.write_text(text, encoding="utf-8")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pysd.read_vensim(str(source), initialize=False)
    except Exception as error:  # PySD raises whatever its parser raises; the user gets one sentence
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise InputError([Problem(None, "model_translate", {"reason": reason})]) from error
    made = source.with_suffix(".py")
    _refuse_unknown_functions(made)
    return made


def _refuse_unknown_functions(made: Path) -> None:
    """PySD puts a call that fails in the place of a function that it doesn't know; say so before running."""
    found = _UNKNOWN_FUNCTION.findall(made.read_text(encoding="utf-8"))
    unknown = sorted({name.upper().replace("_", " ") for name in found})
    if unknown:
        raise InputError(Problem(None, "model_function_unknown", {"function": name}) for name in unknown)


def _keep(made: Path, folder: Path) -> None:
    """Copy beside the target and rename, so that two processes at once cannot leave half a model."""
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        shutil.copy(made, fresh / "model.py")
        fresh.replace(folder)
    except OSError:
        # Unless the disk is full, another process was first: its translation of the same text is as good.
        shutil.rmtree(fresh, ignore_errors=True)
        if not (folder / "model.py").is_file():
            raise


class PysdEngine:
    """PySD behind the engine interface.

    Parameters
    ----------
    cache
        Folder of translated models; the user's cache folder if not given.
    """

    name = "pysd"

    def __init__(self, cache: Path | None = None) -> None:
        self.cache = cache

    def describe(self) -> str:
        """Name and version, for the manifest."""
        return f"PySD {pysd.__version__}, Euler"

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
        path = translated(text, self.cache)
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
                raise EngineError(_where(error, path)) from error
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
        raise EngineError(f"'{name}[{', '.join(labels[:-1])}]' is not a number in {labels[-1]}")
    return array


def _where(error: Exception, path: Path) -> str:
    """The variable at which a run failed, read from the translated model's place in the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    reason = f"{type(error).__name__}: {error}"
    return f"in the equation of '{frames[-1].name.replace('_', ' ')}': {reason}" if frames else reason
