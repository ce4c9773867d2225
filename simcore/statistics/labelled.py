"""The same statistics of xarray objects: a dimension by its name, DataArray and Dataset in, the same out.

xarray is imported here only, and only once such an object has been given.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.statistics.real import check_real

if TYPE_CHECKING:
    import xarray as xr

    Labelled = xr.DataArray | xr.Dataset | xr.DataTree


@dataclass(frozen=True)
class Meaning:
    """What a number says of its series. text: `{}` is the name of the series. unit: None for that of the series."""

    text: str
    unit: str | None = "1"


def is_labelled(x: object) -> bool:
    """Whether this is an object of xarray: whatever names its dimensions."""
    return hasattr(x, "dims") and hasattr(x, "coords")


def reduced(
    function: Callable[..., Any], x: Labelled, dim: Hashable | Sequence[Hashable] | None, meaning: Meaning
) -> Any:
    """function(array), which takes the last axes for those of `dim`, of a DataArray or of each variable of a Dataset.

    dim: the dimension, or several, that go; may be left out where there is one only. Variables of a Dataset that lack
    it, or hold no numbers, are left out. ValueError where nothing has such a dimension, or a variable is complex.
    """
    import xarray as xr

    if isinstance(x, xr.DataArray):
        return _reduced_array(function, x, named(x, dim), meaning)
    x = x.to_dataset() if isinstance(x, xr.DataTree) else x
    dims = named(x, dim)
    fitting = {name: one for name, one in x.data_vars.items() if _fits(one, dims)}
    found = {name: _reduced_array(function, one, dims, meaning) for name, one in fitting.items()}
    return xr.Dataset(found, attrs=x.attrs)


def estimated(function: Callable[..., Any], x: Labelled, dim: Hashable | None, meanings: dict[str, Meaning]) -> Any:
    """A Dataset with a variable for each number that function(array) gives; `meanings`: by the suffix of its name."""
    import xarray as xr

    if isinstance(x, xr.DataArray):
        x = x.to_dataset(name=x.name or "x")
    x = x.to_dataset() if isinstance(x, xr.DataTree) else x
    dims = named(x, dim)
    found = {}
    for name, one in x.data_vars.items():
        if _fits(one, dims):
            outputs = _apply(function, [one], dims, len(meanings))
            for (suffix, meaning), output in zip(meanings.items(), outputs, strict=True):
                found[f"{name}{suffix}"] = output.assign_attrs(_attributes(one, meaning))
    return xr.Dataset(found, attrs=x.attrs)


def of_means(function: Callable[..., Any], samples: Iterable[xr.DataArray], dim: Hashable | None) -> tuple[Any, ...]:
    """Value and error, a DataArray each, of function(arrays), which takes the last axis of each for that of `dim`."""
    arrays = list(samples)
    return _apply(function, arrays, named(arrays[0], dim), 2)


def named(x: xr.DataArray | xr.Dataset, dim: Hashable | Sequence[Hashable] | None) -> list[Hashable]:
    """The dimensions that are meant; ValueError, with those that there are, where they are not."""
    there = list(x.dims)
    if dim is None and len(there) == 1:
        return there
    wanted = [] if dim is None else [dim] if isinstance(dim, str) or not isinstance(dim, Sequence) else list(dim)
    if not wanted or not set(wanted) <= set(there):
        raise ValueError(f"dim: {dim!r}, but it must be one of {', '.join(map(repr, there)) or 'none, there is none'}")
    return wanted


def _fits(x: xr.DataArray, dims: Sequence[Hashable]) -> bool:
    if not set(dims) <= set(x.dims):
        return False
    if x.dtype.kind == "c":
        check_real(np.zeros(0, x.dtype), str(x.name))
    return x.dtype.kind in "biuf"


def _reduced_array(function: Callable[..., Any], x: xr.DataArray, dims: list[Hashable], meaning: Meaning) -> Any:
    (found,) = _apply(function, [x], dims, 1)
    return found.rename(x.name).assign_attrs(_attributes(x, meaning))


def _apply(function: Callable[..., Any], arrays: list[Any], dims: list[Hashable], outputs: int) -> tuple[Any, ...]:
    import xarray as xr

    found = xr.apply_ufunc(
        function,
        *(x.compute() for x in arrays),
        input_core_dims=[dims] * len(arrays),
        output_core_dims=[[]] * outputs,
        join="exact",
    )
    found = found if isinstance(found, tuple) else (found,)
    return tuple(x.drop_attrs(deep=False).rename(None) for x in found)


def _attributes(x: xr.DataArray, meaning: Meaning) -> dict[str, Any]:
    name = x.attrs.get("long_name", x.name or "the series")
    unit = x.attrs.get("units") if meaning.unit is None else meaning.unit
    return {"long_name": meaning.text.format(name)} | ({} if unit is None else {"units": unit})
