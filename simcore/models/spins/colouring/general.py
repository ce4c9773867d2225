"""Sets of cells that may be updated at once, for conflicts of any kind and range on a lattice of any shape.

Two cells conflict if the update of one reads or writes what that of the other writes. Which do is a set of offsets,
the same for all cells; cells of one class never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from simcore.models.spins.colouring.axis import coloured_ring, product_classes
from simcore.models.spins.colouring.linear import linear_classes
from simcore.models.spins.colouring.strided import Runs
from simcore.models.spins.geometry import Offset, Wrap
from simcore.spec.phases import Sites


def colour_classes(
    shape: Sequence[int], conflicts: Iterable[Offset], wrap: Sequence[Wrap] | None = None
) -> list[Sites | None]:
    """Classes of cells that cover the lattice once, no two cells x and x + d of a class, d in `conflicts`.

    Offsets count in both directions and go around the ends of an axis, but for those that are "open" in `wrap` (none
    is where it is not given). [None] means that all cells may be updated at once. An offset that leads from every cell
    to itself is no conflict.
    """
    shape = tuple(shape)
    wrap = wrap or ["periodic"] * len(shape)
    classes = _coloured(shape, _distinct(shape, wrap, conflicts), wrap)
    return [None] if len(classes) == 1 else [runs.sites(shape) for runs in classes]


def pair_classes(
    shape: Sequence[int], wrap: Sequence[Wrap], pair: Offset, conflicts: Iterable[Offset]
) -> list[tuple[Sites, Sites]]:
    """Classes of pairs x and x + pair, for exchanges: the first members and their partners.

    conflicts: offsets of cells that meet in a term of the energy, as for `colour_classes`; two pairs of a class have no
    cell in common, and no cell of one meets a cell of the other. Every cell is the first member of one pair, but for
    those whose partner would lie beyond an open end.
    """
    shape = tuple(shape)
    meeting = {(0,) * len(shape)}.union(*({tuple(d), tuple(-c for c in d)} for d in conflicts))
    # the first of one pair and the second of the other; the other way round is the negative of one of these
    across = {tuple(c + p for c, p in zip(d, pair, strict=True)) for d in meeting}
    inside = [
        (max(0, -p), n - max(0, p)) if end == "open" else (0, n) for n, p, end in zip(shape, pair, wrap, strict=True)
    ]
    found = []
    for runs in _coloured(shape, _distinct(shape, wrap, meeting | across), wrap):
        for first in _unbroken(_boxed(runs, shape, inside), shape[-1], pair[-1]):
            if first.filled.any():
                found.append((first.sites(shape), first.moved(shape, pair).sites(shape)))
    return found


def _coloured(shape: tuple[int, ...], offsets: np.ndarray, wrap: Sequence[Wrap]) -> list[Runs]:
    is_open = [end == "open" for end in wrap]
    if (np.count_nonzero(offsets, axis=1) > 1).any():
        return linear_classes(shape, offsets, is_open)
    along = [np.unique(np.abs(column[column != 0])).tolist() for column in offsets.T]
    return product_classes([coloured_ring(*ring) for ring in zip(shape, along, is_open, strict=True)])


def _distinct(shape: tuple[int, ...], wrap: Sequence[Wrap], conflicts: Iterable[Offset]) -> np.ndarray:
    """The different offsets on this lattice, one of each pair d and -d, int64 of shape (number, axes).

    On a closed axis of n places they run from -n/2 to n/2; those that are zero, or longer than an open axis, are gone.
    """
    sides, is_open = np.array(shape), np.array([end == "open" for end in wrap])
    offsets = np.array(list(conflicts), np.int64).reshape(-1, len(shape))
    offsets = offsets[~(is_open & (np.abs(offsets) >= sides)).any(axis=1)]
    wrapped = np.where(is_open, offsets, (offsets + (sides - 1) // 2) % sides - (sides - 1) // 2)
    wrapped = wrapped[wrapped.any(axis=1)]
    leading = np.take_along_axis(wrapped, np.argmax(wrapped != 0, axis=1)[:, np.newaxis], axis=1)
    return np.unique(wrapped * np.sign(leading), axis=0)


def _boxed(runs: Runs, shape: tuple[int, ...], inside: Sequence[tuple[int, int]]) -> Runs:
    """The part in a box of cells: from `low` to `high` - 1 along each axis."""
    within = np.zeros(shape[:-1], bool)
    within[tuple(slice(low, high) for low, high in inside[:-1])] = True
    return runs.within(*inside[-1]).where(within.ravel())


def _unbroken(runs: Runs, side: int, shift: int) -> list[Runs]:
    """The same cells, in two parts if a run would be torn when moved by `shift` around its line."""
    torn = runs.torn(side, shift)
    if not torn.any():
        return [runs]
    turn = side - shift % side
    return [runs.where(~torn).merged(runs.where(torn).within(0, turn)), runs.where(torn).within(turn, side)]
