"""Properties of the formulas of an energy, proved on their normal forms (`formulas.normal_form`), never sampled.

Every function here says whether a property is proved: for all values of the parameters, or else for the given ones. A
condition on a place, on drawn numbers or on other spins has two branches, and the property must hold in both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from simcore.formulas.monomials import Undecided
from simcore.formulas.normal_form import Forms
from simcore.formulas.tree import Name, Node, postorder, substitute

Numbers = tuple[tuple[str, float], ...]


def unchanged(tree: Node, replaced: Mapping[str, Node], numbers: Mapping[str, float]) -> bool:
    """Whether a formula is the same function after variables are replaced."""
    other = substitute(tree, replaced)
    return tree == other or _same(tree, other, ()) or _same(tree, other, _used(tree, numbers))


def same(first: Node, second: Node) -> bool:
    """Whether two formulas are the same function, for all values of the parameters."""
    return first == second or _same(first, second, ())


def at_most(tree: Node, own: Collection[str], degree: int, numbers: Mapping[str, float]) -> bool:
    """Whether a formula is a polynomial of this degree in the variables `own`."""
    names = tuple(own)
    return _polynomial(tree, names, degree, ()) or _polynomial(tree, names, degree, _used(tree, numbers))


def first_harmonic(tree: Node, own: str, numbers: Mapping[str, float]) -> bool:
    """Whether a formula is C + A cos(own) + B sin(own), with A, B and C free of the variable."""
    return _harmonic(tree, own, ()) or _harmonic(tree, own, _used(tree, numbers))


def free_curvature(tree: Node, own: str, others: Collection[str], numbers: Mapping[str, float]) -> bool:
    """Whether a formula is C + A own + K own**2, with K free of the variables `others`, too."""
    names = tuple(others)
    return _quadratic(tree, own, names, ()) or _quadratic(tree, own, names, _used(tree, numbers))


def _used(tree: Node, numbers: Mapping[str, float]) -> Numbers:
    names = {node.name for node in postorder([tree]) if isinstance(node, Name)}
    return tuple(sorted((name, float(numbers[name])) for name in names & numbers.keys()))


@lru_cache(maxsize=1024)
def _same(first: Node, second: Node, numbers: Numbers) -> bool:
    forms = Forms(dict(numbers))
    try:
        return forms.equal(forms.of(first), forms.of(second))
    except Undecided:
        return False


@lru_cache(maxsize=1024)
def _polynomial(tree: Node, own: tuple[str, ...], degree: int, numbers: Numbers) -> bool:
    degrees = _degrees(tree, own, numbers)
    return degrees is not None and all(found <= degree for found, _ in degrees)


@lru_cache(maxsize=1024)
def _quadratic(tree: Node, own: str, others: tuple[str, ...], numbers: Numbers) -> bool:
    degrees = _degrees(tree, (own,), numbers)
    return degrees is not None and all(
        found < 2 or (found == 2 and not names.intersection(others)) for found, names in degrees
    )


def _degrees(tree: Node, own: tuple[str, ...], numbers: Numbers) -> list[tuple[int, frozenset[str]]] | None:
    """The degree in the variables `own` and the other names, of each monomial; None if it is no polynomial."""
    forms = Forms(dict(numbers))
    found = []
    try:
        form = forms.of(tree)
    except Undecided:
        return None
    for powers, phase in form.terms:
        variables = forms.variables(powers, own)
        if variables is None or any(power < 0 for _, power in variables):
            return None
        if any(forms.variables(inner, own) != [] for inner, _ in phase):
            return None
        found.append((sum(power for _, power in variables), forms.names(powers, phase) - frozenset(own)))
    return found


@lru_cache(maxsize=1024)
def _harmonic(tree: Node, own: str, numbers: Numbers) -> bool:
    forms = Forms(dict(numbers))
    try:
        form = forms.of(tree)
    except Undecided:
        return False
    return all(
        forms.variables(powers, [own]) == [] and all(_turns(forms, inner, factor, own) for inner, factor in phase)
        for powers, phase in form.terms
    )


def _turns(forms: Forms, product: tuple[tuple[int, int], ...], factor: float, own: str) -> bool:
    """Whether a term of a phase is free of the variable, or plus or minus the variable itself."""
    inside = forms.variables(product, [own])
    return inside == [] or (inside == [(own, 1)] and len(product) == 1 and abs(factor) == 1.0)
