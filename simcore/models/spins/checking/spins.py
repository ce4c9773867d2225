"""All checks of a model of spins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from simcore.compiler.reference import NotEnumerable
from simcore.formulas.tree import Name, Node, Shifted, rewrite, walk
from simcore.models.spins.algorithms.n_fold import NFold
from simcore.models.spins.checking.balance import balance_checks
from simcore.models.spins.checking.energy_change import KEY, energy_checks, random_states, size, stored
from simcore.models.spins.checking.moves import Moves
from simcore.models.spins.checking.sampling import sampling_checks
from simcore.models.spins.checking.smaller import small
from simcore.models.spins.formula_syntax import Sample
from simcore.models.spins.interactions import Interaction, Interactions
from simcore.spec.check import Check

if TYPE_CHECKING:
    from simcore.models.spins.spin_model import SpinModel

STATES = 4


def spin_checks(model: SpinModel) -> Iterator[Check]:
    """What can be found out about the Hamiltonian and the algorithm, line by line."""
    yield from _directions(model)
    yield from energy_checks(model)
    try:
        if not isinstance(model.sweeper, NFold):  # whose events come one after the other
            yield from _conflicts(small(model))
        yield from _sampled(model)
    except NotEnumerable as error:
        yield Check("detailed balance, stationarity, ergodicity", f"not checked: {error}")


def _sampled(model: SpinModel) -> Iterator[Check]:
    """Exactly where the states of a tiny lattice can be listed."""
    if model.system.spin.discrete:
        try:
            found = list(balance_checks(model))
        except NotEnumerable as error:
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
            tree, turned = _with_fields_named(interactions, term)
            names = {node.name for one in (tree, turned) for node in walk(one) if isinstance(node, Name)}
            if not Sample(model.system.spin, 2, names).swapped(tree, turned):
                what = f"{'.'.join(term.path)}: a and b exchanged"
                yield Check(what, "another energy: the directions of the bonds count")


def _with_fields_named(interactions: Interactions, term: Interaction) -> tuple[Node, Node]:
    """The formula of a bond with arrays as names, and the same with the fields of its two ends exchanged."""
    places = {
        (interactions.field_array(name, site), offset): (name, corner)
        for name in interactions.hamiltonian.fields
        for corner, (site, offset) in enumerate(term.corners)
    }

    def named(node: Node, ends: tuple[int, int]) -> Node:
        if not isinstance(node, Shifted):
            return node
        name, corner = places.get((node.name, node.offsets), (node.name, None))
        return Name(name if corner is None else f"{name} {ends[corner]}")

    one_way, back = (rewrite([term.tree], partial(named, ends=ends))[0] for ends in ((0, 1), (1, 0)))
    return one_way, back


def _conflicts(model: SpinModel) -> Iterator[Check]:
    moves = Moves(model)
    random = iter(np.random.Generator(np.random.Philox(KEY)).random, None)
    found: set = set()
    for state in random_states(model, STATES):
        found |= moves.conflicts(stored(model, moves.plain, state), random)
    what = f"sites that read what another one writes meanwhile, {size(model)}"
    yield Check(what, f"{len(found)}", "none", not found)
