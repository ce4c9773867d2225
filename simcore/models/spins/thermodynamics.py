"""Energy and magnetisation of spins, and what their fluctuations give (k_B = 1; per site)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from simcore.formulas.tree import Binary, Call, Name, Node, Number
from simcore.models.spins.in_steps import cell_names
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.local_energy import total
from simcore.models.spins.moments import binder, specific_heat, susceptibility
from simcore.models.spins.spin import Angle
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import Function
from simcore.spec.observables import Derived, Observable

COMPONENTS = ("x", "y", "z")
VALUE = "value of the parameter at this step"


def energy(system: SpinSystem) -> Observable:
    """All terms of the Hamiltonian over the number of sites."""
    trees: list[Node] = []
    for site in range(system.geometry.basis):
        local = system.local(site)
        own = [system.value(site, c) for c in range(system.spin.components)]
        trees.append(system.energy(local, own, [term for term in local.terms if term.counted]))
    function = site_mean("energy", system, trees, "The terms of the energy that a cell counts, over its sites.")
    return Observable("energy", function, unit="energy", doc="energy per site")


def site_mean(name: str, system: SpinSystem, trees: Sequence[Node], doc: str) -> Function:
    """A function of one cell: the mean over its sites of readable formulas, one for each."""
    function = KernelWriter(name, system, doc)
    mean: Node = total(trees)
    if len(trees) > 1:
        mean = Binary("*", Number(1.0 / len(trees)), mean)
    return function.returns(*function.work_out([mean]))


def spin_components(system: SpinSystem, site: int) -> list[Node]:
    """The components of the magnetisation of a site, readable; those of an angle are its cosine and its sine."""
    values = [system.value(site, c) for c in range(system.spin.components)]
    return [Call("cos", (values[0],)), Call("sin", (values[0],))] if isinstance(system.spin, Angle) else values


def magnetization(system: SpinSystem) -> list[Observable]:
    """The mean spin, its components where it is a vector, and its absolute value."""
    sites = [spin_components(system, site) for site in range(system.geometry.basis)]
    count = len(sites[0])
    names = magnetization_names(system)
    found = [
        Observable(name, site_mean(name, system, [site[c] for site in sites], "The mean spin of a cell."), doc=doc)
        for c, name in enumerate(names)
        for doc in ("mean spin" if count == 1 else f"mean spin, component {c}",)
    ]
    return [*found, Observable("abs_magnetization", length, of=tuple(names), doc="|mean spin|")]


def magnetization_names(system: SpinSystem) -> list[str]:
    """Of all components."""
    count = len(spin_components(system, 0))
    return [magnetization_name(count, component) for component in range(count)]


def magnetization_name(components: int, component: int) -> str:
    """`magnetization`, or `magnetization_x` and so on; `magnetization_c0` where there are more than three."""
    if components == 1:
        return "magnetization"
    return f"magnetization_{COMPONENTS[component] if components <= 3 else f'c{component}'}"


def scheduled(system: SpinSystem) -> list[Observable]:
    """The values of the parameters that change, at the step of each sample."""
    cell = cell_names(system.geometry.dimensions)
    return [
        Observable(name, site_mean(f"value_of_{name}", system, [Name(name)], VALUE), doc=VALUE, cell=cell)
        for name in sorted(system.scheduled)
    ]


def length(*components: Any) -> Any:
    """|m| of each sample."""
    return np.abs(components[0]) if len(components) == 1 else np.sqrt(sum(m**2 for m in components))


def derived(system: SpinSystem) -> list[Derived]:
    """What fluctuations give; nothing where a parameter changes, so that no state is one of equilibrium."""
    if system.scheduled:
        return []
    scale: dict[str, Any] = {"sites": system.geometry.sites, "temperature": system.parameters["temperature"]}
    heat: Callable[..., Any] = partial(specific_heat, **scale)
    chi: Callable[..., Any] = partial(susceptibility, **scale)
    e, m = "energy", "abs_magnetization"
    return [
        Derived("specific_heat", heat, ((e, 1), (e, 2)), "k_B", "Var(E)/(N T^2)"),
        Derived("susceptibility", chi, ((m, 1), (m, 2)), "1/energy", "N (<m^2> - <|m|>^2)/T"),
        Derived("binder", binder, ((m, 2), (m, 4)), "1", "1 - <m^4>/(3 <m^2>^2)"),
    ]
