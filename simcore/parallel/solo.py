"""One worker in the process that asks: for a run that is too small to share, among many that go side by side."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from simcore.parallel import worker
from simcore.parallel.shared import WORDS, PrivateArray


class Solo:
    """A team of one without a process of its own; the interface of `Team`.

    What the job raises comes out of `start` and `collect` as it is.
    """

    def __init__(self, job: worker.Job) -> None:
        self._job = job
        self._replies: list[Any] = []
        self.ready = [0.0]
        self.pids: list[int] = []

    def start(self) -> Self:
        """Prepare the job, here and now."""
        self._run = self._job.prepare(0, PrivateArray(WORDS, np.int64))
        return self

    def prepared(self, timeout: float) -> bool:
        """Yes: `start` has seen to it."""
        return True

    def post(self, command: Any) -> None:
        """Carry out a command, here and now."""
        self._replies.append(self._run(command))

    def collect(self, timeout: float | None = None) -> list[Any] | None:
        """The reply to one command, in a list as of a team of one."""
        return [self._replies.pop(0)]

    def release(self) -> None:
        """There is nobody to leave."""

    def kill(self) -> None:
        """There is nobody to end."""

    def close(self) -> None:
        """There is nothing to end."""
