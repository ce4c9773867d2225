"""What it takes to go on with a run: its experiment, its seed, its newest good checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from simcore.config import read
from simcore.errors import SimcoreError, UsageError
from simcore.runs.callbacks import Callback, labels
from simcore.runs.directory import RunDirectory
from simcore.runs.experiment import UNCOUNTED, Experiment, resolve
from simcore.runs.model_source import changed_parts
from simcore.runs.returned import restored_numbers
from simcore.storage.checkpoint import Checkpoint, latest_checkpoint
from simcore.storage.sealed_text import read_sealed

SHOWN = 4


def recorded_experiment(directory: RunDirectory) -> Path:
    """The resolved experiment of the run. Raises UsageError if there is none, StorageError if it was changed."""
    if not directory.path.is_dir():
        raise UsageError(f"{directory.path} is not a directory; give the directory of a run, as in results/ising-2d")
    if not directory.experiment.is_file():
        raise UsageError(f"{directory.path} holds no run: there is no {directory.experiment.name} in it")
    read_sealed(directory.experiment)
    return directory.experiment


def with_recorded_seed(
    experiment: Experiment, directory: RunDirectory, source: Any, overrides: Mapping[str, Any] | Sequence[str]
) -> Experiment:
    """The same experiment with the seed that was drawn when the run began, where the user gave none."""
    given = (experiment.document.data.get("run") or {}).get("seed")
    if given is not None or not directory.experiment.is_file():
        return experiment
    seed = read(recorded_experiment(directory)).data["run"]["seed"]
    if isinstance(overrides, Mapping):
        return resolve(source, {**overrides, "run.seed": seed})
    return resolve(source, [*overrides, f"run.seed={seed}"])


def newest_checkpoint(
    experiment: Experiment, directory: RunDirectory, say: Callable[[str], None], *, accept_source: bool = False
) -> Checkpoint | None:
    """The newest good checkpoint of this very experiment, or None if there has been none yet.

    accept_source: take that of another version of the model's source, too. Raises UsageError if the experiment is
    another one or ends before the checkpoint; CheckpointError if no checkpoint is good.
    """
    checkpoint = latest_checkpoint(directory.checkpoints, say)
    if checkpoint is None:
        if directory.holds_run():
            say("no checkpoint had been written: starting from the beginning")
        return None
    if checkpoint.attributes["identity"] != experiment.identity():
        if checkpoint.attributes.get("asked") != experiment.asked:
            raise UsageError(
                f"{directory.path} holds another experiment: only totals, workers and checkpoints may change on a "
                f"resume ({_differences(directory, experiment)}); --overwrite replaces it"
            )
        before = json.loads(str(checkpoint.attributes.get("sources", "{}")))
        changed = changed_parts(before, experiment.source_parts)
        if not accept_source:
            raise UsageError(
                f"{directory.path} was computed with another version of {changed} (comments and docstrings do not "
                "count): --accept-source goes on with the one of now, --overwrite begins anew"
            )
        say(f"going on with another version of {changed} than before")
    if checkpoint.step > experiment.total_steps:
        raise UsageError(
            f"{directory.path} is at step {checkpoint.step} already, beyond the {experiment.total_steps} asked for"
        )
    return checkpoint


def check_callbacks(checkpoint: Checkpoint | None, directory: RunDirectory, callbacks: Sequence[Callback]) -> None:
    """Whether the callbacks are there that the series of a checkpoint come from. Raises UsageError."""
    owners = {} if checkpoint is None else restored_numbers(checkpoint).owners()
    missing = [label for label in owners if label not in labels(callbacks)]
    if missing:
        series = ", ".join(name for label in missing for name in owners[label])
        calls = ", ".join(f"simcore.{label}" for label in missing)
        raise UsageError(
            f"{directory.path} has series that callbacks return ({series}): go on in Python, with the same callbacks, "
            f"simcore.resume({str(directory.path)!r}, callbacks=[{calls}])"
        )


def _differences(directory: RunDirectory, experiment: Experiment) -> str:
    """The keys that an experiment and the recorded one differ in."""
    try:
        before = read(directory.experiment).data
    except SimcoreError:
        return f"compare {directory.experiment}"
    old, new = (dict(_flat({key: data.get(key) for key in ("model", "run")})) for data in (before, experiment.resolved))
    names = [name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name)]
    names = [name for name in names if name.partition(".")[2].partition(".")[0] not in UNCOUNTED or "model" in name]
    if not names:
        return "a file that it names has changed"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more} differ{'s' if len(names) == 1 else ''}"


def _flat(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            yield from _flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, data
