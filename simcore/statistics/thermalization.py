"""Where a series forgets its beginning, and whether it has."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from simcore.statistics.along import along, number
from simcore.statistics.autocorrelation import analyse
from simcore.statistics.labelled import Meaning, is_labelled, reduced

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

_BATCH = 5
_FEWEST_BATCHES = 5
_MOST_DRIFT = 2.0
_FADED = 0.7  # the last quarter of a beginning by its first, both less the end
_CUT = Meaning("samples of {} before thermalisation")
_DRIFT = Meaning("drift of {} in standard errors")


@overload
def drift(
    x: xr.DataArray, axis: int = ..., *, first: float = ..., last: float = ..., dim: Hashable | None = ...
) -> xr.DataArray: ...


@overload
def drift(
    x: xr.Dataset | xr.DataTree, axis: int = ..., *, first: float = ..., last: float = ..., dim: Hashable | None = ...
) -> xr.Dataset: ...


@overload
def drift(
    x: ArrayLike, axis: int = ..., *, first: float = ..., last: float = ..., dim: Hashable | None = ...
) -> float | np.ndarray: ...


def drift(x: Any, axis: int = -1, *, first: float = 0.1, last: float = 0.5, dim: Hashable | None = None) -> Any:
    """How many standard errors the mean of the first part of a series is above that of the last part: a z-score.

    J. Geweke, in Bayesian Statistics 4, 169 (1992); the parts are his, the first 10 and the last 50 %. The error counts
    autocorrelation; variance and autocorrelation time are those of the last part for both, since the first is too short
    to know its own and may not be stationary.

    x: one series, or any shape, the result then an array without `axis`; of an xarray object, `dim` names it.
    NaN for fewer than 4 samples or one that is not finite; 0 for a constant, infinite where only the last part is one.
    A stationary AR(1) series of 1000 tau is beyond |z| = 3 in 0.3 % of cases, as it should be, one of 100 tau in 1 %,
    one of 20 tau in 3.5 %. ValueError where the parts overlap.
    """
    if not (first > 0.0 and last > 0.0 and first + last <= 1.0):
        raise ValueError(f"first, last: {first}, {last}, but they must be positive parts, at most 1 together")
    if is_labelled(x):
        return reduced(lambda array: drift(array, first=first, last=last), x, dim, _DRIFT)
    return number(along(lambda series: _drift(series, first, last), x, axis))


@overload
def thermalization_cut(x: xr.DataArray, axis: int = ..., *, dim: Hashable | None = ...) -> xr.DataArray: ...


@overload
def thermalization_cut(x: xr.Dataset | xr.DataTree, axis: int = ..., *, dim: Hashable | None = ...) -> xr.Dataset: ...


@overload
def thermalization_cut(x: ArrayLike, axis: int = ..., *, dim: Hashable | None = ...) -> int | np.ndarray: ...


def thermalization_cut(x: Any, axis: int = -1, *, dim: Hashable | None = None) -> Any:
    """How many samples at the beginning to leave out, `x[cut:]`: all of them where the series is not thermalised.

    The rule MSER-5: the cut, in the first half, that makes the naive standard error of the means of 5 samples each
    smallest. K. P. White, Simulation 69, 323 (1997); K. P. White, M. J. Cobb, S. C. Spratt, Proc. Winter Simulation
    Conf. 755 (2000). It knows nothing of autocorrelation, and may leave a rest of the beginning that is small against
    the samples but not against the error of their mean. So behind a beginning that fades it is moved on by quarters of
    itself, to two fifths of the series at most, until what follows no longer lies on the side of the beginning. And the
    test: what is left must have |`drift`| < 2; else it is cut at the next twentieth of the series that passes. Where
    none does up to the half, or a sample is not finite, no cut is right, and the result is the length of the series.

    A stationary AR(1) series loses 0.4 % of 1000 tau, 2 % of 100 tau and 9 % of 20 tau; a trend of three standard
    deviations of the samples from end to end is refused in 99 % of series of 1000 tau, in 8 % of series of 100 tau.

    What remains, in errors of the mean, of an exponential beginning of 10, 3 or 1 standard deviations of the samples in
    a series of 1,000 tau: less than 0.2 if it lasts a thirtieth of the series and is 3 or more high (0.4 if 1), and
    0.6, 0.2 and 0.8 if it lasts a tenth.

    x: one series, which gives an int, or any shape; of an xarray object, `dim` names the dimension.
    """
    if is_labelled(x):
        return reduced(thermalization_cut, x, dim, _CUT)
    cuts = along(_cut, x, axis).astype(np.int64)
    return cuts if cuts.ndim else int(cuts)


def _drift(series: np.ndarray, first: float, last: float) -> float:
    n = len(series)
    beginning, end = series[: math.ceil(first * n)], series[n - math.ceil(last * n) :]
    analysis = analyse(end)
    if n < 4 or not np.isfinite(series).all():
        return math.nan
    difference = float(beginning.mean() - end.mean())
    error = analysis.error * math.sqrt(1.0 + len(end) / len(beginning))
    if error == 0.0:
        unchanged = abs(difference) <= np.finfo(float).eps * float(np.abs(end).max())
        return 0.0 if unchanged else math.copysign(math.inf, difference)
    return difference / error


def _cut(series: np.ndarray) -> int:
    n = len(series)
    if not np.isfinite(series).all():
        return n
    least = _faded(series, _mser(series))
    later = (cut for cut in (n * part // 20 for part in range(1, 11)) if cut > least)
    return next((cut for cut in (least, *later) if abs(_drift(series[cut:], 0.1, 0.5)) < _MOST_DRIFT), n)


def _faded(series: np.ndarray, cut: int) -> int:
    """The cut, moved on by its quarters, to two fifths at most, while what follows lies on the side of the beginning.

    Only behind a beginning that fades: one that ends at once leaves nothing behind.
    """
    quarter = cut // 4
    if not quarter or len(series) - 2 * cut < 4:
        return cut
    end = float(series[len(series) // 2 :].mean())
    first, last = (float(series[part].mean()) - end for part in (slice(quarter), slice(cut - quarter, cut)))
    if not abs(last) < _FADED * abs(first):
        return cut
    side, last_cut = math.copysign(1.0, first), max(cut, 2 * len(series) // 5)
    while cut < last_cut:
        following = slice(cut, cut + 4 * quarter)
        if not side * (float(series[following].mean()) - end) > 0.0:
            break
        cut += quarter
    return min(cut, last_cut)


def _mser(series: np.ndarray) -> int:
    """The cut in the first half, in samples, of least sum of squares of what is left by its number squared."""
    batches = len(series) // _BATCH
    if batches <= _FEWEST_BATCHES:
        return 0
    means = series[len(series) - batches * _BATCH :].reshape(batches, _BATCH).mean(axis=1)
    means -= means[batches // 2 :].mean()
    means /= np.abs(means).max() or 1.0  # so that no square overflows
    left = np.arange(batches, 0, -1.0)
    sums, squares = (np.cumsum(one[::-1])[::-1] for one in (means, means**2))
    errors = (squares - sums**2 / left) / left**2
    best = int(np.argmin(errors[: min(batches // 2, batches - _FEWEST_BATCHES) + 1]))
    return len(series) - (batches - best) * _BATCH if best else 0
