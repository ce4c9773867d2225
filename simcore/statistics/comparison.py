"""Comparison of two results in standard errors."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, overload

import numpy as np

from simcore.statistics.estimate import Estimate
from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike
    from typing_extensions import TypeIs

    Result = Estimate | tuple[ArrayLike, ArrayLike] | ArrayLike


@overload
def z_score(result: xr.Dataset, expected: xr.Dataset) -> xr.Dataset: ...


@overload
def z_score(result: Result, expected: Result) -> float | np.ndarray: ...


def z_score(result: Result | xr.Dataset, expected: Result | xr.Dataset) -> float | np.ndarray | xr.Dataset:
    """The difference of two independent results in standard errors: (a - b) / sqrt(error_a**2 + error_b**2).

    Args:
        result: an `Estimate`, a pair (value, error), or an exact number; values and errors are real numbers or arrays
            that broadcast. Or a Dataset of estimates, with `x` and `x_error`.
        expected: the same; a Dataset if `result` is one.

    Returns:
        A float or an array; for Datasets, a Dataset of the estimates that both have. Correct errors give |z| > 3 for 1
        of 370 pairs, |z| > 4.5 for 1 of 150,000 (if each has about 100 independent samples or more). Equal values
        without errors have z = 0, unequal ones an infinite z.

    Raises:
        ValueError: a value or an error is complex.

    Example:
        >>> z_score((1.5, 0.3), (1.0, 0.4))
        1.0
    """
    if _is_dataset(result) and _is_dataset(expected):
        return _of_datasets(result, expected)
    (a, error_a), (b, error_b) = _pair(result), _pair(expected)
    for number, name in ((a, "result"), (b, "expected"), (error_a, "its error"), (error_b, "its error")):
        check_real(number, name)
    difference, error = np.subtract(a, b), np.hypot(error_a, error_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(difference == 0.0, np.where(np.isnan(error), np.nan, 0.0), difference / error)
    return z if z.ndim else float(z)


def _is_dataset(x: object) -> TypeIs[xr.Dataset]:
    return hasattr(x, "dims") and hasattr(x, "data_vars")


def _pair(result: Result) -> tuple[ArrayLike, ArrayLike]:
    """Value and error."""
    if isinstance(result, Estimate):
        return result.value, result.error
    return result if isinstance(result, tuple) else (result, 0.0)


def _of_datasets(result: xr.Dataset, expected: xr.Dataset) -> xr.Dataset:
    """A Dataset of the z-scores of the estimates that both have."""
    import xarray as xr

    names = [name for name in result.data_vars if _is_estimate(result, name) and _is_estimate(expected, name)]
    scores = {}
    for name in names:
        parts = (result[name], result[f"{name}_error"], expected[name], expected[f"{name}_error"])
        scores[name] = xr.apply_ufunc(lambda a, s, b, t: z_score((a, s), (b, t)), *parts, join="inner")
        scores[name].attrs = {"long_name": f"difference of {name} in standard errors", "units": "1"}
    return xr.Dataset(scores)


def _is_estimate(x: xr.Dataset, name: Hashable) -> bool:
    return name in x and f"{name}_error" in x
