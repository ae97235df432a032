"""Which verdicts rest on a quantity: the targets whose expression names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sim.bundle import Bundle
from sim.targets.spec import read_targets
from sim.targets.syntax import Expression, Name, walk
from sim.targets.target import Reading


def resting(bundle: Bundle) -> Callable[[Sequence[str]], str]:
    """From variables of the model to the targets that name one of them, in brackets if only another reading does.

    >>> from sim.bundle import load_bundle
    >>> from pathlib import Path
    >>> resting(load_bundle(Path("models/inner-mongolia")))(["trade"])
    'T25'
    """
    if not bundle.targets_path.is_file():
        return lambda variables: ""
    targets = read_targets(bundle.targets_path, bundle.outputs)
    main = {target.id: _variables(bundle, [target.main], target.vocabulary.definitions) for target in targets}
    other = {target.id: _variables(bundle, target.readings, target.vocabulary.definitions) for target in targets}

    def named(variables: Sequence[str]) -> str:
        of = set(variables)
        shown = (id if main[id] & of else f"({id})" if other[id] & of else "" for id in main)
        return ", ".join(filter(None, shown))

    return named


def _variables(bundle: Bundle, readings: Sequence[Reading], definitions: Mapping[str, Expression]) -> set[str]:
    names = {name for one in readings if one.expression for name in _names(one.expression, definitions)}
    return {bundle.outputs[name].variable for name in names if name in bundle.outputs}


def _names(expression: Expression, definitions: Mapping[str, Expression]) -> Iterator[str]:
    """Names in an expression, and in the definitions that it names."""
    for node in walk(expression.root):
        if isinstance(node, Name):
            yield node.name
            if node.name in definitions:
                yield from _names(definitions[node.name], definitions)
