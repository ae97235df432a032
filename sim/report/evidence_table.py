"""Published values of single zones beside the range of the reconstructions: as plain text and as rows of a page."""

from __future__ import annotations

from collections.abc import Sequence

from sim.parks.columns import Columns
from sim.reconstruct.evidence import DRAWS, LARGEST, LEAGUE, Weighed
from sim.reconstruct.source import Source
from sim.report.columns import WIDTH, Column, table
from sim.report.numbers import shown
from sim.report.width import plain, wrap
from sim.words.catalogue import Language, text

HEADS = ("scope", "column", "year", "published", "p05", "p50", "p95", "fit", "used")
RIGHT = ("year", "published", "p05", "p50", "p95")


def evidence_rows(found: Sequence[Weighed], source: Source, columns: Columns, lang: Language) -> list[list[str]]:
    """One row a value, in the order of `HEADS`."""
    rows = []
    for one in found:
        value = ("≥" if one.evidence.at_least else "") + shown(one.evidence.value)
        rows.append(
            [
                _scope(one.evidence.scope, source, lang), _quantity(one.evidence.column, columns, lang),
                str(one.evidence.year), value, shown(one.p05), shown(one.p50), shown(one.p95),
                text(lang, f"evidence.fit.{one.fit}"), text(lang, f"evidence.used.{one.evidence.used or 'not'}"),
            ]
        )  # fmt: skip
    return rows


def evidence_table(found: Sequence[Weighed], source: Source, columns: Columns, lang: Language) -> str:
    """What doesn't fit first; no line wider than 100 cells."""
    rows = evidence_rows(found, source, columns, lang)
    body = [
        Column(
            text(lang, f"evidence.head.{head}"), [plain(row[at].replace("≥", ">=")) for row in rows],
            "right" if head in RIGHT else "left", gives_way=head in ("scope", "column"),
        )
        for at, head in enumerate(HEADS)
    ]  # fmt: skip
    head, lines = table(body)
    return "\n".join([*head, *lines, "", *wrap(evidence_summary(found, lang), WIDTH)])


def evidence_summary(found: Sequence[Weighed], lang: Language) -> str:
    """How many published values lie inside the range, and how many of those that nothing was guided by."""
    free = [one for one in found if not one.evidence.used]
    inside = sum(one.fit == "inside" for one in found)
    return text(
        lang, "evidence.summary", inside=inside, all=len(found), draws=DRAWS,
        free_inside=sum(one.fit == "inside" for one in free), free=len(free),
    )  # fmt: skip


def _scope(scope: str, source: Source, lang: Language) -> str:
    if scope.startswith(LEAGUE):
        league = source.assumed.league[scope.removeprefix(LEAGUE)]
        return text(lang, "evidence.league", name=league.name_zh if lang == "zh" else league.name_en)
    zone = next(zone for zone in source.zones if zone.id == scope)
    return f"{zone.id} {zone.name_zh if lang == 'zh' else zone.name_en or zone.name_zh}"


def _quantity(column: str, columns: Columns, lang: Language) -> str:
    if column == LARGEST:
        return text(lang, "evidence.largest")
    above, *below = column.split("/", 1)
    if below:
        return f"{columns[above].name(lang)} / {columns[below[0]].name(lang)}"
    units = columns[above].units_zh if lang == "zh" else columns[above].units
    return f"{columns[above].name(lang)} ({units})" if units and units != "1" else columns[above].name(lang)
