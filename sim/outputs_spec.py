"""``outputs.toml`` of a bundle: what a run records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field

from sim import dims
from sim.errors import InputError, Problem
from sim.toml_places import read_toml
from sim.toml_values import Closed, Spot, closed, refuse
from sim.words.catalogue import Language

Kind = Literal["rate", "stock", "level"]
Role = Literal["public_cost", "private_cost", "fund_cover", "policy_asked", "policy_paid"]
"""What an output tells of the money: cumulative public and private cost of the levers, the part of the public money
asked for that the fund can pay (1 where it suffices), and what each policy has asked for and been paid, cumulative."""

_KIND_OF_ROLE: Mapping[Role, Kind] = {
    "public_cost": "stock",
    "private_cost": "stock",
    "fund_cover": "level",
    "policy_asked": "stock",
    "policy_paid": "stock",
}
_BY_POLICY: tuple[Role, Role] = ("policy_asked", "policy_paid")

FILE = "outputs.toml"


@dataclass(frozen=True)
class Output:
    """One variable of the results.

    Parameters
    ----------
    name, variable
        Its name in the results, and in the model file.
    dims
        Dimensions besides run and time, in the order of `sim.dims.ORDER`.
    kind
        ``rate``: an annual value; ``stock``: a year-end value; ``level``: a ratio or index at year-end.
    role
        What it tells of the money, where it does; no two outputs have the same.
    """

    name: str
    variable: str
    dims: tuple[str, ...]
    units: str
    units_zh: str
    name_en: str
    name_zh: str
    kind: Kind
    role: Role | None = None

    def long_name(self, lang: Language) -> str:
        """Its name for people."""
        return self.name_zh if lang == "zh" else self.name_en


class _OutputTable(Closed):
    name: str = Field(min_length=1)
    variable: str = Field(min_length=1)
    dims: list[str]
    units: str = Field(min_length=1)
    units_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    kind: Kind
    role: Role | None = None


class _File(Closed):
    output: list[Any]


def read_outputs(path: Path) -> Mapping[str, Output]:
    """Read an ``outputs.toml``: outputs by name, in the order of the file.

    Raises
    ------
    InputError
        With every problem of the file.

    >>> read_outputs(Path("models/inner-mongolia/outputs.toml"))["gdp"].units
    '1e8 CNY/yr'
    """
    root = Spot.root(read_toml(path))
    problems: list[Problem] = []
    outputs: dict[str, Output] = {}
    if closed(root, _File, problems):
        listed = root.child("output")
        for index in range(len(listed.value)):
            output = _output(listed.child(index), problems)
            if output and output.name in outputs:
                refuse(problems, listed.child(index).child("name"), "name_twice", name=output.name)
            elif output:
                outputs[output.name] = output
                _check_role(listed.child(index), output, outputs, problems)
    if problems:
        raise InputError(problems)
    return MappingProxyType(outputs)


def _output(spot: Spot, problems: list[Problem]) -> Output | None:
    read = closed(spot, _OutputTable, problems)
    if read is None:
        return None
    known = [name for name in dims.ORDER if name not in (dims.RUN, dims.TIME)]
    if read.dims != [name for name in known if name in read.dims]:
        refuse(problems, spot.child("dims"), "unknown_dims", dims=", ".join(known))
        return None
    return Output(
        name=read.name,
        variable=read.variable,
        dims=tuple(read.dims),
        units=read.units,
        units_zh=read.units_zh,
        name_en=read.name_en,
        name_zh=read.name_zh,
        kind=read.kind,
        role=read.role,
    )


def _check_role(spot: Spot, output: Output, outputs: Mapping[str, Output], problems: list[Problem]) -> None:
    """Money is one number a year for the whole region, or one by policy, told once, all of it in one unit."""
    if output.role is None:
        return
    at = spot.child("role")
    others = [other for other in outputs.values() if other.role and other is not output]
    same = next((other.name for other in others if other.role == output.role), "")
    if same:
        refuse(problems, at, "output_role_twice", role=output.role, other=same)
    by_policy = output.role in _BY_POLICY
    if output.dims != ((dims.POLICY,) if by_policy else ()):
        code = "output_role_policy" if by_policy else "output_role_dims"
        refuse(problems, at, code, role=output.role, dims=", ".join(output.dims))
    kind = _KIND_OF_ROLE[output.role]
    if output.kind != kind:
        refuse(problems, at, "output_role_kind", kind, role=output.role, kind=kind)
    costs = [other.units for other in (*others, output) if other.role != "fund_cover"]
    if output.role != "fund_cover" and len(set(costs)) > 1:
        refuse(problems, at, "output_role_units", role=output.role, units=", ".join(costs))
