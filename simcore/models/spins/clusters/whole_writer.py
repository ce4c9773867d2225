"""The source of a function that goes through whole arrays of spins by itself, from cell to cell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from simcore.models.spins.geometry import Offset
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.spin import Angle, States
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction


class WholeWriter(KernelWriter):
    """A `KernelWriter` for a `SystemPhase`: its present cell is what the lines after `at_cell` name.

    Arrays have no ghost cells here, so reads beyond an end are led to the other end; spins beyond an antiperiodic end
    are negated. The indices `i`, `j`, ... of formulas count as those of cells with ghost cells do.

    ends: whether a state read beyond an open end is that of no neighbour, as `EnergyTable` has it; for formulas, which
    ask for themselves what lies within, it need not be.
    """

    def __init__(self, name: str, system: SpinSystem, doc: str, *, ends: bool = False) -> None:
        super().__init__(name, system, doc)
        self._ends = ends
        self._locals |= set(system.indices)
        self._there: dict[Offset, tuple[str, ...]] = {}
        self.cell = tuple(f"_cell{axis}" for axis in range(system.geometry.dimensions))

    def at_cell(self, index: str) -> None:
        """Lines that make the cell of a number in C order the present one."""
        shape = self.system.geometry.shape
        self._there.clear()
        rest = index
        for axis in reversed(range(len(shape))):
            if axis == 0:
                self.line(f"{self.cell[0]} = {rest}")
            else:
                self.line(f"{self.cell[axis]} = {rest} % {self.side(axis)}")
                rest = self.let("_rest", f"{rest} // {self.side(axis)}")
        for index_name, cell in zip(self.system.indices, self.cell, strict=True):
            self.line(f"{index_name} = {cell} + {self.system.halo}")

    @contextmanager
    def block(self, opening: str) -> Iterator[None]:
        """What is written inside; indices that its lines work out are known there only."""
        known = dict(self._there)
        with super().block(opening):
            yield
        self._there = known

    def side(self, axis: int) -> str:
        """The cells along an axis."""
        return f"{self.argument(self.system.arrays.names[0])}.shape[{axis}]"

    def there(self, offset: Offset) -> tuple[str, ...]:
        """Lines, once for each cell, for the indices of the cell at an offset, led around the ends."""
        if not any(offset):
            return self.cell
        if offset not in self._there:
            self._there[offset] = tuple(
                self.let(f"_there{axis}_", f"({cell} + {step}) % {self.side(axis)}") if step else cell
                for axis, (cell, step) in enumerate(zip(self.cell, offset, strict=True))
            )
        return self._there[offset]

    def read(self, array: str, offset: Offset | None = None) -> str:
        offset = offset or (0,) * len(self.cell)
        text = f"{self.argument(array)}[{', '.join(self.there(offset))}]"
        if array not in self.system.arrays.names:
            return text
        crossed = [
            f"({cell} + {step} < 0) != ({cell} + {step} >= {self.side(axis)})"
            for axis, (cell, step) in enumerate(zip(self.cell, offset, strict=True))
            if step and self.system.geometry.wrap[axis] == "antiperiodic"
        ]
        if crossed:
            text = f"({self._negated(text)} if {' != '.join(f'({one})' for one in crossed)} else {text})"
        return self._within_ends(text, offset) if self._ends else text

    def _within_ends(self, text: str, offset: Offset) -> str:
        inside = [
            f"{cell} + {step} < {self.side(axis)}" if step > 0 else f"{cell} >= {-step}"
            for axis, (cell, step) in enumerate(zip(self.cell, offset, strict=True))
            if step and self.system.geometry.wrap[axis] == "open"
        ]
        if not inside:
            return text
        assert isinstance(self.system.spin, States)
        return f"({text} if {' and '.join(inside)} else {self.system.spin.count})"

    def _negated(self, text: str) -> str:
        spin = self.system.spin
        if isinstance(spin, States):
            return f"{spin.count - 1} - {text}"
        return f"{text} + 3.141592653589793" if isinstance(spin, Angle) else f"-{text}"

    def done(self, value: str | None = None) -> CellFunction:
        """The function, which returns this value or nothing."""
        if value is not None:
            return self.returns(value)
        lines = [f"def {self.name}({', '.join(self._arguments)}):", *self._lines]
        return CellFunction("\n".join(lines) + "\n", self._uses)
