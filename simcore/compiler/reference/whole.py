"""A phase of whole arrays in plain Python, for as long as it may take: every access to an array is looked at."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from simcore.compiler.argument_names import argument_names, title
from simcore.compiler.layout import ROW_SITES, Layout
from simcore.errors import InvalidValueError
from simcore.random.serial import WORDS, begin_stream
from simcore.spec.arrays import StateArray
from simcore.spec.phases import RowPhase, SystemPhase

Cell = tuple[int, ...]
Place = tuple[str, Cell]
RANGES = 3


class Unknown(Exception):
    """A value that plain Python cannot work out here, for a reason that is no fault of the model."""


@dataclass
class Call:
    """What one call of a function reads and writes. before: the values that are there when it begins."""

    function: str
    before: Callable[[Place], Any]
    until: float
    reads: set[Place] = field(default_factory=set)
    writes: dict[Place, Any] = field(default_factory=dict)


class WholeArray:
    """An array as a function of whole arrays sees it."""

    def __init__(self, array: StateArray, call: Call, *, changes: bool) -> None:
        self._array, self._call, self._changes = array, call, changes
        self.shape, self.ndim, self.dtype = tuple(array.shape), len(array.shape), np.dtype(array.dtype)
        self.size = math.prod(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        place = self._place(index)
        if place in self._call.writes:
            return self._call.writes[place]
        self._call.reads.add(place)
        return self._call.before(place)

    def __setitem__(self, index: Any, value: Any) -> None:
        if not self._changes:
            raise InvalidValueError(
                "model", f"{self._call.function} writes to '{self._array.name}': name it in writes="
            )
        self._call.writes[self._place(index)] = stored(value, self.dtype)

    def _place(self, index: Any) -> Place:
        if time.monotonic() > self._call.until:
            raise Unknown
        cell = index if isinstance(index, tuple) else (index,)
        if len(cell) != self.ndim or not all(isinstance(each, int | np.integer) for each in cell):
            raise Unknown  # a row, or a slice
        for axis, (at, n) in enumerate(zip(cell, self.shape, strict=True)):
            if not -n <= at < n:
                raise InvalidValueError(
                    "model",
                    f"{self._call.function} has an index {at} beyond the array '{self._array.name}', which has {n} "
                    f"cells along axis {axis}",
                )
        return self._array.name, tuple(int(at) % n for at, n in zip(cell, self.shape, strict=True))


@dataclass(frozen=True)
class Given:
    """What the functions of a phase are given: the arrays, and numbers and constants by name. until: when to stop."""

    arrays: Mapping[str, StateArray]
    known: Callable[[str], Any]
    until: float

    def call(self, function: Any, call: Call, writes: tuple[str, ...], more: Mapping[str, Any]) -> Any:
        """Call a function. Raises InvalidValueError for a fault of the model, and Unknown."""
        plain, values = getattr(function, "py_func", function), []
        for name in argument_names(function):
            if name in self.arrays:
                values.append(WholeArray(self.arrays[name], call, changes=name in writes))
            else:
                values.append(more[name] if name in more else self.known(name))
        try:
            with np.errstate(all="ignore"):
                return plain(*values)
        except (InvalidValueError, Unknown):
            raise
        except IndexError as error:
            raise InvalidValueError("model", f"{title(function)}: {error}") from None
        except Exception as error:
            raise Unknown from error


def changed_by_system(
    phase: SystemPhase, given: Given, before: Callable[[Place], Any], counter: tuple[int, int], key: tuple[Any, Any]
) -> dict[Place, Any]:
    """What a `SystemPhase` leaves in the places that it writes. counter: the step, and the draw of its stream."""
    random = np.empty(WORDS, np.uint64)
    begin_stream(random, *counter, *key)
    call = Call(title(phase.update), before, given.until)
    given.call(phase.update, call, phase.writes, {"random": random})
    return call.writes


def changed_by_rows(phase: RowPhase, given: Given, before: Callable[[Place], Any], layout: Layout) -> dict[Place, Any]:
    """What a `RowPhase` leaves in the places that it writes, with axis 0 in a few ranges.

    Raises InvalidValueError if one range reads or writes what another one writes in the same stage.
    """
    changed: dict[Place, Any] = {}

    def now(place: Place) -> Any:
        return changed[place] if place in changed else before(place)

    for _ in range(phase.most if phase.repeat else 1):
        again = False
        for stage in phase.stages:  # type: ignore[union-attr]
            calls = []
            for first, last in _ranges(layout):
                calls.append(call := Call(title(stage), now, given.until))
                again = bool(given.call(stage, call, phase.writes, {"first": first, "last": last})) or again
            _check_apart(calls)
            for call in calls:
                changed |= call.writes
        if not again:
            break
    return changed


def _ranges(layout: Layout) -> list[tuple[int, int]]:
    rows, width = layout.rows, ROW_SITES if layout.dimensions == 1 else 1
    parts = min(RANGES, rows)
    edges = [min(rows * part // parts * width, layout.shape[0]) for part in range(parts + 1)]
    return list(pairwise(edges))


def _check_apart(calls: list[Call]) -> None:
    for one in calls:
        for other in calls:
            if one is other:
                continue
            for done, places in (("reads", one.reads), ("writes", one.writes.keys())):
                for name, cell in sorted(places & other.writes.keys())[:1]:
                    raise InvalidValueError(
                        "model",
                        f"{one.function} {done} '{name}' at {list(cell)} in one range of rows, and writes it in "
                        "another: what one range writes, another may read in the next stage only",
                    )


def stored(value: Any, dtype: Any) -> Any:
    """A value as an array of that type holds it, and as compiled code reads it: whole numbers do not overflow."""
    with np.errstate(all="ignore"):
        held = np.asarray(value).astype(dtype)[()]
    return held.item() if np.dtype(dtype).kind in "biu" else held
