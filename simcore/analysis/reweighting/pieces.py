"""The samples of all simulations in pieces that fit a cache: whatever is summed over samples is a product of matrices.

If the conjugate variables take few values, the samples of each value and block are added up beforehand. That is not
binning: nothing is lost, since the weight of a sample at other couplings depends on its conjugate variables alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.analysis.reweighting.levels import distinct
from simcore.analysis.reweighting.simulations import Series, block_edges

LENGTH = 1 << 13


@dataclass(frozen=True)
class Piece:
    """Some samples of one block; or some levels, the samples of which are added up in each of all blocks.

    blocks: the b blocks. conjugates: (d, e). mass: (b, 1 + o, e), the weight, and the weight times each observable.
    """

    blocks: slice
    conjugates: np.ndarray
    mass: np.ndarray

    @property
    def weights(self) -> np.ndarray:
        """The weight in all its blocks together, (e,)."""
        return self.mass[:, 0].sum(axis=0)


def pieces(series: Sequence[Series], blocks: int) -> list[Piece]:
    """All samples. Every block of a simulation has the same weight; those of one simulation add up to `independent`."""
    levels, labels = distinct(np.concatenate([one.conjugates for one in series], axis=1))
    if blocks * levels.shape[1] <= len(labels):
        return list(_levels(series, blocks, levels, labels))
    return list(_samples(series, blocks))


def _levels(series: Sequence[Series], blocks: int, levels: np.ndarray, labels: np.ndarray) -> Iterator[Piece]:
    m, rows = levels.shape[1], 1 + len(series[0].observables)
    mass = np.zeros((rows, blocks * m))
    begin = 0
    for one in series:
        lengths = np.diff(block_edges(one.length, blocks))
        cell = labels[begin : begin + one.length] + np.repeat(np.arange(blocks) * m, lengths)
        weights = _weights(one, lengths)
        mass[0] += np.bincount(cell, weights, blocks * m)
        for row, observable in enumerate(one.observables, start=1):
            mass[row] += np.bincount(cell, weights * observable, blocks * m)
        begin += one.length
    by_block = mass.reshape(rows, blocks, m).swapaxes(0, 1)
    for first in range(0, m, LENGTH):
        part = slice(first, first + LENGTH)
        yield Piece(slice(0, blocks), levels[:, part], np.ascontiguousarray(by_block[:, :, part]))


def _samples(series: Sequence[Series], blocks: int) -> Iterator[Piece]:
    for one in series:
        edges = block_edges(one.length, blocks)
        weights = _weights(one, np.diff(edges))
        for block in range(blocks):
            for first in range(edges[block], edges[block + 1], LENGTH):
                part = slice(first, min(first + LENGTH, edges[block + 1]))
                mass = np.vstack([weights[part], weights[part] * one.observables[:, part]])
                yield Piece(slice(block, block + 1), one.conjugates[:, part], mass[None])


def _weights(one: Series, lengths: np.ndarray) -> np.ndarray:
    """The weight of every sample (n,): blocks of different length, that differ by one sample, count the same."""
    return np.repeat(one.independent / (len(lengths) * lengths), lengths)
