"""Whether the files of a run or a sweep are what was written: all of each is read and compared with its checksums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simcore.errors import SimcoreError, UsageError
from simcore.runs.log import verify_log
from simcore.storage.checkpoint import checkpoint_steps, read_checkpoint
from simcore.storage.result import verify_result
from simcore.storage.seal import verify
from simcore.storage.sealed_text import verify_sealed
from simcore.sweeps.files import ESTIMATES, EXPERIMENT, LEDGER, POINTS
from simcore.sweeps.ledger import Ledger
from simcore.sweeps.status import holds_sweep

_RESULT, _VTK, _CHECKPOINTS, _FIELDS, _LOG = "result.h5", "fields.vtkhdf", "checkpoints", "fields", "run.log"


@dataclass(frozen=True)
class Checked:
    """A file, and in one line what is wrong with it; empty if nothing is."""

    path: Path
    problem: str


def check_files(directory: Path | str) -> Iterator[Checked]:
    """Each file with checksums of a run, or of a sweep and all its points.

    Files that a run removes meanwhile are passed over. Raises UsageError if there is none.
    """
    directory = Path(directory)
    found = False
    for path, look in _files(directory):
        try:
            look(path)
            problem = ""
        except FileNotFoundError:
            continue
        except SimcoreError as error:
            if not path.exists():
                continue
            problem = str(error).removeprefix(f"{path}: ")
        found = True
        yield Checked(path, problem)
    if not found:
        raise UsageError(f"{directory}: no result, checkpoint or ledger is there")


def _files(directory: Path) -> Iterator[tuple[Path, Callable[[Path], object]]]:
    if not holds_sweep(directory):
        yield from _files_of_run(directory)
        return
    if (directory / EXPERIMENT).exists():
        yield directory / EXPERIMENT, verify_sealed
    yield directory / LEDGER, lambda path: Ledger(path.parent).refresh()
    if (directory / ESTIMATES).exists():
        yield directory / ESTIMATES, verify_result
    for point in sorted((directory / POINTS).glob("*/")):
        yield from _files_of_run(point)


def _files_of_run(directory: Path) -> Iterator[tuple[Path, Callable[[Path], object]]]:
    if (directory / EXPERIMENT).exists():
        yield directory / EXPERIMENT, verify_sealed
    if (directory / _RESULT).exists():
        yield directory / _RESULT, verify_result
    if (directory / _VTK).exists():
        yield directory / _VTK, lambda path: verify(path, "vtkhdf")
    for place in (directory / _CHECKPOINTS, directory / _CHECKPOINTS / _FIELDS):
        for step in checkpoint_steps(place):
            yield place / f"step-{step}.h5", read_checkpoint
    if (directory / _LOG).exists():
        yield directory / _LOG, verify_log
