"""Whether two results agree."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from simcore.statistics.estimate import Estimate
from simcore.statistics.labelled import is_labelled
from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr
    from numpy.typing import ArrayLike

    Result = Estimate | tuple[ArrayLike, ArrayLike] | ArrayLike


@overload
def z_score(result: xr.Dataset, expected: xr.Dataset) -> xr.Dataset: ...


@overload
def z_score(result: Result, expected: Result) -> float | np.ndarray: ...


def z_score(result: Any, expected: Any) -> Any:
    """How many standard errors two independent results are apart: (a - b) / sqrt(error_a**2 + error_b**2).

    Each is an `Estimate`, a pair (value, error), or an exact number; of numbers or of arrays that broadcast. Or both
    are Datasets of estimates, of which each `x` with an `x_error` in both is compared. Beyond |z| = 3 lies 1 of 370
    pairs that agree, beyond 4.5 one of 150,000 (for errors that are well known themselves, from some 100 independent
    samples each). Equal values without errors have z = 0, unequal ones an infinite z.
    """
    if is_labelled(result) and hasattr(result, "data_vars"):
        return _of_datasets(result, expected)
    (a, error_a), (b, error_b) = _pair(result), _pair(expected)
    for number, name in ((a, "result"), (b, "expected"), (error_a, "its error"), (error_b, "its error")):
        check_real(number, name)
    difference, error = np.subtract(a, b), np.hypot(error_a, error_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(difference == 0.0, np.where(np.isnan(error), np.nan, 0.0), difference / error)
    return z if z.ndim else float(z)


def _pair(result: Any) -> tuple[Any, Any]:
    """Value and error."""
    if isinstance(result, Estimate):
        return result.value, result.error
    return result if isinstance(result, tuple) else (result, 0.0)


def _of_datasets(result: xr.Dataset, expected: xr.Dataset) -> xr.Dataset:
    """A Dataset of the z-scores of the estimates that both have."""
    import xarray as xr

    names = [name for name in result.data_vars if _is_estimate(result, name) and _is_estimate(expected, name)]
    found = {}
    for name in names:
        parts = (result[name], result[f"{name}_error"], expected[name], expected[f"{name}_error"])
        found[name] = xr.apply_ufunc(lambda a, s, b, t: z_score((a, s), (b, t)), *parts, join="inner")
        found[name].attrs = {"long_name": f"difference of {name} in standard errors", "units": "1"}
    return xr.Dataset(found)


def _is_estimate(x: xr.Dataset, name: Hashable) -> bool:
    return name in x and f"{name}_error" in x
