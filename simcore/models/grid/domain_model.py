"""The part of a model of equations that answers which cells belong to its grid, and what holds at their faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from simcore.models.grid.domain import Blank, marks_of
from simcore.models.grid.domain_split import DomainSplit
from simcore.models.grid.domain_walls import DomainWalls
from simcore.models.grid.grid_names import DomainWall
from simcore.models.grid.kernels import Kernels
from simcore.models.grid.measured_model import MeasuredModel
from simcore.models.grid.nesting import sampled_names
from simcore.models.grid.parameters import EquationParameters
from simcore.models.grid.schemes.leapfrog import now
from simcore.models.grid.system import System
from simcore.spec.observables import Field


class DomainModel(MeasuredModel):
    """What a subclass has: `grid`, `parameters`, `field_sections`, `equations_system`, `_formulas_in_time`."""

    parameters: EquationParameters

    @cached_property
    def _cells_of_domain(self) -> np.ndarray | None:
        """Which cells belong to the domain; None if the grid has none. Raises InvalidValueError."""
        grid = self.grid
        if grid.domain is None:
            return None
        return grid.domain.cells(grid.shape, grid.mesh(), self.parameters.numbers, "model.grid.domain")

    @property
    def _marks_of_domain(self) -> np.ndarray:
        """The constant IN_DOMAIN."""
        assert self._cells_of_domain is not None
        return marks_of(self._padded(self._cells_of_domain, 1))

    @cached_property
    def _blank(self) -> Blank | None:
        """What makes fields of results NaN outside of the domain."""
        return None if self._cells_of_domain is None else Blank.of(self._cells_of_domain)

    @cached_property
    def _domain_walls(self) -> DomainWalls:
        return DomainWalls(self.grid, self.field_sections, self._formulas_in_time.expressions)

    def _at_faces(self, system: System) -> dict[str, DomainWall] | None:
        """What each array of a system says at the faces of the domain."""
        if self.grid.domain is None:
            return None
        walls = {name: self._domain_walls.of(name) for name in (*system.rates, *(i.name for i in system.intermediates))}
        sampled = sampled_names([*system.rates.values(), *system.noise.values(), *(i.tree for i in system.before)])
        for name, velocity in system.velocities.items():
            for called in {velocity, now(velocity)} & {*sampled, *walls}:
                if called in sampled:
                    walls[called] = self._domain_walls.of_velocity(name)
        return walls

    def _domain_split(self, kernels: Kernels) -> DomainSplit | None:
        """How linear terms are taken out of equations on a domain."""
        if self._cells_of_domain is None:
            return None
        self._domain_walls.require_one_kind(self.numbers)
        return DomainSplit(
            self._cells_of_domain, self._marks_of_domain, self.halo, replace(kernels, domain=None).discrete
        )

    def result_fields(self) -> Sequence[Field] | None:
        """The arrays of the state, NaN outside of the domain."""
        if self._blank is None:
            return None
        names = {name: name for name in self.field_sections}
        names |= {velocity: f"d{name}/dt" for name, velocity in self.equations_system.velocities.items()}
        return [Field(name, (name,), self._blank, doc=doc) for name, doc in names.items()]
