"""Where a result comes from: the attributes of its root."""

from __future__ import annotations

import platform
import socket
import time
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Thread

from simcore.runs.repository import State, state_of

_ANSWERS: dict[Path, State] = {}
MOST_PLACES = 64
"""Places of which the answer is kept at once."""


class Provenance:
    """Begun with the run, so that it tells the state of the code then; git is asked while the run begins.

    once: for all runs of this process that lie in this place.
    """

    def __init__(self, place: Path, *, once: bool = False) -> None:
        self.begin()
        self._answers, self._place = (_ANSWERS if once else {}), place
        known = self._answers.get(place)
        self._found: list[State] = [] if known is None else [known]
        self._inquiry: Thread | None = None
        if known is None:
            self._inquiry = Thread(target=self._ask, name="simcore provenance", daemon=True)
            self._inquiry.start()

    def begin(self) -> None:
        """The run begins now: what was before is preparation."""
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()

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

    def _answer(self) -> State:
        if self._inquiry is not None:
            self._inquiry.join()  # it takes SECONDS at most
        found = self._found[0] if self._found else State("", 0)
        while self._place not in self._answers and len(self._answers) >= MOST_PLACES:
            self._answers.pop(next(iter(self._answers)), None)
        self._answers[self._place] = found
        return found

    def _ask(self) -> None:
        self._found.append(state_of(self._place))


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
