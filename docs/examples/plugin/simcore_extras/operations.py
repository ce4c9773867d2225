"""An operation: what happens at steps beside the phases."""

from simcore.runs.operations.operation import Operation
from simcore.runs.triggers import EverySteps


class NoteEnergy(Operation):
    """Reports the energy every 100 steps."""

    def __init__(self, run):
        self.trigger = EverySteps(100)

    def act(self, run):
        run.say(f"step {run.step}: energy {run.series.latest()['energy']:.4f}")
