"""The sandpile of Bak, Tang and Wiesenfeld: one grain a step, and the avalanche that it sets off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from pydantic import Field as Key

from simcore.config import Shape
from simcore.errors import InvalidValueError
from simcore.random import next_integer
from simcore.spec.arrays import StateArray
from simcore.spec.model import Model
from simcore.spec.observables import Observable
from simcore.spec.phases import SystemPhase

FULL = 4


def topple(height, stack, i, j):
    """Topple full sites until none is left, beginning at one; how many topplings it took. Grains fall over the edge.

    The order does not matter: D. Dhar, Phys. Rev. Lett. 64, 1613 (1990). A site is on the stack while it is full.
    """
    n, m = height.shape
    topplings, waiting = 0, 0
    if height[i, j] >= FULL:
        stack[0, 0] = i * m + j
        waiting = 1
    while waiting > 0:
        site = stack[(waiting - 1) // m, (waiting - 1) % m]
        i, j = site // m, site % m
        height[i, j] -= FULL
        topplings += 1
        if height[i, j] < FULL:
            waiting -= 1
        for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            x, y = i + di, j + dj
            if 0 <= x < n and 0 <= y < m:
                height[x, y] += 1
                if height[x, y] == FULL:
                    stack[waiting // m, waiting % m] = x * m + y
                    waiting += 1
    return topplings


def drop_a_grain(height, stack, random):
    """A grain on a site that is drawn, and its avalanche."""
    n, m = height.shape
    i, j = next_integer(random, 0, n), next_integer(random, 0, m)
    height[i, j] += 1
    return topple(height, stack, i, j)


def height_of_cell(height, i, j):
    return height[i, j]


def is_empty(height, i, j):
    return height[i, j] == 0


def is_critical(height, i, j):
    return height[i, j] == FULL - 1


class Sandpile(Model):
    """Sites with four grains give one to each neighbour; one sweep drops one grain. Heights are 0 to 3 in between."""

    axes: ClassVar[tuple[str, ...]] = ("x", "y")
    reference: ClassVar[str] = "P. Bak, C. Tang, K. Wiesenfeld, Phys. Rev. Lett. 59, 381 (1987)"
    example: ClassVar[str] = """
name: sandpile
model: {type: sandpile, shape: [64, 64]}
run: {seed: 1, thermalization: 20000, sweeps: 100000, measure_every: 1}
"""

    shape: Shape = Key(description="sites along x and y")

    def check(self, dt: float | None) -> None:
        """Refuse other shapes than those of two axes."""
        if len(self.shape) != 2:
            raise InvalidValueError("model.shape", f"has two axes, not {len(self.shape)}")

    def state(self) -> Sequence[StateArray]:
        """The grains on each site, and the sites that wait in an avalanche."""
        shape = tuple(self.shape)
        height = StateArray("height", shape, "int8", np.zeros(shape, np.int8), doc="grains on the site")
        return [height, StateArray("stack", shape, "int64", np.zeros(()), work=True)]

    def phases(self) -> Sequence[SystemPhase]:
        """One grain."""
        return [SystemPhase(drop_a_grain, writes=("height", "stack"), tally="topplings")]

    def observables(self) -> Sequence[Observable]:
        """Heights, and the size of the avalanche."""
        return [
            Observable("height", height_of_cell, doc="mean number of grains on a site"),
            Observable("empty", is_empty, doc="share of sites without a grain"),
            Observable("critical", is_critical, doc="share of sites with three grains"),
            Observable("avalanche", "topplings", "sum", doc="topplings after the grain of this step"),
        ]
