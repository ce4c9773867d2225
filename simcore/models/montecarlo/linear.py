"""Energies that are linear in a spin: E(a) = C + sum over components of A_c a_c, the local field A free of the spin.

The components of an angle are its cosine and its sine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.expressions.derivative import derivative
from simcore.expressions.simplify import mentions, simplify
from simcore.expressions.tree import Binary, Call, Name, Negative, Node, Number, Shifted, rewrite, substitute, walk
from simcore.models.montecarlo.language import Sample, close, spin_name
from simcore.models.montecarlo.localenergy import LocalEnergy, Term
from simcore.models.montecarlo.spin import Angle, Spin

COSINE, SINE = "cos(a)", "sin(a)"


def field_components(spin: Spin) -> int:
    """How many components the local field has."""
    return 2 if isinstance(spin, Angle) else spin.components


def term_fields(local: LocalEnergy, spin: Spin) -> list[tuple[Term, tuple[Node, ...]]] | None:
    """For each term the field A_c that it exerts, in the form of its `tree`; None where one is not linear."""
    found: list[tuple[Term, tuple[Node, ...]]] = []
    for term in local.terms:
        field = term_field(term, spin)
        if field is None:
            return None
        found.append((term, field))
    return found


def term_field(term: Term, spin: Spin) -> tuple[Node, ...] | None:
    """A_c of one term: the derivatives by the components of the spin; None where they depend on it."""
    own = [spin_name(0, c).name for c in range(spin.components)]
    tree, variables = term.tree, own
    if isinstance(spin, Angle):
        tree, variables = _in_cosine_and_sine(tree, own[0]), [COSINE, SINE]
        if mentions(tree, own):
            return None
    try:
        slopes = [derivative(tree, name) for name in variables]
    except ValueError:
        return None
    forbidden = {*own, *variables}
    fixed = tuple(_without(slope, forbidden) for slope in slopes)
    if all(_same(a, b, spin, term) for a, b in zip(slopes, fixed, strict=True)):
        return fixed
    return None


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


def _without(tree: Node, names: set[str]) -> Node:
    """With 0 for the names."""
    return simplify(substitute(tree, {name: Number(0.0) for name in names})) if mentions(tree, names) else tree


def _same(slope: Node, fixed: Node, spin: Spin, term: Term) -> bool:
    """Whether two formulas agree at random points, whatever the own spin is."""
    if slope == fixed:
        return True
    trees = [rewrite([tree], lambda n: Name(n.name) if isinstance(n, Shifted) else n)[0] for tree in (slope, fixed)]
    names = {node.name for tree in trees for node in walk(tree) if isinstance(node, Name)}
    sample = Sample(spin, 1 + max(term.numbers), names | {COSINE, SINE})
    first, second = map(sample.evaluate, trees)
    return bool(np.isfinite(first).all()) and close(first, second)


def projection(field: Sequence[Node], spin: Sequence[Node]) -> Node:
    """sum over components of A_c a_c."""
    total: Node = Number(0.0)
    for a, b in zip(field, spin, strict=True):
        total = Binary("+", total, Binary("*", a, b))
    return simplify(total)
