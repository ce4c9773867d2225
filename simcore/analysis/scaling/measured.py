"""What finite-size scaling starts from: observables of several sizes over temperature, with their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.errors import UsageError
from simcore.storage.dataset import REPLICA

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Measured:
    """One size. label: as it was given. length: L. temperature: (T,), ascending. values, errors: (o, T), all finite.

    left_out: (blocks, o, T), the values without each block of samples; None if the points are independent.
    """

    label: Any
    length: float
    temperature: np.ndarray
    values: np.ndarray
    errors: np.ndarray
    left_out: np.ndarray | None


def measured(data: xarray.Dataset, observables: Sequence[str], size: str, temperature: str) -> list[Measured]:
    """The sizes in a Dataset, in ascending order; points that are NaN are left out.

    Raises UsageError if a name is missing, a dimension is too much, or fewer than two sizes are left.
    """
    if REPLICA in data.dims:
        from simcore.analysis.pooling import pooled

        data = pooled(data)
    _check(data, observables, size, temperature)
    found = [_one(data.isel({size: k}), observables, size, temperature) for k in range(data.sizes[size])]
    found = sorted((one for one in found if len(one.temperature) > 1), key=lambda one: one.length)
    if len({one.length for one in found}) < 2 or len({one.length for one in found}) < len(found):
        raise UsageError(f"{size}: two or more different sizes with two or more temperatures each are needed")
    return found


def table(sizes: Sequence[float], temperature: Any, observables: Mapping[str, tuple[Any, Any]]) -> xarray.Dataset:
    """Plain numbers as a Dataset for `crossings` and `collapse`.

    Args:
        sizes: linear sizes, of shape (S,).
        temperature: of shape (T,), or (S, T) if each size has its own.
        observables: by name, values and standard errors, each of shape (S, T); NaN for missing points.

    Returns:
        A Dataset with `x` and `x_error` over size and temperature.

    Raises:
        ValueError: the shapes do not agree.

    Example:
        >>> curves = table([8, 16], [1.0, 2.0], {"binder": (np.ones((2, 2)), 0.1 * np.ones((2, 2)))})
        >>> dict(curves["binder_error"].sizes)
        {'size': 2, 'temperature': 2}
    """
    import xarray

    temperatures = np.asarray(temperature, dtype=np.float64)
    own = temperatures.ndim == 2
    dims = ("size", "point" if own else "temperature")
    variables = {}
    for name, pair in observables.items():
        for label, numbers in zip((name, f"{name}_error"), pair, strict=True):
            variables[label] = (dims, np.asarray(numbers, dtype=np.float64))
    coordinates = {"size": np.asarray(sizes), "temperature": (dims if own else "temperature", temperatures)}
    return xarray.Dataset(variables, coordinates)


def _check(data: xarray.Dataset, observables: Sequence[str], size: str, temperature: str) -> None:
    from simcore.config import nearest

    for name in (size, temperature):
        if name not in data.coords:
            raise UsageError(f"there is no coordinate '{name}', only {', '.join(map(str, data.coords)) or 'none'}")
    if data[size].dims != (size,):
        raise UsageError(f"'{size}' must be a dimension, with several sizes along it")
    for name in observables:
        for wanted in (name, f"{name}_error"):
            if wanted not in data:
                near = nearest(wanted, [str(known) for known in data.data_vars])
                raise UsageError(f"there is no '{wanted}'" + (f"; did you mean '{near}'?" if near else ""))
        extra = set(data[name].dims) - {size, *data[temperature].dims}
        if extra:
            raise UsageError(f"{name} has the dimension '{extra.pop()}', too: choose one place along it with .sel(...)")


def _one(data: xarray.Dataset, observables: Sequence[str], size: str, temperature: str) -> Measured:
    values, errors = (np.array([data[f"{name}{end}"].values for name in observables]) for end in ("", "_error"))
    at = np.asarray(data[temperature].values, dtype=np.float64)
    there = np.isfinite(values).all(axis=0) & np.isfinite(errors).all(axis=0) & (errors > 0.0).all(axis=0)
    kept = np.flatnonzero(there)[np.argsort(at[there])]
    left_out = None
    if all(f"{name}_left_out" in data for name in observables):
        blocks = np.stack([data[f"{name}_left_out"].transpose("block", ...).values for name in observables], axis=1)
        blocks = blocks[:, :, kept]
        left_out = blocks[np.isfinite(blocks).all(axis=(1, 2))]
    label = data[size].item()
    return Measured(label, length(label), at[kept], values[:, kept], errors[:, kept], left_out)


def length(label: Any) -> float:
    """L of a size: a number, or a label such as 16x16 with equal sides. Raises UsageError."""
    sides = set(str(label).split("x"))
    try:
        (side,) = map(float, sides)
    except ValueError:
        side = np.nan
    if not (np.isfinite(side) and side > 0.0):
        raise UsageError(f"a linear size is a positive number, or a label such as 16x16, not {label}")
    return side
