"""An explanation as a document: what the plan asks, the verdict, readings, parts, inputs, and where to change them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from sim import dims
from sim.document.blocks import Block, Document, Grid, Heading, Items, Paragraph
from sim.explain.explain import Explanation
from sim.explain.figures import digits_for, fixed, number
from sim.explain.page_inputs import input_blocks
from sim.explain.page_park import park_blocks
from sim.explain.page_parts import calculation_blocks
from sim.explain.words import Words
from sim.folder import RESOLVED
from sim.publish import READINGS_CSV, TARGETS_CSV
from sim.report.numbers import signed
from sim.report.places import place_in
from sim.report.sentences import spoken
from sim.report.verdicts import LETTERS, notes, progress_text, target_text, value_text, verdict_text
from sim.results import FILE as RESULTS
from sim.targets.rows import ReadingRow
from sim.targets.verdict import Rule, holds, verdict_word
from sim.words.catalogue import Language, catalogue, text

YEARS = (2015, 2016, 2017, 2018, 2019, 2020, 2025, 2030)
FACTS = ("run_id", "bundle_sha256", "scenario_sha256", "engine", "sim_version")


def words_of(found: Explanation, lang: Language) -> Words:
    """The words of the run that is explained."""
    vocabulary = found.target.vocabulary
    definitions = {name: one.root for name, one in vocabulary.definitions.items()}
    constants = {**vocabulary.constants, **found.constants}
    return Words(lang, found.stored.results, found.bundle, constants, definitions)


def page(found: Explanation, lang: Language, *, wide: bool) -> Document:
    """The document.

    Parameters
    ----------
    wide
        Whether a table may hold long texts, as on paper; on a screen they stand below it.
    """
    words = words_of(found, lang)
    blocks = [
        *_head(found, words),
        *_plan(found, words),
        *_verdict(found, words),
        *_readings(found, words),
        *calculation_blocks(found, words),
        *park_blocks(found, words),
        *input_blocks(found, words, wide),
        *_change(found, words),
        *_sources(found, words),
    ]
    attrs = found.stored.results.attrs
    return Document(blocks, lang, {text(lang, f"about.{key}"): str(attrs.get(key, "-")) for key in FACTS})


def _name(found: Explanation, lang: Language) -> str:
    return found.row.name_zh if lang == "zh" else found.row.name_en


def unit_of(found: Explanation, lang: Language) -> str:
    """The unit of the target, to be read after a number."""
    return found.row.unit_zh if lang == "zh" else spoken(found.row.unit_en)


def _head(found: Explanation, words: Words) -> Iterator[Block]:
    yield Heading(words.say("title", id=found.row.id, name=_name(found, words.lang)), 0)
    heading = found.stored.heading
    history = text(words.lang, f"table.history.{heading.history}")
    yield Paragraph(f"{heading.line(words.lang)}  {history}", small=True)
    if found.kept:
        yield Paragraph(words.say("kept", folder=found.bundle.path.name), small=True)


def _plan(found: Explanation, words: Words) -> Iterator[Block]:
    row, target, zh = found.row, found.target, words.lang == "zh"
    yield Heading(words.say("plan.title"))
    told = {
        "place": words.say("plan.place_of", place=place_in(row.plan_place, words.lang), source=row.source),
        "asks": row.restatement_zh if zh else row.restatement_en,
        "bar": words.say("plan.bar_of", bar=words.bar_told(target.main.rule, unit_of(found, words.lang)), year=row.year,
                         wording=words.say(f"wording.{row.wording}"), nature=words.say(f"nature.{row.nature}")),
        "scope": row.scope_zh if zh else row.scope_en,
    }  # fmt: skip
    if target.main.expression is not None:
        told["computed"] = words.phrase(target.main.expression.root)
        told["expression"] = words.say("plan.expression_of", text=row.expression, place=_at(found))
    remark = row.reason_zh if zh else row.reason_en
    if remark:
        told["remark"] = remark
    yield Items([words.say(f"plan.{key}", words=value) for key, value in told.items()])


def _at(found: Explanation) -> str:
    place = found.place
    return f"{place.file.name}:{place.line}" if place and place.line else "-"


def _verdict(found: Explanation, words: Words) -> Iterator[Block]:
    """Value, verdict and margins; then the value by year, with the years in which the bar is reached and lost."""
    yield Heading(words.say("verdict.title"))
    yield Items([*_values(found, words), *_doubts(found, words)])
    row = found.row
    turns = (row.year_reached, fallen(found))
    years = sorted({*YEARS, *(year for year in turns if year is not None)} & set(row.path))
    if years:
        digits = digits_for(row.path[year] for year in years)
        line = [row.unit_zh if words.lang == "zh" else row.unit_en, *(fixed(row.path[year], digits) for year in years)]
        heads = [text(words.lang, "table.unit"), *map(str, years)]
        yield Grid(words.say("verdict.path"), heads, [line], widths=(2, *([1] * len(years))),
                   numbers=frozenset(range(1, len(heads))))  # fmt: skip


def _values(found: Explanation, words: Words) -> Iterator[str]:
    """The value of the target year and of the base year, and how far it is from the bar."""
    row, unit = found.row, unit_of(found, words.lang)
    if row.value_2020 is not None:
        values = {"value": value_text(row), "unit": unit, "year": row.year, "verdict": verdict_text(row, words.lang)}
        yield words.say("verdict.value", **values, target=target_text(row, words.lang))
    yield words.say("verdict.basis", basis=text(words.lang, f"basis.{row.basis}"))
    if row.base_2015 is not None:
        base = words.say("verdict.base", base=number(row.base_2015), unit=unit, year=dims.BASE_YEAR)
        origin = catalogue(words.lang).get(f"origin.{row.base_origin}")
        yield words.say("verdict.base_origin", told=base, origin=origin) if origin else base
    if row.gap is not None:
        gap_unit = text(words.lang, "closing.points").strip() if row.gap_unit_zh == "个百分点" else unit
        yield words.say("verdict.gap", gap=signed(row.gap), unit=gap_unit, progress=progress_text(row))
    lost = fallen(found)
    if lost is not None:
        values = {"reached": row.year_reached, "lost": lost, "value": number(row.path[lost]), "unit": unit}
        yield words.say("verdict.fallen", **values)
    if row.lost_after:
        yield text(words.lang, "table.lost", id=row.id, year=row.lost_after)


def _doubts(found: Explanation, words: Words) -> Iterator[str]:
    """Margin, levers that set it, notes, and what share rests on reconstructed parks."""
    row = found.row
    margin = row.margin_note_zh if words.lang == "zh" else row.margin_note_en
    if margin:
        yield words.say("verdict.margin", note=margin)
    if row.imposed_by:
        yield words.say("verdict.imposed", levers=row.imposed_by)
    yield from (text(words.lang, f"table.notes.{letter}") for letter in LETTERS if letter in notes(row))
    if row.reconstructed_share is not None:
        column = found.bundle.columns[found.target.reconstructed].name(words.lang)
        share = f"{100 * row.reconstructed_share:.1f}"
        yield words.say("verdict.reconstructed", share=share, column=column, year=dims.BASE_YEAR)


def fallen(found: Explanation) -> int | None:
    """The first year after the target year, and after the one in which it is reached, that misses the bar again."""
    row = found.row
    if row.year_reached is None:
        return None
    rule, since = found.target.main.rule, max(row.year_reached, row.year)
    later = (year for year, value in sorted(row.path.items()) if year > since and not holds(rule, value))
    return next(later, None)


def _readings(found: Explanation, words: Words) -> Iterator[Block]:
    readings = found.row.readings
    yield Heading(words.say("readings.title"))
    if len(readings) < 2:
        yield Paragraph(words.say("readings.one"))
        return
    heads = [words.say("readings.reading"), *(text(words.lang, "table.year", year=year) for year in (2015, 2020))]
    heads += [text(words.lang, "table.unit"), text(words.lang, "table.target"), text(words.lang, "table.verdict")]
    lines = [_reading(found, one, words) for one in readings]
    told = [words.say("readings.sensitive" if found.row.sensitive else "readings.same")]
    told += equal_readings(readings, words)
    yield Grid(words.say("readings.table"), heads, lines, notes=told, widths=(4, 1.4, 1.4, 1.4, 1.4, 2.4),
               numbers=frozenset((1, 2)))  # fmt: skip


def equal_readings(readings: Sequence[ReadingRow], words: Words) -> Iterator[str]:
    """Readings with the very numbers of the chosen one; of whole numbers that says nothing."""
    main = next(one for one in readings if one.is_main)
    for one in readings:
        pairs = ((one.base_2015, main.base_2015), (one.value_2020, main.value_2020))
        known = [(x, y) for x, y in pairs if x is not None and y is not None]
        same = len(known) == 2 and all(math.isclose(x, y, rel_tol=1e-9) for x, y in known)
        if same and one is not main and not all(x.is_integer() for x, _ in known):
            yield words.say("readings.equal", name=one.name_zh if words.lang == "zh" else one.name_en)


def _reading(found: Explanation, one: ReadingRow, words: Words) -> list[str]:
    zh = words.lang == "zh"
    name, unit = (one.name_zh, one.unit_zh) if zh else (one.name_en, one.unit_en)
    if one.is_main:
        name = words.say("readings.main", name=name)
    bar = words.bar(Rule("level", one.comparator, one.target_low, one.target_high), "").strip()
    late = found.row.year_reached if one.is_main else None
    verdict = verdict_word(words.lang, one.verdict, late, found.row.end_year)
    if one.verdict == "late" and late is None:
        verdict = one.verdict_zh if zh else text("en", "verdict.late", year=_year_in(one.verdict_zh))
    return [name, number(one.base_2015), number(one.value_2020), unit, bar, verdict]


def _year_in(verdict_zh: str) -> str:
    """The year that a late verdict names."""
    return "".join(character for character in verdict_zh if character.isdigit())


def _change(found: Explanation, words: Words) -> Iterator[Block]:
    stem = str(found.stored.results.attrs["scenario"])
    yield Heading(words.say("change.title"))
    keys = ("lever", "driver", "parameter", "column", "constant")
    present = [key for key in keys if any(one.kind == key for one in found.inputs)]
    lines = [words.say(f"change.{key}") for key in present]
    if any(one.place.file.name == RESOLVED for one in found.inputs):
        lines.append(words.say("change.resolved", file=RESOLVED))
    yield Items([*lines, words.say("change.again", stem=stem, id=found.row.id)])


def _sources(found: Explanation, words: Words) -> Iterator[Block]:
    folder = found.stored.folder.as_posix()
    outputs = found.calculation.outputs if found.calculation else ()
    told = [words.say("sources.row", folder=folder, file=TARGETS_CSV, id=found.row.id)]
    if len(found.row.readings) > 1:
        told.append(words.say("sources.readings", folder=folder, file=READINGS_CSV, id=found.row.id))
    if outputs:
        stem = str(found.stored.results.attrs["scenario"])
        told.append(words.say("sources.results", folder=folder, file=RESULTS, names=", ".join(outputs), stem=stem))
    if found.inputs:
        told.append(words.say("sources.bundle", folder=found.scenario.bundle_text))
    if found.effects is not None:
        count = sum(len(effects) for effects in found.effects.values())
        told.append(words.say("sources.effects", count=count))
    told.append(words.say("sources.run", id=found.row.run_id))
    yield Heading(words.say("sources.title"))
    yield Items(told)
