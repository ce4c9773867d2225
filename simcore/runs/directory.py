"""The directory of one run: what lies where, who writes in it, and what its log tells."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simcore.errors import StoppedError, StorageError, UsageError
from simcore.runs import events
from simcore.runs.log import LogFile
from simcore.storage.atomic import sweep_temporaries
from simcore.storage.held import Held, is_locked, lock_soon

EXPERIMENT, RESULT, CHECKPOINTS, LOG = "experiment.yaml", "result.h5", "checkpoints", "run.log"
FIELDS, VTK = "fields", "fields.vtkhdf"
_CONTENTS = (EXPERIMENT, RESULT, VTK, CHECKPOINTS)


class RunDirectory:
    """A directory that holds, or is to hold, one run. Nothing is created before `claim`."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._log: LogFile | None = None
        self._held: Held | None = None

    @property
    def experiment(self) -> Path:
        return self.path / EXPERIMENT

    @property
    def result(self) -> Path:
        return self.path / RESULT

    @property
    def vtk(self) -> Path:
        return self.path / VTK

    @property
    def checkpoints(self) -> Path:
        return self.path / CHECKPOINTS

    @property
    def snapshots(self) -> Path:
        """Where the fields wait for the result: one file for each time, written once."""
        return self.checkpoints / FIELDS

    @property
    def log(self) -> Path:
        return self.path / LOG

    @property
    def held(self) -> bool:
        """Whether it is this process's own, see `claimed`."""
        return self._log is not None

    def holds_run(self) -> bool:
        return any((self.path / name).exists() for name in (*_CONTENTS, LOG))

    def is_running(self) -> bool:
        """Whether a process holds the directory or, where directories cannot be locked, the log at this moment."""
        if is_locked(self.path):
            return True
        try:
            with self.log.open() as log:
                fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        except OSError as error:
            raise UsageError(f"{self.log} cannot be read: {error.strerror}") from error
        return False

    def check(self, *, resume: bool, overwrite: bool) -> None:
        """Refuse early, before any work: raises UsageError."""
        found = next(place for place in (self.path, *self.path.absolute().parents) if os.path.lexists(place))
        if not found.exists():
            raise UsageError(f"{found} is a link that leads nowhere; --out names the directory of the run")
        if not found.is_dir():
            raise UsageError(f"{found} is a file; --out names the directory of the run")
        if not os.access(found, os.W_OK | os.X_OK):
            raise UsageError(f"{found} cannot be written to; --out names the directory of the run")
        if self.holds_run() and not (resume or overwrite):
            raise UsageError(f"{self.path} holds a run already: --resume goes on with it, --overwrite replaces it")
        if self.is_running():
            raise UsageError(f"{self.path}: a run is going on there; `simcore status {self.path}` shows it")

    @contextmanager
    def claimed(self, *, overwrite: bool) -> Iterator[None]:
        """Make the directory this process's own; how it ends is noted in its log.

        Raises UsageError if another process was faster. If it is this one's already, its holder notes the end.
        """
        if self._log is not None:
            yield
            return
        self._claim(overwrite)
        try:
            yield
        except BaseException as error:
            self.note_end(error)
            raise
        finally:
            self._release()

    def _claim(self, overwrite: bool) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._held = Held(self.path)
            self._log = LogFile(self.log, self.path.name)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be made: {error.strerror}") from error
        if not (self._held.lock() and lock_soon(self._log.fileno())):
            self._release()
            raise UsageError(f"{self.path}: another run has just begun there")
        for place in (self.path, self.checkpoints, self.snapshots):
            sweep_temporaries(place)  # of writers that were killed
        if overwrite:
            self._empty()
        self._log.begin()

    def stay(self) -> None:
        """See that the path is still that of the directory that was claimed; call it before anything is written there.

        Raises StorageError if it was moved or removed: a new one of the old name would have no experiment in it.
        """
        if self._held is not None:
            self._held.check()

    def _release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def note(self, event: events.Event) -> None:
        """One line of the log, while the directory is claimed."""
        if self._log is not None:
            self._log.write(event)

    def note_end(self, error: BaseException) -> None:
        """How a run ended that is neither done nor paused."""
        if isinstance(error, StoppedError):
            self.note(events.Stopped(error.signal, error.step, error.total, str(error)))
        else:
            self.note(events.Failed.by(error))

    def _empty(self) -> None:
        assert self._log is not None
        self._log.empty()
        for name in _CONTENTS:
            place = self.path / name
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink(missing_ok=True)
