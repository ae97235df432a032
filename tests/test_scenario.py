"""Scenarios: every mistake with line and suggestion, inheritance, origins, and the way back to a file."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.drivers import read_drivers
from sim.errors import InputError, Problem
from sim.levers import all_levers, read_levers
from sim.parameters import read_parameters
from sim.scenario.resolve import driver_schedules, lever_schedule, load_scenario, parameter_value
from sim.scenario.show import resolved_toml, show_lines
from sim.scenario.types import Clock, Scenario, Setting
from sim.schedule import Schedule
from sim.words.catalogue import Language, catalogue, problem_line

LEVERS = (Path(__file__).parents[1] / "models" / "inner-mongolia" / "levers.toml").read_text(encoding="utf-8")
DRIVERS = """\
[driver.demand_growth]
variable = "log outside market"
dims = ["tier"]
units = "1/yr"
units_zh = "每年"
form = "growth"
name_en = "demand"
name_zh = "需求"
[driver.demand_growth.path.trend]
information_until = 2016
origin = "derived"
source = "s"
values = [[2016, 0.07]]
[driver.demand_growth.path.as-happened]
information_until = 2021
origin = "published"
source = "s"
values = [[2016, 0.03]]
[driver.prices]
variable = "price"
dims = []
units = "1"
units_zh = "1"
form = "level"
name_en = "prices"
name_zh = "价格"
[driver.prices.path.constant]
information_until = 2015
origin = "assumed"
source = "s"
values = [[2016, 1.0]]
"""
PARAMETERS = """\
[parameter."capital elasticity"]
value = 0.5
units = "1"
low = 0.4
high = 0.6
distribution = "uniform"
meaning_en = "m"
meaning_zh = "义"
source = "s"
reliability = "low"
origin = "assumed"
[parameter."entry rate"]
value = { national = 0.1, regional = 0.2, other = 0.3 }
dims = ["tier"]
units = "1/yr"
low = 0.0
high = 1.0
distribution = "uniform"
meaning_en = "m"
meaning_zh = "义"
source = "s"
reliability = "low"
origin = "assumed"
"""
HEAD = 'name = "A"\ninformation_until = 2016\nbundle = "model"\n[drivers]\ndemand_growth = "trend"\n'


def test_every_message_has_words_and_every_word_a_use() -> None:
    package = Path(problem_line.__code__.co_filename).parents[1]
    ours = [*package.glob("toml_*.py"), *package.glob("scenario/*.py")]
    ours += [package / f"{name}.py" for name in ("levers", "drivers", "parameters", "outputs_spec", "bundle")]
    source = "".join(file.read_text(encoding="utf-8") for file in ours)
    langs: tuple[Language, ...] = ("zh", "en")
    for lang in langs:
        words = tomllib.loads((package / "words" / lang / "scenario.toml").read_text(encoding="utf-8"))
        unused = [code for code in words["problem"] if f'"{code}"' not in source]
        noted = re.findall(r'(?:refuse\([^"()]*|Problem\(Place\([^()]*\), )"(\w+)"', source)
        assert not unused
        # a bundle's own messages stand in other files of words
        assert [code for code in noted if f"problem.{code}" not in catalogue(lang)] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project folder with a small bundle in ``model`` and an empty ``scenarios``."""
    root = tmp_path_factory.mktemp("project")
    (root / "scenarios").mkdir()
    (root / "model").mkdir()
    for name, text in (("levers", LEVERS), ("drivers", DRIVERS), ("parameters", PARAMETERS)):
        (root / "model" / f"{name}.toml").write_text(text, encoding="utf-8")
    return root


def load(folder: Path, text: str, **parents: str) -> Scenario:
    for name, parent in parents.items():
        (folder / "scenarios" / f"{name}.toml").write_text(parent, encoding="utf-8")
    file = folder / "scenarios" / "a.toml"
    file.write_text(text, encoding="utf-8")
    return load_scenario(file)


def refused(folder: Path, text: str, **parents: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load(folder, text, **parents)
    for problem in caught.value.problems:
        assert not any(re.search(r"\{\w+\}", problem_line(lang, problem)) for lang in ("zh", "en"))
    return list(caught.value.problems)


def brief(problems: list[Problem]) -> list[tuple[str, int | None, str]]:
    return [(p.code, p.place and p.place.line, p.suggestion) for p in problems]


def test_smallest(folder: Path) -> None:
    scenario = load(folder, HEAD)
    assert (scenario.name, scenario.clock, scenario.lang) == ("A", Clock(2015, 2030, 1 / 16), None)
    assert scenario.bundle == (folder / "model").resolve()
    assert str(scenario.origins["drivers.demand_growth"]).endswith("a.toml:5")
    assert scenario.policies == {}


@pytest.mark.parametrize(
    ("lines", "code", "suggestion"),
    [
        ("[polcy.x]", "unknown_key", "policy"),
        ("[policy.land_treshold]\nnational = 150", "unknown_key", "land_threshold"),
        ("[policy.coverage]", "unknown_key", "circular_retrofit.coverage"),
        ("policy.land_threshold = 150", "expected_table", ""),
        ("policy.land_threshold.natinal = 150", "unknown_key", "national"),
        ("policy.land_threshold.national = '150万元/亩'", "number_as_text", "150"),
        ("policy.circular_retrofit.coverage = '50%'", "number_as_text", "0.5"),
        ("policy.circular_retrofit.coverage = '0.5 '", "number_as_text", "0.5"),
        ("policy.circular_retrofit.coverage = 'half'", "expected_number", ""),
        ("policy.circular_retrofit.coverage = true", "expected_number", ""),
        ("policy.circular_retrofit.coverage = 50", "out_of_range", "0.5"),
        ("policy.circular_retrofit.coverage = 1.4", "out_of_range", ""),
        ("policy.circular_retrofit.coverage = -0.1", "out_of_range", ""),
        ("policy.circular_retrofit.coverage = nan", "not_finite", ""),
        ("policy.circular_retrofit.coverage = [[2016, inf]]", "not_finite", ""),
        ("policy.circular_retrofit.coverage = { a = 1 }", "expected_lever", ""),
        ("policy.circular_retrofit.coverage = []", "expected_schedule", ""),
        ("policy.circular_retrofit.coverage = [2016, 0.5]", "expected_schedule", "[[2016, 0.5]]"),
        ("policy.circular_retrofit.coverage = [[0.5, 2016]]", "expected_point", "[2016, 0.5]"),
        ("policy.circular_retrofit.coverage = [[2016, 0.5, 1]]", "expected_point", ""),
        ("policy.circular_retrofit.coverage = [['2016', 0.5]]", "expected_point", ""),
        ("policy.circular_retrofit.coverage = [[2016, 0.2], [2016, 0.5]]", "year_twice", ""),
        ("policy.circular_retrofit.coverage = [[2016, 0.2], [2015, 0.5]]", "years_fall", ""),
        ("policy.circular_retrofit.coverage = [[2016, 0.5], [2017, 0.4]]", "value_falls", ""),
        ("policy.circular_retrofit.coverage = [[2016, 0.5], [2031, 0.6]]", "year_outside", ""),
        ("policy.circular_retrofit.coverage = [[2010, 0.5]]", "year_outside", ""),
        ("policy.circular_retrofit.coverage = [[2016, 50]]", "out_of_range", "0.5"),
        ("policy.circular_retrofit.select = 'largest emiters'", "unknown_choice", "largest emitters first"),
        ("policy.circular_retrofit.select = 1", "unknown_choice", ""),
        ("policy.level_upgrade.national = 15.0", "expected_integer", "15"),
        ("policy.level_upgrade.national = 15.5", "expected_integer", ""),
        ("policy.governance.exit_rule = 1", "expected_switch", "true"),
        ("policy.governance.exit_rule = '否'", "expected_switch", "false"),
        ("policy.land_threshold = { national = 150, from = 2031 }", "out_of_bounds", ""),
        ("policy.land_threshold = { national = 150, from = true }", "expected_number", ""),
        ("policy.land_threshold = { national = [[2017, 150]], from = 2017 }", "from_unused", ""),
        ("policy.land_threshold = { covers = 'regional', from = 2017 }", "from_unused", ""),
        ("policy.land_threshold = { from = 2017 }", "from_unused", ""),
        ("drivers = 1", "expected_table", ""),
        ("drivers.price = 'constant'", "unknown_key", "prices"),
        ("drivers.prices = 'constnt'", "unknown_choice", "constant"),
        ("drivers.prices = '1.0'", "number_as_text", "1"),
        ("drivers.prices = false", "expected_number", ""),
        ("drivers.prices = { national = 1.0 }", "not_by_element", ""),
        ("drivers.prices = [[2031, 1.0]]", "year_outside", ""),
        ("drivers.demand_growth = 7.2", "wild_rate", "0.072"),
        ("drivers.demand_growth = 'as-happened'", "foresight", ""),
        ("drivers.demand_growth = { national = 0.1 }", "missing_elements", ""),
        ("drivers.demand_growth = { natonal = 0.1 }", "unknown_element", "national"),
        ("parameters.'capital elastcity' = 0.5", "unknown_key", "capital elasticity"),
        ("parameters.'capital elasticity' = '0.5'", "number_as_text", "0.5"),
        ("parameters.'capital elasticity' = [[2016, 0.5]]", "expected_number", ""),
        ("parameters.'entry rate' = { nationl = 0.5 }", "unknown_element", "national"),
        ("clock.start = 2016", "clock_start", "2015"),
        ("clock.end = 2020", "out_of_bounds", ""),
        ("clock.step = 0.06", "clock_step", "0.0625"),
        ("clock.step = '1/16'", "number_as_text", "0.0625"),
        ("clock.method = 'rk5'", "unknown_choice", "rk4"),
        ("clock.stop = 2030", "unknown_key", "step"),
        ("uncertainty.runs = 0", "out_of_bounds", ""),
        ("uncertainty.design = 'sobl'", "unknown_choice", "sobol"),
        ("lang = 'cn'", "unknown_choice", ""),
        ("name_zh = 1", "expected_text", ""),
        ("description = ' '", "empty_text", ""),
        ("extends = 1", "expected_files", ""),
        ("extends = [1]", "expected_text", ""),
        ("extends = ['bas.toml']", "parent_missing", "base.toml"),
        ('extends = ["x\\new.toml"]', "path_escape", "x/new.toml"),
        ("extends = ['" + "x" * 300 + "']", "path_long", ""),
    ],
)
def test_mistake(folder: Path, lines: str, code: str, suggestion: str) -> None:
    (folder / "scenarios" / "base.toml").write_text("", encoding="utf-8")
    head = HEAD.replace("[drivers]\ndemand_growth = ", "drivers.demand_growth = ")
    if lines.startswith("drivers.demand_growth") or lines == "drivers = 1":
        head = head[: head.index("drivers")]
    line = head.count("\n") + 1 + lines.count("\n")
    problems = [problem for problem in refused(folder, head + lines) if problem.code != "missing_key"]
    if suggestion == "base.toml":
        suggestion = str(folder / "scenarios" / "base.toml")
    expected = line - lines.count("\n") if code == "unknown_key" and suggestion == "land_threshold" else line
    assert brief(problems) == [(code, expected, suggestion)]


def test_six_mistakes_at_once(folder: Path) -> None:
    text = """\
name = "A"
information_until = 2016
bundle = "model"
colour = "red"
[clock]
end = 2020
[policy.circular_retrofit]
coverage = [[2016, 0.4],
  [2018, 0.3]]
select = "smallest"
[policy.land_threshold]
national = "150万元/亩"
[drivers]
demand_growth = "as-happened"
"""
    assert brief(refused(folder, text)) == [
        ("unknown_key", 4, ""),
        ("out_of_bounds", 6, ""),
        ("value_falls", 9, ""),
        ("unknown_choice", 10, "smallest first"),
        ("number_as_text", 12, "150"),
        ("foresight", 14, ""),
    ]


@pytest.mark.parametrize(
    ("left_out", "key"),
    [("name", "name"), ("information_until", "information_until"), ("bundle", "bundle")],
)
def test_missing(folder: Path, left_out: str, key: str) -> None:
    text = "".join(line + "\n" for line in HEAD.splitlines() if not line.startswith(left_out))
    (problem,) = refused(folder, text)
    assert (problem.code, problem.values["key"]) == ("missing_key", key)


def test_missing_driver(folder: Path) -> None:
    (problem,) = refused(folder, HEAD[: HEAD.index("[drivers]")])
    assert (problem.code, problem.values["key"]) == ("missing_key", "demand_growth")


@pytest.mark.parametrize(
    ("named", "code", "suggestion"),
    [("modle", "bundle_missing", "model"), ("scenarios", "not_a_bundle", "")],
)
def test_bundle(folder: Path, named: str, code: str, suggestion: str) -> None:
    problems = refused(folder, HEAD.replace('"model"', f'"{named}"'))
    assert brief(problems) == [(code, 3, suggestion)]


def test_broken_bundle_is_told_with_the_rest(folder: Path, tmp_path: Path) -> None:
    for file in (folder / "model").iterdir():
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "drivers.toml").write_text("[driver.x]", encoding="utf-8")
    text = HEAD.replace('"model"', f"'{tmp_path}'") + "[clock]\nend = 1\n"
    codes = {problem.code for problem in refused(folder, text)}
    assert codes == {"missing_key", "out_of_bounds"}


def test_not_a_toml_file(folder: Path) -> None:
    other = folder / "scenarios" / "plan.csv"
    other.write_text("id,name\n1,x\n")
    for path, code in ((other, "not_toml"), (folder, "toml_is_folder"), (folder / "a", "toml_missing")):
        with pytest.raises(InputError) as caught:
            load_scenario(path)
        assert [problem.code for problem in caught.value.problems] == [code]


def test_no_foresight_by_default(folder: Path) -> None:
    text = HEAD.replace("2016", "2014").replace('"trend"', "0.07")
    assert brief(refused(folder, text)) == [("foresight_unset", 2, "")]
    hindsight = HEAD.replace("2016", "2021").replace("trend", "as-happened")
    assert load(folder, hindsight).drivers["demand_growth"].value == "as-happened"


def test_inheritance_key_by_key(folder: Path) -> None:
    threshold = "[policy.land_threshold]\nnational = 150\nregional = 80\nfrom = 2018\n"
    scenario = load(
        folder,
        'name = "Child"\nextends = ["left.toml", "right.toml"]\n[policy.land_threshold]\nregional = 90\n',
        base=HEAD.replace('"A"', '"Base"\nname_zh = "基"') + "[clock]\nend = 2025\nstep = 0.25\n" + threshold,
        left='extends = ["base.toml"]\n[clock]\nend = 2026\n[policy.mergers]\nzones = 40\n',
        right='extends = "base.toml"\n[policy.mergers]\nzones = 50\n',
    )
    assert scenario.clock == Clock(2015, 2026, 0.25)  # left's change survives right, which shares its parent
    assert scenario.policies["mergers.zones"].value == 50
    assert scenario.policies["land_threshold.regional"].value == 90
    assert scenario.since["land_threshold"].value == 2018
    assert (scenario.name, scenario.name_zh) == ("Child", "")
    places = {key: place.file.name for key, place in scenario.origins.items()}
    assert (places["clock.end"], places["clock.step"]) == ("left.toml", "base.toml")


def test_mistakes_of_all_files_at_once(folder: Path) -> None:
    problems = refused(
        folder,
        'name = "A"\nextends = ["left.toml", "right.toml"]\n[clock]\nend = 1\n',
        left=HEAD + "[policy.mergers]\nzone = 1\n",
        right="[policy.mergers]\nrule = 1\n",
    )
    found = [(p.place.file.name, p.place.line) for p in problems if p.place]
    assert found == [("a.toml", 4), ("left.toml", 7), ("right.toml", 2)]


def test_unreadable_parent_does_not_make_keys_missing(folder: Path) -> None:
    (problem,) = refused(folder, 'name = "A"\nextends = ["left.toml"]\n', left=HEAD + "x ＝ 1")
    assert problem.code == "toml_full_width"


def test_circle(folder: Path) -> None:
    problems = refused(folder, 'extends = ["b.toml"]\n' + HEAD, b='\nextends = ["a.toml"]\n')
    assert [(p.code, p.values["cycle"]) for p in problems] == [
        ("circular_extends", "a.toml → b.toml → a.toml")
    ]
    assert brief(problems)[0][1] == 2


def test_levers_by_year(folder: Path) -> None:
    levers = all_levers(read_levers(folder / "model" / "levers.toml"))
    scenario = load(
        folder,
        HEAD
        + "[policy.land_threshold]\nnational = 150\nfrom = 2018\n"
        + "[policy.land_reclamation]\nrate = 0.1\n"
        + "[policy.circular_retrofit]\ncoverage = [[2016, 0.354], [2017, 0.5]]\nselect = 'largest first'\n",
    )

    def values(key: str, *years: int) -> list[float]:
        schedule = lever_schedule(scenario, levers[key])
        assert isinstance(schedule, Schedule)
        return [schedule.at(year) for year in years]

    assert values("land_threshold.national", 2015, 2017, 2018, 2030) == [0, 0, 150, 150]
    assert values("land_reclamation.rate", 2016, 2017) == [0, 0.1]
    assert values("circular_retrofit.coverage", 2015, 2017) == [0.354, 0.5]
    assert values("land_threshold.enforcement", 2015, 2030) == [1, 1]
    assert lever_schedule(scenario, levers["circular_retrofit.select"]) == "largest first"
    assert lever_schedule(scenario, levers["governance.exit_rule"]) is False


def test_drivers_and_parameters_that_hold(folder: Path) -> None:
    drivers = read_drivers(folder / "model" / "drivers.toml")
    parameters = read_parameters(folder / "model" / "parameters.toml")
    scenario = load(
        folder,
        HEAD.replace('"trend"', "{ national = 0.1, regional = [[2016, 0.2]], other = 0.0 }")
        + "[parameters]\n'entry rate' = { regional = 2.0 }\n'capital elasticity' = 0.7\n",
    )
    growth = driver_schedules(scenario, drivers["demand_growth"])
    assert not isinstance(growth, Schedule)
    assert [growth[tier].at(2020) for tier in ("national", "regional", "other")] == [0.1, 0.2, 0.0]
    assert driver_schedules(scenario, drivers["prices"]) == Schedule(((2016, 1.0),))
    assert parameter_value(scenario, parameters["capital elasticity"]) == 0.7
    assert parameter_value(scenario, parameters["entry rate"]) == {
        "national": 0.1,
        "regional": 2.0,
        "other": 0.3,
    }
    assert brief(list(scenario.warnings)) == [("parameter_outside", 7, ""), ("parameter_outside", 8, "")]
    for warning in scenario.warnings:
        assert "{" not in problem_line("zh", warning) + problem_line("en", warning)


def test_rows_with_origin(folder: Path) -> None:
    text = HEAD + "[policy.land_threshold]\nnational = 150\n"
    rows = {line.key: line for line in show_lines(load(folder, text), "zh")}
    national = rows["policy.land_threshold.national"]
    assert (national.value, national.unit) == ("150", "万元/亩")
    assert national.origin.endswith("a.toml:7")
    assert rows["policy.land_threshold.from"][1:] == ("2017", "", "默认")
    assert rows["policy.land_threshold.regional"][1:] == ("0", "万元/亩", "默认(不新增政策)")
    assert rows["drivers.prices"].value == "constant"
    assert rows["clock.step"][1:] == ("0.0625", "", "默认")


def test_resolved_file_finds_the_bundle_elsewhere(folder: Path, tmp_path: Path) -> None:
    scenario = load(folder, HEAD)
    assert 'bundle = "model"' in resolved_toml(scenario, folder / "scenarios")
    (tmp_path / "b.toml").write_text(resolved_toml(scenario, tmp_path), encoding="utf-8")
    assert load_scenario(tmp_path / "b.toml") == scenario


words = st.text(max_size=8).filter(str.strip)
shares = st.floats(0, 1)
years = st.lists(st.integers(2014, 2030), min_size=1, max_size=4, unique=True).map(sorted)


@st.composite
def schedules(draw: st.DrawFn, rising: bool = False) -> Schedule:
    points = draw(years)
    values = draw(st.lists(shares, min_size=len(points), max_size=len(points)))
    return Schedule(tuple(zip(points, sorted(values) if rising else values, strict=True)))


def maybe(**values: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries({}, optional=values)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=words,
    description=words,
    policies=maybe(
        **{
            "circular_retrofit.coverage": shares | schedules(rising=True),
            "circular_retrofit.select": st.sampled_from(["largest first", "cheapest first"]),
            "cluster_formation.intensity": shares | schedules(),
            "level_upgrade.national": st.integers(0, 1000),
            "governance.exit_rule": st.booleans(),
        }
    ),
    since=st.none() | st.integers(2015, 2030),
    drivers=maybe(prices=st.just("constant") | schedules()),
    parameters=maybe(**{"capital elasticity": st.floats(-1e9, 1e9), "entry rate": maybe(other=shares)}),
)
def test_resolved_file_loads_to_an_equal_scenario(
    folder: Path,
    name: str,
    description: str,
    policies: dict[str, object],
    since: int | None,
    drivers: dict[str, object],
    parameters: dict[str, object],
) -> None:
    usual = load(folder, HEAD)
    place = usual.origins["name"]

    def setting(values: dict[str, object]) -> dict[str, Setting]:
        return {key: Setting(value, place) for key, value in values.items()}  # type: ignore[arg-type]

    governed = isinstance(policies.get("cluster_formation.intensity"), float) and since is not None
    scenario = Scenario(
        path=usual.path,
        name=name,
        name_zh="",
        description=description,
        description_zh="",
        information_until=2016,
        bundle=usual.bundle,
        bundle_text=usual.bundle_text,
        lang="zh",
        clock=Clock(2015, 2030, 0.25),
        policies=setting(policies),
        since=setting({"cluster_formation": since}) if governed else {},
        drivers=setting({"demand_growth": "trend"} | drivers),
        parameters=setting(parameters),
        uncertainty=usual.uncertainty,
        origins={},
        warnings=(),
    )
    again = load(folder, resolved_toml(scenario))
    assert again == scenario
    assert resolved_toml(again).count("#") >= resolved_toml(scenario).count("#")
