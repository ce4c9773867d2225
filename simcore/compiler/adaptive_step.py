"""The source that chooses the length of each step from its estimated error.

A PI controller (K. Gustafsson, ACM TOMS 17, 533 (1991); coefficients of E. Hairer, G. Wanner, Solving Ordinary
Differential Equations II, section IV.2): h_new = h * safety * err^(-0.7/p) * err_before^(0.4/p), p the order of the
lower solution plus one. Every worker reaches the same decision from the same sums, so no communication is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simcore.compiler.reductions import RowSums
from simcore.compiler.source_lines import Text
from simcore.spec.phases import Adaptive

KEPT_WORDS = 4  # time, length of the next step, error of the one before, length of the last step: kept in checkpoints
END, LONGEST, STOPS = 4, 5, 6  # end of the slice, longest step; from STOPS on the times at which a step ends
SAFETY, SHRINK_MOST, GROW_MOST = 0.9, 0.2, 5.0


class StepControl:
    """Writes the loop around the phases of one step. error: its largest scaled error, as a maximum over the cells."""

    def __init__(self, adaptive: Adaptive, error: RowSums) -> None:
        self._adaptive, self._error = adaptive, error

    def begin(self, text: Text) -> None:
        text.lines("time = _clock[0]", "_length = _clock[1]", "_before = _clock[2]", f"_end = _clock[{END}]")
        text.line("dt = _length")

    def end(self, text: Text) -> None:
        with text.block("if _rank == 0:"):
            text.lines("_clock[0] = time", "_clock[1] = _length", "_clock[2] = _before", "_clock[3] = dt")

    def step(
        self,
        text: Text,
        items: Callable[[], None],
        rows: Callable[[Text, Sequence[str]], None],
        barrier: Callable[[Text], None],
    ) -> None:
        """Try steps until one is accepted, then take its proposal."""
        order = self._adaptive.order + 1
        text.line(f"_longest = _clock[{LONGEST}]")
        with text.block(f"for _stop in range({STOPS}, _clock.shape[0]):"), text.block("if _clock[_stop] > time:"):
            text.lines("_longest = min(_longest, _clock[_stop] - time)", "break")
        with text.block("while True:"):
            text.line("dt = min(_length, _longest)")
            with text.block("if time + dt == time:"):
                text.line("return 4, _made")
            items()
            rows(text, [self._error.row_call("_sums")])
            barrier(text)
            text.line(f"_scaled = {self._error.total_call(0, '_sums')}")
            with text.block("if _scaled <= 1.0:"):
                text.lines(
                    "_scaled = max(_scaled, 1e-4)",
                    f"_factor = {SAFETY} * _scaled ** {-0.7 / order!r} * _before ** {0.4 / order!r}",
                    "_before = _scaled",
                    f"_next = dt * min({GROW_MOST}, max({SHRINK_MOST}, _factor))",
                    "_length = max(_length, _next) if dt < _length else _next",
                    "break",
                )
            text.line(f"_factor = {SAFETY} * _scaled ** {-1.0 / order!r}")
            text.line(f"_length = dt * (_factor if {SHRINK_MOST} < _factor < 1.0 else {SHRINK_MOST})")
        for array, proposed in zip(self._adaptive.arrays, self._adaptive.proposed, strict=True):
            text.line(f"{array}, {proposed} = {proposed}, {array}")
        text.line("time += dt")
