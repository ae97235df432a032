"""Models of strangers that are too large, too deep or no model: a right result, or one clear refusal in short time."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cache import Cache
from sim.cli.app import joined
from sim.engine.inputs import Grid, RunInputs
from sim.engine.trace import evaluate
from sim.errors import InputError
from sim.model.ir import Clocks, Equation, Equations, Number, Ref, Variable
from sim.model.mdl_text import MAX_BYTES
from sim.model.order import order
from sim.model.reading import read_entries, read_text
from sim.simulate.source import read_source
from tests.kernels import mdl, op

LINKS = 10_000


def refused(path: Path) -> list[tuple[str, int | None]]:
    """Codes and lines of what is wrong with a file."""
    with pytest.raises(InputError) as caught:
        read_source(path, Cache(path.parent / "cache"))
    return [(problem.code, problem.place.line if problem.place else None) for problem in caught.value.problems]


def test_a_chain_of_10000_equations_has_an_order_and_values() -> None:
    """Written from its end to its beginning."""
    names = {f"x{n}": Variable(f"x{n}", "auxiliary") for n in range(LINKS)}
    rules = [
        Equation(f"x{n}", "value", (), (), op("add", Ref(f"x{n - 1}"), 1.0) if n else Number(0.0))
        for n in reversed(range(LINKS))
    ]
    model = Equations({}, names, tuple(rules), Clocks(0.0, 1.0, 1.0, 1.0))
    assert [equation.variable for equation in order(model)] == [f"x{n}" for n in range(LINKS)]
    last = f"x{LINKS - 1}"
    assert evaluate(model, RunInputs(Grid(0.0, 1.0, 1)), [last])[last].tolist() == [LINKS - 1.0] * 2


def test_a_circle_of_10000_equations_is_told() -> None:
    names = {f"x{n}": Variable(f"x{n}", "auxiliary") for n in range(LINKS)}
    rules = tuple(Equation(f"x{n}", "value", (), (), Ref(f"x{(n + 1) % LINKS}")) for n in range(LINKS))
    with pytest.raises(InputError) as caught:
        order(Equations({}, names, rules, Clocks(0.0, 1.0, 1.0, 1.0)))
    assert [problem.code for problem in caught.value.problems] == ["model_loop"]


@pytest.mark.parametrize("bracket", ["(", "ABS("])
def test_brackets_too_deep_are_told_with_their_line(tmp_path: Path, bracket: str) -> None:
    deep = bracket * 3000 + "1" + ")" * 3000
    path = tmp_path / "m.mdl"
    path.write_text(mdl(f"s = INTEG(1, 1) ~~|\na = {deep} ~~|\nb = 2 ~~|\nc = {deep} ~~|\n"), encoding="utf-8")
    found = refused(path)
    assert [code for code, _ in found] == ["simulate_deep"] * 2
    assert found[0][1] is not None
    assert found[0] != found[1]


TWICE = "".join(f":MACRO: m{n}(x)\nm{n} = m{n - 1}(x) + m{n - 1}(x) ~~|\n:END OF MACRO:\n" for n in range(1, 31))
GROWS = "".join(f":MACRO: m{n}(x)\nm{n} = m{n - 1}(x + x) ~~|\n:END OF MACRO:\n" for n in range(1, 31))
LAST = ":MACRO: m0(x)\nm0 = x ~~|\n:END OF MACRO:\n"


@pytest.mark.parametrize(
    ("macros", "call", "code"),
    [
        (LAST + TWICE, "m30(1)", "model_macro_size"),
        (LAST + GROWS, "m30(1)", "model_macro_size"),
        (":MACRO: m(x)\nm = m(x) + m(x) ~~|\n:END OF MACRO:\n", "m(1)", "model_macro_deep"),
    ],
)
def test_macros_that_double_are_refused_once(macros: str, call: str, code: str) -> None:
    """2^30 calls, 2^30 numbers in an argument, and a macro that calls itself."""
    with pytest.raises(InputError) as caught:
        read_entries(f"{macros}s = INTEG({call}, 1) ~~|\n", Path("m.mdl"))
    assert [problem.code for problem in caught.value.problems] == [code]
    assert caught.value.problems[0].values["name"] == "s"


def test_calls_inside_calls_do_not_double() -> None:
    text = ":MACRO: m(x)\nm = x + x ~~|\n:END OF MACRO:\ns = INTEG(" + "m(" * 30 + "1" + ")" * 30 + ", 1) ~~|\n"
    assert len(read_entries(text, Path("m.mdl"))[0]) == 31


def test_a_file_of_50_mb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.mdl"
    with path.open("wb") as file:
        file.truncate(10 * MAX_BYTES)
    assert refused(path) == [("model_too_large", None)]


HEAD = (
    '<?xml version="1.0"?>\n{}<xmile><sim_specs><start>0</start><stop>4</stop></sim_specs><model><variables>\n'
    "<stock name='s'><eqn>1</eqn></stock>\n"
)
TAIL = "</variables></model></xmile>"
LAUGHS = "<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in ("ab", "bc", "cd", "de", "ei"))


@pytest.mark.parametrize(
    ("before", "inside", "found"),
    [
        (f"<!DOCTYPE x [{LAUGHS}]>\n", "<aux name='y'><eqn>&i;</eqn></aux>", [("xml_doctype", 2)]),
        ("<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/hostname'>]>\n", "<aux name='y'><eqn>&y;</eqn></aux>",
         [("xml_doctype", 2)]),
        ("", "<aux name='y'><eqn>&y;</eqn></aux>", [("xml_broken", 4)]),
        ("", "<a>" * 100_000 + "</a>" * 100_000, [("xml_too_large", 4)]),
        ("", "<aux name='y'><eqn>???</eqn></aux>\n<aux name='z'><eqn>hop(1)</eqn></aux>\n<aux name='u'/>\n"
         f"<aux name='v'><eqn>w + 1</eqn></aux>\n<aux name='t'><eqn>{'(' * 5000}1{')' * 5000}</eqn></aux>",
         [("xmile_unfinished", 4), ("model_function_unknown", 5), ("xmile_unfinished", 6), ("model_reference", 7),
          ("xmile_construct", 8)]),
    ],
    ids=["billion laughs", "external entity", "unknown entity", "deep", "unfinished"],
)  # fmt: skip
def test_xmile(tmp_path: Path, before: str, inside: str, found: list[tuple[str, int]]) -> None:
    path = tmp_path / "m.xmile"
    path.write_text(HEAD.format(before) + inside + TAIL, encoding="utf-8")
    assert refused(path) == found


@pytest.mark.parametrize("raw", [b"", b"no XML at all\n", b"PK\x03\x04\x00\xff", b"<?xml version='1.0'?><xmile>"])
def test_a_stmx_that_is_no_xml(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "m.stmx"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        read_text(path)
    assert [problem.code for problem in caught.value.problems] == ["xml_broken"]


def test_the_command_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.stmx").write_text("no XML at all", encoding="utf-8")
    with pytest.raises(SystemExit) as caught:
        joined()(["simulate", "m.stmx", "--output", "r.csv", "--lang", "en"], prog_name="sim")
    assert caught.value.code == 2
    assert "m.stmx:1: the file is no valid XML" in capsys.readouterr().err
    assert not Path("r.csv").exists()
