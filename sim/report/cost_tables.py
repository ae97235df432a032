"""Costs of a run for the eye and for programs: the line under the sentences, ``costs.csv``, rows of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim import dims
from sim.costs import FIRST, LAST, Costs, PolicyCost
from sim.folder import write_whole
from sim.report.columns import WIDTH, Column, table
from sim.report.csv_tables import csv_bytes
from sim.report.numbers import shown, signed
from sim.report.width import plain, wrap
from sim.words.catalogue import Language, text

COLUMNS = ("item", "target", "year", "value", "unit_zh", "unit_en", "name_zh", "name_en", "scenario", "run_id")
"""Columns of ``costs.csv``."""

ITEMS = (
    *("public_cost", "private_cost", "public_total", "private_total", "public_added", "private_added"),
    *("fund_cover", "fund_shortfall", "shortfall_total", "gain", "gain_total", "cost_per_point"),
)
"""What a line of ``costs.csv`` may tell, in the order of the file."""

COMPARED = ("public_total", "private_total", "shortfall_total", "gain_total", "cost_per_point")
"""What a comparison shows of each scenario, before the public cost of each policy."""


@dataclass(frozen=True)
class CostLine:
    """One number of the costs: of a year, of the sum of years, of a target, or of a policy."""

    item: str
    value: float | None
    target: str = ""
    year: int | None = None
    policy: PolicyCost | None = None

    @property
    def id(self) -> str:
        """The item, and the policy where it is of one."""
        return self.item if self.policy is None else f"{self.item}.{self.policy.key}"

    def name(self, lang: Language) -> str:
        """What it is."""
        policy = "" if self.policy is None else name_of(self.policy, lang)
        return text(lang, f"cost.csv.{self.item}", first=FIRST, last=LAST, policy=policy)

    def unit(self, costs: Costs, lang: Language) -> str:
        """Its unit."""
        money = costs.unit_zh if lang == "zh" else costs.unit_en
        if self.item == "fund_cover":
            return "1"
        if self.item in ("gain", "gain_total"):
            return text(lang, "cost.csv.points_unit")
        return text(lang, "cost.csv.per_point_unit", unit=money) if self.item == "cost_per_point" else money


def name_of(policy: PolicyCost, lang: Language) -> str:
    """A policy for people."""
    return policy.name_zh if lang == "zh" else policy.name_en


def cost_sentence(costs: Costs, lang: Language) -> str:
    """Sums and yearly means, public money per point of progress, and whether the fund runs dry."""
    unit = costs.unit_zh if lang == "zh" else costs.unit_en
    kinds = {"public": costs.public, "private": costs.private}
    parts = [
        text(lang, f"cost.{kind}", total=shown(spent.total), yearly=shown(spent.yearly), most=_most(costs, kind, lang))
        for kind, spent in kinds.items()
        if spent is not None
    ]
    if costs.exhausted is not None:
        year, worst, cover = costs.exhausted
        missing = "" if costs.shortfall is None else text(lang, "cost.missing", total=shown(costs.shortfall.total))
        told = {"year": year, "worst": worst, "cover": shown(100 * cover), "missing": missing}
        parts.append(text(lang, "cost.exhausted", **told))
    ratio = text(lang, "cost.no_point")
    if costs.per_point is not None:
        ratio = text(lang, "cost.per_point", ratio=shown(costs.per_point), points=shown(costs.points))
    listed = text(lang, "cost.comma").join(parts)
    about = {"first": FIRST, "last": LAST, "base": dims.BASE_YEAR, "unit": unit}
    return text(lang, "cost.line", parts=listed, per_point=ratio, **about)


def _most(costs: Costs, kind: str, lang: Language) -> str:
    """The policy that takes most of the public money; one alone takes all of it, which goes without saying."""
    paid = costs.paid
    spending = [policy for policy in costs.policies if policy.paid.total > 0]
    if kind != "public" or paid is None or len(spending) < 2:
        return ""
    first = max(spending, key=lambda policy: policy.paid.total)
    share = shown(100 * first.paid.total / paid.total)
    return text(lang, "cost.most", policy=name_of(first, lang), share=share)


def cost_lines(costs: Costs) -> Iterator[CostLine]:
    """Every number of ``costs.csv``, in the order of `ITEMS`."""
    kinds = [(kind, spent) for kind, spent in (("public", costs.public), ("private", costs.private)) if spent]
    for kind, spent in kinds:
        yield from (CostLine(f"{kind}_cost", value, year=year) for year, value in spent.by_year.items())
    yield from (CostLine(f"{kind}_total", spent.total) for kind, spent in kinds)
    yield from (CostLine(f"{kind}_added", spent.added) for kind, spent in kinds)
    yield from (CostLine("fund_cover", part, year=year) for year, part in costs.cover.items() if year > dims.BASE_YEAR)
    if costs.shortfall is not None:
        missing = costs.shortfall
        yield from (CostLine("fund_shortfall", value, year=year) for year, value in missing.by_year.items())
        yield CostLine("shortfall_total", missing.total)
    yield from (CostLine("gain", gain.points, id_) for id_, gain in costs.gains.items())
    yield CostLine("gain_total", costs.points)
    yield CostLine("cost_per_point", costs.per_point)
    yield from (CostLine("cost_per_point", ratio, id_) for id_, ratio in costs.per_target.items())


def write_costs_csv(path: Path, costs: Costs, scenario: str, run_id: str) -> None:
    """Write ``costs.csv``, one line per number.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    lines = [
        (line.item, line.target, line.year, line.value, line.unit(costs, "zh"), line.unit(costs, "en"),
         line.name("zh"), line.name("en"), scenario, run_id)
        for line in cost_lines(costs)
    ]  # fmt: skip
    write_whole(path, csv_bytes(COLUMNS, lines))


def compared_lines(costs: Costs | None) -> dict[str, CostLine]:
    """The figures that a comparison shows, by id; none where nothing is known of costs."""
    if costs is None:
        return {}
    whole = (line for line in cost_lines(costs) if not line.target and line.year is None)
    paid = (CostLine("policy_paid", policy.paid.total, policy=policy) for policy in costs.policies)
    return {line.id: line for line in (*(line for line in whole if line.item in COMPARED), *paid)}


def compared_ids(costs: Mapping[str, Costs | None]) -> list[str]:
    """Ids of what a comparison shows: policies only where they ask for money in one of the scenarios."""
    known = [one for one in costs.values() if one is not None]
    asking = {policy.key for one in known for policy in one.policies if policy.asks}
    lines = {id_: line for one in known for id_, line in compared_lines(one).items()}
    return [id_ for id_, line in lines.items() if line.policy is None or line.policy.key in asking]


def comparison_costs(costs: Mapping[str, Costs | None], lang: Language) -> str:
    """Costs by scenario, one row each, with the difference of the public money from the first; "" without any."""
    known = [one for one in costs.values() if one is not None]
    if not known:
        return ""
    unit = known[0].unit_zh if lang == "zh" else known[0].unit_en
    lines = {name: compared_lines(one) for name, one in costs.items()}
    first = next(iter(lines.values())).get("public_total")
    differences = [signed(_difference(found.get("public_total"), first)) for found in lines.values()]

    def column(item: str) -> Column:
        cells = [shown(found[item].value) if item in found else "-" for found in lines.values()]
        return Column(text(lang, f"cost.head.{item}"), cells, "right")

    years = [str(one.exhausted[0]) if one is not None and one.exhausted else "-" for one in costs.values()]
    columns = [
        Column(text(lang, "cost.scenario"), [plain(name) for name in costs], gives_way=True),
        column("public_total"),
        Column(text(lang, "table.difference"), ["-", *differences[1:]], "right"),
        column("private_total"),
        column("gain_total"),
        column("cost_per_point"),
        Column(text(lang, "cost.head.short_from"), years, "right"),
    ]
    head, body = table(columns)
    title = text(lang, "cost.comparison_title", first=FIRST, last=LAST, unit=unit)
    return "\n".join([*wrap(title, WIDTH), *head, *body])


def _difference(mine: CostLine | None, first: CostLine | None) -> float | None:
    if mine is None or first is None or mine.value is None or first.value is None:
        return None
    return mine.value - first.value


def compared_rows(costs: Mapping[str, Costs | None]) -> Iterator[tuple[str, CostLine, Costs, float | None]]:
    """Scenario, line, its costs, and the difference from the first scenario: the rows of ``comparison.csv``."""
    first, ids = compared_lines(next(iter(costs.values()), None)), compared_ids(costs)
    for name, one in costs.items():
        if one is not None:
            found = compared_lines(one)
            for id_ in (id_ for id_ in ids if id_ in found):
                yield name, found[id_], one, _difference(found[id_], first.get(id_))
