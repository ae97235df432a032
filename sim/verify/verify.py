"""Run a stored result again and say what differs: program, bundle, scenario, files, numbers, verdicts."""

from __future__ import annotations

import hashlib
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sim._version import __version__
from sim.analysis.ensemble import Tell as Count
from sim.analysis.ensemble import resized, run_ensemble
from sim.bundle import fingerprint
from sim.engine.choose import Choice
from sim.engine.parallel import Tell
from sim.errors import InputError, Place
from sim.folder import INPUTS, RESOLVED
from sim.provenance import inputs_text
from sim.recall import as_it_was
from sim.reconstruct.source import FILES as SOURCES
from sim.scenario.resolve import load_scenario
from sim.scenario.show import show_lines
from sim.scenario.types import Scenario
from sim.study import Prepared, bundle_folder_of, prepare, simulate
from sim.tested import CONFIDENCE, read_stated
from sim.verify.again import Again, ensemble_again, run_again
from sim.verify.bundles import bundle_differences, short
from sim.verify.difference import KINDS, Difference
from sim.verify.stored import Stored, open_stored, scenario_file

DRAWS = "uncertainty.draws"
"""A table of draws is another one if its content is; its name means nothing."""

IN_FILE = ("uncertainty.drivers", "uncertainty.implementation")
"""Keys of what is drawn that no option of the command line sets."""

Note = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class Hooks:
    """Who is told what while it takes its time; see `sim.study.prepare`, `sim.study.simulate`, `run_ensemble`."""

    notice: Callable[[str], None] | None = None
    tell: Tell | None = None
    count: Count | None = None


@dataclass(frozen=True)
class Now:
    """The files as they are now: the scenario's, its bundle, and the scenario itself unless it holds mistakes."""

    file: Path
    bundle: Path | None
    scenario: Scenario | None


@dataclass(frozen=True)
class Verification:
    """What became of a stored result.

    Parameters
    ----------
    differences
        Everything that differs, what may be the cause first; empty where the result replays.
    replayed
        The run from its own inputs, as the folder keeps them; ``None`` where it keeps none or they are damaged.
    now
        The run from the files as they are now, where these differ from what was run.
    notes
        What deserves a word and is no difference: keys of ``verify.note`` with their values.
    own
        Whether ``replayed`` was run from the inputs that the folder keeps, not from the files as they are now.
    """

    stored: Stored
    differences: tuple[Difference, ...]
    replayed: Again | None
    now: Again | None
    notes: tuple[Note, ...]
    own: bool = True

    @property
    def same(self) -> bool:
        """Whether the result replays and nothing that it was made from has changed."""
        return not self.differences


def verify(folder: Path, hooks: Hooks = Hooks()) -> Verification:
    """Run a stored result again and hold it against its folder, and its inputs against the files as they are now.

    Nothing is written. A run is replayed from the inputs that its folder keeps; where the files that it was made from
    have changed since, it is run from these too, so that the consequences can be told.

    Raises
    ------
    InputError
        If the folder holds no results of a run or an ensemble. Mistakes in the files as they are now are differences.
    EngineError
        If a run fails.
    """
    return _Verifier(open_stored(folder), hooks).result()


class _Verifier:
    """One folder on its way."""

    def __init__(self, stored: Stored, hooks: Hooks) -> None:
        self.stored, self.hooks = stored, hooks
        self.differences: list[Difference] = [*_program(stored), *stored.damaged.values()]
        self.notes: list[Note] = [*_libraries(stored)]
        self.choice: Choice = "pysd" if stored.said("engine").lower().startswith("pysd") else "auto"

    def result(self) -> Verification:
        with tempfile.TemporaryDirectory() as temporary:
            then = self._then(Path(temporary))
            now = self._now()
            changed = self._inputs_changed(then, now)
        if self.stored.is_ensemble:
            replayed, again = self._ensemble(then), None
        else:
            replayed, again = self._runs(then, now, changed)
        for one in (replayed, again):
            self.differences += one.differences if one else ()
        if replayed is None and again is None:
            self.differences.append(Difference("numbers", "not_replayed"))
        order = sorted(self.differences, key=lambda one: KINDS.index(one.kind))
        return Verification(self.stored, tuple(order), replayed, again, tuple(self.notes), then is not None)

    def _then(self, temporary: Path) -> Prepared | None:
        """The run as it was: the resolved scenario on the files of the bundle that the folder keeps."""
        if not self.stored.keeps_inputs:
            if not any(name.startswith(f"{INPUTS}/") for name in self.stored.damaged):
                self.notes.append(("no_inputs", {}))
            return None
        file = as_it_was(self.stored.folder, temporary / f"{self.stored.said('scenario')}.toml")
        try:
            found = prepare(file, "compiled" if self.stored.is_ensemble else self.choice, notice=self.hooks.notice)
        except InputError as error:  # whole, but not to this version's taste
            first = Difference("bundle", "inputs_refused", {"problem": error.problems[0]})
            self.differences.append(first)
            return None
        engine = found.chosen.engine.describe()
        if engine != self.stored.said("engine"):
            known = {"before": self.stored.said("engine"), "after": engine}
            self.differences.append(Difference("version", "engine", known))
        return found

    def _now(self) -> Now | None:
        """The scenario as its file says it now, else as it was resolved, on the bundle as it is now."""
        file = scenario_file(self.stored)
        if file is None:
            self.notes.append(("no_scenario_file", {"file": self.stored.said("scenario_file") or "?"}))
            resolved = self._resolved()
            if resolved is None:
                self.notes.append(("no_bundle", {}))
                return None
            return Now(resolved.path, resolved.bundle, resolved)
        try:
            scenario = load_scenario(file)
        except InputError as error:
            bundle = bundle_folder_of(file)
            self._mistakes(error, bundle)
            return Now(file, bundle, None)
        return Now(file, scenario.bundle, scenario)

    def _mistakes(self, error: InputError, bundle: Path | None) -> None:
        """What is wrong with the files as they are now is a difference: the run had files that could be run."""
        for problem in error.problems:
            own = bundle is not None and problem.place is not None and problem.place.file.is_relative_to(bundle)
            told = Difference("bundle" if own else "scenario", "mistake", {"problem": problem})
            if told not in self.differences:
                self.differences.append(told)

    def _inputs_changed(self, then: Prepared | None, now: Now | None) -> bool:
        """Note what differs between the inputs of then and now; whether anything does."""
        if now is None:
            return False
        found = [] if now.bundle is None else self._bundle(now.bundle)
        found += [] if now.scenario is None else self._scenario(then.scenario if then else None, now.scenario)
        self.differences += found
        return bool(found) or now.scenario is None

    def _bundle(self, now: Path) -> list[Difference]:
        after = fingerprint(now)
        kept = self.stored.folder / INPUTS
        drawn = [name for name in SOURCES if (kept / name).is_file()]  # what park tables of an ensemble are drawn from
        changed = after != self.stored.said("bundle_sha256")
        try:
            found = history_changes(self.stored, now)
        except InputError as error:
            self._mistakes(error, now)
            found = []
        if self.stored.keeps_inputs:
            return found + (bundle_differences(kept, now, drawn) if changed or drawn else [])
        known = {"before": self.stored.said("bundle_sha256")[:12], "after": after[:12]}
        return found + ([Difference("bundle", "unknown", known, Place(now))] if changed else [])

    def _scenario(self, then: Scenario | None, now: Scenario) -> list[Difference]:
        digest = hashlib.sha256(inputs_text(now).encode()).hexdigest()
        if not self.stored.is_ensemble and digest == self.stored.said("scenario_sha256"):
            return []
        before = then or self._resolved()
        if before is None:
            return [Difference("scenario", "scenario_unknown")]
        found = list(scenario_changes(before, now, self.stored.is_ensemble))
        same_program = self.stored.said("sim_version") == __version__
        if not found and same_program and inputs_text(before) != inputs_text(now) and not self.stored.is_ensemble:
            found.append(Difference("scenario", "words", {}, Place(now.path)))
        return found

    def _resolved(self) -> Scenario | None:
        if RESOLVED in self.stored.damaged:
            return None
        try:
            return load_scenario(self.stored.folder / RESOLVED)
        except InputError:
            return None

    def _runs(
        self, then: Prepared | None, now: Now | None, changed: bool
    ) -> tuple[Again | None, Again | None]:
        """The run from its own inputs, and from the files as they are now if these differ or are all there is."""
        later = None
        if now is not None and (changed or then is None):
            try:
                later = prepare(now.file, self.choice, notice=self.hooks.notice)
            except InputError as error:
                self._mistakes(error, now.bundle)
        wanted = [one for one in (then, later) if one is not None]
        outcomes = iter(simulate(wanted, self.hooks.tell)) if wanted else iter(())
        replayed = run_again(self.stored, next(outcomes), "replay") if then is not None else None
        if later is None:
            return replayed, None
        if then is None and not changed:  # nothing has changed: the files of now are those of then
            return run_again(self.stored, next(outcomes), "now"), None
        return replayed, run_again(self.stored, next(outcomes), "now")

    def _ensemble(self, then: Prepared | None) -> Again | None:
        if then is None:
            return None
        told = self.stored.fields["ensemble"]
        known = told if isinstance(told, dict) else {}
        alone = known.get("runs") == 1 and known.get("design_size") != 1
        only = int(known["first_run"]) if alone else None
        return ensemble_again(self.stored, run_ensemble(resized(then), only=only, tell=self.hooks.count))


def _program(stored: Stored) -> Iterator[Difference]:
    before = stored.said("sim_version")
    if before != __version__:
        yield Difference("version", "version", {"before": before, "after": __version__})


def _libraries(stored: Stored) -> Iterator[Note]:
    """Other versions of Python and of libraries: no difference as long as the numbers are the same."""
    told = stored.fields.get("libraries")
    known = {"Python": stored.said("python"), **(told if isinstance(told, dict) else {})}
    for name, before in known.items():
        try:
            after = platform.python_version() if name == "Python" else version(name)
        except PackageNotFoundError:
            after = "-"
        if before != after:
            yield "library", {"name": name, "before": before, "after": after}


def history_changes(stored: Stored, now: Path) -> list[Difference]:
    """Whether a bundle states another outcome of the model's test against history than every heading of the run says.

    Nothing is stated of a user's own park table, and results of older versions say nothing of it.

    Raises
    ------
    InputError
        If the statement cannot be read.
    """
    before, after = stored.said("history_test"), read_stated(now)
    if before in ("", after) or stored.said("own_table") == "1":
        return []
    return [Difference("bundle", "history", {"before": before, "after": after}, Place(now / CONFIDENCE))]


def scenario_changes(before: Scenario, after: Scenario, ensemble: bool = False) -> Iterator[Difference]:
    """Values of a scenario that are others now, set or not, with the line that sets them.

    Parameters
    ----------
    ensemble
        What is drawn was perhaps set on the command line, and is left out but for what cannot be set there.
    """
    old, new = ({line.key: line for line in show_lines(one, "en")} for one in (before, after))
    for key in dict.fromkeys((*new, *old)):
        asked = ensemble and key.startswith("uncertainty.") and key not in IN_FILE
        if key in ("bundle", "lang", DRAWS) or asked:
            continue
        mine, other = old.get(key), new.get(key)
        values = [short(line.value) if line else "-" for line in (mine, other)]
        if values[0] != values[1]:
            known = {"what": key, "before": values[0], "after": values[1]}
            yield Difference("scenario", "value", known, after.origins.get(key, Place(after.path)))
    tables = [one.uncertainty.draws.digest[:12] if one.uncertainty.draws else "-" for one in (before, after)]
    if tables[0] != tables[1]:
        known = {"what": DRAWS, "before": tables[0], "after": tables[1]}
        yield Difference("scenario", "value", known, after.origins.get(DRAWS, Place(after.path)))
