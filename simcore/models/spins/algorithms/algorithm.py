"""What an algorithm is: how a sweep changes the spins.

A new algorithm is one file with a subclass of `Algorithm`, entered in `algorithms.ALGORITHMS`. It is made with a
`SpinSystem` and the options of the section `algorithm`, and answers: does it apply (`refuse`), what are the phases of a
sweep (`phases`), which numbers decide on its moves (`audits`), and, where it has any, which arrays, constants, tuned
numbers and observables are its own.

The usual phases go through the basis sites one after the other, each in as many colours as its own interactions
need; `sweep` makes them from one function for each basis site. Write that function with `KernelWriter`:

    function = SiteFunction("heat_bath", system, "what it does")
    local = system.local(site)                       # sites and terms that contain the spin
    (text,) = function.work_out([system.energy(local, [Name(own)])])
    ...
    return function.returns(new, "1")                # the new value of each component, and a whole number to tally

An attempt is made with the probability `ATTEMPTS`, unless the algorithm is ergodic without a pause: then it says why.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from simcore.errors import InvalidValueError
from simcore.models.spins import thermodynamics
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.connectivity import Remark
from simcore.models.spins.geometry import Offset
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import Function, StateArray
from simcore.spec.observables import ArrayObservable, Observable, ResultGroup
from simcore.spec.phases import AnyPhase, Phase, Refilled, Tuned

ATTEMPTS = 63 / 64
"""The share of the sites that attempt a move in a sweep.

If all did, a sweep in a fixed order would not be ergodic. In the Ising model at h = 0 it flips for certain every spin
whose neighbours cancel: on a ring of four, ++-- and --++ follow each other for ever and are never reached from another
state (there are such states wherever both sides are multiples of 4), and at J = h = 0 a sweep only turns all spins
over. With a pause, one sweep leads from any state to any other with positive probability, whatever the lattice and the
parameters. The acceptance ratios, and so detailed balance, stay those of the algorithm; the price is 1.6 % of the
sweeps.
"""

PATH = "model.algorithm"


@dataclass(frozen=True)
class Options:
    """What the section `algorithm` says: the first width of a proposal, and the acceptance that it is tuned to.

    clusters: how many are turned in a sweep, or "auto". sweeps: how many of over-relaxation make one of the whole.
    measure: whether clusters are measured. time: that a sweep of the n-fold way takes. alone: whether no other
    algorithm of a list changes the spins. learning: sweeps after which the weights of a walk in energy stay; 0: never.
    packed: whether spins may be packed into words.
    """

    width: float = 1.0
    acceptance: float = 0.5
    clusters: int | str = 1
    sweeps: int = 1
    time: float = 1.0
    alone: bool = True
    measure: bool = False
    learning: int = 0
    packed: bool = True


@dataclass(frozen=True)
class Algorithm(ABC):
    """One algorithm for one system.

    takes: the keys of the section `algorithm`, beside `type`, that mean something to it. canonical: whether it samples
    Boltzmann's distribution. of_values: whether its phases depend on the values of the parameters. packs: whether it
    has a `rule` for spins of two states that are packed into words.
    """

    takes: ClassVar[tuple[str, ...]] = ("over_relaxation",)
    canonical: ClassVar[bool] = True
    of_values: ClassVar[bool] = False
    packs: ClassVar[bool] = False

    system: SpinSystem
    options: Options

    @property
    def conserves(self) -> bool:
        """Whether the spins of the start are only ever exchanged."""
        return False

    @property
    def unreached(self) -> str:
        """Why it does not lead from every state to every other one, and what to write; empty if it does."""
        return ""

    def refuse(self) -> None:  # noqa: B027  (most apply to everything)
        """Raise InvalidValueError("model.algorithm", reason) if it does not apply; see `refusal`."""

    @abstractmethod
    def phases(self) -> Sequence[AnyPhase]:
        """One sweep."""

    def state(self) -> Sequence[StateArray]:
        """Arrays of its own, beside the spins."""
        return ()

    def constants(self) -> Mapping[str, Any]:
        """Numbers and tables that its functions name, from the values of the parameters (`system.numbers`)."""
        return {}

    def refilled(self) -> Sequence[Refilled]:
        """Tables that are filled anew in each step, since a parameter changes."""
        return ()

    def tables_at(self, values: Mapping[str, float]) -> Mapping[str, np.ndarray]:
        """What is in these tables at values of all parameters."""
        return {}

    def tuned(self) -> Sequence[Tuned]:
        """Numbers that the thermalisation adjusts."""
        return ()

    def observables(self) -> Sequence[Observable]:
        """What it measures of itself, such as `acceptance`."""
        return ()

    def result_groups(self, states: Sequence[Mapping[str, np.ndarray]]) -> Mapping[str, ResultGroup]:
        """Groups of the result, from the arrays of each replica at the end."""
        return {}

    def array_observable(self, name: str, text: str) -> ArrayObservable | None:
        """An array that it measures of itself if a formula asks for one. Raises InvalidValueError."""
        return None

    def energy(self) -> Observable:
        """The energy per site, as it is measured."""
        return thermodynamics.energy(self.system)

    def magnetization(self) -> Sequence[Observable]:
        """The mean spin and its length."""
        return thermodynamics.magnetization(self.system)

    def remarks(self) -> Sequence[Remark]:
        """What `simcore plan` says of it."""
        return ()

    def rule(self) -> np.ndarray | None:
        """How it changes spins that are packed into words, see `packed/rule.py`; None if it cannot."""
        return None

    def audits(self) -> Sequence[Audit]:
        """What it decides by, for a comparison with the energy at the beginning and the end of a run."""
        return ()

    def refusal(self, reason: str) -> InvalidValueError:
        """The error that says why it does not apply."""
        return InvalidValueError(PATH, reason)


def sweep(
    system: SpinSystem,
    site: int,
    function: Function,
    draws: int,
    tally: str | None = None,
    reads: Mapping[str, tuple[str, Offset]] | None = None,
) -> list[Phase]:
    """The phases in which a function of one cell updates the spin at the site `site` of every cell, colour by colour.

    It returns the new components of the spin, and one whole number more if there is a tally. reads: those of a
    `KernelWriter` that gathers.
    """
    names = system.arrays.of_site(site)
    writes = names[0] if len(names) == 1 else names
    return [
        Phase(function, writes, sites, draws, own_cell=sites is None, tally=tally, reads=reads or {})
        for sites in system.classes(site)
    ]


@dataclass(frozen=True)
class Quotient:
    """Each sample divided by a number: the function of an observable that is a share."""

    whole: float

    def __call__(self, part: Any) -> Any:
        return part / self.whole
