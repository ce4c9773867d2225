"""Population annealing: replicas are cooled together, and resampled by their weights from one temperature to the next.

K. Hukushima, Y. Iba, AIP Conf. Proc. 690, 200 (2003); J. Machta, Phys. Rev. E 82, 026704 (2010). From beta to beta' a
replica of the energy E has the weight exp(-(beta' - beta) E). The mean weight is an estimate of Z(beta')/Z(beta), and
their product from infinite temperature on has the mean Z(beta)/Z(0) exactly. The number of replicas stays: each has as
many copies as its weight times that number over the sum of all weights says, rounded down or up (systematic resampling;
M. Weigel, L. Barash, L. Shchur, W. Janke, Phys. Rev. E 103, 053301 (2021) compare the schemes).

Which replicas are copied follows from the energies that are measured and from one random number for each temperature.
So nothing has to be kept beside the series: families and weights are found from these again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcore.random import PhaseStream
from simcore.runs.ensemble_series import EnsembleSeries
from simcore.runs.experiment import Experiment
from simcore.runs.series import Series
from simcore.storage.result import Group, Variable


@dataclass(frozen=True)
class Cooling:
    """The temperatures of a population. sites: by which the observable `energy` is divided."""

    temperatures: tuple[float, ...]
    sweeps_each: int
    sites: int
    key: int

    @classmethod
    def of(cls, experiment: Experiment) -> Cooling:
        """As the experiment says."""
        section, sites = experiment.population, experiment.model.sites_of_energy()
        assert section is not None
        assert sites is not None
        return cls(section.values, section.sweeps_each, sites, experiment.exchange_key)

    def level_ending(self, step: int) -> int | None:
        """The number of the temperature whose sweeps end at a step, if one follows; 0 is infinite temperature."""
        level, rest = divmod(step, self.sweeps_each)
        return level - 1 if step and not rest and level <= len(self.temperatures) else None

    def weights(self, level: int, energies: np.ndarray) -> tuple[np.ndarray, float]:
        """The weights for the next temperature, those of all together 1, and the logarithm of their mean."""
        before = 1.0 / self.temperatures[level - 1] if level else 0.0
        logarithms = -(1.0 / self.temperatures[level] - before) * self.sites * energies
        largest = logarithms.max()
        weights = np.exp(logarithms - largest)
        return weights / weights.sum(), float(largest + np.log(weights.mean()))

    def parents(self, level: int, energies: np.ndarray) -> np.ndarray:
        """Of which replica each one is a copy at the next temperature."""
        weights, _ = self.weights(level, energies)
        (place,) = PhaseStream(self.key, (level + 1) * self.sweeps_each).uniform((1,))
        reached = np.cumsum(weights) * len(weights)
        return np.minimum(np.searchsorted(reached, place + np.arange(len(weights)), side="right"), len(weights) - 1)


def population_group(experiment: Experiment, series: Series) -> Group:
    """Free energy, energy and families at each temperature; NaN where the run has not come to its end.

    log_z: ln Z(T)/Z(infinite T). free_energy: per site, -T ln Z/N, with all states counted (continuous spins: with
    their uniform distribution). energy: the mean over the population after the last sweep, with the error that the
    families tell, sqrt(rho_t Var(e)/R). rho_t: R times the sum of the squares of the shares of families
    (W. Wang, J. Machta, H. G. Katzgraber, Phys. Rev. E 92, 063307 (2015)); families: how many are left.
    """
    assert isinstance(series, EnsembleSeries)
    cooling, count = Cooling.of(experiment), len(series.members)
    temperatures = np.array(cooling.temperatures)
    ends = (np.arange(len(temperatures)) + 2) * cooling.sweeps_each
    energies = _energies(experiment, series)
    found = {name: np.full(len(temperatures), np.nan) for name in ("log_z", "energy", "energy_error", "rho_t", "left")}
    families, log_z = np.arange(count), 0.0
    for level, now in enumerate(energies):
        if level:
            sizes = np.bincount(families, minlength=count)
            rho = float((sizes.astype(float) ** 2).sum()) / count
            found["log_z"][level - 1] = log_z
            found["energy"][level - 1] = now.mean()
            found["energy_error"][level - 1] = np.sqrt(rho * now.var() / count)
            found["rho_t"][level - 1], found["left"][level - 1] = rho, np.count_nonzero(sizes)
        if level < len(temperatures):
            families = families[cooling.parents(level, now)]
            log_z += cooling.weights(level, now)[1]
    states = experiment.model.log_of_states()
    free = -temperatures * (found["log_z"] + states) / cooling.sites
    at = ("temperature",)
    variables = {
        "log_z": Variable(at, found["log_z"], "1", "ln Z(T)/Z(infinite temperature)"),
        "free_energy": Variable(at, free, "energy", "free energy per site, -T ln Z/N"),
        "energy": Variable(at, found["energy"], "energy", "energy per site, mean over the population"),
        "energy_error": Variable(at, found["energy_error"], "energy", "sqrt(rho_t Var(e)/R)"),
        "rho_t": Variable(at, found["rho_t"], "1", "R times the sum of the squares of the shares of families"),
        "families": Variable(at, found["left"], "1", "families of the first replicas that are left"),
        "last_step": Variable(at, ends, "1", "the last step at this temperature"),
    }
    return Group(variables, {"temperature": Variable(at, temperatures, "energy", "temperature, k_B = 1")})


def _energies(experiment: Experiment, series: EnsembleSeries) -> list[np.ndarray]:
    """Of all replicas, after the last sweep at each temperature that the run has finished."""
    cooling, every = Cooling.of(experiment), experiment.run.measure_every
    column = series.reduced.index("energy")
    columns = np.array([member.values[:, column] for member in series.members])
    ends = (np.arange(len(cooling.temperatures) + 1) + 1) * cooling.sweeps_each
    return [columns[:, end // every - 1] for end in ends if end // every <= columns.shape[1]]
