"""How a function reaches what it is given: indices as cell indices with offsets, reads, and what it may not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Index:
    """One index of a read.

    axis: of the cell index that it is made of, None if it is made of none. low, high: the offsets from it, or the
    numbers themselves; None if they are not known. mixed: the cell index is not only shifted. wrapped: it is a
    remainder of the cell index. open: it is a slice without one of its ends.
    """

    axis: int | None = None
    low: int | None = None
    high: int | None = None
    mixed: bool = False
    wrapped: bool = False
    open: bool = False

    def moved(self, by: Index, sign: int) -> Index:
        """The sum of both, or the difference; `by` is a number."""
        if None in (self.low, self.high, by.low, by.high):
            return Index(self.axis, mixed=self.mixed)
        ends = sorted((sign * by.low, sign * by.high))  # type: ignore[operator]
        return Index(self.axis, self.low + ends[0], self.high + ends[1], self.mixed)  # type: ignore[operator]

    @property
    def known(self) -> bool:
        """Whether the offsets are known."""
        return self.low is not None and self.high is not None and not self.mixed


@dataclass(frozen=True)
class Argument:
    """An argument of the kernel, by its name there."""

    name: str


@dataclass(frozen=True)
class Read:
    """`name[...]` in a function. function: where it stands, `step (mine.py:12)`. text: as it is written."""

    name: str
    indices: tuple[Index, ...]
    function: str
    text: str


@dataclass
class Usage:
    """What a function does with its arguments.

    writes: (argument, function, text) of what changes an argument. whole: (argument, function) of arguments that are
    used other than by an index. taken: (argument, function, text) of those that NumPy is given as a whole. foreign:
    (name, function) of random numbers that are not the engine's. draws: (highest number, function) of indices of
    `random`. worked_out: whether the source does not show some index.
    """

    reads: list[Read] = field(default_factory=list)
    writes: list[tuple[str, str, str]] = field(default_factory=list)
    whole: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    draws: list[tuple[int, str]] = field(default_factory=list)
    worked_out: bool = False


Value = Index | Argument | None


def either(values: Sequence[Value]) -> Value:
    """One of several values, if they are of one kind."""
    first, *others = values
    if all(each == first for each in others):
        return first
    if not all(isinstance(each, Index) and each.axis == getattr(first, "axis", -1) for each in values):
        return None
    if not all(each.known for each in values):  # type: ignore[union-attr]
        return Index(first.axis, mixed=any(each.mixed for each in values))  # type: ignore[union-attr]
    low, high = min(each.low for each in values), max(each.high for each in values)  # type: ignore[union-attr,type-var]
    return Index(first.axis, low, high)  # type: ignore[union-attr]


def opened(value: Index) -> Index | None:
    """The same cell index with an offset that is not known."""
    return None if value.axis is None else Index(value.axis, mixed=True)
