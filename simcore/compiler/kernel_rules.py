"""What a user's kernel may not do, as far as its source shows it: each fault is an InvalidValueError of one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import FunctionType

import numpy as np

from simcore.compiler.accesses import Index, Read, Usage
from simcore.compiler.argument_names import CELL_INDICES, title
from simcore.compiler.argument_usage import usage
from simcore.compiler.cell_constants import lined_up, plain_functions, wrapped
from simcore.compiler.kernels import written
from simcore.compiler.layout import Layout
from simcore.compiler.model_checks import cell_functions
from simcore.errors import InvalidValueError
from simcore.spec.arrays import Function, StateArray
from simcore.spec.observables import Observable
from simcore.spec.phases import Adaptive, AnyPhase, HostPhase, Phase


def kernel_tables(
    items: Sequence[AnyPhase],
    observables: Sequence[Observable],
    adaptive: Adaptive | None,
    arrays: Sequence[StateArray],
    tables: Mapping[str, np.ndarray],
    layout: Layout,
) -> dict[str, np.ndarray]:
    """The constants as kernels are given them, after all functions have been looked at. Raises InvalidValueError."""
    for phase in (item for item in items if isinstance(item, Phase)):
        check_phase(phase, arrays, tables, layout)
    functions = cell_functions(items, observables, adaptive, arrays)
    for function in functions:
        check_function(function, arrays, tables, layout)
    return lined_up(tables, functions, arrays, layout)


def works_out_indices(functions: Iterable[Function | str]) -> bool:
    """Whether some function reads at an index that its source does not show: what it is may depend on parameters."""
    found = [usage(plain) for plain in plain_functions(functions)]
    return any(used is None or used.worked_out for used in found)


def check_phase(phase: Phase, arrays: Sequence[StateArray], tables: Iterable[str], layout: Layout) -> None:
    """A phase: its reads, and that it works on its own cell only if it says so."""
    for name, (array, offset) in phase.reads.items():
        if phase.own_cell and array in written(phase) and any(offset):
            text = f"the phase of {title(phase.update)} reads '{name}', '{array}' at {offset} from its cell"
            raise InvalidValueError(
                "model", f"{text}, with own_cell=True: it may read what it writes at its own cell only"
            )
    for function in plain_functions([phase.update]):
        if (used := _checked(function, arrays, tables, layout)) is None:
            continue
        for highest, place in used.draws:
            if highest >= phase.draws:
                raise InvalidValueError(
                    "model",
                    f"{place} takes random[{highest}], and its phase has draws={phase.draws}: "
                    f"give it draws={highest + 1}",
                )
        if phase.own_cell and phase.sites is None:
            for read in used.reads:
                if read.name in written(phase) and not own_cell(read, layout):
                    raise InvalidValueError(
                        "model",
                        f"{read.function} reads {read.text} with own_cell=True, and may read '{read.name}', which it "
                        f"writes, at {_here(read.name, layout)} only: leave out own_cell",
                    )


def check_function(
    function: Function | str, arrays: Sequence[StateArray], tables: Iterable[str], layout: Layout
) -> None:
    """Any other function of one cell: an observable, a reduction, the error of a step."""
    for plain in plain_functions([function]):
        _checked(plain, arrays, tables, layout)


def beside_solve(items: Sequence[AnyPhase], layout: Layout) -> list[AnyPhase]:
    """The items of a step: beside a HostPhase, phases whose source shows that they need no old values work in place."""
    if not any(isinstance(item, HostPhase) for item in items):
        return list(items)
    return [
        replace(item, own_cell=True)
        if isinstance(item, Phase) and item.sites is None and not item.own_cell and reads_own_cell_only(item, layout)
        else item
        for item in items
    ]


def reads_own_cell_only(phase: Phase, layout: Layout) -> bool:
    """Whether the source shows that a phase reads what it writes at its own cell only."""
    plain = plain_functions([phase.update])
    used = usage(plain[0]) if plain else None
    if used is None or any(name in written(phase) for name, _ in used.whole):
        return False
    return all(own_cell(read, layout) for read in used.reads if read.name in written(phase))


def own_cell(read: Read, layout: Layout) -> bool:
    """Whether a read is of this cell."""
    here = tuple(Index(axis, 0, 0) for axis in range(layout.dimensions))
    return read.indices == here


def _checked(
    function: FunctionType, arrays: Sequence[StateArray], tables: Iterable[str], layout: Layout
) -> Usage | None:
    used = usage(function)
    if used is None:
        return None
    known = {array.name: array for array in arrays}
    for name, place in used.foreign:
        raise InvalidValueError(
            "model",
            f"{place} uses {name}, whose numbers follow from no seed, step and cell: take random[0], random[1], ... "
            "and say draws= in the phase",
        )
    for name, place, text in used.writes:
        if name in known or name in tables:
            raise InvalidValueError(
                "model",
                f"{place} writes to {text}: a kernel returns the new value of its cell, and changes no argument",
            )
    if layout.halo:
        for name, place, text in used.taken:
            if name in known:
                raise InvalidValueError("model", f"{place} takes {text}: {_GHOSTS_TOO.format(array=name)}")
    _check_reads(used.reads, known, layout)
    return used


def _check_reads(reads: Iterable[Read], known: Mapping[str, StateArray], layout: Layout) -> None:
    for read in reads:
        if (array := known.get(read.name)) is None:
            continue
        if layout.halo and (len(read.indices) < layout.dimensions or any(index.open for index in read.indices)):
            inner = f"{layout.halo}:-{layout.halo}"
            raise InvalidValueError(
                "model",
                f"{read.function} reads {read.text}: {_GHOSTS_TOO.format(array=read.name)}; give both ends, {inner}",
            )
        for axis, (index, cells) in enumerate(zip(read.indices, layout.shape, strict=False)):
            if index.axis is None:
                continue
            if index.wrapped and layout.halo:
                raise InvalidValueError("model", wrapped(read, index, layout.halo))
            if not index.known:
                continue
            assert index.low is not None
            assert index.high is not None
            more = layout.shape[index.axis] - cells  # u[j, i] of a state that is no square
            far = -index.low if index.low < -array.halo else index.high + more
            if index.low < -array.halo or far > array.halo:
                cells_away = f"{far} cell{'s' if far > 1 else ''} away along axis {axis}"
                raise InvalidValueError(
                    "model",
                    f"{read.function} reads {read.text}: {cells_away}, and '{read.name}' has halo={array.halo}: "
                    f"give it halo={far}",
                )


_GHOSTS_TOO = "that has the ghost cells of '{array}' in it, which are copies of others"


def _here(name: str, layout: Layout) -> str:
    return f"{name}[{', '.join(CELL_INDICES[: layout.dimensions])}]"
