"""Real spins with the energy C + A a + K a^2/2 and K > 0 the same for all neighbours: the free field and its like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from simcore.formulas.derivative import derivative
from simcore.formulas.evaluate import evaluate
from simcore.formulas.simplify import mentions, simplify
from simcore.formulas.tree import Binary, Node, Number, substitute
from simcore.formulas.vector_functions import vector_normals
from simcore.models.spins.formula_syntax import spin_name
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import LocalEnergy, Term, total
from simcore.models.spins.proofs import free_curvature
from simcore.models.spins.system import SpinSystem

OWN = spin_name(0).name


def not_gaussian(system: SpinSystem) -> str:
    """Why the energy is not of this form at the values of the parameters, "" where it is.

    If K depends on the place, that it is positive is for the run to find: else the spins become infinite or NaN.
    """
    for site in range(system.geometry.basis):
        local = system.local(site)
        spins = [spin_name(number).name for number in range(len(local.sites))]
        for term in local.terms:
            if not free_curvature(term.tree, OWN, spins, system.numbers):
                kind, _ = cast(tuple[tuple[str, ...], int], term.role)
                return f"model.hamiltonian.{'.'.join(kind[: 1 if kind[0] == 'sites' else 2])} is not"
            if mentions(_curvature(term), system.scheduled):
                return "a parameter that changes from step to step is in the term of second order"
        if local.uniform and not (_strength(system, local) > 0.0).all():
            return "it does not grow with the spin, which would run away"
    return ""


def fluctuating(function: KernelWriter, site: int) -> str:
    """Lines for a spin of the mean -A/K and the variance T/K: the text. It takes two draws."""
    force, strength = function.work_out(_force_and_strength(function.system, site))
    force, strength = function.let("force", force), function.let("strength", strength)
    first, second = function.local("normal1"), function.local("normal2")
    function.line(f"{first}, {second} = {function.use(vector_normals)}(random[0], random[1])")
    return f"np.sqrt({function.argument('temperature')} / {strength}) * {first} - {force} / {strength}"


def parabola(system: SpinSystem, site: int, new: Node, old: Node) -> Node:
    """E(new) - E(old) as the mean and the variance have it: (A + K (new + old)/2) (new - old)."""
    force, strength = _force_and_strength(system, site)
    middle = Binary("*", Binary("*", Number(0.5), strength), Binary("+", new, old))
    return Binary("*", Binary("+", force, middle), Binary("-", new, old))


def _force_and_strength(system: SpinSystem, site: int) -> tuple[Node, Node]:
    """A and K, readable."""
    local = system.local(site)
    zero: dict[str, Node] = {OWN: Number(0.0)}
    forces = [(term, simplify(substitute(derivative(term.tree, OWN, flat=True), zero))) for term in local.terms]
    curvatures = [(term, _curvature(term)) for term in local.terms]
    return _summed(system, local, forces), _summed(system, local, curvatures)


def _curvature(term: Term) -> Node:
    """K of one term if it is quadratic."""
    curvature = derivative(derivative(term.tree, OWN, flat=True), OWN, flat=True)
    return simplify(substitute(curvature, {OWN: Number(0.0)})) if mentions(curvature, [OWN]) else curvature


def _strength(system: SpinSystem, local: LocalEnergy) -> np.ndarray:
    """K if all neighbours are there, of an energy that is the same at every cell; no spin matters for it."""
    spins = {spin_name(number).name: 0.0 for number in range(len(local.sites))}
    given = {**system.numbers, **spins}
    parts = (system.times(local, term) * evaluate(_curvature(term), given) for term in local.terms)
    return np.asarray(sum(parts), float)


def _summed(system: SpinSystem, local: LocalEnergy, trees: Sequence[tuple[Term, Node]]) -> Node:
    return total(system.readable(local, tree, term.numbers) for term, tree in trees)
