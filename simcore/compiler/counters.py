"""What the phases of a step count: columns of the partial sums, two for each tally, in turn.

A step adds into the columns of its own parity, so that no worker clears what another one still adds up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simcore.compiler.source_lines import Text


@dataclass(frozen=True)
class Tallies:
    """The tallies of a program, by name. column: their first column in `_sums`."""

    names: Sequence[str]
    column: int

    @property
    def columns(self) -> int:
        return 2 * len(self.names)

    def place(self, name: str) -> str:
        """The column of this step's tally (source)."""
        return f"{self.column + 2 * list(self.names).index(name)} + _odd"

    def begin_step(self, text: Text, rows: Callable[[Text, Sequence[str]], None], *, first: bool) -> None:
        """first: whether this is the first part of a step, in which counters are reset to zero."""
        if not self.names:
            return
        text.line("_odd = step & 1")
        if first:
            rows(text, [f"_sums[_row, {self.place(name)}] = 0.0" for name in self.names])
