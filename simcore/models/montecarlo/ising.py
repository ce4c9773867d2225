"""The Ising model on a square lattice, by the Metropolis algorithm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from simcore.config import parameter
from simcore.errors import Refusal
from simcore.models.contract import Derived, Model, Observable, Parameters, Periodic, Phase, StateArray
from simcore.models.montecarlo.colouring import colour_classes
from simcore.models.montecarlo.lattice import SquareLattice
from simcore.models.montecarlo.moments import binder, specific_heat, susceptibility
from simcore.models.montecarlo.start import Start, start_spins

ATTEMPTS = 63 / 64
"""The share of the sites that attempt a flip in a sweep.

If all did, a sweep in a fixed order would not be ergodic. At h = 0 it flips for certain every spin whose neighbours
cancel: on a ring of four, ++-- and --++ follow each other for ever and are never reached from another state (there are
such states wherever both sides are multiples of 4), and at J = h = 0 a sweep only turns all spins over. With a pause,
one sweep leads from any state to any other with positive probability, whatever the lattice and the parameters. The
acceptance ratios, and so detailed balance, stay those of Metropolis; the price is 1.6 % of the sweeps.
"""


def metropolis(s, i, j, acceptance, random):
    """The new spin of a site: flipped with probability acceptance[spin up or down, 4 + sum of the neighbours].

    Looks one site far. See `acceptance_table`.
    """
    spin = s[i, j]
    neighbours = s[i - 1, j] + s[i + 1, j] + s[i, j - 1] + s[i, j + 1]
    return -spin if random[0] < acceptance[(spin + 1) >> 1, neighbours + 4] else spin


def energy(s, i, j, J, h, self_bonds):
    """The bonds to the next site along x and along y, and the field: a site's own share of H."""
    return -J * (s[i, j] * (s[i + 1, j] + s[i, j + 1]) - self_bonds) - h * s[i, j]


def magnetization(s, i, j):
    """The spin of a site."""
    return s[i, j]


def abs_magnetization(magnetization):
    """|m| of each sample."""
    return np.abs(magnetization)


def acceptance_table(temperature: float, J: float, h: float, self_bonds: int) -> np.ndarray:
    """ATTEMPTS * min(1, exp(-dE/T)), dE = 2 s (J n + h), for spin s and neighbours' sum n; float64 of shape (2, 9).

    N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953). Row 0 is s = -1, row 1 is s = +1; column 4 + n. An axis of one
    site adds 2 s to the sum that a kernel sees and nothing to the energy: n is the sum less that.
    """
    spin = np.array([[-1.0], [1.0]])
    neighbours = np.arange(-4, 5) - 2.0 * spin * self_bonds
    cost = 2.0 * spin * (J * neighbours + h)
    with np.errstate(over="ignore", under="ignore"):  # a hopeless flip: exp(-inf) = 0
        return ATTEMPTS * np.exp(-np.maximum(cost, 0.0) / temperature)


LARGEST = 1e100  # so that no energy, nor its square, overflows


class IsingParameters(Parameters):
    temperature: float = parameter(unit="energy", doc="temperature, k_B = 1", above=0.0)
    J: float = parameter(1.0, unit="energy", doc="coupling of neighbours; ferromagnetic where positive")
    h: float = parameter(0.0, unit="energy", doc="external field")


class Ising(Model):
    """H = -J sum over bonds of s s' - h sum of s, spins -1 and 1, on a periodic square lattice of any size."""

    clock: ClassVar[Literal["sweep", "time"]] = "sweep"
    reference: ClassVar[str] = (
        "N. Metropolis et al., J. Chem. Phys. 21, 1087 (1953); L. Onsager, Phys. Rev. 65, 117 (1944)"
    )
    example: ClassVar[str] = """
name: ising-2d
model:
  type: ising
  lattice: {type: square, shape: [64, 64]}      # or size: 64
  parameters: {temperature: 2.269185, J: 1.0, h: 0.0}
run: {seed: 1, thermalization: 1000, sweeps: 10000, measure_every: 10}
"""

    lattice: SquareLattice
    parameters: IsingParameters
    algorithm: Literal["metropolis"] = "metropolis"
    initial: Start = "ordered"

    def state(self) -> Sequence[StateArray]:
        """The spins, int8, with one ghost cell around them."""
        start = start_spins(self.initial, self.lattice.shape)
        periodic = ((Periodic(), Periodic()),) * 2
        return [StateArray("s", self.lattice.shape, "int8", start, periodic, halo=1, doc="spin")]

    def constants(self) -> Mapping[str, Any]:
        """The acceptance of each kind of flip."""
        p, self_bonds = self.parameters, self.lattice.self_bonds
        table = acceptance_table(p.temperature, p.J, p.h, self_bonds)
        return {"acceptance": table, "self_bonds": float(self_bonds)}

    def phases(self) -> Sequence[Phase]:
        """One colour after the other: sites of one colour have no bond among them."""
        return [Phase(metropolis, "s", sites, draws=1) for sites in colour_classes(self.lattice.shape)]

    def observables(self) -> Sequence[Observable]:
        """Energy and magnetisation per site."""
        return [
            Observable("energy", energy, unit="energy", doc="energy per site"),
            Observable("magnetization", magnetization, doc="mean spin"),
            Observable("abs_magnetization", abs_magnetization, of=("magnetization",), doc="|mean spin|"),
        ]

    def derived(self) -> Sequence[Derived]:
        """What fluctuations give."""
        scale: dict[str, Any] = {"sites": self.lattice.sites, "temperature": self.parameters.temperature}
        e, m, abs_m = "energy", "magnetization", "abs_magnetization"
        return [
            Derived("specific_heat", partial(specific_heat, **scale), ((e, 1), (e, 2)), "k_B", "Var(E)/(N T^2)"),
            Derived(
                "susceptibility",
                partial(susceptibility, **scale),
                ((abs_m, 1), (m, 2)),
                "1/energy",
                "N (<m^2> - <|m|>^2)/T",
            ),
            Derived("binder", binder, ((m, 2), (m, 4)), "1", "1 - <m^4>/(3 <m^2>^2)"),
        ]

    def check(self, dt: float | None) -> None:
        """Refuse energies too large to be squared."""
        for name in ("J", "h"):
            if abs(getattr(self.parameters, name)) > LARGEST:
                raise Refusal(f"model.parameters.{name}", f"must lie between {-LARGEST:g} and {LARGEST:g}")
