"""The values of tables at the moment of a stage, each looked up once and not in every cell."""

from __future__ import annotations

from dataclasses import dataclass, field

from simcore.formulas.tree import Call, Name, Node, rewrite

FIRST_CELL = "table_cell"
"""The constant 0: the index, along each axis, of the cell in which tables are looked up."""
TABLE, VALUE = "table_of_", "table_value_"


def table_name(parameter: str) -> str:
    """The constant that holds the table of a parameter."""
    return f"{TABLE}{parameter}"


def is_taken(name: str) -> bool:
    """Whether something that serves tables may have this name."""
    return name == FIRST_CELL or name.startswith((TABLE, VALUE))


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
                name = f"{VALUE}{self.number}_of_{table.removeprefix(TABLE)}"
                self.found[name] = node
                return Name(name)
        return node
