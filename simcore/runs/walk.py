"""The walks of the states of a ladder over its places, as they come in."""

from __future__ import annotations

import numpy as np


class Walk:
    """Which walker is at each place after each exchange. places: how many there are."""

    def __init__(self, places: int) -> None:
        self._rows = [np.empty((0, places), np.int16)]

    def extend(self, rows: np.ndarray) -> None:
        """Add exchanges, in order; rows: int16, (exchanges, places)."""
        if len(rows):
            self._rows.append(rows)

    @property
    def rows(self) -> np.ndarray:
        """All of them, int16, (exchanges, places)."""
        self._rows = [np.concatenate(self._rows)]
        return self._rows[0]
