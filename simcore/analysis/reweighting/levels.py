"""The distinct values of the conjugate variables: an Ising lattice has few energies, and each is looked at once."""

from __future__ import annotations

import numpy as np

ALIKE = 1e-11
"""Values closer than this share of the largest are one: sums of the same bonds, rounded in different orders."""


def distinct(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct columns (d, m) of values (d, n), in ascending order; and the column of each sample, (n,)."""
    code = np.zeros(values.shape[1], dtype=np.int64)
    for row in values:
        label, count = _labels(row)
        code = code * count + label
        code = np.unique(code, return_inverse=True)[1] if len(values) > 1 else code
    first = np.zeros(code.max() + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return values[:, first], code


def _labels(row: np.ndarray) -> tuple[np.ndarray, int]:
    """The number, in ascending order, of each sample's value among the distinct ones (n,), and how many there are."""
    found, inverse = np.unique(row, return_inverse=True)
    begins = np.diff(found, prepend=found[0]) > ALIKE * np.abs(found).max()
    labels = np.cumsum(begins)
    return labels[inverse], int(labels[-1]) + 1
