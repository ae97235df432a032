"""No text of a stranger's model file becomes code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cache import Cache
from sim.engine.pysd_engine import translated
from sim.errors import InputError
from sim.model.mdl_text import bind_text

CONTROL = (
    "\n********************************************************\n\t.Control\n"
    "********************************************************~\n\t\tx\n\t|\n"
    + "".join(f"\n{name}  = 1\n\t~\t\n\t~\t\n\t|\n" for name in ("FINAL TIME", "INITIAL TIME", "SAVEPER", "TIME STEP"))
)
PAYLOADS = [
    "' or __import__('os').mkdir('EVIL') or 'b",
    "' and __import__(\"os\").mkdir(\"EVIL\") and '",
    '"""\nimport os\nos.mkdir("EVIL")\n"""',
    "'''\nimport os\nos.mkdir('EVIL')\n'''",
    'x"); __import__("os").mkdir("EVIL"); ("',
    "x\\",
    "x\\\"); __import__('os').mkdir('EVIL') #",
    "{__import__('os').mkdir('EVIL')}",
    "%(identifier)s",
    "a\rimport os; os.mkdir('EVIL')",
    "a\u2028import os",
    "__import__('os').mkdir('EVIL')",
]
POSITIONS = {
    "units": "m: a, b ~~|\ns = INTEG(1, 1) ~ {0} ~ |\ny[a] = s ~~|\ny[b] = 1 ~~|\n",
    "documentation": "m: a, b ~~|\ns = INTEG(1, 1) ~ ~ {0} |\ny[a] = s ~~|\ny[b] = 1 ~~|\n",
    "name": "{0} = 1 ~~|\ns = INTEG({0}, 1) ~~|\n",
    "quoted name": '"{0}" = 1 ~~|\ns = INTEG("{0}", 1) ~~|\n',
    "range": "{0}: a, b ~~|\ns = INTEG(1, 1) ~~|\ny[a] = s ~~|\ny[b] = 1 ~~|\n",
    "quoted range": '"{0}": a, b ~~|\ns = INTEG(1, 1) ~~|\ny[a] = s ~~|\ny[b] = 1 ~~|\n',
    "label": 'm: a, "{0}" ~~|\ns = INTEG(1, 1) ~~|\ny[a] = s ~~|\ny["{0}"] = 1 ~~|\n',
    "left side": 'm: a, b ~~|\ns = INTEG(1, 1) ~~|\ny["{0}"] = s ~~|\n',
    "exception": 'm: a, b ~~|\ns = INTEG(1, 1) ~~|\ny[m] :EXCEPT: ["{0}"] = s ~~|\n',
    "function": 's = INTEG("{0}"(1), 1) ~~|\n',
    "right side": "s = INTEG(1, {0}) ~~|\n",
    "group": "s = INTEG(1, 1) ~~|\n*****\n\t.{0}\n*****~\n\t\t{0}\n\t|\n",
}
HARMLESS = """
m: a, b ~~|
s = INTEG(1, 1) ~~|
y[a] = s ~~|
y[b] = 1 ~~|
z[m] :EXCEPT: [a] = s ~~|
z[a] = 2 ~~|
"""


@pytest.mark.parametrize("position", POSITIONS)
def test_no_text_of_a_model_becomes_code(position: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either refused, or the program made of it imports and calls nothing that a harmless model doesn't."""
    monkeypatch.chdir(tmp_path)
    harmless = calls(HARMLESS, tmp_path)
    for payload in PAYLOADS:
        try:
            found = calls(POSITIONS[position].format(payload), tmp_path)
        except InputError:
            continue
        assert found <= harmless, payload
    assert not (tmp_path / "EVIL").exists()


def test_a_function_that_nobody_knows_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        calls("s = INTEG(LOOKUP OF NOTHING(1), 1) ~~|\n", tmp_path)
    assert [dict(problem.values) for problem in caught.value.problems] == [{"function": "LOOKUP OF NOTHING"}]


def calls(text: str, folder: Path) -> set[str]:
    """Everything that the translation of a model imports, calls or looks up; translating also loads it."""
    made = translated(bind_text("{UTF-8}\n" + text + CONTROL, Path("m.mdl"), ["P1"]), Cache(folder / "cache"))
    tree = ast.parse(made.decode())
    nodes = list(ast.walk(tree))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom | ast.Import) for alias in node.names}
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    defined = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return imported | (called - defined)


@settings(max_examples=150)
@given(*[st.text(st.characters(exclude_characters="|~", exclude_categories=["Cs"]), max_size=40)] * 3)
def test_units_documentation_and_groups_leave_no_trace(units: str, told: str, group: str) -> None:
    group = group.replace("\n", " ").replace("*", "")
    plain = "g: a, b ~ ~ |\nx[g] = 1, 2 ~ ~ |\ny = 3 ~ ~ |\n"
    odd = f"g: a, b ~ {units} ~ {told} |\n***\n\t.x{group}\n***~\n\t\tx\n\t|\n"
    odd += f"x[g] = 1, 2 ~ {units} ~ {told} |\ny = 3 ~ ~ {told} |\n"
    assert bind_text(odd, Path("m.mdl"), ["P1"]) == bind_text(plain, Path("m.mdl"), ["P1"])
