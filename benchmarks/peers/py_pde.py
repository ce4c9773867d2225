"""The same equations by py-pde (D. Zwicker, J. Open Source Softw. 5, 2158 (2020)), compiled by numba, explicit Euler.

`py_pde.py EQUATIONS N` reads numbers of steps from standard input, makes them on N x N periodic cells of side 1, and
answers each line.
"""

from __future__ import annotations

import sys

import numpy as np
import pde

EQUATIONS = {
    "gray-scott": ({"u": "0.16*laplace(u) - u*v**2 + 0.035*(1 - u)", "v": "0.08*laplace(v) + u*v**2 - 0.1*v"}, 1.0),
    "cahn-hilliard": ({"c": "laplace(c**3 - c - laplace(c))"}, 0.01),
}


def start(names: list[str], n: int) -> list[np.ndarray]:
    if names == ["c"]:
        return [np.random.default_rng(1).uniform(-0.1, 0.1, (n, n))]
    u, v = np.ones((n, n)), np.zeros((n, n))
    v[n // 2 - 10 : n // 2 + 10, n // 2 - 10 : n // 2 + 10] = 0.5
    return [u, v]


def main(name: str, n: int) -> None:
    rates, dt = EQUATIONS[name]
    grid = pde.CartesianGrid([[0, n], [0, n]], [n, n], periodic=True)
    fields = [pde.ScalarField(grid, values) for values in start(list(rates), n)]
    state = fields[0] if len(fields) == 1 else pde.FieldCollection(fields)
    advance = pde.EulerSolver(pde.PDE(rates)).make_stepper(state, dt=dt)
    time = advance(state, 0.0, dt)
    for line in sys.stdin:
        time = advance(state, time, time + int(line) * dt)
        print(np.mean(state.data), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
