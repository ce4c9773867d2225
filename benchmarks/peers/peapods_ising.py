"""Metropolis sweeps of the Ising model by peapods, in Rust (https://github.com/PeaBrane/peapods).

`peapods_ising.py N` reads numbers of sweeps from standard input, makes them on N x N periodic sites at T_c, and answers
each line; `peapods_ising.py L M N` on L x M x N. One lattice, as simcore's side has: peapods gives each lattice one
thread.
"""

from __future__ import annotations

import sys

import numpy as np
from peapods import Ising


def main(shape: tuple[int, ...]) -> None:
    model = Ising(shape, temperatures=np.array([2.269185 if len(shape) == 2 else 4.511524]))
    for line in sys.stdin:
        model.sample(int(line), warmup_ratio=0.0)
        print(model.heat_capacity[0], flush=True)


if __name__ == "__main__":
    sides = tuple(map(int, sys.argv[1:]))
    main(sides * 2 if len(sides) == 1 else sides)
