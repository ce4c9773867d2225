"""What holds at the sides of every array of a model: fields, their velocities, named expressions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from simcore.errors import InvalidValueError
from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.tree import Name, Node, postorder, substitute
from simcore.models.grid.boundary import FORMS, Boundary, Coefficient
from simcore.models.grid.equation import NamedExpression
from simcore.models.grid.field import FieldSection
from simcore.models.grid.grid import Grid
from simcore.spec.arrays import Periodic, Side, Wall

Walls = tuple[tuple[Side, Side], ...]


@dataclass(frozen=True)
class Given:
    """What the walls of an array are made with.

    depth: how many ghost cells; numbers: the parameters; coefficient: see `Coefficient`; complexes: the arrays that are
    complex.
    """

    depth: int
    numbers: Mapping[str, Any]
    coefficient: Coefficient
    complexes: Collection[str]


@dataclass(frozen=True)
class Sides:
    """The boundary of each array by its name: its own, filled up from the grid's."""

    grid: Grid
    fields: Mapping[str, FieldSection]
    expressions: Mapping[str, NamedExpression]

    def own(self, name: str) -> Boundary | None:
        """What a field or a named expression says itself."""
        section = self.fields.get(name) or self.expressions.get(name)
        return None if section is None else section.boundary

    def of(self, name: str) -> Boundary:
        """What holds for a field, a named expression, or any other array (the grid's)."""
        own = self.own(name)
        return self.grid.boundary if own is None else own.over(self.grid.boundary, self.grid.axes)

    def path(self, name: str) -> str:
        """Where the boundary of an array is written."""
        if self.own(name) is None:
            return "model.grid.boundary"
        return f"model.{'fields' if name in self.fields else 'expressions'}.{name}.boundary"

    @property
    def periodic(self) -> bool:
        """Whether no field and no expression meets a wall."""
        names = (*self.fields, *self.expressions)
        return all(self.of(name).is_periodic(axis) for name in names for axis in self.grid.axes)

    def wraps(self, axis: str) -> bool | None:
        """Whether the ends of an axis meet for all fields (True) or for none (False); else None."""
        kinds = {self.of(name).is_periodic(axis) for name in self.fields}
        return kinds.pop() if len(kinds) == 1 else None

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Sides of which nothing is said, and half periods: the path below `model` and a message, each."""
        names = (*self.fields, *self.expressions)
        missing = [side for name in names for side in self.of(name).missing(self.grid.axes)]
        if missing:
            listed = ", ".join(sorted(set(missing)))
            yield ("grid", "boundary"), f"does not include {listed}; give {min(missing)}: {FORMS}"
        for name in names:
            try:
                if self.own(name) is not None and not self.of(name).missing(self.grid.axes):
                    self.of(name).check_sides(self.grid.axes)
            except ValueError as error:
                yield tuple(self.path(name).split(".")[1:]), str(error)
        for name, section in self.fields.items():
            for axis in self.grid.axes if section.velocity_boundary is not None else ():
                filled = section.velocity_boundary.over(self.of(name), self.grid.axes)
                if filled.is_periodic(axis) != self.of(name).is_periodic(axis):
                    yield (
                        ("fields", name, "velocity_boundary"),
                        f"{axis} must be periodic for {name} and its velocity or for none",
                    )

    def walls(self, name: str, given: Given) -> Walls:
        """The lower and the upper side along each axis; raises InvalidValueError."""
        coefficient = self._of_its_kind(name, given)
        try:
            return self.of(name).walls(self.grid.places(given.depth), given.numbers, coefficient)
        except ValueError as error:
            raise InvalidValueError(self.path(name), str(error)) from None

    def walls_of_velocity(self, name: str, given: Given, *, needed: bool) -> Walls:
        """Those of the rate of change of a field: d/dt of the field's own, if `velocity_boundary` gives no other.

        If the rate of change of a wall is not known: raises InvalidValueError if it is `needed`, else takes none.
        """
        own = self.fields[name].velocity_boundary
        coefficient = self._of_its_kind(name, given)
        pairs: list[tuple[Side, Side]] = []
        for pair in self.grid.places(given.depth):
            sides: list[Side] = []
            for place in pair:
                condition = None if own is None else own.find(place.side)
                try:
                    if condition is not None:
                        sides.append(condition.side(place, given.numbers, coefficient))
                        continue
                except ValueError as error:
                    raise InvalidValueError(f"model.fields.{name}.velocity_boundary", str(error)) from None
                condition = self.of(name).condition(place.side)
                try:
                    sides.append(condition.rate(place, coefficient))
                except ValueError as error:
                    if needed:
                        reason = f"an operator takes {name}_t, at {place.side} the rate of change of this wall"
                        wanted = f"give fields.{name}.velocity_boundary"
                        raise InvalidValueError(self.path(name), f"{reason}, but {error}; {wanted}") from None
                    side = condition.side(place, given.numbers, coefficient)
                    sides.append(side if isinstance(side, Periodic) else Wall(side.scale, 0.0))
            pairs.append((sides[0], sides[1]))
        return tuple(pairs)

    def _of_its_kind(self, name: str, given: Given) -> Coefficient:
        """The coefficient of a formula; complex numbers are for complex arrays only."""

        def checked(tree: Node) -> Any:
            if name not in given.complexes and complex_nodes([tree], ()) >= {id(tree)}:
                dtype = f"{self.fields[name].dtype}; give it dtype: complex128" if name in self.fields else "real"
                raise ValueError(f"is complex, but {name} is {dtype}")
            return given.coefficient(tree)

        return checked

    @cached_property
    def written_out(self) -> dict[str, Node]:
        """The named expressions in terms of fields, velocities and parameters."""
        needs = {name: named.value.names & self.expressions.keys() for name, named in self.expressions.items()}
        trees: dict[str, Node] = {}
        for name in TopologicalSorter(needs).static_order():
            trees[name] = substitute(self.expressions[name].value.tree, trees)
        return trees

    def periodic_axes(self, tree: Node) -> dict[str, frozenset[str]]:
        """By the name of each array that a formula is made of, the axes along which it is periodic."""
        arrays = {f"{name}_t": name for name in self.fields} | {name: name for name in self.fields}
        arrays |= {name: name for name, one in self.expressions.items() if one.boundary is not None}
        put_in = {name: named for name, named in self.written_out.items() if name not in arrays}
        names = dict.fromkeys(node.name for node in postorder([substitute(tree, put_in)]) if isinstance(node, Name))
        return {
            name: frozenset(axis for axis in self.grid.axes if self.of(arrays[name]).is_periodic(axis))
            for name in names
            if name in arrays
        }

    def check_meeting(self, name: str) -> None:
        """Refuse a named expression with the grid's sides if those of a field that it needs are of the other sort."""
        if name not in self.expressions:
            return
        own = self.own(name)
        names = {node.name for node in postorder([self.written_out[name]]) if isinstance(node, Name)}
        needed = [field for field in self.fields if field in names or f"{field}_t" in names]
        for axis in self.grid.axes:
            if own is not None and own.find(f"{axis}-") is not None:
                continue
            for field in needed:
                if self.of(field).is_periodic(axis) != self.grid.boundary.is_periodic(axis):
                    both = (field, "the grid") if self.of(field).is_periodic(axis) else ("the grid", field)
                    wanted = f"give it a boundary of its own: {{value: formula, boundary: {{{axis}: ...}}}}"
                    reason = f"{both[0]} is periodic along {axis} and {both[1]} is not"
                    raise InvalidValueError(
                        f"model.expressions.{name}", f"{reason}, and {name} has the grid's sides; {wanted}"
                    )
