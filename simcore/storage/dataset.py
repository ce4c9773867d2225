"""What a result file holds, described without HDF5: variables over named dimensions, in groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

CAUTIONS = "cautions"
"""The attribute of a result's root with the cautions of its estimates, as JSON: {"energy": ["few samples"]}."""

CAUTIONS_OF = {"estimates": CAUTIONS, "pooled": f"pooled_{CAUTIONS}"}
"""The attribute of the root for each group of estimates."""


REPLICA = "replica"
"""The dimension of independent realisations."""


TEMPERING = "tempering"
"""The group of a ladder: what is known of its exchanges."""


OWN_DIMS = "own_dims"
"""The attribute of a variable that belongs to an observable that is an array: the names of its own dimensions."""


@dataclass(frozen=True)
class Variable:
    """One data set. data: one axis for each name in `dims`; numbers, booleans, complex numbers or text.

    units: UDUNITS text (`1` for a number without dimension). cautions: of an estimate, what must be known before it is
    believed; the file holds those of all estimates in one attribute of its root. callback: of a series, the callback
    that returned it, which is NaN at steps at which that was not called. own_dims: of an observable that is an array,
    its own dimensions, beside those of the run or of a sweep.
    """

    dims: tuple[str, ...]
    data: np.ndarray
    units: str = "1"
    long_name: str = ""
    cautions: tuple[str, ...] = ()
    callback: str = ""
    own_dims: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if np.ndim(self.data) != len(self.dims):
            raise ValueError(f"dims {self.dims} do not fit data of shape {np.shape(self.data)}")


@dataclass(frozen=True)
class Group:
    """Data sets that share dimensions. A coordinate of one dimension with that dimension's name is its labels; other
    coordinates (a `time` along `step`) go with the variables that have all of their dimensions.
    """

    variables: Mapping[str, Variable]
    coordinates: Mapping[str, Variable] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if both := self.variables.keys() & self.coordinates.keys():
            raise ValueError(f"both variable and coordinate: {', '.join(sorted(both))}")
        for name in self.dimensions:
            if name in self.variables or self.coordinates.get(name, Variable((name,), np.empty(0))).dims != (name,):
                raise ValueError(f"{name} names a dimension: it must be a coordinate along that dimension alone")
        lengths: dict[str, int] = {}
        for name, variable in {**self.coordinates, **self.variables}.items():
            for dim, length in zip(variable.dims, np.shape(variable.data), strict=True):
                if lengths.setdefault(dim, length) != length:
                    raise ValueError(f"{name}: dimension {dim} has length {length}, elsewhere {lengths[dim]}")

    @property
    def dimensions(self) -> dict[str, int]:
        """Length of each dimension, in the order in which they appear."""
        return {
            dim: length
            for variable in (*self.coordinates.values(), *self.variables.values())
            for dim, length in zip(variable.dims, np.shape(variable.data), strict=True)
        }


@dataclass(frozen=True)
class Result:
    """All of a result file: groups by name (`series`, `estimates`, `fields`), and attributes of the root."""

    groups: Mapping[str, Group]
    attributes: Mapping[str, int | float | str]
