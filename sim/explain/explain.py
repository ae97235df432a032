"""A target of a run explained: the results found or run, the value taken apart, the inputs behind it, their effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sim.analysis.studies import Found, studies_of, study_path
from sim.binding import Study, bind
from sim.bundle import TARGETS, Bundle, fingerprint, load_bundle
from sim.engine.choose import Choice, choose
from sim.engine.compiled_engine import CompiledEngine
from sim.engine.parallel import Tell
from sim.errors import InputError, Place, Problem
from sim.explain.calculation import Calculation, Calculator
from sim.explain.effects import Effects, Laboratory, effects_of
from sim.explain.elements import Board
from sim.explain.inputs import Input, Inputs
from sim.explain.park import ParkPart, check_park, park_part
from sim.folder import INPUTS
from sim.nearest import nearest
from sim.provenance import inputs_text
from sim.publish import Stored
from sim.scenario.resolve import load_scenario
from sim.scenario.types import Scenario
from sim.study import bundle_folder_of
from sim.targets.interpret import Interpreter, NotComputable
from sim.targets.recorded import recorded
from sim.targets.revision import as_reported
from sim.targets.rows import TargetRow
from sim.targets.series import Evaluator
from sim.targets.spec import read_targets
from sim.targets.target import Constant, Target
from sim.verify.stored import open_stored, scenario_file
from sim.words.catalogue import Language


@dataclass(frozen=True)
class Asked:
    """What shall be explained.

    Parameters
    ----------
    study
        A scenario file, a folder of results, or a name.
    target
        Id of a target.
    park
        Id of a park, to explain its part.
    effects
        Whether to run the scenario again with one input changed at a time.
    """

    study: str
    target: str
    park: str = ""
    effects: bool = True


@dataclass(frozen=True)
class Explanation:
    """A target of a run with everything that its value comes from.

    Parameters
    ----------
    calculation
        ``None`` where nothing is computed; the row says why.
    constants
        Constants of the targets file that the expression names, with their values in this reading.
    inputs
        Behind the value, nearest first within their kind.
    effects
        ``None`` where they were not asked for, or the compiled engine doesn't cover the model.
    kept
        Whether the bundle has changed since: then lines are those of the copies that the result keeps.
    """

    stored: Stored
    scenario: Scenario
    bundle: Bundle
    target: Target
    row: TargetRow
    interpreter: Interpreter
    calculation: Calculation | None
    constants: dict[str, Constant]
    inputs: tuple[Input, ...]
    effects: Effects | None
    park: ParkPart | None
    kept: bool

    @property
    def place(self) -> Place | None:
        """Where the expression of the target stands."""
        expression = self.target.main.expression
        return expression.place if expression else None


def explain(
    asked: Asked,
    engine: Choice,
    lang: Language,
    say: Callable[[str], None],
    tell: Tell | None = None,
    notice: Callable[[str], None] | None = None,
) -> Explanation:
    """Find the results of a study, run it if they are missing or out of date, and explain one of its targets.

    Parameters
    ----------
    say, tell, notice
        See `sim.analysis.studies.studies_of`.

    Raises
    ------
    InputError
        For a study, target or park that there is not, before anything is run; for results whose bundle has changed
        since and that keep no copy of it.
    EngineError
        If a run fails.
    """
    _refuse_unknown(asked)
    (found,) = studies_of([asked.study], engine, lang, say, tell, notice)
    bundle, kept = _bundle(found)
    found = _with_places(found)
    results = found.stored.results
    targets = read_targets(bundle.path / TARGETS, bundle.outputs)
    target = next((one for one in targets if one.id == asked.target), None)
    row = next((one for one in found.stored.rows if one.id == asked.target), None)
    if target is None or row is None:
        raise _unknown(asked.target, [one.id for one in found.stored.rows])
    if asked.park:
        check_park(bundle, asked.park)
    record = recorded(as_reported(results, targets))
    interpreter = Evaluator(record).interpreter(target, target.main)
    calculator = _calculator(interpreter, Board(record), target)
    calculation = _calculation(calculator, target, row)
    study = bind(bundle, found.scenario)
    constants, inputs = _behind(calculator, target, bundle, found.scenario, study, row)
    effects = None
    if asked.effects and calculation is not None:
        chosen = choose(bundle.bound_text(), engine, tell=notice).engine
        if isinstance(chosen, CompiledEngine):
            lab = Laboratory(bundle, found.scenario, study, chosen, results, targets)
            effects = effects_of(inputs, target, lab)
    part = None
    if asked.park and calculation is not None:
        columns = [one.key for one in inputs if one.kind == "column"]
        part = park_part(calculator, calculation, target.main.rule, bundle, asked.park, columns)
    return Explanation(found.stored, found.scenario, bundle, target, row, interpreter, calculation, constants,
                       tuple(inputs), effects, part, kept)  # fmt: skip


def _refuse_unknown(asked: Asked) -> None:
    """Refuse a target or park that the bundle of a scenario doesn't have, before seconds of running."""
    path = study_path(asked.study)
    folder = bundle_folder_of(path) if path is not None and path.suffix == ".toml" else None
    if folder is None:
        return
    try:
        bundle = load_bundle(folder)
        ids = [one.id for one in read_targets(folder / TARGETS, bundle.outputs)]
    except InputError:
        return  # told together with the mistakes of the scenario
    problems: list[Problem] = []
    if asked.target not in ids:
        problems += _unknown(asked.target, ids).problems
    if asked.park:
        try:
            check_park(bundle, asked.park)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def _unknown(target: str, ids: Sequence[str]) -> InputError:
    near = target.upper() if target.upper() in ids else nearest(target, ids)
    return InputError([Problem(None, "unknown_target", {"target": target}, near)])


def _bundle(found: Found) -> tuple[Bundle, bool]:
    """The bundle that the results are of: as it is, or as the results keep it."""
    expected = found.stored.results.attrs["bundle_sha256"]
    if fingerprint(found.scenario.bundle) == expected:
        return load_bundle(found.scenario.bundle), False
    kept = found.stored.folder / INPUTS
    if kept.is_dir() and fingerprint(kept) == expected:
        return load_bundle(kept), True
    raise InputError([Problem(Place(found.stored.folder), "explain_bundle", {"folder": str(found.scenario.bundle)})])


def _with_places(found: Found) -> Found:
    """The scenario with the lines of its own files, where these still say what was run."""
    if found.scenario.path.parent != found.stored.folder:
        return found
    file = scenario_file(open_stored(found.stored.folder))
    if file is None:
        return found
    try:
        scenario = load_scenario(file)
    except InputError:
        return found
    return replace(found, scenario=scenario) if inputs_text(scenario) == inputs_text(found.scenario) else found


def _calculator(interpreter: Interpreter, board: Board, target: Target) -> Calculator:
    known = {name: one.value for name, one in target.vocabulary.constants.items()} | dict(target.main.constants)
    definitions = {name: one.root for name, one in target.vocabulary.definitions.items()}
    return Calculator(interpreter, board, known, definitions)


def _calculation(calculator: Calculator, target: Target, row: TargetRow) -> Calculation | None:
    expression, year = target.main.expression, target.main.rule.year
    if expression is None or not row.path or year not in row.path:
        return None
    try:
        calculator.interpreter.series(expression)
        return calculator.of(expression.root, year)
    except NotComputable:
        return None


def _behind(
    calculator: Calculator, target: Target, bundle: Bundle, scenario: Scenario, study: Study, row: TargetRow
) -> tuple[dict[str, Constant], list[Input]]:
    """Constants that the expression names, and every input behind it; where there is none, the levers that set it."""
    found = Inputs(bundle, scenario, study)
    imposing = [name.strip() for name in (row.imposed_by or "").split(";") if name.strip()]
    if target.main.expression is None:
        return {}, found.of((), (), {}, imposing)
    root = target.main.expression.root
    names = calculator.names_in(root)
    constants = {
        name: replace(one, value=calculator.constants[name])
        for name, one in target.vocabulary.constants.items()
        if name in names
    }
    return constants, found.of(calculator.outputs_in(root), names, constants, imposing)
