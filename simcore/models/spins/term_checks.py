"""What can be wrong with the values of the terms of an energy: they are not finite, or lack a symmetry."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from simcore.formulas.evaluate import evaluate
from simcore.formulas.monomials import ROUNDING
from simcore.formulas.tree import Binary, Name, Negative, Node, Number, Shifted, rewrite, walk
from simcore.models.spins.formula_syntax import LETTERS, Sample, spin_name
from simcore.models.spins.interactions import Interaction, Interactions, Path
from simcore.models.spins.proofs import unchanged
from simcore.models.spins.spin import Angle, States

MOST_STATES_LISTED = 4096
PROVED = "and that it does not could not be proved"


def faults(interactions: Interactions, numbers: Mapping[str, float]) -> list[tuple[Path, str]]:
    """(path below `model`, message) of each formula that is wrong at these values of the parameters.

    Each term is a finite number, and is proved to have the symmetries that the spin and the boundary need.
    """
    found: dict[Path, str] = {}
    seen: set[tuple[Path, Path]] = set()
    for term in interactions.terms:
        path = ("hamiltonian", *term.path)
        if (term.path, term.kind) not in seen and not found.get(path):
            seen.add((term.path, term.kind))
            tree = rewrite([term.tree], _array_as_name)[0]
            sample = _sample(interactions, numbers, tree, len(term.corners))
            found[path] = _not_finite(interactions, term, tree, sample) or _asymmetry(interactions, term, numbers)
    return [(path, fault) for path, fault in found.items() if fault]


def _sample(interactions: Interactions, numbers: Mapping[str, float], tree: Node, corners: int) -> Sample:
    names = {node.name for node in walk(tree) if isinstance(node, Name)}
    sample = Sample(interactions.spin, corners, names)
    known = {**numbers, **interactions.numbers}
    sample.values.update({name: np.asarray(known[name]) for name in names & known.keys()})
    return sample


def _not_finite(interactions: Interactions, term: Interaction, tree: Node, sample: Sample) -> str:
    spin, corners = interactions.spin, len(term.corners)
    values = sample.evaluate(tree)
    if isinstance(spin, States) and spin.count**corners <= MOST_STATES_LISTED:
        listed = np.array(list(product(spin.states, repeat=corners)))
        spins = {spin_name(n).name: listed[:, n] for n in range(corners)}
        single = {name: value if value.ndim == 0 else value[0] for name, value in sample.values.items()}
        values = np.broadcast_to(evaluate(tree, {**single, **spins}), len(listed))
        for state, value in zip(listed, values, strict=True):
            if not np.isfinite(value):
                shown = ", ".join(f"{letter} = {s:g}" for letter, s in zip(LETTERS, state, strict=False))
                return f"is {value} at {shown}; the energy must be finite"
    if not np.isfinite(values).all():
        return f"is {values[~np.isfinite(values)][0]} for some spins; the energy must be finite"
    return ""


def _asymmetry(interactions: Interactions, term: Interaction, numbers: Mapping[str, float]) -> str:
    spin, wraps = interactions.spin, interactions.geometry.wrap
    known = {**numbers, **interactions.numbers}
    corners = range(len(term.corners))
    if isinstance(spin, Angle):
        for corner in corners:
            if not unchanged(term.tree, {spin_name(corner).name: _turned(corner, 2.0 * np.pi)}, known):
                return f"must not change when the angle {LETTERS[corner]} grows by 2*pi, {PROVED}"
    if "antiperiodic" in wraps and len(corners) > 1:
        names = [spin_name(corner, c) for corner in corners for c in range(spin.components)]
        negative: dict[str, Node] = {name.name: Negative(name) for name in names}
        if isinstance(spin, Angle):
            negative = {spin_name(corner).name: _turned(corner, np.pi) for corner in corners}
        if not unchanged(term.tree, negative, known) and not even(interactions, term, known):
            return f"must not change when all its spins change sign, since an axis is antiperiodic, {PROVED}"
    return ""


def _turned(corner: int, angle: float) -> Node:
    return Binary("+", spin_name(corner), Number(angle))


def even(interactions: Interactions, term: Interaction, known: Mapping[str, float]) -> bool:
    """Whether all states have the energy of their negatives: those of a term that names nothing but numbers."""
    spin, corners = interactions.spin, len(term.corners)
    if not isinstance(spin, States) or spin.count**corners > MOST_STATES_LISTED:
        return False
    listed = np.array(list(product(spin.states, repeat=corners)))
    own = {spin_name(n).name: listed[:, n] for n in range(corners)}
    for node in walk(term.tree):
        if isinstance(node, Shifted) or (isinstance(node, Name) and node.name not in {**known, **own}):
            return False
    before, after = (
        np.broadcast_to(evaluate(term.tree, {**known, **{name: sign * at for name, at in own.items()}}), len(listed))
        for sign in (1.0, -1.0)
    )
    return bool((np.abs(before - after) <= ROUNDING * np.maximum(np.abs(before), np.abs(after))).all())


def _array_as_name(node: Node) -> Node:
    return Name(f"{node.name}{node.offsets}") if isinstance(node, Shifted) else node
