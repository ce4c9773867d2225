"""How an implicit scheme shares out the equations of a model: what is solved for, block by block, and what is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from simcore.errors import Refusal
from simcore.expressions.evaluate import evaluate
from simcore.expressions.tree import Name, Node, postorder
from simcore.models.grid.implicit import WRITTEN, take_linear_parts, take_written_parts
from simcore.models.grid.linearsystem import LinearSystem
from simcore.models.grid.solvers import BlockSolver, solver_of
from simcore.models.grid.stability import sample_angles, symbols
from simcore.models.grid.system import System
from simcore.models.grid.walled import Places, Walled, Walls

__all__ = ["WRITTEN", "Splitting", "check_growth"]

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

    def of(self, system: System, *, written: bool) -> System:
        """The system without what is implicit, which stands in `implicit` and `solvers`. Raises Refusal.

        written: the rates called WRITTEN say what is implicit; else it is all that is linear.
        """
        take = take_written_parts if written else take_linear_parts
        implicit, rest = take(system, self.discrete, self.numbers)
        solvers = tuple(self._solver(block, system.complex_names) for block in implicit.blocks())
        return replace(rest, implicit=implicit, solvers=solvers)

    def _solver(self, block: LinearSystem, complex_names: frozenset[str]) -> BlockSolver:
        walls = {name: self.walls(name, self._coefficient) for name in block.formulas}
        walled = Walled(block, self.places, walls)
        if (name := walled.scale_moves) is not None:
            reason = f"an implicit solve takes walls of {name} of which v, g and b change in time"
            raise Refusal("model.scheme", f"{reason}, but neither their kind nor a; rk4 takes those")
        return solver_of(walled, self.gamma, tuple(complex_names))

    def _coefficient(self, tree: Node) -> Any:
        """A number if it stands still and is the same all along the side, else the formula."""
        names = {node.name for node in postorder([tree]) if isinstance(node, Name)}
        return evaluate(tree, self.numbers).item() if names <= self.numbers.keys() else tree


def check_growth(implicit: LinearSystem, gamma: float, dimensions: int, dt: float) -> None:
    """Refuse an implicit solve of growth that the step does not resolve: at gamma dt lambda = 1 it is singular."""
    fastest = 0.0
    for block in implicit.blocks():
        matrices = symbols(block, sample_angles(dimensions), list(block.rows))
        fastest = max(fastest, float(np.linalg.eigvals(matrices).real.max()))
    if gamma * dt * fastest > RESOLVED:
        limit = RESOLVED / (gamma * fastest)
        reason = f"imex cannot solve for linear terms that grow as exp({fastest:.4g} t) in so long a step"
        raise Refusal("run.dt", f"{reason}: it must be at most {limit:.6g}, not {dt:g}")
