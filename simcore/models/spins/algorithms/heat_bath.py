"""The heat bath: a spin is drawn anew from its distribution among its neighbours, whatever it was before.

M. Creutz, L. Jacobs, C. Rebbi, Phys. Rev. Lett. 42, 1390 (1979); for vectors see `vonmises.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from simcore.formulas import cell_functions
from simcore.formulas.tree import Binary, Name, Number
from simcore.formulas.vector_functions import vector_exp
from simcore.models.spins.algorithms.algorithm import sweep
from simcore.models.spins.algorithms.audit import Audit
from simcore.models.spins.algorithms.cost_audit import change_audit, field_audit, spin_arguments
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.algorithms.gaussian import fluctuating, not_gaussian, parabola
from simcore.models.spins.algorithms.local_field import nonlinear_term, preferred
from simcore.models.spins.algorithms.tabled import Tabled
from simcore.models.spins.algorithms.vonmises import aligned
from simcore.models.spins.energy_table import EnergyTable
from simcore.models.spins.kernel_writer import KernelWriter
from simcore.models.spins.packed.rule import draw_rule
from simcore.models.spins.spin import Angle, Real, States, Vector
from simcore.models.spins.system import SpinSystem
from simcore.spec.arrays import CellFunction
from simcore.spec.phases import Phase

DOC = "The new spin of a site."

BEYOND = 710.0
"""`vector_exp` of this is infinite, and of its negative 0: an infinite cost comes to the same."""


class HeatBath(Tabled):
    """Discrete states; angles and vectors whose energy is linear in each; real numbers whose energy is quadratic.

    Every state has a positive probability, whatever the neighbours: a sweep leads from any state to any other without
    the pause of `ATTEMPTS`.
    """

    takes: ClassVar[tuple[str, ...]] = ("over_relaxation", "packed")
    packs: ClassVar[bool] = True
    table_prefix: ClassVar[str] = "heat_bath_table"

    def refuse(self) -> None:
        if self.system.spin.discrete:
            return
        if isinstance(self.system.spin, Real):
            if reason := not_gaussian(self.system):
                raise self.refusal(f"heat_bath needs an energy quadratic in each real spin: {reason}; use metropolis")
        elif term := nonlinear_term(self.system):
            raise self.refusal(
                f"heat_bath needs an energy linear in each spin, and model.hamiltonian.{term} is not; use metropolis"
            )

    def phases(self) -> Sequence[Phase]:
        phases: list[Phase] = []
        for site in range(self.system.geometry.basis):
            function = KernelWriter("heat_bath", self.system, DOC, gather=self.gathers(site))
            discrete = self.system.spin.discrete
            written, draws = self._discrete(site, function) if discrete else self._continuous(site, function)
            phases += sweep(self.system, site, written, draws, reads=function.reads)
        return phases

    def columns(self, count: int) -> int:
        return count - 1

    def chances(
        self, table: EnergyTable, temperature: float, changing: Mapping[str, float] | None = None
    ) -> np.ndarray:
        """For each code the probabilities of the states up to each but the last, added up, in C order."""
        energies = table.energies(changing)
        with np.errstate(over="ignore", under="ignore"):
            weights = np.exp(-(energies - energies.min(axis=1, keepdims=True)) / temperature)
        sums = np.cumsum(weights, axis=1)
        cumulative: np.ndarray = (sums[:, :-1] / sums[:, -1:]).ravel()
        return cumulative

    def fill(self, name: str, count: int) -> list[str]:
        return [
            "_least = _energy.min()",
            "_total = 0.0",
            f"for _state in range({count}):",
            "    _energy[_state] = np.exp(-(_energy[_state] - _least) / temperature)",
            "    _total += _energy[_state]",
            "_passed = 0.0",
            f"for _state in range({count - 1}):",
            "    _passed += _energy[_state]",
            f"    {name}[_entry] = _passed / _total",
            "    _entry += 1",
        ]

    def rule(self) -> np.ndarray:
        return draw_rule(self.chances(self.tables[0], self.system.parameters["temperature"]))

    def audits(self) -> Sequence[Audit]:
        return [self._audit(site) for site in range(self.system.geometry.basis)]

    def _audit(self, site: int) -> Audit:
        local = self.system.local(site)
        if site in self.tables:
            function = KernelWriter("shares", self.system, "The probabilities of the states, added up.")
            limits = _limits(function, self.tables[site], self.table_name(site))
            return Audit(site, "shares", (function.returns(*limits), {}))
        if isinstance(self.system.spin, States) and self.system.spin.count == 2:
            return change_audit(self.system, local)
        if isinstance(self.system.spin, Angle | Vector):
            return field_audit(self.system, local)
        function = KernelWriter("cost", self.system, "What it costs to change a spin.")
        names, new, old = spin_arguments(function)
        if isinstance(self.system.spin, Real):
            cost = parabola(self.system, site, new[0], old[0])
        else:
            cost = Binary("-", self.system.energy(local, new), self.system.energy(local, old))
        (text,) = function.work_out([cost])
        return Audit(site, "cost", (function.returns(text), {}), names)

    def _discrete(self, site: int, function: KernelWriter) -> tuple[CellFunction, int]:
        function.argument("random")
        spin = self.system.spin
        assert isinstance(spin, States)
        if site in self.tables:
            limits = _limits(function, self.tables[site], self.table_name(site))
            return function.returns(" + ".join(f"(1 if random[0] >= {limit} else 0)" for limit in limits)), 1
        if spin.count == 2:
            return _of_two_states(function, self.system, site), 1
        return _of_many_states(function, self.system, site, spin), 1

    def _continuous(self, site: int, function: KernelWriter) -> tuple[CellFunction, int]:
        function.argument("random")
        spin, arrays = self.system.spin, self.system.arrays.of_site(site)
        if isinstance(spin, Real):
            return function.returns(fluctuating(function, site)), 2
        axis, stiffness = preferred(function, site)
        new, draws = aligned(function, spin, axis, stiffness, [function.read(array) for array in arrays])
        return function.returns(*new), draws


def _limits(function: KernelWriter, table: EnergyTable, name: str) -> list[str]:
    columns = table.spin.count - 1
    row = function.let("row", table.code(function) if columns == 1 else f"({table.code(function)}) * {columns}")
    return [f"{function.argument(name)}[{f'{row} + {state}' if state else row}]" for state in range(columns)]


def _of_two_states(function: KernelWriter, system: SpinSystem, site: int) -> CellFunction:
    """The lower state with probability 1/(1 + exp(dE/T)), dE what it costs; infinite exponentials are no harm."""
    upper, lower = ([system.value_of(Number(state))] for state in (1.0, 0.0))
    cost = Binary("/", energy_change(system, system.local(site), lower, upper), Name("temperature"))
    (ratio,) = function.work_out([cost])
    least, most = function.use(cell_functions.minimum), function.use(cell_functions.maximum)
    bounded = f"{most}({least}({ratio}, {BEYOND}), -{BEYOND})"
    return function.returns(f"0 if random[0] < 1.0 / (1.0 + {function.use(vector_exp)}({bounded})) else 1")


def _of_many_states(function: KernelWriter, system: SpinSystem, site: int, spin: States) -> CellFunction:
    """Three passes over the states: the lowest energy, the sum of the weights, and the state if a part is passed.

    The compiler unrolls them if there are few states; then every energy and weight is worked out once.
    """
    least, state = function.use(cell_functions.minimum), function.local("state")

    def energy() -> str:
        (text,) = function.work_out([system.energy(system.local(site), [system.value_of(Name(state))])])
        return text

    def weight() -> str:
        exponent = f"({lowest} - ({energy()})) / {function.argument('temperature')}"
        return f"{function.use(vector_exp)}({function.use(cell_functions.maximum)}({exponent}, -{BEYOND}))"

    lowest = function.let("lowest", "np.inf")
    with function.block(f"for {state} in range({spin.count}):"):
        function.line(f"{lowest} = {least}({lowest}, {energy()})")
    total = function.let("total", "0.0")
    with function.block(f"for {state} in range({spin.count}):"):
        function.line(f"{total} += {weight()}")
    passed, share = function.let("passed", "0.0"), function.let("share", f"random[0] * {total}")
    new = function.let("new", "0")
    with function.block(f"for {state} in range({spin.count - 1}):"):
        function.line(f"{passed} += {weight()}")
        function.line(f"{new} += 1 if {share} >= {passed} else 0")
    return function.returns(new)
