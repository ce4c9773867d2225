"""The functions of a model of spins as plain Python, on arrays with ghost cells that a test fills by itself."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from simcore.models.spins.spin_model import SpinModel
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import Phase


def plain(function: CellFunction) -> Callable[..., Any]:
    """Of a written function, or the function itself."""
    if not isinstance(function, CellFunction):
        return function
    names: dict[str, Any] = {"np": np, "math": math, **function.uses}
    exec(function.source, names)
    return names[ast.parse(function.source).body[0].name]


def arguments(function: CellFunction) -> list[str]:
    """The names of its arguments."""
    return [argument.arg for argument in ast.parse(function.source).body[0].args.args]


@dataclass(frozen=True)
class PlainModel:
    """What a model hands over, callable at a cell of a state (values, of shape (*shape, basis, components))."""

    model: SpinModel

    @cached_property
    def numbers(self) -> Mapping[str, Any]:
        tuned = {one.name: one.initial for one in self.model.tuned()}
        return {**dict(self.model.parameters), **self.model.constants(), **tuned}

    @cached_property
    def disorder(self) -> dict[str, np.ndarray]:
        halo = self.model.system.halo
        return {array.name: np.pad(array.initial, halo, mode="wrap") for array in self.model.system.disorder()}

    def arrays(self, state: np.ndarray) -> dict[str, np.ndarray]:
        """The stored spins with their ghost cells; beyond an open end NaN, or the index of no state."""
        spin, geometry = self.model.system.spin, self.model.geometry
        stored = spin.stored(state) if spin.kind != "vector" else state
        parts = np.moveaxis(stored.reshape(*geometry.shape, -1), -1, 0)
        names = self.model.system.arrays.names
        return {name: self._padded(part) for name, part in zip(names, parts, strict=True)} | self.disorder

    def _padded(self, part: np.ndarray) -> np.ndarray:
        spin, halo = self.model.system.spin, self.model.system.halo
        for axis, wrap in enumerate(self.model.geometry.wrap):
            width = [(halo, halo) if along == axis else (0, 0) for along in range(part.ndim)]
            n = part.shape[axis]
            if wrap == "open":
                outside = spin.count if spin.kind == "states" else np.nan
                part = np.pad(part, width, constant_values=outside)
                continue
            part = np.pad(part, width, mode="wrap")
            if wrap == "antiperiodic":
                turns = np.floor_divide(np.arange(-halo, n + halo), n) % 2 == 1
                seam = np.expand_dims(turns, [a for a in range(part.ndim) if a != axis])
                minus = part + np.pi if spin.kind == "angle" else spin.count - 1 - part if spin.discrete else -part
                part = np.where(seam, minus, part).astype(part.dtype)
        return part

    def call(self, function: CellFunction, arrays: Mapping[str, np.ndarray], cell: tuple[int, ...], **more: Any) -> Any:
        """The function at a cell, counted without ghost cells."""
        halo = self.model.system.halo
        indices = {name: x + halo for name, x in zip(self.model.system.indices, cell, strict=True)}
        known = {**self.numbers, **arrays, **indices, **more}
        return plain_cached(function)(*(known[name] for name in arguments_cached(function)))

    def update(self, phase: Phase, arrays: Mapping[str, np.ndarray], cell: tuple[int, ...], random: Any) -> Any:
        """What a phase makes of a cell."""
        halo = self.model.system.halo
        reads = {
            name: arrays[array][tuple(x + halo + d for x, d in zip(cell, offset, strict=True))]
            for name, (array, offset) in phase.reads.items()
        }
        return self.call(phase.update, arrays, cell, random=random, **reads)


_PLAIN: dict[str, tuple[Callable[..., Any], list[str]]] = {}


def plain_cached(function: CellFunction) -> Callable[..., Any]:
    return _cached(function)[0]


def arguments_cached(function: CellFunction) -> list[str]:
    return _cached(function)[1]


def _cached(function: CellFunction) -> tuple[Callable[..., Any], list[str]]:
    if function.source not in _PLAIN:
        _PLAIN[function.source] = plain(function), arguments(function)
    return _PLAIN[function.source]
