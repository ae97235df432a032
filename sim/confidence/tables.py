"""Tables of a page: figures that a reader compares stand side by side, all others one a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from sim.confidence.finding import Both, Figure, Finding, Note
from sim.words.catalogue import Language, text

MISSING = "-"


@dataclass(frozen=True)
class Table:
    """Heads and rows under a title; ``kinds`` are the results by row, for their looks."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kinds: tuple[str, ...]
    title: str = ""


Layout = Callable[[Sequence[Figure], Language], Table]


def tables(test: Finding, lang: Language) -> Iterator[Table]:
    """The figures of a test in as many tables as there are kinds of them, the kind of its first figure first."""
    groups: dict[Layout, list[Figure]] = {}
    for figure in test.figures:
        groups.setdefault(LAYOUTS.get(figure.what.code, _lines), []).append(figure)
    for layout, figures in groups.items():
        yield layout(figures, lang)


def kind_of(test: Finding | Figure) -> str:
    """The result of a test or a figure in a word for programs."""
    if isinstance(test, Finding):
        return test.status
    return "reported" if test.passed is None else "passed" if test.passed else "failed"


def result(kind: str, lang: Language) -> str:
    """The same for people."""
    return text(lang, f"confidence.status.{kind}")


def _heads(lang: Language, *keys: str) -> tuple[str, ...]:
    return tuple(text(lang, f"confidence.table.{key}") for key in keys)


def _title(lang: Language, key: str) -> str:
    return text(lang, f"confidence.table.title.{key}")


def _said(note: Note | None, key: str, lang: Language) -> str:
    """What a note names, for people; a dash where it names no such thing."""
    value = note.values.get(key, MISSING) if note else MISSING
    return value.of(lang) if isinstance(value, Both | Note) else str(value)


def _lines(figures: Sequence[Figure], lang: Language) -> Table:
    rows = tuple(
        (f.what.of(lang), f.measured, f.bar, result(kind_of(f), lang), f.remark.of(lang) if f.remark else "")
        for f in figures
    )
    return Table(_heads(lang, "what", "measured", "bar", "result", "remark"), rows, tuple(map(kind_of, figures)))


def _beside(
    figures: Iterable[Figure], keys: Sequence[str], part: Callable[[Figure], str]
) -> list[Mapping[str, Figure]]:
    """Figures about the same thing, each by its part; in the order in which the things first come."""
    rows: dict[tuple[object, ...], dict[str, Figure]] = {}
    for figure in figures:
        rows.setdefault(tuple(figure.what.values[key] for key in keys), {})[part(figure)] = figure
    return list(rows.values())


def _code(key: str) -> Callable[[Figure], str]:
    """The code of a note that a figure names."""

    def code(figure: Figure) -> str:
        note = figure.what.values[key]
        assert isinstance(note, Note)
        return note.code

    return code


def _worst(figures: Iterable[Figure]) -> str:
    kinds = {kind_of(figure) for figure in figures}
    return next(kind for kind in ("failed", "passed", "reported") if kind in kinds)


def change(figure: Figure, lang: Language) -> str:
    """A relative change with its sign; what was nothing before has none."""
    if figure.remark is not None and figure.remark.code == "behaviour.from_nothing":
        return figure.remark.of(lang)
    return f"+{figure.measured}" if figure.value and figure.value > 0 else figure.measured


def _signs(figures: Sequence[Figure], lang: Language) -> Table:
    """Each effect of a lever in one row, with the response of the market and without it."""
    rows, kinds = [], []
    for pair in _beside(figures, ("name", "key"), _code("response")):
        both = [pair["behaviour.with"], pair["behaviour.without"]]
        bars = list(dict.fromkeys(figure.bar for figure in both))
        kinds.append(_worst(both))
        names = (_said(both[0].what, key, lang) for key in ("name", "output"))
        rows.append((*names, "; ".join(bars), *(change(one, lang) for one in both), result(kinds[-1], lang)))
    heads = _heads(lang, "case", "output", "expected_both", "with", "without", "result")
    return Table(heads, tuple(rows), tuple(kinds), _title(lang, "signs"))


def _strongest(figures: Sequence[Figure], lang: Language) -> Table:
    rows = tuple(
        (
            _said(f.what, "lever", lang), f"{_said(f.what, 'key', lang)} = {_said(f.what, 'value', lang)}",
            _said(f.what, "output", lang), change(f, lang), f.remark.of(lang) if f.remark else "",
        )
        for f in figures
    )  # fmt: skip
    heads = _heads(lang, "lever", "setting", "output", "change", "remark")
    return Table(heads, rows, tuple(map(kind_of, figures)), _title(lang, "strongest"))


def _opened(figures: Sequence[Figure], lang: Language) -> Table:
    rows = tuple(
        (
            f"{_said(f.what, 'code', lang)} {_said(f.what, 'name', lang)}", _said(f.what, "off", lang),
            _said(f.what, "run", lang), _said(f.what, "output", lang), f.bar, change(f, lang),
            result(kind_of(f), lang) + (f" ({f.remark.of(lang)})" if f.remark else ""),
        )
        for f in figures
    )  # fmt: skip
    heads = _heads(lang, "loop", "opened", "run", "output", "expected", "change", "result")
    return Table(heads, rows, tuple(map(kind_of, figures)))


def _points(figures: Sequence[Figure], lang: Language) -> Table:
    """Published figures, how well each is known, and the model's."""
    rows, kinds = [], []
    for figure in figures:
        outside = figure.remark is not None
        known = [_said(figure.what, key, lang) for key in ("vintage", "verified")]
        reliability = _said(figure.what, "reliability", lang)
        rows.append(
            (
                _said(figure.what, "name", lang), _said(figure.what, "year", lang),
                _said(figure.what, "published", lang),
                "; ".join(filter(None, known)) + (f" ({reliability})" if reliability else ""),
                f"{100 * (figure.value or 0.0):.2f}%",
                text(lang, "confidence.table.to", **{key: figure.what.values[key] for key in ("low", "high")}),
                text(lang, f"confidence.table.{'outside' if outside else 'inside'}"),
            )
        )  # fmt: skip
        kinds.append("outside" if outside else "reported")
    heads = _heads(lang, "series", "year", "published", "known", "model", "range", "within")
    return Table(heads, tuple(rows), tuple(kinds), _title(lang, "points"))


def _fit(figures: Sequence[Figure], lang: Language) -> Table:
    """The errors of each series, what a trend would have done, and the targets that the series bears on."""
    rows: list[tuple[str, ...]] = []
    for pair in _beside(figures, ("name",), lambda figure: figure.what.code):
        error, root = pair["history.error"], pair["history.root"]
        named = (_said(error.what, key, lang) for key in ("name", "targets", "count"))
        sizes = (f"{100 * (figure.value or 0.0):.2f}" for figure in (error, root))
        parts = (_said(root.remark, key, lang) for key in ("bias", "variance", "covariance"))
        no_trend = error.remark is not None and error.remark.code == "history.no_trend"
        than = text(lang, "confidence.table.no_trend") if no_trend else _said(error.remark, "than", lang)
        rows.append((*named, *sizes, *parts, _said(error.remark, "skill", lang), than))
    heads = _heads(
        lang, "series", "targets", "count", "error", "root", "bias", "variance", "covariance", "skill", "than"
    )
    return Table(heads, tuple(rows), ("reported",) * len(rows), _title(lang, "fit"))


def _totals(figures: Sequence[Figure], lang: Language) -> Table:
    """By output the largest change with each other way of integrating, and the scenario in which it is met."""
    rows: list[tuple[str, ...]] = []
    kinds, heads = [], list(_heads(lang, "output"))
    for pair in _beside(figures, ("output",), _code("how")):
        if not rows:
            heads += [f"{_said(figure.what, 'how', lang)} ({figure.bar})" for figure in pair.values()]
        kinds.append(_worst(pair.values()))
        cells = (f"{figure.measured} ({_said(figure.what, 'scenario', lang)})" for figure in pair.values())
        rows.append((_said(next(iter(pair.values())).what, "output", lang), *cells, result(kinds[-1], lang)))
    return Table((*heads, *_heads(lang, "result")), tuple(rows), tuple(kinds), _title(lang, "totals"))


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "behaviour.effect": _signs,
        "behaviour.strongest": _strongest,
        "loops.opened": _opened,
        "history.point": _points,
        "history.error": _fit,
        "history.root": _fit,
        "integration.total": _totals,
    }
)
"""By code of a figure; any other stands in a line of its own."""
