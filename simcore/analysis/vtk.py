"""The fields of a run for ParaView and PyVista."""

from __future__ import annotations

from pathlib import Path

from simcore.errors import UsageError
from simcore.storage.result import open_group
from simcore.sweeps.status import holds_sweep


def write_vtk(directory: Path | str, path: Path | str | None = None) -> Path:
    """Write the fields of a run as VTKHDF, temporal image data, and return the file's path.

    directory: of a run that has written its result. path: `fields.vtkhdf` beside it by default. The file refers to
    `result.h5` by a relative path, so that both may be moved together; it holds copies only of the real and imaginary
    parts of complex fields, and of images of more than 16,384 lines.

    Raises UsageError if there is no result or a field has more than three axes, StorageError if it cannot be
    read or the file cannot be written.
    """
    from simcore.runs.directory import VTK  # the engine is not needed to load a result

    directory = Path(directory)
    result = directory / "result.h5"
    if not result.is_file():
        raise UsageError(f"{directory}: {_missing(directory)}")
    from simcore.storage.vtkhdf import write_vtkhdf

    target = directory / VTK if path is None else Path(path)
    with open_group(result, "fields") as fields:
        write_vtkhdf(target, fields, result)
    return target


def _missing(directory: Path) -> str:
    if holds_sweep(directory):
        return "a sweep has no fields of its own; name one of its points, as in points/ID"
    return "no result.h5 here; VTK reads the numbers from it, so the run must have ended"
