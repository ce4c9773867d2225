"""Write and read a result file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from simcore.errors import StorageError
from simcore.storage.atomic import write_file
from simcore.storage.dataset import Group, Result, Variable

UNREADABLE = (OSError, KeyError, RuntimeError, ValueError)  # what h5py, h5netcdf and xarray raise for a damaged file

__all__ = ["Group", "Result", "Variable", "open_group", "read_estimates", "read_result", "write_result"]


def write_result(path: Path | str, result: Result) -> None:
    """Write a netCDF-4 compatible HDF5 file, whole, durable and read back. Raises StorageError.

    The same result gives the same bytes.
    """
    from simcore.storage.netcdf import pack

    write_file(path, pack(result), read_back=True)


def read_result(path: Path | str, groups: Collection[str] | None = None) -> Result:
    """Read a result file, or only some of its `groups` (`()`: the attributes alone), without xarray.

    Raises StorageError where it cannot be read; a group that is not in the file is left out.
    """
    from simcore.storage.netcdf import unpack

    try:
        return unpack(Path(path), groups)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


@contextmanager
def open_group(path: Path | str, name: str) -> Iterator[Group]:
    """One group of a result file, whose variables are read when they are indexed. Raises StorageError."""
    from simcore.storage.netcdf import opened

    try:
        with opened(Path(path), name) as group:
            yield group
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def read_estimates(path: Path | str) -> dict[str, float]:
    """The numbers of `/estimates` by name, of a result file of one run. Raises StorageError."""
    group = read_result(path, ["estimates"]).groups.get("estimates", Group({}))
    return {name: variable.data.item() for name, variable in group.variables.items() if not variable.dims}


def _unreadable(path: Path | str, error: Exception) -> StorageError:
    return StorageError(f"{path}: cannot be read as a result file ({error})")
