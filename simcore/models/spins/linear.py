"""Energies that are linear in a spin: E(a) = C + sum over components of A_c a_c, the local field A free of the spin.

The components of an angle are its cosine and its sine. That an energy is linear is proved on its formula (`proofs`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from simcore.formulas.derivative import derivative
from simcore.formulas.simplify import mentions, simplify
from simcore.formulas.tree import Binary, Call, Name, Negative, Node, Number, Shifted, rewrite, substitute, walk
from simcore.models.spins.formula_syntax import Sample, spin_name
from simcore.models.spins.local_energy import LocalEnergy, Term
from simcore.models.spins.proofs import at_most, first_harmonic
from simcore.models.spins.spin import Angle, Spin

COSINE, SINE = "cos(a)", "sin(a)"
QUARTER = Number(math.pi / 2.0)


def field_components(spin: Spin) -> int:
    """How many components the local field has."""
    return 2 if isinstance(spin, Angle) else spin.components


def term_fields(local: LocalEnergy, spin: Spin) -> list[tuple[Term, tuple[Node, ...]]] | None:
    """For each term the field A_c that it exerts, in the form of its `tree`.

    None if one is not linear for all values of the parameters.
    """
    if not all(is_linear(term, spin) for term in local.terms):
        return None
    return term_slopes(local, spin)


def term_slopes(local: LocalEnergy, spin: Spin) -> list[tuple[Term, tuple[Node, ...]]]:
    """For each term the field A_c that it exerts if it is linear, whether it is or not."""
    return [(term, slopes(term.tree, spin)) for term in local.terms]


def is_linear(term: Term, spin: Spin, numbers: Mapping[str, float] | None = None) -> bool:
    """Whether a term is proved to be linear, for all values of the parameters or for those in `numbers`."""
    given = numbers or {}
    own = _own(spin)
    angle = isinstance(spin, Angle)
    proved = first_harmonic(term.tree, own[0], given) if angle else at_most(term.tree, own, 1, given)
    return proved and _finite(slopes(term.tree, spin), spin, term, given)


def _own(spin: Spin) -> tuple[str, ...]:
    return tuple(spin_name(0, c).name for c in range(spin.components))


@lru_cache(maxsize=1024)
def slopes(tree: Node, spin: Spin) -> tuple[Node, ...]:
    """The derivatives of a linear formula by the components of the spin."""
    own = _own(spin)
    if not isinstance(spin, Angle):
        return tuple(_at_zero(derivative(tree, name, flat=True), own) for name in own)
    waves = _in_cosine_and_sine(tree, own[0])
    if not mentions(waves, own) and at_most(waves, (COSINE, SINE), 1, {}):
        return tuple(_at_zero(derivative(waves, name, flat=True), (COSINE, SINE)) for name in (COSINE, SINE))
    slope = derivative(tree, own[0], flat=True)  # -A sin(a) + B cos(a)
    return simplify(Negative(substitute(slope, {own[0]: QUARTER}))), _at_zero(slope, own)


def _at_zero(tree: Node, names: Sequence[str]) -> Node:
    return simplify(substitute(tree, {name: Number(0.0) for name in names})) if mentions(tree, names) else tree


def _finite(fields: Sequence[Node], spin: Spin, term: Term, numbers: Mapping[str, float]) -> bool:
    """Whether the field is finite at random neighbours: 0/0 may stand where a proof has divided by the spin."""
    trees = [rewrite([tree], _array_as_name)[0] for tree in fields]
    names = {node.name for tree in trees for node in walk(tree) if isinstance(node, Name)}
    sample = Sample(spin, 1 + max(term.numbers), names)
    sample.values.update({name: np.asarray(numbers[name]) for name in names & numbers.keys()})
    return all(bool(np.isfinite(sample.evaluate(tree)).all()) for tree in trees)


def _array_as_name(node: Node) -> Node:
    return Name(f"{node.name}{node.offsets}") if isinstance(node, Shifted) else node


def _in_cosine_and_sine(tree: Node, own: str) -> Node:
    """cos(+-a + r) and sin(+-a + r), r free of a, in terms of `COSINE` and `SINE`."""

    def change(node: Node) -> Node:
        if not isinstance(node, Call) or node.function not in ("cos", "sin") or not mentions(node, [own]):
            return node
        try:
            slope = derivative(node.arguments[0], own)
        except ValueError:
            return node
        if slope not in (Number(1.0), Number(-1.0)):
            return node
        rest = simplify(substitute(node.arguments[0], {own: Number(0.0)}))
        cosine, sine = simplify(Call("cos", (rest,))), simplify(Call("sin", (rest,)))
        own_sine: Node = Name(SINE) if slope == Number(1.0) else Negative(Name(SINE))
        if node.function == "cos":
            return Binary("-", Binary("*", Name(COSINE), cosine), Binary("*", own_sine, sine))
        return Binary("+", Binary("*", own_sine, cosine), Binary("*", Name(COSINE), sine))

    return rewrite([tree], change)[0]


def projection(field: Sequence[Node], spin: Sequence[Node]) -> Node:
    """sum over components of A_c a_c."""
    total: Node = Number(0.0)
    for a, b in zip(field, spin, strict=True):
        total = Binary("+", total, Binary("*", a, b))
    return simplify(total)
