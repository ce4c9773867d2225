"""What a site holds: one of a few states, an angle, a unit vector or a real number.

A spin has one or several components, each an array of the state; the value of a site is what these say together. What
the formulas of a Hamiltonian see is the value.

The writer imports this module to make the field of a result, while the run waits: pydantic, which the key of an
experiment needs, is in `spin_key`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from simcore.models.spins.geometry import Wrap
from simcore.random import Stream
from simcore.spec.arrays import Periodic, Side, Wall

MOST_STATES = 127  # one more, "no neighbour", is the largest index that int8 holds
MOST_COMPONENTS = 16
LARGEST = 1e100  # so that no energy, nor its square, overflows


class Spin(ABC):
    """One kind of spin.

    dtype: of its arrays. discrete: whether there is a finite number of values, which `States` lists.
    """

    kind: ClassVar[str]
    dtype: ClassVar[str] = "float64"
    discrete: ClassVar[bool] = False

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What the name of the array of each component ends in."""
        return ("",)

    @property
    def components(self) -> int:
        """How many numbers make up a value."""
        return len(self.suffixes)

    @property
    def number(self) -> int | None:
        """How many values there are; 1 of continuous ones that are drawn evenly, None of those that cannot be."""
        return 1

    @property
    def signed(self) -> bool:
        """Whether there is the negative of every value, as an antiperiodic axis needs."""
        return True

    def side(self, wrap: Wrap) -> Side:
        """What the ghost cells beyond an end hold. Beyond an open end a term of the energy is left out."""
        if wrap == "open":
            return Wall(0.0, 0.0)
        return self.negated if wrap == "antiperiodic" else Periodic()

    @property
    def negated(self) -> Periodic:
        """The other end, with the opposite sign."""
        return Periodic(-1.0)

    @property
    @abstractmethod
    def ordered(self) -> tuple[float, ...]:
        """The value that all sites have in an ordered start, by component."""

    @abstractmethod
    def keys(self) -> dict[str, Any]:
        """As it is written in an experiment."""

    @abstractmethod
    def random(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """Independent spins without a preferred direction, as `stored`: shape (*shape, components)."""

    def stored(self, values: np.ndarray) -> np.ndarray:
        """What the arrays hold for values of shape (..., components). Raises ValueError for what is no such spin."""
        if not (np.abs(values) <= LARGEST).all():
            raise ValueError(f"must hold finite numbers between {-LARGEST:g} and {LARGEST:g}")
        return values.astype(self.dtype)

    def values(self, stored: np.ndarray) -> np.ndarray:
        """The values of what the arrays hold."""
        return stored


@dataclass(frozen=True)
class States(Spin):
    """One of the numbers in `states`, in ascending order; an array holds the index of the state, int8."""

    states: tuple[float, ...]
    kind: ClassVar[str] = "states"
    dtype: ClassVar[str] = "int8"
    discrete: ClassVar[bool] = True

    @property
    def count(self) -> int:
        return len(self.states)

    @property
    def number(self) -> int:
        """As many as are listed."""
        return self.count

    @property
    def signed(self) -> bool:
        return self.states == tuple(-state for state in reversed(self.states))

    @property
    def spacing(self) -> float | None:
        """From a state to the next one, where the number of a state times it gives each of them to the last bit."""
        step = self.states[1] - self.states[0]
        made = (self.states[0] + step * number for number in range(self.count))
        return step if all(a == b for a, b in zip(made, self.states, strict=True)) else None

    def side(self, wrap: Wrap) -> Side:
        """Beyond an open end lies the index `count`: no neighbour."""
        return Wall(0, self.count) if wrap == "open" else super().side(wrap)

    @property
    def negated(self) -> Periodic:
        return Periodic(-1, self.count - 1)

    @property
    def ordered(self) -> tuple[float, ...]:
        return (self.states[-1],)

    def keys(self) -> dict[str, Any]:
        return {"states": [int(state) if state.is_integer() else state for state in self.states]}

    def random(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return stream.integers(0, self.count, shape).astype(self.dtype)[..., np.newaxis]

    def stored(self, values: np.ndarray) -> np.ndarray:
        index = np.searchsorted(self.states, values).clip(0, self.count - 1)
        if not (np.array(self.states)[index] == values).all():
            shown = ", ".join(f"{state:g}" for state in self.states[:8]) + ", ..." * (self.count > 8)
            raise ValueError(f"must hold nothing but the states {shown}")
        return index.astype(self.dtype)

    def values(self, stored: np.ndarray) -> np.ndarray:
        states = np.array(self.states)
        whole = (states == np.rint(states)).all()
        return (states.astype(np.int8 if np.abs(states).max() < 128 else np.int64) if whole else states)[stored]


@dataclass(frozen=True)
class Angle(Spin):
    """The angle of a unit vector in the plane, in radians, from -pi to pi."""

    kind: ClassVar[str] = "angle"

    @property
    def negated(self) -> Periodic:
        return Periodic(1.0, np.pi)

    @property
    def ordered(self) -> tuple[float, ...]:
        return (0.0,)

    def keys(self) -> dict[str, Any]:
        return {"angle": True}

    def random(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return (np.pi * (2.0 * stream.uniform(shape) - 1.0))[..., np.newaxis]

    def stored(self, values: np.ndarray) -> np.ndarray:
        angles = super().stored(values)
        return angles - 2.0 * np.pi * np.floor((angles + np.pi) / (2.0 * np.pi))


@dataclass(frozen=True)
class Vector(Spin):
    """A unit vector of `n` components."""

    n: int
    kind: ClassVar[str] = "vector"

    @property
    def suffixes(self) -> tuple[str, ...]:
        return ("_x", "_y", "_z")[: self.n] if self.n <= 3 else tuple(f"_c{c}" for c in range(self.n))

    @property
    def ordered(self) -> tuple[float, ...]:
        """Along the last axis."""
        return (*(0.0,) * (self.n - 1), 1.0)

    def keys(self) -> dict[str, Any]:
        return {"vector": self.n}

    def random(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        return self.stored(stream.normal((*shape, self.n)))

    def stored(self, values: np.ndarray) -> np.ndarray:
        """Divided by their lengths."""
        vectors = super().stored(values)
        lengths = np.sqrt((vectors**2).sum(axis=-1, keepdims=True))
        if not (lengths > 0.0).all():
            raise ValueError("must hold vectors that are not zero")
        return vectors / lengths


@dataclass(frozen=True)
class Real(Spin):
    """A real number."""

    kind: ClassVar[str] = "real"

    @property
    def number(self) -> None:
        """They cannot be drawn evenly."""
        return None

    @property
    def ordered(self) -> tuple[float, ...]:
        return (1.0,)

    def keys(self) -> dict[str, Any]:
        return {"real": True}

    def random(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """Standard normal."""
        return stream.normal(shape)[..., np.newaxis]
