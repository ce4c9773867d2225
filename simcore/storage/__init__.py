"""Files that appear whole or not at all: checkpoints and results in HDF5, and the process that writes them.

To import this costs no h5py: it comes with the first file written or read.
"""

from simcore.storage.atomic import sweep_temporaries, write_file
from simcore.storage.checkpoint import (
    Checkpoint,
    DamagedCheckpointError,
    checkpoint_steps,
    latest_checkpoint,
    prune,
    read_checkpoint,
    write_checkpoint,
)
from simcore.storage.result import Group, Result, Variable, read_estimates, read_result, write_result
from simcore.storage.writer import Failed, Reply, Request, WriteCheckpoint, WriteRun, Written, serve

__all__ = [
    "Checkpoint",
    "DamagedCheckpointError",
    "Failed",
    "Group",
    "Reply",
    "Request",
    "Result",
    "Variable",
    "WriteCheckpoint",
    "WriteRun",
    "Written",
    "checkpoint_steps",
    "latest_checkpoint",
    "prune",
    "read_checkpoint",
    "read_estimates",
    "read_result",
    "serve",
    "sweep_temporaries",
    "write_checkpoint",
    "write_file",
    "write_result",
]
