"""The estimates of observables that are arrays: a line for a person, every element for a program."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.cli.estimates import Row, number
from simcore.cli.table import columns

if TYPE_CHECKING:
    from simcore.storage.result import Group

PARTS = ("", "_error", "_tau", "_ess")


@dataclass(frozen=True)
class ArrayEstimate:
    """One array: coordinates of each dimension, and for each element value, error, tau in steps, and ess."""

    name: str
    coords: Mapping[str, np.ndarray]
    value: np.ndarray
    error: np.ndarray
    tau: np.ndarray
    ess: np.ndarray
    unit: str
    long_name: str
    cautions: tuple[str, ...] = ()

    def rows(self) -> Iterator[Row]:
        """A row for each element, `s[kx=0, ky=1.5708]`."""
        for index in np.ndindex(self.value.shape):
            places = (f"{dim}={_text(x[i])}" for (dim, x), i in zip(self.coords.items(), index, strict=True))
            value, error, tau, ess = (float(x[index]) for x in (self.value, self.error, self.tau, self.ess))
            name = f"{self.name}[{', '.join(places)}]"
            yield Row(name, value, error, tau, ess, self.unit, self.long_name, self.cautions)

    def as_object(self) -> dict[str, Any]:
        """What JSON can hold; null for what is not a finite number."""
        parts = {part: _listed(getattr(self, part)) for part in ("value", "error", "tau", "ess")}
        texts = {"unit": self.unit, "long_name": self.long_name, "cautions": list(self.cautions)}
        return {"dims": [*self.coords], "coords": {d: x.tolist() for d, x in self.coords.items()}, **parts, **texts}


def read(directory: Path) -> list[ArrayEstimate]:
    """The arrays of the run in `directory`, in the model's order. Raises what `estimates.read` raises."""
    from simcore.analysis import load
    from simcore.analysis.arrays import array_names

    with load(directory) as tree:
        found = tree["pooled" if "pooled" in tree.children else "estimates"].to_dataset()  # of several replicas
        return [
            ArrayEstimate(
                name,
                {str(dim): found[dim].values for dim in found[name].dims},
                *_parts({part: found[f"{name}{part}"].values for part in PARTS}),
                found[name].attrs["units"],
                found[name].attrs["long_name"],
                tuple(filter(None, found[name].attrs.get("cautions", "").split("; "))),
            )
            for name in array_names(found)
        ]


def _parts(found: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    value, error, tau, ess = (found[part] for part in PARTS)
    return value, error, tau, ess


def from_memory(estimates: Group) -> list[ArrayEstimate]:
    """The same of a run that has just ended."""
    found = estimates.variables
    return [
        ArrayEstimate(
            name,
            {dim: estimates.coordinates[dim].data for dim in x.dims},
            *_parts({part: found[f"{name}{part}"].data for part in PARTS}),
            x.units,
            x.long_name,
            x.cautions,
        )
        for name, x in found.items()
        if x.own_dims and f"{name}_error" in found
    ]


def as_table(arrays: Sequence[ArrayEstimate]) -> str:
    """A line for each array: its dimensions, the range of its values, the largest error, the longest memory."""
    header = ("array", "dimensions", "values", "largest error", "longest autocorrelation time", "caution")
    return columns([header, *map(_line, arrays)])


def _line(one: ArrayEstimate) -> tuple[str, ...]:
    dims = ", ".join(f"{dim}: {len(x)}" for dim, x in one.coords.items())
    value, error, tau = (x[np.isfinite(x)] for x in (one.value, one.error, one.tau))
    span = f"{value.min():.4g} to {value.max():.4g}" if value.size else "unknown"
    largest = number(float(error.max())) if error.size else "unknown"
    unknown = int(one.error.size - error.size)
    if error.size and unknown:
        largest += f" ({unknown} unknown)"
    return one.name, dims, span, largest, number(float(tau.max(initial=-math.inf)), " steps"), ", ".join(one.cautions)


def _text(place: Any) -> str:
    return place if isinstance(place, str) else f"{place:.12g}"


def _listed(x: np.ndarray) -> Any:
    known = np.isfinite(x)
    return x.tolist() if known.all() else np.where(known, x.astype(object), np.array(None)).tolist()


def elements(arrays: Sequence[ArrayEstimate]) -> list[Row]:
    """A row for each element of all arrays."""
    return list(itertools.chain.from_iterable(one.rows() for one in arrays))
