"""Workers, fork server and supervisor really die here: nobody waits for ever, and the error names the cause."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from multiprocessing import forkserver

import psutil
import pytest
from conftest import is_gone, wait_until
from team_job import ToolJob

from simcore.errors import WorkerError
from simcore.parallel import death
from simcore.parallel.shared import ABORT
from simcore.parallel.team import Team


def last_words(team: Team) -> str:
    with pytest.raises(WorkerError) as caught:
        team.collect()
    return str(caught.value)


@pytest.mark.parametrize(("workers", "victim"), [(1, 0), (2, 0), (2, 1), (4, 2)])
def test_a_worker_killed_in_a_slice_is_named_and_the_others_leave_the_barrier(workers, victim):
    with Team(ToolJob(workers), workers) as team:
        pids = team.pids
        assert len(team.ready) == workers
        team.post(("hammer", 10**12))
        time.sleep(0.05)
        os.kill(pids[victim], signal.SIGKILL)
        words = last_words(team)
        assert words == f"worker {victim} (pid {pids[victim]}): died of SIGKILL: {death._CAUSES['SIGKILL']}"
        assert team.control.array[ABORT] == 1
    assert all(map(is_gone, pids))


def test_peers_that_already_sleep_in_the_barrier_are_freed():
    with Team(ToolJob(workers=3), 3) as team:
        pids = team.pids
        team.post(("hammer_but_die", 10, 1))
        assert "worker 1 " in last_words(team)
        survivors = [psutil.Process(pids[rank]) for rank in (0, 2)]
        assert all(survivor.is_running() for survivor in survivors)  # they were freed, not killed
    assert all(map(is_gone, pids))


def test_a_worker_killed_between_slices_is_found():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("echo", 1))
        team.collect()
        os.kill(team.pids[1], signal.SIGKILL)
        assert wait_until(lambda: is_gone(team.pids[1]))
        team.post(("echo", 2))
        assert "out of memory" in last_words(team)


def test_a_worker_that_dies_after_its_reply_is_found_while_others_are_still_at_work():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("only", 1, "sleep", 3600))
        assert team.collect(timeout=0.1) is None
        os.kill(team.pids[0], signal.SIGKILL)
        assert "worker 0 " in last_words(team)
        os.kill(team.pids[1], signal.SIGKILL)


def ready_and_asked(team: Team) -> None:
    """A worker may have been ready before the signal came; then it is found when it is asked for something."""
    assert len(team.ready) == 2
    team.post(("evaluate", "0"))
    team.collect()


@pytest.mark.parametrize("when", ["at once", "while it prepares"])
def test_a_worker_killed_during_its_start_is_found(when):
    with Team(ToolJob(workers=2, fail_to_prepare="" if when == "at once" else "kill"), 2) as team:
        if when == "at once":
            os.kill(team.pids[0], signal.SIGKILL)
        with pytest.raises(WorkerError, match="SIGKILL"):
            ready_and_asked(team)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (("segfault",), "died of SIGSEGV: a kernel read or wrote outside its arrays"),
        (("evaluate", "os.kill(os.getpid(), signal.SIGBUS)"), "died of SIGBUS: the shared memory could not be backed"),
        (("evaluate", "os.abort()"), "died of SIGABRT"),
        (("evaluate", "os.kill(os.getpid(), signal.SIGUSR2)"), "died of SIGUSR2"),
        (("leave", 3), "left with exit code 3"),
        (("divide",), "ZeroDivisionError"),
        (("evaluate", "sys.exit(0)"), "SystemExit"),
        (("answer_with_a_lambda",), "pickle"),
    ],
)
def test_the_error_tells_what_a_worker_died_of(command, expected):
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("only", 1, *command))
        words = last_words(team)
        assert words.startswith(f"worker 1 (pid {team.pids[1]})")
        assert expected in words


def test_an_exception_while_preparing_comes_with_its_traceback():
    with Team(ToolJob(workers=2, fail_to_prepare="divide"), 2) as team:
        words = last_words(team)
        assert "return 1 // 0" in words
        assert "ZeroDivisionError" in words


def test_a_failure_is_told_again_to_whoever_asks_again():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("divide",))
        assert last_words(team) == last_words(team)


@pytest.mark.parametrize("command", [("echo", 1), ("hammer", 10**12)])
def test_the_death_of_the_fork_server_ends_the_team_clearly(command):
    with Team(ToolJob(workers=2), 2) as team:
        pids = team.pids
        assert len(team.ready) == 2
        if command[0] != "echo":
            team.post(command)
        server = forkserver._forkserver._forkserver_pid
        os.kill(server, signal.SIGKILL)
        if command[0] == "echo":
            wait_until(lambda: is_gone(server))
            team.post(command)
            with contextlib.suppress(WorkerError):  # the replies may overtake the news
                team.collect()
        else:
            assert "the fork server, which watches the workers, died" in last_words(team)
    assert wait_until(lambda: all(map(is_gone, pids)))


def test_a_team_starts_after_the_fork_server_of_the_last_one_was_killed():
    with Team(ToolJob(workers=1), 1) as team:
        assert len(team.ready) == 1
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    assert wait_until(lambda: is_gone(forkserver._forkserver._forkserver_pid))
    with Team(ToolJob(workers=1), 1) as team:
        team.post(("echo", 1))
        assert team.collect() == [(0, 1)]


SUPERVISOR = """
import sys, time
from team_job import ToolJob
from simcore.parallel.team import Team
team = Team(ToolJob(workers=2), 2).start()
team.ready
team.post({command})
print(*team.pids, flush=True)
{then}
"""


def supervise(environment, command, then: str) -> tuple[subprocess.Popen, list[int]]:
    source = SUPERVISOR.format(command=command, then=then)
    process = subprocess.Popen(
        [sys.executable, "-c", source], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process, [int(pid) for pid in process.stdout.readline().split()]


@pytest.mark.parametrize("command", [("hammer", 10**12), ("sleep", 3600), ("echo", 0)])
def test_a_killed_supervisor_leaves_no_worker(environment, command):
    process, pids = supervise(environment, command, "time.sleep(3600)")
    with process:
        servants = psutil.Process(process.pid).children(recursive=True)
        assert {servant.pid for servant in servants} >= set(pids)
        assert len(pids) == 2
        process.kill()
        process.wait()
        try:
            assert wait_until(lambda: all(is_gone(servant.pid) for servant in servants))
        finally:
            for servant in servants:
                with contextlib.suppress(psutil.NoSuchProcess):
                    servant.kill()


@pytest.mark.parametrize("then", ["", "sys.exit(3)", "1 / 0"])
def test_a_supervisor_that_forgets_its_team_ends_all_the_same(environment, then):
    process, pids = supervise(environment, ("hammer", 10**12), then)
    with process:
        assert process.wait(timeout=30) == {"": 0, "sys.exit(3)": 3, "1 / 0": 1}[then]
        assert "multiprocessing" not in process.stderr.read()
    assert len(pids) == 2
    assert wait_until(lambda: all(map(is_gone, pids)))


def test_signals_to_the_whole_group_leave_workers_and_fork_server_at_their_work(environment):
    source = SUPERVISOR.format(
        command=("echo", 0),
        then="import signal, os\n"
        "team.collect()\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):\n"
        "    signal.signal(number, lambda *_: None)\n"
        "    os.killpg(0, number)\n"
        "time.sleep(0.1)\n"
        "team.post(('echo', 'unharmed'))\n"
        "print(team.collect())\n"
        "team.close()",
    )
    done = subprocess.run(
        [sys.executable, "-c", source],
        env=environment,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1] == "[(0, 'unharmed'), (1, 'unharmed')]"


def test_every_exit_code_has_words():
    for code in (*range(-64, 0), 0, 1, 3, 255, None):
        assert len(death.likely_cause(code)) > 10
