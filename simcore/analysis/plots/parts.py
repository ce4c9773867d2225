"""A field as real pictures: slices of what has three axes, modulus and phase of what is complex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray

from simcore.analysis.plots.colours import Scale, angles, coloured, scale_of
from simcore.analysis.plots.labels import label, labelled, typeset, unit, value_text
from simcore.analysis.plots.source import Opened, chosen, group, single_point
from simcore.config import hint
from simcore.errors import UsageError

MOMENTS = ("time", "step")
_INNER = ("basis", "component")


@dataclass(frozen=True)
class Part:
    """values: real, (moment, x) or (moment, x, y). title: what it is, and where it was cut. phase: it is one."""

    title: str
    values: xarray.DataArray
    scale: Scale
    phase: bool = False

    @property
    def moment(self) -> str:
        """`time` or `step`."""
        return str(self.values.dims[0])

    def when(self, index: int) -> str:
        """The moment of a snapshot, as a title."""
        return f"{self.moment} {value_text(self.values[self.moment][index].item())}"


def fields_of(results: Opened, name: str | None) -> list[xarray.DataArray]:
    """The fields of one run, or the one that is named. Raises UsageError for an unknown name, or a sweep's many."""
    found = group(results, "fields")
    names = chosen(name, map(str, found.data_vars), "field")
    spatial = {dim for name in names for dim in found[name].dims[_place(found[name]) :]}
    return [single_point(found, spatial)[name] for name in names]


def space(array: xarray.DataArray) -> list[str]:
    """Its axes in space."""
    return [str(dim) for dim in array.dims if dim not in (*MOMENTS, *_INNER)]


def parts(
    array: xarray.DataArray,
    normal: str | None = None,
    position: float | None = None,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
) -> list[Part]:
    """The pictures of a field (moment, axes of space, basis, component), on one scale for all moments and components.

    normal: the axis to cut across if there are three or more, the last by default; position: where along it, the
    middle by default. cmap, limits: of the colours; those of a phase stay. Raises UsageError for an axis that is none.
    """
    flat, where = _cut(array, normal, position)
    scale = scale_of(np.abs(flat.values) if flat.dtype.kind == "c" else flat.values, unit(array))
    scale = coloured(scale, cmap, limits)
    return [part for one, text in _inner(flat) for part in _real(one, f"{text}{where}", scale)]


def _cut(array: xarray.DataArray, normal: str | None, position: float | None) -> tuple[xarray.DataArray, str]:
    """At most two axes of space, and in words what was cut."""
    axes = space(array)
    if normal is not None and normal not in axes:
        raise UsageError(f"normal: the field has no axis '{normal}'; {hint(normal, axes)}")
    if len(axes) <= 2 and (normal or position) is not None:
        raise UsageError(f"normal, position: a field over {', '.join(axes)} is shown whole; cuts are for three axes")
    across = axes[2:] if normal is None else [normal, *[axis for axis in axes if axis != normal][2:]]
    where = ""
    for axis in across if len(axes) > 2 else []:
        places = array[axis].values
        at = len(places) // 2 if position is None or axis != across[0] else int(np.argmin(np.abs(places - position)))
        array = array.isel({axis: at}, drop=True)
        where += f", {axis} = {value_text(places[at].item())}"
    return array, where


def _inner(array: xarray.DataArray) -> Iterator[tuple[xarray.DataArray, str]]:
    """Each site of the basis and each component by itself."""
    inner = [dim for dim in _INNER if dim in array.dims]
    for index in np.ndindex(*(array.sizes[dim] for dim in inner)):
        chosen_ones = dict(zip(inner, index, strict=True))
        names = [array[dim].values[at] if dim in array.coords else at for dim, at in chosen_ones.items()]
        yield array.isel(chosen_ones, drop=True), "".join(f", {d} {n}" for d, n in zip(inner, names, strict=True))


def _real(array: xarray.DataArray, where: str, scale: Scale) -> list[Part]:
    if array.dtype.kind != "c":
        return [Part(f"{label(array)}{where}", array, scale)]
    name = str(array.attrs.get("long_name", array.name))
    modulus, phase = abs(array), xarray.apply_ufunc(np.angle, array)
    return [
        Part(f"{labelled(f'|{name}|', unit(array))}{where}", modulus, scale),
        Part(typeset(f"arg {name}{where}"), phase, angles(), phase=True),
    ]


def _place(array: xarray.DataArray) -> int:
    """Where its own dimensions begin, behind those of a sweep."""
    return next((at for at, dim in enumerate(array.dims) if dim in MOMENTS), 0)
