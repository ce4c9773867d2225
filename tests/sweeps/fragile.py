"""A model whose points fail, hang or kill their worker as their parameters say."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import numpy as np

from simcore import Model, Observable, Parameters, Periodic, Phase, StateArray, parameter


def shuffle(u, i, j, weight, random):
    return (1.0 - weight) * u[i, j] + weight * random[0]


def value(u, i, j):
    return u[i, j]


class FragileParameters(Parameters):
    weight: float = parameter(0.5, doc="of the new random number")
    bad: int = parameter(0, doc="1: raises; 2: dies of SIGKILL, always; 3: dies of SIGKILL until it has died twice")


class Fragile(Model):
    """Random numbers with a memory."""

    size: int = 8
    diary: str = ""
    parameters: FragileParameters

    def state(self):
        sides = ((Periodic(), Periodic()), (Periodic(), Periodic()))
        return [StateArray("u", (self.size, self.size), "float64", self.begin, sides)]

    def begin(self, stream):
        self.note()
        if self.parameters.bad == 1:
            raise ValueError("a bad point")
        if self.parameters.bad == 2 or (self.parameters.bad == 3 and self.count() < 3):
            os.kill(os.getpid(), signal.SIGKILL)
        return stream.uniform((self.size, self.size))

    def note(self):
        """One line for each start."""
        if self.diary:
            with open(self.diary, "a") as diary:
                diary.write(f"{self.parameters.weight!r} {time.time()}\n")

    def count(self):
        return diary_entries(Path(self.diary))[self.parameters.weight]

    def phases(self):
        return [Phase(shuffle, writes="u", draws=1, own_cell=True)]

    def observables(self):
        return [Observable("u", value), Observable("top", value, reduce="max")]


def diary_entries(path: Path) -> dict[float, int]:
    """How often each weight was begun."""
    lines = path.read_text().splitlines() if path.exists() else []
    weights, counts = np.unique([float(line.split()[0]) for line in lines], return_counts=True)
    return dict(zip(weights.tolist(), counts.tolist(), strict=True))
