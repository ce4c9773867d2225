"""What does not fit into the memory is refused before anything is made, with the bytes and what to do."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from simcore.parallel import memory
from simcore.parallel.memory import shortage
from tests.environments.conftest import SIMCORE

MIB = 2**20


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine of 8 GiB, of which 4 can be had, without cgroups. machine(name, text): write a file of the kernel."""
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_SHARED", tmp_path)
    monkeypatch.setattr(memory, "_free_shared", lambda: float("inf"))

    def write(name: str, text: str) -> None:
        path: Path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nSwapTotal: 1024 kB\nSwapFree: 1024 kB\n")
    return write


def most(*, shared: bool = True) -> int:
    """The most bytes that are not refused, by bisection."""
    low, high = 0, 2**50
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shortage(middle, 1, shared=shared) else (middle, high)
    return low


def test_what_can_be_had_is_the_memory_and_the_swap(machine):
    assert most() == 4 * 2**30 + MIB
    words = shortage(2**33, 1, shared=True)
    assert words.startswith("memory is too small: 8,589,934,592 bytes needed, 4,296,015,872 bytes free in this machine")


def test_a_cgroup_of_version_2_counts_with_those_above_it_and_gives_back_what_it_holds_of_files(machine):
    machine("proc/self/cgroup", "0::/job/step\n")
    machine("cgroup/job/memory.max", f"{700 * MIB}\n")
    machine("cgroup/job/memory.current", f"{300 * MIB}\n")
    machine("cgroup/job/memory.stat", f"anon 5\nactive_file {20 * MIB}\ninactive_file {30 * MIB}\nfile 7\n")
    machine("cgroup/job/step/memory.max", "max\n")
    machine("cgroup/job/step/memory.current", "5\n")
    assert most() == most(shared=False) == 450 * MIB
    assert "free in the memory cgroup. Raise its limit" in shortage(2**30, 1, shared=True)


def test_in_a_container_the_group_is_the_uppermost_though_the_kernel_tells_the_path_of_the_host(machine):
    machine("proc/self/cgroup", "5:cpu:/x\n4:memory,hugetlb:/docker/0123\n0::/docker/0123\n")
    machine("cgroup/memory/memory.limit_in_bytes", f"{700 * MIB}\n")
    machine("cgroup/memory/memory.usage_in_bytes", f"{100 * MIB}\n")
    machine("cgroup/memory/memory.stat", f"total_active_file {MIB}\ntotal_inactive_file {MIB}\n")
    assert most() == 602 * MIB


def test_without_a_kernel_that_tells_nothing_is_refused(machine, tmp_path):
    (tmp_path / "proc" / "meminfo").unlink()
    assert most() == 2**50 - 1


def test_shared_memory_and_the_limit_of_a_files_size_count_for_what_is_shared(machine, monkeypatch):
    monkeypatch.setattr(memory, "_free_shared", lambda: 64 * MIB)
    assert most(shared=False) > most() == 64 * MIB
    monkeypatch.setattr(memory, "_soft", lambda name: 1000 if name == "RLIMIT_FSIZE" else float("inf"))
    assert shortage(5000, 1000, shared=True) == shortage(5000, 1001, shared=False) == ""
    words = shortage(5000, 1001, shared=True)
    assert words.startswith(
        "a shared array is too small: 1,001 bytes needed, 1,000 bytes free by the limit of the size of a file. "
    )


LARGE = ["run", "heat.yaml", "--out", "out", "--set", "model.grid.shape=[12000,12000]"]


@pytest.mark.parametrize(
    ("limit", "where"),
    [
        ("ulimit -v 4000000", "by the limit of address space"),
        ("ulimit -f 1000000", "by the limit of the size of a file"),
    ],
)
def test_a_run_that_does_not_fit_is_one_line_before_anything_is_made(limit, where, simcore, folder):
    done = simcore(f"{limit} && exec {shlex.join([*SIMCORE, *LARGE])}", command=["bash", "-c"])
    if "free in" in done.stderr and where not in done.stderr:
        pytest.skip("this machine has less memory than the limit leaves")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith("heat.yaml:2:1: model: 12000 x 12000 cells: ")
    assert where in done.stderr
    assert sorted(os.listdir(folder)) == ["heat.yaml"]
