"""Damaged checkpoints and full disks: told loudly, never a silent start from the beginning."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from simcore.errors import CheckpointError, StorageError
from simcore.runs import resume, run
from simcore.runs.verify import digest
from simcore.storage.checkpoint import checkpoint_steps
from tests.conftest import within

pytestmark = pytest.mark.usefixtures("nothing_left")


class Ears:
    """A watch that keeps what is said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def started(self, *_: object) -> None: ...

    def progressed(self, _: object) -> None: ...

    def said(self, text: str) -> None:
        self.heard.append(text)

    def ended(self) -> None: ...


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.fixture
def done(file, tmp_path) -> Path:
    """A run of 40 sweeps with the checkpoints of steps 20, 30 and 40."""
    path = run(file, workers=1, overrides=["run.sweeps=20"], out=tmp_path / "out").path
    for sweeps in (30, 40):
        resume(path, workers=1, overrides=[f"run.sweeps={sweeps}"])
    assert checkpoint_steps(path / "checkpoints") == [20, 30, 40]
    return path


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_gives_the_same_bits(done):
    before, ears = digest(done), Ears()
    for step in (30, 40):
        damage(done / "checkpoints" / f"step-{step}.h5")
    assert digest(resume(done, workers=2, watch=ears).path) == before
    assert [line.split("checkpoints/")[1] for line in ears.heard] == [
        f"step-{step}.h5: its checksum does not match its contents; moved aside as step-{step}.h5.corrupt, "
        "trying the one before"
        for step in (40, 30)
    ]
    aside = {path.name for path in (done / "checkpoints").glob("*.corrupt")}
    assert aside == {"step-30.h5.corrupt", "step-40.h5.corrupt"}


def test_with_no_good_checkpoint_a_run_is_refused_again_and_again(done):
    for step in (20, 30, 40):
        damage(done / "checkpoints" / f"step-{step}.h5")
    before = (done / "result.h5").read_bytes()
    for _ in range(2):
        with pytest.raises(CheckpointError, match="no good checkpoint is left") as error:
            resume(done, workers=1)
        assert error.value.exit_code == 1
    assert (done / "result.h5").read_bytes() == before


def test_a_damaged_snapshot_is_an_error_and_not_a_gap(file, tmp_path):
    fields = ["output.fields.every=15 steps"]
    path = run(file, workers=1, overrides=["run.sweeps=40", *fields], out=tmp_path / "out").path
    damage(path / "checkpoints" / "fields" / "step-15.h5")
    with pytest.raises(StorageError, match=r"step-15\.h5: its checksum does not match"):
        resume(path, workers=1, overrides=["run.sweeps=50"])


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small file system")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def choked(command, ballast: Path) -> bool:
    """Fill the disk; whether there has been no checkpoint for half a second, a hundred times what one takes."""
    before = command.newest()
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    time.sleep(0.5)
    return command.newest() == before


def test_a_full_disk_costs_checkpoints_and_not_the_run(small_disk, launch, undisturbed):
    command = launch(small_disk / "out")
    ballast = small_disk / "ballast"
    assert within(60, lambda: choked(command, ballast))
    full = command.newest()
    ballast.unlink()
    command.writes_after(full)
    command.signal(15)
    code, errors = command.end()
    assert code == 128 + 15
    assert "no space left on device" in errors
    assert "trying again at the next one" in errors
    newest = command.newest()
    outcome = resume(command.place, workers=1, overrides=[f"run.sweeps={newest + 20}"])
    assert digest(outcome.path) == undisturbed(newest + 20)
