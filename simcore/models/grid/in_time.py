"""Parameters that change in time stand in all formulas as what they are of `t`.

So every stage of every scheme, every wall and every measurement takes them at its own time, as it takes `t` itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from simcore.formulas import Expression, ExpressionError
from simcore.formulas.simplify import mentions
from simcore.formulas.tree import Binary, Call, Name, Node, Number, substitute
from simcore.models.grid.boundary import Boundary
from simcore.models.grid.condition import Condition
from simcore.models.grid.equation import Equation, Formulas, NamedExpression
from simcore.models.grid.field import FieldSection
from simcore.models.grid.lookups import table_name
from simcore.models.grid.start import Initial
from simcore.models.in_time import InTime, Schedule, TimeTable, order_of, problems_of_schedules

Path = tuple[str, ...]
ROUNDING = Number(1e-6)
STEPS_MADE = Call("floor", (Binary("+", Binary("/", Name("t"), Name("dt")), ROUNDING),))
"""How many whole steps have been made at the time `t`."""


@dataclass(frozen=True)
class ParametersInTime:
    """given: those parameters by name; numbers: the parameters that have one value; others: names of all others.

    adaptive: whether steps differ in length, so that schedules cannot name `step`.
    """

    given: Mapping[str, InTime] = field(default_factory=dict)
    numbers: Mapping[str, float] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    adaptive: bool = False

    def problems(self, walls: Iterable[tuple[Path, Boundary | None]]) -> Iterator[tuple[Path, str]]:
        """What is wrong with the formulas and with the walls that name them: the path below `model` and a message."""
        found = list(problems_of_schedules(self.given, self._require))
        yield from found
        for path, boundary in () if found else walls:
            names = {name for one in boundary.formulas() for name in one.names} if boundary is not None else set()
            if stepwise := sorted(names & self._stepwise):
                yield path, f"'{stepwise[0]}' is a schedule of step; at walls write one of t"

    def _require(self, expression: Expression) -> None:
        for name in sorted(expression.names & {"x", "y", "z", *self.others}):
            reason = f"'{name}' varies in space; a schedule is a formula of t, step and numbers"
            raise ExpressionError(expression.text, 1, reason)
        if self.adaptive and "step" in expression.names:
            raise ExpressionError(expression.text, 1, "adaptive steps differ in length; write a formula of t")
        expression.require(("t", "step", *self.numbers, *self.given))

    @property
    def _schedules(self) -> dict[str, Schedule]:
        return {name: one for name, one in self.given.items() if isinstance(one, Schedule)}

    @cached_property
    def trees(self) -> dict[str, Node]:
        """By the name of a parameter its value, a formula of `t`, numbers and tables."""
        found: dict[str, Node] = {}
        for name in order_of(self.given):
            found[name] = substitute(self.given[name].tree(table_name(name)), {**found, "step": STEPS_MADE})
        return found

    @cached_property
    def _stepwise(self) -> set[str]:
        """The parameters that depend on `step`."""
        return {name for name, tree in self.trees.items() if mentions(tree, ["dt"])}

    @cached_property
    def tables(self) -> dict[str, np.ndarray]:
        """The constants that hold tables, each of shape (2, entries): times and values."""
        return {table_name(name): one.array for name, one in self._time_tables.items()}

    @property
    def _time_tables(self) -> dict[str, TimeTable]:
        return {name: one for name, one in self.given.items() if isinstance(one, TimeTable)}

    @property
    def kinks(self) -> set[float]:
        """The times at which the slope of a table changes."""
        return {time for one in self._time_tables.values() for time in one.times}

    def ranges(self) -> dict[str, tuple[float, float]]:
        """The first and the last time of each table, by the path of its parameter."""
        return {f"model.parameters.{n}": (one.times[0], one.times[-1]) for n, one in self._time_tables.items()}

    # -- what names them -------------------------------------------------------------------------------------------

    def expression(self, expression: Expression) -> Expression:
        """A formula with their values in place of their names; its text stays."""
        if not expression.names & self.given.keys():
            return expression
        return replace(expression, tree=substitute(expression.tree, self.trees))

    def formulas(self, formulas: Formulas) -> Formulas:
        """All formulas of a model."""
        if not self.given:
            return formulas
        named = {
            name: NamedExpression(
                self.expression(one.value),
                one.boundary and self.boundary(one.boundary),
                one.domain and self.boundary(one.domain),
            )
            for name, one in formulas.expressions.items()
        }
        equations = {name: Equation(self.expression(one.rate), one.second) for name, one in formulas.equations.items()}
        return Formulas(equations, named, {name: self.expression(one) for name, one in formulas.noise.items()})

    def boundary(self, boundary: Boundary) -> Boundary:
        """What holds at the sides."""
        if not self.given:
            return boundary
        return Boundary(tuple((side, self._condition(one)) for side, one in boundary.given))

    def _condition(self, condition: Condition) -> Condition:
        numbers, parts = map(self.expression, condition.numbers), map(self._condition, condition.parts)
        return Condition(condition.kind, tuple(numbers), tuple(parts))

    def section(self, section: FieldSection) -> FieldSection:
        """A field; its start takes their values at t = 0."""
        if not self.given:
            return section
        new: dict[str, object] = {
            key: self.boundary(boundary)
            for key in ("boundary", "velocity_boundary", "domain")
            if (boundary := getattr(section, key)) is not None
        }
        new |= {key: self._at_start(getattr(section, key)) for key in ("initial", "velocity")}
        return section.model_copy(update=new)

    def _at_start(self, start: Initial | None) -> Initial | None:
        if not isinstance(start, Expression) or not start.names & self.given.keys():
            return start
        known: dict[str, Node] = {"t": Number(0.0), "dt": Number(1.0)}
        begun = {name: substitute(tree, known) for name, tree in self.trees.items()}
        return replace(start, tree=substitute(start.tree, begun))
