"""All that can be wrong with a set of equations, each fault with its place in the model section."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

import numpy as np

from simcore.config import hint
from simcore.errors import InvalidValueError
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.complex_parts import require_order
from simcore.formulas.tree import Call, Name, Node, postorder
from simcore.formulas.vocabulary import CONSTANTS, FUNCTIONS
from simcore.models.grid.boundary import AXES
from simcore.models.grid.domain import NAMES as DOMAIN_NAMES
from simcore.models.grid.domain_walls import domain_problems
from simcore.models.grid.equation import CALLABLE, Formulas, NamedExpression
from simcore.models.grid.field import FieldSection
from simcore.models.grid.flux_checks import FluxChecks
from simcore.models.grid.fluxes import CENTRAL, DIVERGENCE, FluxRules
from simcore.models.grid.grid import Grid
from simcore.models.grid.in_time import ParametersInTime
from simcore.models.grid.lookups import is_taken
from simcore.models.grid.noise import flux_amplitudes
from simcore.models.grid.operators import require_dimensions
from simcore.models.grid.points import check_points
from simcore.models.grid.schemes import SCHEMES, Imex
from simcore.models.grid.sides import Sides
from simcore.models.grid.start import RANDOM_WORDS

Path = tuple[str, ...]
INDICES = ("i", "j", "k")
DOMAIN_ORDERS = {"order": 2, "upwind": 1}
TAKEN = {
    *(f"{index}_" for index in INDICES),
    *("t", "time", "dt", "step", "random", "np", "cell_volume", "relative_tolerance", "absolute_tolerance"),
    *(*AXES, *FUNCTIONS, *CALLABLE, *CONSTANTS),
    *(f"{constant}{axis}{end}" for axis in AXES for constant, end in (("h", ""), ("origin_", ""), ("cells_", ""))),
    *(f"inverse_h{axis}{end}" for axis in AXES for end in ("", "2")),
    *(f"cells_{axis}" for axis in AXES),
}


def velocity_name(name: str) -> str:
    """The variable that is du/dt of a field of second order in time."""
    return f"{name}_t"


@dataclass
class Checker:
    """Collects the faults of one model: (path below `model`, message) pairs in `problems`.

    numbers: the parameters that have one value. in_time: what stands for the parameters that change in time.
    complexes: all names that are complex, after `run`. cells_of_domain: finds the cells of the domain, which `run` puts
    into `cells`.
    """

    grid: Grid
    parameters: Sequence[str]
    fields: Mapping[str, FieldSection]
    formulas: Formulas
    scheme: str
    implicit: Mapping[str, Expression] = field(default_factory=dict)
    order: int = 2
    upwind: int = 1
    fluxes: FluxRules = CENTRAL
    files: Sequence[str] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    in_time: ParametersInTime = field(default_factory=ParametersInTime)
    cells_of_domain: Callable[[], np.ndarray | None] = lambda: None
    cells: np.ndarray | None = None
    problems: list[tuple[Path, str]] = field(default_factory=list)
    complexes: set[str] = field(default_factory=set)

    def run(self) -> list[tuple[Path, str]]:
        """All faults, in the order of the sections."""
        self.names()
        self.pairs()
        self.problems += self.sides.problems()
        self.problems += domain_problems(self.grid, self.fields, self.formulas.expressions)
        self.domain()
        if not self.problems:
            self.complexes = {name for name, section in self.fields.items() if section.is_complex}
            self.complexes |= {velocity_name(n) for n in self.complexes if n in self.seconds}
            self.divergences = self._flux_checks()
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
        """Whether no field and no expression meets a wall, or a face of a domain."""
        return self.sides.periodic and self.grid.domain is None

    @cached_property
    def sides(self) -> Sides:
        """What holds at the sides of each array."""
        return Sides(self.grid, self.fields, self.formulas.expressions)

    @property
    def walled(self) -> tuple[str, ...]:
        """The axes along which a field or an expression meets a wall, or a face of a domain."""
        if self.grid.domain is not None:
            return self.grid.axes
        names = (*self.fields, *self.formulas.expressions)
        return tuple(axis for axis in self.grid.axes if not all(self.sides.of(n).is_periodic(axis) for n in names))

    def _has_walls(self, named: NamedExpression) -> bool:
        """Whether a named expression says itself what holds at all walls that there are."""
        if self.grid.domain is None:
            return named.boundary is not None
        return named.domain is not None and (named.boundary is not None or self.sides.periodic)

    def domain(self) -> None:
        """What a grid with a domain cannot have: stencils that read further than the next cell along an axis."""
        if self.grid.domain is None:
            return
        try:
            self.cells = self.cells_of_domain()
        except InvalidValueError as error:
            self.problem(("grid", "domain"), error.message)
        for key, value in (("order", self.order), ("upwind", self.upwind)):
            if value != DOMAIN_ORDERS[key]:
                reason = f"a stencil that reads the second cell cannot cross a face of grid.domain; take {key}: "
                self.problem((key,), f"{reason}{DOMAIN_ORDERS[key]}")
        for axis in self.grid.axes:
            if self.sides.wraps(axis) is None:
                reason = f"on a grid with a domain {axis} is periodic for all fields or for none"
                self.problem(("grid", "boundary"), f"{reason}; give every field the same")

    def _flux_checks(self) -> FluxChecks:
        named = self.formulas.expressions
        return FluxChecks(
            len(self.grid.shape),
            self.order,
            self.fluxes,
            frozenset((*self.fields, *self._velocities, *named, *self.files, *self.grid.axes)),
            self.walled,
            frozenset(name for name in named if self._has_walls(named[name])),
            self.sides.periodic_axes,
            domain=self.grid.domain is not None,
        )

    def names(self) -> None:
        """Every name is a plain word, stands for one thing, and is not taken by the language."""
        seen: dict[str, Path] = {}
        for path in self._named():
            name = path[-1]
            normal = unicodedata.normalize("NFKC", name) == name
            if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or not normal:
                needed = "one word of letters, digits and _ is needed"
                if keyword.iskeyword(name):
                    needed = f"it is a word of Python; {name}_ would do"
                self.problem(path, f"'{name:.60}' cannot be a name: {needed}")
            elif name in self._taken or (name in INDICES and path[0] != "parameters"):
                self.problem(path, f"the name '{name}' is taken by the language of equations; choose another")
            elif name in seen:
                self.problem(path, f"the name '{name}' already stands for {'.'.join(seen[name])}; choose another")
            seen.setdefault(name, path)
        for name in self.seconds:
            for taken in (velocity_name(name), f"{velocity_name(name)}_now"):
                if taken in seen:
                    self.problem(seen[taken], f"the name '{taken}' stands for the rate of {name}; choose another")

    @property
    def _taken(self) -> set[str]:
        taken = TAKEN | {*DOMAIN_NAMES} if self.grid.domain is not None else TAKEN
        return taken | {path[-1] for path in self._named() if self.in_time.tables and is_taken(path[-1])}

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
            path = ("expressions", name, *named[name].path)
            if self.formula(path, named[name].value, name):
                self.complexes.add(name)

    def equations(self) -> None:
        for name, equation in self.formulas.equations.items():
            path = ("equations", name, *equation.path)
            complex_rate = self.formula(path, equation.rate)
            if complex_rate and not self.fields[name].is_complex:
                self.problem(path, f"is complex, but {name} is {self.fields[name].dtype}; give it dtype: complex128")
            scheme = SCHEMES[self.scheme]
            if not scheme.takes_velocities and (velocities := self._needs(equation.rate) & self._velocities):
                self.problem(path, f"{self.scheme} takes no {min(velocities)} in an equation; scheme: rk4 does")

    def _needs(self, expression: Expression) -> set[str]:
        """The names that a formula needs, by way of named expressions, too."""
        found, waiting = set(), list(expression.names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                named = self.formulas.expressions.get(name)
                waiting += named.value.names if named is not None else ()
        return found

    def noise(self) -> None:
        for name, amplitude in self.formulas.noise.items():
            along = flux_amplitudes(amplitude.tree, len(self.grid.shape))
            if along is not None:
                self.conserved_noise(name, amplitude, along)
            elif any(isinstance(node, Call) and node.function == DIVERGENCE for node in postorder([amplitude.tree])):
                self.problem(("noise", name), "conserved noise is divergence(g) and nothing else; factors go into g")
            else:
                self.formula(("noise", name), amplitude)
            if not SCHEMES[self.scheme].noisy:
                takes = " or ".join(scheme for scheme, kind in SCHEMES.usable().items() if kind.noisy)
                self.problem(("noise", name), f"needs scheme: {takes}; {self.scheme} takes no noise")
            elif along is not None and not SCHEMES[self.scheme].conserving:
                takes = " or ".join(scheme for scheme, kind in SCHEMES.usable().items() if kind.conserving)
                self.problem(("noise", name), f"conserved noise needs scheme: {takes}; {self.scheme} takes other noise")

    def implicit_terms(self) -> None:
        """The scheme solves for them, and each is a formula that could stand in its equation."""
        for name, written in self.implicit.items():
            path = ("implicit", name)
            if not issubclass(SCHEMES[self.scheme], Imex):
                takes = ", ".join(scheme for scheme, kind in SCHEMES.usable().items() if issubclass(kind, Imex))
                self.problem(path, f"goes with the schemes {takes}; {self.scheme} solves for nothing")
            elif self.formula(path, written) and not self.fields[name].is_complex:
                self.problem(path, f"is complex, but {name} is {self.fields[name].dtype}; give it dtype: complex128")

    def conserved_noise(self, name: str, amplitude: Expression, along: Sequence[Node]) -> None:
        """Real amplitudes, one for each axis, and no wall through which the field could be exchanged."""
        path, axes = ("noise", name), self.grid.axes
        if len(along) != len(axes):
            self.problem(path, f"divergence takes one amplitude, or {len(axes)}, one for each axis; not {len(along)}")
        for part in dict.fromkeys(along):
            if self.formula(path, Expression(amplitude.text, part)):
                self.problem(path, "the amplitude of conserved noise is real")
        kinds = self.sides.of(name).kinds(axes)
        if open_sides := [side for side, kind in kinds.items() if kind != "derivative"]:
            reason = "conserved noise needs sides that are periodic or have a given derivative"
            self.problem(path, f"{reason}; {open_sides[0]} is a wall of another kind")

    def times(self) -> None:
        """The scheme and the order in time fit."""
        firsts = [name for name in self.fields if name not in self.seconds]
        if firsts and not SCHEMES[self.scheme].takes_firsts:
            self.problem(("scheme",), f"{self.scheme} takes {{tt: ...}} only, and {firsts[0]} has none; rk4 takes both")
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

    def formula(self, path: Path, expression: Expression, named: str | None = None) -> bool:
        """Check one formula, a named one if it has a name; whether its value is complex."""
        try:
            return self.require(expression, named)
        except ExpressionError as error:
            self.problem(path, str(error))
            return False

    def require(self, expression: Expression, named: str | None = None) -> bool:
        """Whether the value of a formula is complex, of an equation or of an observable. Raises ExpressionError.

        named: the name of a named expression.
        """
        known = (*self.fields, *self._velocities, *self.formulas.expressions, *self.parameters, *self.grid.axes, "t")
        for node in postorder([expression.tree]):
            if isinstance(node, Name) and node.name in RANDOM_WORDS and node.name not in known:
                reason = f"'{node.name}' is a random number of starts only (initial, velocity)"
                advice = 'random numbers in an equation are noise: {FIELD: "g"}'
                raise ExpressionError(expression.text, node.column, f"{reason}; {advice}")
        expression.require(known)
        require_dimensions(expression, len(self.grid.shape), self.divergences.vectors)
        check_points(expression, self.grid, self.numbers, self.cells)
        complex_value = require_order(expression, self.complexes, ("advect",))
        self.divergences.formula(expression, self.complexes, named)
        return complex_value

    def problem(self, path: Path, message: str) -> None:
        self.problems.append((path, message))
