"""Gaussian random fields of a given correlation function or power spectrum, made of independent normal numbers.

A field is a sum of white normal numbers w over the grid, f = A w, by transforms along the axes; its covariance A A^T is
the one that is asked for, exactly (circulant embedding: A. T. A. Wood and G. Chan, J. Comput. Graph. Stat. 3, 409
(1994); C. R. Dietrich and G. N. Newsam, SIAM J. Sci. Comput. 18, 1088 (1997)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas import Expression
from simcore.models.grid.grid import Grid

White = Callable[[tuple[int, ...]], np.ndarray]
"""Independent normal numbers of mean 0 and variance 1, an array of the shape."""

REACH = 8.5  # correlation lengths: beyond it exp(-r^2/(2 l^2)) is below 2.1e-16
LARGEST_SHARE = 4  # of the size of the grid: the correlation length is at most a quarter of it
WAVE_NUMBER = "k"


def lengths_of(given: Sequence[float], grid: Grid, path: str) -> tuple[float, ...]:
    """The correlation length along each axis; raises InvalidValueError at `path`."""
    if len(given) not in (1, len(grid.shape)):
        raise InvalidValueError(
            path, f"must be a number or a list of {len(grid.shape)}, one for each axis; {len(given)} given"
        )
    lengths = tuple(given) * len(grid.shape) if len(given) == 1 else tuple(given)
    for axis, length, n, h in zip(grid.axes, lengths, grid.shape, grid.spacing, strict=True):
        if n > 1 and length > n * h / LARGEST_SHARE:
            most = f"at most {n * h / LARGEST_SHARE:.6g}, a quarter of the grid along {axis}"
            raise InvalidValueError(path, f"{length:g} is too long; {most}")
    return lengths


def gaussian_correlation(white: White, grid: Grid, lengths: Sequence[float], periodic: Sequence[bool]) -> np.ndarray:
    """A field of mean 0, variance 1 and correlation function exp(-x^2/(2 lx^2) - y^2/(2 ly^2) - ...).

    Along a periodic axis of length L the correlation function is the sum over all images at x + n L, over that at 0. At
    walls the field does not end: it is a part of one on a longer axis.

    Args:
        white: gives normal numbers, of a shape that has more cells along axes with walls.
        grid: the cells.
        lengths: the correlation length along each axis.
        periodic: whether the ends of each axis meet.
    """
    import scipy.fft

    factors: list[np.ndarray | None] = []
    for n, h, length, wraps in zip(grid.shape, grid.spacing, lengths, periodic, strict=True):
        cells = n if wraps else scipy.fft.next_fast_len(n + math.ceil(REACH * length / h), real=True)
        factors.append(None if n == 1 else _root(cells, h, length))
    longer = tuple(1 if factor is None else len(factor) for factor in factors)
    field = white(longer)
    for axis, (n, factor) in enumerate(zip(grid.shape, factors, strict=True)):
        if factor is not None:
            along = factor[: len(factor) // 2 + 1].reshape([-1 if a == axis else 1 for a in range(field.ndim)])
            modes = scipy.fft.rfft(field, axis=axis) * along
            field = scipy.fft.irfft(modes, len(factor), axis=axis)
            field = field[tuple(slice(n) if a == axis else slice(None) for a in range(field.ndim))]
    return np.ascontiguousarray(field)


def _root(cells: int, h: float, length: float) -> np.ndarray:
    """The square roots of the eigenvalues of the correlation matrix of a ring of cells, for each of its waves."""
    size = cells * h
    images = math.ceil(REACH * length / size) + 1
    shifts = np.arange(-images, images + 1)[:, None] * size
    correlation = np.exp(-0.5 * ((np.arange(cells) * h + shifts) / length) ** 2).sum(axis=0)
    correlation /= correlation[0]
    correlation[1:] = 0.5 * (correlation[1:] + correlation[:0:-1])
    root: np.ndarray = np.sqrt(np.maximum(np.fft.fft(correlation).real, 0.0))
    return root


def amplitudes(grid: Grid, spectrum: Expression, numbers: Mapping[str, Any], path: str) -> np.ndarray:
    """What each wave of white noise is multiplied by, so that its variance is in proportion to a formula of k.

    Args:
        grid: periodic along all axes.
        spectrum: a formula of k, the length of the wave vector, 2 pi m/L along an axis.
        numbers: the parameters that it may name.
        path: where it is written.

    Returns:
        Real numbers for the waves that `scipy.fft.rfftn` gives. The wave k = 0 has 0; the sum of the squares over all
        waves, those left out included, is the number of cells.

    Raises:
        InvalidValueError: at `path`, if the spectrum is negative or not finite at a wave.
    """
    waves = [np.fft.fftfreq(cells, h) for cells, h in zip(grid.shape, grid.spacing, strict=True)]
    waves[-1] = np.fft.rfftfreq(grid.shape[-1], grid.spacing[-1])
    k = 2.0 * np.pi * np.sqrt(sum(along**2 for along in np.ix_(*waves)))
    zero = (0,) * k.ndim
    k[zero] = 1.0  # any number of which there is a power
    power = np.broadcast_to(spectrum.evaluate({**numbers, WAVE_NUMBER: k}), k.shape).astype(float)
    power[zero] = 0.0
    if (bad := ~np.isfinite(power) | (power < 0.0)).any():
        where = tuple(np.argwhere(bad)[0])
        raise InvalidValueError(
            path, f"is {power[where]:g} at k = {k[where]:.6g}; a spectrum is finite and not negative"
        )
    twice = np.full(len(waves[-1]), 2.0)  # a wave and its opposite, of which the transform holds one
    twice[0] = 1.0
    if grid.shape[-1] % 2 == 0:
        twice[-1] = 1.0
    total = float((power * twice).sum())
    if not 0.0 < total < math.inf:
        raise InvalidValueError(
            path, "is 0 at every wave of the grid" if total == 0.0 else "is too large to be added up"
        )
    found: np.ndarray = np.sqrt(power * (math.prod(grid.shape) / total))
    return found


def of_spectrum(white: White, grid: Grid, amplitude: np.ndarray) -> np.ndarray:
    """A field of mean 0 over the cells and of variance 1, each wave of which has an amplitude of `amplitudes`.

    The covariance at the distance r is the sum over all waves of S(k) cos(k r), over the sum of S(k).
    """
    import scipy.fft

    field: np.ndarray = scipy.fft.irfftn(scipy.fft.rfftn(white(grid.shape)) * amplitude, s=grid.shape)
    return field
