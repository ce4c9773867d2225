"""The exchange of states between the places of a ladder; see `runs.tempering`."""

from __future__ import annotations

import numpy as np

from simcore.runs.ensemble_series import EnsembleSeries
from simcore.runs.operations.operation import Operation
from simcore.runs.running import Running
from simcore.runs.triggers import EverySteps


class ExchangeStates(Operation):
    """Lets neighbours on the ladder exchange their spins.

    A slice ends at each step of an exchange. It is made before the next slice, so that what is measured, kept as a
    field and written into a checkpoint at that step is one state.
    """

    def __init__(self, run: Running) -> None:
        assert run.experiment.tempering is not None
        self._every = run.experiment.tempering.every
        self.trigger = EverySteps(self._every)

    def prepare(self, run: Running) -> None:
        """Decide, by the energies of this step, and exchange."""
        if run.step == 0 or run.step % self._every:
            return
        assert isinstance(run.series, EnsembleSeries)
        energies = np.array([member.newest("energy") for member in run.series.members])
        run.simulation.exchange(energies)
