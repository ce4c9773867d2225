"""What the arrays of a model say at the faces of a domain: between a cell that belongs to it and one that does not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.complex_parts import complex_nodes
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Name, Node, Number, postorder
from simcore.models.grid.boundary import Place
from simcore.models.grid.condition import Condition
from simcore.models.grid.equation import NamedExpression
from simcore.models.grid.field import FieldSection
from simcore.models.grid.grid import Grid
from simcore.models.grid.grid_names import DomainWall, wall_kind

NO_FLUX = Condition("derivative", (Expression("0", Number(0.0)),))


@dataclass(frozen=True)
class DomainWalls:
    """By the name of an array; the outward derivative is 0 unless a field or a named expression says more."""

    grid: Grid
    fields: Mapping[str, FieldSection]
    expressions: Mapping[str, NamedExpression]

    def condition(self, name: str) -> Condition:
        """Of a field, a named expression, or any other array."""
        one = self.fields.get(name) or self.expressions.get(name)
        return NO_FLUX if one is None or one.domain is None else one.domain.given[0][1]

    def path(self, name: str) -> str:
        """Where it is written."""
        return f"model.{'fields' if name in self.fields else 'expressions'}.{name}.domain"

    def of(self, name: str) -> DomainWall:
        """The formulas of the value beyond a face."""
        condition = self.condition(name)
        ghosts = [condition.ghost(place) for place in self._places()]
        return DomainWall(wall_kind(condition), tuple((ghost.scale, ghost.shift) for ghost in ghosts))

    def of_velocity(self, name: str) -> DomainWall:
        """Of the rate of change of a field. Raises InvalidValueError if it is not known."""
        condition = self.condition(name)
        try:
            ghosts = [condition.ghost(place).rate() for place in self._places()]
        except ValueError as error:
            reason = f"the rate of change at the faces of the domain is not known: {error}"
            raise InvalidValueError(self.path(name), f"{reason}; give a formula without t") from None
        return DomainWall(wall_kind(condition), tuple((ghost.scale, ghost.shift) for ghost in ghosts))

    def check(self, numbers: Mapping[str, Any], complexes: Collection[str]) -> None:
        """Refuse unknown names, a of mixed that is too small, and complex numbers for a real array."""
        for name in (*self.fields, *self.expressions):
            condition = self.condition(name)
            for expression in condition.formulas():
                self._check_formula(name, expression, numbers, complexes)
            for place in self._places():
                try:
                    values = {**numbers, **self.grid.mesh(), "t": 0.0}
                    condition._check_mixed(place, values, np.ones(self.grid.shape, bool))
                except ValueError as error:
                    raise InvalidValueError(self.path(name), str(error)) from None

    def _check_formula(
        self, name: str, expression: Expression, numbers: Mapping[str, Any], complexes: Collection[str]
    ) -> None:
        try:
            expression.require((*numbers, "t", *self.grid.axes))
        except ExpressionError as error:
            raise InvalidValueError(
                self.path(name), f"{error} (a formula of the place of the face, and of t)"
            ) from None
        if name not in complexes and complex_nodes([expression.tree], ()) >= {id(expression.tree)}:
            dtype = f"{self.fields[name].dtype}; give it dtype: complex128" if name in self.fields else "real"
            raise InvalidValueError(self.path(name), f"is complex, but {name} is {dtype}")

    def require_one_kind(self, numbers: Mapping[str, Any]) -> None:
        """Refuse what an implicit solve cannot have: a kind or a that varies, and a below 0, which grows."""
        for name in (*self.fields, *self.expressions):
            for scale, _ in self.of(name).ghosts:
                if not {node.name for node in postorder([scale]) if isinstance(node, Name)} <= numbers.keys():
                    reason = "with an implicit scheme one kind at all faces is needed, and an a that is a number"
                    raise InvalidValueError(self.path(name), f"{reason}; scheme: rk4 takes others")
                if np.real(evaluate(scale, numbers)) > 1.0:
                    reason = "with an implicit scheme a of mixed must not be below 0"
                    raise InvalidValueError(self.path(name), f"{reason}; scheme: rk4 takes it")

    def trees(self) -> Iterator[Node]:
        """All formulas in them."""
        for name in (*self.fields, *self.expressions):
            yield from (expression.tree for expression in self.condition(name).formulas())

    def _places(self) -> list[Place]:
        return [Place(axis, "+", h, 0.0) for axis, h in zip(self.grid.axes, self.grid.spacing, strict=True)]


def domain_problems(
    grid: Grid, fields: Mapping[str, FieldSection], expressions: Mapping[str, NamedExpression]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Conditions at the faces of a domain where there is none: the path below `model` and a message, each."""
    for section, given in (("fields", fields), ("expressions", expressions)):
        for name, one in given.items():  # type: ignore[attr-defined]
            if one.domain is not None and grid.domain is None:
                yield (section, name, "domain"), "the grid has no domain; give grid.domain, or leave this out"
