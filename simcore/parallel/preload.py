"""What the fork server does once, before it forks the first worker: importing this module does it.

Workers then start in milliseconds, with numba and h5py imported and numba's tables of types filled.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from types import TracebackType

from simcore.parallel import terminal
from simcore.parallel.limits import refusal

# One thread each: a sum by several has other bits on a machine with other cores; and the workers are the threads.
for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"


def _end_quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A limit ends the fork server, or its client in the middle of a request; the supervisor tells of it."""
    if not refusal(error) and not isinstance(error, EOFError):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _end_quietly
terminal.withdraw()
gc.disable()
with contextlib.suppress(Exception):  # what is broken here fails again in the workers, where it can be reported
    import h5py  # noqa: F401
    from numba.core.registry import cpu_target

    import simcore.parallel.barrier
    import simcore.parallel.worker  # noqa: F401

    # Else every worker does it at its first compiled call, for a third of a second.
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
gc.freeze()  # the collector leaves these pages alone, so that they stay shared
gc.enable()
