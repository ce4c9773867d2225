"""How much memory there is for a run: whatever holds the least of it, and what to do about that.

Asked before anything is made, since the kernel does not refuse: it kills, without a word.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_PROC, _CGROUPS, _SHARED = Path("/proc"), Path("/sys/fs/cgroup"), Path("/dev/shm")


@dataclass(frozen=True)
class Limit:
    """free: bytes that are left. where: what holds no more, as in `in /dev/shm`. remedy: how there is more of it."""

    free: float
    where: str
    remedy: str


def shortage(needed: int, largest: int, *, shared: bool) -> str:
    """In one line, why so many bytes cannot be had, and what to do; empty if they can.

    needed: bytes in all. largest: those of the largest array. shared: whether it is memory that processes share.
    """
    for limit in _limits(shared):
        if needed > limit.free:
            return _words("memory" if limit.where != _IN_SHARED else "shared memory", needed, limit)
    if shared and (size := _soft("RLIMIT_FSIZE")) < largest:
        return _words("a shared array", largest, Limit(size, "by the limit of the size of a file", _unlimited("-f")))
    return ""


def _words(what: str, needed: int, limit: Limit) -> str:
    free = max(0, int(limit.free))
    return f"{what} is too small: {needed:,} bytes needed, {free:,} bytes free {limit.where}. {limit.remedy}"


_IN_SHARED = "in /dev/shm"
_SMALLER = "or make the state smaller"


def _limits(shared: bool) -> Iterator[Limit]:
    if shared:
        remedy = (
            "Enlarge it (mount -o remount,size=8G /dev/shm; docker run --shm-size=8g; a pod: an emptyDir of medium "
            f"Memory on /dev/shm), {_SMALLER}"
        )
        yield Limit(_free_shared(), _IN_SHARED, remedy)
    yield Limit(_free_group(), "in the memory cgroup", f"Raise its limit (docker run -m, sbatch --mem), {_SMALLER}")
    yield Limit(_free_physical(), "in this machine", f"Take a machine with more memory, {_SMALLER}")
    yield Limit(_free_addresses(), "by the limit of address space", _unlimited("-v"))


def _unlimited(option: str) -> str:
    return f"Raise it (ulimit {option} unlimited), {_SMALLER}"


def _free_shared() -> float:
    """Bytes that /dev/shm has left; without bound if that cannot be asked (macOS)."""
    try:
        room = os.statvfs(_SHARED)
    except OSError:
        return math.inf
    return room.f_bavail * room.f_frsize


def _free_physical() -> float:
    """Bytes that the kernel can give without ending a process; without bound if it does not say (macOS)."""
    known = _table(_PROC / "meminfo")
    if "MemAvailable" not in known:
        return math.inf
    return 1024 * (known["MemAvailable"] + known.get("SwapFree", 0))


def _free_addresses() -> float:
    """Bytes that this process may still map."""
    limit = _soft("RLIMIT_AS")
    if limit == math.inf:
        return limit
    try:
        pages = int((_PROC / "self" / "statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return limit
    return limit - pages * os.sysconf("SC_PAGE_SIZE")


def _soft(name: str) -> float:
    if resource is None or not hasattr(resource, name):
        return math.inf
    limit = resource.getrlimit(getattr(resource, name))[0]
    return math.inf if limit == resource.RLIM_INFINITY else limit


def _free_group() -> float:
    """Bytes that the memory cgroups of this process have left, the one with the least of them counting."""
    return min((_free_of(folder, *names) for folder, names in _groups()), default=math.inf)


_VERSION_2 = ("memory.max", "memory.current", "active_file", "inactive_file")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_active_file", "total_inactive_file")


def _groups() -> Iterator[tuple[Path, tuple[str, str, str, str]]]:
    """The folders of the memory cgroups of this process, each with those above it, and the names of their files.

    In a container the path that the kernel tells may be that of the host; the container's own group is the uppermost.
    """
    try:
        lines = (_PROC / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            top, names = _CGROUPS, _VERSION_2
        elif "memory" in controllers.split(","):
            top, names = _CGROUPS / "memory", _VERSION_1
        else:
            continue
        inner = Path(path.lstrip("/"))
        for folder in (inner, *inner.parents):
            if ".." not in folder.parts:
                yield top / folder, names


def _free_of(folder: Path, limit: str, used: str, *reclaimed: str) -> float:
    """Bytes that a cgroup has left; what it holds of files can be had as well."""
    try:
        most, now = int((folder / limit).read_text()), int((folder / used).read_text())
    except (OSError, ValueError):  # no such file, or `max`
        return math.inf
    files = _table(folder / "memory.stat")
    return most - now + sum(files.get(name, 0) for name in reclaimed)


def _table(path: Path) -> dict[str, int]:
    """Lines of a name and a whole number."""
    try:
        lines = [line.replace(":", " ").split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdigit()}
