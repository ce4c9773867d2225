"""One field of a run at one moment: from its result, whose checksums are verified, or from a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from simcore.config import hint
from simcore.errors import CheckpointError, StorageError
from simcore.storage.checkpoint import read_checkpoint
from simcore.storage.result import Group, open_group, read_result

RESULT = "result.h5"
_MOMENTS = ("time", "step")
_CHECKPOINT = b"simcore checkpoint"
_FOOTER = 128  # bytes
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Snapshot:
    """A field at one moment.

    kind: `result` or `checkpoint`, whose arrays are those of the state. name: of the field. values: without an axis for
    the moment. when: `time` or `step`, whichever counts the moments of the run; moment: its value. coordinates: where
    the cells lie along each axis that has labels. experiment: the resolved experiment of the run, YAML.
    """

    kind: Literal["result", "checkpoint"]
    name: str
    values: np.ndarray
    when: str
    moment: float
    coordinates: Mapping[str, np.ndarray] = field(default_factory=dict)
    experiment: str = ""


def result_of(directory: Path) -> Path:
    """The result of the run in a directory. Raises StorageError if there is none."""
    if (directory / RESULT).is_file():
        return directory / RESULT
    if (directory / "points").is_dir():
        raise StorageError(f"{directory} holds a sweep; name the directory of a point, {directory / 'points'}/...")
    raise StorageError(f"{directory} holds no {RESULT}; only a run that has ended has one")


def read_snapshot(
    path: Path, name: str | None = None, *, time: float | None = None, step: int | None = None
) -> Snapshot:
    """The field `name` (None: the only one) of a result or a checkpoint; by default at the last moment.

    Args:
        path: of a `result.h5` or of a `step-<n>.h5`.
        name: of a field of the result, or of an array of the checkpoint.
        time: of a snapshot, in the units of the run's time.
        step: of a snapshot.

    Raises:
        StorageError: the file cannot be read, its bytes are not those that were written, or it holds no such snapshot.
    """
    try:
        with path.open("rb") as file:
            is_checkpoint = file.read(len(_CHECKPOINT)) == _CHECKPOINT
            file.seek(max(0, path.stat().st_size - _FOOTER))
            is_result = b"simcore" in file.read()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    if is_checkpoint:
        return _of_checkpoint(path, name, time, step)
    if is_result:
        return _of_result(path, name, time, step)
    reason = "does not end as a result of simcore does, and is no checkpoint"
    raise StorageError(f"{path} {reason}; 'dataset' names the data set of another HDF5 file")


def _of_checkpoint(path: Path, name: str | None, time: float | None, step: int | None) -> Snapshot:
    try:
        checkpoint = read_checkpoint(path)
    except CheckpointError as error:
        raise StorageError(str(error)) from error
    if time is not None or step not in (None, checkpoint.step):
        raise StorageError(f"{path} holds one moment, step {checkpoint.step}; leave out 'time' and 'step'")
    arrays = {key.removeprefix("state/"): a for key, a in checkpoint.arrays.items() if key.startswith("state/")}
    found = _named(path, name, list(arrays))
    text = str(checkpoint.attributes.get("experiment", ""))
    return Snapshot("checkpoint", found, arrays[found], "step", checkpoint.step, experiment=text)


def _of_result(path: Path, name: str | None, time: float | None, step: int | None) -> Snapshot:
    attributes = read_result(path, ()).attributes
    with open_group(path, "fields") as group:
        found = _named(path, name, list(group.variables))
        variable = group.variables[found]
        when = variable.dims[0]
        if when not in _MOMENTS:
            raise StorageError(
                f"{path}: the field '{found}' has the axes {', '.join(variable.dims)}, and none for time"
            )
        if "replica" in variable.dims:
            count = variable.data.shape[variable.dims.index("replica")]
            raise StorageError(f"{path} holds {count} replicas of '{found}'; take the result of a run of one system")
        moments = np.asarray(group.coordinates[when].data)
        if when == "time" and step is not None:
            time = _time_of(path, step, int(attributes["steps"]), float(moments[-1]))
        elif when == "step" and time is not None:
            raise StorageError(f"{path} counts its snapshots by steps; give 'step' in place of 'time'")
        wanted = time if when == "time" else step
        index = len(moments) - 1 if wanted is None else _index(path, when, wanted, moments)
        return Snapshot(
            "result",
            found,
            np.asarray(variable.data[index]),
            when,
            moments[index].item(),
            {axis: group.coordinates[axis].data for axis in variable.dims[1:] if axis in group.coordinates},
            str(attributes.get("experiment", "")),
        )


def _named(path: Path, name: str | None, names: Sequence[str]) -> str:
    if name is None:
        if len(names) == 1:
            return names[0]
        raise StorageError(f"{path} holds several fields; name one by 'field': {', '.join(names)}")
    if name not in names:
        raise StorageError(f"{path} holds no field '{name:.80}'; {hint(name, names)} (the key 'field' names another)")
    return name


def _index(path: Path, when: str, wanted: float, moments: np.ndarray) -> int:
    nearest = int(np.argmin(np.abs(moments - wanted)))
    if abs(moments[nearest] - wanted) <= _ROUNDING * abs(wanted):
        return nearest
    below, above = moments[moments < wanted], moments[moments > wanted]
    around = [f"{part:.12g}" for part in (*below[-1:].tolist(), *above[:1].tolist())]
    plural = f"the nearest {when}s are {' and '.join(around)}" if len(around) > 1 else f"the nearest is {around[0]}"
    raise StorageError(f"{path} holds no fields at {when} {wanted:.12g}; {plural}")


def _time_of(path: Path, step: int, steps: int, last: float) -> float:
    """The time of a step of a run whose steps are all of one length."""
    series = read_result(path, ["series"]).groups.get("series", Group({})).coordinates
    made, times = (np.asarray(series[name].data) if name in series else np.empty(0) for name in ("step", "time"))
    dt = last / steps if steps else 0.0
    if not len(times) or not np.allclose(times, made * dt, rtol=_ROUNDING, atol=0.0):
        raise StorageError(f"{path}: that its steps are all of one length is not known; give 'time' in place of 'step'")
    return step * dt
