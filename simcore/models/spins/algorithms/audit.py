"""What an algorithm decides by, in a form that can be compared with the energy (`spins.guard`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from simcore.models.spins.geometry import Bond, Offset
from simcore.models.spins.local_energy import LocalEnergy
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction

Written = tuple[CellFunction, Mapping[str, tuple[str, Offset]]]
"""A function, and its `Phase.reads`."""


@dataclass(frozen=True, eq=False)
class Audit:
    """A number that decides on a move, as the functions of an algorithm work it out.

    site: the basis site whose spin changes. kind: "cost", E(new) - E(old); "chance", the share
    ATTEMPTS min(1, exp(-cost/T)); "shares", for each state but the last the probability of it and those before.
    names: what its arguments for the components `new0`, `old0`, ... are called. stored: whether these take what the
    arrays hold, the numbers of states, and not the values. bond: along which two spins are exchanged, and asked: what
    the second end works out before, by the name `partner`. alone: makes the audit of some of the terms, at this site.
    """

    site: int
    kind: Literal["cost", "chance", "shares"]
    function: Written
    names: Mapping[str, str] = field(default_factory=dict)
    stored: bool = False
    bond: Bond | None = None
    asked: Written | None = None
    alone: Callable[[SpinSystem, LocalEnergy], Audit] | None = None
