"""Sensitivity from scenario to folder: screening, design, answer, the same bytes again, mistakes."""

from __future__ import annotations

import csv
import io
import json
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from openpyxl import load_workbook

from sim.analysis.draws import plan_draws
from sim.analysis.sensitivity import LOW, Asked, asked_of, decide
from sim.errors import InputError, Place
from sim.report.csv_tables import csv_bytes
from sim.report.decided import (
    COLUMNS,
    RESULTS,
    Decided,
    Factor,
    Number,
    Share,
    check,
    check_lines,
    decided_table,
    lines_of,
    sentences,
)
from sim.report.heading import Heading
from sim.report.plots.decided import indices_figure, tornado_figure
from sim.report.plots.layout import review_texts
from sim.report.width import cells
from sim.scenario.types import Setting
from sim.study import Prepared, prepare, simulate
from sim.toml_values import ELEMENTS
from tests.plausible import plausible_rows
from tests.workplace import Workplace, started

__all__ = ["started"]

PLAN = Path("scenarios/plan.toml")
TARGET = "T01"


@pytest.fixture(scope="module")
def yard(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The working folder, with a target for the whole region applied to its five parks too."""
    yard = started.copy(tmp_path_factory.mktemp("sensitivity") / "测算")
    path = yard.bundle / "targets.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f'id = "{TARGET}"', f'id = "{TARGET}"\nwhole_region = false'), encoding="utf-8")
    return yard


@pytest.fixture
def place(yard: Workplace, tmp_path: Path) -> Workplace:
    """A fresh copy of that."""
    return yard.copy(tmp_path / "测算")


@pytest.fixture(scope="module")
def ready(yard: Workplace) -> Prepared:
    with chdir(yard.folder):
        return prepare(yard.folder / PLAN, "compiled")


def found(ready: Prepared, asked: Asked, threads: int = 2) -> Decided:
    return decide(asked_of(ready, asked), asked, threads)


@pytest.fixture(scope="module")
def small(ready: Prepared) -> Decided:
    return found(ready, Asked(TARGET, "sobol", 16, keep=4))


def test_the_screening_leaves_the_most_important(ready: Prepared, small: Decided) -> None:
    """By trajectories over all parameters, those that were left out have a smaller effect than any that stayed."""
    assert small.screened is not None
    assert len(small.factors) == 4
    assert small.screened.of == small.drawn == 4 + len(small.screened.left_out)
    every = found(ready, Asked(TARGET, "morris", small.screened.trajectories))
    assert every.screened is None
    assert len(every.factors) == small.drawn
    told = {factor.name_en: factor for factor in every.factors}
    assert told["demand_growth.to_2020"].name("en") == "demand growth up to 2020 beside its path"
    assert told["innovation.delivery"].name("zh") == "研发与平台支持落实比例"
    effect = {
        factor.name_en: max(
            share.main.value / every.scale(result) for result in RESULTS if (share := factor.share(result)) is not None
        )
        for factor in every.factors
    }
    assert min(effect[factor.name_en] for factor in small.factors) >= max(effect[x] for x in small.screened.left_out)


@pytest.mark.parametrize("method", ["morris", "sobol", "delta"])
def test_threads_change_no_bit(ready: Prepared, method: str) -> None:
    asked = Asked(TARGET, method, 16, seed=3, keep=3)  # type: ignore[arg-type]
    one, other = found(ready, asked, 1), found(ready, asked, 2)
    assert table(one) == table(other)
    assert table(one) != table(found(ready, replace(asked, seed=4)))


def table(known: Decided) -> bytes:
    return csv_bytes(COLUMNS, lines_of(known))


def test_the_tornado_holds_single_runs(ready: Prepared, small: Decided) -> None:
    """A parameter at the 5 % point of its range, everything else at the scenario's numbers: what `sim run` gives."""
    factor = next(one for one in small.factors if one.name_en in ready.bundle.parameters)
    drawn = next(one for one in plan_draws(ready.bundle, ready.scenario, 1).drawn if one.name == factor.name_en)

    def nested(values: np.ndarray, names: tuple[str, ...]) -> object:
        if not names:
            return float(values)
        return {label: nested(inner, names[1:]) for label, inner in zip(ELEMENTS[names[0]], values, strict=True)}

    at_low = nested(drawn.at(np.array([LOW]))[0].to_numpy(), drawn.dims)
    setting = Setting(at_low, Place(Path("x")))  # type: ignore[arg-type]
    text = "\n".join(f"{name} = {value}" for name, value in _toml(factor.name_en, setting.value))
    path = ready.scenario.path.with_name("alone.toml")
    path.write_text(f'name = "x"\nextends = ["plan.toml"]\n[parameters]\n{text}\n', encoding="utf-8")
    with chdir(path.parents[1]):
        rows = simulate([prepare(path, "compiled")])[0].rows
    path.unlink()
    alone = next(row.value_2020 for row in rows if row.id == TARGET)
    assert alone == pytest.approx(factor.low, rel=1e-9)
    assert alone != pytest.approx(small.row.value_2020, rel=1e-9)


def _toml(name: str, value: object) -> list[tuple[str, str]]:
    def inline(one: object) -> str:
        if isinstance(one, dict):
            return "{ " + ", ".join(f'"{key}" = {inline(inner)}' for key, inner in one.items()) + " }"
        return repr(one)

    return [(f'"{name}"', inline(value))]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_folder_of_an_analysis(place: Workplace, lang: str) -> None:
    arguments = ("sensitivity", PLAN, "--target", TARGET, "--method", "sobol", "--runs", 64, "--keep", 3, "--seed", 5)
    told = place.sim(*arguments, lang=lang)
    assert told.code == 0, told.err
    assert all(cells(line) <= 100 for line in told.out.splitlines())
    told.out.encode("gbk")
    assert (f"决定{TARGET}的是" if lang == "zh" else f"What decides {TARGET} is") in told.out.replace("\n  ", " ")
    folder = place.folder / "outputs" / f"plan-{TARGET}-sensitivity"
    figures = {f"sensitivity-{name}.{kind}" for name in ("tornado", "indices") for kind in ("png", "svg")}
    assert {path.name for path in (folder / "figures").iterdir()} == {*figures, "captions.csv", "figures.xlsx"}
    captions = list(csv.DictReader(io.StringIO((folder / "figures/captions.csv").read_text("utf-8-sig"))))
    assert [line["code"] for line in captions] == ["sensitivity-tornado", "sensitivity-indices"]
    assert all(TARGET in line[f"title_{lang}"] and line["run_id"] and line["note_en"] for line in captions)
    data = load_workbook(folder / "figures/figures.xlsx")
    assert data.sheetnames == [line["sheet"] for line in captions]
    lines = list(csv.DictReader(io.StringIO((folder / "sensitivity.csv").read_text("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    assert len(lines) == 3
    fields = json.loads((folder / "manifest.json").read_text("utf-8"))["sensitivity"]
    assert (fields["method"], fields["points"], fields["seed"]) == ("sobol", 64, 5)
    assert fields["varied"] == [line["parameter"] for line in lines]
    assert not set(fields["varied"]) & set(fields["screening"]["held"])
    assert fields["runs"] == fields["screening"]["runs"] + 64 * 5 + 2 * 3
    sheet = load_workbook(folder / "sensitivity.xlsx").active
    assert sheet is not None
    assert sheet.title == TARGET
    again = place.sim("whence", folder / "figures/sensitivity-tornado.png").out.splitlines()[-1]
    assert again.split()[1:4] == ["sensitivity", "scenarios/plan.toml", "--target"]
    before = (folder / "sensitivity.csv").read_bytes()
    assert place.sim(*again.split()[1:-2], lang=lang).code == 0
    assert (folder / "sensitivity.csv").read_bytes() == before
    refused = place.sim("verify", folder)
    assert refused.code == 2
    assert "sensitivity" in refused.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "T99"], ["'T99' is not a target"]),
        ([], ["--target"]),
        (["--target", TARGET, "--method", "soboll"], ["--method"]),
        (["--target", "T4", "--runs", "7", "--seed", "-1", "--keep", "0"],
         ["'T4' is not a target", "points is 7", "seed is -1", "keep is 0"]),
        (["--target", "T23", "--runs", "8"], ["T23 is set by the scenario itself"]),
        (["--target", "T03", "--runs", "8"], ["nothing models T03"]),
        (["--target", TARGET, "--output", "scenarios/plan.toml"], ["plan.toml"]),
    ],
)  # fmt: skip
def test_mistakes_end_with_code_2(place: Workplace, arguments: list[str], said: list[str]) -> None:
    before = place.hashes()
    told = place.sim("sensitivity", PLAN, *arguments)
    assert told.code == 2
    assert all(one in told.err for one in said), told.err
    assert place.hashes() == before


def test_nothing_to_vary_is_told(ready: Prepared) -> None:
    held = {name: Setting(0.02, Place(Path("x"))) for name in ready.bundle.parameters}
    off = replace(ready.scenario.uncertainty, drivers=False, implementation=False)
    scenario = replace(ready.scenario, parameters=MappingProxyType(held), uncertainty=off)
    with pytest.raises(InputError) as caught:
        found(replace(ready, scenario=scenario), Asked(TARGET))
    assert [problem.code for problem in caught.value.problems] == ["ensemble_nothing_varies"]


# --- what is said of numbers


def decided(*shares: tuple[float, float, float], method: str = "sobol", met: bool = False) -> Decided:
    """Parameters a, b, c … with index, half its interval, and the index from half the design."""
    told = [Share(Number(*one), None if method == "delta" else Number(one[0] / 2, 0.1)) for one in shares]
    factors = tuple(
        Factor(f"parameter {name}", f"参数{name}", 8.0 + place, 11.0, share, share if met else None)
        for place, (name, share) in enumerate(zip("abcdefghijkl", told, strict=False))
    )
    row = replace(plausible_rows()[0], id="T01", value_2020=10.0)
    used = dict.fromkeys(RESULTS, 64)
    heading = Heading("规划情景", "Plan", "plan-1a2b3c")
    return Decided(row, heading, method, factors, 64, used, 500, 0, 7, 140, 0.25, {}, None)  # type: ignore[arg-type]


CHECKS = [
    ([(0.6, 0.05, 0.61), (0.3, 0.04, 0.29)], 0.05, 0, 0),
    ([(0.6, 0.2, 0.61), (0.3, 0.04, 0.29)], 0.2, 0, 256),
    ([(0.6, 0.05, 0.3), (0.55, 0.04, 0.56)], 0.05, 2, 128),
    ([(0.6, 0.05, 0.6), (0.03, 0.01, 0.01), (0.02, 0.01, 0.03)], 0.05, 0, 0),  # ranks of no account
]


@pytest.mark.parametrize(("shares", "width", "moved", "advised"), CHECKS)
def test_the_check_says_when_there_are_too_few(
    shares: list[tuple[float, float, float]], width: float, moved: int, advised: int
) -> None:
    told = check(decided(*shares), "value")
    assert (told.width, len(told.moved), told.advised) == (pytest.approx(width), moved, advised)
    assert told.enough == (advised == 0)
    said = " ".join(check_lines(decided(*shares), "en"))
    assert ("Too few" in said) == (advised > 0)
    assert sentences(decided(*shares), "en")[0].startswith("Not certain yet") == (advised > 0)


def test_the_sentence_names_what_counts() -> None:
    known = decided((0.6, 0.05, 0.6), (0.3, 0.04, 0.3), (0.02, 0.01, 0.02), met=True)
    value, met = sentences(known, "en")
    assert value == (
        "What decides T01 is parameter a (60 % of the variance, raises it), then parameter b (30 % of the variance, "
        "raises it)."
    )
    assert met.startswith("Whether T01 is met (in 25 % of the runs) is decided by parameter a")
    assert sentences(known, "zh")[0] == "决定T01的是参数a(占方差的60%, 推高)、其次是参数b(占方差的30%, 推高)。"
    never = replace(decided((0.6, 0.05, 0.6)), probability=0.0)
    assert sentences(never, "en")[1].startswith("It is met in no run")
    assert sentences(replace(never, probability=1.0), "en")[1].startswith("It is met in all runs")
    chance = replace(decided((0.06, 0.01, 0.06), method="delta"), floors={"value": 0.07})
    assert sentences(chance, "en")[0] == "No single parameter stands out in deciding T01."


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("method", ["morris", "sobol", "delta"])
@pytest.mark.parametrize("number", [1, 12])
def test_texts_of_the_figures_keep_apart(lang: str, method: str, number: int) -> None:
    shares = [(0.9 / (place + 1), 0.05, 0.5) for place in range(number)]
    known = decided(*shares, method=method, met=True)
    long = tuple(replace(one, name_en=f"{one.name_en} at the full level of what is supported, as a share") for one in
                 known.factors)  # fmt: skip
    for figure in (tornado_figure(replace(known, factors=long), lang), indices_figure(known, lang)):  # type: ignore[arg-type]
        review = review_texts(figure)
        assert review.overlapping == []
        assert review.outside == []
        assert review.smallest_pt >= 7.5
    assert all(cells(line) <= 100 for line in decided_table(known, lang).splitlines())  # type: ignore[arg-type]
