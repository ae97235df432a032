"""Correlations of a group of drawn quantities: a number for all pairs or a matrix, checked with its place in the file.

The groups are Gaussian copulas. A rank correlation (Spearman's rho) of two of its members belongs to the correlation
``2 sin(pi rho / 6)`` of their normal scores (Pearson 1907), which is exact for that copula.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from sim.errors import Problem
from sim.nearest import nearest
from sim.toml_values import Spot, number, refuse

Kind = Literal["rank", "normal"]
Matrix = tuple[tuple[float, ...], ...]

SMALLEST = 1e-6
"""Eigenvalue of a correlation matrix that still counts as positive: below it members are all but copies."""


def normal_scores(correlation: float, kind: Kind) -> float:
    """Correlation of the normal scores of a pair.

    >>> normal_scores(0.5, "normal"), round(normal_scores(0.5, "rank"), 6), round(normal_scores(-1.0, "rank"), 6)
    (0.5, 0.517638, -1.0)
    """
    return correlation if kind == "normal" else 2.0 * math.sin(math.pi * correlation / 6.0)


def check_members(spot: Spot, known: Sequence[str], taken: dict[str, str], problems: list[Problem]) -> None:
    """Refuse members that nothing draws, that stand twice or in two groups, and groups of fewer than two.

    Parameters
    ----------
    taken
        Members of groups so far with their group; those of this one are added.
    """
    group = str(spot.keys[-2])
    if len(spot.value) < 2:
        refuse(problems, spot, "group_small")
    for place in range(len(spot.value)):
        inner = spot.child(place)
        if inner.value not in known:
            refuse(problems, inner, "group_unknown", nearest(inner.value, known), group=group)
        elif inner.value in taken:
            refuse(problems, inner, "group_twice", group=group, other=taken[inner.value])
        taken.setdefault(inner.value, group)


def read_correlation(spot: Spot, size: int, kind: Kind, problems: list[Problem]) -> Matrix | None:
    """Correlations of the normal scores of ``size`` members, or None with the mistakes noted.

    A plain number holds for every pair, a list of lists is the whole matrix.
    """
    before = len(problems)
    if isinstance(spot.value, list):
        found = _matrix(spot, size, problems)
    else:
        pair = number(spot, problems)
        found = None if pair is None else np.where(np.eye(size) == 1.0, 1.0, pair)
        if pair is not None and abs(pair) > 1.0:
            refuse(problems, spot, "correlation_range")
    if found is None or len(problems) > before:
        return None
    scores = [[1.0 if i == j else normal_scores(float(found[i, j]), kind) for j in range(size)] for i in range(size)]
    least = float(np.linalg.eigvalsh(np.array(scores)).min()) if size else 1.0
    if least < SMALLEST:
        refuse(problems, spot, "correlation_singular", least=f"{least:.3g}")
        return None
    return tuple(map(tuple, scores))


def _matrix(spot: Spot, size: int, problems: list[Problem]) -> np.ndarray | None:
    rows = spot.value
    if len(rows) != size or not all(isinstance(row, list) and len(row) == size for row in rows):
        refuse(problems, spot, "correlation_shape", size=size)
        return None
    found = np.eye(size)
    for i in range(size):
        for j in range(size):
            inner = spot.child(i).child(j)
            value = number(inner, problems)
            if value is None:
                return None
            if abs(value) > 1.0:
                refuse(problems, inner, "correlation_range")
            elif i == j and value != 1.0:
                refuse(problems, inner, "correlation_diagonal")
            elif j < i and value != found[j, i]:
                refuse(problems, inner, "correlation_symmetric", other=found[j, i])
            found[i, j] = value
    return found
