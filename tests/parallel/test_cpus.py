"""simcore.parallel.cpus against made-up cgroup hierarchies."""

import os

import pytest

from simcore.parallel import cpus


@pytest.fixture(autouse=True)
def sixteen_cpus(monkeypatch):
    monkeypatch.setattr(os, "process_cpu_count", lambda: 16, raising=False)


@pytest.fixture
def machine(tmp_path):
    """Write /proc/self and a cgroup hierarchy below tmp_path; `files` maps paths in the hierarchy to contents."""

    def build(membership: str, mounts: list[tuple[str, str, str]], files: dict[str, str]):
        (tmp_path / "cgroup").write_text(membership)
        lines = [f"30 23 0:26 {root} {tmp_path}/fs{point} rw shared:4 - {kind}\n" for root, point, kind in mounts]
        (tmp_path / "mountinfo").write_text("22 1 8:1 / / rw - ext4 /dev/root rw\n" + "".join(lines))
        for path, text in files.items():
            file = tmp_path / "fs" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")
        return tmp_path

    return build


V2 = [("/", "/cg", "cgroup2 cgroup2 rw")]
V1 = [("/", "/cg/memory", "cgroup cgroup rw,memory"), ("/", "/cg/cpu", "cgroup cgroup rw,cpu,cpuacct")]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 16),
        ({"cg/a/b/cpu.max": "max 100000"}, 16),
        ({"cg/a/b/cpu.max": "400000 100000"}, 4),
        ({"cg/a/b/cpu.max": "399999 100000"}, 3),
        ({"cg/a/b/cpu.max": "50000 100000"}, 1),
        ({"cg/a/b/cpu.max": "800000 100000", "cg/a/cpu.max": "300000 100000"}, 3),
        ({"cg/cpu.max": "250000 50000", "cg/a/b/cpu.max": "max 100000"}, 5),
        ({"cg/a/b/cpu.max": "9900000 100000"}, 16),
        ({"cg/a/other/cpu.max": "100000 100000"}, 16),
    ],
)
def test_the_tightest_quota_up_the_hierarchy_counts_in_version_2(machine, files, expected):
    assert cpus.available(machine("0::/a/b\n", V2, files)) == expected


@pytest.mark.parametrize(
    ("quota", "period", "expected"), [("-1", "100000", 16), ("250000", "100000", 2), ("1000", "100000", 1)]
)
def test_quotas_of_version_1_count(machine, quota, period, expected):
    files = {"cg/cpu/job/cpu.cfs_quota_us": quota, "cg/cpu/job/cpu.cfs_period_us": period}
    assert cpus.available(machine("4:memory:/job\n3:cpu,cpuacct:/job\n", V1, files)) == expected


def test_a_container_sees_its_own_group_as_the_root_of_the_mount(machine):
    mounts = [("/docker/c0ffee", "/cg", "cgroup2 cgroup2 rw")]
    assert cpus.available(machine("0::/docker/c0ffee/inner\n", mounts, {"cg/inner/cpu.max": "200000 100000"})) == 2
    assert cpus.available(machine("0::/elsewhere\n", mounts, {"cg/cpu.max": "100000 100000"})) == 1


def test_affinity_counts_where_nothing_is_known_of_cgroups(monkeypatch, tmp_path):
    monkeypatch.delattr(os, "process_cpu_count", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert cpus.available(tmp_path / "nowhere") == 3


def test_slurm_gives_a_task_so_many(monkeypatch, tmp_path):
    monkeypatch.setattr(cpus, "_visible", lambda: 3)
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "2")
    assert cpus.available(tmp_path / "nowhere") == 2
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "8")
    assert cpus.available(tmp_path / "nowhere") == 3
