"""Metropolis sweeps written by hand in numba for one model each, on a periodic square lattice with even sides.

As a physicist would write them: the checkerboard, neighbours by wrapped indices, the model's own shortcuts. Their
random numbers are simcore's, filled line by line, so that their quality is the same.
"""

from __future__ import annotations

import math
from types import FunctionType

import numpy as np
from numba import njit

import simcore.random.lines as lines
import simcore.random.philox as philox

# Compiled as simcore compiles them: without the inlining a random number takes eight times as long.
INLINED = {name: njit(forceinline=True)(getattr(philox, name)) for name in ("philox4x32", "uniform53")}
fill = njit(FunctionType(lines.fill_uniforms.__code__, {**vars(lines), **INLINED}))


@njit
def potts(s, step, temperature, u, k0, k1):
    """Three states, int8; the acceptance of dE = J times the neighbours that are lost, -4 to 4."""
    n, m = s.shape
    table = np.exp(-np.maximum(np.arange(-4, 5), 0) / temperature)
    for colour in range(2):
        for i in range(n):
            fill(u[0], m // 2, i, step, colour, k0, k1)
            up, down = (i - 1) % n, (i + 1) % n
            for at in range(m // 2):
                j = 2 * at + (i + colour) % 2
                left, right = (j - 1 if j else m - 1), (j + 1 if j < m - 1 else 0)
                old = s[i, j]
                scaled = 2.0 * u[0, at]
                choice = int(scaled)
                new = (old + 1 + choice) % 3
                a, b, c, d = s[up, j], s[down, j], s[i, left], s[i, right]
                lost = int(a == old) + int(b == old) + int(c == old) + int(d == old)
                won = int(a == new) + int(b == new) + int(c == new) + int(d == new)
                if scaled - choice < table[lost - won + 4]:
                    s[i, j] = new


@njit
def xy(s, step, temperature, u, k0, k1):
    """Angles; a step from -1 to 1."""
    n, m = s.shape
    for colour in range(2):
        for i in range(n):
            fill(u[0], m // 2, i, step, 2 * colour, k0, k1)
            fill(u[1], m // 2, i, step, 2 * colour + 1, k0, k1)
            up, down = (i - 1) % n, (i + 1) % n
            for at in range(m // 2):
                j = 2 * at + (i + colour) % 2
                left, right = (j - 1 if j else m - 1), (j + 1 if j < m - 1 else 0)
                old = s[i, j]
                new = old + 2.0 * u[0, at] - 1.0
                cost = 0.0
                for b in (s[up, j], s[down, j], s[i, left], s[i, right]):
                    cost += math.cos(old - b) - math.cos(new - b)
                if cost <= 0.0 or u[1, at] < math.exp(-cost / temperature):
                    s[i, j] = (new + math.pi) % (2.0 * math.pi) - math.pi


@njit
def phi4(s, step, temperature, u, k0, k1):
    """Real numbers, E = -sum a b + sum 2 a^2 + (a^2 - 1)^2; a step from -1 to 1."""
    n, m = s.shape
    for colour in range(2):
        for i in range(n):
            fill(u[0], m // 2, i, step, 2 * colour, k0, k1)
            fill(u[1], m // 2, i, step, 2 * colour + 1, k0, k1)
            up, down = (i - 1) % n, (i + 1) % n
            for at in range(m // 2):
                j = 2 * at + (i + colour) % 2
                left, right = (j - 1 if j else m - 1), (j + 1 if j < m - 1 else 0)
                old = s[i, j]
                new = old + 2.0 * u[0, at] - 1.0
                near = s[up, j] + s[down, j] + s[i, left] + s[i, right]
                before, after = old * old, new * new
                cost = -near * (new - old) + 2.0 * (after - before) + (after - 1.0) ** 2 - (before - 1.0) ** 2
                if cost <= 0.0 or u[1, at] < math.exp(-cost / temperature):
                    s[i, j] = new


START = {"potts": np.int8(0), "xy": 0.0, "phi4": 1.0}
KERNELS = {"potts": potts, "xy": xy, "phi4": phi4}
