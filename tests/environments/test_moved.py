"""A directory that is moved or removed while a run goes on in it: the run stops, and makes no second one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import simcore
from simcore.errors import StorageError
from simcore.runs import resume, run, status
from simcore.runs.verify import digest
from simcore.sweeps.ledger import Ledger

MODEL = {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.3}}
EXPERIMENT = {
    "model": MODEL,
    "run": {"seed": 3, "sweeps": 10**12, "measure_every": 1000},  # it ends when it is stopped, however fast it is
    "checkpoint": {"every": "1000 steps"},
}


class Mover:
    """A watch that does something with the directory once a checkpoint is there."""

    def __init__(self, place: Path, act) -> None:
        self._place, self._act = place, act

    def started(self, *_: object) -> None: ...

    def progressed(self, _: object) -> None:
        if self._act is not None and list(self._place.glob("checkpoints/step-*.h5")):
            self._act, act = None, self._act
            act(self._place)

    def said(self, _: str) -> None: ...

    def ended(self) -> None: ...


def holds_no_run(place: Path) -> bool:
    """At most the checkpoint that was just being written."""
    return not place.exists() or {path.name for path in place.iterdir()} <= {"checkpoints"}


def move(place: Path) -> None:
    place.rename(place.with_name("moved"))


def remove(place: Path) -> None:
    while place.exists():  # a checkpoint may just be written there
        shutil.rmtree(place, ignore_errors=True)


def move_and_put_another_there(place: Path) -> None:
    move(place)
    place.mkdir()


@pytest.mark.parametrize("act", [move, move_and_put_another_there])
def test_a_run_whose_directory_is_moved_stops_and_can_be_resumed_there(act, tmp_path):
    out, moved = tmp_path / "out", tmp_path / "moved"
    with pytest.raises(StorageError) as told:
        run(EXPERIMENT, out=out, workers=1, watch=Mover(out, act))
    assert str(told.value) == f"{out} was moved to {moved} while the run went on: simcore resume {moved}"
    assert holds_no_run(out)
    assert status(moved).state == "failed"
    short = status(moved).checkpoint + 2000
    assert digest(resume(moved, workers=1, overrides={"run.sweeps": short}).path) == digest(
        run(EXPERIMENT, overrides={"run.sweeps": short}, out=tmp_path / "whole", workers=1).path
    )


def test_a_run_whose_directory_is_removed_stops(tmp_path):
    out = tmp_path / "out"
    with pytest.raises(StorageError, match="was moved or removed while the run went on"):
        run(EXPERIMENT, out=out, workers=1, watch=Mover(out, remove))
    assert holds_no_run(out)


def test_a_sweep_whose_directory_is_moved_stops(tmp_path):
    source = {"model": MODEL, "run": {"seed": 3, "sweeps": 20}, "sweep": {"replicas": 2}}
    place = simcore.sweep(source, out=tmp_path / "out", workers=1).path
    ledger = Ledger(place)
    ledger.refresh()
    move(place)
    with pytest.raises(StorageError, match="was moved or removed while the sweep went on"):
        ledger.refresh()
    place.mkdir()
    with pytest.raises(StorageError, match="was moved or removed while the sweep went on"), ledger.locked():
        pass
