"""The resampling of a population between two temperatures; see `runs.population_annealing`."""

from __future__ import annotations

import numpy as np

from simcore.runs.ensemble_series import EnsembleSeries
from simcore.runs.operations.operation import Operation
from simcore.runs.population_annealing import Cooling
from simcore.runs.running import Running
from simcore.runs.triggers import EverySteps


class ResamplePopulation(Operation):
    """Copies replicas of large weight in the place of those of small weight.

    A slice ends with the last sweep at each temperature. The copies are made before the next slice, so that what is
    measured, kept as a field and written into a checkpoint at that step is one state.
    """

    def __init__(self, run: Running) -> None:
        self._cooling = Cooling.of(run.experiment)
        self.trigger = EverySteps(self._cooling.sweeps_each)

    def prepare(self, run: Running) -> None:
        """Decide, by the energies of this step, and copy."""
        level = self._cooling.level_ending(run.step)
        if level is None:
            return
        assert isinstance(run.series, EnsembleSeries)
        energies = np.array([member.newest("energy") for member in run.series.members])
        run.simulation.rearrange(self._cooling.parents(level, energies))
