"""What it takes to go on with a run: its experiment, its seed, its newest good checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simcore.config import read
from simcore.engine.directory import RunDirectory
from simcore.engine.experiment import Experiment, resolve
from simcore.errors import UsageError
from simcore.storage.checkpoint import Checkpoint, latest_checkpoint


def recorded_experiment(directory: RunDirectory) -> Path:
    """The resolved experiment of the run. Raises UsageError where there is none."""
    if not directory.path.is_dir():
        raise UsageError(f"{directory.path} is not a directory; give the directory of a run, as in results/ising-2d")
    if not directory.experiment.is_file():
        raise UsageError(f"{directory.path} holds no run: there is no {directory.experiment.name} in it")
    return directory.experiment


def with_recorded_seed(
    experiment: Experiment, directory: RunDirectory, source: Any, overrides: Mapping[str, Any] | Sequence[str]
) -> Experiment:
    """The same experiment with the seed that was drawn when the run began, where the user gave none."""
    given = (experiment.document.data.get("run") or {}).get("seed")
    if given is not None or not directory.experiment.is_file():
        return experiment
    seed = read(directory.experiment).data["run"]["seed"]
    if isinstance(overrides, Mapping):
        return resolve(source, {**overrides, "run.seed": seed})
    return resolve(source, [*overrides, f"run.seed={seed}"])


def newest_checkpoint(experiment: Experiment, directory: RunDirectory, say: Callable[[str], None]) -> Checkpoint | None:
    """The newest good checkpoint of this very experiment, or None where there has been none yet.

    Raises UsageError where the experiment is another one or ends before the checkpoint; CheckpointError where no
    checkpoint is good.
    """
    checkpoint = latest_checkpoint(directory.checkpoints, say)
    if checkpoint is None:
        if directory.holds_run():
            say("no checkpoint had been written: starting from the beginning")
        return None
    if checkpoint.attributes["identity"] != experiment.identity():
        raise UsageError(
            f"{directory.path} holds another experiment: only totals, workers and checkpoints may change on a resume "
            f"(compare {directory.experiment}); --overwrite replaces it"
        )
    if checkpoint.step > experiment.total_steps:
        raise UsageError(
            f"{directory.path} is at step {checkpoint.step} already, beyond the {experiment.total_steps} asked for"
        )
    return checkpoint
