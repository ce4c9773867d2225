"""An algorithm: single flips of two states with the probabilities of R. J. Glauber, J. Math. Phys. 4, 294 (1963)."""

from simcore.formulas.tree import Name
from simcore.models.spins.algorithms.algorithm import Algorithm, sweep
from simcore.models.spins.algorithms.energy_change import energy_change
from simcore.models.spins.kernel_writer import KernelWriter


class Glauber(Algorithm):
    """A spin flips with the probability 1/(1 + exp(dE/T))."""

    takes = ()

    def refuse(self):
        if not self.system.spin.discrete or self.system.spin.count != 2:
            raise self.refusal("glauber flips spins of two states; use heat_bath")

    def phases(self):
        return [phase for site in range(self.system.geometry.basis) for phase in self._of_site(site)]

    def _of_site(self, site):
        function = KernelWriter("glauber", self.system, "The new spin of a site.")
        random = function.argument("random")
        old = function.let("old", f"np.int64({function.read(self.system.arrays.name(site))})")
        new = function.let("new", f"1 - {old}")
        values = [[self.system.value_of(Name(name))] for name in (new, old)]
        (cost,) = function.work_out([energy_change(self.system, self.system.local(site), *values)])
        temperature = function.argument("temperature")
        chance = function.let("chance", f"1.0 / (1.0 + np.exp(({cost}) / {temperature}))")
        return sweep(self.system, site, function.returns(f"{new} if {random}[0] < {chance} else {old}"), draws=1)
