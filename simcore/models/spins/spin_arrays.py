"""The spins of a lattice as arrays of the state: one for each site of a cell and each component of a spin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from simcore.models.spins.geometry import Geometry
from simcore.models.spins.spin import Angle, Spin
from simcore.random import Stream
from simcore.spec.arrays import Side, StateArray
from simcore.spec.observables import Field

NAME = "s"

Start = np.ndarray | Callable[[Stream], np.ndarray]
"""Stored spins of shape (*shape, basis, components), or of a shape that broadcasts to it; or what draws them."""


@dataclass(frozen=True)
class SpinArrays:
    """Names and layout: `s`, or `s0`, `s1`, ... if a cell has several sites; `s_x`, `s0_x`, ... for components."""

    spin: Spin
    geometry: Geometry

    def name(self, site: int, component: int = 0) -> str:
        """The array of one component of the spin at the site `site` of every cell."""
        number = str(site) if self.geometry.basis > 1 else ""
        return f"{NAME}{number}{self.spin.suffixes[component]}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All of them, the components of a site one after the other."""
        return tuple(name for site in range(self.geometry.basis) for name in self.of_site(site))

    def of_site(self, site: int) -> tuple[str, ...]:
        """The arrays of all components."""
        return tuple(self.name(site, component) for component in range(self.spin.components))

    @property
    def boundary(self) -> tuple[tuple[Side, Side], ...]:
        """The (lower, upper) sides along each axis."""
        return tuple((self.spin.side(wrap), self.spin.side(wrap)) for wrap in self.geometry.wrap)

    def state(self, start: Start, halo: int) -> list[StateArray]:
        """The arrays, with `halo` ghost cells."""
        shape = self.geometry.shape
        wanted = (*shape, self.geometry.basis, self.spin.components)
        parts: list[np.ndarray | Callable[[Stream], np.ndarray]]
        if callable(start):
            shared = _SharedDraw(partial(_drawn, start, wanted), len(self.names))
            parts = [partial(shared.part, number) for number in range(len(self.names))]
        else:
            parts = list(np.moveaxis(np.broadcast_to(start, wanted).reshape(*shape, -1), -1, 0))
        return [
            StateArray(name, shape, self.spin.dtype, part, self.boundary, halo, doc="spin")
            for name, part in zip(self.names, parts, strict=True)
        ]

    def field(self) -> Field:
        """The values of the spins as one field: (*shape, basis where there are several, component of vectors)."""
        basis, components = self.geometry.basis, self.spin.components
        axes = {name: length for name, length in (("basis", basis), ("component", components)) if length > 1}
        assemble = partial(_assembled, self.spin, tuple(axes.values()))
        if self.geometry.rank is not None:
            assemble = partial(_assembled_by_rank, self.spin, tuple(axes.values()), self.geometry.rank)
        unit = "rad" if isinstance(self.spin, Angle) else "1"
        return Field(NAME, self.names, assemble, tuple(axes), unit=unit, doc="spin")


def _drawn(start: Callable[[Stream], np.ndarray], shape: tuple[int, ...], stream: Stream) -> np.ndarray:
    return np.broadcast_to(start(stream), shape).reshape(*shape[:-2], -1)


def _assembled(spin: Spin, axes: tuple[int, ...], *arrays: np.ndarray) -> np.ndarray:
    return spin.values(np.stack(arrays, axis=-1)).reshape(*arrays[0].shape, *axes)


def _assembled_by_rank(spin: Spin, axes: tuple[int, ...], rank: np.ndarray, *arrays: np.ndarray) -> np.ndarray:
    return _assembled(spin, axes, *(array[rank] for array in arrays))


@dataclass
class _SharedDraw:
    """Components that are drawn together: with the first array's stream, whoever asks first being the first array."""

    draw: Callable[[Stream], np.ndarray]
    parts: int
    waiting: dict[int, np.ndarray] = field(default_factory=dict)

    def part(self, number: int, stream: Stream) -> np.ndarray:
        if number not in self.waiting:
            drawn = self.draw(stream)
            self.waiting = {part: drawn[..., part] for part in range(self.parts)}
        return self.waiting.pop(number)
