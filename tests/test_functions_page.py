"""docs/functions.md: every function and construct that PySD or our models know has a row, and no row is unknown.

Run with REWRITE_DOCS=1 in the environment to write the tables anew.
"""

from __future__ import annotations

import inspect
import os
import re

import pytest
from pysd.builders.python.python_functions import functionspace
from pysd.translators.structures import abstract_expressions, abstract_model
from pysd.translators.vensim.vensim_structures import structures as vensim_structures
from pysd.translators.xmile.xmile_structures import structures as xmile_structures

from sim.model.formulas import FORMULAS
from sim.model.memory import MEMORY
from sim.model.refused import REFUSED
from tests.conforming import page
from tests.conforming.folder import CASES
from tests.conforming.rows import CLASSES, SECTIONS, SPELLED
from tests.docs_tables import ROOT

FILE = ROOT / "docs" / "functions.md"
BLOCK = re.compile(r"(?P<head><!-- functions: (?P<name>\w+) -->\n)(?P<body>.*?)(?P<tail><!-- end -->)", re.DOTALL)
ROWS = {row.name: row for rows in SECTIONS.values() for row in rows}


def renewed(name: str) -> str:
    if name == "classes":
        return page.classes()
    return page.summary() if name == "summary" else page.section(name)


def test_tables() -> None:
    before = FILE.read_text(encoding="utf-8")
    assert {block["name"] for block in BLOCK.finditer(before)} == {*SECTIONS, "classes", "summary"}
    after = BLOCK.sub(lambda block: block["head"] + renewed(block["name"]) + block["tail"], before)
    if os.environ.get("REWRITE_DOCS"):
        FILE.write_text(after, encoding="utf-8", newline="\n")
        pytest.skip("written anew")
    assert after == before, "run again with REWRITE_DOCS=1"


def test_no_row_is_unknown() -> None:
    assert len(ROWS) == sum(map(len, SECTIONS.values()))
    for row in ROWS.values():
        assert re.match(r"compiled|PySD: |refused: ", page.status(row)), row.name
        assert all((row.vensim, row.xmile, row.pysd)), row.name


def test_every_class_of_the_abstract_syntax_has_a_row() -> None:
    for module in (abstract_expressions, abstract_model):
        for name, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__:
                assert name in CLASSES, name
    assert {name for rows in CLASSES.values() for name in rows} <= ROWS.keys()


def named(name: str) -> str:
    return SPELLED.get(name) or next((row for row in ROWS if row.lower() == name.replace("_", " ").lower()), name)


@pytest.mark.parametrize("names", [functionspace, vensim_structures, xmile_structures], ids=["built", "mdl", "XMILE"])
def test_every_function_that_pysd_knows_has_a_row(names: dict[str, object]) -> None:
    assert [name for name in names if named(name) not in ROWS] == []


def test_every_function_of_ours_and_every_construct_of_the_models_has_a_row() -> None:
    ours = {*FORMULAS, *MEMORY, *REFUSED}
    assert sorted(ours - ROWS.keys()) == []
    assert sorted({name for case in CASES for name in case.shows} - ROWS.keys()) == []
