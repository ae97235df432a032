"""What stands beside the figures of a sensitivity analysis: the numbers that are drawn, captions, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from sim.report.decided import RESULTS, Decided, Factor, Result
from sim.report.figure_data import Block, Cell
from sim.report.plots import looks
from sim.report.plots.captions import LANGUAGES, About, Caption, Captions, source_line
from sim.report.plots.numbers import known
from sim.words.catalogue import Language, text
from sim.words.punctuation import full_width

Levels = tuple[float, float]
"""Places on a parameter's range that a tornado shows, from 0 to 1."""


def tornado_data(decided: Decided, lang: Language, levels: Levels) -> tuple[Block, ...]:
    """The target with each parameter alone at both ends, and beside it the scenario's own value and the bar."""
    row = decided.row
    ends = [_word(lang, key, percent=f"{100 * level:g}") for key, level in zip(("low", "high"), levels, strict=True)]
    lines = tuple((factor.name(lang), factor.low, factor.high) for factor in decided.factors)
    named = f"{row.id} {looks.name(row, lang)}"
    unit = looks.unit(row, lang)
    if unit:
        named = text(lang, "figure.board.named", name=named, unit=unit)
    beside = ((_word(lang, "central"), known(row.value_2020)), (_word(lang, "goal"), known(row.target_low)))
    first = Block((_word(lang, "parameter"), *ends), lines, named)
    return first, Block((_word(lang, "value"), str(row.year)), beside)


def indices_data(decided: Decided, lang: Language) -> tuple[Block, ...]:
    """Index, half its interval and what stands beside it, for each result that varies."""
    return tuple(_indices(decided, result, lang) for result in RESULTS if decided.varies(result))


def _indices(decided: Decided, result: Result, lang: Language) -> Block:
    heads = [_word(lang, "parameter"), text(lang, f"sensitivity.figure.main_{decided.method}"), _word(lang, "interval")]
    if decided.method != "delta":
        heads.append(text(lang, f"sensitivity.figure.beside_{decided.method}"))
    lines = tuple(tuple(_cells(factor, result, lang))[: len(heads)] for factor in decided.factors)
    return Block(tuple(heads), lines, text(lang, f"sensitivity.figure.panel_{result}", target=decided.row.id))


def _cells(factor: Factor, result: Result, lang: Language) -> Iterator[Cell]:
    share = factor.share(result)
    yield factor.name(lang)
    yield share.main.value if share else np.nan
    yield share.main.error if share else np.nan
    yield share.beside.value if share and share.beside else np.nan


def _word(lang: Language, key: str, /, **values: object) -> str:
    return text(lang, f"figure.sensitivity.{key}", **values)


def decided_captions(decided: Decided, about: About, levels: Levels) -> Mapping[str, Captions]:
    """Captions in both languages, of the tornado and of the indices."""
    return {
        kind: {lang: _caption(kind, decided, about, levels, lang) for lang in LANGUAGES}
        for kind in ("tornado", "indices")
    }


def _caption(kind: str, decided: Decided, about: About, levels: Levels, lang: Language) -> Caption:
    method = text(lang, f"sensitivity.figure.main_{decided.method}")
    low, high = (f"{100 * level:g}" for level in levels)
    how = text(lang, f"figure.note.sensitivity_{kind}", low=low, high=high, method=method)
    history = text(lang, f"table.history.{decided.heading.history}")
    design = text(lang, "figure.note.sensitivity", runs=decided.runs, failed=decided.failed, seed=decided.seed,
                  drawn=decided.drawn, history=history)  # fmt: skip
    between = "" if lang == "zh" else " "
    named = f"{decided.row.id} {looks.name(decided.row, lang)}"
    title = text(lang, f"figure.title.sensitivity_{kind}", target=named)
    return Caption(title, full_width(f"{how}{between}{design}"), source_line(lang, _items(decided, about, lang)))


def _items(decided: Decided, about: About, lang: Language) -> Iterator[tuple[str, str]]:
    if decided.row.target_low is not None:
        yield "published", text(lang, "figure.source.plan")
    yield "derived", text(lang, "figure.source.model", bundle=about.bundle, scenario=about.names[lang])
    yield "user" if about.own_table else "reconstructed", text(lang, "figure.source.ensemble_base")
    yield "assumed", text(lang, "figure.source.ensemble")
