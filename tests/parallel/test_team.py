"""A team at work: commands, replies, time-outs, and the ways in which it is started."""

import multiprocessing
import os
import signal
import threading
import time

import psutil
import pytest
from conftest import is_gone, wait_until
from team_job import ToolJob

from simcore.errors import UsageError, WorkerError
from simcore.parallel.team import Team


def test_replies_come_by_rank_command_after_command():
    with Team(ToolJob(workers=3), 3) as team:
        for value in range(5):
            team.post(("echo", value))
            assert team.collect() == [(0, value), (1, value), (2, value)]


def test_replies_to_commands_posted_ahead_come_in_order():
    with Team(ToolJob(workers=2), 2) as team:
        for value in "abc":
            team.post(("echo", value))
        assert [team.collect() for _ in "abc"] == [[(0, value), (1, value)] for value in "abc"]


def test_ready_tells_the_seconds_each_worker_took():
    with Team(ToolJob(workers=2), 2) as team:
        assert len(team.ready) == 2
        assert all(seconds >= 0 for seconds in team.ready)
        assert len(set(team.pids)) == 2
        assert os.getpid() not in team.pids


def test_workers_that_still_prepare_their_job_are_ended_at_once():
    team = Team(ToolJob(workers=2, fail_to_prepare="linger"), 2).start()
    assert not team.prepared(0.5)
    pids, began = team.pids, time.monotonic()
    team.close()
    assert time.monotonic() - began < 4.0
    assert all(map(is_gone, pids))


def test_prepared_says_that_all_are_ready():
    with Team(ToolJob(workers=2), 2) as team:
        assert team.prepared(60.0)
        assert len(team.ready) == 2


def test_a_time_out_loses_nothing():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("only", 1, "sleep", 0.3))
        assert team.collect(timeout=0) is None
        assert team.collect(timeout=0.05) is None
        assert team.collect() == [None, 0.3]


def test_closing_ends_every_worker_and_may_be_repeated():
    team = Team(ToolJob(workers=2), 2).start()
    pids = team.pids
    team.close()
    team.close()
    assert all(map(is_gone, pids))
    assert team.pids == []


def test_workers_that_are_released_leave_while_nobody_waits():
    with Team(ToolJob(workers=2), 2) as team:
        assert all(seconds >= 0 for seconds in team.ready)
        pids = team.pids
        team.release()
        assert wait_until(lambda: all(is_gone(pid) for pid in pids))
        team.release()
    assert team.pids == []


def test_closing_in_the_middle_of_a_slice_ends_it():
    with Team(ToolJob(workers=2), 2) as team:
        team.post(("hammer", 10**12))
        assert team.collect(timeout=0.2) is None


def test_a_worker_that_does_not_leave_is_killed(monkeypatch):
    monkeypatch.setattr("simcore.parallel.team._GRACE", 0.2)
    with Team(ToolJob(workers=2), 2) as team:
        assert len(team.ready) == 2
        pids = team.pids
        team.post(("only", 1, "sleep", 3600))
        os.kill(pids[0], signal.SIGSTOP)
    assert all(map(is_gone, pids))


def test_a_forgotten_team_is_dismissed_with_its_last_reference():
    pids = Team(ToolJob(workers=2), 2).start().pids
    assert wait_until(lambda: all(map(is_gone, pids)))


def test_workers_ignore_what_a_terminal_or_a_batch_system_sends_to_the_group():
    with Team(ToolJob(workers=2), 2) as team:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
            for pid in team.pids:
                os.kill(pid, number)
        team.post(("echo", "here"))
        assert team.collect() == [(0, "here"), (1, "here")]


def test_a_team_starts_from_a_thread():
    replies = []

    def work():
        with Team(ToolJob(workers=2), 2) as team:
            team.post(("echo", 1))
            replies.extend(team.collect())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join()
    assert replies == [(0, 1), (1, 1)]


def test_a_job_that_cannot_be_pickled_is_one_clear_error():
    job = ToolJob(workers=2)
    job.lock = threading.Lock()
    with pytest.raises(UsageError, match=r"ToolJob cannot be sent to a worker process: .*lock"):
        Team(job, 2).start()


def test_a_job_that_only_the_worker_cannot_unpack_is_told_with_its_cause():
    job = ToolJob(workers=2)
    job.bomb = Bomb()
    with Team(job, 2) as team, pytest.raises(WorkerError, match=r"worker [01] \(pid \d+\) failed:(.|\n)*bomb"):
        team.collect()


class Bomb:
    def __reduce__(self):
        return exec, ("raise ValueError('bomb')",)


def test_shared_arrays_and_locked_values_travel_inside_a_job_defined_on_the_spot():
    job = ToolJob(workers=1)
    job.function = lambda: 42  # only cloudpickle takes it
    job.counter = multiprocessing.Array("q", 4, lock=False)
    with Team(job, 1) as team:
        team.post(("evaluate", "(job.function(), job.counter.__setitem__(2, 5), job.slots.array.__setitem__(3, 6))"))
        assert team.collect() == [(42, None, None)]
    assert (job.counter[2], job.slots.array[3]) == (5, 6)


def test_no_descriptor_is_lost_over_many_teams():
    counts = []
    for _ in range(4):
        with Team(ToolJob(workers=2), 2) as team:
            team.post(("echo", 0))
            team.collect()
        counts.append(psutil.Process().num_fds())
    assert counts[-1] == counts[0]


def test_close_is_prompt_when_the_workers_are_idle():
    team = Team(ToolJob(workers=2), 2).start()
    assert len(team.ready) == 2
    began = time.monotonic()
    team.close()
    assert time.monotonic() - began < 5.0  # the grace: nobody had to be killed
