"""What a model is made into: the code, and what the engine must know to give it memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.compiler.code import Code
from simcore.compiler.kernels import new
from simcore.compiler.layout import Layout
from simcore.spec.arrays import StateArray
from simcore.spec.phases import Adaptive, Tuned


@dataclass(frozen=True)
class Program:
    """The code, and what the engine must know to give it memory.

    kept: the arrays that make up the state; the others are made anew. observables: what a sample holds, in order.
    sums: how many numbers reductions and tallies need for each row. tuned: the numbers that are tuned. given: the
    numbers and tables that kernels are given, by name. worked_out: whether a kernel reads at an index that its source
    does not show. expressed: the arrays that are worked out for snapshots alone.
    """

    code: Code
    arrays: tuple[StateArray, ...]
    kept: tuple[str, ...]
    observables: tuple[str, ...]
    sums: int
    adaptive: Adaptive | None
    tuned: tuple[Tuned, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    worked_out: bool = False
    expressed: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        return self.code.layout

    def padded(self, copy: str) -> tuple[int, ...]:
        """The shape in memory of the array of which `copy` is the first or the second copy."""
        cells = self._array(copy).cells
        return self.layout.padded if cells is None else cells

    def dtype(self, copy: str) -> Any:
        """The type of the array of which `copy` is the first or the second copy."""
        return self._array(copy).dtype

    def _array(self, copy: str) -> StateArray:
        return next(array for array in self.arrays if copy in (array.name, new(array.name)))
