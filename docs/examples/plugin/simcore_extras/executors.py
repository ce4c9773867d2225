"""An executor of sweeps: threads of this process."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from simcore.sweeps.executors import Backend
from simcore.sweeps.task import carry_out


@contextmanager
def threads(workers, address):
    """`--scheduler threads:2`: so many threads."""
    count = int(address or 1)
    with ThreadPoolExecutor(count) as executor:
        yield Backend(executor, count, carry_out)
