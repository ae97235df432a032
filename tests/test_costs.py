"""Costs: money by year, what a point of progress costs, when the fund runs dry; in every table that shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xarray as xr

from sim import dims
from sim.costs import Costs, Gain, Spent, count_costs
from sim.errors import InputError
from sim.outputs_spec import read_outputs
from sim.report.columns import WIDTH
from sim.report.cost_tables import ITEMS, comparison_costs, cost_sentence, write_costs_csv
from sim.report.width import cells
from sim.report.workbook import write_summary
from sim.targets.evaluate import evaluate_targets, progress_without_policy
from sim.targets.spec import read_targets
from sim.targets.target import Target
from sim.words.catalogue import Language, problem_line
from tests.datasets import BUNDLE, synthetic_results
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

YEARS = range(2015, 2022)
ROLES = {"spent": "public_cost", "own": "private_cost", "cover": "fund_cover"}


def run(parks: Sequence[float], spent: float = 0.0, own: float = 0.0, cover: Sequence[float] = ()) -> xr.Dataset:
    """Two parks whose output of 2015 is 100 and grows by equal steps to ``parks`` in 2020; money each year."""
    passed = np.arange(len(YEARS))
    made = {"x": ((dims.RUN, dims.PARK, dims.TIME), np.array([[50 + (end - 50) / 5 * passed for end in parks]]))}
    made |= {"spent": ((dims.RUN, dims.TIME), spent * passed[None]), "own": ((dims.RUN, dims.TIME), own * passed[None])}
    if cover:
        made["cover"] = ((dims.RUN, dims.TIME), np.array([cover]))
    coords = {dims.RUN: [0], dims.PARK: ["P1", "P2"], dims.TIME: list(YEARS)}
    results = xr.Dataset(made, coords)
    for name in results.data_vars:
        results[str(name)].attrs = {"units": "1e8 CNY", "units_zh": "亿元", "kind": "stock"}
        if name in ROLES:
            results[str(name)].attrs["role"] = ROLES[str(name)]
    return results


def row(id_: str, bar: float, expression: str = "sum(x)", more: str = "") -> str:
    texts = "".join(
        f'{key} = "y"\n' for key in ("name_zh", "name_en", "scope_zh", "scope_en", "unit_zh", "unit_en", "plan_place",
                                     "source", "restatement_zh", "restatement_en")
    )  # fmt: skip
    return (f'[[target]]\nid = "{id_}"\ngroup = "g"\nwording = "reach"\nform = "level"\ncomparator = ">="\n'
            f'target = {bar}\nbasis = "model"\nexpression = "{expression}"\n{texts}{more}')  # fmt: skip


def targets(folder: Path, *rows: str) -> tuple[Target, ...]:
    path = folder / "targets.toml"
    path.write_text('[group.g]\nname_zh = "a"\nname_en = "a"\nplace = "b"\n' + "".join(rows), encoding="utf-8")
    return read_targets(path, ["x", "spent", "own", "cover"])


def counted(
    known: tuple[Target, ...], on: xr.Dataset, off: xr.Dataset | None, levers: Mapping[str, object] | None = None
) -> Costs:
    costs = count_costs(on, off, evaluate_targets(on, known, levers or {}), known)
    assert costs is not None
    return costs


def test_money_is_added_up_from_2016_to_the_target_year(tmp_path: Path) -> None:
    known = targets(tmp_path, row("A", 200))
    costs = counted(known, run((75, 75), spent=3.0, own=2.0), run((60, 60), own=0.5))
    assert costs.public is not None
    assert costs.private is not None
    assert costs.public.by_year == dict.fromkeys(range(2016, 2022), 3.0)
    assert (costs.public.total, costs.public.yearly, costs.public.added) == (15.0, 3.0, 15.0)
    assert (costs.private.total, costs.private.added) == (10.0, 7.5)
    assert costs.exhausted is None
    assert costs.unit_zh == "亿元"


def test_a_point_is_a_point_of_the_way_from_base_to_bar(tmp_path: Path) -> None:
    """A: from 20 to 50 % of the way. B: from 50 to 100 %, capped. C holds at the base. D falls from 10 to 0 %."""
    falling = row("D", 200, "larger(100 + (sum(x) - 100) * (135 - sum(x)) / 30, 60)")
    known = targets(tmp_path, row("A", 200), row("B", 140), row("C", 90), falling)
    on, off = run((75, 75), spent=4.0), run((60, 60))
    costs = counted(known, on, off)
    gains = {id_: round(gain.points, 9) for id_, gain in costs.gains.items()}
    assert gains == {"A": 30.0, "B": 50.0, "D": -10.0}
    assert costs.points == pytest.approx(70.0)
    assert costs.per_point == pytest.approx(20.0 / 70.0)
    assert costs.per_target == {"A": pytest.approx(20.0 / 30.0), "B": pytest.approx(20.0 / 50.0)}


def test_progress_without_policy_is_that_of_the_rows() -> None:
    results = synthetic_results(parks=8)
    known = read_targets(BUNDLE / "targets.toml", read_outputs(BUNDLE / "outputs.toml"))
    rows = evaluate_targets(results, known, {})
    assert progress_without_policy(results, known) == {row.id: row.progress_pct for row in rows}


def test_a_target_that_a_lever_sets_is_no_gain(tmp_path: Path) -> None:
    known = targets(tmp_path, row("A", 200), row("B", 200, more='imposed_by = ["p.q"]\n'))
    on, off = run((75, 75), spent=4.0), run((60, 60))
    assert set(counted(known, on, off).gains) == {"A", "B"}
    assert set(counted(known, on, off, {"p.q": True}).gains) == {"A"}


@pytest.mark.parametrize(
    ("on", "off"),
    [
        (run((60, 60), spent=4.0), run((60, 60))),  # nothing gained
        (run((55, 55), spent=4.0), run((60, 60))),  # lost
        (run((75, 75)), run((60, 60))),  # nothing spent
        (run((75, 75), spent=4.0), None),  # nothing to compare with
    ],
)
def test_without_gain_or_cost_there_is_a_dash(tmp_path: Path, on: xr.Dataset, off: xr.Dataset | None) -> None:
    costs = counted(targets(tmp_path, row("A", 200)), on, off)
    assert costs.per_point is None
    assert not costs.per_target
    assert cost_sentence(costs, "zh").endswith("财政支出:-。")
    assert cost_sentence(costs, "en").endswith("of progress: -.")


def test_no_cost_recorded_no_costs(tmp_path: Path) -> None:
    known = targets(tmp_path, row("A", 200))
    results = run((75, 75), spent=4.0).drop_vars(["spent", "own"])
    assert count_costs(results, None, evaluate_targets(results, known, {}), known) is None


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        ((1, 1, 1, 1, 1, 1, 0.5), None),  # after the target year
        ((0.5, 1, 0.996, 1, 1, 1, 1), None),
        ((1, 1, 0.9, 0.7, 0.8, 1, 1), (2017, 2018, 0.7)),
    ],
)
def test_when_the_fund_runs_dry(tmp_path: Path, cover: Sequence[float], expected: object) -> None:
    costs = counted(targets(tmp_path, row("A", 200)), run((75, 75), spent=4.0, cover=cover), run((60, 60)))
    assert costs.exhausted == expected
    told = cost_sentence(costs, "zh")
    assert ("资金自2017年起不足,最紧的2018年只够所需的70%" in told) == (expected is not None)


COSTS = Costs(
    Spent({2016: 1.0, 2017: 2.0, 2018: 3.0, 2019: 4.0, 2020: 5.0, 2021: 6.0}, 15.0, 12.0),
    Spent({2016: 1.0, 2020: 1.5}, 2.5, 2.5),
    {2015: 1.0, 2016: 1.0, 2017: 0.9, 2018: 1.0, 2019: 1.0, 2020: 0.75},
    {"T01": Gain(10.0, 14.0), "T03": Gain(50.0, 50.5), "T06": Gain(20.0, 19.0)},
    "亿元", "1e8 CNY",
)  # fmt: skip


def test_costs_csv_holds_every_number_with_unit_and_name(tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    write_costs_csv(path, COSTS, "plan", "plan-1a2b3c")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert {line["item"] for line in lines} == set(ITEMS)
    order = [ITEMS.index(line["item"]) for line in lines]
    assert order == sorted(order)
    by_key = {(line["item"], line["target"], line["year"]): line for line in lines}
    assert float(by_key["public_cost", "", "2021"]["value"]) == 6.0
    assert float(by_key["cost_per_point", "", ""]["value"]) == pytest.approx(12.0 / 3.5)
    assert float(by_key["cost_per_point", "T01", ""]["value"]) == 3.0
    assert ("cost_per_point", "T03", "") not in by_key
    assert ("fund_cover", "", "2015") not in by_key
    assert all(line[key] for line in lines for key in ("unit_zh", "unit_en", "name_zh", "name_en", "run_id"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_scenarios_side_by_side(lang: Language) -> None:
    name = "一个名称很长很长的情景" * 6
    told = comparison_costs({"A": COSTS, name: COSTS, "C": None}, lang)
    lines = told.splitlines()
    assert all(cells(line) <= WIDTH for line in lines)
    assert lines[-3].split() == ["A", "15", "-", "2.50", "3.50", "3.43", "2017"]
    assert lines[-2].split()[1:] == ["15", "0", "2.50", "3.50", "3.43", "2017"]
    assert lines[-1].split() == ["C", "-", "-", "-", "-", "-", "-"]
    assert comparison_costs({"A": None}, "zh") == ""


@pytest.mark.parametrize(("lang", "tab"), [("zh", "成本"), ("en", "Costs")])
def test_sheet_of_costs(tmp_path: Path, lang: Language, tab: str) -> None:
    path = tmp_path / "s.xlsx"
    results = synthetic_results(parks=5)
    write_summary(path, [], results, [], {}, lang, COSTS)
    sheet = openpyxl.load_workbook(path)[tab]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    assert next(line for line in lines if line[2:7] == [1, 2, 3, 4, 5])[7:10] == [15, 3, 12]
    assert next(line for line in lines if line[1] == "T01")[2:6] == [10, 14, 4, 3]
    assert next(line for line in lines if line[1] == "T03")[2:6] == [50, 50.5, 0.5, None]
    write_summary(path, [], results, [], {}, lang, None)
    assert tab not in openpyxl.load_workbook(path).sheetnames


def test_a_run_tells_its_costs_everywhere(place: Workplace) -> None:
    ran = place.sim("run", "scenarios/plan.toml", "--no-plots")
    assert ran.code == 0, ran.err
    told = next(line for line in ran.out.splitlines() if line.startswith("Cost of the policies"))
    again = place.sim("targets", "outputs/plan")
    assert told in again.out
    folder = place.folder / "outputs" / "plan"
    lines = list(csv.DictReader(io.StringIO((folder / "costs.csv").read_text("utf-8-sig"))))
    total = float(next(line["value"] for line in lines if line["item"] == "public_total"))
    yearly = [float(line["value"]) for line in lines if line["item"] == "public_cost" and int(line["year"]) <= 2020]
    assert total == pytest.approx(sum(yearly))
    assert total > 0
    assert "Costs" in openpyxl.load_workbook(folder / "summary.xlsx").sheetnames
    compared = place.sim("compare", "scenarios/baseline.toml", "scenarios/plan.toml", "--no-plots")
    assert compared.code == 0, compared.err
    assert "Cost of the policies by scenario" in compared.out
    table = (place.folder / "outputs" / "compare-baseline-plan" / "comparison.csv").read_text("utf-8-sig")
    found = [line for line in csv.DictReader(io.StringIO(table)) if line["id"] == "public_total"]
    assert [line["scenario"] for line in found] == ["baseline", "plan"]
    assert float(found[1]["value_2020"]) == total
    assert float(found[1]["difference"]) == pytest.approx(total - float(found[0]["value_2020"]))


def test_shipped_outputs_have_their_roles() -> None:
    roles = {output.role: output for output in read_outputs(BUNDLE / "outputs.toml").values() if output.role}
    assert {"public_cost", "private_cost"} <= set(roles)


OUTPUT = '[[output]]\nname = "{name}"\nvariable = "v"\ndims = {dims}\nunits = "{units}"\nunits_zh = "u"\n' \
    'name_en = "n"\nname_zh = "n"\nkind = "{kind}"\nrole = "{role}"\n'  # fmt: skip


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"role": "public_cost"}, "output_role_twice"),
        ({"dims": '["park"]'}, "output_role_dims"),
        ({"kind": "rate"}, "output_role_kind"),
        ({"role": "fund_cover"}, "output_role_kind"),
        ({"units": "1e4 CNY"}, "output_role_units"),
    ],
)
def test_a_role_is_for_one_number_a_year(tmp_path: Path, second: Mapping[str, str], code: str) -> None:
    usual = {"name": "a", "dims": "[]", "units": "1e8 CNY", "kind": "stock", "role": "public_cost"}
    other = {**usual, "name": "b", "role": "private_cost", **second}
    path = tmp_path / "outputs.toml"
    path.write_text(OUTPUT.format(**usual) + OUTPUT.format(**other), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_outputs(path)
    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.place is not None
    assert problem.place.line == 20
    assert "role = " in problem_line("zh", problem)
    assert "role = " in problem_line("en", problem)
