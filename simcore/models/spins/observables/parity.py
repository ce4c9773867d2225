"""Whether a formula of a sample changes its sign under a symmetry of the energy, so that its exact mean is 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simcore.formulas import Expression
from simcore.formulas.tree import Call, Name, Negative, Node, rewrite, substitute, walk
from simcore.models.spins.formula_syntax import in_components
from simcore.models.spins.observables.correlation import correlation
from simcore.models.spins.observables.energy_of import energy_of
from simcore.models.spins.observables.order import staggered_magnetization, sublattice_magnetization
from simcore.models.spins.observables.structure_factor import structure_factor
from simcore.models.spins.proofs import same
from simcore.models.spins.signs import Symmetry, spin_changes, symmetries
from simcore.models.spins.spin import Spin
from simcore.models.spins.system import SpinSystem
from simcore.models.spins.thermodynamics import magnetization_names, spin_components

EVEN = (correlation, energy_of, structure_factor, staggered_magnetization, sublattice_magnetization)
"""Measures that any of these symmetries leaves as they are."""


def is_odd(
    expression: Expression, summed: Mapping[Call, tuple[Node, int]], even: Sequence[Call], system: SpinSystem
) -> bool:
    """Whether it is proved that a formula is minus itself under one of the symmetries of the energy.

    Args:
        expression: of measures and of observables of the model.
        summed: for each sum or mean in it the formula that is summed, and of how many spins that is one.
        even: the measures in it that no such symmetry changes.
        system: the energy, with the values of the parameters.
    """
    components = len(spin_components(system, 0))
    found = symmetries(system.interactions, system.fixed, components)
    return any(_odd_under(symmetry, expression, summed, even, system) for symmetry in found)


def _odd_under(
    symmetry: Symmetry,
    expression: Expression,
    summed: Mapping[Call, tuple[Node, int]],
    even: Sequence[Call],
    system: SpinSystem,
) -> bool:
    names: dict[Call, Name] = {call: Name(f"<{n}>") for n, call in enumerate((*summed, *even))}
    changed: dict[str, Node] = {}
    for call, (formula, corners) in summed.items():
        parity = _parity(Expression(expression.text, formula), system.spin, corners, symmetry)
        if parity is None:
            return False
        changed[names[call].name] = names[call] if parity > 0 else Negative(names[call])
    for component, name in enumerate(magnetization_names(system)):
        if symmetry is None or symmetry == component:
            changed[name] = Negative(Name(name))
    (tree,) = rewrite([expression.tree], lambda n: names.get(n, n) if isinstance(n, Call) else n)
    return same(substitute(tree, changed), Negative(tree))


def _parity(formula: Expression, spin: Spin, corners: int, symmetry: Symmetry) -> int | None:
    """1 of a formula of spins that stays as it is, -1 of one that changes its sign, None of others."""
    known = {node.name for node in walk(formula.tree) if isinstance(node, Name)}
    tree = in_components(formula, spin, corners, known)
    changed = substitute(tree, dict(spin_changes(spin, corners, symmetry)))
    return 1 if same(changed, tree) else -1 if same(changed, Negative(tree)) else None
