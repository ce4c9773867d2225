"""How an implicit scheme shares out the equations of a model: what is solved for, block by block, and what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Node, postorder
from simcore.models.grid.domain_split import DomainSplit
from simcore.models.grid.implicit import WRITTEN, take_linear_parts, take_written_parts
from simcore.models.grid.linear_system import LinearSystem
from simcore.models.grid.solvers import BlockSolver, solver_of
from simcore.models.grid.sparse import matrix_of
from simcore.models.grid.stability import sample_angles, symbols
from simcore.models.grid.system import System
from simcore.models.grid.walled import Places, Walled, Walls
from simcore.spec.arrays import Periodic, Side, Wall

__all__ = ["WRITTEN", "Splitting", "check_growth"]

SMALL = {1: 64, 2: 12, 3: 6}  # cells along an axis, where the growth at walls is looked for
RESOLVED = 0.5  # of gamma dt lambda: there a step of imex2 grows by 6.8 in the place of 5.5


@dataclass(frozen=True)
class Splitting:
    """What of a model it takes: discrete formulas, numbers, cells, and walls by the name of their array.

    walls(name, coefficient): `coefficient` makes of the formula of a scale or shift what the sides hold.
    """

    discrete: Callable[[Node], Node]
    numbers: Mapping[str, Any]
    places: Places
    walls: Callable[[str, Callable[[Node], Any]], Walls]
    gamma: float
    domain: DomainSplit | None = None

    def of(self, system: System, *, written: bool) -> System:
        """The system without what is implicit, which stands in `implicit` and `solvers`. Raises InvalidValueError.

        written: the rates called WRITTEN say what is implicit; else it is all that is linear.
        """
        take = take_written_parts if written else take_linear_parts
        near: LinearSystem | None = None
        if self.domain is None:
            implicit, rest = take(system, self.discrete, self.numbers)
        else:
            implicit, rest = self.domain.take(take, system, self.discrete, self.numbers)
            near = take(system, self.domain.without, self.numbers)[0]
        solvers = tuple(self._solver(block, near, system.complex_names) for block in implicit.blocks())
        return replace(rest, implicit=implicit if near is None else near, solvers=solvers)

    def _solver(self, block: LinearSystem, near: LinearSystem | None, complex_names: frozenset[str]) -> BlockSolver:
        walls = {name: self.walls(name, self._coefficient) for name in block.formulas}
        walled = Walled(block, self.places, walls)
        if near is not None and self.domain is not None:
            rows = {name: near.rows[name] for name in block.rows}
            near = LinearSystem(rows, near.inner, near.whole)
            walled = Walled(block, self.places, walls, near, self.domain.cells)
        if (name := walled.scale_moves) is not None:
            reason = f"an implicit solve takes walls of {name} of which v, g and b change in time"
            raise InvalidValueError("model.scheme", f"{reason}, but neither their kind nor a; rk4 takes those")
        return solver_of(walled, self.gamma, tuple(complex_names))

    def _coefficient(self, tree: Node) -> Any:
        """A number if it stands still and is the same all along the side, else the formula."""
        names = {node.name for node in postorder([tree]) if isinstance(node, Name)}
        return evaluate(tree, self.numbers).item() if names <= self.numbers.keys() else tree


def check_growth(solvers: Sequence[BlockSolver], dt: float) -> None:
    """Refuse an implicit solve of growth that the step does not resolve: at gamma dt lambda = 1 it is singular.

    Refuse coefficients that are not finite.
    """
    for solver in solvers:
        walled, gamma = solver.walled, solver.gamma
        matrices = symbols(walled.constant, sample_angles(len(walled.places.shape)), list(solver.variables))
        if not np.isfinite(matrices).all():
            raise InvalidValueError(
                f"model.equations.{solver.variables[0]}", "a coefficient of its linear terms is not finite"
            )
        fastest = max(float(np.linalg.eigvals(matrices).real.max()), growth_at_walls(walled))
        if gamma * dt * fastest > RESOLVED:
            limit = RESOLVED / (gamma * fastest)
            reason = f"imex cannot solve for linear terms that grow as exp({fastest:.4g} t) in so long a step"
            raise InvalidValueError("run.dt", f"{reason}: it must be at most {limit:.6g}, not {dt:g}")


def growth_at_walls(walled: Walled) -> float:
    """The fastest growth that walls make, those whose ghost cells are larger than their mirror cells (mixed, a < 0).

    It lives in the cells next to them: a smaller grid with the largest scale of each side has it, too. 0 without any.
    """
    walls: dict[str, list[list[Side]]] = {name: [list(pair) for pair in sides] for name, sides in walled.walls.items()}
    largest = 0.0
    for name, axis, end, side in walled.sides():
        if not isinstance(side, Periodic):
            scale = float(np.max(np.real(walled.scale(side, axis, 0 if end == 0 else -1))))
            walls[name][axis][end] = Wall(scale, 0.0)
            largest = max(largest, scale)
    if largest <= 1.0:
        return 0.0
    most = SMALL[len(walled.places.shape)]
    places = replace(walled.places, shape=tuple(min(n, most) for n in walled.places.shape))
    small = Walled(walled.constant, places, {name: tuple((a, b) for a, b in sides) for name, sides in walls.items()})
    return float(np.linalg.eigvals(matrix_of(small).toarray()).real.max())
