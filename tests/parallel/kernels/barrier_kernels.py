"""Copied to a fresh directory by conftest: numba would go on with a cached copy of the barrier after it was edited."""

from numba import njit

from simcore.parallel.barrier import wait


@njit(cache=True, nogil=True)
def hammer(control, workers, rank, slots, line, rounds):
    """Each round writes this worker's slot, passes the barrier, and reads all slots; returns the rounds that agreed."""
    agreed = 0
    for number in range(1, rounds + 1):
        slots[rank * line] = number
        if wait(control, workers, rank) != 0:
            return -1
        seen = True
        for other in range(workers):
            seen &= slots[other * line] == number
        agreed += seen
        if wait(control, workers, rank) != 0:
            return -1
    return agreed
