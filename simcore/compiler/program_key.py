"""When two programs have one text: a key of all that their source is written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from types import FunctionType
from typing import Any

import numpy as np

from simcore.compiler.streams import draws_of
from simcore.spec.arrays import CellFunction, Function, Periodic, Side, StateArray, Wall
from simcore.spec.observables import Observable
from simcore.spec.phases import (
    Adaptive,
    AnyPhase,
    CompactPhase,
    HostPhase,
    Measurement,
    Phase,
    Reduction,
    Refilled,
    RowPhase,
    Scheduled,
    SystemPhase,
    Tuned,
)


class NotCacheable(Exception):
    """A function that sees variables of another one: two of them may be equal, and nothing shows it."""


def structure(
    arrays: Sequence[StateArray],
    items: Sequence[AnyPhase],
    observables: Sequence[Observable],
    measurement: Measurement,
    adaptive: Adaptive | None,
    changing: tuple[Sequence[Tuned], Sequence[Scheduled | Refilled]],
    names: Any,
) -> tuple[Any, ...]:
    """Hashable; numbers that are given to kernels, tables, shapes and initial values are not in it.

    names: what arguments may be called, and what of the sizes decides the text; hashable. Raises Unrepeatable.
    """
    tuned, scheduled = changing
    return (
        names,
        tuple(of_array(array) for array in arrays),
        tuple(_of_item(item) for item in items),
        tuple((o.name, _of(o.value), o.reduce, o.cell) for o in observables),
        tuple(tuple(_of_item(item) for item in items) for items in (measurement.samples, measurement.snapshots)),
        tuple((one.name, _of(one.update), one.always) for one in tuned),
        tuple((type(one), one.name, _of(one.value)) for one in scheduled),
        None if adaptive is None else tuple(_of(getattr(adaptive, part.name)) for part in fields(adaptive)),
    )


def of_array(array: StateArray) -> tuple[Any, ...]:
    """What of an array decides the text."""
    sides = tuple(_of_side(side) for pair in array.boundary for side in pair)
    dimensions = len(array.shape if array.cells is None else array.cells)
    return array.name, np.dtype(array.dtype).str, array.halo, array.work, dimensions, sides


def _of_side(side: Side) -> Any:
    if isinstance(side, Periodic):
        return Periodic, side.plain
    parts = (side.scale, side.shift)
    return (Wall, *(None if isinstance(part, (int, float, complex)) else _of(part) for part in parts))


def _of_item(item: AnyPhase) -> tuple[Any, ...]:
    if isinstance(item, Phase):
        return (
            Phase,
            _of(item.update),
            _of(item.writes),
            item.sites is None,
            item.draws,
            item.own_cell,
            item.at,
            item.tally,
            tuple(item.reads.items()),
        )
    if isinstance(item, Reduction):
        return Reduction, item.name, _of(item.value), item.reduce, item.cell
    if isinstance(item, SystemPhase):
        return SystemPhase, _of(item.update), item.writes, item.tally, item.at
    if isinstance(item, RowPhase):
        return RowPhase, tuple(map(_of, item.stages)), item.writes, item.repeat, item.most, item.at
    if isinstance(item, CompactPhase):
        functions = (*item.stages, item.enter, item.leave, item.count)
        return CompactPhase, tuple(map(_of, functions)), item.state, item.form, item.tally, item.counts
    return HostPhase, draws_of(item), item.reads, item.writes, item.at


def _of(value: Any) -> Any:
    """A function, or what else decides the text."""
    if isinstance(value, CellFunction):
        return value.source, tuple((name, type(used), _of(used)) for name, used in sorted(value.uses.items()))
    return _plain(value) if callable(value) else tuple(value) if isinstance(value, list) else value


def _plain(function: Function) -> Function:
    plain = getattr(function, "py_func", function)
    if isinstance(plain, FunctionType) and plain.__closure__:
        raise NotCacheable
    return plain
