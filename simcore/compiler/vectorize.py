"""The source of a phase that gathers what it reads, works on many cells at once, and scatters what it writes.

Between the two, all lies side by side in small buffers, and the compiler makes vector instructions of the function of
one cell. In place, with a stride from cell to cell, it would not: it could not know that no cell reads another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simcore.compiler.source_lines import Text

CELLS = 256
"""How many cells are worked on at once: all that a phase of ten reads needs stays in the first cache."""


@dataclass(frozen=True)
class Site:
    """What is done at one site: it is found by `indices`, and written to the arrays `targets`.

    placed: whether the last index must be there. assigned: the lines that put what comes out into given places.
    """

    indices: Sequence[str]
    targets: Sequence[str]
    placed: bool
    assigned: Callable[[Sequence[str]], Sequence[str]]


class Vectorized:
    """The reads of one phase: name, array, offset. A buffer holds those of one type, then writes, `CELLS` of each."""

    def __init__(
        self,
        reads: Mapping[str, tuple[str, tuple[int, ...]]],
        writes: Sequence[str],
        dtypes: Mapping[str, np.dtype],
        halo: int,
    ) -> None:
        self._reads, self._writes, self._halo = reads, writes, halo
        self.buffers: dict[str, int] = {}  # how many lines of each
        self._places: dict[str, str] = {}
        for name, (array, _) in reads.items():
            self._places[name] = self._place(dtypes[array])
        self._results = [self._place(dtypes[array]) for array in writes]

    @staticmethod
    def buffer(name: str, lines: int) -> str:
        """The line that makes a buffer."""
        return f"{name} = np.empty({lines * CELLS}, np.{name.removeprefix('_lines_')})"

    def value(self, name: str) -> str:
        """Where a read lies."""
        return self._places[name]

    def write(self, text: Text, site: Site, count: str, first: str, stride: str) -> None:
        """The loops over the sites of a line: so many, from the first one on, counting without ghost cells."""
        with text.block(f"for _from in range(0, {count}, {CELLS}):"):
            text.lines(f"_many = min({CELLS}, {count} - _from)", f"_cell = {first} + _from * {stride} + {self._halo}")
            here = "_cell + _at" if stride == "1" else f"_cell + _at * {stride}"
            with text.block("for _at in range(_many):"):
                text.line(f"_here = {here}")
                for name, (array, offset) in self._reads.items():
                    text.line(f"{self._places[name]} = {array}[{_index(site.indices, offset)}]")
            with text.block("for _at in range(_many):"):
                if site.placed:
                    text.line(f"{site.indices[-1]} = {here}")
                text.lines(*site.assigned(self._results))
            with text.block("for _at in range(_many):"):
                text.line(f"_here = {here}")
                index = _index(site.indices, (0,) * len(site.indices))
                for target, result in zip(site.targets, self._results, strict=True):
                    text.line(f"{target}[{index}] = {result}")

    def _place(self, dtype: np.dtype) -> str:
        kind = "int64" if dtype.kind in "biu" else dtype.name
        name = f"_lines_{kind}"
        line = self.buffers.setdefault(name, 0)
        self.buffers[name] += 1
        return f"{name}[_at + {line * CELLS}]" if line else f"{name}[_at]"


def _index(indices: Sequence[str], offset: Sequence[int]) -> str:
    names = (*indices[:-1], "_here")
    shifted = (f"{n} {'-' if d < 0 else '+'} {abs(d)}" if d else n for n, d in zip(names, offset, strict=True))
    return ", ".join(shifted)
