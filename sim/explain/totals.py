"""Where the sum of a column of the park table comes from: the plan, or an assumption; only its parts are estimates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from sim.bundle import Bundle
from sim.errors import InputError, Place
from sim.reconstruct import assumptions, published
from sim.reconstruct.assumptions import read_assumptions
from sim.reconstruct.published import read_published
from sim.reconstruct.source import has_source
from sim.toml_places import read_toml
from sim.words.catalogue import Language
from sim.words.sources import source_text

REST = {"services": ("gdp", "iva")}
"""Columns whose sum is what one total leaves after another."""

_NEAR = 1e-4
"""A total that the table's sum misses by more is another quantity, such as the sum of five years."""


@dataclass(frozen=True)
class Total:
    """The sum of a column over all parks, and where it is from.

    Parameters
    ----------
    origin
        ``published``, ``derived`` or ``assumed``; ``rest`` for what one total leaves after another.
    source
        The publication, or how it was derived or assumed; of a rest the two columns.
    note
        A remark of the publication's line.
    low, high
        Its range, where it is uncertain.
    """

    value: float
    origin: str
    source: str
    place: Place
    low: float | None = None
    high: float | None = None
    note: str = ""

    def source_in(self, lang: Language) -> str:
        """The source with its remark; what is English only is marked in Chinese."""
        if self.origin == "rest":
            return self.source  # keys of columns
        return "; ".join(source_text(told, lang) for told in (self.source, self.note) if told)


def totals_of(bundle: Bundle) -> dict[str, Total]:
    """The totals that the reconstructed table of a bundle adds up to; none for a table of the user's own."""
    if not bundle.parks.shipped or not has_source(bundle.path):
        return {}
    try:
        known = {**dict(_assumed(bundle)), **dict(_published(bundle))}
    except InputError:
        return {}  # a run does without these files
    for key, (whole, part) in REST.items():
        if whole in known and part in known and key not in known:
            value = known[whole].value - known[part].value
            known[key] = Total(value, "rest", f"{whole}, {part}", known[part].place)
    return {key: one for key, one in known.items() if _meets(bundle, key, one.value)}


def _meets(bundle: Bundle, key: str, value: float) -> bool:
    if key not in bundle.columns.by_key or not bundle.columns[key].numeric:
        return False
    origins = bundle.parks.origins
    if key in origins and (origins[key] == "user").any():
        return False
    return math.isclose(float(bundle.parks.values(key).sum()), value, rel_tol=_NEAR)


def _published(bundle: Bundle) -> Iterator[tuple[str, Total]]:
    numbers, rows = read_published(bundle.path / published.FILE)
    for row in rows:
        if (row["scope"], row["use"]) == ("all", "total") and row["column"] not in published.COUNTS:
            total = Total(numbers.total(row["column"]), "published", row["source"], row.place, note=row["note"])
            yield row["column"], total


def _assumed(bundle: Bundle) -> Iterator[tuple[str, Total]]:
    path = bundle.path / assumptions.FILE
    toml, total = read_toml(path), read_assumptions(path).total
    for key in type(total).model_fields:
        one = getattr(total, key)
        place = Place(path, toml.place("total", key, "value").line)
        yield key, Total(one.value, one.origin, one.how, place, one.low, one.high)
