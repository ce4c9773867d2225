"""The values of a ladder, adapted during the thermalisation and then frozen."""

from __future__ import annotations

from simcore.runs.adaptation import adapted_values
from simcore.runs.operations.operation import Operation
from simcore.runs.running import Running
from simcore.runs.triggers import AtSteps


class AdaptLadder(Operation):
    """Moves the places of the ladder so that all pairs of neighbours exchange their states alike."""

    def __init__(self, run: Running) -> None:
        tempering = run.experiment.tempering
        assert tempering is not None
        self.trigger = AtSteps(tempering.adaptations(run.experiment.longest_thermalization))

    def begin(self, run: Running) -> None:
        """Take up the values of a checkpoint."""
        run.experiment = run.experiment.adapted(run.simulation.ladder_values)

    def act(self, run: Running) -> None:
        """Choose new values by what was exchanged since the last time."""
        simulation = run.simulation
        simulation.adapt(adapted_values(run.experiment, simulation.exchange_chances))
        run.experiment = run.experiment.adapted(simulation.ladder_values)
