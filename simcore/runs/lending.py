"""The copy of the state in shared memory that is lent to the writer: the workers go on while it is written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simcore.runs.simulation import Simulation
from simcore.runs.writer_client import DirectWriter, Writer


class Lending:
    """The lent copy, and the writer that it is lent to. It must not change while a request is pending.

    arrays: those of snapshots. step: that of the state in the copy. state: the names of what a checkpoint holds.
    """

    def __init__(self, simulation: Simulation, arrays: Sequence[str]) -> None:
        self._simulation, self._arrays = simulation, tuple(arrays)
        self.step = 0
        self.state = tuple(simulation.state())
        lent = {**simulation.arrays(arrays), **simulation.state()}
        self._lent = {f"state/{name}": simulation.make_array(array.shape, array.dtype) for name, array in lent.items()}
        self.writer = DirectWriter(self._lent) if simulation.alone else Writer(self._lent)

    def begin(self) -> None:
        """Start the writer and copy all arrays; some are changed by no step, and copied here alone."""
        self.writer.start()
        self._take(self._simulation.arrays(self._arrays))
        self.copy()

    def close(self) -> None:
        """Let the writer finish, and give up the memory."""
        self.writer.close()
        for shared in self._lent.values():
            shared.close()

    def copy(self) -> None:
        """The state as it is now."""
        self._take(self._simulation.state())
        self.step = self._simulation.step

    def copy_at(self, moment: float | None) -> None:
        """The state, and what is made of it for snapshots alone.

        If a moment lies before it, as with adaptive steps, the arrays of snapshots are what they were then.
        """
        self.copy()
        simulation = self._simulation
        time = simulation.time
        if simulation.program.adaptive is not None and time is not None and moment is not None and moment < time:
            then = simulation.interpolated(moment)
            made = simulation.express_at(moment, then)
        else:
            simulation.express()
            then, made = {}, simulation.arrays(simulation.program.expressed)
        self._take({**then, **made})

    def copied(self) -> dict[str, np.ndarray]:
        """The arrays of the state in the copy."""
        return {name: self._lent[f"state/{name}"].array for name in self.state}

    def _take(self, arrays: dict[str, np.ndarray]) -> None:
        for name, array in arrays.items():
            if f"state/{name}" in self._lent:
                self._lent[f"state/{name}"].array[...] = array
