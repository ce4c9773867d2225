"""Limits on open files, processes and memory: a soft one is raised, else one line tells which to raise."""

from __future__ import annotations

import errno
import os
import resource
import shlex
import tempfile
from pathlib import Path

import pytest

from simcore.errors import WorkerError
from simcore.parallel import limits
from tests.environments.conftest import SIMCORE

RUN = f"exec {shlex.join(SIMCORE)} run heat.yaml --out out"


@pytest.fixture
def limited(simcore):
    """Run the experiment under a limit of the shell."""
    return lambda limit: simcore(f"ulimit {limit} && {RUN}", command=["bash", "-c"])


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("-n 12", "too few files may be open: "),
        ("-v 100000", "out of memory: the limit of address space is 102,400,000 bytes. Raise it (ulimit -v unlimited)"),
        ("-v 400000", "out of memory: the limit of address space is 409,600,000 bytes. Raise it (ulimit -v unlimited)"),
    ],
)
def test_too_low_a_limit_is_one_line_before_anything_is_made(limit, words, limited, folder):
    done = limited(limit)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
    assert words in done.stderr
    assert [path.name for path in folder.iterdir()] == ["heat.yaml"]


def test_a_soft_limit_of_files_is_raised(limited, folder):
    done = limited("-Sn 24")
    assert (done.returncode, done.stderr) == (0, "")


def test_too_few_processes_are_one_line(simcore):
    """The superuser has no such limit: another user with the right to read all files."""
    drop = "setpriv --reuid 65533 --clear-groups --inh-caps +dac_override --ambient-caps +dac_override"
    if os.geteuid() != 0 or os.system(f"{drop} true 2> /dev/null"):
        pytest.skip("only root can become a user with few processes")
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        for count in (1, 3, 5):
            line = f"ulimit -u {count} && SIMCORE_CACHE_DIR={place}/cache {RUN.replace(' out', f' {place}/out')}"
            done = simcore(f"{drop} bash -c {shlex.quote(line)}", command=["bash", "-c"])
            assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
            assert f"no further process or thread can be started: {count} are allowed (ulimit -u)" in done.stderr
            assert not Path(place, "out").exists()


@pytest.mark.slow
def test_a_limit_of_cpu_time_is_named(limited, folder):
    text = (folder / "heat.yaml").read_text()
    (folder / "heat.yaml").write_text(text.replace("steps: 200", "steps: 1e12"))
    done = limited("-t 3")
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1
    assert "of SIGKILL: killed by the limit of 3 s of CPU time (ulimit -t)" in last or "limit on CPU time" in last


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EMFILE, "x"), "too many open files"),
        (ImportError("a.so: cannot open shared object file: Too many open files"), "too many open files"),
        (MemoryError(), "out of memory"),
        (OSError(errno.ENOMEM, "x"), "out of memory"),
        (ImportError("a.so: failed to map segment from shared object"), "out of memory"),
        (BlockingIOError(errno.EAGAIN, "x"), "no further process"),
        (RuntimeError("can't start new thread"), "no further process"),
        (RuntimeError("another"), ""),
        (OSError(errno.ENOENT, "x"), ""),
        (ImportError("No module named x"), ""),
    ],
)
def test_what_is_the_refusal_of_a_limit(error, words, monkeypatch):
    monkeypatch.setattr(limits, "_soft", lambda name: None)
    found = limits.refusal(error)
    assert found.startswith(words)
    assert bool(found) == bool(words)
    wrapped = ValueError("around it")
    wrapped.__cause__ = error
    assert limits.refusal(wrapped) == found


def test_files_are_reserved_as_far_as_the_hard_limit_lets(monkeypatch):
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(limits, "_open", lambda: 10)
    monkeypatch.setattr(resource, "getrlimit", lambda name: (20, 40) if name == resource.RLIMIT_NOFILE else (-1, -1))
    monkeypatch.setattr(resource, "setrlimit", lambda name, new: given.append(new))
    limits.reserve(2)
    assert given == []
    limits.reserve(20)
    assert given == [(38, 40)]
    with pytest.raises(WorkerError, match=r"58 needed, 40 allowed\. Raise the limit \(ulimit -n 58\)"):
        limits.reserve(40)
