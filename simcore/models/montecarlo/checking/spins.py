"""All checks of a model of spins."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simcore.expressions.tree import Name, Node, Shifted, rewrite, walk
from simcore.models.check import Check
from simcore.models.montecarlo.checking.balance import balance_checks
from simcore.models.montecarlo.checking.energychange import KEY, energy_checks, random_states, size, stored
from simcore.models.montecarlo.checking.moves import Moves
from simcore.models.montecarlo.checking.sampling import sampling_checks
from simcore.models.montecarlo.checking.smaller import small
from simcore.models.montecarlo.language import Sample
from simcore.models.montecarlo.spinmodel import SpinModel
from simcore.program.plain import Entangled

STATES = 4


def spin_checks(model: SpinModel) -> Iterator[Check]:
    """What can be found out about the Hamiltonian and the algorithm, line by line."""
    yield from _directions(model)
    yield from energy_checks(model)
    try:
        yield from _conflicts(small(model))
        yield from _sampled(model)
    except Entangled as error:
        yield Check("detailed balance, stationarity, ergodicity", f"not checked: {error}")


def _sampled(model: SpinModel) -> Iterator[Check]:
    """Exactly where the states of a tiny lattice can be listed."""
    if model.system.spin.discrete:
        try:
            found = list(balance_checks(model))
        except Entangled as error:
            yield Check("states one by one", f"not checked: {error}")
        else:
            yield from found
            return
    yield from sampling_checks(model)


def _directions(model: SpinModel) -> Iterator[Check]:
    """A remark for each formula of a bond that tells its two ends apart."""
    interactions, seen = model.system.interactions, set()
    for term in interactions.terms:
        if len(term.corners) == 2 and term.path not in seen:
            seen.add(term.path)
            tree: Node = rewrite([term.tree], _as_name)[0]
            names = {node.name for node in walk(tree) if isinstance(node, Name)}
            if not Sample(model.system.spin, 2, names).swapped(tree):
                what = f"{'.'.join(term.path)}: a and b exchanged"
                yield Check(what, "another energy: the directions of the bonds count")


def _as_name(node: Node) -> Node:
    return Name(node.name) if isinstance(node, Shifted) else node


def _conflicts(model: SpinModel) -> Iterator[Check]:
    moves = Moves(model)
    random = iter(np.random.Generator(np.random.Philox(KEY)).random, None)
    found: set = set()
    for state in random_states(model, STATES):
        found |= moves.conflicts(stored(model, moves.plain, state), random)
    what = f"sites that read what another one writes meanwhile, {size(model)}"
    yield Check(what, f"{len(found)}", "none", not found)
