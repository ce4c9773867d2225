"""Parameters of spins that change from sweep to sweep: formulas of `step`, and tables over it.

`step` is that of `/series`: the first sweep is step 1, and those of the thermalisation count. All moves of a sweep, and
what is measured after it, take the values of its step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from simcore.formulas import Expression, ExpressionError, cell_functions
from simcore.formulas.codegen import source
from simcore.formulas.evaluate import evaluate
from simcore.formulas.lowering import lower
from simcore.formulas.tree import Call, Name, Node, postorder, substitute
from simcore.models.in_time import InTime, TimeTable, order_of, problems_of_schedules
from simcore.models.spins.stairs import Stairs
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import Scheduled

TABLE, CELL = "schedule_table_of_", "schedule_cell"
NOW = "_now"
MOST_CHECKED = 10_000_000
"""So many steps of a run, the first ones, are looked at before it begins."""
BLOCK = 1_000_000


@dataclass(frozen=True)
class ParametersInSteps:
    """given: those parameters by name; numbers: the parameters that have one value."""

    given: Mapping[str, InTime] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What is wrong with the formulas: the path below `model` and a message."""
        return problems_of_schedules(self.given, self._require)

    def _require(self, expression: Expression) -> None:
        if "t" in expression.names and "t" not in (*self.numbers, *self.given):
            reason = "spins have no time; write a formula of step, which counts sweeps"
            raise ExpressionError(expression.text, 1, reason)
        expression.require(("step", *self.numbers, *self.given))

    @cached_property
    def trees(self) -> dict[str, Node]:
        """By the name of a parameter its value, a formula of `step`, numbers and tables."""
        found: dict[str, Node] = {}
        for name in order_of(self.given):
            tree = substitute(self.given[name].tree(f"{TABLE}{name}"), {"t": Name("step")})
            found[name] = substitute(tree, found)
        return found

    @cached_property
    def tables(self) -> dict[str, np.ndarray]:
        """The constants that hold tables, each of shape (2, entries): steps and values."""
        return {f"{TABLE}{name}": one.array for name, one in self.given.items() if isinstance(one, TimeTable | Stairs)}

    @property
    def _tables(self) -> dict[str, TimeTable]:
        return {name: one for name, one in self.given.items() if isinstance(one, TimeTable)}

    def at(self, step: Any) -> dict[str, Any]:
        """The values at a step, or at an array of steps."""
        known = {**self.numbers, **self.tables, "step": np.asarray(step, float)}
        return {name: np.broadcast_to(evaluate(tree, known), np.shape(step))[()] for name, tree in self.trees.items()}

    def blocks(self, last: int) -> Iterator[tuple[np.ndarray, dict[str, np.ndarray]]]:
        """Steps from 1, and the values at them, up to the last step or `MOST_CHECKED`."""
        end = min(last, MOST_CHECKED)
        for first in range(1, end + 1, BLOCK):
            steps = np.arange(first, min(first + BLOCK, end + 1))
            yield steps, self.at(steps)

    def uncovered(self, last: int) -> Iterator[tuple[str, str]]:
        """The names of tables that do not cover the steps 1 to `last`, and what they cover."""
        for name, one in self._tables.items():
            if one.times[0] > 1.0 or one.times[-1] < last:
                covers = f"the table covers the steps {one.times[0]:.12g} to {one.times[-1]:.12g}"
                yield name, f"{covers}, and the run goes from 1 to {last}"

    def scheduled(self) -> list[Scheduled]:
        """What the engine works out in each step."""
        return [Scheduled(name, _function(name, tree)) for name, tree in self.trees.items()]

    def constants(self, dimensions: int) -> dict[str, Any]:
        """What functions name: the parameters, with their first values; the tables; the cell that shows the values."""
        if not self.given:
            return {}
        first = {name: float(value) for name, value in self.at(1).items()}
        return {**first, **self.tables, **dict.fromkeys(cell_names(dimensions), 0)}


def cell_names(dimensions: int) -> tuple[str, ...]:
    """The constants that are the indices of the cell at which the values are measured, the first one."""
    return tuple(f"{CELL}{axis}" for axis in range(dimensions))


def _function(name: str, tree: Node) -> CellFunction:
    """`def schedule_h(step, ...)`; the step as a floating-point number, so that no whole number overflows."""
    lowered = lower([tree])
    nodes = list(postorder(lowered))
    arguments = dict.fromkeys(node.name for node in nodes if isinstance(node, Name))
    uses = {
        node.function: cell_functions.FUNCTIONS[node.function]
        for node in nodes
        if isinstance(node, Call) and node.function in cell_functions.FUNCTIONS
    }
    (text,) = (source(substitute(one, {"step": Name(NOW)}), lambda node: node.name) for one in lowered)
    lines = [f"def schedule_{name}({', '.join({'step': None, **arguments})}):", f'    """The value of {name}."""']
    lines += [f"    {NOW} = float(step)", f"    return 1.0 * ({text})"]
    return CellFunction("\n".join(lines) + "\n", uses)
