"""Metropolis sweeps written by hand in numba, one kernel for each model, on N x N periodic sites, N even.

As a physicist would write them who knows numba: a checkerboard of two arrays, one for each colour, so that neighbours
lie side by side; rows shared among threads; the model's own shortcuts. Random numbers, for a row at a time, come from
Philox 4x32-10, 53 bits, as in simcore, or from numba's own Mersenne twister, one for each thread.

`spin_kernels.py MODEL GENERATOR N` reads numbers of sweeps from standard input, makes them, and answers each line.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit, prange

import simcore.random.lines as lines
import simcore.random.philox as philox

Kernel = Callable[..., Any]

# Compiled as simcore compiles them: without the inlining a random number takes eight times as long.
INLINED = {name: njit(forceinline=True)(getattr(philox, name)) for name in ("philox4x32", "uniform53")}
fill_by_philox = njit(FunctionType(lines.fill_uniforms.__code__, {**vars(lines), **INLINED}))


@njit
def fill_by_mersenne_twister(out, count, line, step, draw, k0, k1):
    for k in range(count):
        out[k] = np.random.random()


@njit(inline="always")
def around(other, colour, i):
    """The rows above, here and below in the other colour, and where in it the second neighbour along the row lies.

    Site k of row i is the column 2 k + (i + colour) % 2.
    """
    n = other.shape[0]
    return other[i - 1 if i else n - 1], other[i], other[i + 1 if i < n - 1 else 0], 2 * ((i + colour) % 2) - 1


@njit(inline="always")
def beside(k, m):
    return m - 1 if k < 0 else 0 if k == m else k


def potts(fill: Kernel) -> Kernel:
    """Three states, int8; the acceptance of dE = J times the neighbours that are lost, -4 to 4."""

    @njit(parallel=True, fastmath=True)
    def sweep(s, step, temperature, k0, k1):
        n, m = s.shape[1:]
        table = np.exp(-np.maximum(np.arange(-4, 5), 0) / temperature)
        for colour in range(2):
            for i in prange(n):
                u = np.empty(m)
                fill(u, m, i, step, colour, k0, k1)
                row = s[colour, i]
                above, here, below, side = around(s[1 - colour], colour, i)
                for k in range(m):
                    old = row[k]
                    scaled = 2.0 * u[k]
                    choice = int(scaled)
                    new = old + 1 + choice
                    new = new - 3 if new >= 3 else new
                    a, b, c, d = above[k], below[k], here[k], here[beside(k + side, m)]
                    lost = int(a == old) + int(b == old) + int(c == old) + int(d == old)
                    won = int(a == new) + int(b == new) + int(c == new) + int(d == new)
                    row[k] = new if scaled - choice < table[lost - won + 4] else old

    return sweep


def xy(fill: Kernel) -> Kernel:
    """Angles; a step from -1 to 1."""

    @njit(parallel=True, fastmath=True)
    def sweep(s, step, temperature, k0, k1):
        n, m = s.shape[1:]
        for colour in range(2):
            for i in prange(n):
                u, v = np.empty(m), np.empty(m)
                fill(u, m, i, step, 2 * colour, k0, k1)
                fill(v, m, i, step, 2 * colour + 1, k0, k1)
                row = s[colour, i]
                above, here, below, side = around(s[1 - colour], colour, i)
                for k in range(m):
                    old = row[k]
                    new = old + 2.0 * u[k] - 1.0
                    a, b, c, d = above[k], below[k], here[k], here[beside(k + side, m)]
                    before = math.cos(old - a) + math.cos(old - b) + math.cos(old - c) + math.cos(old - d)
                    after = math.cos(new - a) + math.cos(new - b) + math.cos(new - c) + math.cos(new - d)
                    if after >= before or v[k] < math.exp((after - before) / temperature):
                        turn = 2.0 * math.pi if new < -math.pi else -2.0 * math.pi if new >= math.pi else 0.0
                        row[k] = new + turn

    return sweep


def phi4(fill: Kernel) -> Kernel:
    """Real numbers, E = -sum a b + sum 2 a^2 + (a^2 - 1)^2; a step from -1 to 1."""

    @njit(parallel=True, fastmath=True)
    def sweep(s, step, temperature, k0, k1):
        n, m = s.shape[1:]
        for colour in range(2):
            for i in prange(n):
                u, v = np.empty(m), np.empty(m)
                fill(u, m, i, step, 2 * colour, k0, k1)
                fill(v, m, i, step, 2 * colour + 1, k0, k1)
                row = s[colour, i]
                above, here, below, side = around(s[1 - colour], colour, i)
                for k in range(m):
                    old = row[k]
                    new = old + 2.0 * u[k] - 1.0
                    near = above[k] + below[k] + here[k] + here[beside(k + side, m)]
                    before, after = old * old, new * new
                    cost = near * (old - new) + 2.0 * (after - before) + (after - 1.0) ** 2 - (before - 1.0) ** 2
                    if cost <= 0.0 or v[k] < math.exp(-cost / temperature):
                        row[k] = new

    return sweep


MODELS = {"potts": (potts, np.int8(0)), "xy": (xy, 0.0), "phi4": (phi4, 1.0)}
GENERATORS = {"philox": fill_by_philox, "mersenne": fill_by_mersenne_twister}


def main(model: str, generator: str, n: int) -> None:
    make, start = MODELS[model]
    sweep, spins = make(GENERATORS[generator]), np.full((2, n, n // 2), start)
    k0, k1 = philox.key_words(1)
    step = 0
    for line in sys.stdin:
        for _ in range(int(line)):
            step += 1
            sweep(spins, step, 1.0, k0, k1)
        print(spins[0, 0, 0], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
