"""What the names of a formula are on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.formulas.tree import Name, Node

ENDS = ("-", "+")
NOW = Name("time")


@dataclass(frozen=True)
class TwoKinds:
    """Of a wall that is of one kind if a condition on its places holds, and of another kind elsewhere."""

    condition: Node
    then: str | TwoKinds
    other: str | TwoKinds


WallKind = str | TwoKinds
"""What a wall says: the "value" of a field, its "derivative", or "mixed"."""
Walls = Mapping[str, Mapping[str, WallKind]]
"""By the name of an array, by side (`x-`)."""


@dataclass(frozen=True)
class DomainWall:
    """What an array says at the faces of a domain, where the next cell does not belong to it.

    ghosts: for each axis the formulas of scale and shift: the value beyond is scale u + shift; they name the place of
    the face and `t`.
    """

    kind: WallKind
    ghosts: tuple[tuple[Node, Node], ...]


def wall_kind(condition: Any) -> WallKind:
    """Of the condition at a side. One called "where" has a comparison in `numbers` and two conditions in `parts`."""
    if condition.kind != "where":
        return condition.kind
    then, other = condition.parts
    return TwoKinds(condition.numbers[0].tree, wall_kind(then), wall_kind(other))


@dataclass(frozen=True)
class GridNames:
    """What the names of a formula are on a grid.

    axes: the coordinates, `x` first, one for each axis. arrays: the fields, the intermediate expressions and the
    parameters that vary in space. Every other name is a number. cubic: the spacing is the same along all axes. fixed:
    those of the arrays that are parameters. walls: for each other array the kinds of its walls by side (`x-`);
    periodic sides are left out. inherited: those arrays whose walls were not given for them. stages: whether formulas
    are taken at other times than that at the beginning of the step, too. domain: of a grid with a domain, what each
    array says at its faces; moment: the time at which they are taken.
    """

    axes: tuple[str, ...]
    arrays: frozenset[str]
    cubic: bool = False
    fixed: frozenset[str] = frozenset()
    walls: Walls = field(default_factory=dict)
    inherited: frozenset[str] = frozenset()
    stages: bool = False
    domain: Mapping[str, DomainWall] | None = None
    moment: Node = NOW

    @property
    def here(self) -> tuple[int, ...]:
        """No shift."""
        return (0,) * len(self.axes)

    def end_of(self, name: str) -> str | None:
        """The axis, where the name stands for one of its ends: `x-` is true in the first cell along x."""
        return name[:-1] if is_end(name) and name[:-1] in self.axes else None

    def axis_of(self, name: str) -> int | None:
        """The axis of a coordinate, or of an end of an axis; None of an array."""
        axis = self.end_of(name) or name
        return self.axes.index(axis) if axis in self.axes else None


def is_end(name: str) -> bool:
    """Whether the name of a read stands for an end of an axis: no array can be called so."""
    return name[-1:] in ENDS
