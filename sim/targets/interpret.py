"""Give an expression its value: a (run, time) series from what a run recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sim import dims
from sim.errors import InputError, Problem
from sim.targets.array import Array, Values, each, number, put_back
from sim.targets.membership import Membership
from sim.targets.quantity import MixedDimsError, Quantity, both, divide, nested, nth_largest, reduce
from sim.targets.recorded import Recorded
from sim.targets.syntax import FLAGS, Binary, Call, Expression, LabelTest, Name, Node, Number, Select, Unary

_BINARY: dict[str, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": divide,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "and": np.logical_and,
    "or": np.logical_or,
}


class NotComputable(Exception):  # noqa: N818 - not a mistake: a state that a row reports
    """The results don't hold what the expression needs; carries a key of ``target_reason`` and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values


class Interpreter:
    """Evaluates expressions over what a run recorded.

    Parameters
    ----------
    recorded
        Arrays by name, for whole years.
    constants
        Numbers by name.
    definitions
        Named expressions; each is evaluated at most once.
    """

    def __init__(
        self, recorded: Recorded, constants: Mapping[str, float], definitions: Mapping[str, Expression]
    ) -> None:
        self._recorded, self._members = recorded, recorded.members
        self._constants, self._definitions = dict(constants), dict(definitions)
        self._live = None if self._members.live.values.all() else self._members.live
        self._known: dict[str, Quantity] = {}
        self._expression = Expression("", Number(0.0))

    @property
    def members(self) -> Membership:
        """Which parks form which zone."""
        return self._members

    def series(self, expression: Expression) -> NDArray[np.float64]:
        """The value of an expression, dims (run, time); NaN where it is undefined.

        Raises
        ------
        InputError
            If its dimensions don't fit, or parks, industries … are left over.
        NotComputable
            If the results lack an output or the base year.
        """
        self._expression = expression
        q = self._value(expression.root)
        if q.elements:
            raise self._refuse("not_series", expression.root, dims=", ".join(q.elements))
        series = q.numbers.inner((dims.RUN, dims.TIME))
        runs = self._recorded.labels[dims.RUN].values.size
        return np.broadcast_to(series, (*series.shape[:-2], runs, len(self._recorded.years))).reshape(runs, -1)

    def opened(self, node: Node) -> Node:
        """What a name stands for, where it is a definition; any other node is itself."""
        while isinstance(node, Name) and node.name in self._definitions:
            node = self._definitions[node.name].root
        return node

    def quantity(self, node: Node) -> Quantity:
        """The value of a part of an expression that has been evaluated before.

        Raises
        ------
        NotComputable
            If the results lack what it needs.
        """
        return self._value(node)

    def _refuse(self, code: str, node: Node, suggestion: str = "", **values: object) -> InputError:
        shown = {"text": self._expression.text.strip()[:120], "column": node.column}
        problem = Problem(self._expression.place, f"target_expression_{code}", shown | values, suggestion)
        return InputError([problem])

    def _value(self, node: Node) -> Quantity:
        match node:
            case Number():
                return Quantity(number(node.value))
            case Name():
                return self._name(node)
            case LabelTest():
                labels = self._words(node.name)
                same = Array(labels.names, (labels.values == node.text) == node.equal)
                return Quantity(same, self._alive(labels))
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)

    def _coordinate(self, name: str) -> Array:
        if name not in self._recorded.labels:
            raise NotComputable("no_output", name=name)
        return self._recorded.labels[name]

    def _words(self, name: str) -> Array:
        labels = self._coordinate(name)
        return Array(labels.names, labels.values.astype(str))

    def _name(self, node: Name) -> Quantity:
        name = node.name
        if name not in self._known:
            if name in self._constants:
                self._known[name] = Quantity(number(self._constants[name]))
            elif name in self._definitions:
                outer, self._expression = self._expression, self._definitions[name]
                self._known[name] = self._value(self._expression.root)
                self._expression = outer
            elif name == "is_zone":
                self._known[name] = Quantity(self._members.is_zone, self._live)
            elif name in FLAGS:
                flag = self._coordinate(name)
                self._known[name] = Quantity(Array(flag.names, flag.values.astype(bool)), self._alive(flag))
            elif name in self._recorded.outputs:
                data = self._recorded.outputs[name]
                self._known[name] = Quantity(data, self._alive(data))
            else:
                raise NotComputable("no_output", name=name)
        return self._known[name]

    def _alive(self, data: Array) -> Array | None:
        """Parks that left the list take part in nothing from then on."""
        return self._live if dims.PARK in data.names else None

    def _nested(self, a: Quantity, b: Quantity, node: Node) -> None:
        try:
            nested(a, b)
        except MixedDimsError as error:
            raise self._refuse("mixed", node, left=error.args[0], right=error.args[1]) from None

    def _condition(self, node: Node) -> Quantity:
        q = self._value(node)
        if not q.is_condition:
            raise self._refuse("condition", node)
        return q

    def _unary(self, node: Unary) -> Quantity:
        if node.operator == "not":
            q = self._condition(node.operand)
            return Quantity(each(np.logical_not, q.data), q.mask)
        q = self._value(node.operand)
        return Quantity(each(np.negative, q.numbers), q.mask)

    def _binary(self, node: Binary) -> Quantity:
        logical = node.operator in ("and", "or")
        take = self._condition if logical else self._value
        a, b = take(node.left), take(node.right)
        self._nested(a, b, node)
        left, right = (a.data, b.data) if logical else (a.numbers, b.numbers)
        with np.errstate(all="ignore"):
            return Quantity(each(_BINARY[node.operator], left, right), both(a.mask, b.mask))

    def _select(self, node: Select) -> Quantity:
        q, condition = self._value(node.value), self._condition(node.condition)
        missing = set(condition.elements) - set(q.elements)
        if missing:
            over = ", ".join(sorted(missing))
            raise self._refuse("select", node, over=over, dims=", ".join(q.elements) or "-")
        return Quantity(q.data, both(both(q.mask, condition.mask), condition.data))

    def _call(self, node: Call) -> Quantity:
        name = node.function
        if name in ("zones", "parks"):
            flags = self._members.is_zone if name == "zones" else self._members.live
            return Quantity(Quantity(flags).numbers.over(np.sum, [dims.PARK]))
        if name in ("count", "share", "all"):
            q = self._condition(node.operands[0])
        else:
            q = self._value(node.operands[0])
        if name in ("sum", "mean", "max", "min", "count", "share", "all"):
            return reduce(q, name, self._over(node, q))
        if name in ("zone", "zone_min", "zone_max"):
            return self._zone(node, q)
        if name in ("base", "change", "growth", "cumulative", "at"):
            return self._in_time(node, q)
        if name in ("larger", "smaller"):
            other = self._value(node.operands[1])
            self._nested(q, other, node)
            prefer = np.maximum if name == "larger" else np.minimum  # undefined where either is
            return Quantity(each(prefer, q.numbers, other.numbers), both(q.mask, other.mask))
        return self._other(node, q)

    def _over(self, node: Call, q: Quantity) -> list[str]:
        if node.option is None:
            return list(q.elements)
        if node.option not in q.elements:
            raise self._refuse("no_dim", node, over=node.option, dims=", ".join(q.elements) or "-")
        return [str(node.option)]

    def _zone(self, node: Call, q: Quantity) -> Quantity:
        if dims.PARK not in q.elements:
            raise self._refuse("no_dim", node, over=dims.PARK, dims=", ".join(q.elements) or "-")
        operand = node.operands[0]
        if node.function == "zone" and isinstance(operand, Name) and operand.name in self._recorded.levels:
            raise self._refuse("zone_level", node, name=operand.name)
        return self._members.zones(q, {"zone": "sum", "zone_min": "min", "zone_max": "max"}[node.function])

    def _year(self, data: Array, year: int) -> Array:
        found = np.flatnonzero(self._recorded.years == year)
        if not found.size:
            raise NotComputable("no_year", year=year)
        return data.at(dims.TIME, int(found[0]))

    def _in_time(self, node: Call, q: Quantity) -> Quantity:
        year = int(node.option) if node.function == "at" and node.option is not None else dims.BASE_YEAR
        start = self._year(q.numbers, year)
        if node.function in ("base", "at"):
            return Quantity(start, None if q.mask is None else self._year(q.mask, year))
        passed = Array.of([dims.TIME], self._recorded.years - dims.BASE_YEAR)  # years since the base
        if node.function == "cumulative":
            flows = each(lambda data, years: np.where(years > 0, data, 0.0), q.filled(0.0), passed)
            return Quantity(Array(flows.names, np.cumsum(flows.values, axis=dims.ORDER.index(dims.TIME))), q.mask)
        ratio = each(divide, q.numbers, start)
        if node.function == "change":
            return Quantity(each(lambda r: r - 1.0, ratio), q.mask)
        return Quantity(each(_mean_growth, ratio, passed), q.mask)

    def _other(self, node: Call, q: Quantity) -> Quantity:
        match node.function:
            case "percent":
                return Quantity(each(lambda values: values * 100.0, q.numbers), q.mask)
            case "floor":  # a hair of rounding must not cost a whole unit
                return Quantity(each(lambda values: np.floor(values + 1e-9), q.numbers), q.mask)
            case "nth":
                return nth_largest(q, int(node.option or 1))
            case "max_per":
                return self._max_per(node, q)
        return self._material(node, q)

    def _material(self, node: Call, q: Quantity) -> Quantity:
        if dims.INDUSTRY not in q.elements:
            raise self._refuse("no_dim", node, over=dims.INDUSTRY, dims=", ".join(q.elements) or "-")
        chosen = each(lambda words: np.isin(words, dims.MATERIAL), self._words(dims.INDUSTRY))
        return reduce(Quantity(q.data, both(q.mask, chosen)), "sum", [dims.INDUSTRY])

    def _max_per(self, node: Call, q: Quantity) -> Quantity:
        """The largest of the sums by label; elements with a blank label are passed over."""
        labels = self._words(str(node.option))
        over = labels.dims
        if len(over) != 1 or over != q.elements:
            raise self._refuse("no_dim", node, over=", ".join(over), dims=", ".join(q.elements) or "-")
        names, codes = np.unique(labels.values.ravel(), return_inverse=True)
        filled = q.filled(0.0)
        data = np.moveaxis(filled.inner(over), -1, 0)
        sums = np.zeros((len(names), *data.shape[1:]))
        np.add.at(sums, codes, data)
        sums = sums[names != ""]
        if not len(sums):
            raise NotComputable("no_label", name=node.option)
        return Quantity(Array(filled.names - set(over), put_back(over, sums.max(axis=0)[..., None])))


def _mean_growth(ratio: Values, years: Values) -> Values:
    """Growth in % a year that makes a ratio; undefined in the base year and before, for 1 ** NaN is 1."""
    with np.errstate(all="ignore"):
        return np.where(years > 0, (ratio ** (1.0 / np.where(years > 0, years, np.nan)) - 1.0) * 100.0, np.nan)
