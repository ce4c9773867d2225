"""exp, log, cos and sin without a branch or a call, so that the compiler works them out for several numbers at once.

They are plain double-precision arithmetic in a fixed order: the same bits on every machine, which no library promises.
Errors against the exact value, found by the tests: exp and log 1 unit in the last place; cos and sin 4e-16 if
|x| < 1e6. Chebyshev fits after a reduction of the argument (W. J. Cody and W. Waite,
Software Manual for the Elementary Functions, Prentice-Hall 1980), made at 200 bits: (exp r - 1 - r)/r^2,
(2 artanh s/s - 2)/s^2, (cos r - 1 + r^2/2)/r^4 and (1 - sin r/r)/r^2.

Traps. Adding 1.5 * 2**52 rounds to a whole number, which then stands in the lowest bits. `view` takes a number with its
type written around it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ROUND = 6755399441055744.0  # 1.5 * 2**52
LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10
INVERSE_PI = 0.3183098861837907
PI_HIGH, PI_MIDDLE, PI_LOW = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21
EXPONENT, SIGN = np.int64(52), np.int64(63)
ROOT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
ROUND_BITS = np.int64(0x4338000000000000)


def vector_exp(x: Any) -> Any:
    """e**x; 0 below -708, infinite from 709.5 on."""
    shifted = x * LOG2_E + ROUND
    k = shifted - ROUND
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    p = 2.510038549551032e-08 * r + 2.7620088445409746e-07
    p = p * r + 2.7557268459997064e-06
    p = p * r + 2.4801521295954376e-05
    p = p * r + 0.00019841269863053618
    p = p * r + 0.0013888888917213717
    p = p * r + 0.008333333333330062
    p = p * r + 0.04166666666662413
    p = p * r + 0.16666666666666669
    p = p * r + 0.5000000000000001
    p = p * (r * r) + r + 1.0
    bits = np.float64(p).view(np.int64) + (np.float64(shifted).view(np.int64) << EXPONENT)
    value = np.int64(bits).view(np.float64)
    value = value if x >= -708.0 else 0.0
    value = value if x <= 709.5 else np.inf
    return value if x == x else x


def vector_log(x: Any) -> Any:
    """The natural logarithm; -infinity of 0 and of what is too small to be normal (2.2e-308), NaN below 0."""
    bits = np.float64(x).view(np.int64)
    k = (bits - ROOT_HALF_BITS) >> EXPONENT
    m = np.int64(bits - (k << EXPONENT)).view(np.float64)  # from 0.707 to 1.414
    exponent = np.int64(k + ROUND_BITS).view(np.float64) - ROUND
    f = m - 1.0
    s = f / (m + 1.0)
    z = s * s
    p = 0.14616585424888623 * z + 0.15331710618210773
    p = p * z + 0.18182889455674947
    p = p * z + 0.22222211130259878
    p = p * z + 0.2857142862600327
    p = p * z + 0.39999999999899444
    p = p * z + 0.666666666666667
    half = 0.5 * f * f
    # log m = f - (half - s (half + z p)), since 2 s = f - s f
    value = exponent * LN2_HIGH - ((half - (s * (half + z * p) + exponent * LN2_LOW)) - f)
    value = value if x >= 2.2250738585072014e-308 else -np.inf
    value = value if x >= 0.0 else np.nan
    return value if x < np.inf else x


def vector_cos(x: Any) -> Any:
    """The cosine of x radians."""
    shifted = x * INVERSE_PI + ROUND
    k = shifted - ROUND
    r = ((x - k * PI_HIGH) - k * PI_MIDDLE) - k * PI_LOW
    z = r * r
    p = -1.5218598818596388e-16 * z + 4.77787760803859e-14
    p = p * z - 1.1470712262813793e-11
    p = p * z + 2.0876756602722215e-09
    p = p * z - 2.755731922156836e-07
    p = p * z + 2.4801587301579848e-05
    p = p * z - 0.001388888888888888
    p = p * z + 0.041666666666666664
    p = p * (z * z) - 0.5 * z + 1.0
    bits = np.float64(p).view(np.int64) ^ (np.float64(shifted).view(np.int64) << SIGN)
    return np.int64(bits).view(np.float64)


def vector_sin(x: Any) -> Any:
    """The sine of x radians."""
    shifted = x * INVERSE_PI + ROUND
    k = shifted - ROUND
    r = ((x - k * PI_HIGH) - k * PI_MIDDLE) - k * PI_LOW
    z = r * r
    p = -2.7314368769379893e-15 * z + 7.643969663988074e-13
    p = p * z - 1.6058977292642743e-10
    p = p * z + 2.505210761669045e-08
    p = p * z - 2.7557319219160833e-06
    p = p * z + 0.00019841269841254966
    p = p * z - 0.008333333333333316
    p = p * z + 0.16666666666666666
    p = r - p * (z * r)
    bits = np.float64(p).view(np.int64) ^ (np.float64(shifted).view(np.int64) << SIGN)
    return np.int64(bits).view(np.float64)


def vector_normals(first: Any, second: Any) -> tuple[Any, Any]:
    """Two independent standard normal numbers from two uniform ones in [0, 1).

    G. E. P. Box and M. E. Muller, Ann. Math. Stat. 29, 610 (1958): one root and one logarithm for both.
    """
    radius = np.sqrt(-2.0 * vector_log(1.0 - first))
    angle = 6.283185307179586 * second
    return radius * vector_cos(angle), radius * vector_sin(angle)


FUNCTIONS = {name: f"vector_{name}" for name in ("cos", "exp", "log", "sin")}
"""The function here for one of `vocabulary.FUNCTIONS`."""

NAMES = (*FUNCTIONS.values(), "vector_normals")
