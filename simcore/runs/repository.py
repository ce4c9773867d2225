"""The commit of a git repository, and whether its files differ from it, without running any program of the repository.

`git status` runs what the repository's own configuration names: `core.fsmonitor`, and the clean filters of
`.gitattributes` for files whose contents it compares. So git is asked only for its own data (the commit, the index),
and the files are compared here: by size and time as git does, else by the hash of their contents.

A file that a filter changes (line ends, large file storage) has another hash than its index entry. It counts as changed
if its size or time differs from what the index says.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

SECONDS = 2.0

# An empty core.fsmonitor switches it off in all versions. No transport, should git want an object it has not got.
_OFF = ("--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=", "-c", f"core.hooksPath={os.devnull}")
_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
_ENTRY = re.compile(
    rb"(?P<tag>[A-Za-z?]) (?P<mode>\d+) (?P<hash>[0-9a-f]+) (?P<stage>\d)\t(?P<name>[^\0]*)\0"
    rb"(?:  ctime: \d+:\d+\n  mtime: (?P<seconds>\d+):(?P<nano>\d+)\n  dev:.*\n  uid:.*\n  size: (?P<size>\d+)\t.*\n)?"
)
_LINK, _MODULE, _EXECUTABLE = b"120000", b"160000", b"100755"
_SKIPPED = b"S"  # not checked out


class State(NamedTuple):
    """commit: empty if there is no git, or no commit. dirty: 1 if a tracked file differs from it, or if it took more
    than two seconds to tell.
    """

    commit: str
    dirty: int


class _Slow(Exception):
    """The time is over."""


def state_of(place: Path) -> State:
    """The state of the repository that holds a folder."""
    deadline = time.monotonic() + SECONDS
    commit = ""
    try:
        found = _git(place, deadline, "rev-parse", "--verify", "HEAD")
        if found is None:
            return State("", 0)
        commit = found.decode().strip()
        return State(commit, int(_differs(place, deadline)))
    except (_Slow, subprocess.TimeoutExpired):
        return State(commit, int(bool(commit)))
    except (OSError, UnicodeDecodeError):
        return State(commit, int(bool(commit)))


def _differs(place: Path, deadline: float) -> bool:
    compared = ("diff-index", "--cached", "--quiet", "--no-ext-diff", "--ignore-submodules=all", "HEAD", "--")
    if _git(place, deadline, *compared) is None:
        return True
    places = _git(place, deadline, "rev-parse", "--show-toplevel", "--git-path", "index")
    if places is None:  # a repository without files
        return False
    top, index = places.decode(errors="surrogateescape").splitlines()
    listed = _git(Path(top), deadline, "ls-files", "-t", "--stage", "--debug", "-z")
    if listed is None:
        return True
    written = (place / index).stat().st_mtime_ns
    return any(_changed(Path(top), entry, written, deadline) for entry in _ENTRY.finditer(listed))


def _changed(top: Path, entry: re.Match[bytes], written: int, deadline: float) -> bool:
    """Whether a tracked file is another one than its entry in the index, which was written at a time (ns)."""
    _look_at_the_clock(deadline)
    if entry["tag"] == _SKIPPED or entry["mode"] == _MODULE:
        return False
    path = os.path.join(os.fsencode(top), entry["name"])
    try:
        found = os.lstat(path)
    except OSError:
        return True
    link = entry["mode"] == _LINK
    if entry["stage"] != b"0" or stat.S_ISLNK(found.st_mode) != link or not (link or stat.S_ISREG(found.st_mode)):
        return True
    if not link and bool(found.st_mode & stat.S_IXUSR) != (entry["mode"] == _EXECUTABLE):
        return True
    if entry["size"] is not None:
        time_of_entry = int(entry["seconds"]) * 10**9 + int(entry["nano"])
        # a file that changed with the index, or after it, may have the size and time of its entry all the same
        if (found.st_size, found.st_mtime_ns) == (int(entry["size"]), time_of_entry) and time_of_entry < written:
            return False
    return _hash(path, found, len(entry["hash"]), deadline) != entry["hash"].decode()


def _hash(path: bytes, found: os.stat_result, length: int, deadline: float) -> str:
    """The name that git gives to the contents of a file."""
    hashed = hashlib.sha1(usedforsecurity=False) if length == 40 else hashlib.sha256()
    hashed.update(b"blob %d\0" % found.st_size)
    if stat.S_ISLNK(found.st_mode):
        hashed.update(os.readlink(path))
        return hashed.hexdigest()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        while part := file.read(1 << 20):
            hashed.update(part)
            _look_at_the_clock(deadline)
    return hashed.hexdigest()


def _look_at_the_clock(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise _Slow


def _git(place: Path, deadline: float, *arguments: str) -> bytes | None:
    """What git prints; None if it is not there or fails. Raises subprocess.TimeoutExpired, OSError."""
    program = shutil.which("git", path=_absolute(os.environ.get("PATH", os.defpath)))
    if program is None:
        return None
    done = subprocess.run(
        [program, *_OFF, *arguments],
        cwd=place,
        env={**os.environ, **_ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        timeout=max(0.01, deadline - time.monotonic()),
        check=False,
    )
    return done.stdout if done.returncode == 0 else None


def _absolute(path: str) -> str:
    """Without the folders that depend on where one stands: a repository may hold a program called git."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if os.path.isabs(folder))
