"""The end of the thermalisation: from there on, the averages count and tuned numbers stay."""

from __future__ import annotations

from simcore.runs import events
from simcore.runs.operations.operation import Operation
from simcore.runs.running import Running
from simcore.runs.triggers import AtNamedSteps


class EndThermalization(Operation):
    """Looks at the series at the steps that `run.thermalization: auto` looks at."""

    def __init__(self, run: Running) -> None:
        self.trigger = AtNamedSteps(run.thermalization.next_step)

    def begin(self, run: Running) -> None:
        """Find again what a run before a resume had found."""
        if run.resumed:
            self._look(run)

    def act(self, run: Running) -> None:
        """Look, and report what is found."""
        if (found := self._look(run)) is None:
            return
        if run.thermalization.given_up:
            run.say(f"not thermalised: an observable still drifts after {found} sweeps, all that it was given")
        else:
            run.note(events.Thermalized(found))

    def _look(self, run: Running) -> int | None:
        """The step, if it is found now."""
        if run.thermalization.found is not None:
            return None
        found = run.thermalization.look(run.series, run.step)
        if found is not None:
            run.simulation.tuning = found
        return found
