"""Which variables lie on a feedback loop."""

from __future__ import annotations

import numpy as np

from sim.model.causes import Causes


def on_loops(model: Causes) -> frozenset[str]:
    """Variables that act on themselves through others.

    >>> from pathlib import Path
    >>> from sim.model.causes import causes_of
    >>> from sim.model.mdl_text import entries
    >>> model = causes_of(entries("S = INTEG(f, 1) ~~| f = k * S ~~| k = 1 ~~|", Path("m.mdl")))
    >>> sorted(on_loops(model))
    ['S', 'f']
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = {name: place for place, name in enumerate(model.nodes)}
    links = np.array([(number[cause], number[effect]) for cause, effect in model.links()], dtype=int).reshape(-1, 2)
    size = len(number)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
    _, parts = connected_components(graph, directed=True, connection="strong")
    many = np.bincount(parts) > 1
    return frozenset(name for name, place in number.items() if many[parts[place]])
