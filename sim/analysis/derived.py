"""Constants that follow from drawn parameters, run by run: the queue of the circular retrofit.

The same arithmetic as in `sim.binding`, with a run axis in front, so that a run of an ensemble takes exactly what a
scenario with the same numbers would take. ``cluster half scale`` rests on the park table alone: where tables are drawn
anew, it comes with the table.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import xarray as xr

from sim import dims
from sim.bundle import Bundle
from sim.selection import RULES

Array = npt.NDArray[np.float64]

EMISSIONS, CAPITAL, VALUE_ADDED = (
    "reference emission intensity",
    "reference capital output ratio",
    "reference value added ratio",
)
RANK, QUEUE = "retrofit rank", "retrofit queue position"
_SERVICES, _SO2 = dims.INDUSTRIES.index("services"), dims.POLLUTANTS.index("SO2")
_MATERIAL = [dims.INDUSTRIES.index(name) for name in dims.MATERIAL]


def derived_draws(
    bundle: Bundle, constants: Mapping[str, xr.DataArray], draws: Mapping[str, xr.DataArray], rule: str
) -> dict[str, xr.DataArray]:
    """Derived constants that differ by run, dims ``run, park``.

    Parameters
    ----------
    constants
        Those of the scenario itself.
    draws
        Drawn parameters, dims ``run`` and their own.
    rule
        How parks are selected for the retrofit.

    Returns
    -------
    dict
        ``retrofit queue position`` where capital by park differs by run, ``retrofit rank`` where the order of the
        parks may; nothing otherwise.
    """
    if not {EMISSIONS, CAPITAL, VALUE_ADDED} & set(draws):
        return {}
    scale = _emission_scale(constants, draws)
    reordered = {"so2": scale is None, "revenue": False, "cost": bool({CAPITAL, VALUE_ADDED} & set(draws))}
    key, _ = RULES[rule]
    per_year = _capital(constants, draws) / constants["table retrofit duration"].to_numpy()
    if reordered[key]:
        rank = _rank(bundle, _emitted(constants, draws) if key == "so2" else _capital(constants, draws), rule)
    elif {CAPITAL, VALUE_ADDED} & set(draws):
        rank = constants[RANK].to_numpy()[None, :].astype(np.int64)
    else:
        return {}
    parks = {dims.PARK: list(bundle.parks.frame.index)}
    found = {QUEUE: xr.DataArray(_queue(rank, per_year), dims=(dims.RUN, dims.PARK), coords=parks)}
    if reordered[key]:
        found[RANK] = xr.DataArray(rank.astype(float), dims=(dims.RUN, dims.PARK), coords=parks)
    return found


def _by_run(name: str, constants: Mapping[str, xr.DataArray], draws: Mapping[str, xr.DataArray]) -> Array:
    """Values with a run axis first, of length 1 where nothing is drawn."""
    return draws[name].to_numpy() if name in draws else constants[name].to_numpy()[None]


def _output(constants: Mapping[str, xr.DataArray]) -> Array:
    """Output of 2015 by park and material industry."""
    found = constants["table output"] * constants["table industry share"]
    return np.asarray(found.transpose(dims.PARK, "material").sel(material=list(dims.MATERIAL)).to_numpy())


def _emission_scale(constants: Mapping[str, xr.DataArray], draws: Mapping[str, xr.DataArray]) -> Array | None:
    """By run one factor on the SO2 intensity of every industry, which moves no park past another; None if several."""
    if EMISSIONS not in draws:
        return np.ones(1)
    intensity = draws[EMISSIONS].to_numpy()[:, _MATERIAL, _SO2]
    own = constants[EMISSIONS].to_numpy()[_MATERIAL, _SO2]
    ratio = intensity / np.where(own != 0, own, 1.0)
    same = np.allclose(ratio, ratio[:, :1], rtol=1e-12, atol=0.0) and bool((ratio > 0).all())
    return ratio[:, 0] if same else None


def _emitted(constants: Mapping[str, xr.DataArray], draws: Mapping[str, xr.DataArray]) -> Array:
    """SO2 of 2015, shape (runs, parks)."""
    intensity = _by_run(EMISSIONS, constants, draws)[:, _MATERIAL, _SO2]
    return np.asarray((_output(constants) * intensity[:, None, :]).sum(axis=-1))


def _capital(constants: Mapping[str, xr.DataArray], draws: Mapping[str, xr.DataArray]) -> Array:
    """Capital of the material industries of 2015, shape (runs or 1, parks)."""
    weight = _by_run(CAPITAL, constants, draws)
    ratio = _by_run(VALUE_ADDED, constants, draws)[:, _SERVICES, None]
    heavy = (_output(constants) * weight[:, None, _MATERIAL]).sum(axis=-1)
    light = constants["table services"].to_numpy() / ratio * weight[:, _SERVICES, None]
    both = heavy + light
    return np.asarray(constants["table capital"].to_numpy() * heavy / np.where(both > 0, both, 1.0))


def _rank(bundle: Bundle, key: Array, rule: str) -> npt.NDArray[np.int64]:
    """As `sim.selection.retrofit_order`: parks under way first, then by the rule's key, ties by name."""
    table = bundle.parks.frame
    under_way = table["demonstration"].to_numpy().astype(int)
    left = np.where(under_way == 1, -table["retrofit_done"].to_numpy(dtype=float), 0.0)
    name = np.argsort(np.argsort(np.array(table.index, dtype=str), kind="stable"), kind="stable")
    signed = key if RULES[rule][1] else -key
    keys = [np.broadcast_to(one, signed.shape).astype(float) for one in (name, signed, left, 1 - under_way)]
    order = np.lexsort(np.stack(keys), axis=-1)
    rank = np.empty(order.shape, dtype=np.int64)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(1, order.shape[-1] + 1), order.shape), axis=-1)
    return rank


def _queue(rank: npt.NDArray[np.int64], per_year: Array) -> Array:
    """As `sim.selection.queue_position`, by run."""
    runs = max(len(rank), len(per_year))
    order = np.broadcast_to(np.argsort(rank, axis=-1), (runs, rank.shape[1]))
    sorted_ = np.take_along_axis(np.broadcast_to(per_year, order.shape), order, axis=-1)
    position = np.empty(order.shape)
    np.put_along_axis(position, order, np.cumsum(sorted_, axis=-1) - sorted_, axis=-1)
    return position
