"""Which sites a guard looks at, and which spins it proposes there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.models.spins.spin import Angle, Spin, States, Vector
from simcore.random import Stream

FAR = 4.0


@dataclass(frozen=True)
class Proposals:
    """cells: by number, int64 of shape (moves,). draws: of shape (moves, components), what new spins are made of."""

    cells: np.ndarray
    draws: np.ndarray

    @classmethod
    def drawn(cls, spin: Spin, cells: int, count: int, key: int, number: int) -> Proposals:
        """Every cell equally often if there are few, else random ones; the same for the same numbers."""
        stream = Stream(key, draw=(number % 64) << 8)
        chosen = np.arange(count) % cells if cells <= count else stream.integers(0, cells, (count,))
        if isinstance(spin, States):
            return cls(
                chosen, stream.integers(1, spin.count, (count, 1)) if spin.count > 2 else np.ones((count, 1), int)
            )
        if isinstance(spin, Angle):
            return cls(chosen, np.pi * (2.0 * stream.uniform((count, 1)) - 1.0))
        return cls(chosen, stream.normal((count, spin.components)))

    def new(self, spin: Spin, old: np.ndarray) -> np.ndarray:
        """The proposed spins, as the arrays hold them, of shape (moves, components)."""
        if isinstance(spin, States):
            return (old + self.draws) % spin.count
        if isinstance(spin, Angle):
            return self.draws
        if isinstance(spin, Vector):
            return spin.stored(self.draws)
        spread = float(old.std()) or float(np.abs(old).max()) or 1.0
        steps = self.draws.copy()
        steps[::2] *= FAR
        return np.asarray(old + spread * steps)
