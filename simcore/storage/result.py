"""Write and read a result file."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from simcore.errors import StorageError
from simcore.storage.atomic import write_file
from simcore.storage.dataset import Group, Result, Variable
from simcore.storage.seal import open_verified, sealed, telling, verify

KIND = "result"  # in the footer of the file

UNREADABLE = (OSError, KeyError, RuntimeError, ValueError)  # what h5py, h5netcdf and xarray raise for a damaged file

__all__ = [
    "Group",
    "Result",
    "Variable",
    "open_group",
    "open_result",
    "read_estimates",
    "read_result",
    "verify_result",
    "write_result",
]


def write_result(path: Path | str, result: Result) -> None:
    """Write a netCDF-4 compatible HDF5 file with checksums, whole, durable and read back. Raises StorageError.

    The same result gives the same bytes.
    """
    from simcore.storage.netcdf import pack

    write_file(path, sealed(pack(result), KIND), read_back=True)


def open_result(path: Path | str) -> BinaryIO:
    """The HDF5 image of a result file, for h5py, h5netcdf and xarray; what is read from it has been verified.

    Raises StorageError if it cannot be read, or (then or when it is read) its bytes are not those that were written.
    """
    image = open_verified(path, KIND)
    if not isinstance(image, BytesIO):
        from simcore.storage.netcdf import describe

        with telling(image):
            describe(image)
        image.seek(0)
    return image


def verify_result(path: Path | str) -> None:
    """Read all of a result file and compare it with its checksums. Raises StorageError."""
    verify(path, KIND)


def read_result(path: Path | str, groups: Collection[str] | None = None) -> Result:
    """Read a result file, or only some of its `groups` (`()`: the attributes alone), without xarray.

    Raises StorageError if it cannot be read; a group that is not in the file is left out.
    """
    from simcore.storage.netcdf import unpack

    try:
        with open_result(path) as image, telling(image):
            return unpack(image, groups)
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


@contextmanager
def open_group(path: Path | str, name: str) -> Iterator[Group]:
    """One group of a result file, whose variables are read when they are indexed. Raises StorageError."""
    from simcore.storage.netcdf import opened

    try:
        with open_result(path) as image, opened(image, name) as group:
            yield group
    except UNREADABLE as error:
        raise _unreadable(path, error) from error


def read_estimates(path: Path | str) -> dict[str, float]:
    """The numbers of `/estimates` by name, of a result file of one run. Raises StorageError."""
    group = read_result(path, ["estimates"]).groups.get("estimates", Group({}))
    return {name: variable.data.item() for name, variable in group.variables.items() if not variable.dims}


def _unreadable(path: Path | str, error: Exception) -> StorageError:
    return StorageError(f"{path}: cannot be read as a result file ({error})")
