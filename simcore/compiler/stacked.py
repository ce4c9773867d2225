"""The systems of one worker side by side, for one compiled call that advances them all.

A call from Python for each system costs as much as a sweep of a hundred spins; on a ladder there is one for each system
between two exchanges.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from simcore.compiler.code import Code
from simcore.compiler.source_lines import Text
from simcore.parallel.shared import WORDS
from simcore.parallel.shares import Share
from simcore.random import key_words

MOST_BYTES = 2**26
"""Of tables: each system has its own here, also where all are equal."""

SIGNATURE = (
    "_shares, _control, step, _steps, _every, _cells, _keys, _tuning, "
    "_clock, _tuned, _values, _arrays, _tables, _partial, _sums, _series, _sample"
)

_DOCUMENT = '''"""Make `_steps` steps after `step` of each system of this worker, one after the other.

_shares: a row for each: its number, the group of its control words, rank, workers, first row, end of rows, depth.
The other arrays have the systems as their first axis. Returns what `advance` does.
"""'''


def write_stretch(text: Text, values: int, arrays: int, tables: int) -> None:
    """The source of `stretch`. values, arrays, tables: how many `advance` takes."""
    given = (("_values", values), ("_arrays", arrays), ("_tables", tables))
    tuples = ["(" + "".join(f"{name}[{n}][_system], " for n in range(count)) + ")" for name, count in given]
    own = "_control[_share[1]], _share[2], _share[3], _share[4], _share[5]"
    known = "_cells, _keys[_system, 0], _keys[_system, 1], _share[6], _tuning, -1, 0.0, 0"
    work = "_partial[_system], _sums[_system], _series[_system, _sample:]"
    text.lines("", "", "@njit(cache=True, nogil=True, error_model='numpy')")
    with text.block(f"def stretch({SIGNATURE}):"):
        text.lines(*_DOCUMENT.splitlines(), "_status = 0", "_made = 0")
        with text.block("for _number in range(_shares.shape[0]):"):
            text.lines("_share = _shares[_number]", "_system = _share[0]")
            arguments = f"{own}, step, _steps, _every, {known}, _clock[_system], _tuned[_system], {', '.join(tuples)}"
            text.line(f"_found, _made = advance({arguments}, {work})")
            with text.block("if _found == 1:"):
                text.line("return 1, _made")
            with text.block("if _status == 0:"):
                text.line("_status = _found")
        text.line("return _status, _made")


class Stacked:
    """What `stretch` is given for the shares of one worker.

    arrays: of all systems, in the order of `code.copies`. depths: of each share. work: clock, tuned, partial, sums and
    series of all systems.
    """

    def __init__(
        self,
        code: Code,
        shares: Sequence[Share],
        depths: Sequence[int],
        keys: Sequence[int],
        control: np.ndarray,
        arrays: Sequence[np.ndarray],
        work: Sequence[np.ndarray],
    ) -> None:
        rows = [(s.system, s.group, s.rank, s.workers, *s.rows, depth) for s, depth in zip(shares, depths, strict=True)]
        self._shares, self._control = np.array(rows, np.int64), control.reshape(-1, WORDS)
        self._keys = np.array([key_words(key) for key in keys], np.uint64)
        self._cells, self._arrays, self._work = code.layout.cells, tuple(arrays), tuple(work)
        self._values: tuple[np.ndarray, ...] = ()
        self._tables: tuple[np.ndarray, ...] = ()

    def take(self, numbers: Sequence[tuple[tuple[Any, ...], tuple[np.ndarray, ...]]]) -> None:
        """The values and tables of all systems."""
        values, tables = zip(*numbers, strict=True)
        self._values = tuple(np.array(column) for column in zip(*values, strict=True))
        self._tables = tuple(np.stack(column) for column in zip(*tables, strict=True))

    def arguments(self, step: int, steps: int, every: int, tuning: int, sample: int) -> tuple[Any, ...]:
        """Of a stretch of `steps` steps after `step`, whose first sample goes to the row `sample`."""
        clock, tuned, partial, sums, series = self._work
        before = (self._shares, self._control, step, steps, every, self._cells, self._keys, tuning, clock, tuned)
        return (*before, self._values, self._arrays, self._tables, partial, sums, series, sample)


def can_be_stacked(code: Code, systems: int, numbers: Sequence[tuple[tuple[Any, ...], tuple[np.ndarray, ...]]]) -> bool:
    """Whether one call can advance all systems: no Python in a step, no arrays that swap, tables of one size."""
    values, tables = zip(*numbers, strict=True)
    alike = all(
        len({(table.shape, table.dtype.str) for table in column}) == 1 for column in zip(*tables, strict=True)
    ) and all(len({type(value) for value in column}) == 1 for column in zip(*values, strict=True))
    size = systems * sum(table.nbytes for table in tables[0])
    return systems > 1 and not code.hosts and not code.swaps and alike and size <= MOST_BYTES
