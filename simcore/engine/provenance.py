"""Where a result comes from: the attributes of its root."""

from __future__ import annotations

import platform
import socket
import subprocess
import time
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path

_ANSWERS: dict[Path, tuple[str, int]] = {}


class Provenance:
    """Begun with the run, so that it tells the state of the code then; git is asked while the run goes on.

    once: for all runs of this process that lie in this place.
    """

    def __init__(self, place: Path, *, once: bool = False) -> None:
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        self._kept = (_ANSWERS, place) if once else ({}, place)
        self._git = None if place in self._kept[0] else _ask_git(place)

    def seconds(self) -> float:
        """Wall time since the beginning."""
        return time.monotonic() - self._clock

    def attributes(self) -> dict[str, int | float | str]:
        commit, dirty = self._answer()
        return {
            "python_version": platform.python_version(),
            **_versions(),
            "cpu": _cpu(),
            "host": socket.gethostname(),
            "started": self._started.isoformat(timespec="seconds"),
            "git_commit": commit,
            "git_dirty": dirty,
        }

    def close(self) -> None:
        """Wait for git, whose answer a run that failed never asked for."""
        self._answer()

    def _answer(self) -> tuple[str, int]:
        """The commit, and 1 where the tree differed from it; an empty text where there is no git or no repository."""
        answers, place = self._kept
        if place not in answers:
            answers[place] = self._heard()
        return answers[place]

    def _heard(self) -> tuple[str, int]:
        if self._git is None:
            return "", 0
        git, self._git = self._git, None
        try:
            lines = git.communicate(timeout=2.0)[0].splitlines()
        except (subprocess.TimeoutExpired, OSError):
            git.kill()
            git.communicate()
            return "", 0
        commit = next((line.removeprefix("# branch.oid ") for line in lines if line.startswith("# branch.oid ")), "")
        return commit, int(any(not line.startswith("#") for line in lines))


def _ask_git(place: Path) -> subprocess.Popen[str] | None:
    command = ["git", "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        return subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return None


@cache
def _versions() -> dict[str, str]:
    return {f"{name}_version": metadata.version(name) for name in ("simcore", "numpy", "numba", "h5py")}


@cache
def _cpu() -> str:
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
