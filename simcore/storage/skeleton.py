"""A small result file but for its numbers, made once for all results that look the same.

To describe thirty numbers costs h5py a hundred times what it costs to write them: of the points of a sweep only
the numbers differ.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import h5py
import numpy as np

from simcore.storage.dataset import Group, Variable

Write = Callable[[h5py.File, Mapping[str, Group]], None]
_LARGEST = 16 << 10


def fits(groups: Mapping[str, Group]) -> bool:
    """Whether all arrays are small and of numbers: they lie in one piece each, at a place that is known."""
    variables = (v for group in groups.values() for v in (*group.variables.values(), *group.coordinates.values()))
    return all(np.asarray(v.data).nbytes < _LARGEST and np.asarray(v.data).dtype.kind in "biufc" for v in variables)


def filled(groups: Mapping[str, Group], write: Write, options: Mapping[str, Any]) -> io.BytesIO:
    """The file of groups that fit, as `write` makes it, without attributes of its root."""
    image, places = _skeleton(_description(groups), write, tuple(options.items()))
    found = bytearray(image)
    for path, offset in places:
        group, name = path
        held = groups[group]
        data = np.ascontiguousarray((held.variables if name in held.variables else held.coordinates)[name].data)
        found[offset : offset + data.nbytes] = data.tobytes()
    return io.BytesIO(found)


def _description(groups: Mapping[str, Group]) -> tuple[Any, ...]:
    def of(variables: Mapping[str, Variable]) -> tuple[Any, ...]:
        return tuple(
            (name, v.dims, np.shape(v.data), np.asarray(v.data).dtype.str, v.units, v.long_name, v.callback, v.own_dims)
            for name, v in variables.items()
        )

    return tuple((name, of(group.variables), of(group.coordinates)) for name, group in groups.items())


@lru_cache(maxsize=16)
def _skeleton(description: tuple[Any, ...], write: Write, options: tuple[Any, ...]) -> tuple[bytes, list[Any]]:
    """The file with zeros in it, and where each array lies."""

    def empty(variables: tuple[Any, ...]) -> dict[str, Variable]:
        return {
            name: Variable(dims, np.zeros(shape, dtype), units, text, callback=callback, own_dims=own)
            for name, dims, shape, dtype, units, text, callback, own in variables
        }

    groups = {name: Group(empty(variables), empty(coordinates)) for name, variables, coordinates in description}
    image = io.BytesIO()
    with h5py.File(image, "w", **dict(options)) as file:
        write(file, groups)
        file.flush()
        places = [
            ((name, variable), file[name][variable].id.get_offset())
            for name, group in groups.items()
            for variable, v in {**group.variables, **group.coordinates}.items()
            if v.data.size
        ]
    return image.getvalue(), places
