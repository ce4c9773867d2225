"""The values of tables at the moment of a stage, each looked up once and not in every cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from simcore.expressions.tree import Call, Name, Node, rewrite

FIRST_CELL = "table_of_cell_0"
"""The constant 0: the index, along each axis, of the cell in which tables are looked up."""
PREFIX = "table_of_"
"""Begins the names of all that serves tables."""


def table_name(parameter: str) -> str:
    """The constant that holds the table of a parameter."""
    return f"{PREFIX}{parameter}"


@dataclass
class Lookups:
    """Of one stage of a step. found: the formula of each value by its name, which tells the number of the stage.

    kept: they stay in the formulas.
    """

    number: int
    kept: bool = False
    found: dict[str, Node] = field(default_factory=dict)

    def without(self, tree: Node) -> Node:
        """The formula with names in place of lookups."""
        return tree if self.kept else rewrite([tree], self._named)[0]

    def _named(self, node: Node) -> Node:
        match node:
            case Call("interpolated", (Name(table), _)):
                name = f"{table}_at_{self.number}"
                self.found[name] = node
                return Name(name)
        return node
