"""Percolation at all probabilities at once: M. E. J. Newman, R. M. Ziff, Phys. Rev. Lett. 85, 4104 (2000).

A sweep occupies all bonds, or sites, one after the other in random order, and keeps what there is with n of them for
every n. At the probability p that is weighted by the chance to have n of M, Q(p) = sum over n of
M!/(n! (M - n)!) p**n (1 - p)**(M - n) Q(n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator
from pydantic import Field as Key

from simcore.compiler.argument_names import CELL_INDICES
from simcore.compiler.source_lines import Text
from simcore.config import Section, parameter
from simcore.errors import InvalidValueError
from simcore.models.percolation.union_find import occupy_bonds, occupy_sites
from simcore.models.spins.clusters.measures import least
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.graphs.section import GraphLattice
from simcore.models.spins.lattice_section import Lattice, square_by_default
from simcore.spec.arrays import AXES, CellFunction, StateArray
from simcore.spec.model import Model
from simcore.spec.observables import ArrayObservable, Observable
from simcore.spec.parameters import Parameters
from simcore.spec.phases import AnyPhase, SystemPhase

LARGEST, SQUARES, FIRST = "largest_with", "squares_with", "first_along"
MOST_POINTS = 2000
FAR = 12.0
"""So many standard deviations from the mean a binomial distribution is worked out: beyond it has less than 1e-30."""


class Probabilities(Section):
    """Equally spaced probabilities, both ends among them."""

    first: float = Key(alias="from", ge=0.0, le=1.0, description="the lowest probability")
    last: float = Key(alias="to", ge=0.0, le=1.0, description="the highest one")
    points: int = Key(default=101, ge=1, le=MOST_POINTS, description="how many")

    @property
    def values(self) -> np.ndarray:
        """The probabilities, (points,)."""
        return np.linspace(self.first, self.last, self.points)


class NewmanZiff(Model):
    """Site and bond percolation at all probabilities: a sweep occupies one after the other in random order."""

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    axes: ClassVar[tuple[str, ...]] = AXES
    reference: ClassVar[str] = "M. E. J. Newman, R. M. Ziff, Phys. Rev. Lett. 85, 4104 (2000)"
    example: ClassVar[str] = """\
name: newman-ziff
model:
  type: newman_ziff
  lattice: {type: square, size: 64}
  occupy: sites
  p: {from: 0.5, to: 0.7, points: 41}
run: {seed: 1, sweeps: 1000}
"""

    lattice: Annotated[Lattice, BeforeValidator(square_by_default, json_schema_input_type=Any)]
    parameters: Parameters = Key(default=Parameters())
    occupy: Literal["sites", "bonds"] = parameter("sites", doc="what is occupied one after the other")
    p: Probabilities = Key(description="at which curves are worked out: {from: 0.5, to: 0.7, points: 41}")

    @cached_property
    def geometry(self) -> Geometry:
        """The lattice with its bonds of the usual kinds: those that a formula for all bonds would apply to."""
        return self.lattice.geometry(self.lattice.usual_kinds)

    def check(self, dt: float | None) -> None:
        """Refuse graphs, and lattices without bonds or with fewer cells than axes."""
        if isinstance(self.lattice, GraphLattice):
            reason = "newman_ziff follows bonds around and across the axes of a lattice, and a graph has none"
            raise InvalidValueError("model.lattice.type", reason)
        if not self.geometry.bonds:
            raise InvalidValueError(
                "model.lattice", "has no bonds of the nearest neighbours: no site joins another one"
            )
        if len(set(self.p.values)) < self.p.points:
            raise InvalidValueError("model.p", "from and to must differ by more than rounding, or points be 1")
        if self.geometry.cells < self.geometry.dimensions:
            raise InvalidValueError("model.lattice", "newman_ziff needs at least as many cells as axes")

    @cached_property
    def bonds(self) -> np.ndarray:
        """The sites at the ends of each bond, and how often it goes around each axis: int64 (bonds, 2 + axes)."""
        geometry, found = self.geometry, []
        cells = np.indices(geometry.shape).reshape(geometry.dimensions, -1)
        shape = np.array(geometry.shape)[:, np.newaxis]
        is_open = np.array([wrap == "open" for wrap in geometry.wrap])[:, np.newaxis]
        for bond in geometry.bonds:
            there = cells + np.array(bond.offset)[:, np.newaxis]
            turns = np.floor_divide(there, shape)
            present = ~((turns != 0) & is_open).any(axis=0)
            one = np.ravel_multi_index(tuple(cells), geometry.shape) * geometry.basis + bond.source
            two = np.ravel_multi_index(tuple(there - turns * shape), geometry.shape) * geometry.basis + bond.target
            found.append(np.vstack([one, two, turns]).T[present])
        return np.concatenate(found).astype(np.int64)

    @property
    def count(self) -> int:
        """How many there are to occupy."""
        return self.geometry.sites if self.occupy == "sites" else len(self.bonds)

    @property
    def _parts(self) -> range:
        """The numbers of the arrays that hold, one after another, a value with one, two, ... of them occupied."""
        return range(-(-self.count // self.geometry.cells))

    # -- what the contract asks ------------------------------------------------------------------------------------

    def constants(self) -> dict[str, Any]:
        """The bonds, for sites those of each to all its neighbours; and which sites lie at open ends."""
        geometry, bonds = self.geometry, self.bonds
        cells = np.indices(geometry.shape).reshape(geometry.dimensions, -1)
        faces = np.zeros(geometry.cells, np.int64)
        for axis, (side, wrap) in enumerate(zip(geometry.shape, geometry.wrap, strict=True)):
            if wrap == "open":
                faces |= ((cells[axis] == 0) << 2 * axis) | ((cells[axis] == side - 1) << (2 * axis + 1))
        places = {f"cell{number}_{index}": int(at) for number, index, at in self._first_cells()}
        known = {"percolation_faces": np.repeat(faces, geometry.basis), **places}
        if self.occupy == "bonds":
            return {"percolation_bonds": bonds, **known}
        back = np.column_stack([bonds[:, 1], bonds[:, 0], -bonds[:, 2:]])
        both = np.concatenate([bonds, back])
        both = both[np.argsort(both[:, 0], kind="stable")]
        begin = np.searchsorted(both[:, 0], np.arange(geometry.sites + 1))
        return {"percolation_bonds": both, "percolation_begin": begin.astype(np.int64), **known}

    def _first_cells(self) -> list[tuple[int, str, int]]:
        """The indices of the cells that keep what is found for each axis."""
        found = []
        for number in range(self.geometry.dimensions):
            place = np.unravel_index(number, self.geometry.shape)
            found += [(number, index, int(at)) for index, at in zip(CELL_INDICES, place, strict=False)]
        return found

    def state(self) -> Sequence[StateArray]:
        """What there is with one, two, ... of them occupied."""
        shape, nothing = self.geometry.shape, np.zeros(self.geometry.shape)
        found = [StateArray(FIRST, shape, "float64", nothing, hidden=True)]
        names = [f"{kind}{part}" for kind in (LARGEST, SQUARES) for part in self._parts]
        return [*found, *(StateArray(name, shape, "float64", nothing, work=True, hidden=True) for name in names)]

    def phases(self) -> Sequence[AnyPhase]:
        """All of them, in random order."""
        written = [FIRST, *(f"{kind}{part}" for kind in (LARGEST, SQUARES) for part in self._parts)]
        sites = self.occupy == "sites"
        function = occupy_sites if sites else occupy_bonds
        tables = ["percolation_bonds", *(["percolation_begin"] if sites else []), "percolation_faces"]
        text, axes = Text(), range(self.geometry.dimensions)
        with text.block(f"def newman_ziff({', '.join([*written, *tables, 'random'])}):"):
            text.line('"""Occupies all in random order, and keeps what there is with one, two, ... of them."""')
            text.line("count = percolation_faces.size" if sites else "count = percolation_bonds.shape[0]")
            text.lines(
                "largest, squares = np.zeros(count), np.zeros(count)", f"first = np.zeros({len(axes)}, np.int64)"
            )
            text.line(f"{function.__name__}({', '.join(tables)}, random, largest, squares, first)")
            text.line("number = 0")
            for part in self._parts:
                self._loop(text, 0, f"{LARGEST}{part}", f"{SQUARES}{part}")
            text.line("axis = 0")
            self._loop_of_first(text, 0)
        return [SystemPhase(CellFunction(str(text), {function.__name__: function}), tuple(written))]

    def _loop(self, text: Text, axis: int, largest: str, squares: str) -> None:
        """The next elements go into two arrays, in C order."""
        if axis < self.geometry.dimensions:
            with text.block(f"for c{axis} in range({FIRST}.shape[{axis}]):"):
                self._loop(text, axis + 1, largest, squares)
            return
        text.lines(f"{largest}[{self._cell}] = 0.0", f"{squares}[{self._cell}] = 0.0")
        with text.block("if number < count:"):
            text.lines(f"{largest}[{self._cell}] = largest[number]", f"{squares}[{self._cell}] = squares[number]")
        text.line("number += 1")

    def _loop_of_first(self, text: Text, axis: int) -> None:
        if axis < self.geometry.dimensions:
            with text.block(f"for c{axis} in range({FIRST}.shape[{axis}]):"):
                self._loop_of_first(text, axis + 1)
            return
        text.line(f"{FIRST}[{self._cell}] = float(first[axis]) if axis < first.size else 0.0")
        text.line("axis += 1")

    @property
    def _cell(self) -> str:
        return ", ".join(f"c{axis}" for axis in range(self.geometry.dimensions))

    @cached_property
    def _along(self) -> list[str]:
        return [
            f"{'spanning' if wrap == 'open' else 'wrapping'}_{axis}"
            for axis, wrap in zip(AXES, self.geometry.wrap, strict=False)
        ]

    def observables(self) -> Sequence[Observable]:
        """The share with which a cluster first goes around or across each axis."""
        indices = CELL_INDICES[: self.geometry.dimensions]
        source = f"def first({FIRST}, {', '.join(indices)}):\n    return {FIRST}[{', '.join(indices)}]\n"
        found, names = [], []
        for number, along in enumerate(self._along):
            name = f"threshold_{along.split('_')[1]}"
            cell = tuple(f"cell{number}_{index}" for index in indices)
            names.append(name)
            found.append(Observable(f"{name}_number", CellFunction(source), hidden=True, cell=cell))
            doc = f"share that is occupied when a cluster first has {along}"
            found.append(Observable(name, Portion(self.count), of=(f"{name}_number",), doc=doc))
        if len(names) > 1:
            found.append(Observable("threshold", least, of=tuple(names), doc="the least of these"))
        return found

    def array_observables(self) -> Sequence[ArrayObservable]:
        """Over p: the largest cluster, the mean size, and the probabilities that a cluster goes along axes."""
        sites, dims = self.geometry.sites, (("p", self.p.values),)
        binomial = Binomial(self.count, tuple(self.p.values.tolist()))
        single = 0.0 if self.occupy == "sites" else 1.0
        parts = {kind: tuple(f"{kind}{part}" for part in self._parts) for kind in (LARGEST, SQUARES)}
        found = [
            ArrayObservable(
                "largest_cluster",
                Weighted(binomial, single / sites, sites),
                parts[LARGEST],
                dims,
                doc="share of the sites in the largest cluster",
            ),
            ArrayObservable(
                "cluster_size",
                Weighted(binomial, single, sites),
                parts[SQUARES],
                dims,
                doc="mean size of the cluster of a site",
            ),
        ]
        axes = range(len(self._along))
        wanted = {name: Reached(binomial, (axis,)) for axis, name in enumerate(self._along)}
        if len(axes) > 1:
            wanted["wrapping"] = Reached(binomial, tuple(axes))
            wanted["wrapping_all"] = Reached(binomial, tuple(axes), most=True)
        for name, value in wanted.items():
            doc = "probability that a cluster goes around, or from end to end"
            found.append(ArrayObservable(name, value, (FIRST,), dims, doc=doc))
        return found


@dataclass(frozen=True)
class Portion:
    """A number of those that are occupied, as a share of all."""

    count: int

    def __call__(self, number: Any) -> Any:
        return number / self.count


@dataclass(frozen=True)
class Binomial:
    """The chances to have 0, 1, ..., count of them, at several probabilities."""

    count: int
    probabilities: tuple[float, ...]

    @cached_property
    def rows(self) -> list[tuple[int, np.ndarray]]:
        """For each probability the least number, and the chances of it and those after it.

        From the most likely number outwards by the ratios of neighbours, so that nothing overflows.
        """
        return [self._row(p) for p in self.probabilities]

    def _row(self, p: float) -> tuple[int, np.ndarray]:
        if p in (0.0, 1.0):
            return round(p * self.count), np.ones(1)
        likely = min(int((self.count + 1) * p), self.count)
        reach = int(FAR * np.sqrt(self.count * p * (1.0 - p)) + FAR**2)
        upper = np.arange(likely, min(likely + reach, self.count), dtype=np.float64)
        lower = np.arange(likely, max(likely - reach, 0), -1, dtype=np.float64)
        rising = np.cumprod((self.count - upper) / (upper + 1.0) * (p / (1.0 - p)))
        falling = np.cumprod(lower / (self.count - lower + 1.0) * ((1.0 - p) / p))
        chances = np.concatenate([falling[::-1], [1.0], rising])
        return likely - len(falling), chances / chances.sum()


@dataclass(frozen=True)
class Weighted:
    """Means over the number that is occupied. none: the value without any. whole: what others are divided by."""

    binomial: Binomial
    none: float
    whole: float

    def __call__(self, *arrays: np.ndarray) -> np.ndarray:
        values = np.concatenate([array.ravel() for array in arrays])[: self.binomial.count] / self.whole
        values = np.concatenate([[self.none], values])
        return np.array([chances @ values[least : least + len(chances)] for least, chances in self.binomial.rows])


@dataclass(frozen=True)
class Reached:
    """The chance to have so many that a cluster goes along one of the axes; most: along all of them."""

    binomial: Binomial
    axes: tuple[int, ...]
    most: bool = False

    def __call__(self, first: np.ndarray) -> np.ndarray:
        numbers = first.ravel()[list(self.axes)]
        number = int(numbers.max() if self.most else numbers.min())
        return np.array([chances[max(number - least, 0) :].sum() for least, chances in self.binomial.rows])
