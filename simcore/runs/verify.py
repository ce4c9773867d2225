"""Verify that an experiment gives the same bits for any number of workers."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from simcore.runs.directory import CHECKPOINTS, RESULT, RunDirectory
from simcore.runs.experiment import Experiment, resolve
from simcore.runs.run import Overrides, Source, conduct
from simcore.runs.sections import TimeRun
from simcore.storage.checkpoint import latest_checkpoint
from simcore.storage.result import Group, Variable, read_result


@dataclass(frozen=True)
class Verification:
    """One run of a verification. label: number of workers. digest: hash of all that was computed."""

    label: str
    digest: str


def verify(source: Source, *, workers: Sequence[int] = (1, 2, 3), overrides: Overrides = ()) -> list[Verification]:
    """Run an experiment with several numbers of workers, and once in two halves with another number in the second.

    Args:
        source: a YAML file, or its contents as a dict.
        workers: the numbers of workers.
        overrides: as in `simcore.run`.

    Returns:
        One `Verification` per run, with a `label` and a `digest`; the digests are equal if the bits are. No files
        remain.

    Raises:
        SimcoreError: the errors of `simcore.run`.

    Example:
        >>> heat = {
        ...     "model": {"type": "heat", "grid": {"shape": [8]}, "parameters": {"D": 0.1},
        ...               "fields": {"u": {"initial": "x"}}},
        ...     "run": {"seed": 1, "dt": 0.1, "steps": 10},
        ... }
        >>> len({run.digest for run in simcore.verify(heat, workers=[1])})
        1
    """
    return verify_experiment(resolve(source, overrides), workers)


def verify_experiment(experiment: Experiment, workers: Sequence[int]) -> list[Verification]:
    """The same, for an experiment that is resolved."""
    first, last = workers[0], workers[-1]
    with tempfile.TemporaryDirectory(prefix="simcore-verify-") as place:
        rows = [
            Verification(
                f"{count} worker{'s' if count > 1 else ''}", _digest(experiment, Path(place, str(count)), count)
            )
            for count in workers
        ]
        if (half := _half(experiment)) is not None:
            path = Path(place, "halves")
            _digest(half, path, first)
            label = f"{first} to the middle, stopped, resumed with {last}"
            rows.append(Verification(label, _digest(experiment, path, last, resume=True)))
    return rows


def digest(path: Path) -> str:
    """The hash of the series, the fields and the newest checkpointed state of the run in `path`."""
    found = hashlib.blake2b(digest_size=16)
    result = read_result(path / RESULT, ["series", "fields"])
    arrays = {f"{group}/{name}": v.data for group in result.groups for name, v in _variables(result.groups[group])}
    checkpoint = latest_checkpoint(path / CHECKPOINTS, set_aside=False)
    arrays |= {} if checkpoint is None else dict(checkpoint.arrays)
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        found.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        found.update(array.tobytes())
    return found.hexdigest()


def _digest(experiment: Experiment, path: Path, workers: int, *, resume: bool = False) -> str:
    conduct(experiment, RunDirectory(path), workers, resume=resume)
    return digest(path)


def _half(experiment: Experiment) -> Experiment | None:
    """The same experiment to its middle; None if there is none."""
    run = experiment.run
    half = (experiment.total_steps - experiment.longest_thermalization) // 2
    if not isinstance(run, TimeRun):
        total: dict[str, float | None] = {"sweeps": half}
    elif experiment.end_time is not None and run.t_end is not None:
        total = {"t_end": run.t_end / 2}
    else:
        total = {"steps": half, "t_end": None}
    return replace(experiment, run=run.model_copy(update=total)) if half else None


def _variables(group: Group) -> list[tuple[str, Variable]]:
    return [*group.variables.items(), *group.coordinates.items()]
