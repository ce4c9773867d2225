"""Exact solutions of the heat equation for the boundaries that simcore knows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Mode:
    """A product of cos(k x + phase) along the axes: du/dt = D laplace(u) makes it fade as exp(-D sum(k**2) t)."""

    wave_numbers: tuple[float, ...]
    phases: tuple[float, ...]

    def at(self, centres: list[np.ndarray], time: float = 0.0, D: float = 1.0) -> np.ndarray:
        """Its values at the cells whose centres along each axis are given."""
        lines = [np.cos(k * x + p) for k, p, x in zip(self.wave_numbers, self.phases, centres, strict=True)]
        field = np.ones(())
        for line in lines:
            field = np.multiply.outer(field, line)
        return field * math.exp(-D * sum(k**2 for k in self.wave_numbers) * time)

    def formula(self) -> str:
        """The same at time 0, as an expression in x, y, z."""
        axes = zip(self.wave_numbers, self.phases, "xyz", strict=False)
        return "*".join(f"cos({k!r}*{axis} + ({p!r}))" for k, p, axis in axes)


def periodic_mode(lengths: tuple[float, ...]) -> Mode:
    """One wave along each axis."""
    return Mode(tuple(2.0 * math.pi / length for length in lengths), (0.3,) * len(lengths))


def cold_mode(lengths: tuple[float, ...]) -> Mode:
    """Half a wave along each axis, 0 at all sides."""
    return Mode(tuple(math.pi / length for length in lengths), (-math.pi / 2.0,) * len(lengths))


def insulated_mode(lengths: tuple[float, ...]) -> Mode:
    """Half a wave along each axis, with no gradient at any side."""
    return Mode(tuple(math.pi / length for length in lengths), (0.0,) * len(lengths))
