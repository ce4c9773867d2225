"""The check that a new model goes through by itself: some cells of the first step, compiled and in plain Python.

It finds what the source does not show: reads beyond the ghost cells at an index that is worked out, too few random
numbers, and compiled code that is no function of what it is given. It takes a fraction of a second and one step, once
for each version of the kernels, and if they work out an index, for each set of parameters: what has passed is
remembered beside the cache of compiled programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simcore.compiler.cache_directory import choose, own_folder
from simcore.compiler.cell_constants import lined_up
from simcore.compiler.host_rules import source_of_call
from simcore.compiler.model_checks import cell_functions, values_of
from simcore.compiler.program import Program
from simcore.compiler.reference.trial import Trial, Unknown
from simcore.errors import InvalidValueError
from simcore.spec.description import Description

Place = tuple[str, tuple[int, ...]]
PASSED = "passed"
MOMENT = 1e-100
"""The share of a step in which values of ordinary size change little, whatever power of them a rate is."""
DOUBLE, SINGLE = (1e-6, 1e-10), (1e-3, 1e-6)
"""How far a value may be from that of plain Python: relative to the largest of its array, and of all numbers."""


class FirstStep:
    """Some cells of the next step of a model, to be compared with what is computed.

    state: views of the arrays before the step, without ghost cells.
    """

    def __init__(
        self,
        description: Description,
        program: Program,
        dt: float | None,
        state: Mapping[str, np.ndarray],
        key: int,
        step: int,
    ) -> None:
        self._program = program
        trial = _trial(description, program, dt, state, key, step)
        changed = [name for name in program.kept if name in state and program.adaptive is None]
        self._scales = {name: _size(array) for name, array in state.items()}
        numbers = [abs(x) for x in trial.numbers if isinstance(x, int | float | complex | np.number) and np.isfinite(x)]
        self._largest = float(max([*self._scales.values(), *numbers], default=0.0))
        self._expected: dict[str, dict[tuple[int, ...], Any]] = {name: {} for name in changed}
        measured = [one for one in description.observables if not (one.of or one.cell or isinstance(one.value, str))]
        for cell in trial.cells():
            for name in changed:
                try:
                    self._expected[name][cell] = trial.after(name, cell)
                except Unknown:
                    continue
            for one in measured:
                try:
                    trial.measure(one, cell)
                except Unknown:
                    continue

    def compare(self, state: Mapping[str, np.ndarray]) -> None:
        """With the arrays after the step. Raises InvalidValueError if compiled code computes something else.

        One cell may differ: where a condition stands on a knife's edge, a rounding decides it.
        """
        for name, cells in self._expected.items():
            kind = np.dtype(state[name].dtype)
            own, other = (
                (0.0, 0.0) if kind.kind in "biu" else SINGLE if kind.name in ("float32", "complex64") else DOUBLE
            )
            scale = max([self._scales[name], *(abs(value) for value in cells.values() if np.isfinite(value))])
            allowed = own * scale + other * self._largest
            wrong = [cell for cell, expected in cells.items() if _apart(state[name][cell], expected) > allowed]
            if len(wrong) > 1 or (wrong and len(wrong) == len(cells)):
                raise InvalidValueError(
                    "model",
                    f"'{name}' at cell {list(wrong[0])} after a step is {state[name][wrong[0]]} by compiled code and "
                    f"{cells[wrong[0]]} by the same functions in plain Python: a kernel must be a function of its "
                    "arguments alone, and in place it may read no other cell of its own sites",
                )


def _apart(found: Any, expected: Any) -> float:
    if not (np.isfinite(found) and np.isfinite(expected)):
        return 0.0
    return abs(found.item() - expected) if isinstance(expected, int) else float(abs(complex(found) - complex(expected)))


def _size(array: np.ndarray) -> float:
    """The largest absolute value, as far as it is finite; no copy is made of a real array."""
    if array.dtype.kind == "c":
        return _size(array.real) + _size(array.imag)
    ends = (float(array.max(initial=0)), -float(array.min(initial=0)))
    return max(each if np.isfinite(each) else 0.0 for each in ends)


def _trial(
    description: Description,
    program: Program,
    dt: float | None,
    state: Mapping[str, np.ndarray],
    key: int,
    step: int,
    share: float = 1.0,
    seconds: float | None = None,
) -> Trial:
    """share: of `dt`, the length of this step; those before it have the whole. seconds: as of a `Trial`."""
    constants, items = description.constants, [*description.phases, *description.measurement.samples]
    given = {name: value for name, value in constants.items() if isinstance(value, np.ndarray)}
    functions = cell_functions(items, description.observables, description.adaptive, program.arrays)
    tables = lined_up(given, functions, program.arrays, program.layout)
    values = values_of(description, None if dt is None else dt * share, constants)
    known: dict[str, Any] = {name: _number(value) for name, value in values.items()}
    known |= {one.name: np.float64(one.initial) for one in program.tuned}
    for name, table in tables.items():
        known[name] = table.view()
        known[name].flags.writeable = False
    known |= {name: np.float64(value)[()] for name, value in description.model.given_at(step).items()}
    known |= {"step": step, "time": np.float64((step - 1) * (dt or 0.0))}
    whole = {name: table.view() for name, table in given.items()}
    for table in whole.values():
        table.flags.writeable = False
    return Trial(program.arrays, items, program.layout, state, known, key, step, whole, seconds)


def step_by_hand(
    description: Description,
    program: Program,
    dt: float | None,
    state: Mapping[str, np.ndarray],
    key: int,
    names: Sequence[str],
    seconds: float,
) -> dict[Place, Any]:
    """The arrays `names` after the first step, cell by cell, as far as plain Python can work them out.

    state: before the step. seconds: for each phase of whole arrays. Raises InvalidValueError.
    """
    trial = _trial(description, program, dt, state, key, 1, seconds=seconds)
    found: dict[Place, Any] = {}
    for name in names:
        for cell in np.ndindex(*program.layout.shape):
            try:
                found[name, cell] = trial.after(name, cell)
            except Unknown:
                continue
    return found


def _number(value: Any) -> Any:
    return np.float64(value) if isinstance(value, float) else value


def finite_in_moment(
    description: Description,
    program: Program,
    dt: float,
    state: Mapping[str, np.ndarray],
    key: int,
    step: int,
    place: Place,
) -> bool | None:
    """Whether an array at a cell is finite after a step that is so short that nothing changes much.

    state: the arrays before the step `step`, those that never change too. place: the array and the cell. None if plain
    Python cannot tell.
    """
    trial = _trial(description, program, dt, state, key, step, MOMENT)
    try:
        return bool(np.isfinite(trial.after(*place)))
    except (Unknown, InvalidValueError):
        return None


def has_passed(program: Program) -> bool:
    """Whether these kernels have passed before, on this machine."""
    try:
        return _mark(program).is_file()
    except OSError:  # no folder is this user's own
        return False


def passed(program: Program) -> None:
    """Remember that they have; nothing is lost if it cannot be."""
    try:
        _mark(program).touch()
    except OSError:
        return


def _mark(program: Program) -> Path:
    """By the source of kernels and Python calls, and if an index is worked out, by all that it may be worked out from.

    In a folder that nobody else may write. Raises OSError if there is none.
    """
    found = hashlib.blake2b(program.code.name.encode(), digest_size=16)
    for host in program.code.hosts:
        found.update(source_of_call(host).encode())
    if program.worked_out:
        found.update(repr((program.code.values, program.layout.shape)).encode())
        for table in program.code.tables:
            found.update(np.ascontiguousarray(table).tobytes())
    return own_folder(choose().path, PASSED) / found.hexdigest()
