"""The density of states: how many states have each energy, from the same mixture of all simulations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simcore.analysis.reweighting.leaving import jackknife_error
from simcore.analysis.reweighting.levels import distinct
from simcore.analysis.reweighting.means import means
from simcore.analysis.reweighting.mixture import Mixture
from simcore.analysis.reweighting.pieces import Piece
from simcore.analysis.reweighting.warn import warn_of_cold_normalisation

if TYPE_CHECKING:
    import xarray

MOST_LEVELS = 100_000


def density_of_states(
    pieces: Sequence[Piece],
    mixture: Mixture,
    changes: np.ndarray,
    names: Sequence[str],
    *,
    log_states: float | None = None,
    log_lowest: float | None = None,
    width: float | None = None,
) -> xarray.Dataset:
    """ln g(E) = ln (sum of weights of the samples at E / density at E), at every level E that was met.

    changes: of the free energies without each block, (blocks, K). log_states: ln of the number of all states (N ln 2 of
    N Ising spins); some simulation must then be hot enough to meet most of them. log_lowest: ln of the number of states
    at the lowest level that was met. With neither, the most frequent level has ln g = 0. width: of a continuous
    variable, the distance of the levels; a sample belongs to the nearest multiple.

    A Dataset over the conjugate variable, or over `level` with several of them as coordinates: `log_g`, `log_g_error`,
    `samples` (independent ones at the level). The error is that of g, divided by g: 1 if one block has all samples.

    ValueError for two normalisations, for more than 100,000 levels, or a width that is not positive or of several
    variables. ReweightingWarning if log_states is given, but infinite temperature was not met.
    """
    if log_states is not None and log_lowest is not None:
        raise ValueError("give the number of all states or that of the lowest level, not both")
    levels, labels = distinct(_positions(pieces, width))
    if levels.shape[1] > MOST_LEVELS:
        raise ValueError(f"{levels.shape[1]} levels are more than {MOST_LEVELS}: give the width between them")
    log_g, ratios, samples = _log_counts(pieces, mixture, changes, labels)
    share = np.exp(log_g - log_g.max())
    if log_states is not None:
        infinite_temperature = np.zeros((1, len(levels)))
        warn_of_cold_normalisation(float(means(pieces, mixture, changes, infinite_temperature).ess[0]))
        offset, reference = log_states - log_g.max() - np.log(share.sum()), ratios @ (share / share.sum())
    else:
        level = 0 if log_lowest is not None else int(np.argmax(samples))
        offset, reference = (log_lowest or 0.0) - log_g[level], ratios[:, level]
    with np.errstate(all="ignore"):  # a level of reference that one block alone has met: no error is known
        errors = jackknife_error(ratios / reference[:, None])
    return _dataset(names, levels, {"log_g": log_g + offset, "log_g_error": errors, "samples": samples})


def _positions(pieces: Sequence[Piece], width: float | None) -> np.ndarray:
    """The conjugate variables of all samples (d, n), at multiples of the width if there is one."""
    found = np.concatenate([piece.conjugates for piece in pieces], axis=1)
    if width is None:
        return found
    if not width > 0.0 or len(found) > 1:
        raise ValueError(f"width: a positive number, of one conjugate variable; not {width} of {len(found)}")
    return width * np.round(found / width)


def _log_counts(
    pieces: Sequence[Piece], mixture: Mixture, changes: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ln g up to a constant (m,); g without each block relative to g (blocks, m); and the samples (m,)."""
    m, (blocks, K) = int(labels.max()) + 1, changes.shape
    parts = np.split(labels, np.cumsum([piece.conjugates.shape[1] for piece in pieces])[:-1])
    largest = np.full(m, -np.inf)
    for piece, part in zip(pieces, parts, strict=True):
        np.maximum.at(largest, part, -mixture.log_density(piece.conjugates))
    by_block, responses, samples = np.zeros((blocks, m)), np.zeros((K, m)), np.zeros(m)
    for piece, part in zip(pieces, parts, strict=True):
        terms, log_density = mixture.split(piece.conjugates)
        factor = np.exp(-log_density - largest[part])
        rows = by_block[piece.blocks]
        for row, weights in zip(rows, piece.mass[:, 0], strict=True):
            row += np.bincount(part, weights * factor, m)
        for response, term in zip(responses, terms, strict=True):
            response += np.bincount(part, piece.weights * factor * term, m)
        samples += np.bincount(part, piece.weights, m)
    total, kept = by_block.sum(axis=0), 1.0 - 1.0 / blocks
    without = total - by_block - kept * changes @ responses
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(total) + largest, without / (kept * total), samples


def _dataset(names: Sequence[str], levels: np.ndarray, variables: dict[str, np.ndarray]) -> xarray.Dataset:
    import xarray

    dim = names[0] if len(names) == 1 else "level"
    coordinates = {name: (dim, values) for name, values in zip(names, levels, strict=True)}
    return xarray.Dataset({name: (dim, values) for name, values in variables.items()}, coordinates)
