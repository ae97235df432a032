"""Labels that a user chooses: a park by id or name, a league, an industry or a pollutant by key or word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import xarray as xr

from sim import dims
from sim.errors import InputError, Problem
from sim.model.equations import plain
from sim.nearest import nearest
from sim.words.catalogue import Language, catalogue

WORDS = {dims.LEAGUE: "figure.league", dims.INDUSTRY: "export.label", dims.POLLUTANT: "figure.pollutant",
         dims.TIER: "figure.tier"}  # fmt: skip
"""Where the words for the labels of a dimension stand in the catalogues."""

TOLD = 12
"""Labels that a message names at most."""

_LANGUAGES: tuple[Language, Language] = ("zh", "en")


def chosen_labels(asked: Mapping[str, Sequence[str]], results: xr.Dataset) -> dict[str, tuple[str, ...]]:
    """The labels by dimension, each once, in the order asked for.

    Parameters
    ----------
    asked
        Words by dimension.

    Raises
    ------
    InputError
        With every word that means no label.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[str, ...]] = {}
    for dim, words in asked.items():
        names = list(_names(dim, results))
        known = {plain(name): label for name, label in names}
        labels: dict[str, None] = {}
        for word in words:
            label = known.get(plain(word))
            if label is None:
                shown = list(dict.fromkeys(known.values()))
                some = ", ".join(shown[:TOLD]) + (" …" if len(shown) > TOLD else "")
                values = {"option": f"--{dim}", "label": word, "known": some}
                problems.append(Problem(None, "select_unknown", values, nearest(word, [name for name, _ in names])))
            else:
                labels[label] = None
        found[dim] = tuple(labels)
    if problems:
        raise InputError(problems)
    return found


def _names(dim: str, results: xr.Dataset) -> Iterator[tuple[str, str]]:
    """Everything that means a label, with the label; a name that two parks share means none."""
    labels = [str(label) for label in results[dim].values] if dim in results.coords else []
    if dim == dims.PARK:
        for key in ("name_zh", "name_en"):
            names = [str(name) for name in results[key].values] if key in results.coords else []
            yield from ((name, label) for name, label in zip(names, labels, strict=False) if names.count(name) == 1)
    for label in labels:
        for lang in _LANGUAGES:
            word = catalogue(lang).get(f"{WORDS.get(dim, '')}.{label}", label)
            yield word, label
            if dim == dims.LEAGUE and word[-1:] in ("市", "盟"):
                yield word[:-1], label
    yield from ((label, label) for label in labels)
