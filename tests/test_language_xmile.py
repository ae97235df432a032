"""Models in XMILE: values by hand or formula, modules and arrays, and what is refused with its line."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from sim.cache import Cache
from sim.engine.inputs import Array, Grid, RunInputs
from sim.engine.trace import evaluate
from sim.errors import InputError
from sim.model.reading import read_text
from sim.simulate.model import load_model
from sim.simulate.source import Source, read_source
from sim.words.catalogue import problem_line
from tests.kernels import authored

HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<xmile version="1.0" xmlns="http://docs.oasis-open.org/xmile/ns/XMILE/v1.0">\n'
    '<sim_specs method="Euler"><start>0</start><stop>4</stop><dt reciprocal="true">2</dt></sim_specs>\n'
)
DIMENSIONS = (
    '<dimensions><dim name="Region"><elem name="north"/><elem name="south"/><elem name="west"/></dim>'
    '<dim name="Age" size="2"/></dimensions>\n'
)
CLOCK = '<stock name="clock"><eqn>0</eqn><inflow>tick</inflow></stock><flow name="tick"><eqn>1</eqn></flow>\n'


def file(folder: Path, variables: str, dimensions: str = "", more: str = "", head: str = HEAD) -> Path:
    path = folder / "model.xmile"
    body = f"<model><variables>\n{CLOCK}{variables}</variables></model>{more}</xmile>\n"
    path.write_text(head + dimensions + body, encoding="utf-8")
    return path


def source(path: Path) -> Source:
    return read_source(path, Cache(path.parent / "cache"))


def run(path: Path) -> dict[str, Array]:
    """Values at times 0, 0.5 … 4 (rows), by variable."""
    found = source(path)
    assert found.equations is not None, found.missing
    return evaluate(found.equations, RunInputs(Grid(0.0, 0.5, 8)), authored(found.equations), found.method)


def aux(name: str, equation: str, more: str = "") -> str:
    equation = equation.replace("<", "&lt;").replace(">", "&gt;")
    return f'<aux name="{name}"><eqn>{equation}</eqn>{more}</aux>\n'


T = np.arange(9) * 0.5
VALUES = [
    ("-2 ^ 2 + 2 ^ 3 ^ 0", -4 + 2),
    ("2 ^ -1 * 4", 2.0),
    ("7 MOD 4 + 1", 4.0),
    ("10 - 4 - 3", 3.0),
    ("IF clock >= 2 AND NOT (clock = 3) OR clock = 0 THEN 1 ELSE -1", [1, -1, -1, -1, 1, 1, -1, 1, 1]),
    ("IF clock > 1 THEN IF clock > 2 THEN 3 ELSE 2 ELSE 1", [1, 1, 1, 2, 2, 3, 3, 3, 3]),
    ("INT(-1.5) + 10 * INT(1.5) + 100 * ROUND(2.5)", -2 + 10 + 300),
    ("MAX(1, 5, 3) - MIN(4, 2, 8)", 3.0),
    ("LOG10(1000) + LN(EXP(2)) + SQRT(16) + ABS(-1)", 10.0),
    ("SAFEDIV(1, 0, 7) + SAFEDIV(6, 3)", 9.0),
    ("TIME + DT * 10 + STARTTIME + STOPTIME", T + 9),
    ("PULSE(3, 1)", [0, 0, 6, 0, 0, 0, 0, 0, 0]),
    ("PULSE(3, 1, 1)", [0, 0, 6, 0, 6, 0, 6, 0, 6]),
    ("PULSE(3, 0.75)", [0, 0, 6, 0, 0, 0, 0, 0, 0]),
    ("STEP(2, 1) + RAMP(1, 3)", [0, 0, 2, 2, 2, 2, 2, 2.5, 3]),
    ("DELAY(clock, 1)", [0, 0, 0, 0.5, 1, 1.5, 2, 2.5, 3]),
    ("DELAY(clock, 1, -1)", [-1, -1, 0, 0.5, 1, 1.5, 2, 2.5, 3]),
    ("PREVIOUS(clock, 9)", [9, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]),
    ("INIT(clock + 5)", 5.0),
    ("PREVIOUS(SELF, 9) + 1", 9 + np.arange(1, 10)),
    ("SMTH1(8, 1, 4)", 8 - 4 * 0.5 ** np.arange(9)),
    ("DELAYN(3, 2, 1)", 3.0),
    ("SMTHN(3, 2, 2, 3)", 3.0),
    ("FORCST(5, 2, 3)", 5.0),
    ("TREND(clock + 1, 2, 0)[0]".removesuffix("[0]"), None),
    ("{a note} PI {another} * 1", math.pi),
    ("10 * ((-7.5) MOD 2) + (7 MOD -3)", 10 * 0.5 - 2),
    (" + ".join(["clock * 2"] * 300) + " - 9 * 7 MOD 4 * 2", T * 600 - 3 * 2),
    ("(1 < 2) = (3 > 2) = (1 = 1)", 1.0),
    ("(" * 40 + "5" + ")" * 40, 5.0),
]  # fmt: skip


def test_expressions_have_the_values_of_the_specification(tmp_path: Path) -> None:
    text = "".join(aux(f"v{number}", equation) for number, (equation, _) in enumerate(VALUES))
    found = run(file(tmp_path, text))
    for number, (equation, expected) in enumerate(VALUES):
        if expected is not None:
            wanted = np.broadcast_to(expected, 9)
            np.testing.assert_allclose(found[f"v{number}"], wanted, rtol=1e-13, atol=1e-13, err_msg=equation)


def test_stocks_flows_and_graphical_functions(tmp_path: Path) -> None:
    points = "<xscale min='0' max='4'/><ypts>0,2,4,4,0</ypts>"
    text = (
        '<stock name="Tank_of\\nwater"><eqn>10</eqn><inflow>"fill up"</inflow><outflow>drain</outflow></stock>\n'
        '<flow name="fill up"><eqn>-5</eqn><non_negative/></flow>'
        '<flow name="drain"><eqn>tank_OF_water * 0.2</eqn></flow>'
        f'<aux name="line"><eqn>clock</eqn><gf>{points}</gf></aux>'
        f'<aux name="steps"><eqn>clock</eqn><gf type="discrete">{points}</gf></aux>'
        f'<aux name="beyond"><eqn>clock + 1</eqn><gf type="extrapolate">{points}</gf></aux>'
        f'<gf name="curve">{points}</gf>' + aux("read", "curve(clock + 0.5) + LOOKUP(curve, 1)")
    )
    found = run(file(tmp_path, text))
    np.testing.assert_allclose(found["Tank of water"], 10 * 0.9 ** np.arange(9), rtol=1e-13)
    assert not found["fill up"].any()
    np.testing.assert_allclose(found["line"], np.interp(T, range(5), [0, 2, 4, 4, 0]))
    np.testing.assert_allclose(found["steps"], [0, 0, 2, 2, 4, 4, 4, 4, 4])
    np.testing.assert_allclose(found["beyond"][-3:], [0, -2, -4])
    np.testing.assert_allclose(found["read"], np.interp(T + 0.5, range(5), [0, 2, 4, 4, 0]) + 2)


def test_arrays(tmp_path: Path) -> None:
    region = '<dimensions><dim name="Region"/></dimensions>'
    both = '<dimensions><dim name="Region"/><dim name="Age"/></dimensions>'
    text = (
        f'<aux name="size">{region}<element subscript="north"><eqn>1</eqn></element>'
        '<element subscript="south"><eqn>2 + clock</eqn></element>'
        '<element subscript="west"><eqn>4</eqn></element></aux>'
        f'<aux name="people">{both}<eqn>size[Region] * 10</eqn></aux>'
        f'<aux name="by age">{both}<element subscript="north, 1"><eqn>1</eqn></element>'
        '<element subscript="north, 2"><eqn>2</eqn></element><element subscript="south, 1"><eqn>3</eqn></element>'
        '<element subscript="south, 2"><eqn>4</eqn></element><element subscript="west, 1"><eqn>5</eqn></element>'
        '<element subscript="west, 2"><eqn>6</eqn></element></aux>'
        f'<aux name="bare">{region}<eqn>size * 2</eqn></aux>'
        + aux("total", "SUM(size[*])") + aux("all", "SUM(by_age[*, *]) + SUM(by_age[south, *])")
        + aux("mean", "MEAN(by_age[*, 1])") + aux("extremes", "MAX(size[*]) * 100 + MIN(size)")
        + aux("one", "by_age[west, 2] + size[Region.south] + SIZE(size[*])")
        + f'<aux name="share">{region}<eqn>size[Region] / SUM(size[*])</eqn></aux>'
        + f'<aux name="old">{region}<eqn>SUM(by_age[Region, *])</eqn></aux>'
        + f'<stock name="level">{region}<eqn>size[Region]</eqn><inflow>grow</inflow></stock>'
        + f'<flow name="grow">{region}<eqn>level[Region]</eqn></flow>'
        + f'<aux name="graph">{region}<element subscript="north"><eqn>clock</eqn>'
        '<gf><xpts>0,4</xpts><ypts>0,4</ypts></gf></element>'
        '<element subscript="south"><eqn>clock</eqn><gf><xpts>0,2</xpts><ypts>1,0</ypts></gf></element>'
        '<element subscript="west"><eqn>7</eqn><gf><xpts>0,8</xpts><ypts>0,16</ypts></gf></element></aux>'
    )  # fmt: skip
    found = run(file(tmp_path, text, DIMENSIONS))
    assert found["size"][2].tolist() == [1, 3, 4]
    assert found["people"][2].tolist() == [[10, 10], [30, 30], [40, 40]]
    assert found["bare"][2].tolist() == [2, 6, 8]
    assert (found["total"][2], found["all"][2], found["mean"][2]) == (8, 21 + 7, 3)
    assert (found["extremes"][2], found["one"][2]) == (401, 6 + 3 + 3)
    np.testing.assert_allclose(found["share"][2], [1 / 8, 3 / 8, 4 / 8])
    assert found["old"][0].tolist() == [3, 7, 11]
    np.testing.assert_allclose(found["level"][2], np.array([1, 2, 4]) * 2.25)
    np.testing.assert_allclose(found["graph"][2], [1, 0.5, 14])


def test_modules_are_written_out(tmp_path: Path) -> None:
    inner = (
        '<model name="hares"><variables><aux name="area" access="input"><eqn>99</eqn></aux>'
        '<stock name="pop"><eqn>area * 2</eqn><inflow>births</inflow></stock>'
        '<flow name="births"><eqn>pop * rate</eqn></flow>'
        '<aux name="rate" access="output"><eqn>0.5</eqn></aux></variables></model>'
    )
    text = (
        aux("land", "50 + 0 * clock") + aux("density", "hares.pop / land") + aux("rate", "7")
        + '<module name="Hares"><connect to="Hares.area" from=".land"/></module>'
    )  # fmt: skip
    found = run(file(tmp_path, text, more=inner))
    np.testing.assert_allclose(found["density"], 2 * 1.25 ** np.arange(9))
    assert found['"hares.area"'][0] == 50
    assert found["rate"][0] == 7


def test_the_method_of_the_file_counts(tmp_path: Path) -> None:
    text = '<stock name="x"><eqn>1</eqn><inflow>f</inflow></stock><flow name="f"><eqn>x</eqn></flow>'
    path = file(tmp_path, text, head=HEAD.replace("Euler", "RK4"))
    assert source(path).method == "rk4"
    step = 1 + 0.5 + 0.5**2 / 2 + 0.5**3 / 6 + 0.5**4 / 24
    np.testing.assert_allclose(run(path)["x"], step ** np.arange(9), rtol=1e-13)


def test_a_stock_that_may_not_fall_below_zero_and_would_is_a_failed_run(tmp_path: Path) -> None:
    text = '<stock name="x"><eqn>3</eqn><outflow>f</outflow><non_negative/></stock><flow name="f"><eqn>1</eqn></flow>'
    one = run(file(tmp_path, text))
    assert one["x"].tolist() == [3, 2.5, 2, 1.5, 1, 0.5, 0, 0, 0]
    assert one["f"].tolist() == [1] * 6 + [0] * 3
    # what comes in hangs on what goes out, so that neither can be worked out first
    text = text.replace("</outflow>", "</outflow><inflow>g</inflow>") + aux("h", "f * 0")
    text += '<flow name="g"><eqn>h</eqn></flow>'
    found = run(file(tmp_path, text))["x"]
    assert found[:7].tolist() == [3, 2.5, 2, 1.5, 1, 0.5, 0]
    assert np.isnan(found[7:]).all()


def tank(flows: str, inside: str = "<non_negative/>", eqn: str = "3") -> str:
    return f'<stock name="x"><eqn>{eqn}</eqn>{flows}{inside}</stock>'


def flow(name: str, equation: str, inside: str = "") -> str:
    return f'<flow name="{name}"><eqn>{equation}</eqn>{inside}</flow>'


def test_outflows_take_in_turn_what_there_is_and_what_comes_in(tmp_path: Path) -> None:
    flows = "<inflow>in</inflow><outflow>b</outflow><outflow>a</outflow>"
    text = tank(flows, eqn="1") + flow("in", "2") + flow("a", "3") + flow("b", "1.5") + tank(
        "<inflow>a</inflow><outflow>c</outflow>").replace('"x"', '"y"').replace("<eqn>3", "<eqn>0") + flow("c", "9")
    found = run(file(tmp_path, text))
    assert found["b"].tolist() == [1.5] * 9
    assert found["a"].tolist() == [1 / 0.5 + 2 - 1.5] + [0.5] * 8
    assert found["x"].tolist() == [1] + [0] * 8
    assert found["c"].tolist() == found["a"].tolist()  # what comes in can leave in the same step
    assert not found["y"].any()


def test_who_may_not_be_negative_is_said_once_for_all_or_for_each(tmp_path: Path) -> None:
    plain = tank("<outflow>f</outflow>", "") + flow("f", "1")
    for behavior, free in (("<non_negative/>", False), ("<stock><non_negative/></stock>", False),
                           ("<flow><non_negative/></flow>", True), ("", True)):
        path = file(tmp_path, plain)
        text = path.read_text(encoding="utf-8").replace("<model>", f"<model><behavior>{behavior}</behavior>")
        path.write_text(text, encoding="utf-8")
        assert run(path)["x"].tolist()[-3:] == ([0, -0.5, -1] if free else [0, 0, 0]), behavior
    own = plain.replace("</stock>", "<non_negative>false</non_negative></stock>", 1)
    path = file(tmp_path, own)
    path.write_text(path.read_text(encoding="utf-8").replace("<model>", "<behavior><non_negative/></behavior><model>"))
    assert run(path)["x"][-1] == -1


BELT = '<stock name="belt"><eqn>{0}</eqn><inflow>on</inflow><outflow>off</outflow><conveyor>{1}</conveyor></stock>'


def test_a_conveyor_gives_after_its_transit_time_what_came_on(tmp_path: Path) -> None:
    text = BELT.format("6", "<len>time_on_it</len>") + flow("on", "TIME") + '<flow name="off"/>'
    found = run(file(tmp_path, text + aux("time on it", "1.5")))
    assert found["off"].tolist() == [4, 4, 4, 0, 0.5, 1, 1.5, 2, 2.5]
    inside = 6 + np.cumsum([0, *(T - found["off"])[:-1]]) * 0.5
    np.testing.assert_allclose(found["belt"], inside, rtol=1e-14)
    np.testing.assert_allclose(found["belt"][3:], 0.5 * (T[2:-1] + T[1:-2] + T[:-3]), rtol=1e-14)


def test_what_is_defined_twice_or_fed_into_nothing(tmp_path: Path) -> None:
    more = '<model name="inner"><variables><aux name="a"><eqn>1</eqn></aux></variables></model>'
    text = aux("x", "1") + "\n" + aux("X", "2") + '\n<module name="inner"><connect to="inner.b" from="x"/></module>'
    with pytest.raises(InputError) as error:
        source(file(tmp_path, text, more=more))
    assert [problem.code for problem in error.value.problems] == ["xmile_twice", "model_reference"]
    assert "{" not in "".join(problem_line(lang, one) for lang in ("zh", "en") for one in error.value.problems)


def test_a_run_may_begin_with_another_load_but_not_take_a_part_of_a_step(tmp_path: Path) -> None:
    text = BELT.format("6", "<len>time_on_it</len>") + flow("on", "TIME") + '<flow name="off"/>'
    model = load_model(file(tmp_path, text + aux("time on it", "1.5")))
    found = model.simulate({"belt": 3})
    assert found["off"].to_numpy().tolist() == [2, 2, 2, 0, 0.5, 1, 1.5, 2, 2.5]
    assert model.simulate({"time_on_it": 2})["off"].to_numpy().tolist() == [3, 3, 3, 3, 0, 0.5, 1, 1.5, 2]
    for wrong in ({"params": {"time_on_it": 1.7}}, {"step": 0.4}):
        with pytest.raises(InputError) as error:
            model.simulate(**wrong)  # type: ignore[arg-type]
        assert [problem.values["element"] for problem in error.value.problems if "element" in problem.values] == ["off"]


ODD = [
    ("<len>clock</len>", "<len>clock</len>"),
    ("<len>1 + TIME</len>", "<len>1 + TIME</len>"),
    ("<len>1.2</len>", "<len>1.2</len>"),
    ("<capacity>4</capacity><len>2</len>", "<capacity>"),
    ("<len>2</len><in_limit>4</in_limit>", "<in_limit>"),
    ("<len>2</len><arrest>clock</arrest>", "<arrest>"),
    ("", "<conveyor>"),
]


@pytest.mark.parametrize(("inside", "what"), ODD)
def test_more_than_a_constant_transit_time_is_refused(tmp_path: Path, inside: str, what: str) -> None:
    with pytest.raises(InputError) as error:
        source(file(tmp_path, BELT.format("0", inside) + flow("on", "1") + '<flow name="off"/>'))
    problem = next(one for one in error.value.problems if one.code == "xmile_conveyor")
    assert problem.values == {"name": "belt", "construct": what}
    assert problem.place
    assert problem.place.line == 6
    assert what in problem_line("en", problem)


def test_a_leak_or_a_queue_is_refused(tmp_path: Path) -> None:
    text = BELT.format("0", "<len>2</len>").replace("</outflow>", "</outflow><outflow>out</outflow>")
    text += flow("on", "1") + '<flow name="off"/>' + flow("out", "0.1", "<leak/>")
    text += '<stock name="q"><eqn>0</eqn><queue/></stock>'
    with pytest.raises(InputError) as error:
        source(file(tmp_path, text))
    found = {(p.code, p.values["name"], p.values.get("construct")) for p in error.value.problems}
    assert found == {("xmile_conveyor", "belt", "<outflow>"), ("xmile_discrete", "out", "<leak>"),
                     ("xmile_discrete", "q", "<queue>")}


def test_what_comes_from_elsewhere_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path, "", head=HEAD + '<data><import type="CSV" resource="r.csv"/></data>')
    with pytest.raises(InputError) as error:
        source(path)
    assert [(p.code, p.values["construct"]) for p in error.value.problems] == [("xmile_construct", "<import>")]


REFUSED = [
    (aux("a", "clock + nothing"), "model_reference", "nothing"),
    (aux("a", "clock +"), "model_syntax", "…"),
    (aux("a", "clock + ???"), "xmile_unfinished", "a"),
    (aux("a", ""), "xmile_unfinished", "a"),
    (aux("a", "HISTORY(clock, 1)"), "xmile_construct", "HISTORY"),
    (aux("a", "frobnicate(clock)"), "model_function_unknown", "frobnicate"),
    (aux("a", "SMTH1(clock)"), "xmile_arguments", "SMTH1(2 / 3)"),
    ('<stock name="a"><eqn>1</eqn><oven><len>3</len></oven></stock>', "xmile_discrete", "<oven>"),
    ('<module name="none"><dimensions><dim name="R"/></dimensions></module>', "xmile_construct", "<module>"),
    ('<stock name="a"><eqn>1</eqn><inflow>missing</inflow></stock>', "model_reference", "missing"),
    ('<module name="none"/>', "xmile_construct", "<module>"),
    (aux("a", "clock[1]"), "xmile_construct", "clock[…]"),
    ('<aux name="a"><eqn>1</eqn><gf><ypts>1,2</ypts></gf></aux>', "xmile_construct", "<gf>"),
]


@pytest.mark.parametrize(("variables", "code", "what"), REFUSED)
def test_what_is_refused_has_a_name_and_a_line(tmp_path: Path, variables: str, code: str, what: str) -> None:
    with pytest.raises(InputError) as error:
        source(file(tmp_path, variables))
    problem = error.value.problems[0]
    assert problem.code == code
    assert what in problem.values.values()
    assert problem.place
    assert problem.place.line == 6
    assert "{" not in problem_line("zh", problem) + problem_line("en", problem)


def test_mistakes_found_later_stand_at_the_line_of_the_element(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        source(file(tmp_path, aux("a", "b") + aux("b", "a")))
    assert [(p.code, p.place and p.place.line) for p in error.value.problems] == [("model_loop", 6)]


def test_macros(tmp_path: Path) -> None:
    more = '<macro name="LOGB"><parm>v</parm><parm>base</parm><eqn>LN(v) / LN(base)</eqn></macro>'
    found = run(file(tmp_path, aux("a", "LOGB(8, 1 + 1) + LOGB(27, 3)"), head=HEAD + more))
    np.testing.assert_allclose(found["a"], 6.0)


BOMB = "<!DOCTYPE x [" + '<!ENTITY a "aaaaaaaaaa">' + '<!ENTITY b "&a;&a;&a;&a;">' + "]><xmile>&b;</xmile>"
FILES = [
    ("no xml", "xml_broken"),
    (BOMB, "xml_doctype"),
    ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><xmile/>', "xml_doctype"),
    ("<xmile>" + "<a>" * 200 + "</a>" * 200 + "</xmile>", "xml_too_large"),
    ("<html></html>", "xmile_root"),
    ("<xmile></xmile>", "model_control"),
    ("", "xml_broken"),
]


@pytest.mark.parametrize(("text", "code"), FILES)
def test_other_files_are_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "m.stmx"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        source(path)
    assert code in {problem.code for problem in error.value.problems}


def test_a_method_that_is_not_known(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read_text(file(tmp_path, "", head=HEAD.replace("Euler", "RK2")))
    assert [problem.code for problem in error.value.problems] == ["xmile_method"]
