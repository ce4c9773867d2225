"""The same model on a smaller lattice, or at another temperature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from simcore.errors import InvalidValueError
from simcore.models.array_file import ArrayFile
from simcore.models.spins.checking.subgraph import lattice_keys, part_of
from simcore.models.spins.graphs.section import GraphLattice

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

Shape = tuple[int, ...]
LONGEST_TINY_SIDE = 4
SITES_OF_SMALL_GRAPH = 25

COLDEST = 6.0
"""Below the spread of the energies divided by this, most states have negligible probability,
so moves between them are not tested."""

_Model = TypeVar("_Model", bound="SpinModel")


def small(model: _Model) -> _Model:
    """With sides of a few cells, in which the two neighbours of a site are different ones and their cells, too."""
    if isinstance(model.lattice, GraphLattice):
        return resized(model, (min(model.geometry.sites, SITES_OF_SMALL_GRAPH),))
    side = 2 * model.system.halo + 3
    return resized(model, tuple(min(n, side) for n in model.geometry.shape))


def tiny(model: _Model, most_sites: int) -> _Model | None:
    """With two or more sites and at most so many; None if no such lattice keeps a term between spins.

    Of all shapes one that keeps most kinds of terms, and then has most sites.
    """
    meetings = bool(model.geometry.bonds or model.geometry.plaquettes)
    for shape in _by_merit(model, most_sites):
        try:
            found = resized(model, shape)
            found.check(None)
        except (
            ValueError,
            InvalidValueError,
        ):  # an antiperiodic axis that is too short; an algorithm that does not apply
            continue
        if not meetings or found.geometry.bonds or found.geometry.plaquettes:
            return found
    return None


def _by_merit(model: SpinModel, most_sites: int) -> list[Shape]:
    kinds = model.geometry.kinds
    basis = model.geometry.basis
    if isinstance(model.lattice, GraphLattice):
        return [(min(most_sites, model.geometry.sites),)]
    sides = [range(1, min(n, LONGEST_TINY_SIDE) + 1) for n in model.geometry.shape]

    def merit(shape: Shape) -> tuple[int, int, int]:
        geometry = model.lattice.model_copy(update={"shape": shape}).geometry(kinds)
        return len(geometry.bonds) + len(geometry.plaquettes), geometry.sites, -max(shape)

    least = min(2, model.geometry.sites)
    fitting = [s for s in _bounded(sides, most_sites // basis) if least <= basis * math.prod(s)]
    return sorted(fitting, key=merit, reverse=True)


def _bounded(sides: list[range], most: int) -> Iterator[Shape]:
    """All shapes with at most this number of cells."""
    if not sides:
        yield ()
        return
    for side in sides[0]:
        if side <= most:
            yield from ((side, *rest) for rest in _bounded(sides[1:], most // side))


def resized(model: _Model, shape: Shape) -> _Model:
    """On a lattice of this shape. What comes from a file becomes random numbers of the same range; a start goes."""
    if shape == model.geometry.shape:
        return model
    keys = model.model_dump(mode="json", by_alias=True)
    lattice = {key: value for key, value in keys["lattice"].items() if key != "size"}
    keys["lattice"] = {**lattice, "shape": list(shape)}
    if isinstance(model.lattice, GraphLattice):
        keys["lattice"] = lattice_keys(part_of(model.lattice.graph, shape[0]))
    if isinstance(model.initial, ArrayFile):
        keys["initial"] = "ordered"
    if "hamiltonian" in keys:
        keys["hamiltonian"] = _without_files(model, keys["hamiltonian"])
    for key, value in model:  # the couplings of a model with a name
        if isinstance(value, ArrayFile) and key != "initial":
            keys[key] = _drawn_like(model, value)
    return type(model).model_validate(keys)


def warmer(model: _Model, temperature: float) -> _Model:
    """At another temperature."""
    keys = model.model_dump(mode="json", by_alias=True)
    return type(model).model_validate({**keys, "parameters": {**keys["parameters"], "temperature": temperature}})


_SWEEPS = ("over_relaxation", "sweeps")


def one_sweep_of_each(model: _Model) -> _Model:
    """With no more than one sweep of over-relaxation after another."""
    keys = model.model_dump(mode="json", by_alias=True)
    listed = keys["algorithm"] if isinstance(keys["algorithm"], list) else [keys["algorithm"]]
    fewer = [{key: min(value, 1) if key in _SWEEPS else value for key, value in one.items()} for one in listed]
    if fewer == listed:
        return model
    return type(model).model_validate({**keys, "algorithm": fewer if len(fewer) > 1 else fewer[0]})


def _without_files(model: SpinModel, keys: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(keys)
    for section in ("couplings", "fields"):
        sources = getattr(model.system.interactions.hamiltonian, section)
        files = {name: source for name, source in sources.items() if isinstance(source, ArrayFile)}
        found[section] = {**keys.get(section, {}), **{name: _drawn_like(model, file) for name, file in files.items()}}
    return found


def _drawn_like(model: SpinModel, source: ArrayFile) -> dict[str, Any]:
    """Random numbers of the range of those that a file holds."""
    interactions = model.system.interactions
    given = {**interactions.hamiltonian.couplings, **interactions.hamiltonian.fields}
    arrays = [array for array, (name, _) in interactions.arrays.items() if given[name] == source]
    values = [interactions.values(array, model.system.parameters) for array in arrays]
    lowest, highest = (float(f([f(part) for part in values])) if values else 0.0 for f in (np.min, np.max))
    return {"random": {"uniform": [lowest, highest]}}
