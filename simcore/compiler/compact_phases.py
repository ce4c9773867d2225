"""The source of a `CompactPhase`: stages of ranges of rows on another form of the state, held for a slice of steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from simcore.compiler.source_lines import Text
from simcore.compiler.whole_phases import Views

Called = tuple[str, Sequence[str]]
"""The name of a function in the generated module, and what it is called with."""


@dataclass(frozen=True)
class CompactCall:
    """The calls of a `CompactPhase`.

    draw: of the stream of the first stage; begin: the function that begins a stream. tally: the column of what the
    stages return (source). counts: the columns of what is counted, by name. state: the arrays that `leave` writes.
    """

    views: Views
    stages: Sequence[Called]
    enter: Called
    leave: Called
    count: Called
    draw: int
    begin: str
    tally: str | None
    counts: Mapping[str, str]
    state: Sequence[str]

    @property
    def asked(self) -> Sequence[str]:
        return [name for _, arguments in (*self.stages, self.enter, self.leave, self.count) for name in arguments]

    def write(self, text: Text, barrier: Callable[[Text], None]) -> None:
        """Every worker calls each stage for its rows, with a barrier after it."""
        for number, stage in enumerate(self.stages):
            text.line(f"{self.begin}(_random, step, {self.draw + number}, _key0, _key1)")
            call = self._call(text, stage)
            text.line(call if self.tally is None else f"_sums[_first, {self.tally}] += {call}")
            barrier(text)

    def write_enter(self, text: Text) -> None:
        """Make the other form of these rows."""
        text.line(self._call(text, self.enter))

    def write_leave(self, text: Text) -> None:
        """Make the state of these rows."""
        text.line(self._call(text, self.leave))

    def write_count(self, text: Text) -> None:
        """Put what these rows count in place of what was counted before: their other rows hold 0."""
        names = [f"_count_{number}" for number in range(len(self.counts))]
        text.line(f"{', '.join(names)} = {self._call(text, self.count)}")
        for name, place in zip(names, self.counts.values(), strict=True):
            text.line(f"_sums[_first, {place}] = {name}")

    def _call(self, text: Text, called: Called) -> str:
        function, arguments = called
        text.lines(*self.views.lines(arguments))
        given = {"random": "_random", "first": "_first", "last": "_last"}
        return f"{function}({', '.join(given.get(name, self.views.of(name)) for name in arguments)})"
