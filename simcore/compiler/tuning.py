"""The source that adjusts tuned numbers after each step of the thermalisation.

Every worker reaches the same numbers from the same tallies, so no communication is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simcore.compiler.counters import Tallies
from simcore.compiler.source_lines import Text


@dataclass(frozen=True)
class Adjusted:
    """One tuned number: its function in the generated module, and what that is called with."""

    name: str
    function: str
    arguments: Sequence[str]
    always: bool = False


@dataclass(frozen=True)
class Tuning:
    """The tuned numbers of a program, in the order of the array that keeps them between two slices."""

    numbers: Sequence[Adjusted]

    def begin(self, text: Text) -> None:
        text.lines(*(f"{one.name} = _tuned[{place}]" for place, one in enumerate(self.numbers)))

    def after_step(self, text: Text, tallies: Tallies) -> None:
        if at_first := [one for one in self.numbers if not one.always]:
            with text.block("if step <= _tuning:"):
                self._adjust(text, tallies, at_first)
        if always := [one for one in self.numbers if one.always]:
            self._adjust(text, tallies, always)

    def _adjust(self, text: Text, tallies: Tallies, numbers: Sequence[Adjusted]) -> None:
        used = {argument for one in numbers for argument in one.arguments}
        for name in tallies.names:
            if name in used:
                text.line(f"{name} = _total_sum(_sums, {tallies.place(name)})")
        calls = [f"{one.function}({', '.join(one.arguments)})" for one in numbers]
        text.line(f"{', '.join(one.name for one in numbers)} = {', '.join(calls)}")

    def end(self, text: Text) -> None:
        if not self.numbers:
            return
        with text.block("if _rank == 0:"):
            text.lines(*(f"_tuned[{place}] = {one.name}" for place, one in enumerate(self.numbers)))
