"""Several time steps in one pass over the memory, so that arrays larger than the cache are read once for all of them.

Split tiling (V. Bandishti, I. Pananilath, U. Bondhugula, "Tiling stencil computations to maximize parallelism", SC12):
the levels of a pass are its phases, step after step, from 1. A row of a level depends on the rows of the level before
that are at most `reach` away. With a worker's rows [first, last):

1. The worker makes the rows [first + t reach, last - t reach) of each level t. They depend on no other worker's, so no
   barrier stands between the levels, and they are made in a skewed front: as soon as a level has made row r, the next
   one makes row r - reach, whose surroundings are still in the cache.
2. After a barrier it makes the rows [first - t reach, first + t reach) of each level t, which the first stage has left
   out, level by level. Worker 0 has the last rows and the first, neighbours if the boundary is periodic; all rows
   that ghost cells mirror are among them.

A row is overwritten only when no level needs its old values any more, so the two copies of an array that plain stepping
has are enough. Every row of every level is made once, by the same function from the same numbers as in plain stepping:
the bits are the same for any number of steps in a pass.

Whether the values are finite is looked at in the last step of a slice, row by row as they are made: a look of its own
at the end would read all arrays from the memory once more.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.compiler.layout import ROW_SITES, Layout
from simcore.compiler.source_lines import Text

# A core's share of the caches, roughly: passes are worth it if a worker's arrays are larger and a front is not.
CACHE_BYTES = 4 * 2**20
MOST_STEPS = 16


@dataclass(frozen=True)
class Level:
    """One phase of a step (source). calls: what makes `_row`. swaps: the arrays that change places when it is over.

    final: the copies that it writes of arrays which must stay finite and which no later phase of the step writes.
    """

    calls: Sequence[str]
    swaps: Sequence[tuple[str, str]]
    final: Sequence[str] = ()

    def look(self, text: Text) -> None:
        """In the last step of a slice: whether the row is finite, while it is in the cache."""
        if self.final:
            bad = " or ".join(f"not _finite(_row, {name})" for name in self.final)
            with text.block(f"if step == _final and ({bad}):"):
                text.line("_bad = 1")

    def swap(self, text: Text) -> None:
        for array, second in self.swaps:
            text.line(f"{array}, {second} = {second}, {array}")


class Passes:
    """Writes `_front(...)`, the first stage for one row of the first level, and the body of the loop over passes.

    clock: the line that sets the time of a step, if there is one.
    """

    def __init__(self, levels: Sequence[Level], reach: int, clock: Sequence[str]) -> None:
        self._levels, self._reach, self._clock = levels, reach, clock
        made = {name for line in clock for name in _named(line, ast.Store)}
        calls = [call for level in levels for call in level.calls]
        taken = [name for line in (*calls, *clock) for name in _named(line, ast.Load)]
        taken += [name for level in levels for pair in level.swaps for name in pair]
        self._taken = ", ".join(name for name in dict.fromkeys(taken) if name not in {"_row", "step", *made})

    def write_front(self, text: Text) -> None:
        text.line("@inner")
        with text.block(f"def _front(_row, _low, _deep, step, _final, {self._taken}):"):
            text.line("_bad = 0")
            with text.block("for _ in range(_deep):"):
                text.lines("step += 1", *self._clock)
                for level in self._levels:
                    text.line(f"_low += {self._reach}")
                    with text.block("if _row < _low:"):
                        text.line("return _bad")
                    text.lines(*level.calls)
                    level.look(text)
                    text.line(f"_row -= {self._reach}")
                    level.swap(text)
            text.line("return _bad")

    def write_pass(self, text: Text, barrier: Callable[[Text], None]) -> None:
        """One pass; of one step, with a barrier after each phase, where a sample or the end of the slice is near.

        Passes up to the next sample, or to the end of the slice, are as few as can be and about equally long.
        """
        text.line("_left = min(_steps - _made, _every - step % _every)")
        text.line("_passes = (_left + _depth - 1) // _depth")
        text.line("_deep = (_left + _passes - 1) // _passes")
        with text.block("if _deep > 1:"):
            with text.block(f"for _row in range(_first + {self._reach}, _last - {self._reach}):"):
                text.line(f"_bad |= _front(_row, _first, _deep, step, _final, {self._taken})")
            barrier(text)
        text.line("_wide = 0")
        with text.block("for _ in range(_deep):"):
            text.lines("step += 1", "_made += 1", *self._clock)
            for level in self._levels:
                text.line(f"_wide += {self._reach}")
                text.line("_begin, _end = (_first - _wide, _first + _wide) if _deep > 1 else (_first, _last)")
                with text.block("for _at in range(_begin, _end):"):
                    text.lines("_row = _at % _partial.shape[0]", *level.calls)
                    level.look(text)
                with text.block("if _deep == 1:"):
                    barrier(text)
                level.swap(text)
        with text.block("if _deep > 1:"):
            barrier(text)


def reach_of_rows(layout: Layout) -> int:
    """How many rows away a neighbour can be; the last row of a 1-D array may be shorter than the halo."""
    return max(1, layout.halo) if layout.dimensions > 1 else 1 - (-layout.halo // ROW_SITES)


def worthwhile(layout: Layout, dtypes: Iterable[Any]) -> bool:
    """Whether arrays of these types, with a second copy of each, are too large for the caches of one core."""
    return 2 * layout.cells * sum(np.dtype(dtype).itemsize for dtype in dtypes) > CACHE_BYTES


def steps_of_a_pass(layout: Layout, levels: int, bytes_of_arrays: int, cuts: Sequence[tuple[int, int]]) -> int:
    """How many steps to make in one pass, at most. levels: phases of a step; 0 if there can be no passes.

    It decides how fast the program is, never what it computes.
    """
    if not levels or bytes_of_arrays <= CACHE_BYTES * len(cuts):
        return 1
    rows_of_a_step = levels * reach_of_rows(layout)
    rows_in_cache = CACHE_BYTES * layout.rows // bytes_of_arrays
    rows_of_a_worker = min(last - first for first, last in cuts)
    return max(1, min(MOST_STEPS, rows_in_cache // rows_of_a_step, rows_of_a_worker // (2 * rows_of_a_step)))


def _named(line: str, context: type[ast.expr_context]) -> list[str]:
    """The variables of a line of source that are loaded or stored, but not the functions that it calls."""
    nodes = list(ast.walk(ast.parse(line)))
    functions = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, context) and id(n) not in functions]
