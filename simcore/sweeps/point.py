"""One point of a sweep, and what makes it the same point in another sweep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simcore.runs.experiment import Experiment, counted_keys
from simcore.runs.identity import digest

ID_BYTES = 10


@dataclass(frozen=True)
class Point:
    """One combination of values, and one replica of it.

    id: 20 hexadecimal digits, the name of its directory. index: where it lies in the sweep's array. coordinates: name
    of each swept key and `replica` -> value. overrides: dotted path -> value, on top of the sweep's document. cost:
    cells times steps.
    """

    id: str
    index: tuple[int, ...]
    coordinates: dict[str, Any]
    overrides: dict[str, Any]
    cost: float


def counted(experiment: Experiment) -> dict[str, Any]:
    """What counts for the identity of a point: seed, replica, the resolved `model`, and `run` but for how far and how.

    A file counts by its contents. The source of a user's model does not count: a point whose model has changed is the
    same point with results that are out of date.
    """
    run = counted_keys(experiment.run.model_dump(mode="json", exclude={"seed", "replica"}))
    return {
        "seed": experiment.run.seed,
        "replica": experiment.run.replica,
        "model": experiment.model_by_contents,
        "run": run,
    }


def point_id(what: Mapping[str, Any]) -> str:
    """A hash of what counts, as canonical JSON."""
    return digest(what, ID_BYTES).hex()


def identity(experiment: Experiment) -> str:
    """The id of the point that an experiment is."""
    return point_id(counted(experiment))
