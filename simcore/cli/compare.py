"""The command `compare`: what differs between two runs or sweeps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

ABSENT = "-"


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A run, a sweep, or an experiment file.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
) -> None:
    """Compare two runs or sweeps: the keys of their experiments that differ, and their estimates.

    z is the difference over its standard error; beyond 3 or so it is no chance. Of two experiment files only the keys
    are compared.
    """
    from simcore.cli.table import columns

    keys = differences(_experiment(first), _experiment(second))
    print(columns([("key", "A", "B"), *keys]) if keys else "the experiments are the same")
    if first.is_file() or second.is_file():
        return
    rows = estimates(first, second)
    print()
    print(columns([("observable", "A", "B", "z"), *rows]) if rows else "no observable is in both")


def differences(first: Any, second: Any) -> list[tuple[str, str, str]]:
    """Path and both values of the keys that differ."""
    ours, theirs = dict(_leaves(first)), dict(_leaves(second))
    paths = [*ours, *(path for path in theirs if path not in ours)]
    return [
        (path, ours.get(path, ABSENT), theirs.get(path, ABSENT)) for path in paths if ours.get(path) != theirs.get(path)
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    else:
        yield path, "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _experiment(place: Path) -> Any:
    from simcore.config import read
    from simcore.errors import UsageError
    from simcore.runs.directory import RunDirectory

    file = place if place.is_file() else RunDirectory(place).experiment
    if not file.is_file():
        raise UsageError(f"{place} is no run, no sweep and no experiment file")
    return read(file).data


def estimates(first: Path, second: Path) -> list[tuple[str, str, str, str]]:
    """Name, both estimates with their errors, and z, of all that is in both."""
    from simcore.statistics import notation

    ours, theirs = dict(_estimates(first)), dict(_estimates(second))
    found = []
    for name, (value, error) in ours.items():
        if name in theirs:
            other, its_error = theirs[name]
            found.append(
                (name, notation(value, error), notation(other, its_error), _z(value - other, error, its_error))
            )
    return found


def _z(difference: float, *errors: float) -> str:
    if difference == 0.0:
        return "0"
    error = math.hypot(*errors)
    return f"{difference / error:.2f}" if math.isfinite(error) and error > 0.0 else "unknown"


def _estimates(place: Path) -> Iterator[tuple[str, tuple[float, float]]]:
    from simcore.sweeps.status import holds_sweep

    if holds_sweep(place):
        from simcore.cli import sweep_estimates

        for point in sweep_estimates.read(place):
            where = ", ".join(f"{name}={value}" for name, value in point.labels.items())
            yield from ((f"{row.name} at {where}", (row.value, row.error)) for row in point.rows)
        return
    from simcore.cli import estimates as of_run

    yield from ((row.name, (row.value, row.error)) for row in of_run.read(place))
