"""What can be wrong with the values of the terms of an energy: they are not finite, or lack a symmetry."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from simcore.expressions.evaluate import evaluate
from simcore.expressions.tree import Name, Node, Shifted, rewrite, walk
from simcore.models.montecarlo.interactions import Interaction, Interactions, Path
from simcore.models.montecarlo.language import LETTERS, Sample, spin_name
from simcore.models.montecarlo.spin import Angle, States

MOST_STATES_LISTED = 4096


def faults(interactions: Interactions, numbers: Mapping[str, float]) -> list[tuple[Path, str]]:
    """(path below `model`, message) of each formula that is wrong at these values of the parameters.

    Each term is a finite number, and has the symmetries that the spin and the boundary need.
    """
    found: dict[Path, str] = {}
    for term in interactions.terms:
        path = ("hamiltonian", *term.path)
        if path not in found:
            tree = rewrite([term.tree], _array_as_name)[0]
            sample = _sample(interactions, numbers, tree, len(term.corners))
            found[path] = _not_finite(interactions, term, tree, sample) or _asymmetry(interactions, term, tree, sample)
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


def _asymmetry(interactions: Interactions, term: Interaction, tree: Node, sample: Sample) -> str:
    spin, wraps = interactions.spin, interactions.geometry.wrap
    if isinstance(spin, Angle):
        for corner in range(len(term.corners)):
            if not sample.agree(tree, lambda n, at, turned=corner: at + 2.0 * np.pi * (n == turned)):
                return f"must not change when the angle {LETTERS[corner]} grows by 2*pi"
    if "antiperiodic" in wraps and len(term.corners) > 1:
        negative = (lambda _, at: at + np.pi) if isinstance(spin, Angle) else (lambda _, at: -at)
        if not sample.agree(tree, negative):
            return "must not change when all its spins change sign, since an axis is antiperiodic"
    return ""


def _array_as_name(node: Node) -> Node:
    return Name(node.name) if isinstance(node, Shifted) else node
