"""The socket of the fork server has no name on the disk: nothing of it is left, however this process ends.

The server's socket must have a name to be bound to. It gets one in a new folder of this user alone, is held by a
descriptor, and loses its name and the folder as soon as the server listens: clients connect to `/proc/self/fd/N`.
(A socket of the abstract name space has no name either, but any user of the machine may connect to it.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from multiprocessing import connection, forkserver, util
from pathlib import Path

_LONGEST = 70  # bytes of the name of a folder; a socket's name may have 107
_held: list[int] = []  # the descriptor of the socket


@contextlib.contextmanager
def nameless() -> Iterator[None]:
    """A fork server that is started within it has such a socket; where that cannot be, its folder goes at exit."""
    made: list[Path] = []

    def address(family: str) -> str:
        made.append(_folder())
        return str(made[-1] / "socket")

    before = connection.arbitrary_address  # type: ignore[attr-defined]
    connection.arbitrary_address = address  # type: ignore[attr-defined]
    try:
        yield
        if made:
            _hold(made[-1] / "socket")
    except BaseException:
        _remove(made)
        raise
    finally:
        connection.arbitrary_address = before  # type: ignore[attr-defined]
    if _held:
        _remove(made)
    for folder in made:
        util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=-100)


def stop() -> None:
    """End the fork server, if one runs; the next process starts another."""
    if _held:
        forkserver._forkserver._forkserver_address = "\0"  # type: ignore[attr-defined]  # there is no name to remove
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
    _release()


def _folder() -> Path:
    """A new folder whose name is short enough for that of a socket in it."""
    usual = tempfile.gettempdir()
    places = [usual] if len(os.fsencode(usual)) <= _LONGEST else ["/tmp", "/var/tmp", "/dev/shm"]
    for place in places:
        with contextlib.suppress(OSError):
            return Path(tempfile.mkdtemp(prefix="simcore-", dir=place))
    return Path(tempfile.mkdtemp(prefix="simcore-"))


def _hold(socket: Path) -> None:
    """Let clients find the socket by a descriptor, if the system can do that."""
    _release()
    if not hasattr(os, "O_PATH"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(socket, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
        name = f"/proc/self/fd/{descriptor}"
        if os.path.exists(name):
            forkserver._forkserver._forkserver_address = name  # type: ignore[attr-defined]
            _held.append(descriptor)
        else:  # no /proc
            os.close(descriptor)


def _release() -> None:
    while _held:
        os.close(_held.pop())


def _remove(folders: list[Path]) -> None:
    while folders:
        shutil.rmtree(folders.pop(), ignore_errors=True)
