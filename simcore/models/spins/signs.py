"""Changes of sign under which an energy is proved to stay the same, so that a component of the mean spin is 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from simcore.formulas.tree import Binary, Negative, Node, Number
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.interactions import Interaction, Interactions, Path
from simcore.models.spins.proofs import unchanged
from simcore.models.spins.spin import Angle, Spin
from simcore.models.spins.term_checks import even

Changes = Mapping[str, Node]

Symmetry = int | None
"""A component of the spin that changes its sign, or None: all of them do."""


def odd_components(interactions: Interactions, numbers: Mapping[str, float], components: int) -> list[bool]:
    """Whether each component of the magnetisation changes its sign under a symmetry of the energy.

    Args:
        interactions: the terms of the energy.
        numbers: the values of the parameters.
        components: of the magnetisation; those of an angle are its cosine and its sine.

    Returns:
        True if it is proved, at these values, that all terms stay the same if all spins change sign, or if this
        component alone does. The exact mean of the component is 0 then, at any temperature and on any finite lattice.
    """
    found = symmetries(interactions, numbers, components)
    return [None in found or component in found for component in range(components)]


def symmetries(interactions: Interactions, numbers: Mapping[str, float], components: int) -> list[Symmetry]:
    """The changes of sign under which it is proved that all terms stay the same; arguments as above.

    None stands for that of whole spins. With it those of single components are not looked for.
    """
    if not interactions.spin.signed:
        return []
    known = {**numbers, **interactions.numbers}
    if _symmetry(interactions, known, None):
        return [None]
    return [c for c in range(components) if components > 1 and _symmetry(interactions, known, c)]


def _symmetry(interactions: Interactions, known: Mapping[str, float], component: Symmetry) -> bool:
    """Of every term, under a change of sign of one component, or of the whole spin."""
    return all(
        unchanged(term.tree, spin_changes(interactions.spin, len(term.corners), component), known)
        or (component is None and even(interactions, term, known))
        for term in _one_of_each(interactions)
    )


def _one_of_each(interactions: Interactions) -> Iterator[Interaction]:
    """Terms of one kind and formula are the same function, but for the numbers that they read."""
    seen: set[tuple[Path, Path]] = set()
    for term in interactions.terms:
        if (term.path, term.kind) not in seen:
            seen.add((term.path, term.kind))
            yield term


def spin_changes(spin: Spin, corners: int, component: Symmetry) -> Changes:
    """The image of the spins of a number of corners."""
    found: dict[str, Node] = {}
    for corner in range(corners):
        if isinstance(spin, Angle):
            name = spin_name(corner)
            found[name.name] = (
                Binary("+", name, Number(np.pi))
                if component is None
                else Binary("-", Number(np.pi), name)
                if component == 0
                else Negative(name)
            )
        else:
            for c in range(spin.components) if component is None else (component,):
                found[spin_name(corner, c).name] = Negative(spin_name(corner, c))
    return found
