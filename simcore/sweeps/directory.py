"""The directory of a sweep: its files, and how it is overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

from simcore.config import to_text
from simcore.errors import StorageError, UsageError
from simcore.runs.directory import RunDirectory
from simcore.storage.atomic import sweep_temporaries, write_file
from simcore.storage.sealed_text import sealed_text
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.files import ESTIMATES, EXPERIMENT, FAILURES, LAUNCHERS, LEDGER, POINTS
from simcore.sweeps.heartbeat import living


class SweepDirectory:
    """A directory that holds, or is to hold, one sweep."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def holds_sweep(self) -> bool:
        return (self.path / LEDGER).exists()

    def prepare(self, *, overwrite: bool) -> None:
        """Make it. Raises UsageError if it holds a run, or a sweep that goes on and would be overwritten."""
        if not self.holds_sweep():
            RunDirectory(self.path).check(resume=False, overwrite=False)
        elif overwrite:
            if living(self.path):
                raise UsageError(f"{self.path}: a sweep is going on there; `simcore status {self.path}` shows it")
            self._empty()
        try:
            (self.path / POINTS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self.path} cannot be made: {error.strerror}") from error
        sweep_temporaries(self.path)

    def write_experiment(self, sweep: Sweep) -> None:
        """Write the sweep as it is now."""
        data = {"name": sweep.name or self.path.name, **sweep.written}
        kind = data["model"]["type"]
        if isinstance(kind, type):
            data = {**data, "model": {**data["model"], "type": f"{kind.__module__}:{kind.__qualname__}"}}
        text = sealed_text(to_text(data))
        place = self.path / EXPERIMENT
        if not place.exists() or place.read_bytes() != text:
            write_file(place, text)

    def _empty(self) -> None:
        for name in (EXPERIMENT, ESTIMATES, FAILURES, LEDGER):
            (self.path / name).unlink(missing_ok=True)
        for name in (POINTS, LAUNCHERS):
            shutil.rmtree(self.path / name, ignore_errors=True)
