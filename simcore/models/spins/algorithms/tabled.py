"""Algorithms for discrete states that look their chances up in tables, one for each site of the basis."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from simcore.models.spins.algorithms.algorithm import Algorithm
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.following_table import FollowingTable, usable
from simcore.models.spins.graphs.table import table_of
from simcore.models.spins.spin import States
from simcore.spec.phases import Refilled


class Tabled(Algorithm):
    """What stands in a table, and how many entries each neighbourhood has, a subclass says.

    Where a parameter changes from step to step, the tables follow it.
    """

    table_prefix: ClassVar[str]

    @abstractmethod
    def columns(self, count: int) -> int:
        """How many entries a neighbourhood has, for so many states."""

    @abstractmethod
    def chances(
        self, table: EnergyTable, temperature: float, changing: Mapping[str, float] | None = None
    ) -> np.ndarray:
        """The entries of a table, float64, neighbourhood by neighbourhood. changing: the values of what changes."""

    @abstractmethod
    def fill(self, name: str, count: int) -> list[str]:
        """Lines of compiled code that write the entries of one neighbourhood into the array of that name."""

    def constants(self) -> Mapping[str, Any]:
        if not self.system.scheduled:
            temperature = self.system.parameters["temperature"]
            return {self.table_name(site): self.chances(table, temperature) for site, table in self.tables.items()}
        found: dict[str, Any] = {}
        for site, table in self.tables.items():
            entries = table.codes * self.columns(table.spin.count)
            found |= FollowingTable(table, self.table_name(site)).constants(entries)
        return found

    def refilled(self) -> Sequence[Refilled]:
        if not self.system.scheduled:
            return ()
        return [
            FollowingTable(table, self.table_name(site)).refilled(self.fill(self.table_name(site), table.spin.count))
            for site, table in self.tables.items()
        ]

    def tables_at(self, values: Mapping[str, float]) -> Mapping[str, np.ndarray]:
        if not self.system.scheduled:
            return {}
        temperature = values["temperature"]
        return {self.table_name(site): self.chances(table, temperature, values) for site, table in self.tables.items()}

    @cached_property
    def tables(self) -> dict[int, EnergyTable]:
        """The tables of the basis sites that have one."""
        spin = self.system.spin
        if not isinstance(spin, States):
            return {}
        tables = {site: table_of(self.system, self.system.local(site)) for site in range(self.system.geometry.basis)}
        return {site: table for site, table in tables.items() if usable(table, self.columns(spin.count))}

    def table_name(self, site: int) -> str:
        """The name of the constant that holds the table of a site."""
        return f"{self.table_prefix}{site}"

    def gathers(self, site: int) -> bool:
        """Whether the values of the neighbours are read once, and not looked up."""
        return site not in self.tables and self.system.fixed_neighbours
