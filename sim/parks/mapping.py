"""What `sim new --parks` tells about an own table: columns recognised, to be estimated, missing."""

from __future__ import annotations

from sim.parks.columns import Columns
from sim.parks.own import Imported
from sim.words.catalogue import Language, problem_line, text

Cells = tuple[str, ...]


def mapping_rows(imported: Imported, columns: Columns, lang: Language) -> list[Cells]:
    """One row a column, heading first: header as found, column, unit and factor, and what becomes of it."""
    heading = tuple(text(lang, f"parks.mapping.{name}") for name in ("found", "column", "unit", "state"))
    rows = [heading]
    for item in imported.mapping:
        column = columns[item.column]
        ours = column.units_zh if lang == "zh" else column.units
        unit = item.unit or "-"
        if item.factor != 1.0:
            unit = text(lang, "parks.mapping.factor", unit=item.unit, factor=f"{item.factor:.6g}", ours=ours)
        count = imported.estimated.get(item.column, 0)
        state = text(lang, "parks.mapping.some", count=count) if count else text(lang, "parks.mapping.all")
        rows.append((item.header, column.name(lang), unit, state))
    rows += [
        ("-", columns[key].name(lang), "-", text(lang, "parks.mapping.none")) for key in imported.missing
    ]
    return rows


def import_lines(imported: Imported, columns: Columns, lang: Language) -> list[str]:
    """The lines for the screen: how many parks and columns, which are estimated, and every notice."""
    missing = [columns[key].name(lang) for key in imported.missing]
    some = [
        text(lang, "parks.mapping.count", column=columns[key].name(lang), count=count)
        for key, count in imported.estimated.items()
    ]
    comma = text(lang, "parks.mapping.comma")
    lines = [
        text(
            lang,
            "parks.imported",
            file=imported.path.name,
            parks=len(imported.frame),
            n=len(imported.mapping),
        )
    ]
    if some:
        lines.append(text(lang, "parks.estimated", columns=comma.join(some)))
    if missing:
        lines.append(text(lang, "parks.missing", columns=comma.join(missing)))
    return lines + [problem_line(lang, notice) for notice in imported.notices]
