"""The autocovariance of a long series, a block of lags at a time, so that no more is computed than is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_FEWEST_LAGS = 128
_LAGS_AT_LEAST = 1 << 12
_GROWTH = 8
_SAMPLES_AT_ONCE = 1 << 13  # their spectra stay in a cache of the second level


def autocovariance_blocks(centred: np.ndarray, lags: int, expected: int = 0) -> Iterator[np.ndarray]:
    """Gamma(1), ..., Gamma(lags) of a series of mean zero, in consecutive blocks of growing length.

    Gamma(t) = sum over i of x(i) x(i + t) / (n - t), by FFTs of pieces of the series: O(n log(lags)) for a block, in
    memory of at most half the series (or 2 MB). expected: how many lags will probably be looked at; the first block has
    as many, if memory allows.
    """
    n = len(centred)
    longest = max(_LAGS_AT_LEAST, n // 64)
    last, length = 0, min(max(expected, _FEWEST_LAGS), longest)
    while last < lags:
        piece = 1 << (min(length, lags - last) - 1).bit_length()
        length = min(piece, lags - last)
        sums = _lagged_sums(centred, last, piece)
        yield sums[1 : length + 1] / (n - np.arange(last + 1, last + length + 1))
        last += length
        length = min(_GROWTH * length, longest)


def _lagged_sums(x: np.ndarray, first: int, piece: int) -> np.ndarray:
    """Sum over i of x(i) x(i + t) for t = first, ..., first + piece; x is zero beyond its end.

    A piece of x meets the two pieces that begin `first` samples after it. With each of them padded to twice its length,
    nothing wraps around, the second one has the factor (-1)^k in Fourier space, and every piece needs one FFT, or two
    if first > 0.
    """
    rows = max(1, min(_SAMPLES_AT_ONCE, len(x) - first + piece - 1) // piece)
    right = np.empty((rows + 1, piece + 1), dtype=complex)
    _transform(x, first, right[:1])
    left = right[:-1] if first == 0 else np.empty_like(right[:-1])
    product = np.empty_like(right[:-1])
    signs = np.repeat((-1.0) ** np.arange(piece + 1), 2)  # for real and imaginary parts: half the work
    spectrum = np.zeros(piece + 1, dtype=complex)
    for start in range(0, len(x) - first, rows * piece):
        _transform(x, first + start + piece, right[1:])
        if first:
            _transform(x, start, left)
        np.multiply(right[1:].view(float), signs, out=product.view(float))
        product += right[:-1]
        np.conjugate(product, out=product)
        product *= left
        spectrum += product.sum(axis=0)
        right[0] = right[-1]
    return np.fft.irfft(np.conjugate(spectrum), 2 * piece)[: piece + 1]


def _transform(x: np.ndarray, start: int, spectra: np.ndarray) -> None:
    """Write the spectra of consecutive pieces of x from `start` on, each padded with zeros to twice its length."""
    rows, piece = spectra.shape[0], spectra.shape[1] - 1
    samples = x[start : start + rows * piece]
    if len(samples) < rows * piece:
        samples = np.concatenate((samples, np.zeros(rows * piece - len(samples))))
    np.fft.rfft(samples.reshape(rows, piece), 2 * piece, out=spectra)
