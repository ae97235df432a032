"""Published values of single zones against the ranges of the reconstructions."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.reconstruct.draw import drawn
from sim.reconstruct.evidence import COLUMNS, FILE, SEED, Evidence, read_evidence, weighed
from sim.reconstruct.ground import ground_of
from sim.reconstruct.redraw import table_draw
from sim.reconstruct.source import FILES, read_source
from sim.report.width import cells
from tests.datasets import BUNDLE
from tests.workplace import Workplace

SOURCE = read_source(BUNDLE)
GROUND = ground_of(SOURCE)
OUTPUT = Evidence("P01", "output", False, 355.0, "1e8 CNY", 2014, "", "somewhere", "low", "")


def one(evidence: Evidence, draws: int = 12) -> tuple[float, float, float, str]:
    (found,) = weighed(GROUND, [evidence], draws)
    return found.p05, found.p50, found.p95, found.fit


def values(draws: int = 12) -> np.ndarray:
    at = [zone.id for zone in SOURCE.zones].index("P01")
    return np.array([float(drawn(GROUND, table_draw(GROUND, SEED, t))["output"][at]) for t in range(draws)])


def test_ranges_are_quantiles_of_the_draws() -> None:
    assert one(OUTPUT)[:3] == pytest.approx(np.quantile(values(), [0.05, 0.5, 0.95]).tolist())


def test_where_a_value_lies() -> None:
    low, _, high, _ = one(OUTPUT)
    assert one(replace(OUTPUT, value=0.99 * low))[3] == "below"
    assert one(replace(OUTPUT, value=1.01 * low))[3] == "inside"
    assert one(replace(OUTPUT, value=1.01 * high))[3] == "above"
    assert one(replace(OUTPUT, value=0.99 * low, at_least=True))[3] == "inside"
    assert one(replace(OUTPUT, value=1.01 * high, at_least=True))[3] == "above"


def test_ratios_leagues_and_the_largest_industry() -> None:
    ratio = one(replace(OUTPUT, scope="league:ordos", column="iva/output"), 4)
    assert 0.2 < ratio[0] <= ratio[2] < 0.4
    whole = one(replace(OUTPUT, scope="league:ordos"), 4)
    assert whole[1] > one(replace(OUTPUT, scope="P07"), 4)[1]
    largest = one(replace(OUTPUT, scope="P36", column="share_largest"), 4)
    assert 0.5 < largest[1] < 1.0


def test_what_does_not_fit_comes_first() -> None:
    found = weighed(GROUND, read_evidence(BUNDLE / FILE, SOURCE), 20)
    fits = [w.fit == "inside" for w in found]
    assert fits == sorted(fits)
    years = [abs(w.evidence.year - 2015) for w in found if w.fit != "inside"]
    assert years == sorted(years)
    assert all(w.p05 <= w.p50 <= w.p95 for w in found)


def test_every_value_has_an_address() -> None:
    for evidence in read_evidence(BUNDLE / FILE, SOURCE):
        assert evidence.source.startswith("http"), evidence
        assert evidence.reliability
        assert 2000 <= evidence.year <= 2025


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (*FILES, FILE, "columns.toml"):
        shutil.copy(BUNDLE / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("P99,output,value,1,1e8 CNY,2014,,x,low,", "reconstruction_scope"),
        ("P01,outptu,value,1,1e8 CNY,2014,,x,low,", "reconstruction_word"),
        ("P01,output/outptu,value,1,1,2014,,x,low,", "reconstruction_word"),
        ("P01,output,value,-1,1e8 CNY,2014,,x,low,", "reconstruction_number"),
        ("P01,output,value,,1e8 CNY,2014,,x,low,", "reconstruction_number"),
        ("P01,output,more,1,1e8 CNY,2014,,x,low,", "reconstruction_word"),
        ("P01,output,value,1,1e8 CNY,2014,maybe,x,low,", "reconstruction_word"),
        ("P01,output,value,1,1e8 CNY,2014,,,low,", "reconstruction_blank"),
        ("P36,output,value,355,1e8 CNY,2015,,x,medium,", "evidence_kept"),
        ("P36,tax/output,value,0.09,1,2015,,x,medium,", "evidence_kept"),
    ],
)
def test_mistakes_are_told_with_their_line(copied: Path, row: str, code: str) -> None:
    wrong = "P01,nothing,value,1,1,2014,,x,low,"
    (copied / FILE).write_text("\n".join([",".join(COLUMNS), row, wrong]) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_evidence(copied / FILE, SOURCE)
    found = [(p.code, p.place.line) for p in caught.value.problems if p.place]
    assert (code, 2) in found
    assert ("reconstruction_word", 3) in found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_table_on_the_screen(copied: Path, lang: str) -> None:
    head, *rows = (copied / FILE).read_text(encoding="utf-8").splitlines()
    (copied / FILE).write_text("\n".join([head, *rows[::6]]) + "\n", encoding="utf-8")
    told = Workplace(copied).sim("parks", "--evidence", ".", lang=lang)
    assert told.code == 0, told.err
    told.out.encode("gbk")
    assert all(cells(line) <= 100 for line in told.out.splitlines())
    listed = told.out.split("\n\n")[0].splitlines()[2:]
    assert len(listed) == len(rows[::6])


def test_evidence_takes_no_options_of_a_draw(copied: Path) -> None:
    told = Workplace(copied).sim("parks", "--evidence", ".", "--seed", 3)
    assert told.code == 2
    assert "--seed has no effect without --reconstruct" in told.err
