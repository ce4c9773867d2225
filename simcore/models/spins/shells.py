"""Bonds by distance: those of the nearest neighbours of a lattice, of the next ones, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simcore.models.spins.geometry import Bond

MOST_SHELLS = 20
MOST_OFFSETS = 2_000_000
CLOSE = 1e-6
"""Two distances are one shell if they differ by less than this share of them; positions may be given as 0.333333."""

Vectors = tuple[tuple[float, ...], ...]


def kind_of(shell: int) -> str:
    """The kind of the bonds of a shell, counted from 1: `shell1` for nearest neighbours."""
    return f"shell{shell}"


@lru_cache(maxsize=64)
def shell_bonds(vectors: Vectors, positions: Vectors, shells: int) -> tuple[Bond, ...]:
    """All bonds whose length is one of the shortest distances between sites, each once.

    Args:
        vectors: Cartesian, from a cell to the next one along each axis.
        positions: of the basis sites, as fractions of `vectors`.
        shells: how many distances.

    Returns:
        Bonds of the kinds `shell1`, `shell2`, ..., by rising length.

    Raises:
        ValueError: two sites lie at one place, or too many cells would have to be searched.
    """
    lattice, places = np.array(vectors), np.array(positions)
    # beyond `reach` cells along an axis two sites are at least (reach + 1 - spread) times this far apart
    heights = 1.0 / np.linalg.norm(np.linalg.inv(lattice), axis=0)
    spread = np.ptp(places, axis=0)
    reach = np.ones(len(lattice), int)
    while True:
        ends, offsets, lengths = _candidates(lattice, places, reach)
        distances = _distances(lengths)
        safe = (reach + 1 - spread) * heights
        if len(distances) >= shells and distances[shells - 1] * (1 + CLOSE) < safe.min():
            break
        reach = reach + (safe <= safe.min() * (1 + CLOSE))
    found = []
    for number, distance in enumerate(distances[:shells], 1):
        for at in np.flatnonzero(np.abs(lengths - distance) <= CLOSE * distance):
            source, target = ends[at].tolist()
            found.append(Bond(kind_of(number), source, target, tuple(offsets[at].tolist())))
    return tuple(found)


def _candidates(lattice: np.ndarray, places: np.ndarray, reach: np.ndarray) -> tuple[np.ndarray, ...]:
    """Ends, offset and length of all bonds up to a number of cells, each in one of its two directions."""
    if np.prod(2.0 * reach + 1.0) * len(places) ** 2 > MOST_OFFSETS:
        raise ValueError("too many cells would have to be searched for so many shells; list the bonds instead")
    offsets = np.indices(tuple(2 * reach + 1)).reshape(len(reach), -1).T - reach
    forward = len(offsets) // 2  # the offsets after it are the negatives of those before
    ends, steps = [], []
    for source in range(len(places)):
        for target in range(source, len(places)):
            chosen = offsets[forward + 1 :] if source == target else offsets
            ends.append(np.broadcast_to([source, target], (len(chosen), 2)))
            steps.append(chosen)
    pairs, cells = np.concatenate(ends), np.concatenate(steps)
    lengths = np.linalg.norm((places[pairs[:, 1]] - places[pairs[:, 0]] + cells) @ lattice, axis=1)
    if lengths.min() <= CLOSE * np.abs(lattice).max():
        source, target = pairs[lengths.argmin()].tolist()
        raise ValueError(f"needs positions: the sites {source} and {target} lie at one place")
    return pairs, cells, lengths


def _distances(lengths: np.ndarray) -> Sequence[float]:
    """The different ones, ascending."""
    ordered = np.sort(lengths)
    return ordered[np.concatenate([[True], np.diff(ordered) > CLOSE * ordered[1:]])].tolist()
