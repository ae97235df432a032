"""A model as a Python user holds it: look at its variables, set numbers, run, and get labelled arrays.

Nothing heavy is imported before it is needed: ``import sim`` must stay cheap.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.simulate.source import Source


def load_model(path: str | os.PathLike[str], data: Sequence[str | os.PathLike[str]] = ()) -> Model:
    """Read and check a Vensim model file (``.mdl``, text, UTF-8).

    The first time takes a second or two; afterwards the translated model comes from the cache.

    Parameters
    ----------
    path
        The file. It is data: it may read files of its own folder and nothing else.
    data
        Files that it may read besides: with columns of data for it, or what it calls by ``?tag`` as ``"?tag=FILE"``.

    Raises
    ------
    sim.errors.InputError
        With every problem of the file at once, each with its line and, where there is one, the nearest valid name.

    >>> path = _example()
    >>> model = load_model(path)
    >>> model
    <Model savings.mdl: 3 variables (1 stock), 2015 to 2018, step 0.5>
    >>> model.simulate({"rate": 0.1}, times=[2015, 2018], engine="pysd").savings.round(3).values
    array([100.  , 134.01])
    """
    from sim.cache import Cache
    from sim.simulate.outcome import told
    from sim.simulate.source import read_source

    with told():
        return Model(read_source(Path(path), Cache(), [os.fspath(one) for one in data]))


class Model:
    """A model file, ready to run; made by :func:`load_model`."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def __repr__(self) -> str:
        source = self._source
        stocks = sum(variable.kind == "stock" for variable in source.variables.values())
        clocks = source.clocks
        count = f"{len(source.variables)} variables ({stocks} {'stock' if stocks == 1 else 'stocks'})"
        return (
            f"<Model {source.path.name}: {count}, {clocks.start:.10g} to {clocks.end:.10g}, step {clocks.step:.10g}>"
        )

    @property
    def path(self) -> Path:
        """The model file."""
        return self._source.path

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in the order of the file, without the control section."""
        return tuple(self._source.variables)

    @property
    def ranges(self) -> dict[str, tuple[str, ...]]:
        """Labels by subscript range.

        >>> load_model(_example()).ranges
        {}
        """
        return {name: tuple(labels) for name, labels in self._source.ranges.items()}

    @property
    def not_compiled(self) -> tuple[str, ...]:
        """What of the model the compiled engine doesn't cover; empty if it runs there."""
        return self._source.missing

    @property
    def variables(self) -> pd.DataFrame:
        """One row for each variable: index ``name``, columns ``kind`` (constant, auxiliary, stock, held, lookup),
        ``dims`` (tuple), ``units``, ``documentation``, ``equation`` (text of the file), ``line``.

        >>> load_model(_example()).variables.loc["savings", ["kind", "units"]].tolist()
        ['stock', 'yuan']
        """
        import pandas as pd

        rows = [
            (v.name, v.kind, v.dims, v.units, v.documentation, v.equation, v.line)
            for v in self._source.variables.values()
        ]
        columns = ["name", "kind", "dims", "units", "documentation", "equation", "line"]
        return pd.DataFrame(rows, columns=columns).set_index("name")

    def simulate(
        self,
        params: Mapping[str, Any] | None = None,
        outputs: Sequence[str] | None = None,
        times: Iterable[float] | None = None,
        engine: Literal["compiled", "pysd", "auto"] = "compiled",
        *,
        step: float | None = None,
        start: float | None = None,
        end: float | None = None,
        method: Literal["euler", "rk4"] | None = None,
        threads: int | None = None,
    ) -> xr.Dataset:
        """Run the model.

        Parameters
        ----------
        params
            Numbers in the place of those in the file, by name of a variable (case and underscores don't count).
            A constant or auxiliary takes this value, a stock begins with it, a lookup has these y at the x of the
            file. A value is

            - a number, for all elements;
            - an array of the variable's own shape (of a lookup: points last);
            - an ``xarray.DataArray``, aligned by label: its dimensions are some of the variable's (``point`` for a
              lookup) and perhaps ``run``, one number for each run of an ensemble, and ``time``, a course with
              straight lines between its points and constant outside them (a stock then follows the course, too);
            - a dict by label, or tuple of labels: the other elements keep the numbers of the file.
        outputs
            Names of variables; every stock and auxiliary if not given.
        times
            Model times to keep, rising, each a multiple of the step after the start; every SAVEPER if not given.
        engine
            ``compiled``; ``pysd``, the slow reference, which knows more of the language; ``auto``: compiled where it
            covers the model, else PySD with a warning.
        step, start, end
            In the place of TIME STEP, INITIAL TIME and FINAL TIME of the file. Where SAVEPER of the file equals TIME
            STEP it follows ``step``.
        method
            ``euler`` or ``rk4`` (classical Runge-Kutta; compiled only); that of the file if not given (``euler`` for
            ``.mdl``).
        threads
            Threads for an ensemble; as many as there are cores if not given. Results don't depend on it.

        Returns
        -------
        xarray.Dataset
            A variable for each output under its name in the model, with ``units`` and ``long_name`` of the file.
            Dims: ``run`` first where a param has it, those of the variable, ``time`` last.

        Raises
        ------
        sim.errors.InputError
            With every problem of what was asked for. Also if every run fails (a division by zero, an overflow): names
            variable, element, time and line.

        Warns
        -----
        SimulationWarning
            If some of the runs fail: their numbers are NaN, the others are complete.

        >>> import xarray as xr
        >>> rates = xr.DataArray([0.0, 0.1], dims="run")
        >>> results = load_model(_example()).simulate({"rate": rates}, times=[2018], engine="pysd")
        >>> results.savings.round(3).values.tolist(), dict(results.savings.sizes)
        ([[100.0], [134.01]], {'run': 2, 'time': 1})
        """
        from sim.simulate.compute import compute
        from sim.simulate.outcome import SimulationWarning, told
        from sim.simulate.request import Request, checked
        from sim.simulate.timing import Asked
        from sim.words.catalogue import system_language

        asked = Asked(start, end, step, None, times)
        request = Request(params, outputs, asked, engine, method, threads)
        with told():
            found = compute(checked(self._source, request))
        notices = found.notices(system_language())
        if notices:
            warnings.warn("\n".join(notices), SimulationWarning, stacklevel=2)
        return found.dataset


def _example() -> Path:
    """A small model file for the examples of this module."""
    import atexit
    import shutil
    import tempfile

    path = Path(tempfile.mkdtemp(prefix="sim-example-")) / "savings.mdl"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    path.write_text(_EXAMPLE, encoding="utf-8")
    return path


_EXAMPLE = """{UTF-8}
rate = 0.05
	~	1/Year
	~	Interest rate.
	|

savings = INTEG (interest, 100)
	~	yuan
	~	What is on the account.
	|

interest = rate * savings
	~	yuan/Year
	~	Interest paid.
	|

********************************************************
	.Control
********************************************************~
		Simulation Control Parameters
	|

INITIAL TIME = 2015 ~ Year ~ |
FINAL TIME = 2018 ~ Year ~ |
TIME STEP = 0.5 ~ Year ~ |
SAVEPER = TIME STEP ~ Year ~ |
"""
