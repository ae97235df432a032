"""All tests of confidence of a bundle, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from types import MappingProxyType

from sim import dims
from sim.bundle import MODEL, Bundle
from sim.confidence import (
    base_year,
    behaviour,
    conservation,
    elsewhere,
    extremes,
    history,
    integration,
    loops,
    prior,
    units,
)
from sim.confidence.finding import Finding
from sim.confidence.lab import END, Lab
from sim.confidence.read import read_confidence
from sim.confidence.spec import Confidence
from sim.engine.choose import choose
from sim.engine.compile import Tell
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.covered import equations_of
from sim.errors import InputError, Place, Problem
from sim.nearest import nearest

SEED = 20200101
RUNS, SHORT_RUNS = 2000, 128
"""Draws of the long and of the short form."""

SHORT_YEARS = 1
"""Years that PySD computes in the short form."""


@dataclass(frozen=True)
class Validation:
    """What a bundle was found to be.

    Parameters
    ----------
    tests
        In the order of `TESTS`, without those that weren't asked for.
    short
        Whether draws were few and PySD's run short.
    runs
        Draws of the prior.
    """

    bundle: Bundle
    tests: tuple[Finding, ...]
    short: bool
    runs: int

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(test.status != "failed" for test in self.tests)


def _elsewhere(lab: Lab) -> Finding:
    short = lab.runs < RUNS
    return elsewhere.elsewhere(lab, SHORT_YEARS if short else END - dims.BASE_YEAR)


TESTS: Mapping[str, Callable[[Lab], Finding]] = MappingProxyType(
    {
        base_year.CODE: base_year.base_year,
        units.CODE: units.units,
        conservation.CODE: conservation.conservation,
        extremes.CODE: extremes.extremes,
        integration.CODE: integration.integration,
        behaviour.CODE: behaviour.behaviour,
        history.CODE: history.history,
        elsewhere.CODE: _elsewhere,
        prior.CODE: prior.prior,
        loops.CODE: loops.loops,
    }
)
"""By short name, in the order of their numbers."""

AHEAD: Mapping[str, Callable[[Lab], None]] = MappingProxyType(
    {integration.CODE: integration.prepare, elsewhere.CODE: elsewhere.prepare}
)
"""What builds a kernel of its own, which can be done while other tests run."""

Progress = Callable[[str], None]
"""Told the short name of a test before it begins."""


def chosen(asked: Sequence[str]) -> tuple[str, ...]:
    """Short names of the tests that are asked for by name or number; all if none is.

    Raises
    ------
    InputError
        With every word that is neither.

    >>> chosen(["2", "loops"])
    ('units', 'loops')
    """
    names = list(TESTS)
    numbered = {str(number): name for number, name in enumerate(names, start=1)}
    wanted = {numbered.get(word, word) for word in asked}
    problems = [
        Problem(None, "confidence_test", {"found": word, "known": ", ".join(names)}, nearest(word, names))
        for word in sorted(wanted - set(names))
    ]
    if problems:
        raise InputError(problems)
    return tuple(name for name in names if not wanted or name in wanted)


def validate(
    bundle: Bundle,
    only: Sequence[str] = (),
    short: bool = False,
    tell: Tell | None = None,
    progress: Progress | None = None,
    runs: int | None = None,
) -> Validation:
    """Put a bundle to the tests of confidence.

    Parameters
    ----------
    only
        Short names or numbers of tests.
    tell
        Told "compile" when a kernel has to be built.
    runs
        Draws of the prior, if not those of the form.

    Raises
    ------
    InputError
        If a test isn't known, ``confidence.toml`` or a file that a test reads has mistakes, or the fast engine doesn't
        cover the model.
    """
    names = chosen(only)
    spec = read_confidence(bundle)
    engine = choose(bundle.bound_text(), "compiled", tell=tell).engine
    assert isinstance(engine, CompiledEngine)
    lab = Lab(bundle, spec, engine, kept(bundle, spec, engine), runs or (SHORT_RUNS if short else RUNS), SEED)
    found = []
    Thread(target=_ahead, args=(lab, names), daemon=True).start()
    for name in names:
        if progress:
            progress(name)
        found.append(TESTS[name](lab))
    return Validation(bundle, tuple(found), short, lab.runs)


def _ahead(lab: Lab, names: Iterable[str]) -> None:
    """Build the kernels that later tests will want; what goes wrong is told when they want them."""
    for name in names:
        if name in AHEAD:
            with suppress(Exception):
                AHEAD[name](lab)


def kept(bundle: Bundle, spec: Confidence, engine: CompiledEngine) -> list[str]:
    """Every variable that a test looks at: outputs, stocks, and what the bundle's file names.

    Raises
    ------
    InputError
        If the model has no such variable, or its equations hold a mistake.
    """
    known = equations_of(bundle.bound_text(), engine.cache).variables
    names = {output.variable for output in bundle.outputs.values()} | set(_named(spec))
    stocks = {entry.name for entry in bundle.entries if entry.name in known and known[entry.name].kind == "stock"}
    missing = sorted(name for name in names if name not in known)
    if missing:
        place = Place(bundle.path / MODEL)
        raise InputError(
            Problem(place, "model_variable_missing", {"name": name, "where": "confidence.toml"}) for name in missing
        )
    return sorted(names | stocks)


def _named(spec: Confidence) -> Iterable[str]:
    """The variables that the tests read."""
    if spec.balance:
        yield from (name for one in spec.balance.ratio for name in (*one.over, *one.under))
    if spec.conservation:
        for identity in spec.conservation.identity:
            yield from (*identity.parts, identity.whole)
        for flow in spec.conservation.flow:
            yield from (flow.stock, *flow.inflows, *flow.outflows)
        for growth in spec.conservation.growth:
            yield from (growth.of, *(source.variable for source in growth.source))
    if spec.extremes:
        yield from spec.extremes.shares
        yield from (expect.variable for case in spec.extremes.case for expect in case.expect if expect.variable)
    for section in (spec.history.comparison if spec.history else (), spec.prior.range if spec.prior else ()):
        yield from (name for one in section for name in (*one.over, *one.under))
