"""Statistics of xarray objects: DataArray and Dataset in, the same out, along a named dimension.

xarray is imported only here, and only if such an object is given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr
    from typing_extensions import TypeIs

    Labelled = xr.DataArray | xr.Dataset | xr.DataTree


@dataclass(frozen=True)
class Meaning:
    """The long name and unit of a result. text: `{}` is the name of the series. unit: None for that of the series."""

    text: str
    unit: str | None = "1"


def is_labelled(x: object) -> TypeIs[Labelled]:
    """Whether this is an xarray object: one with named dimensions and coordinates."""
    return hasattr(x, "dims") and hasattr(x, "coords")


def reduced(
    function: Callable[..., Any], x: Labelled, dim: Hashable | Sequence[Hashable] | None, meaning: Meaning
) -> xr.DataArray | xr.Dataset:
    """function(array) with the dimensions `dim` as last axes, of a DataArray or of each variable of a Dataset.

    dim: the dimension or dimensions to reduce; may be omitted if there is only one. Variables of a Dataset without
    them, or without numbers, are omitted. ValueError if there is no such dimension, or a variable is complex.
    """
    import xarray as xr

    if isinstance(x, xr.DataArray):
        return _reduced_array(function, x, named(x, dim), meaning)
    x = x.to_dataset() if isinstance(x, xr.DataTree) else x
    dims = named(x, dim)
    fitting = {name: variable for name, variable in x.data_vars.items() if _fits(variable, dims)}
    results = {name: _reduced_array(function, variable, dims, meaning) for name, variable in fitting.items()}
    return xr.Dataset(results, attrs=x.attrs)


def estimated(
    function: Callable[..., tuple[np.ndarray, ...]], x: Labelled, dim: Hashable | None, meanings: dict[str, Meaning]
) -> xr.Dataset:
    """A Dataset with a variable for each result of function(array); `meanings`: by the suffix of its name."""
    import xarray as xr

    if isinstance(x, xr.DataArray):
        x = x.to_dataset(name=x.name or "x")
    x = x.to_dataset() if isinstance(x, xr.DataTree) else x
    dims = named(x, dim)
    results = {}
    for name, variable in x.data_vars.items():
        if _fits(variable, dims):
            outputs = _apply(function, [variable], dims, len(meanings))
            for (suffix, meaning), output in zip(meanings.items(), outputs, strict=True):
                results[f"{name}{suffix}"] = output.assign_attrs(_attributes(variable, meaning))
    return xr.Dataset(results, attrs=x.attrs)


def of_means(
    function: Callable[..., Any], samples: Iterable[xr.DataArray], dim: Hashable | None
) -> tuple[xr.DataArray, ...]:
    """Value and error, a DataArray each, of function(arrays) with the dimension `dim` as last axis."""
    arrays = list(samples)
    return _apply(function, arrays, named(arrays[0], dim), 2)


def named(x: xr.DataArray | xr.Dataset, dim: Hashable | Sequence[Hashable] | None) -> list[Hashable]:
    """The dimensions to reduce; ValueError, with those that exist, if one of them does not."""
    existing = list(x.dims)
    if dim is None and len(existing) == 1:
        return existing
    wanted = [] if dim is None else [dim] if isinstance(dim, str) or not isinstance(dim, Sequence) else list(dim)
    if not wanted or not set(wanted) <= set(existing):
        names = ", ".join(map(repr, existing)) or "none, there is none"
        raise ValueError(f"dim: {dim!r}, but it must be one of {names}")
    return wanted


def _fits(x: xr.DataArray, dims: Sequence[Hashable]) -> bool:
    if not set(dims) <= set(x.dims):
        return False
    if x.dtype.kind == "c":
        check_real(np.zeros(0, x.dtype), str(x.name))
    return x.dtype.kind in "biuf"


def _reduced_array(
    function: Callable[..., Any], x: xr.DataArray, dims: list[Hashable], meaning: Meaning
) -> xr.DataArray:
    (result,) = _apply(function, [x], dims, 1)
    return result.rename(x.name).assign_attrs(_attributes(x, meaning))


def _apply(
    function: Callable[..., Any], arrays: list[xr.DataArray], dims: list[Hashable], outputs: int
) -> tuple[xr.DataArray, ...]:
    import xarray as xr

    results = xr.apply_ufunc(
        function,
        *(x.compute() for x in arrays),
        input_core_dims=[dims] * len(arrays),
        output_core_dims=[[]] * outputs,
        join="exact",
    )
    results = results if isinstance(results, tuple) else (results,)
    return tuple(x.drop_attrs(deep=False).rename(None) for x in results)


def _attributes(x: xr.DataArray, meaning: Meaning) -> dict[str, str]:
    name = x.attrs.get("long_name", x.name or "the series")
    unit = x.attrs.get("units") if meaning.unit is None else meaning.unit
    return {"long_name": meaning.text.format(name)} | ({} if unit is None else {"units": unit})
