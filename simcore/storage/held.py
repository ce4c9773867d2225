"""A directory that is known by itself and not by its name."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from simcore.errors import StorageError


class Held:
    """Holds a directory, wherever it is moved to. Raises OSError if it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._shown = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def lock(self) -> bool:
        """Lock it for this process; False if another one has. A file system may have no locks on directories."""
        try:
            return lock_soon(self._descriptor)
        except OSError:
            return True

    def check(self) -> None:
        """Raises StorageError if the path is no longer that of this directory."""
        try:
            there = os.stat(self._path)
        except OSError:
            there = None
        here = os.fstat(self._descriptor)
        if there is not None and (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
            return
        where = self._where()
        if where is None:
            raise StorageError(f"{self._shown} was moved or removed while the run went on")
        raise StorageError(f"{self._shown} was moved to {where} while the run went on: simcore resume {where}")

    def _where(self) -> str | None:
        """Where the directory is now; None if it is gone, or the system does not tell."""
        try:
            found = os.readlink(f"/proc/self/fd/{self._descriptor}")
            there, here = os.stat(found), os.fstat(self._descriptor)
        except OSError:
            return None
        return found if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino) else None

    def close(self) -> None:
        """Let it go."""
        os.close(self._descriptor)


def lock_soon(descriptor: int) -> bool:
    """Lock an open file or directory for this process; False if another one has. Raises OSError without locks.

    The lock is tried briefly: a process that tests it holds it for that time.
    """
    for _ in range(20):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.005)
    return False


def is_locked(path: Path) -> bool:
    """Whether a process has locked a directory."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
