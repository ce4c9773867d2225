"""One checkpoint is one HDF5 file, `step-<n>.h5`, that proves its own wholeness before HDF5 looks at it.

The first 512 bytes (the user block, which HDF5 skips) are two lines of text and zeros: the format and the number of
bytes behind the block; the SHA-256 of that line and those bytes. So the block follows from what it covers, and it is
compared whole: one flipped bit anywhere is noticed. By hand: `(head -n 1 F; tail -c +513 F) | sha256sum` gives what
`sed -n 2p F` shows.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simcore.errors import CheckpointError, StorageError
from simcore.storage.atomic import make_directory, sync_directory, write_file

if TYPE_CHECKING:
    from simcore.storage.image import Attribute

Report = Callable[[str], None]

_FORMAT = 1
_BLOCK = 512
_NAME = re.compile(r"step-(0|[1-9]\d*)\.h5")
_SET_ASIDE = re.compile(r"step-\d+\.h5\.corrupt")
_LISTINGS = 100


class DamagedCheckpointError(CheckpointError):
    """A checkpoint file is not what was written: cut, changed, or no checkpoint at all."""


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint holds. The arrays are read-only; names such as `state/u` are paths of groups in the file."""

    step: int
    arrays: Mapping[str, np.ndarray]
    attributes: Mapping[str, Attribute]


def write_checkpoint(
    directory: Path | str, step: int, arrays: Mapping[str, np.ndarray], attributes: Mapping[str, Attribute]
) -> Path:
    """Write `step-<step>.h5`, whole, durable and read back, or raise StorageError.

    arrays: any fixed-size dtype and shape; they must not change until this returns, and are not copied if they are
    C-contiguous. attributes: anything but the name `step`.
    """
    from simcore.storage.image import pack

    if "step" in attributes:
        raise ValueError("the attribute 'step' is the checkpoint's own")
    directory = Path(directory)
    path = directory / f"step-{step}.h5"
    payload = pack(arrays, {"step": step, **attributes}, _BLOCK)
    make_directory(directory)
    write_file(path, [memoryview(_user_block(payload)), *payload], read_back=True)
    return path


def read_checkpoint(path: Path | str) -> Checkpoint:
    """Verify, then open.

    Raises DamagedCheckpointError; FileNotFoundError; StorageError if it cannot be read, or a newer simcore wrote it.
    """
    path = Path(path)
    data = _read(path)
    form, _ = _parse(data[:_BLOCK]) or (_FORMAT, 0)
    if data[:_BLOCK] != _user_block([memoryview(data)[_BLOCK:]], form):
        raise DamagedCheckpointError(f"{path}: {_damage(data)}")
    if form != _FORMAT:
        raise StorageError(f"{path}: has format {form}, written by a newer simcore; this one reads format {_FORMAT}")
    from simcore.storage.image import unpack

    arrays, attributes = unpack(data)
    return Checkpoint(int(attributes.pop("step")), arrays, attributes)


def checkpoint_steps(directory: Path | str) -> list[int]:
    """The steps for which there is a checkpoint file, good or bad, in ascending order; nothing is read."""
    return sorted(int(match[1]) for name in _names(directory) if (match := _NAME.fullmatch(name)))


def latest_checkpoint(directory: Path | str, report: Report = print, *, set_aside: bool = True) -> Checkpoint | None:
    """The newest good checkpoint; None only if there has never been one.

    A damaged file is reported and, with `set_aside`, renamed to `.corrupt`; the one before it is taken. A reader of a
    run that is still going passes `set_aside=False`; files that the run prunes meanwhile are no error.

    Raises CheckpointError if checkpoints exist and none is good, StorageError if one cannot be read.
    """
    directory = Path(directory)
    for _ in range(_LISTINGS):
        try:
            return _newest_good(directory, report, set_aside)
        except FileNotFoundError:
            continue  # pruned since it was listed: newer ones are there now
    raise StorageError(f"{directory}: its checkpoints disappear faster than they can be read")


def prune(directory: Path | str, keep: int) -> list[Path]:
    """Remove all but the newest `keep` good checkpoints; return what was removed.

    Good is what has a user block of the right length: files were read back when they were written, and to hash them all
    again after each write would cost more than the write. Damaged files are left for `latest_checkpoint`.
    """
    if keep < 1:
        raise ValueError(f"keep = {keep}: at least 1 checkpoint must be kept")
    directory = Path(directory)
    good = [path for path in _newest_first(directory) if _looks_whole(path)]
    for path in good[keep:]:
        path.unlink(missing_ok=True)
    return good[keep:]


def _newest_good(directory: Path, report: Report, set_aside: bool) -> Checkpoint | None:
    damaged = [name for name in _names(directory) if _SET_ASIDE.fullmatch(name)]
    for path in _newest_first(directory):
        try:
            checkpoint = read_checkpoint(path)
            if path.name != f"step-{checkpoint.step}.h5":
                raise DamagedCheckpointError(f"{path}: holds step {checkpoint.step}; was it renamed?")
            return checkpoint
        except DamagedCheckpointError as error:
            damaged.append(path.name)
            report(f"{error}; {_put_aside(path) if set_aside else 'left where it is'}, trying the one before")
    if damaged:
        raise CheckpointError(f"{directory}: no good checkpoint is left ({', '.join(sorted(damaged))} damaged)")
    return None


def _put_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.corrupt")
    try:
        os.replace(path, aside)
        sync_directory(path.parent)
    except OSError as error:
        return f"cannot be moved aside ({error.strerror})"
    return f"moved aside as {aside.name}"


def _newest_first(directory: Path) -> list[Path]:
    return [directory / f"step-{step}.h5" for step in reversed(checkpoint_steps(directory))]


def _names(directory: Path | str) -> list[str]:
    try:
        return os.listdir(directory)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StorageError(f"{directory}: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno == errno.EIO:
            raise DamagedCheckpointError(f"{path}: the disk cannot read it ({error.strerror})") from error
        raise StorageError(f"{path}: {error.strerror}") from error


def _user_block(payload: Sequence[memoryview], form: int = _FORMAT) -> bytes:
    first = f"simcore checkpoint, format {form}, {sum(map(len, payload))} bytes\n".encode()
    digest = hashlib.sha256(first)
    for part in payload:
        digest.update(part)
    return (first + f"sha256 {digest.hexdigest()}\n".encode()).ljust(_BLOCK, b"\0")


def _parse(block: bytes) -> tuple[int, int] | None:
    """Format and number of bytes behind the block, as it says itself; None if it is no user block."""
    match = re.match(rb"simcore checkpoint, format (\d{1,9}), (\d{1,19}) bytes\nsha256 [0-9a-f]{64}\n\0", block)
    return (int(match[1]), int(match[2])) if match else None


def _looks_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            said = _parse(file.read(_BLOCK))
            return said is not None and os.fstat(file.fileno()).st_size == _BLOCK + said[1]
    except OSError:
        return False


def _damage(data: bytes) -> str:
    if not data:
        return "is empty"
    said = _parse(data[:_BLOCK])
    if said is None:
        return "does not begin as a checkpoint does"
    if len(data) != _BLOCK + said[1]:
        return f"has {len(data)} bytes instead of {_BLOCK + said[1]}"
    return "its checksum does not match its contents"
