"""What an expression can say and Python has no operator for: plain functions of numbers, compiled into kernels.

Each evaluates all of its arguments, so that the compiler makes a selection of it, not a branch, and vectorises.
"""

from __future__ import annotations

import numpy as np


def where(condition, chosen, other):
    """`chosen` where the condition holds, else `other`."""
    return chosen if condition else other


def truth(condition):
    """A comparison as a number, 1 or 0."""
    return 1.0 if condition else 0.0


def minimum(a, b):
    """The lesser one; NaN if either is NaN, as in NumPy."""
    return a if (a < b) | (a != a) else b


def maximum(a, b):
    """The greater one; NaN if either is NaN, as in NumPy."""
    return a if (a > b) | (a != a) else b


def sign(a):
    """-1, 0 or 1; NaN of NaN."""
    return 1.0 if a > 0.0 else (-1.0 if a < 0.0 else a)


def heaviside(a):
    """0 below 0, 1/2 at 0, 1 above; NaN of NaN."""
    return 1.0 if a > 0.0 else (0.0 if a < 0.0 else 0.5 + a)


def mod(a, b):
    """The remainder of a/b, with the sign of b; NaN if b is 0."""
    return a % b if b != 0.0 else np.nan


def squared_modulus(z):
    """|z|**2 of a complex number, without a root."""
    return z.real * z.real + z.imag * z.imag


def scaled(a, z):
    """A real number times a complex one: two products instead of four."""
    return complex(a * z.real, a * z.imag)


def divided(z, a):
    """A complex number by a real one."""
    return complex(z.real / a, z.imag / a)


def entry(table, index):
    """An entry of a table."""
    return table[index]


def interpolated(table, place):
    """Straight lines between the points (table[0, n], table[1, n]), n ascending; constant beyond the first and last."""
    low, high = 0, table.shape[1] - 1
    if place <= table[0, low]:
        return table[1, low]
    if place >= table[0, high]:
        return table[1, high]
    while high - low > 1:
        middle = (low + high) // 2
        if table[0, middle] <= place:
            low = middle
        else:
            high = middle
    share = (place - table[0, low]) / (table[0, high] - table[0, low])
    return table[1, low] + share * (table[1, high] - table[1, low])


def stepped(table, place):
    """The entry table[1, n] of the last n with table[0, n] <= place; before the first one that of the first."""
    low, high = 0, table.shape[1]
    while high - low > 1:
        middle = (low + high) // 2
        if table[0, middle] <= place:
            low = middle
        else:
            high = middle
    return table[1, low]


def bit0(bits):
    """Whether a bit of a small integer is set, the first one."""
    return (bits & 1) != 0


def bit1(bits):
    """Whether the second one is set."""
    return (bits & 2) != 0


def bit2(bits):
    """And so on."""
    return (bits & 4) != 0


def bit3(bits):
    return (bits & 8) != 0


def bit4(bits):
    return (bits & 16) != 0


def bit5(bits):
    return (bits & 32) != 0


def bit6(bits):
    return (bits & 64) != 0


BITS = {function.__name__: function for function in (bit0, bit1, bit2, bit3, bit4, bit5, bit6)}
FUNCTIONS = BITS | {
    function.__name__: function
    for function in (
        *(where, truth, minimum, maximum, sign, heaviside, mod, squared_modulus, scaled, divided, entry, interpolated),
        stepped,
    )
}
