"""Where a state stopped being a number: found by going through the same steps once more."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simcore.errors import NotFiniteError
from simcore.runs.simulation import STEPPER, Simulation


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
                return NotFiniteError(error.step, _place(simulation, error, good))
        stretch = max(1, stretch // 2)


def _place(simulation: Simulation, error: NotFiniteError, before: Mapping[str, np.ndarray]) -> str:
    """What is said of a value. before: the state one step earlier."""
    for name, array in simulation.state().items():
        if name in simulation.program.kept and array.dtype.kind in "fc" and not np.isfinite(array).all():
            cell = [int(index) for index in np.argwhere(~np.isfinite(array))[0]]
            found = array[tuple(cell)]
            replica = cell.pop(0) if simulation.replicas > 1 else 0
            was = simulation.of_replica(replica, before)
            reason = _reason(simulation, error.step, was, name, tuple(cell), replica)
            return f"'{name}' is {found} at cell {cell} after step {error.step}{simulation.named(replica)}: {reason}"
    return str(error)


def _reason(
    simulation: Simulation,
    step: int,
    before: Mapping[str, np.ndarray],
    name: str,
    cell: tuple[int, ...],
    replica: int,
) -> str:
    """before: the state of that replica."""
    if simulation.time is None:
        return f"a kernel {_NO_VALUE}"
    numbers = [array for key, array in before.items() if key != STEPPER and array.dtype.kind in "fc"]
    if all(np.abs(array).max(initial=0.0) < ORDINARY for array in numbers):
        finite = simulation.finite_in_moment(before, step, (name, cell), replica)
        if finite is False:
            was = f"'{name}' was {before[name][cell]:.6g}"
            return (
                f"however short the step, a term of its equation is not finite there or beside it ({was}): it "
                f"{_NO_VALUE}"
            )
        if finite is None:
            return f"{_TOO_LONG}, or a term {_NO_VALUE}"
    return _TOO_LONG


_NO_VALUE = "divides by zero, say, takes the root or the logarithm of a negative number, or overflows as exp(1000) does"
_TOO_LONG = "the time step is too long for the scheme, or the equations have no finite solution"
ORDINARY = 1e15
"""Values below have not grown without bound before the step in which one is not finite."""
