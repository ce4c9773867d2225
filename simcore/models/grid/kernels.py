"""From formulas to the phases of a step: the only place where formulas become functions of a cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from simcore.errors import InvalidValueError
from simcore.formulas.simplify import mentions
from simcore.formulas.tree import Name, Node, Number
from simcore.models.grid.cell_source import NO_WRAPPING, cell_function
from simcore.models.grid.domain import inside
from simcore.models.grid.fluxes import CENTRAL, FluxRules
from simcore.models.grid.grid_names import DomainWall, GridNames, Walls
from simcore.models.grid.lookups import FIRST_CELL, Lookups
from simcore.models.grid.noise import is_conserved, with_normals
from simcore.models.grid.operators import discretise
from simcore.models.grid.parameters import kernel_name
from simcore.models.grid.system import DT, TIME, System, add, put, times
from simcore.models.grid.whole_field import WholeField
from simcore.models.grid.wrapping import Wrapping
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import Phase, Reduction, Solve

PARAMETERS: dict[str, Node] = {name: Name(kernel_name(name)) for name in ("i", "j", "k")}
Step = Phase | Reduction | Solve


@dataclass(frozen=True)
class Work:
    """A work array of a scheme: `like` a variable in its numbers; with ghost cells where operators `sample` it.

    faces: it holds what passes the upper face of each cell along an axis; nothing passes a wall.
    """

    name: str
    like: str
    sampled: bool = False
    faces: bool = False


@dataclass(frozen=True)
class Stage:
    """The rates at one moment of a step. before: what must be worked out first; rates: formulas, operators and all."""

    before: Sequence[Step]
    rates: Mapping[str, Node]
    noise: Mapping[str, Node]


@dataclass(frozen=True)
class Kernels:
    """Writes the phases of one system. work: the arrays of its scheme; halo: of all arrays; cubic: equal spacings.

    wrapping: how coordinates go on beyond the sides. fluxes: the values at faces. walls: for each variable and
    intermediate the kinds of its walls by side; inherited: the intermediates that have the grid's. stages: whether
    formulas are taken at other times than that at the beginning of the step, too. domain: of a grid with a domain, what
    each variable and intermediate says at its faces.
    """

    system: System
    order: int
    upwind: int
    halo: int
    work: tuple[Work, ...] = ()
    cubic: bool = False
    wrapping: Wrapping = NO_WRAPPING
    fluxes: FluxRules = CENTRAL
    walls: Walls = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    stages: bool = False
    domain: Mapping[str, DomainWall] | None = None

    def discrete(self, tree: Node, moment: Node = TIME) -> Node:
        """The formula at one cell; moment: the time at which conditions at the faces of a domain are taken."""
        names = self.names if moment == TIME else replace(self.names, moment=moment)
        return discretise(put(tree, PARAMETERS), names, self.order, self.upwind, self.fluxes)

    @cached_property
    def _moving(self) -> bool:
        """Whether a condition at the faces of the domain changes in time."""
        walls = (self.domain or {}).values()
        return any(mentions(part, ["t"]) for wall in walls for ghost in wall.ghosts for part in ghost)

    @cached_property
    def names(self) -> GridNames:
        """What the names of formulas are."""
        arrays = self.system.arrays | {work.name for work in self.work}
        walls = {**self.walls, **{work.name: self.walls.get(work.like, {}) for work in self.work}}
        fixed = arrays - walls.keys()
        domain = self.domain
        if domain is not None:
            domain = {**domain, **{work.name: domain[work.like] for work in self.work if work.like in domain}}
        return GridNames(self.system.axes, arrays, self.cubic, fixed, walls, self.inherited, self.stages, domain)

    def require_speeds(self) -> None:
        """Raise InvalidValueError if the speed of a flux is unknown."""
        for name, tree in self.system.rates.items():
            try:
                self.discrete(tree)
            except ValueError as error:
                reason = f"{error}, so that the speed of a flux is unknown; take advection: central"
                raise InvalidValueError(f"model.equations.{name}", reason) from None

    def unbounded(self) -> Kernels:
        """The same on a grid without walls, with linear rules for fluxes: for estimates of stability."""
        walls: Walls = {name: {} for name in self.walls}
        return replace(self, walls=walls, fluxes=self.fluxes.bounded(), domain=None)

    def function(self, name: str, trees: Sequence[Node], formula: str = "", *, ghost: bool = False) -> CellFunction:
        """A function of a cell, which may be a `ghost` cell, that returns the values of the trees."""
        complexes = self.system.complex_names
        discrete = [self.discrete(tree) for tree in trees]
        self.wrapping.check(discrete)
        return cell_function(
            name,
            discrete,
            dimensions=len(self.system.axes),
            halo=self.halo,
            complex_names=complexes | {work.name for work in self.work if work.like in complexes},
            formula=formula,
            wrapping=self.wrapping,
            ghost=ghost,
        )

    def stage(
        self, number: int, share: float, values: Mapping[str, str] | None = None, *, measured: bool = False
    ) -> Stage:
        """The rates at the time t + share dt, of the values that lie in the arrays `values` (else of the state).

        number: of the stage, from 0; the name of a reduction is made of it, so that each stage has its own.
        measured: the rates are for a measurement, and look up tables in every cell.
        """
        moment = TIME if share == 0.0 else add(TIME, times(share, DT))
        known: dict[str, Node] = {"t": moment, **{name: Name(array) for name, array in (values or {}).items()}}
        before: list[Step] = []
        lookups = Lookups(number, kept=measured)
        for item in self.system.before:
            tree = lookups.without(self._at(put(item.tree, known), moment))
            if isinstance(item, WholeField):
                name = f"{item.name}_{number}" if number else item.name
                known[item.name] = Name(name)
                before.append(Reduction(name, self.function(f"{name}_of_cell", [tree]), item.reduce, item.cell))
            else:
                before.append(self.phase(f"{item.name}_{number}", {item.name: tree}, at=share))
        rates, noise = (
            {name: lookups.without(self._at(put(tree, known), moment)) for name, tree in trees.items()}
            for trees in (self.system.rates, self.system.noise)
        )
        return Stage([*self._looked_up(lookups), *before], rates, noise)

    def _at(self, tree: Node, moment: Node) -> Node:
        """The formula with the conditions at the faces of the domain at that time."""
        return self.discrete(tree, moment) if self._moving and not is_conserved(tree) else tree

    def _looked_up(self, lookups: Lookups) -> Iterator[Reduction]:
        """What tables give at the moment of a stage: a number, looked up once and not in every cell."""
        cell = (FIRST_CELL,) * len(self.system.axes)
        for name, tree in lookups.found.items():
            yield Reduction(name, self.function(f"{name}_of_cell", [tree]), "sum", cell)

    def phase(
        self,
        name: str,
        results: Mapping[str, Node],
        *,
        at: float = 1.0,
        own_cell: bool = False,
        normals: int = 0,
        formula: str = "",
    ) -> Phase:
        """One phase that writes each array of `results` from its formula.

        normals: how many independent normal numbers the formulas name, `normal1` and so on.
        """
        if self.domain is not None:
            results = {array: inside(tree, Number(0.0)) for array, tree in results.items()}
        function = self.function(name, list(results.values()), formula)
        draws = normals + normals % 2
        if normals:
            function = with_normals(function, normals)
        return Phase(function, tuple(results), draws=draws, own_cell=own_cell, at=at)
