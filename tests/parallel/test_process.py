"""Children start from wherever a user types, and take nothing of the terminal's."""

import multiprocessing
import os
import signal
import subprocess
import sys

import pytest

from simcore.errors import UsageError
from simcore.parallel import process, terminal
from simcore.parallel.team import Team

# No guard: were `__main__` imported by a worker, this would start teams without end (or fail in multiprocessing).
PROGRAM = """
import os
from simcore.parallel.shared import SharedArray
from simcore.parallel.team import Team

print("once", flush=True)

class Job:
    def __init__(self):
        self.array = SharedArray(2, "int64")
    def prepare(self, rank, control):
        def run(command):
            print("never on standard output", flush=True)
            os.write(1, b"nor this")
            self.array.array[rank] = command + rank
        return run

job = Job()
with Team(job, 2) as team:
    team.post(40)
    team.collect()
print(job.array.array.tolist(), flush=True)
"""
EXPECTED = ["once", "[40, 41]"]


def lines_of(done: subprocess.CompletedProcess) -> list[str]:
    assert done.returncode == 0, done.stderr
    assert done.stderr.replace("nor this", "").replace("never on standard output\n", "") == ""
    return done.stdout.splitlines()


def test_a_script_without_a_guard_starts_a_team(python, tmp_path):
    (tmp_path / "script.py").write_text(PROGRAM)
    assert lines_of(python("script.py", check=False)) == EXPECTED


def test_a_module_without_a_guard_starts_a_team(python, tmp_path):
    (tmp_path / "module.py").write_text(PROGRAM)
    assert lines_of(python("-m", "module", check=False)) == EXPECTED


def test_python_c_starts_a_team(python):
    assert lines_of(python("-c", PROGRAM, check=False)) == EXPECTED


def test_standard_input_starts_a_team(python):
    assert lines_of(python("-", stdin=PROGRAM, check=False)) == EXPECTED


@pytest.mark.slow
def test_an_interactive_session_starts_a_team(python):
    done = python("-i", "-c", PROGRAM, stdin="print(sum(job.array.array))\n", check=False)
    assert done.stdout.replace(">>> ", "").splitlines() == [*EXPECTED, "81"]


def test_a_notebook_cell_starts_a_team(python):
    pytest.importorskip("IPython")
    source = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        f"InteractiveShell.instance().run_cell({PROGRAM!r}).raise_error()"
    )
    assert lines_of(python("-c", source, check=False)) == EXPECTED


def test_a_forked_child_of_a_process_with_a_team_starts_its_own(python):
    source = PROGRAM.replace('print("once", flush=True)', "") + (
        "\nimport sys\nchild = os.fork()\n"
        "if child == 0:\n"
        "    with Team(job, 2) as team:\n"
        "        team.post(10)\n"
        "        team.collect()\n"
        "    print(job.array.array.tolist(), flush=True)\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)"
    )
    assert lines_of(python("-c", source, check=False)) == ["[40, 41]", "[10, 11]"]


def test_main_is_the_users_again_after_a_start_and_after_a_failed_one():
    main = sys.modules["__main__"]
    process.start(print, name="nothing").join()
    assert sys.modules["__main__"] is main
    with pytest.raises(UsageError):
        process.start(print, process.Parcel(sys.stdout), name="nothing")
    assert sys.modules["__main__"] is main


def test_a_child_has_the_parents_path_and_directory_and_one_thread_for_linear_algebra():
    from team_job import ToolJob

    with Team(ToolJob(workers=1), 1) as team:
        team.post(("evaluate", "(sys.path, os.getcwd(), os.environ['OPENBLAS_NUM_THREADS'], 'numba' in sys.modules)"))
        assert team.collect() == [(sys.path, os.getcwd(), "1", True)]


def test_a_child_cannot_be_reached_by_the_terminal():
    from team_job import ToolJob

    with Team(ToolJob(workers=1), 1) as team:
        team.post(("evaluate", f"[signal.getsignal(number) for number in {[int(n) for n in terminal.SIGNALS]}]"))
        assert team.collect() == [[signal.SIG_IGN] * len(terminal.SIGNALS)]


def test_the_callers_signal_mask_is_left_as_it_was():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with terminal.blocked(terminal.SIGNALS):
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) >= set(terminal.SIGNALS)
    process.warm_up()
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def test_a_daemonic_process_gets_a_reason(monkeypatch):
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
    with pytest.raises(UsageError, match=r"use concurrent\.futures"):
        process.start(print, name="nothing")


def test_the_supervisor_imports_neither_numba_nor_h5py(python):
    python(
        "-c",
        "import sys, simcore.parallel.team, simcore.parallel.cpus, simcore.parallel.partition\n"
        "from simcore.parallel import process\n"
        "process.warm_up()\n"
        "assert not {'numba', 'h5py', 'scipy', 'xarray', 'cloudpickle', 'llvmlite'} & set(sys.modules)",
    )


def test_a_child_that_nobody_ends_is_killed_at_exit(python):
    python("-c", "import time\nfrom simcore.parallel import process\nprocess.start(time.sleep, 3600, name='sleeper')")


def test_a_worker_of_joblib_whose_start_method_nobody_else_knows_starts_a_team(python):
    named = "import multiprocessing; multiprocessing.get_start_method = lambda allow_none=False: 'loky'\n"
    patched = "import multiprocessing.spawn as s; s.get_start_method = multiprocessing.get_start_method\n"
    assert lines_of(python("-c", named + patched + PROGRAM, check=False)) == EXPECTED
