"""Elementary functions as polynomials: one Python text, plain or compiled, with the same bits on every machine.

No branch, no table and no call to the system's mathematics, so that a compiled loop over runs becomes vector
instructions; special cases are chosen at the end. Sums over even and odd powers run side by side.

Errors, in units of the last place, over the whole range of arguments: below 1 for ``exp`` and ``log``, 1.1 for
``power``, 2 for ``sin``, ``cos`` and ``tanh``. Coefficients are minimax fits of what the comment beside them names,
found with Remez's exchange algorithm in arithmetic of 220 bits and rounded to doubles.
"""

from __future__ import annotations

import math

from sim.engine.primitives import absolute, bits, fma, from_bits, select, shift_right, truncate

_INFINITY = math.inf
_NAN = math.nan
_SIGN = -(1 << 63)
_SMALLEST_NORMAL = 2.2250738585072014e-308
_ROUNDER = 6755399441055744.0
"""1.5 × 2^52: adding it rounds to an integer, which then stands in the low bits of the sum."""


def _shifted(size: float) -> int:
    """Bits of a positive number, moved so that the exponent field steps at √2 × 2^k: mantissas lie in [√½, √2).

    A subnormal number is enlarged by 2^54 first; the field of exponents then counts from −1077.
    """
    return bits(select(size < _SMALLEST_NORMAL, size * 18014398509481984.0, size)) + 0x0009_5F61_9980_C433


def _exponent(size: float, shifted: int) -> float:
    """The exponent k of ``size``, from 2^52 + k as bits, which needs no conversion of integers."""
    offset = select(size < _SMALLEST_NORMAL, 4503599627371573.0, 4503599627371519.0)
    return from_bits(shift_right(shifted, 52) | 0x4330_0000_0000_0000) - offset


def _mantissa(shifted: int) -> float:
    return from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + 0x3FE6_A09E_667F_3BCD)


def _scaled(p: float, t: float, n: float) -> float:
    """``p`` × 2^n for −1080 ≤ n ≤ 1025, where ``t`` is n + ``_ROUNDER``.

    The first factor is a normal number and its product is exact; only the second can round, to a subnormal number.
    """
    tiny = n < 0.0
    first = from_bits((bits(t) << 52) + select(tiny, 1087 << 52, 1021 << 52))
    return p * first * select(tiny, 5.421010862427522e-20, 4.0)


def exp(x: float) -> float:
    """The exponential of ``x``.

    >>> exp(1.0), exp(-745.0), exp(710.0)
    (2.718281828459045, 5e-324, inf)
    """
    x = select(x > 710.0, 710.0, x)
    x = select(x < -746.0, -746.0, x)
    t = fma(x, 1.4426950408889634, _ROUNDER)
    n = t - _ROUNDER
    r = fma(-n, 0.6931471805599453, x)
    r = fma(-n, 2.3190468138462996e-17, r)
    # (e^r − 1 − r) / r², |r| ≤ ln 2 / 2
    q = r * r
    a = fma(q, 2.500006996176787e-08, 2.75575862734722e-06)
    b = fma(q, 2.7630233930667375e-07, 2.4801493136180516e-05)
    a = fma(q, a, 0.00019841269506772196)
    b = fma(q, b, 0.001388888894359766)
    a = fma(q, a, 0.008333333333494336)
    b = fma(q, b, 0.041666666666530267)
    a = fma(q, a, 0.16666666666666413)
    b = fma(q, b, 0.5000000000000011)
    p = fma(r, fma(r, a, b), 1.0)
    return _scaled(fma(r, p, 1.0), t, n)


def log(x: float) -> float:
    """The natural logarithm; −∞ of zero, NaN of a negative number.

    >>> log(10.0), log(0.0), log(-1.0)
    (2.302585092994046, -inf, nan)
    """
    shifted = _shifted(x)
    k = _exponent(x, shifted)
    f = _mantissa(shifted) - 1.0
    s = f / (f + 2.0)
    z = s * s
    # 2 artanh(s) / s − 2, over z = s² ≤ 0.02944
    u = z * z
    p = fma(u, 0.14795952138120538, 0.18183564339149091)
    q = fma(u, 0.15314050266177306, 0.22222198572896076)
    p = fma(u, p, 0.28571428742390764)
    q = fma(u, q, 0.39999999999414665)
    p = fma(z, q, fma(u, p, 0.6666666666666734))
    half = 0.5 * f * f
    # ln 2 in two parts, the first so short that its product with k is exact
    correction = half - fma(s, fma(z, p, half), k * 7.371002565167799e-13)
    result = k * 0.6931471805592082 - (correction - f)
    result = select(x < _INFINITY, result, x)
    result = select(x < 0.0, _NAN, result)
    return select(x == 0.0, -_INFINITY, result)


def power(x: float, y: float) -> float:
    """``x`` to the power ``y``, with the special cases of C99 and numpy.

    >>> power(9.0, 0.5), power(-2.0, 3.0), power(0.0, 0.0), power(-2.0, 0.5)
    (3.0, -8.0, 1.0, nan)
    """
    size = absolute(x)
    shifted = _shifted(size)
    k = _exponent(size, shifted)
    m = _mantissa(shifted)
    # s + s_low = (m − 1) / (m + 1) in twice the precision; without its last bit s makes f − s exact
    f = m - 1.0
    reciprocal = 1.0 / (m + 1.0)
    s = from_bits(bits(f * reciprocal) & -2)
    s_low = fma(-s, m, f - s) * reciprocal
    z = s * s
    z_low = fma(s + s, s_low, fma(s, s, -z))
    # (2 artanh(s) / (s ln 2) − c0 − c1 z) / z², over z = s² ≤ 0.02944, c1 a double and c0 the sum of two
    u = z * z
    v = fma(u, 0.19119105333777292, 0.2623076186319757)
    w = fma(u, 0.19091330052096459, 0.22198717565702286)
    v = fma(u, v, 0.4121985830825041)
    w = fma(u, w, 0.3205989034674426)
    w = fma(z, v, fma(u, w, 0.5770780163556545))
    # g + g_low = c0 + c1 z + w z², where z_low moves all but w
    w = z * w
    g = fma(z, w + 0.9617966939259756, 2.8853900817779268)
    g_low = fma(z, w, fma(0.9617966939259756, z, 2.8853900817779268 - g))
    g_low = fma(fma(2.0, w, 0.9617966939259756), z_low, g_low) + 4.0710547481862066e-17
    # h + h_low = k + s × g, the logarithm to base 2 with a relative error below 2^-63
    h = fma(s, g, k)
    h_low = fma(s_low, g, fma(s, g_low, fma(s, g, k - h)))
    h = select(size < _INFINITY, h, size)
    h = select(size == 0.0, -_INFINITY, h)
    # 2^(y h + y h_low)
    t = fma(y, h, _ROUNDER)
    n = t - _ROUNDER
    r = fma(y, h_low, fma(y, h, -n))
    result = _scaled(_exp2_near_zero(r), t, n)
    result = select(n > 1025.0, _INFINITY, result)
    result = select(n < -1080.0, 0.0, result)
    result = select((y == 0.0) | (size == 1.0), 1.0, result)
    whole = truncate(y) == y
    odd = (truncate(0.5 * y) != 0.5 * y) & whole
    result = from_bits(bits(result) | select(odd, bits(x) & _SIGN, 0))
    return select((x < 0.0) & (x > -_INFINITY) & (not whole), _NAN, result)


def _exp2_near_zero(r: float) -> float:
    """2 to the power ``r``, |r| ≤ ½, so near before its one rounding that powers which are doubles come out exact."""
    q = r * r
    # (2^r − 1 − c r) / r², c the double next to ln 2
    a = fma(q, 4.438942178296896e-10, 1.0178159656990721e-07)
    b = fma(q, 7.073263277708461e-09, 1.321543864129742e-06)
    a = fma(q, a, 1.5252733634472639e-05)
    b = fma(q, b, 0.0001540353044947607)
    a = fma(q, a, 0.0013333558146546361)
    b = fma(q, b, 0.0096181291076012)
    a = fma(q, a, 0.05550410866482172)
    b = fma(q, b, 0.24022650695910108)
    leading = fma(r, 0.6931471805599453, 1.0)
    return leading + fma(q, fma(r, a, b), fma(r, 0.6931471805599453, 1.0 - leading))


def _quarter_turns(x: float) -> float:
    """``_ROUNDER`` + the number of quarter turns in ``x``."""
    return fma(x, 0.6366197723675814, _ROUNDER)


def _wave(x: float, t: float, quadrant: int) -> float:
    """Sine (``quadrant`` even) or cosine of what ``x`` leaves over ``t`` quarter turns, turned by ``quadrant``."""
    n = t - _ROUNDER
    # π / 2 in three parts, to 160 bits
    r = fma(-n, 1.5707963267948966, x)
    r = fma(-n, 6.123233995736766e-17, r)
    r = fma(-n, -1.4973849048591698e-33, r)
    z = r * r
    # (sin r / r − 1) / z, |r| ≤ π / 4
    p = fma(z, 1.5896827544454458e-10, -2.5050758646109214e-08)
    p = fma(z, p, 2.7557313695176124e-06)
    p = fma(z, p, -0.00019841269829816788)
    p = fma(z, p, 0.008333333333322424)
    p = fma(z, p, -0.16666666666666632)
    sine = fma(r * z, p, r)
    # (cos r − 1 + z / 2) / z², |r| ≤ π / 4
    p = fma(z, -1.135966986597045e-11, 2.087572368444471e-09)
    p = fma(z, p, -2.755731435524207e-07)
    p = fma(z, p, 2.4801587289491827e-05)
    p = fma(z, p, -0.0013888888888874138)
    p = fma(z, p, 0.0416666666666666)
    cosine = fma(z, fma(z, p, -0.5), 1.0)
    turned = from_bits(bits(select((quadrant & 1) == 0, sine, cosine)) ^ ((quadrant & 2) << 62))
    return select(absolute(x) <= 35184372088832.0, turned, _NAN)


def sin(x: float) -> float:
    """The sine; NaN beyond 2^45, where neighbouring numbers no longer tell an angle well.

    >>> sin(1.0), sin(1e9)
    (0.8414709848078965, 0.5458434494486996)
    """
    t = _quarter_turns(x)
    return select(x == 0.0, x, _wave(x, t, bits(t)))


def cos(x: float) -> float:
    """The cosine; NaN beyond 2^45.

    >>> cos(1.0)
    0.5403023058681398
    """
    t = _quarter_turns(x)
    return _wave(x, t, bits(t) + 1)


def tanh(x: float) -> float:
    """The hyperbolic tangent.

    >>> tanh(0.5), tanh(-400.0)
    (0.46211715726000974, -1.0)
    """
    size = absolute(x)
    z = x * x
    # (tanh x / x − 1) / z, |x| ≤ 0.55
    p = fma(z, -1.9494669277250384e-05, 8.331641512849251e-05)
    p = fma(z, p, -0.0002333815405747143)
    p = fma(z, p, 0.0005884444755297875)
    p = fma(z, p, -0.001455542842896809)
    p = fma(z, p, 0.00359209202994936)
    p = fma(z, p, -0.008863232601388805)
    p = fma(z, p, 0.02186948838585242)
    p = fma(z, p, -0.05396825396376049)
    p = fma(z, p, 0.13333333333326622)
    p = fma(z, p, -0.333333333333333)
    near = fma(size * z, p, size)
    far = 1.0 - 2.0 / (exp(size + size) + 1.0)
    return from_bits(bits(select(size < 0.55, near, far)) | (bits(x) & _SIGN))
