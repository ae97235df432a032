"""A scenario as one file: what was asked for is checked, then the bytes of the file are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from sim.cache import Cache
from sim.errors import InputError, Place, Problem
from sim.export.whole import Titles, whole_text
from sim.model.equations import plain
from sim.nearest import nearest
from sim.study import Prepared, simulate
from sim.words.catalogue import Language

Format = Literal["mdl", "csv", "xlsx", "nc"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Parameters
    ----------
    output
        The file to write.
    format
        By the ending of the file if ``None``.
    park, flatten
        Given together: a model of this park without subscripts.
    """

    output: Path
    format: Format | None = None
    park: str | None = None
    flatten: bool = False

    @property
    def kind(self) -> Format | None:
        """The format: as asked for, or by the ending."""
        ending = self.output.suffix.lower().removeprefix(".")
        return self.format or next((known for known in FORMATS if known == ending), None)

    def problems(self) -> list[Problem]:
        """What is wrong with the request itself, whatever the scenario."""
        found = []
        kind, place = self.kind, Place(self.output)
        if kind is None:
            found.append(Problem(place, "export_format_unknown", {"known": ", ".join(FORMATS)}))
        elif self.output.suffix.lower() != f".{kind}":
            found.append(Problem(place, "export_ending", {"format": kind, "ending": f".{kind}"}))
        if self.output.is_dir():
            found.append(Problem(place, "output_is_folder", {"path": str(self.output)}))
        if kind not in (None, "mdl"):
            given = {"--park": self.park is not None, "--flatten": self.flatten}
            found += [
                Problem(None, "export_park_only_mdl", {"option": option, "format": kind})
                for option, there in given.items()
                if there
            ]
        elif (self.park is not None) != self.flatten:
            found.append(Problem(None, "export_park_flatten"))
        return found


def check(request: Request, prepared: Prepared) -> None:
    """Refuse what cannot be exported from this scenario.

    Raises
    ------
    InputError
        With everything that is wrong.
    """
    found = request.problems()
    bundle, scenario = prepared.bundle, prepared.scenario
    target = request.output.resolve()
    if target == scenario.path.resolve() or target.is_relative_to(bundle.path.resolve()):
        found.append(Problem(Place(request.output), "export_into_bundle"))
    if request.park is not None and park_id(request.park, prepared) is None:
        found.append(_unknown_park(request.park, prepared))
    if request.flatten and prepared.study.inputs.method != "euler":
        found.append(Problem(scenario.origins.get("clock.method"), "export_flatten_method"))
    if found:
        raise InputError(found)


def park_id(asked: str, prepared: Prepared) -> str | None:
    """The id of the park with this id or name."""
    frame = prepared.bundle.parks.frame
    by_name: dict[str, list[str]] = {}
    for key in ("name_zh", "name_en"):
        for park, name in frame[key].items():
            by_name.setdefault(plain(str(name)), []).append(str(park))
    ids = {plain(str(park)): str(park) for park in frame.index}
    named = set(by_name.get(plain(asked), ()))
    return ids.get(plain(asked)) or (named.pop() if len(named) == 1 else None)


def _unknown_park(asked: str, prepared: Prepared) -> Problem:
    frame = prepared.bundle.parks.frame
    known: Sequence[str] = [str(x) for x in (*frame.index, *frame["name_zh"], *frame["name_en"])]
    return Problem(Place(prepared.bundle.parks.path), "export_unknown_park", {"park": asked}, nearest(asked, known))


Tell = Callable[[str, Mapping[str, object]], None]
"""Told what is being done, or what deserves a word: a key of the catalogue and its values."""


def content(request: Request, prepared: Prepared, lang: Language, tell: Tell) -> bytes:
    """The bytes of the file.

    Raises
    ------
    InputError
        If the scenario cannot be exported in this way.
    EngineError
        If a run fails.
    """
    check(request, prepared)
    running = {"name": prepared.scenario.title(lang), "id": prepared.run_id}
    if request.kind == "mdl" and not request.flatten:
        if prepared.study.inputs.method != "euler":
            tell("export.rk4", {})
        return whole_text(prepared.bundle, prepared.study.inputs, _titles(prepared)).encode("utf-8")
    if request.kind == "mdl":
        tell("export.running", running)
        return _one_park(request, prepared).encode("utf-8")
    tell("cli.running_alone", running)
    outcome = simulate([replace(prepared, reference=None)])[0]
    if request.kind == "nc":
        from sim.netcdf import to_bytes

        return to_bytes(outcome.results)
    if request.kind == "csv":
        from sim.export.tables import EXCEL_ROWS, csv_bytes, row_count

        rows = row_count(outcome.results)
        if rows > EXCEL_ROWS:
            tell("export.rows_excel", {"rows": rows, "limit": EXCEL_ROWS})
        return csv_bytes(outcome.results)
    from sim.publish import about
    from sim.report.workbook_export import export_workbook

    return export_workbook(outcome.results, about(outcome, lang), lang)


def _titles(prepared: Prepared) -> Titles:
    return Titles(prepared.scenario.name_zh, prepared.scenario.name, prepared.run_id)


def _one_park(request: Request, prepared: Prepared) -> str:
    from sim.engine.covered import equations_of
    from sim.export.flat import flat_text
    from sim.model.translate import NotCompiledError

    park = park_id(request.park or "", prepared)
    assert park is not None  # it was checked
    try:
        equations = equations_of(prepared.bundle.bound_text(), Cache())
    except NotCompiledError as error:
        problems = (Problem(None, "export_flatten_compiled", {"reason": reason}) for reason in error.reasons)
        raise InputError(problems) from None
    return flat_text(prepared.bundle, equations, prepared.study.inputs, park, _titles(prepared))
