"""One call in a formula, such as `correlation(1, 0)`: its arguments, checked, and what is measured for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from simcore.config import hint
from simcore.formulas import Expression, ExpressionError
from simcore.formulas.evaluate import evaluate
from simcore.formulas.tree import Call, Name, Node, substitute, walk
from simcore.models.combination import Combination
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.geometry import Geometry
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import AXES, CellFunction
from simcore.spec.observables import Observable

Reduce = Literal["sum", "min", "max"]


@dataclass
class Behind:
    """What stands behind the formula of the observable `name`: hidden observables, and the moments of which it is made.

    Names of pieces hold a full stop, so that no name in a formula is one of them.
    """

    name: str
    observables: list[Observable] = field(default_factory=list)
    moments: dict[str, tuple[str, int]] = field(default_factory=dict)

    def reduced(self, function: CellFunction, reduce: Reduce = "sum") -> Name:
        """A function of one cell, reduced over all cells; a function that is here already is not worked out again."""
        for known in self.observables:
            if known.value == function and known.reduce == reduce:
                return Name(known.name)
        return self._add(Observable(self._next(), function, reduce, hidden=True))

    def sample(self, value: Node) -> Name:
        """A number of each sample, from a formula of what is reduced."""
        names = tuple(sorted({node.name for node in walk(value) if isinstance(node, Name)}))
        return self._add(Observable(self._next(), Combination(value, {}, names), of=names, hidden=True))

    def mean(self, observable: str, power: int = 1) -> Name:
        """The mean of a power of an observable."""
        name = f"<{observable}^{power}>"
        self.moments[name] = (observable, power)
        return Name(name)

    def _next(self) -> str:
        return f"{self.name}.{len(self.observables) + 1}"

    def _add(self, observable: Observable) -> Name:
        self.observables.append(observable)
        return Name(observable.name)


@dataclass(frozen=True)
class Asked:
    """A call in the formula `text`. The methods that read its arguments raise ExpressionError.

    lattice: with the bonds and plaquettes of all kinds, those without an energy, too.
    """

    call: Call
    text: str
    system: SpinSystem
    behind: Behind
    lattice: Geometry

    def error(self, reason: str, at: Node | None = None) -> ExpressionError:
        return ExpressionError(self.text, (at or self.call).column, f"{self.call.function} {reason}")

    # -- arguments -------------------------------------------------------------------------------------------------

    def numbers(self) -> list[float]:
        """One number for each axis."""
        axes = AXES[: self.system.geometry.dimensions]
        arguments = self.call.arguments
        if len(arguments) != len(axes):
            plural = "s" if len(axes) > 1 else ""
            listed = f", one for each axis ({', '.join(axes)})" if plural else ""
            raise self.error(f"takes {len(axes)} number{plural} on this lattice{listed}, not {len(arguments)}")
        return [self._number(argument) for argument in arguments]

    def whole_numbers(self) -> list[int]:
        """One whole number for each axis."""
        values = self.numbers()
        return [self._whole(value, at) for value, at in zip(values, self.call.arguments, strict=True)]

    def axis(self) -> int:
        """The number of the axis that the only argument names."""
        axes = AXES[: self.system.geometry.dimensions]
        (argument,) = self.call.arguments
        if not isinstance(argument, Name) or argument.name not in axes:
            given = argument.name if isinstance(argument, Name) else ""
            needed = f"takes the name of an axis; {hint(given, axes)}"
            raise self.error(f"finds no axis '{given}'; {hint(given, axes)}" if given else needed, argument)
        return axes.index(argument.name)

    def sublattice(self) -> int:
        """The number of a basis site, the first argument."""
        return self.basis_site(self.call.arguments[0])

    def basis_site(self, argument: Node) -> int:
        """The number of a basis site."""
        site = self._whole(self._number(argument), argument)
        basis = self.system.geometry.basis
        if not 0 <= site < basis:
            has = f"the sublattices 0 to {basis - 1}" if basis > 1 else "one sublattice, 0"
            raise self.error(f"finds no sublattice {site}; this lattice has {has}", argument)
        return site

    def _number(self, argument: Node) -> float:
        parameters = self.system.fixed
        for node in walk(argument):
            if isinstance(node, Name) and node.name not in parameters:
                raise self.error(f"takes numbers and parameters here, not '{node.name}'", argument)
        return float(evaluate(argument, parameters))

    def _whole(self, value: float, at: Node) -> int:
        if not value.is_integer() or abs(value) > 2**53:
            raise self.error(f"takes a whole number here, not {value:g}", at)
        return int(value)

    # -- what cells hold -------------------------------------------------------------------------------------------

    def of_sites(self, argument: Node, sites: Sequence[int]) -> list[Node]:
        """A formula of the spin `a` and its place, readable, for each of these basis sites."""
        interactions = self.system.interactions
        expression = Expression(self.text, argument)
        return [self.readable(interactions.at_site(expression, site), site) for site in sites]

    def readable(self, tree: Node, site: int) -> Node:
        """A formula of the spin and the place of a basis site, as a function of one cell takes it."""
        spins = {spin_name(0, c).name: node for c, node in enumerate(self.spin(site))}
        return substitute(self.system.readable(self.system.local(site), tree, ()), spins)

    def spin(self, site: int) -> list[Node]:
        """The components of the spin of a basis site, readable."""
        return [self.system.value(site, c) for c in range(self.system.spin.components)]
