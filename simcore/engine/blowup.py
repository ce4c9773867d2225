"""Where a state stopped being a number: found by going through the same steps once more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simcore.engine.simulation import STEPPER, TUNED, Simulation
from simcore.errors import NotFiniteError


def first_not_finite(simulation: Simulation, step: int, state: Mapping[str, np.ndarray], found: int) -> NotFiniteError:
    """The first step after which a value is not finite, with its field and cell.

    step, state: the newest one known to be good; found: the step by which it was bad. The same steps give the same
    bits, so it is enough to halve the stretch until it is one step.
    """
    good = {name: array.copy() for name, array in state.items()}
    stretch = found - step
    while True:
        simulation.take_state(step, good)
        simulation.post(stretch)
        try:
            step += simulation.collect().made
            good = {name: array.copy() for name, array in simulation.state().items()}
        except NotFiniteError as error:
            if stretch == 1:
                return NotFiniteError(error.step, _place(simulation, error))
        stretch = max(1, stretch // 2)


def _place(simulation: Simulation, error: NotFiniteError) -> str:
    for name, array in simulation.state().items():
        if name not in (STEPPER, TUNED) and array.dtype.kind in "fc" and not np.isfinite(array).all():
            cell = [int(index) for index in np.argwhere(~np.isfinite(array))[0]]
            reason = "the time step is too long for the scheme, or the equations have no finite solution"
            if simulation.time is None:
                reason = "a kernel divides by zero, say, or takes the root or the logarithm of a negative number"
            return f"'{name}' is {array[tuple(cell)]} at cell {cell} after step {error.step}: {reason}"
    return str(error)
