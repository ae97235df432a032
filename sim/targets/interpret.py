"""Give an expression its value: a (run, time) series from a results Dataset."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from sim import dims
from sim.errors import InputError, Problem
from sim.targets.membership import Membership
from sim.targets.quantity import MixedDimsError, Quantity, both, divide, nested, nth_largest, reduce
from sim.targets.syntax import FLAGS, Binary, Call, Expression, LabelTest, Name, Node, Number, Select, Unary

_ARITHMETIC: dict[str, Callable[[xr.DataArray, xr.DataArray], xr.DataArray]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
}
_COMPARE: dict[str, Callable[[xr.DataArray, xr.DataArray], xr.DataArray]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


class NotComputable(Exception):  # noqa: N818 - not a mistake: a state that a row reports
    """The results don't hold what the expression needs; carries a key of ``target_reason`` and its values."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code, self.values = code, values


class Interpreter:
    """Evaluates expressions over one results Dataset.

    Parameters
    ----------
    dataset
        Results in the shape of `sim.results`; years that are not whole are passed over.
    constants
        Numbers by name.
    definitions
        Named expressions; each is evaluated at most once.
    """

    def __init__(
        self, dataset: xr.Dataset, constants: Mapping[str, float], definitions: Mapping[str, Expression]
    ) -> None:
        years = np.asarray(dataset[dims.TIME].values, dtype=float)
        whole = np.isclose(years, np.rint(years), atol=1e-6)
        self._dataset = dataset.isel({dims.TIME: whole}).assign_coords(
            {dims.TIME: np.rint(years[whole]).astype(int)}
        )
        self._constants, self._definitions = dict(constants), dict(definitions)
        self._members = Membership(self._dataset)
        live = self._members.live
        self._live = None if bool(live.all()) else live
        self._known: dict[str, Quantity] = {}
        self._expression = Expression("", Number(0.0))

    def series(self, expression: Expression) -> xr.DataArray:
        """The value of an expression, dims (run, time); NaN where it is undefined.

        Raises
        ------
        InputError
            If its dimensions don't fit, or parks, industries … are left over.
        NotComputable
            If the results lack an output or the base year.
        """
        self._expression = expression
        with xr.set_options(arithmetic_join="exact"):  # type: ignore[no-untyped-call]
            q = self._value(expression.root)
        if q.elements:
            raise self._refuse("not_series", expression.root, dims=", ".join(q.elements))
        series = q.data.astype(float)
        for name in (dims.RUN, dims.TIME):
            if name not in series.dims:
                series = series.expand_dims({name: self._dataset[name].values})
        return series.transpose(dims.RUN, dims.TIME)

    def _refuse(self, code: str, node: Node, suggestion: str = "", **values: object) -> InputError:
        shown = {"text": self._expression.text.strip()[:120], "column": node.column}
        problem = Problem(self._expression.place, f"target_expression_{code}", shown | values, suggestion)
        return InputError([problem])

    def _value(self, node: Node) -> Quantity:
        match node:
            case Number():
                return Quantity(xr.DataArray(node.value))
            case Name():
                return self._name(node)
            case LabelTest():
                labels = self._coordinate(node.name).astype(str)
                same = labels == node.text
                return Quantity(same if node.equal else ~same, self._alive(labels))
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Select():
                return self._select(node)
            case Call():
                return self._call(node)

    def _coordinate(self, name: str) -> xr.DataArray:
        if name not in self._dataset.coords:
            raise NotComputable("no_output", name=name)
        return self._dataset[name].reset_coords(drop=True)

    def _name(self, node: Name) -> Quantity:
        name = node.name
        if name not in self._known:
            if name in self._constants:
                self._known[name] = Quantity(xr.DataArray(self._constants[name]))
            elif name in self._definitions:
                outer, self._expression = self._expression, self._definitions[name]
                self._known[name] = self._value(self._expression.root)
                self._expression = outer
            elif name == "is_zone":
                self._known[name] = Quantity(self._members.is_zone, self._live)
            elif name in FLAGS:
                flag = self._coordinate(name).astype(bool)
                self._known[name] = Quantity(flag, self._alive(flag))
            elif name in self._dataset.data_vars:
                data = self._dataset[name].reset_coords(drop=True)
                self._known[name] = Quantity(data, self._alive(data))
            else:
                raise NotComputable("no_output", name=name)
        return self._known[name]

    def _alive(self, data: xr.DataArray) -> xr.DataArray | None:
        """Parks that left the list take part in nothing from then on."""
        return self._live if dims.PARK in data.dims else None

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
            return Quantity(~q.data, q.mask)
        q = self._value(node.operand)
        return Quantity(-q.data.astype(float), q.mask)

    def _binary(self, node: Binary) -> Quantity:
        logical = node.operator in ("and", "or")
        take = self._condition if logical else self._value
        a, b = take(node.left), take(node.right)
        self._nested(a, b, node)
        mask = both(a.mask, b.mask)
        if logical:
            return Quantity(a.data & b.data if node.operator == "and" else a.data | b.data, mask)
        left, right = a.data.astype(float), b.data.astype(float)
        with np.errstate(all="ignore"):
            work = _ARITHMETIC.get(node.operator) or _COMPARE[node.operator]
            return Quantity(work(left, right), mask)

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
            return Quantity(flags.astype(float).sum(dims.PARK))
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
            left, right = xr.broadcast(q.data.astype(float), other.data.astype(float))
            prefer = left >= right if name == "larger" else left <= right
            undefined = left.isnull() | right.isnull()
            return Quantity(left.where(prefer, right).where(~undefined), both(q.mask, other.mask))
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
        if node.function == "zone" and isinstance(operand, Name) and self._is_level(operand.name):
            raise self._refuse("zone_level", node, name=operand.name)
        return self._members.zones(q, {"zone": "sum", "zone_min": "min", "zone_max": "max"}[node.function])

    def _is_level(self, name: str) -> bool:
        return name in self._dataset.data_vars and self._dataset[name].attrs.get("kind") == "level"

    def _year(self, data: xr.DataArray, year: int) -> xr.DataArray:
        if year not in self._dataset[dims.TIME].values:
            raise NotComputable("no_year", year=year)
        return data.sel({dims.TIME: year}, drop=True) if dims.TIME in data.dims else data

    def _in_time(self, node: Call, q: Quantity) -> Quantity:
        year = int(node.option) if node.function == "at" and node.option is not None else dims.BASE_YEAR
        start = self._year(q.data.astype(float), year)
        if node.function in ("base", "at"):
            return Quantity(start, None if q.mask is None else self._year(q.mask, year))
        time = self._dataset[dims.TIME].reset_coords(drop=True)
        if node.function == "cumulative":
            flows = q.filled(0.0).where(time > dims.BASE_YEAR, 0.0)
            return Quantity(flows.cumsum(dims.TIME, skipna=False), q.mask)
        ratio = divide(q.data.astype(float), start)
        if node.function == "change":
            return Quantity(ratio - 1.0, q.mask)
        span = (time - dims.BASE_YEAR).where(time > dims.BASE_YEAR).astype(float)
        with np.errstate(all="ignore"):
            mean = (ratio ** (1.0 / span) - 1.0) * 100.0
        return Quantity(mean.where(time > dims.BASE_YEAR), q.mask)  # 1 ** NaN is 1

    def _other(self, node: Call, q: Quantity) -> Quantity:
        match node.function:
            case "percent":
                return Quantity(q.data.astype(float) * 100.0, q.mask)
            case "floor":  # a hair of rounding must not cost a whole unit
                numbers = q.data.astype(float)
                return Quantity(numbers.copy(data=np.floor(numbers.values + 1e-9)), q.mask)
            case "nth":
                return nth_largest(q, int(node.option or 1))
            case "max_per":
                return self._max_per(node, q)
        return self._material(node, q)

    def _material(self, node: Call, q: Quantity) -> Quantity:
        if dims.INDUSTRY not in q.elements:
            raise self._refuse("no_dim", node, over=dims.INDUSTRY, dims=", ".join(q.elements) or "-")
        chosen = self._dataset[dims.INDUSTRY].reset_coords(drop=True).isin(dims.MATERIAL)
        return reduce(Quantity(q.data, both(q.mask, chosen)), "sum", [dims.INDUSTRY])

    def _max_per(self, node: Call, q: Quantity) -> Quantity:
        """The largest of the sums by label; elements with a blank label are passed over."""
        labels = self._coordinate(str(node.option)).astype(str)
        if labels.ndim != 1 or labels.dims[0] not in q.elements or len(q.elements) != 1:
            over = ", ".join(str(d) for d in labels.dims)
            raise self._refuse("no_dim", node, over=over, dims=", ".join(q.elements) or "-")
        names, codes = np.unique(labels.values, return_inverse=True)
        data = q.filled(0.0).transpose(labels.dims[0], ...)
        sums = np.zeros((len(names), *data.shape[1:]))
        np.add.at(sums, codes, data.values)
        sums = sums[names != ""]
        if not len(sums):
            raise NotComputable("no_label", name=node.option)
        return Quantity(data.isel({labels.dims[0]: 0}, drop=True).copy(data=sums.max(axis=0)))
