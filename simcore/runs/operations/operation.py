"""What happens at steps beside the phases: an operation has a trigger and an act.

The loop asks every operation for the next step and time at which it is due, has the slice end at the nearest, and then
lets those that are due act, in the order of `operations.of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simcore.runs.triggers import Never, Trigger

if TYPE_CHECKING:
    from simcore.runs.running import Running


class Operation:
    """The base of all operations.

    trigger: when it is due. watched: an observable and a value; the compiled loop ends a slice at the first sample in
    which the observable is at most that.
    """

    trigger: Trigger = Never()
    watched: tuple[str, float] | None = None

    def begin(self, run: Running) -> None:
        """Before the first slice. The series of a checkpoint are there already (`run.resumed`)."""

    def prepare(self, run: Any) -> None:
        """Before each slice; what it changes in the state is no part of the step before."""

    def act(self, run: Any) -> None:
        """At the end of a slice at which it is due; the workers are idle. Raises SimcoreError to end the run."""
