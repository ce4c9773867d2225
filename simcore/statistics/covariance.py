"""The autocovariance of a long series, a block of lags at a time, so that no more is computed than is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_FIRST_LAGS = 64
_LAGS_AT_LEAST = 1 << 12


def autocovariance_blocks(centred: np.ndarray, lags: int) -> Iterator[np.ndarray]:
    """Gamma(1), ..., Gamma(lags) of a series of mean zero, in consecutive blocks of growing length.

    Gamma(t) = sum over i of x(i) x(i + t) / (n - t), by FFTs of pieces of the series: O(n log n) for a block, in memory
    of at most half the series (or 1 MB).
    """
    n = len(centred)
    longest = max(_LAGS_AT_LEAST, n // 32)
    first, length = 1, _FIRST_LAGS
    while first <= lags:
        length = min(length, lags - first + 1)
        yield _lagged_sums(centred, first, length) / (n - np.arange(first, first + length))
        first += length
        length = min(4 * length, longest)


def _lagged_sums(x: np.ndarray, first: int, length: int) -> np.ndarray:
    """Sum over i of x(i) x(i + t) for t = first, ..., first + length - 1, summed over pieces in Fourier space."""
    size = 1 << min(max(4 * length, 1 << 12) - 1, len(x) + length - 1).bit_length()
    piece = size - length  # so that no product wraps around
    spectrum = np.zeros(size // 2 + 1, dtype=complex)
    for start in range(0, len(x) - first, piece):
        left = np.fft.rfft(x[start : start + piece], size)
        np.conjugate(left, out=left)
        left *= np.fft.rfft(x[start + first : start + first + size], size)
        spectrum += left
    return np.fft.irfft(spectrum, size)[:length]
