"""Standard streams that are closed, full, broken or of another encoding cost no result and are no traceback."""

from __future__ import annotations

import os
import shlex
import sys

import pytest

from simcore.parallel.descriptors import occupy_standard
from tests.environments.conftest import SIMCORE

RUN = f"{shlex.join(SIMCORE)} run heat.yaml --out out"


@pytest.fixture
def shell(simcore):
    """Run a line of the shell."""
    return lambda line: simcore(line, command=["bash", "-c"])


@pytest.mark.parametrize(
    "closed", [">&-", "<&- >&- 2>&-", *(pytest.param(one, marks=pytest.mark.slow) for one in ("2>&-", "<&-"))]
)
def test_a_closed_stream_is_no_obstacle(closed, shell, folder):
    done = shell(f"{RUN} {closed}")
    assert (done.returncode, done.stderr) == (0, "")
    assert ("mean_u" in done.stdout) == (">&- " not in f"{closed} ".replace("2>&- ", ""))
    assert (folder / "out" / "result.h5").exists()


def test_the_function_works_with_closed_streams_as_well(shell, folder):
    """The first pipe of the fork server would be descriptor 1, over which workers put standard error."""
    program = "import simcore; simcore.run('heat.yaml', out='out')"
    done = shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(program)} >&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / "out" / "result.h5").exists()


def test_a_closed_standard_error_does_not_send_errors_to_standard_output(shell):
    done = shell(f"{RUN} --set model.parameters.E=1 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_reader_that_leaves_early_is_a_broken_pipe(shell, folder):
    done = shell(f"{RUN} | true; echo ${{PIPESTATUS[0]}}")
    assert (done.stdout, done.stderr) == ("141\n", "")
    assert (folder / "out" / "result.h5").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_device_is_one_line(shell, folder):
    done = shell(f"{RUN} > /dev/full")
    assert (done.returncode, done.stderr) == (1, "standard output: No space left on device\n")
    assert (folder / "out" / "result.h5").exists()


def test_a_letter_that_the_output_cannot_encode_is_written_as_its_number(simcore, folder):
    (folder / "heat.yaml").rename(folder / "wärme.yaml")
    done = simcore("run", "wärme.yaml", environment={"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"})
    assert done.returncode == 0, done.stderr
    assert "results/w\\xe4rme" in done.stdout


def test_descriptors_that_are_open_stay_as_they_are():
    before = [os.fstat(number).st_ino for number in range(3)]
    occupy_standard()
    assert [os.fstat(number).st_ino for number in range(3)] == before
