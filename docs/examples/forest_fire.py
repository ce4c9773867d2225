"""A forest fire, as a model of one's own. Run it from the top of the repository:

simcore run docs/examples/forest-fire.yaml
"""

from typing import Literal

import numpy as np

from simcore import Model, Observable, Parameters, Periodic, Phase, StateArray, parameter

EMPTY, TREE, FIRE = 0, 1, 2


def burn_and_grow(wood, i, j, growth, lightning, random):
    """The next state of a cell.

    A burning tree is gone. A tree burns if one of its four neighbours burns, or if lightning strikes. A tree grows on
    empty ground with probability `growth`. B. Drossel and F. Schwabl, Phys. Rev. Lett. 69, 1629 (1992).
    """
    here = wood[i, j]
    if here == FIRE:
        return EMPTY
    if here == EMPTY:
        return TREE if random[0] < growth else EMPTY
    near = wood[i - 1, j] == FIRE or wood[i + 1, j] == FIRE or wood[i, j - 1] == FIRE or wood[i, j + 1] == FIRE
    return FIRE if near or random[0] < lightning else TREE


def is_tree(wood, i, j):
    return wood[i, j] == TREE


def is_fire(wood, i, j):
    return wood[i, j] == FIRE


class ForestFireParameters(Parameters):
    growth: float = parameter(0.05, doc="probability that a tree grows on an empty cell", at_least=0.0, at_most=1.0)
    lightning: float = parameter(1e-4, doc="probability that a tree is struck", at_least=0.0, at_most=1.0)


class ForestFire(Model):
    """The Drossel-Schwabl forest fire on a periodic square lattice."""

    reference = "B. Drossel and F. Schwabl, Phys. Rev. Lett. 69, 1629 (1992)"

    size: int = parameter(256, doc="cells along a side", at_least=1)
    parameters: ForestFireParameters
    initial: Literal["empty", "random"] = "empty"

    def state(self):
        shape = (self.size, self.size)
        start = np.zeros(shape, np.int8) if self.initial == "empty" else lambda stream: stream.uniform(shape) < 0.5
        periodic = ((Periodic(), Periodic()), (Periodic(), Periodic()))
        return [StateArray("wood", shape, "int8", start, periodic, halo=1)]

    def phases(self):
        return [Phase(burn_and_grow, writes="wood", draws=1)]

    def observables(self):
        return [
            Observable("trees", is_tree, doc="fraction of the cells with a tree"),
            Observable("fires", is_fire, doc="fraction of the cells on fire"),
        ]
