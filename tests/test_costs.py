"""Costs: money by year, what a point of progress costs, when the fund runs dry; in every table that shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import chdir
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import openpyxl
import pytest
import xarray as xr

from sim import dims
from sim.bundle import load_bundle
from sim.costs import Costs, Gain, PolicyCost, Spent, count_costs
from sim.errors import InputError
from sim.outputs_spec import Role, read_outputs
from sim.report.columns import WIDTH
from sim.report.cost_tables import ITEMS, compared_rows, comparison_costs, cost_sentence, write_costs_csv
from sim.report.policy_tables import COLUMNS, write_policies_csv
from sim.report.width import cells
from sim.report.workbook import write_comparison, write_summary
from sim.results import build
from sim.study import Prepared, prepare
from sim.targets.evaluate import evaluate_targets, progress_without_policy
from sim.targets.spec import read_targets
from sim.targets.target import Target
from sim.words.catalogue import Language, problem_line
from tests.datasets import BUNDLE, synthetic_results
from tests.target_rows import sample_rows
from tests.workplace import Workplace, place, started

__all__ = ["place", "started"]

YEARS = range(2015, 2022)
ROLES = {
    "spent": "public_cost", "own": "private_cost", "cover": "fund_cover", "asks": "policy_asked", "gets": "policy_paid",
}  # fmt: skip
Money = Mapping[str, tuple[float, float]]


def run(
    parks: Sequence[float], spent: float = 0.0, own: float = 0.0, cover: Sequence[float] = (), by: Money | None = None
) -> xr.Dataset:
    """Two parks whose output of 2015 is 100 and grows by equal steps to ``parks`` in 2020; money each year.

    ``by`` is what each policy asks for and gets in a year.
    """
    passed = np.arange(len(YEARS))
    made = {"x": ((dims.RUN, dims.PARK, dims.TIME), np.array([[50 + (end - 50) / 5 * passed for end in parks]]))}
    made |= {"spent": ((dims.RUN, dims.TIME), spent * passed[None]), "own": ((dims.RUN, dims.TIME), own * passed[None])}
    if cover:
        made["cover"] = ((dims.RUN, dims.TIME), np.array([cover]))
    coords: dict[str, object] = {dims.RUN: [0], dims.PARK: ["P1", "P2"], dims.TIME: list(YEARS)}
    if by:
        for place, name in enumerate(("asks", "gets")):
            values = np.array([money[place] * passed for money in by.values()])
            made[name] = ((dims.RUN, dims.POLICY, dims.TIME), values[None])
        coords |= {dims.POLICY: list(by)}
        coords |= {f"policy_{lang}": (dims.POLICY, [f"{lang} {key}" for key in by]) for lang in ("zh", "en")}
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


def every(value: float) -> Spent:
    return Spent(dict.fromkeys(range(2016, 2022), value), 5 * value, None)


COSTS = Costs(
    Spent({2016: 1.0, 2017: 2.0, 2018: 3.0, 2019: 4.0, 2020: 5.0, 2021: 6.0}, 15.0, 12.0),
    Spent({2016: 1.0, 2020: 1.5}, 2.5, 2.5),
    {2015: 1.0, 2016: 1.0, 2017: 0.9, 2018: 1.0, 2019: 1.0, 2020: 0.75},
    {"T01": Gain(10.0, 14.0), "T03": Gain(50.0, 50.5), "T06": Gain(20.0, 19.0)},
    "亿元", "1e8 CNY",
    (
        PolicyCost("r", "甲", "first", every(4.0), every(3.0)),
        PolicyCost("s", "乙", "second", every(0.0), every(0.0)),
        PolicyCost("t", "丙", "third", every(2.0), every(1.0)),
    ),
)  # fmt: skip


POLICIES = {"a.b": (4.0, 3.0), "c": (0.0, 0.0), "d": (2.0, 1.5)}


def test_money_by_policy_adds_up_to_the_public_cost(tmp_path: Path) -> None:
    costs = counted(targets(tmp_path, row("A", 200)), run((75, 75), spent=4.5, by=POLICIES), run((60, 60)))
    assert costs.public is not None
    assert costs.paid is not None
    assert costs.shortfall is not None
    assert (costs.paid.by_year, costs.paid.total) == (costs.public.by_year, costs.public.total)
    assert [(one.key, one.name_en, one.asked.total, one.paid.total, one.asks) for one in costs.policies] == [
        ("a.b", "en a.b", 20.0, 15.0, True), ("c", "en c", 0.0, 0.0, False), ("d", "en d", 10.0, 7.5, True),
    ]  # fmt: skip
    assert costs.shortfall.by_year == dict.fromkeys(range(2016, 2022), 1.5)
    assert costs.shortfall.total == 7.5


@pytest.mark.parametrize(
    ("spent", "by", "told"),
    [
        (4.5, POLICIES, "财政支出22.5(年均4.50,其中zh a.b最多,占66.7%)"),
        (3.0, {"a": (4.0, 3.0), "b": (0.0, 0.0)}, "财政支出15(年均3)"),  # one alone: all of it is its
        (0.0, {"a": (0.0, 0.0), "b": (0.0, 0.0)}, "财政支出0(年均0)"),
        (3.0, None, "财政支出15(年均3)"),
    ],
)
def test_the_line_names_the_policy_that_takes_most(tmp_path: Path, spent: float, by: Money | None, told: str) -> None:
    costs = counted(targets(tmp_path, row("A", 200)), run((75, 75), spent=spent, by=by), run((60, 60)))
    assert told in cost_sentence(costs, "zh")
    assert (costs.shortfall is None) == (by is None)


def test_a_bundle_that_records_half_of_it_has_no_money_by_policy(tmp_path: Path) -> None:
    known = targets(tmp_path, row("A", 200))
    results = run((75, 75), spent=4.5, by=POLICIES).drop_vars("gets")
    assert counted(known, results, run((60, 60))).policies == ()


def test_the_line_tells_how_much_is_missing(tmp_path: Path) -> None:
    short = run((75, 75), spent=4.5, cover=(1, 0.75, 0.75, 0.75, 0.75, 0.75, 1), by=POLICIES)
    costs = counted(targets(tmp_path, row("A", 200)), short, run((60, 60)))
    assert "资金自2016年起不足(累计缺口7.50)" in cost_sentence(costs, "zh")
    assert "falls short from 2016 on by 7.50 in all" in cost_sentence(costs, "en")


def test_costs_by_policy_is_a_table_of_years_and_sums(tmp_path: Path) -> None:
    path = tmp_path / "costs_by_policy.csv"
    write_policies_csv(path, COSTS, "plan", "plan-1a2b3c")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert tuple(lines[0]) == COLUMNS
    assert [line["policy"] for line in lines] == ["r"] * 7 + ["t"] * 7 + ["total"] * 7  # "s" asks for nothing
    assert [line["year"] for line in lines[:7]] == [*map(str, range(2016, 2022)), "2016-2020"]
    by_key = {(line["policy"], line["year"]): line for line in lines}

    def numbers(policy: str, year: str) -> list[float]:
        return [float(by_key[policy, year][key]) for key in ("asked", "paid", "shortfall", "share_pct")]

    assert numbers("r", "2018") == [4.0, 3.0, 1.0, 75.0]
    assert numbers("r", "2016-2020") == [20.0, 15.0, 5.0, 75.0]
    assert numbers("total", "2016-2020") == [30.0, 20.0, 10.0, 100.0]
    assert all(line[key] for line in lines for key in COLUMNS)


def test_money_that_nobody_asks_for_has_no_share(tmp_path: Path) -> None:
    path = tmp_path / "costs_by_policy.csv"
    nothing = PolicyCost("r", "甲", "first", every(0.0), every(0.0))
    write_policies_csv(path, replace(COSTS, policies=(nothing,)), "plan", "plan-1a2b3c")
    lines = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert {(line["policy"], line["paid"], line["share_pct"]) for line in lines} == {("total", "0.0", "")}


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
    assert float(by_key["fund_shortfall", "", "2016"]["value"]) == 2.0
    assert float(by_key["shortfall_total", "", ""]["value"]) == 10.0
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
    assert next(line for line in lines if line[2:7] == [2] * 5)[7:9] == [10, 2]  # missing
    by_policy = [next(line for line in lines if line[2:7] == [paid] * 5)[7:10] for paid in (3, 1, 4)]
    assert by_policy == [[15, 75, 20], [5, 25, 10], [20, 100, 30]]
    assert next(line for line in lines if line[1] == "T01")[2:6] == [10, 14, 4, 3]
    assert next(line for line in lines if line[1] == "T03")[2:6] == [50, 50.5, 0.5, None]
    write_summary(path, [], results, [], {}, lang, None)
    assert tab not in openpyxl.load_workbook(path).sheetnames


@pytest.mark.parametrize(("lang", "tab"), [("zh", "成本"), ("en", "Costs")])
def test_workbook_of_a_comparison_has_the_costs(tmp_path: Path, lang: Language, tab: str) -> None:
    path = tmp_path / "c.xlsx"
    without = replace(COSTS, policies=())
    rows = dict.fromkeys(("A", "B", "C"), sample_rows())
    write_comparison(path, rows, [], lang, {"A": COSTS, "B": without, "C": None})
    lines = list(openpyxl.load_workbook(path)[tab].iter_rows(values_only=True))
    assert lines[1][2:] == ("A", "B", "C")
    numbers = [line[2:] for line in lines[2:] if isinstance(line[2], int | float)]
    assert numbers == [
        (15, 15, None), (2.5, 2.5, None), (10, None, None), (3.5, 3.5, None),
        (pytest.approx(12 / 3.5), pytest.approx(12 / 3.5), None), (15, None, None), (5, None, None),
    ]  # fmt: skip
    for costs in (None, {}, {"A": None}):
        write_comparison(path, rows, [], lang, costs)
        assert tab not in openpyxl.load_workbook(path).sheetnames


def test_a_policy_that_only_one_scenario_pays_for_is_shown_of_both() -> None:
    idle = replace(COSTS, policies=tuple(replace(one, asked=every(0), paid=every(0)) for one in COSTS.policies))
    shown = compared_rows({"A": idle, "B": COSTS})
    rows = [(name, line.id, line.value, difference) for name, line, _, difference in shown]
    assert [one for one in rows if one[1].startswith("policy_paid")] == [
        ("A", "policy_paid.r", 0.0, 0.0), ("A", "policy_paid.t", 0.0, 0.0),
        ("B", "policy_paid.r", 15.0, 15.0), ("B", "policy_paid.t", 5.0, 5.0),
    ]  # fmt: skip


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
    policies = list(csv.DictReader(io.StringIO((folder / "costs_by_policy.csv").read_text("utf-8-sig"))))
    paid = {line["policy"]: float(line["paid"]) for line in policies if line["year"] == "2016-2020"}
    assert paid.pop("total") == pytest.approx(total, abs=1e-6)
    assert sum(paid.values()) == pytest.approx(total, abs=1e-6)
    assert "infrastructure" in paid  # by its key, whatever the model calls it
    side = {line["id"]: line["value_2020"] for line in csv.DictReader(io.StringIO(table)) if line["scenario"] == "plan"}
    assert {key: float(side[f"policy_paid.{key}"]) for key in paid} == pytest.approx(paid)


@pytest.fixture(scope="module")
def shipped() -> list[Prepared]:
    """Every shipped scenario that sets a lever."""
    with chdir(BUNDLE.parents[1]):
        found = [prepare(path, "compiled") for path in sorted(Path("scenarios").glob("*.toml"))]
    return [one for one in found if one.reference is not None]


def test_public_cost_is_what_policies_are_paid_in_every_shipped_scenario(shipped: list[Prepared]) -> None:
    """To the last year of the clock, and what is asked for is what is paid and what is missing."""
    spenders = 0
    for one in shipped:
        names = sorted({spec.variable for spec in one.bundle.outputs.values()})
        arrays = one.chosen.engine.simulate(one.bundle.bound_text(), one.study.inputs, names)
        costs = count_costs(build(one.bundle, one.study, arrays, one.provenance), None, (), one.targets)
        assert costs is not None
        assert costs.public is not None
        assert costs.paid is not None
        assert costs.paid.total == pytest.approx(costs.public.total, abs=1e-6), one.scenario.name
        assert costs.paid.by_year == pytest.approx(dict(costs.public.by_year), abs=1e-6), one.scenario.name
        assert costs.shortfall is not None
        assert min(costs.shortfall.by_year.values()) >= -1e-9
        short = min(costs.cover[year] for year in range(2016, 2021)) < 1
        assert (costs.shortfall.total > 1e-6) == short, one.scenario.name
        spenders += costs.public.total > 0
    assert spenders > 10


def test_shipped_outputs_have_their_roles() -> None:
    roles = {output.role: output for output in read_outputs(BUNDLE / "outputs.toml").values() if output.role}
    assert set(roles) == set(get_args(Role))


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
        ({"role": "policy_paid"}, "output_role_policy"),
        ({"role": "policy_asked", "dims": '["park"]'}, "output_role_policy"),
        ({"role": "policy_asked", "dims": '["policy"]', "kind": "rate"}, "output_role_kind"),
        ({"role": "policy_asked", "dims": '["policy"]', "units": "1e4 CNY"}, "output_role_units"),
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


def test_an_element_that_is_no_policy_is_told_with_its_line(place: Workplace) -> None:
    path = place.bundle / "levers.toml"
    path.write_text(path.read_text("utf-8").replace('element = "infrastructure_fund"', ""), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_bundle(place.bundle)
    (problem,) = caught.value.problems
    assert (problem.code, problem.values["element"]) == ("policy_element", "infrastructure_fund")
    assert problem.place is not None
    text = (place.bundle / "park.mdl").read_text("utf-8").splitlines()
    assert text[(problem.place.line or 0) - 1].startswith("policy:")
