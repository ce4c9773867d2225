"""Gray-Scott by hand: both equations fused into one numba kernel on all threads, as fast as numba makes it.

`gray_scott.py N` reads numbers of steps from standard input, makes them on N x N periodic cells, and answers each line.
"""

from __future__ import annotations

import sys

import numpy as np
from numba import njit, prange


@njit(parallel=True, fastmath=True)
def step(u, v, new_u, new_v, Du, Dv, F, k, dt):
    """One Euler step of the cells within; then the ghost cells around them."""
    n = u.shape[0] - 2
    for i in prange(1, n + 1):
        u_above, u_here, u_below, u_out = u[i - 1], u[i], u[i + 1], new_u[i]
        v_above, v_here, v_below, v_out = v[i - 1], v[i], v[i + 1], new_v[i]
        for j in range(n):  # from 0: it vectorises better
            a, b = u_here[j + 1], v_here[j + 1]
            spread_a = u_above[j + 1] + u_below[j + 1] + u_here[j] + u_here[j + 2] - 4.0 * a
            spread_b = v_above[j + 1] + v_below[j + 1] + v_here[j] + v_here[j + 2] - 4.0 * b
            reaction = a * b * b
            u_out[j + 1] = a + dt * (Du * spread_a - reaction + F * (1.0 - a))
            v_out[j + 1] = b + dt * (Dv * spread_b + reaction - (F + k) * b)
        u_out[0], u_out[n + 1] = u_out[n], u_out[1]
        v_out[0], v_out[n + 1] = v_out[n], v_out[1]
    for w in (new_u, new_v):
        w[0] = w[n]
        w[n + 1] = w[1]


@njit
def advance(u, v, new_u, new_v, steps):
    """An even number of steps, so that `u` and `v` are again the newest."""
    for _ in range(steps // 2):
        step(u, v, new_u, new_v, 0.16, 0.08, 0.035, 0.065, 1.0)
        step(new_u, new_v, u, v, 0.16, 0.08, 0.035, 0.065, 1.0)


def main(n: int) -> None:
    u, v = np.ones((n + 2, n + 2)), np.zeros((n + 2, n + 2))
    v[n // 2 - 10 : n // 2 + 10, n // 2 - 10 : n // 2 + 10] = 0.5
    copies = u.copy(), v.copy()
    advance(u, v, *copies, 2)
    for line in sys.stdin:
        advance(u, v, *copies, int(line))
        print(v.mean(), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
