"""Expressions of the model language in the terms of :mod:`sim.model.ir`.

Operators and functions mean what they mean in PySD 3.14.3 (``py_backend/functions.py``), the reference that every
engine is checked against, and where PySD lacks them or differs, what Vensim's documentation says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from sim.model import allocation, counts, courses, draws, matrices, selections, tables, vector_lookups, vectors
from sim.model.draft import Axis, Draft, Known, Scope
from sim.model.equations import plain
from sim.model.formulas import FORMULAS, one_or_nothing
from sim.model.ir import TRUTH, Clock, Expression, Index, Look, Number, Op, Ref, Variable
from sim.model.memory import MEMORY, Site, remember
from sim.model.refused import REFUSED
from sim.model.selections import Write
from sim.model.syntax import Call, Chain, Course, Inline, Literal, Name, Numbers, Points, Syntax, reduced
from sim.model.tables import NA
from sim.nearest import nearest

CLOCKS = {
    "time": Clock("time"), "time step": Clock("step"), "initial time": Clock("start"), "final time": Clock("end"),
    "saveper": Clock("saveper"),
}  # fmt: skip

_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "^": "power", "negative": "negative",
    "=": "equal", "<>": "not_equal", "<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal",
    ":AND:": "and", ":OR:": "or", ":NOT:": "not",
}  # fmt: skip

def _logic(operators: tuple[str, ...], terms: list[Expression]) -> Expression:
    """AND before OR, as Vensim's documentation says (PySD takes both from the right); each from the right."""
    parts: list[list[Expression]] = [[terms[0]]]
    for operator, term in zip(operators, terms[1:], strict=True):
        if operator == ":OR:":
            parts.append([])
        parts[-1].append(term)
    joined = [_from_right("and", part) for part in parts]
    return _from_right("or", joined)


def _from_right(operator: str, terms: list[Expression]) -> Expression:
    result = terms[-1]
    for left in reversed(terms[:-1]):
        result = Op(operator, (left, result))
    return result


_LONGEST = 100
"""Terms of a sum or product in one expression."""


class Reader:
    """Gives expressions their meaning in a scope; what is wrong or not covered is noted in the draft.

    Parameters
    ----------
    whole
        The right side of an auxiliary, where one is read: a call that is all of it may look at the variable itself.
    """

    def __init__(self, draft: Draft, whole: Syntax | None = None) -> None:
        self.draft, self.whole = draft, whole

    def number(self, syntax: Syntax, scope: Scope) -> Expression:
        """An expression where a number is expected."""
        found = self._expression(syntax, scope)
        if isinstance(found, Op) and found.name in TRUTH:
            return one_or_nothing(found)
        return found

    def truth(self, syntax: Syntax, scope: Scope) -> Expression:
        """An expression where a truth value is expected."""
        found = self._expression(syntax, scope)
        return found if isinstance(found, Op) and found.name in TRUTH else Op("not_equal", (found, Number(0.0)))

    def _expression(self, syntax: Syntax, scope: Scope) -> Expression:
        match syntax:
            case Literal(value=value):
                return NA if math.isnan(value) else Number(value)
            case Name():
                return self._name(syntax, scope)
            case Chain(operators=operators, terms=terms):
                return self._chain(operators, terms, scope)
            case Call():
                return self._call(syntax, scope)
            case Inline(argument=argument, points=points):
                return self._inline(self.number(argument, scope), points, scope)
            case Numbers() | Points() | Course():
                return self.draft.mistake(scope, "model_equation", {})

    # --- names

    def _name(self, name: Name, scope: Scope) -> Expression:
        key = plain(name.name)
        if key in CLOCKS and not name.subscripts:
            return CLOCKS[key]
        known = self.draft.known.get(key)
        if known is None:
            return self._position(name, scope)
        if known.kind == "lookup":
            return self.draft.mistake(scope, "model_lookup_bare", {"reference": known.name})
        return Ref(known.name, self.index(known, name.subscripts, scope))

    def index(self, known: Known, subscripts: tuple[str, ...], scope: Scope) -> tuple[Index, ...]:
        """The index that the subscripts after a name mean; any if they mean none."""
        if len(subscripts) != len(known.axes):
            self._misfit(known.name, subscripts, f"[{', '.join(known.axes)}]", scope)
            return tuple(Index(None, (0,)) for _ in known.axes)
        reference = Name(known.name, subscripts)
        return tuple(self.place(x, axis, reference, scope) for x, axis in zip(subscripts, known.axes, strict=True))

    def _misfit(self, name: str, subscripts: tuple[str, ...], needs: str, scope: Scope) -> None:
        values = {"reference": str(Name(name, subscripts)), "left": scope.left, "needs": needs}
        if subscripts or scope.left == needs:  # the left side isn't what is wrong
            self.draft.mistake(scope, "model_subscripts", {**values, "found": len(subscripts)})
        else:
            self.draft.mistake(scope, "model_dimension", values)

    def place(self, subscript: str, over: str, name: Name, scope: Scope) -> Index:
        """Where a subscript points along an axis that runs over the range ``over``."""
        ranges, labels, reference = self.draft.ranges, self.draft.ranges.labels[over], str(name)
        label = None if ranges.range(subscript.rstrip("! ")) else ranges.label(subscript)
        if label is not None:
            return Index(None, (self._at(label, labels, reference, over, scope),))
        axis, pointed = self._loop(subscript, name, scope)
        if axis is None:
            self._no_loop(subscript, reference, scope)
            return Index(None, (0,))
        if pointed == labels:
            return Index(axis.name)
        return Index(axis.name, tuple(self._at(one, labels, reference, over, scope) for one in pointed))

    def _at(self, label: str, labels: tuple[str, ...], reference: str, over: str, scope: Scope) -> int:
        if label in labels:
            return labels.index(label)
        self.draft.mistake(scope, "model_element", {"reference": reference, "label": label, "range": over})
        return 0

    def _loop(self, subscript: str, name: Name, scope: Scope) -> tuple[Axis | None, tuple[str, ...]]:
        """The loop that a subscript follows, and the label that it means at each position of the loop."""
        written = _written(subscript)
        axis = scope.find(written)
        if axis is not None or written.endswith("!"):
            return axis, axis.labels if axis else ()
        mapped = self.draft.ranges.mappings.get(written, {})
        followed = [(axis, mapped[target]) for target in mapped if (axis := scope.find(target))]
        # a mapping to a range tells of its subranges, too
        followed = followed or [
            (axis, labels) for labels in mapped.values() for axis in scope.axes if set(axis.labels) <= labels.keys()
        ]
        if not followed:
            return None, ()
        beside = {plain(other) for other in name.subscripts}
        followed.sort(key=lambda found: found[0].written in beside)  # as PySD: rather one that has no place here yet
        axis, labels = followed[0]
        return axis, tuple(labels[label] for label in axis.labels)

    def _no_loop(self, subscript: str, reference: str, scope: Scope) -> None:
        written = _written(subscript)
        if written.endswith("!"):
            self.draft.mistake(scope, "model_not_reduced", {"reference": reference, "subscript": subscript})
            return
        needs = f"[{self.draft.ranges.range(subscript) or subscript}]"
        self.draft.mistake(scope, "model_dimension", {"reference": reference, "left": scope.left, "needs": needs})

    def _position(self, name: Name, scope: Scope) -> Expression:
        """A range or label as the number of its place."""
        ranges = self.draft.ranges
        numbers = ranges.position(name.name)
        over = ranges.range(name.name)
        if not numbers or name.subscripts:
            known = [variable.name for variable in self.draft.known.values()]
            return self.draft.mistake(scope, "model_reference", {"reference": name.name}, nearest(name.name, known))
        if over is None:
            return Number(numbers[0])
        made = f"#position {over}"
        self.draft.made.setdefault(made, Variable(made, "constant", (over,), numbers, made=True))
        return Ref(made, (self.place(over, over, Name(name.name), scope),))

    # --- operators

    def _chain(self, operators: tuple[str, ...], terms: tuple[Syntax, ...], scope: Scope) -> Expression:
        first = operators[0]
        if first == "^":
            return self._powers(terms, scope)
        read = self.truth if first in (":AND:", ":OR:", ":NOT:") else self.number
        found = [read(term, scope) for term in terms]
        if len(found) == 1:
            return Op(_OPERATORS[first], (found[0],))
        if first in (":AND:", ":OR:"):
            return _logic(operators, found)
        result = found[0]
        for number, (operator, right) in enumerate(zip(operators, found[1:], strict=True), 1):
            result = Op(_OPERATORS[operator], (result, right))
            if number % _LONGEST == 0 and result.name not in TRUTH:
                result = self._kept(result, scope)
        return result

    def _kept(self, part: Expression, scope: Scope) -> Expression:
        """A part of a long sum as a variable of its own: what reads equations does so by recursion."""
        made = self.draft.make(scope, "part", "auxiliary", (part,))
        self.draft.give(made, "value", part)
        return made.ref

    def _powers(self, terms: tuple[Syntax, ...], scope: Scope) -> Expression:
        """Powers from the right; the sign of a number in front stays outside, as in PySD's text: ``-2 ^ 2`` is -4."""
        result = self.number(terms[-1], scope)
        for term in reversed(terms[:-1]):
            if isinstance(term, Literal) and term.value < 0:
                result = Op("negative", (Op("power", (Number(-term.value), result)),))
            else:
                result = Op("power", (self.number(term, scope), result))
        return result

    # --- functions

    def _call(self, call: Call, scope: Scope) -> Expression:
        table = self.draft.known.get(plain(call.function))
        name = call.function
        if name in MEMORY:
            return self._memory(call, scope)
        if table is not None:
            return self._look(table, call, scope)
        if name in FORMULAS:
            counts, formula = FORMULAS[name]
            if not self._counts(call, scope, *counts):
                return Number(0.0)
            return formula(*(self.number(argument, scope) for argument in call.arguments))
        if name in WRITTEN:
            counts, write = WRITTEN[name]
            return write(self, call.arguments, scope) if self._counts(call, scope, *counts) else Number(0.0)
        if name in REFUSED:
            return self.draft.mistake(scope, REFUSED[name], {"function": name})
        known = [*FORMULAS, *WRITTEN, *MEMORY]
        return self.draft.mistake(scope, "model_function_unknown", {"function": name}, nearest(name, known))

    def _counts(self, call: Call, scope: Scope, *counts: int) -> bool:
        if len(call.arguments) in counts:
            return True
        values = {"function": call.function, "found": len(call.arguments), "expected": " / ".join(map(str, counts))}
        self.draft.mistake(scope, "model_arguments", values)
        return False

    def _memory(self, call: Call, scope: Scope) -> Expression:
        if not self._counts(call, scope, MEMORY[call.function][0]):
            return Number(0.0)
        first = self.truth if call.function == "SAMPLE IF TRUE" else self.number
        arguments = (first(call.arguments[0], scope), *(self.number(x, scope) for x in call.arguments[1:]))
        return remember(Site(self.draft, scope, call.function, call is self.whole), arguments)

    def _look(self, table: Known, call: Call, scope: Scope) -> Expression:
        if table.kind != "lookup":
            return self.draft.mistake(scope, "model_no_lookup", {"reference": table.name})
        if not self._counts(call, scope, 1):
            return Number(0.0)
        return Look(table.name, self.index(table, call.subscripts, scope), self.number(call.arguments[0], scope))

    def _inline(self, argument: Expression, points: Points, scope: Scope) -> Expression:
        if not self.has_rising_x(points, scope):
            return Number(0.0)
        made = self.draft.make(scope, "lookup", "lookup", (), values=points.y, points=points.x)
        return Look(made.name, (), argument)

    def has_rising_x(self, points: Points, scope: Scope) -> bool:
        """Whether x rises over the first and over the last line; between them a lookup may jump."""
        x = points.x
        if len(x) < 2 or (x[0] < x[1] and x[-2] < x[-1]):
            return True
        self.draft.missing(scope, "LOOKUP")
        return False

    # --- loops of a function's own

    def along(self, subscript: str, scope: Scope) -> tuple[Scope, Axis] | None:
        """The scope with a new loop over a range, which references inside follow by the name of the range."""
        over = self.draft.ranges.range(subscript)
        if over is None:
            return None
        taken = {axis.name for axis in scope.axes}
        name, number = f"{over}#", 2
        while name in taken:
            name, number = f"{over}#{number}", number + 1
        axis = Axis(name, over, plain(over), self.draft.ranges.labels[over])
        return replace(scope, axes=(*scope.axes, axis)), axis

    def place_of(self, index: Index, scope: Scope) -> Expression:
        """A position along an axis of a variable as a number, counted from zero."""
        if index.axis is None:
            return Number(float(index.at(0)))
        over = next(axis.over for axis in scope.axes if axis.name == index.axis)
        count = len(self.draft.labels()[over])
        places = tuple(float(index.at(position)) for position in range(count))
        word = ".".join(f"{place:.0f}" for place in places) if index.positions else "places"
        made = f"#{word} of {over}"
        self.draft.made.setdefault(made, Variable(made, "constant", (over,), places, made=True))
        return Ref(made, (Index(index.axis),))

    def over(self, arguments: tuple[Syntax, ...], function: str, scope: Scope) -> Scope | None:
        """The scope with a loop for every ``!`` in the arguments."""
        axes: list[Axis] = []
        for written in dict.fromkeys(plain(name) for argument in arguments for name in reduced(argument)):
            over = self.draft.ranges.range(written)
            if over is None:
                self.draft.mistake(scope, "model_not_reduced", {"reference": function, "subscript": f"{written}!"})
                return None
            taken = {axis.name for axis in (*scope.axes, *axes)}
            name, number = f"{over}!", 2
            while name in taken:
                name, number = f"{over}!{number}", number + 1
            axes.append(Axis(name, over, f"{written}!", self.draft.ranges.labels[over]))
        if not axes:
            self.draft.mistake(scope, "model_nothing_reduced", {"function": function})
            return None
        return replace(scope, axes=(*scope.axes, *axes))


def _written(subscript: str) -> str:
    """A subscript as scopes name it."""
    return f"{plain(subscript[:-1])}!" if subscript.endswith("!") else plain(subscript)


WRITTEN: Mapping[str, tuple[tuple[int, ...], Write]] = {
    **selections.FUNCTIONS, **tables.FUNCTIONS, **vectors.FUNCTIONS, **vector_lookups.FUNCTIONS,
    **matrices.FUNCTIONS, **allocation.FUNCTIONS,
    **draws.FUNCTIONS, **counts.FUNCTIONS, **courses.FUNCTIONS,
}  # fmt: skip
"""Functions that take more than the numbers of their arguments: by name the numbers of arguments that are possible and
the translation."""
