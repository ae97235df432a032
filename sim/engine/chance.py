"""Random numbers by counting: each is a function of what it is for, so that no order of work changes any of them.

A number depends on four others: the seed of the run, the stream (which call of the model it is for), the element, and
the step. Their bits go one after the other through the finalizer of SplitMix64 (G. L. Steele, D. Lea, C. H. Flood,
"Fast splittable pseudorandom number generators", 2014), each after the sum with its increment.
"""

from __future__ import annotations

from sim.engine.primitives import bits, from_bits, plus, shift_right, times

_INCREMENT = -7046029254386353131  # 0x9E3779B97F4A7C15, 2^64 over the golden ratio


def mixed(n: int) -> int:
    """The finalizer of SplitMix64: every bit of ``n`` changes about half the bits of the result.

    >>> hex(mixed(1) & 0xFFFFFFFFFFFFFFFF)
    '0x5692161d100b05e5'
    """
    n = times(n ^ shift_right(n, 30), -4658895280553007687)  # 0xBF58476D1CE4E5B9
    n = times(n ^ shift_right(n, 27), -7723592293110705685)  # 0x94D049BB133111EB
    return n ^ shift_right(n, 31)


def uniform(seed: float, stream: float, element: float, step: float) -> float:
    """A number between 0 and 1, neither of them, in units of 2^-53 (52 random bits).

    >>> uniform(1.0, 1.0, 0.0, 0.0) != uniform(1.0, 1.0, 0.0, 1.0)
    True
    """
    n = mixed(plus(bits(seed + 0.0), _INCREMENT))  # + 0.0: −0 counts as 0
    n = mixed(plus(n ^ bits(stream + 0.0), _INCREMENT))
    n = mixed(plus(n ^ bits(element + 0.0), _INCREMENT))
    n = mixed(plus(n ^ bits(step + 0.0), _INCREMENT))
    return from_bits(shift_right(n, 12) | 0x3FF0_0000_0000_0000) - 0.9999999999999999
