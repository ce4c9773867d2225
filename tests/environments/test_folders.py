"""Folders that are gone, have long names, lead nowhere, or hold a run whose log was removed."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

from simcore.errors import StoppedError, UsageError
from simcore.runs import run, status
from tests.environments.conftest import SIMCORE
from tests.environments.test_moved import EXPERIMENT, Mover


def test_a_temporary_folder_with_a_long_name_is_no_obstacle(simcore, tmp_path):
    long = tmp_path / ("x" * 100)
    long.mkdir()
    done = simcore("run", "heat.yaml", environment={"TMPDIR": str(long)})
    assert (done.returncode, done.stderr) == (0, "")
    assert list(long.iterdir()) == []


def test_a_current_folder_that_is_gone_is_one_line(simcore, folder):
    script = f"mkdir gone; cd gone; rmdir ../gone; exec '{SIMCORE[0]}' \"$@\""
    done = simcore(*SIMCORE[1:], "run", str(folder / "heat.yaml"), command=["bash", "-c", script, "bash"])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "the current folder cannot be used (No such file or directory); change to another one\n"


def test_a_directory_that_is_a_link_to_nothing_is_refused_before_anything_is_compiled(tmp_path):
    (tmp_path / "out").symlink_to("nowhere")
    for place in ("out", "out/run"):
        with pytest.raises(UsageError, match=r"out is a link that leads nowhere"):
            run(EXPERIMENT, out=tmp_path / place, workers=1)


def test_a_run_whose_log_was_removed_is_still_alone_in_its_directory(tmp_path):
    refused = []

    def begin_another(place) -> None:
        os.kill(os.getpid(), signal.SIGTERM)  # the run ends when this is over, and not before
        (place / "run.log").unlink()
        assert status(place).state == "running"
        for how in ("resume", "overwrite"):
            with pytest.raises(UsageError, match="a run is going on there") as told:
                run(EXPERIMENT, out=place, workers=1, **{how: True})
            refused.append(told)

    with pytest.raises(StoppedError, match="its checkpoint is written"):
        run(EXPERIMENT, out=tmp_path / "out", workers=1, watch=Mover(tmp_path / "out", begin_another))
    assert len(refused) == 2
    shutil.rmtree(tmp_path / "out")
