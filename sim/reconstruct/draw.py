"""One draw of the park table: sizes, industries, money, land, lists, trade, in the order in which they follow.

First the size classes, then the values inside them, then industry by zone, then everything that follows from the
industries. Every published total and count is met, whatever the draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import InputError, Place, Problem
from sim.parks.raking import Vector, balance, rounded, spread_to_total, spread_with_known
from sim.parks.size_classes import revenues, size_classes
from sim.reconstruct.assumptions import FILE, READINGS, Reading
from sim.reconstruct.ground import Ground
from sim.reconstruct.land import land
from sim.reconstruct.money import money

Numbers = Mapping[str, npt.NDArray[Any]]
"""By column of the park table its values, shape (zones,)."""

STEPS = 7
"""Random streams of a draw, one a step: what one step draws does not shift the next."""

BARS = ("100", "500", "1000")


@dataclass(frozen=True)
class Draw:
    """What tells one table from another.

    Parameters
    ----------
    seed
        The same seed gives the same table.
    value_added
        Industrial value added of all zones in 2015, 亿元.
    """

    seed: int
    reading: Reading
    value_added: float


def shipped_draw(ground: Ground) -> Draw:
    """The draw that a bundle's own table is."""
    assumed = ground.source.assumed
    return Draw(assumed.draw.seed, assumed.draw.reading, assumed.total.iva.value)


def asked_draw(ground: Ground, seed: int | None, reading: str | None, value_added: float | None) -> Draw:
    """The draw that somebody asks for; what is not given is that of the bundle's own table.

    Raises
    ------
    InputError
        If the seed is negative, or industrial value added outside its range.
    """
    usual, total = shipped_draw(ground), ground.source.assumed.total.iva
    problems = []
    if seed is not None and not 0 <= seed < 2**63:
        problems.append(Problem(None, "parks_seed", {"found": seed}))
    if value_added is not None and not total.low <= value_added <= total.high:
        values = {"found": f"{value_added:g}", "low": f"{total.low:g}", "high": f"{total.high:g}"}
        problems.append(Problem(None, "parks_value_added", values))
    if problems:
        raise InputError(problems)
    return Draw(
        usual.seed if seed is None else seed,
        next((known for known in READINGS if known == reading), usual.reading),
        usual.value_added if value_added is None else value_added,
    )


def drawn(ground: Ground, draw: Draw) -> Numbers:
    """The columns of the park table that a draw decides.

    Raises
    ------
    InputError
        If the totals cannot be met inside the bounds of ``reconstruction.toml``.
    """
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            return _drawn(ground, draw)
    except (ValueError, ArithmeticError) as reason:
        values = {"seed": draw.seed, "reading": draw.reading, "value_added": f"{draw.value_added:g}", "reason": reason}
        raise InputError([Problem(Place(ground.source.path / FILE), "reconstruction_failed", values)]) from None


def _drawn(ground: Ground, draw: Draw) -> Numbers:
    source = ground.source
    streams = [np.random.default_rng([draw.seed, step]) for step in range(STEPS)]
    revenue, output = _sizes(ground, draw.reading, (streams[0], streams[1], streams[2]))
    shares = _industries(ground, output, streams[3])
    table: dict[str, Vector] = {"revenue": revenue, "output": output}
    table |= money(ground, output, shares, draw.value_added, streams[4])
    table |= land(ground, table.pop("plant land"), streams[5])
    flags = _lists(ground, table["iva"])
    share_columns = [f"share_{key}" for key in source.assumed.industry.keys]
    table |= dict(zip(share_columns, shares.T, strict=True))
    table |= _trade(ground, table, streams[6])
    table |= _retrofit(ground, flags["demonstration"], streams[6])
    return {**flags, **table, "enterprises": table["enterprises"].astype(np.int64)}


def _sizes(
    ground: Ground, reading: Reading, streams: tuple[np.random.Generator, np.random.Generator, np.random.Generator]
) -> tuple[Vector, Vector]:
    """Revenue and gross output, 亿元."""
    published, assumed = ground.source.published, ground.source.assumed
    scores = _scores(ground, streams[0])
    classes = size_classes(scores, ground.fixed_class, _class_counts(ground, reading))
    output_total, revenue_total = published.total("output"), published.total("revenue")
    known = ground.kept["output"]
    implied = known * revenue_total / output_total
    size = assumed.size.model_dump()
    revenue = rounded(revenues(scores, classes, implied, revenue_total, size, streams[1]), revenue_total)
    fixed = ~np.isnan(known)
    low, high = (np.where(fixed, known, ratio * revenue) for ratio in assumed.bounds.output_to_revenue)
    prior = revenue * ground.noise(streams[2], "output")
    return revenue, rounded(spread_to_total(prior, output_total, low, high), output_total, fixed)


def _scores(ground: Ground, rng: np.random.Generator) -> Vector:
    """Log of the gross output expected of each zone, with noise by how well it is known."""
    scores = ground.expected + ground.doubt * rng.standard_normal(ground.size)
    # a zone among the largest would have been named somewhere
    capped = np.minimum(scores, np.log(ground.source.assumed.size.unnamed_cap))
    return np.where(ground.named, scores, capped)


def _class_counts(ground: Ground, reading: Reading) -> dict[str, int]:
    """Zones by revenue class: nested counts zones over 1000 among those over 500, disjoint beside them."""
    over100, over500, over1000 = (ground.source.published.count(f"revenue>={bar}") for bar in BARS)
    middle = over500 - over1000 if reading == "nested" else over500
    return {"1000": over1000, "500": middle, "100": over100 - middle - over1000}


def _industries(ground: Ground, output: Vector, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Shares of gross output by zone and industry, balanced to the zones' outputs and the industries' totals."""
    industry, spread = ground.source.assumed.industry, ground.source.assumed.spread.industry
    prior = ground.profile * np.exp(spread * rng.standard_normal(ground.profile.shape))
    totals = np.array(industry.output)
    cells = balance(prior * output[:, None], output, totals * output.sum() / totals.sum(), industry.share_floor)
    shares = np.round(cells / output[:, None], 6)
    shares[np.arange(len(shares)), shares.argmax(1)] += 1.0 - shares.sum(1)
    return np.asarray(np.round(shares, 6))


def _lists(ground: Ground, iva: Vector) -> dict[str, npt.NDArray[np.int64]]:
    """Lists whose members are not public: the largest eligible zones, those named circular or eco first."""
    published, plain = ground.source.published, ground.plain
    largest_first = np.where(ground.circular, np.inf, iva)
    return {
        "key24": _largest(iva, plain & ground.west, published.count("key24")),
        "key13": _largest(iva, plain & ~ground.west, published.count("key13")),
        "demonstration": _largest(largest_first, plain, published.count("demonstration")),
        "upgrade_candidate": ground.upgrade_candidate,
    }


def _largest(values: Vector, eligible: npt.NDArray[np.bool_], n: int) -> npt.NDArray[np.int64]:
    """1 for the ``n`` largest eligible zones."""
    flags = np.zeros(len(values), np.int64)
    candidates = np.flatnonzero(eligible)
    if len(candidates) < n:
        raise ValueError(f"{len(candidates)} zones for a list of {n}")
    flags[candidates[np.argsort(-values[candidates], kind="stable")[:n]]] = 1
    return flags


def _trade(ground: Ground, table: Mapping[str, Vector], rng: np.random.Generator) -> dict[str, Vector]:
    """Trade and yearly foreign investment, 亿美元."""
    published, none = ground.source.published, np.full(ground.size, np.nan)
    trade = table["output"] * ground.leaning["trade"] * ground.noise(rng, "trade")
    fdi = table["capital"] * ground.leaning["fdi"] * ground.noise(rng, "fdi")
    return {
        "trade": spread_with_known(trade, published.total("trade"), none),
        "fdi": spread_with_known(fdi, published.total("fdi") / 5, none),  # published as the sum of five years
    }


def _retrofit(ground: Ground, demonstration: npt.NDArray[np.int64], rng: np.random.Generator) -> dict[str, Vector]:
    """Retrofit works done (share) and their duration, years."""
    retrofit = ground.source.assumed.retrofit
    least, most = retrofit.done
    done = np.round(rng.uniform(least, most, ground.size), 3)
    short, usual, long = retrofit.duration
    return {
        "retrofit_done": np.where(demonstration == 1, done, 0.0),
        "retrofit_duration": np.round(rng.triangular(short, usual, long, ground.size), 2),
    }
