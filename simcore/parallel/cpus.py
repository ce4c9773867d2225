"""How many CPUs this process may really use: affinity mask and cgroup quota, not what the machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath


def available(proc: Path = Path("/proc/self")) -> int:
    """Return the number of CPUs that this process may keep busy, at least 1.

    The smallest of the affinity mask, the tightest CPU quota of the cgroups (version 1 or 2) that the process is in,
    rounded down, and what Slurm gives to a task, which not every cluster enforces. `proc` is where `cgroup` and
    `mountinfo` of this process are read.
    """
    return max(1, min([_visible(), *(int(quota) for quota in _quotas(proc)), *_of_slurm()]))


def _of_slurm() -> Iterator[int]:
    if (given := os.environ.get("SLURM_CPUS_PER_TASK", "")).isdecimal():
        yield int(given)


def _visible() -> int:
    if hasattr(os, "process_cpu_count"):
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(proc: Path) -> Iterator[float]:
    """Yield every CPU quota, in CPUs, between the process's own cgroups and the roots of their hierarchies."""
    membership = _membership(proc)
    for version, root, mount in _mounts(proc):
        if version in membership:
            for group in _up_to_the_mount(membership[version], root, mount):
                quota = _quota_v2(group) if version == 2 else _quota_v1(group)
                if quota is not None:
                    yield quota


def _membership(proc: Path) -> dict[int, str]:
    """Read the process's path in the hierarchy of version 2 and in version 1's that holds the `cpu` controller."""
    paths = {}
    for line in _lines(proc / "cgroup"):
        hierarchy, controllers, path = line.split(":", 2)
        if hierarchy == "0":
            paths[2] = path
        elif "cpu" in controllers.split(","):
            paths[1] = path
    return paths


def _mounts(proc: Path) -> Iterator[tuple[int, str, Path]]:
    """Yield (version, the cgroup that is the root of the mount, mount point) of each mounted hierarchy."""
    for line in _lines(proc / "mountinfo"):
        mount, _, filesystem = line.partition(" - ")
        kind, _, options = filesystem.split(" ", 2)
        root, point = mount.split(" ")[3:5]
        if kind == "cgroup2":
            yield 2, root, Path(point)
        elif kind == "cgroup" and "cpu" in options.split(","):
            yield 1, root, Path(point)


def _up_to_the_mount(path: str, root: str, mount: Path) -> Iterator[Path]:
    """Yield the directories from that of cgroup `path` up to the mount point.

    In a container `path` may lie outside of what is mounted: then only the mount point itself can be read.
    """
    group = PurePosixPath(path)
    inside = group.relative_to(root) if group.is_relative_to(root) else PurePosixPath()
    directory = mount / inside
    yield directory
    while directory != mount:
        directory = directory.parent
        yield directory


def _quota_v2(group: Path) -> float | None:
    limit, _, period = _text(group / "cpu.max").partition(" ")
    return int(limit) / int(period) if limit.isdigit() and period else None


def _quota_v1(group: Path) -> float | None:
    limit, period = _text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us")
    return int(limit) / int(period) if limit.isdigit() and period else None


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    """Return the contents, empty if there is no such file (not Linux, or no controller) or it may not be read."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
