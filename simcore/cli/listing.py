"""The command `ls`: the runs and sweeps below a folder."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer


def ls(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="A folder of runs and sweeps.")] = Path("results"),
) -> None:
    """List the runs and sweeps below a folder: state, progress, model, size on the disk, last change."""
    from simcore.cli.table import columns
    from simcore.errors import UsageError

    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    lines = [_line(place, folder) for place in places(folder)]
    if not lines:
        print(f"{folder}: no run and no sweep")
        return
    print(columns([("directory", "state", "progress", "model", "size", "changed"), *lines]))


def places(folder: Path) -> Iterator[Path]:
    """The directories of runs and sweeps in a folder or below, in the order of their names; not points of sweeps."""
    from simcore.runs.directory import RunDirectory
    from simcore.sweeps.status import holds_sweep

    if holds_sweep(folder) or RunDirectory(folder).experiment.is_file():
        yield folder
        return
    for inner in sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()):
        yield from places(inner)


def _line(place: Path, folder: Path) -> tuple[str, ...]:
    from simcore.display.wording import memory

    size, changed = disk_use(place)
    state, progress = _state(place)
    when = f"{datetime.datetime.fromtimestamp(changed):%Y-%m-%d %H:%M}"
    name = str(place.relative_to(folder)) if place != folder else str(place)
    return name, state, progress, _model(place), memory(size), when


def disk_use(place: Path) -> tuple[int, float]:
    """Bytes of all files in a directory, and when the newest was changed."""
    found = [os.lstat(Path(root, name)) for root, _, names in os.walk(place) for name in names]
    return sum(each.st_size for each in found), max((each.st_mtime for each in found), default=place.stat().st_mtime)


def _state(place: Path) -> tuple[str, str]:
    from simcore.display.wording import share
    from simcore.errors import SimcoreError
    from simcore.runs import status
    from simcore.sweeps.status import holds_sweep, sweep_status

    try:
        if holds_sweep(place):
            swept = sweep_status(place)
            return swept.state, f"{swept.progress.done:,} of {swept.progress.total:,} points"
        run = status(place)
    except SimcoreError as error:
        return "unknown", str(error).partition("\n")[0][:60]
    return run.state, f"{run.step:,} of {run.total:,} ({share(run.step, run.total)})"


def _model(place: Path) -> str:
    from simcore.config import read
    from simcore.errors import SimcoreError
    from simcore.runs.directory import RunDirectory

    try:
        model: Any = read(RunDirectory(place).experiment).data.get("model")
    except (SimcoreError, OSError):
        return "?"
    return str(model.get("type", "?")) if isinstance(model, dict) else "?"
