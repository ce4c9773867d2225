"""Every failure that simcore reports on purpose; each knows the exit code of the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class SimcoreError(Exception):
    """A failure with one clear message; the command line prints it and leaves with `exit_code`."""

    exit_code = 1


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in an experiment.

    `place` is `FILE:LINE:COLUMN`, `--set` or `dict`; `path` the dotted path of the key
    (`model.parameters.temperature`), empty if the whole file is meant.
    """

    place: str
    path: str
    message: str

    def __str__(self) -> str:
        if self.place in ("--set", "dict"):
            return f"{self.place} {self.path}: {self.message}" if self.path else f"{self.place}: {self.message}"
        return ": ".join(part for part in (self.place, self.path, self.message) if part)


class ExperimentError(SimcoreError):
    """The experiment is wrong: all of its problems at once, one line each."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.problems,)


class InvalidValueError(SimcoreError):
    """A model refuses a value: `path` is the dotted path of the key (`run.dt`), `message` what is allowed.

    The engine adds the place in the file and raises an `ExperimentError`.
    """

    exit_code = 2

    def __init__(self, path: str, message: str) -> None:
        self.path, self.message = path, message
        super().__init__(f"{path}: {message}")

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.path, self.message)


class UsageError(SimcoreError):
    """The command cannot be carried out as it was given (a directory that already holds a run, say)."""

    exit_code = 2


class WorkerError(SimcoreError):
    """A worker process died or raised; the message names the worker, the signal and the likely cause."""


class NotFiniteError(SimcoreError):
    """The state has a non-finite value: the scheme is unstable, or the solution diverges. step: the step reached."""

    def __init__(self, step: int, message: str) -> None:
        self.step = step
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.step, str(self))


class AuditError(SimcoreError):
    """What a run computes is not what its model says: found by the comparison at its beginning or its end."""


class StorageError(SimcoreError):
    """A file could not be written or read back whole (a full disk, no permission)."""


class CheckpointError(SimcoreError):
    """No good checkpoint is left to go on from."""


class CallbackError(SimcoreError):
    """A callback of `simcore.run` raised an exception or returned what cannot become series; the run has ended."""


class MeasurementError(SimcoreError):
    """A function that measures an array raised an exception, or returned another shape than it declares."""


class StoppedError(SimcoreError):
    """The run was stopped by a signal after its checkpoint was written, at `step` of `total`; None of a sweep."""

    def __init__(self, signal: int, message: str, step: int | None = None, total: int | None = None) -> None:
        self.signal = signal
        self.step, self.total = step, total
        self.exit_code = 128 + signal
        super().__init__(message)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.signal, str(self), self.step, self.total)
