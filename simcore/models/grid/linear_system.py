"""Linear equations of several variables: a stencil for each pair, through intermediates too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from simcore.models.grid.linear import Along, Stencil, symbol

Row = Mapping[str, Stencil]
"""One formula: a stencil for each name, variables and intermediates."""


@dataclass(frozen=True)
class LinearSystem:
    """d/dt of each variable in `rows`, as stencils over variables and over the intermediates in `inner`.

    inner: in order of need. whole: those intermediates that are nothing else than linear. Of the others a nonlinear
    part stays in an array of its own, and with it the constants that their walls add.
    """

    rows: Mapping[str, Row] = field(default_factory=dict)
    inner: Mapping[str, Row] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return any(self.rows.values())

    @property
    def formulas(self) -> dict[str, Row]:
        """All rows, in the order in which they can be worked out."""
        return {**self.inner, **self.rows}

    @property
    def reach(self) -> int:
        """The largest offset along any axis."""
        stencils = [stencil for row in self.formulas.values() for stencil in row.values()]
        return max((abs(cells) for stencil in stencils for offsets in stencil for cells in offsets), default=0)

    @property
    def crosses(self) -> bool:
        """Whether a stencil reads along two axes at once."""
        stencils = [stencil for row in self.formulas.values() for stencil in row.values()]
        return any(sum(map(bool, offsets)) > 1 for stencil in stencils for offsets in stencil)

    def symbols(self, along: Along) -> dict[tuple[str, str], Any]:
        """By (row, variable): what a wave of the variable adds to the rate of the row; see `linear.symbol`."""
        known: dict[str, dict[str, Any]] = {}
        for name, row in self.formulas.items():
            total: dict[str, Any] = {}
            for source, stencil in row.items():
                factor = symbol(stencil, along)
                through = known[source] if source in self.inner else {source: 1.0}
                for variable, below in through.items():
                    total[variable] = total.get(variable, 0.0) + factor * below
            known[name] = total
        return {(row, variable): value for row in self.rows for variable, value in known[row].items()}

    def blocks(self) -> list[LinearSystem]:
        """The parts that do not need each other, each with its own intermediates; rows with nothing are left out."""
        needs: dict[str, set[str]] = {}
        for name, row in self.formulas.items():
            needs[name] = set().union(*(needs[s] | {s} if s in self.inner else {s} for s in row))
        groups: list[set[str]] = []
        for name, row in self.rows.items():
            if row:
                group = {name, *(needs[name] & self.rows.keys())}
                joined = [other for other in groups if other & group]
                groups = [other for other in groups if not other & group] + [group.union(*joined)]
        order = list(self.rows)
        return [self._of(group, needs) for group in sorted(groups, key=lambda group: min(map(order.index, group)))]

    def _of(self, group: Iterable[str], needs: Mapping[str, set[str]]) -> LinearSystem:
        used = set().union(*(needs[name] for name in group))
        return LinearSystem(
            {name: row for name, row in self.rows.items() if name in group},
            {name: row for name, row in self.inner.items() if name in used},
            self.whole & used,
        )
