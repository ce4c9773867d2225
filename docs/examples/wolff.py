"""The Ising model by the clusters of U. Wolff: a `SystemPhase`. Run it from the top of the repository:

simcore run docs/examples/wolff.yaml
"""

from typing import Literal

import numpy as np

from simcore import Model, Observable, Parameters, Periodic, StateArray, SystemPhase, parameter
from simcore.random import next_integer, next_uniform


def flip_cluster(spin, stack, temperature, random):
    """Grow a cluster of equal spins from a site that is drawn, and flip it; returns how many spins it has."""
    n, m = spin.shape
    join = 1.0 - np.exp(-2.0 / temperature)
    i, j = next_integer(random, 0, n), next_integer(random, 0, m)
    old = spin[i, j]
    spin[i, j] = -old
    stack[0, 0] = i * m + j
    waiting, flipped = 1, 1
    while waiting > 0:
        waiting -= 1
        site = stack[waiting // m, waiting % m]
        i, j = site // m, site % m
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            x, y = (i + di) % n, (j + dj) % m
            if spin[x, y] == old and next_uniform(random) < join:
                spin[x, y] = -old
                stack[waiting // m, waiting % m] = x * m + y
                waiting += 1
                flipped += 1
    return flipped


def value(spin, i, j):
    return spin[i, j]


def energy(spin, i, j):
    return -spin[i, j] * (spin[i + 1, j] + spin[i, j + 1])


def squared(m):
    return m**2


class WolffParameters(Parameters):
    temperature: float = parameter(2.269185, doc="in units of the coupling", above=0.0)


class Wolff(Model):
    """Ising spins on a periodic square lattice; a step is one cluster."""

    reference = "U. Wolff, Phys. Rev. Lett. 62, 361 (1989)"

    size: int = parameter(32, doc="sites along a side", at_least=2)
    parameters: WolffParameters
    initial: Literal["ordered", "random"] = "ordered"

    def state(self):
        shape = (self.size, self.size)
        ordered = self.initial == "ordered"
        start = 1 if ordered else lambda stream: 2 * stream.integers(0, 2, shape) - 1
        ring = ((Periodic(), Periodic()),) * 2
        return [
            StateArray("spin", shape, "int8", start, ring, halo=1),
            StateArray("stack", shape, "int64", 0, work=True),
        ]

    def phases(self):
        return [SystemPhase(flip_cluster, writes=("spin", "stack"), tally="flipped")]

    def observables(self):
        return [
            Observable("energy", energy, doc="per site"),
            Observable("magnetization", value, doc="per site", odd=True),
            Observable("m2", squared, of=("magnetization",)),
            Observable("cluster", "flipped", "mean", doc="share of the sites in the cluster"),
        ]
