"""Averages at couplings that nobody simulated, with those that leave out each block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.analysis.reweighting.mixture import SMALLEST_EXPONENT, Mixture
from simcore.analysis.reweighting.pieces import Piece

_TARGETS = 64  # at a time: a piece by so many is 4 MB


@dataclass(frozen=True)
class Means:
    """At T couplings: the averages of o observables, (o, T), and without each block, (blocks, o, T).

    log_z: ln of the partition function, (T,) and (blocks, T), relative to that of the first simulation. ess: the
    effective sample size of the weights, (T,), in independent samples.
    """

    values: np.ndarray
    left_out: np.ndarray
    log_z: np.ndarray
    log_z_left_out: np.ndarray
    ess: np.ndarray


def means(pieces: Sequence[Piece], mixture: Mixture, changes: np.ndarray, targets: np.ndarray) -> Means:
    """The averages at the couplings `targets`, (T, d).

    changes: of the free energies without each block, (blocks, K). ess: (sum w)**2 / sum w**2 over the weights
    (L. Kish, Survey Sampling (1965)), of which the samples of one simulation count as `independent` ones.
    """
    shift = _largest(pieces, mixture, targets)
    sums = _sums(pieces, mixture, targets, shift, len(changes))
    total = sums.by_block.sum(axis=0)
    kept = 1.0 - 1.0 / len(changes)
    without = total - sums.by_block - kept * np.tensordot(changes, sums.responses, axes=1)
    with np.errstate(all="ignore"):  # if one block holds all the weight, nothing is known without it
        left_out = without[:, 1:] / without[:, :1]
        log_z_left_out = np.log(without[:, 0] / kept) + shift
    ess = total[0] ** 2 / sums.squares
    return Means(total[1:] / total[0], left_out, np.log(total[0]) + shift, log_z_left_out, ess)


@dataclass(frozen=True)
class _Sums:
    """Sums of weight times 1 or an observable: by_block (blocks, 1 + o, T), their responses to each f (K, 1 + o, T).

    squares: of the squared weights, (T,).
    """

    by_block: np.ndarray
    responses: np.ndarray
    squares: np.ndarray


def _sums(pieces: Sequence[Piece], mixture: Mixture, targets: np.ndarray, shift: np.ndarray, blocks: int) -> _Sums:
    rows, count, K = pieces[0].mass.shape[1], len(targets), len(mixture.shares)
    sums = _Sums(np.zeros((blocks, rows, count)), np.zeros((K, rows, count)), np.zeros(count))
    for piece in pieces:
        terms, log_density = mixture.split(piece.conjugates)
        mass = piece.mass.sum(axis=0)
        shared = (terms[:, None] * mass).reshape(K * rows, -1)
        for part in _parts(count):
            weights = -(targets[part] @ piece.conjugates)
            weights -= log_density
            weights -= shift[part, None]
            np.maximum(weights, SMALLEST_EXPONENT, out=weights)
            np.exp(weights, out=weights)
            found = piece.mass.reshape(-1, weights.shape[1]) @ weights.T
            sums.by_block[piece.blocks, :, part] += found.reshape(-1, rows, weights.shape[0])
            if K > 1:
                sums.responses[:, :, part] += (shared @ weights.T).reshape(K, rows, -1)
            np.square(weights, out=weights)
            sums.squares[part] += weights @ mass[0]
    return sums


def _largest(pieces: Sequence[Piece], mixture: Mixture, targets: np.ndarray) -> np.ndarray:
    """The largest ln weight at each of the targets, (T,), so that no exponential overflows."""
    largest = np.full(len(targets), -np.inf)
    for piece in pieces:
        log_density = mixture.log_density(piece.conjugates)
        for part in _parts(len(targets)):
            exponents = -(targets[part] @ piece.conjugates) - log_density
            np.maximum(largest[part], exponents.max(axis=1), out=largest[part])
    return largest


def _parts(count: int) -> Iterator[slice]:
    return (slice(first, min(first + _TARGETS, count)) for first in range(0, count, _TARGETS))
