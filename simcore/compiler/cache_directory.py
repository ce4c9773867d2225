"""The folder of compiled programs: one that belongs to this user and that nobody else may write.

What lies there is loaded into the processes of a run. Whoever can write it decides what they do, and can make the seal
of what he wrote. So a place is used only if this user owns it, no one else may write it and it is no symbolic link;
else the next one: `$SIMCORE_CACHE_DIR`, `$XDG_CACHE_HOME/simcore`, `~/.cache/simcore`, `simcore-UID` among the
temporary files, and at worst a new folder there that goes with this process.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path

_PRIVATE = 0o700
_temporary: list[tuple[int, Path]] = []  # that of this process, with its id: a forked child makes its own


@dataclass(frozen=True)
class Place:
    """A folder for compiled programs. remark: why it is not one that was to be expected; empty if it is."""

    path: Path
    remark: str = ""


def choose() -> Place:
    """The first place that is this user's own. Raises OSError if not even a temporary folder can be made."""
    refused: list[str] = []
    for place, expected in _places():
        reason = refusal(place)
        if reason is None:
            return Place(place, _remark(refused, str(place)))
        if expected or place.exists():
            refused.append(f"{place} {reason}")
    return Place(_of_this_process(), _remark(refused, "a temporary folder, for this time only"))


def refusal(place: Path) -> str | None:
    """Why a folder, which is made if it is not there, must not be used; None if it may."""
    try:
        if not os.path.lexists(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir(mode=_PRIVATE, exist_ok=True)
        found = place.lstat()
    except OSError as error:
        return f"cannot be made ({error.strerror})"
    if stat.S_ISLNK(found.st_mode):
        return "is a symbolic link"
    if not stat.S_ISDIR(found.st_mode):
        return "is no folder"
    if found.st_uid != os.geteuid():
        return "belongs to another user"
    if found.st_mode & 0o022:
        return f"may be written by others (`chmod go-w {place}` makes it yours alone)"
    return None if os.access(place, os.W_OK | os.X_OK) else "cannot be written"


def own_folder(place: Path, name: str) -> Path:
    """The folder `name` in a place; one that is not this user's own is thrown away. Raises OSError."""
    if (reason := refusal(place)) is not None:
        raise PermissionError(f"{place} {reason}")
    folder = place / name
    if refusal(folder) is not None:
        aside = place / f".refused-{secrets.token_hex(4)}"
        with suppress(FileNotFoundError):  # another worker was faster
            folder.rename(aside)  # the place is ours, whoever owns what lies in it
        if aside.is_dir() and not aside.is_symlink():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)
        if (reason := refusal(folder)) is not None:
            raise PermissionError(f"{folder} {reason}")
    return folder


def _places() -> Iterator[tuple[Path, bool]]:
    """The places in order, and whether the user asked for it by name."""
    if chosen := os.environ.get("SIMCORE_CACHE_DIR"):
        yield Path(chosen), True
    if shared := os.environ.get("XDG_CACHE_HOME"):
        yield Path(shared) / "simcore", False
    yield Path(os.path.expanduser("~")) / ".cache" / "simcore", False
    yield Path(tempfile.gettempdir()) / f"simcore-{os.getuid()}", False


def _of_this_process() -> Path:
    for process, path in _temporary:
        there = path.is_dir() and path.parent == Path(tempfile.gettempdir())
        if process == os.getpid() and there and refusal(path) is None:
            return path
    path = Path(tempfile.mkdtemp(prefix="simcore-"))
    _temporary[:] = [(os.getpid(), path)]
    Finalize(None, _remove, (os.getpid(), path), exitpriority=-10)  # once the workers have ended
    return path


def _remove(process: int, path: Path) -> None:
    if process == os.getpid():
        shutil.rmtree(path, ignore_errors=True)


def _remark(refused: list[str], used: str) -> str:
    return f"compiled programs: {'; '.join(refused)}; kept in {used}" if refused else ""
