"""The fork server, with all imported that workers and the writer of a run need. To import this costs nothing else."""

from __future__ import annotations

from simcore.parallel import process
from simcore.parallel.limits import reserve

PRELOADED = ("simcore.compiler.worker", "simcore.storage.preload")
_OPEN_AT_FIRST = 16  # files, until a team reserves more


def warm_up(*modules: str) -> None:
    """Start the fork server, and do not wait for it. It imports `modules`, too; one that runs is left as it is."""
    reserve(_OPEN_AT_FIRST)
    process.warm_up(*PRELOADED, *modules)
