"""All that can be wrong with a set of equations, each fault with its place in the model section."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from simcore.config import hint
from simcore.expressions import Expression, ExpressionError
from simcore.expressions.complexness import require_order
from simcore.expressions.vocabulary import CONSTANTS, FUNCTIONS
from simcore.models.grid.boundary import AXES
from simcore.models.grid.equation import CALLABLE, Formulas
from simcore.models.grid.field import FieldSection
from simcore.models.grid.grid import Grid
from simcore.models.grid.nesting import inner_operator
from simcore.models.grid.operators import require_dimensions
from simcore.models.grid.schemes import SCHEMES, Imex
from simcore.models.grid.sides import Sides

Path = tuple[str, ...]
INDICES = ("i", "j", "k")
TAKEN = {
    *(f"{index}_" for index in INDICES),
    *("t", "time", "dt", "step", "random", "np", "cell_volume", "relative_tolerance", "absolute_tolerance"),
    *(*AXES, *FUNCTIONS, *CALLABLE, *CONSTANTS),
    *(f"{constant}{axis}{end}" for axis in AXES for constant, end in (("h", ""), ("origin_", ""), ("cells_", ""))),
    *(f"inverse_h{axis}{end}" for axis in AXES for end in ("", "2")),
}


def velocity_name(name: str) -> str:
    """The variable that is du/dt of a field of second order in time."""
    return f"{name}_t"


@dataclass
class Checker:
    """Collects the faults of one model: (path below `model`, message) pairs in `problems`."""

    grid: Grid
    parameters: Sequence[str]
    fields: Mapping[str, FieldSection]
    formulas: Formulas
    scheme: str
    implicit: Mapping[str, Expression] = field(default_factory=dict)
    problems: list[tuple[Path, str]] = field(default_factory=list)

    def run(self) -> list[tuple[Path, str]]:
        """All faults, in the order of the sections."""
        self.names()
        self.pairs()
        self.problems += self.sides.problems()
        if not self.problems:
            self.complexes = {name for name, section in self.fields.items() if section.is_complex}
            self.complexes |= {velocity_name(n) for n in self.complexes if n in self.seconds}
            self.expressions()
            self.equations()
            self.noise()
            self.implicit_terms()
            self.times()
        return self.problems

    @property
    def seconds(self) -> list[str]:
        return [name for name, equation in self.formulas.equations.items() if equation.second]

    @property
    def periodic(self) -> bool:
        """Whether no field and no expression meets a wall."""
        return self.sides.periodic

    @cached_property
    def sides(self) -> Sides:
        """What holds at the sides of each array."""
        return Sides(self.grid, self.fields, self.formulas.expressions)

    def names(self) -> None:
        """Every name is a plain word, stands for one thing, and is not taken by the language."""
        seen: dict[str, Path] = {}
        for path in self._named():
            name = path[-1]
            normal = unicodedata.normalize("NFKC", name) == name
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or not normal:
                self.problem(path, f"'{name:.60}' cannot be a name: one word of letters, digits and _ is needed")
            elif name in TAKEN or (name in INDICES and path[0] != "parameters"):
                self.problem(path, f"the name '{name}' is taken by the language of equations; choose another")
            elif name in seen:
                self.problem(path, f"the name '{name}' already stands for {'.'.join(seen[name])}; choose another")
            seen.setdefault(name, path)
        for name in self.seconds:
            if (velocity := velocity_name(name)) in seen:
                self.problem(seen[velocity], f"the name '{velocity}' stands for the rate of {name}; choose another")

    def _named(self) -> Iterator[Path]:
        yield from (("parameters", name) for name in self.parameters)
        yield from (("fields", name) for name in self.fields)
        yield from (("expressions", name) for name in self.formulas.expressions)

    def pairs(self) -> None:
        """Every field has an equation, and the other way round."""
        if not self.fields:
            self.problem(("fields",), "is empty; at least one field is needed")
        for name in self.fields:
            if name not in self.formulas.equations:
                self.problem(("fields", name), f"the field '{name}' has no equation; give equations.{name}")
        sections = {"equations": self.formulas.equations, "noise": self.formulas.noise, "implicit": self.implicit}
        for section, names in sections.items():
            for name in names:
                if name not in self.fields:
                    self.problem((section, name), f"there is no field '{name:.60}'; {hint(name, self.fields)}")

    def expressions(self) -> None:
        named = self.formulas.expressions
        needs = {name: named[name].value.names & named.keys() for name in named}
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            circle = error.args[1]
            self.problem(("expressions", circle[0]), f"needs itself: {' needs '.join(reversed(circle))}")
            return
        for name in order:
            if self.formula(("expressions", name, *named[name].path), named[name].value):
                self.complexes.add(name)

    def equations(self) -> None:
        for name, equation in self.formulas.equations.items():
            path = ("equations", name, *equation.path)
            complex_rate = self.formula(path, equation.rate)
            if complex_rate and not self.fields[name].is_complex:
                self.problem(path, f"is complex, but {name} is {self.fields[name].dtype}; give it dtype: complex128")
            if self.scheme == "leapfrog" and (velocities := equation.rate.names & self._velocities):
                self.problem(path, f"leapfrog takes no {min(velocities)} in an equation; scheme: rk4 does")

    def noise(self) -> None:
        for name, amplitude in self.formulas.noise.items():
            self.formula(("noise", name), amplitude)
            if not SCHEMES[self.scheme].noisy:
                takes = " or ".join(scheme for scheme, kind in SCHEMES.items() if kind.noisy)
                self.problem(("noise", name), f"needs scheme: {takes}; {self.scheme} takes no noise")

    def implicit_terms(self) -> None:
        """The scheme solves for them, and each is a formula that could stand in its equation."""
        for name, written in self.implicit.items():
            path = ("implicit", name)
            if not issubclass(SCHEMES[self.scheme], Imex):
                takes = ", ".join(scheme for scheme, kind in SCHEMES.items() if issubclass(kind, Imex))
                self.problem(path, f"goes with the schemes {takes}; {self.scheme} solves for nothing")
            elif self.formula(path, written) and not self.fields[name].is_complex:
                self.problem(path, f"is complex, but {name} is {self.fields[name].dtype}; give it dtype: complex128")

    def times(self) -> None:
        """The scheme and the order in time fit."""
        firsts = [name for name in self.fields if name not in self.seconds]
        if self.scheme == "leapfrog" and firsts:
            self.problem(("scheme",), f"leapfrog takes {{tt: ...}} only, and {firsts[0]} has none; rk4 takes both")
        if self.seconds and not SCHEMES[self.scheme].takes_seconds:
            path = ("equations", self.seconds[0], "tt")
            self.problem(path, f"{self.scheme} takes no equation of second order in time; scheme: leapfrog or rk4 does")
        for name in firsts:
            for key in ("velocity", "velocity_boundary"):
                if getattr(self.fields[name], key) is not None:
                    self.problem(("fields", name, key), f"goes with an equation {{tt: ...}}, and {name} has none")

    @property
    def _velocities(self) -> set[str]:
        return {velocity_name(name) for name in self.seconds}

    def formula(self, path: Path, expression: Expression) -> bool:
        """Check one formula; whether its value is complex."""
        known = (*self.fields, *self._velocities, *self.formulas.expressions, *self.parameters, *self.grid.axes, "t")
        try:
            expression.require(known)
            require_dimensions(expression, len(self.grid.shape))
            if not self.periodic and (inner := inner_operator(expression.tree)):
                raise ExpressionError(
                    expression.text,
                    inner.column,
                    f"where the boundary is not periodic, the inner {inner.function} must be a named expression "
                    "(expressions: {name: formula}): it needs a boundary of its own",
                )
            return require_order(expression, self.complexes, ("advect",))
        except ExpressionError as error:
            self.problem(path, str(error))
            return False

    def problem(self, path: Path, message: str) -> None:
        self.problems.append((path, message))
