"""The source of a phase over one row."""

from __future__ import annotations

from collections.abc import Sequence

from simcore.models.contract import Phase
from simcore.program.loops import cells_of_line, extents, lines_of_row, row_range
from simcore.program.names import Names
from simcore.program.text import Text

RANDOM = ("step", "_scratch", "_key0", "_key1")


def new(array: str) -> str:
    """The second copy of an array, for a phase that reads old values and writes new ones."""
    return f"_new_{array}"


def written(phase: Phase) -> tuple[str, ...]:
    return (phase.writes,) if isinstance(phase.writes, str) else tuple(phase.writes)


def site_tables(number: int) -> tuple[str, str, str]:
    return f"_first_{number}", f"_stop_{number}", f"_stride_{number}"


class PhaseKernel:
    """`_phase_<number>(_row, ...)`: the function of one cell over all cells of a row.

    draw: the number of the phase's first draw in the random counter. targets: what it writes, by array: the array
    itself, or its second copy.
    """

    def __init__(
        self, number: int, phase: Phase, function: str, names: Names, draw: int, reductions: Sequence[str]
    ) -> None:
        self.number, self.phase, self.names, self.draw = number, phase, names, draw
        self.called = names.arguments(phase.update, random=phase.draws > 0, reductions=reductions)
        self.call = f"{function}({', '.join(self._argument(name) for name in self.called)})"
        self.name = f"_phase_{number}"
        in_place = phase.sites is not None or phase.own_cell
        self.targets = {name: name if in_place or name not in self.called else new(name) for name in written(phase)}

    @property
    def swapped(self) -> list[str]:
        """The arrays that change places with their second copy when the phase is over."""
        return [name for name, target in self.targets.items() if target != name]

    @property
    def arguments(self) -> list[str]:
        """What the driver calls it with after the row."""
        arrays = list(dict.fromkeys(self.targets.values()))
        taken = [name for name in self.called if name not in (*self.names.indices, "random", *arrays)]
        tables = site_tables(self.number) if self.phase.sites is not None else ()
        random = [name for name in RANDOM if name not in taken] if self.phase.draws else []
        return [*arrays, *taken, *tables, *random]

    def write(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        text.line("@inner")
        with text.block(f"def {self.name}(_row, {', '.join(self.arguments)}):"):
            extents(text, next(iter(self.targets.values())), dimensions, halo)
            row_range(text, dimensions)
            with lines_of_row(text, dimensions, halo):
                if self.phase.sites is None:
                    self._whole_line(text, halo)
                else:
                    self._sites_of_line(text, halo)

    def _argument(self, name: str) -> str:
        if name != "random":
            return name
        return "(" + ", ".join(f"_scratch[{draw}, _at]" for draw in range(self.phase.draws)) + ",)"

    def _whole_line(self, text: Text, halo: int) -> None:
        dimensions = self.names.dimensions
        self._fill(text, "_high - _low" if dimensions == 1 else f"_n{dimensions - 1}")
        with cells_of_line(text, dimensions, halo):
            self._assign(text)

    def _sites_of_line(self, text: Text, halo: int) -> None:
        first, stop, stride = (f"{table}[_line]" for table in site_tables(self.number))
        text.lines(f"_begin = max({first}, 0)", f"_step_by = max({stride}, 1)")
        text.line(f"_count = max(0, ({stop} - _begin + _step_by - 1) // _step_by)")
        self._fill(text, "_count")
        with text.block("for _at in range(_count):"):
            text.line(f"{self.names.indices[-1]} = _begin + _at * _step_by + {halo}")
            self._assign(text)

    def _fill(self, text: Text, count: str) -> None:
        for draw in range(self.phase.draws):
            text.line(f"fill_uniforms(_scratch[{draw}], {count}, _line, step, {self.draw + draw}, _key0, _key1)")

    def _assign(self, text: Text) -> None:
        index = ", ".join(self.names.indices)
        text.line(f"{', '.join(f'{array}[{index}]' for array in self.targets.values())} = {self.call}")
