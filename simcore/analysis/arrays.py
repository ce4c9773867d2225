"""The observables that are arrays in a group of a result, told from those that are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore.storage.dataset import OWN_DIMS

if TYPE_CHECKING:
    import xarray


def own_dims(variable: xarray.DataArray | xarray.Variable) -> tuple[str, ...]:
    """The dimensions that an array has beside those of the run or of the sweep; none of a number."""
    return tuple(str(variable.attrs.get(OWN_DIMS, "")).split())


def numbers(group: xarray.Dataset) -> xarray.Dataset:
    """The group without arrays and their dimensions."""
    arrays = [name for name, x in group.data_vars.items() if own_dims(x)]
    if not arrays:
        return group
    theirs = {dim for name in arrays for dim in own_dims(group[name])}
    left = group.drop_vars(arrays)
    return left.drop_dims([dim for dim in theirs if dim in left.dims])


def array_names(group: xarray.Dataset) -> list[str]:
    """The observables that are arrays, of estimates or of series."""
    beside = "_error" if any(str(name).endswith("_error") for name in group.data_vars) else ""
    return [str(name) for name, x in group.data_vars.items() if own_dims(x) and f"{name}{beside}" in group]
