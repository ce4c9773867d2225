"""What is measured of clusters, from what a `Survey` leaves at the first site of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.compiler.argument_names import CELL_INDICES
from simcore.models.spins.clusters.survey import AROUND, SIZE, SQUARE, Survey
from simcore.spec.arrays import AXES, CellFunction
from simcore.spec.observables import ArrayObservable, Observable

SIZES = "cluster_sizes()"
"""The formula of the distribution of sizes."""


@dataclass(frozen=True)
class Share:
    """A sum over cells divided by a number."""

    whole: float

    def __call__(self, total: Any) -> Any:
        return total / self.whole


def least(*values: Any) -> Any:
    """The least of the values in each sample."""
    return np.min(values, axis=0)


def cluster_observables(survey: Survey) -> list[Observable]:
    """Sizes, the largest one, and along which axes some cluster goes around or across."""
    sites = survey.geometry.sites
    found = [
        _hidden("cluster_squares", survey, "sum", f"{{{SIZE}}} * float({{{SIZE}}})"),
        Observable("cluster_size", Share(sites), of=("cluster_squares",), doc="mean size of the cluster of a site"),
        _hidden("largest_of_cells", survey, "max", f"float({{{SIZE}}})"),
        Observable("largest_cluster", Share(sites), of=("largest_of_cells",), doc="share of the sites in it"),
    ]
    names = []
    for axis, wrap in enumerate(survey.geometry.wrap):
        kind = "spanning" if wrap == "open" else "wrapping"
        names.append(f"{kind}_{AXES[axis]}")
        how = "from end to end of" if wrap == "open" else "around"
        value = f"float({{{AROUND}}} >> {axis} & 1)"
        found.append(_of_cells(names[-1], survey, "max", value, f"whether a cluster goes {how} the axis {AXES[axis]}"))
    if len(names) > 1:
        doc = "whether a cluster goes around, or from end to end, along some axis"
        found.append(_of_cells("wrapping", survey, "max", f"1.0 if {{{AROUND}}} else 0.0", doc))
        found.append(Observable("wrapping_all", least, of=tuple(names), doc="whether one does along each axis"))
    return found


def cluster_count(survey: Survey) -> list[Observable]:
    """How many there are."""
    total = _hidden("cluster_total", survey, "sum", f"1.0 if {{{SIZE}}} > 0 else 0.0")
    share = Share(survey.geometry.sites)
    return [total, Observable("clusters", share, of=("cluster_total",), doc="number of clusters per site")]


def improved_susceptibility(survey: Survey) -> list[Observable]:
    """N <m**2>/T from the squares of the sums over clusters."""
    total = _hidden("cluster_moments", survey, "sum", f"{{{SQUARE}}} / temperature", ("temperature",))
    doc = "N m**2/T, the mean over all ways to turn the clusters"
    share = Share(survey.geometry.sites)
    return [total, Observable("improved_susceptibility", share, of=("cluster_moments",), unit="1/energy", doc=doc)]


@dataclass(frozen=True)
class Sizes:
    """The number of clusters per site by size: of 1, of 2 and 3, of 4 to 7, ... sites."""

    sites: int
    bins: int

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        sizes = np.concatenate([array[array > 0] for array in arrays])
        number = np.frexp(sizes.astype(np.float64))[1] - 1
        return np.bincount(number, minlength=self.bins) / self.sites


def size_distribution(name: str, survey: Survey) -> ArrayObservable:
    """The observable of the formula `SIZES`."""
    bins = survey.geometry.sites.bit_length()
    arrays = tuple(survey.array(SIZE, site) for site in range(survey.geometry.basis))
    dims = (("size", 2.0 ** np.arange(bins)),)
    doc = "clusters per site of size to 2 size - 1"
    return ArrayObservable(name, Sizes(survey.geometry.sites, bins), arrays, dims, doc=doc)


def _hidden(name: str, survey: Survey, reduce: Any, value: str, more: Sequence[str] = ()) -> Observable:
    return Observable(name, _function(name, survey, reduce, value, more), reduce, hidden=True)


def _of_cells(name: str, survey: Survey, reduce: Any, value: str, doc: str) -> Observable:
    return Observable(name, _function(name, survey, reduce, value, ()), reduce, doc=doc)


def _function(name: str, survey: Survey, reduce: str, value: str, more: Sequence[str]) -> CellFunction:
    """Of one cell: the sum, or the largest, over its sites."""
    indices = CELL_INDICES[: survey.geometry.dimensions]
    sites = range(survey.geometry.basis)
    kinds = [kind for kind in (SIZE, AROUND, SQUARE) if f"{{{kind}}}" in value]
    read = {kind: [f"{survey.array(kind, site)}[{', '.join(indices)}]" for site in sites] for kind in kinds}
    values = [f"({value})".format(**{kind: read[kind][site] for kind in kinds}) for site in sites]
    joined = " + ".join(values) if reduce == "sum" else values[0] if len(values) == 1 else f"max({', '.join(values)})"
    arguments = [survey.array(kind, site) for kind in kinds for site in sites]
    return CellFunction(f"def {name}({', '.join([*arguments, *indices, *more])}):\n    return {joined}\n")
