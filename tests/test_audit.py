"""What a bundle must say about itself: `sim check` refuses what is unexplained, all at once, and `sim run` does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.audit import audit
from sim.starter.source import bundle_folder
from tests.workplace import Workplace, keep_targets, started

__all__ = ["started"]

GROUP = "*" * 56 + "\n\t.Control"
UNEXPLAINED = """\
still = INTEG(0, 5)
	~	km2
	~	静止. A stock that nothing fills.
	|

nameless = still * 2
	~	km2
	~	Twice as much.
	|

unitless = still * 3
	~
	~	三倍. Three times as much.
	|

meaningless = still * 4
	~	km2
	~	四倍.
	|

silent = still * 5 ~~|

"""


def test_the_shipped_bundle_explains_itself() -> None:
    assert audit(bundle_folder()) == []


@pytest.fixture(scope="module")
def broken(started: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    place = started.copy(tmp_path_factory.mktemp("说明") / "测算")
    keep_targets(place, "T01", "T23")
    change(place, "park.mdl", GROUP, UNEXPLAINED + GROUP)
    change(place, "parameters.toml", 'source = "assumed; no source found"', 'source = "  "')
    change(place, "targets.toml", 'expression = "sum(gdp)', 'expression = "sum(gpd)')
    change(place, "loops.toml", '["vacant land", "+"]', '["vacant lands", "+"]')
    return place


def change(place: Workplace, name: str, old: str, new: str) -> None:
    path = place.bundle / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_check_tells_everything_at_once(broken: Workplace) -> None:
    before = broken.hashes()
    result = broken.sim("check", "scenarios/plan.toml")
    assert result.code == 2
    assert result.out == ""
    model = (broken.bundle / "park.mdl").read_text(encoding="utf-8")
    for name, told in {
        "still": "has no flow",
        "nameless": "has no Chinese name",
        "unitless": "has no unit",
        "meaningless": "has no meaning",
        "silent": "has no unit",
    }.items():
        line = model[: model.index(f"\n{name} =")].count("\n") + 2
        assert any(f"park.mdl:{line}: " in one and f"'{name}'" in one and told in one for one in result.lines), name
    for told in ("parameters.toml:", "targets.toml:", "loops.toml:"):
        assert any(told in one for one in result.lines), told
    assert any("did you mean 'vacant land'?" in one for one in result.lines)
    assert any("did you mean 'gdp'?" in one for one in result.lines)
    assert broken.hashes() == before


def test_in_chinese(broken: Workplace) -> None:
    result = broken.sim("check", "scenarios/plan.toml", lang="zh")
    assert any("没有中文名" in one for one in result.lines)
    assert any("没有流量" in one for one in result.lines)


def test_the_page_is_refused_too_and_nothing_written(broken: Workplace) -> None:
    before = broken.hashes()
    result = broken.sim("docs", "--output", "model.html")
    assert result.code == 2
    assert sum("park.mdl:" in one for one in result.lines) >= 5
    assert broken.hashes() == before


def test_a_lever_that_acts_without_policy(tmp_path: Path, started: Workplace) -> None:
    place = started.copy(tmp_path / "测算")
    change(place, "park.mdl", "\npromotion effort = 0\n", "\npromotion effort = 0.2\n")
    result = place.sim("check", "scenarios/plan.toml")
    assert result.code == 2
    (told,) = [line for line in result.lines if "park.mdl:" in line]
    assert "'promotion effort' is 0.2" in told
    assert "investment_promotion.effort does nothing at 0 " in told


def test_a_unit_that_differs_from_the_parameter(tmp_path: Path, started: Workplace) -> None:
    place = started.copy(tmp_path / "测算")
    change(place, "parameters.toml", 'units = "1/Year"', 'units = "1/Month"')
    (problem,) = audit(place.bundle)
    assert (problem.code, problem.values["parameter"]) == ("parameter_unit", "1/Month")
