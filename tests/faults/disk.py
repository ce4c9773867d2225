"""A disk that may lose what was not synchronised, and system calls that fail: what stands in for a power cut."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CALLS = ("open", "write", "fsync", "replace", "posix_fallocate", "pread")


@dataclass(frozen=True)
class Act:
    """What was asked of the disk. number: of the file, from its making on; place, data: of a write."""

    kind: str
    number: int = -1
    name: str = ""
    place: int = 0
    data: bytes = b""


class Recorder:
    """Stands in for the module `os` where files are written: does what it does, and keeps what was asked.

    before: is called with the name of each system call in turn, and may raise an error in its place. short: writes take
    this number of bytes at most.
    """

    def __init__(self, before: Callable[[str], None] = lambda name: None, short: int | None = None) -> None:
        self.acts: list[Act] = []
        self._before, self._short = before, short
        self._open: dict[int, int] = {}
        self._files: dict[str, int] = {}
        self._made = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def holds(self, path: Path) -> None:
        """A file that was there, and durable, before."""
        number = self._number(str(path))
        self.acts += [Act("make", number, path.name), Act("write", number, data=path.read_bytes())]
        self.acts += [Act("sync", number), Act("sync names")]

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        self._before("open")
        descriptor = os.open(path, flags, mode)
        if flags & os.O_DIRECTORY:
            self._open[descriptor] = -1
        else:
            self._open[descriptor] = self._number(str(path))
            if flags & os.O_CREAT:
                self.acts.append(Act("make", self._open[descriptor], Path(path).name))
        return descriptor

    def write(self, descriptor: int, chunk: memoryview) -> int:
        self._before("write")
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        written = os.write(descriptor, chunk[: self._short])
        self.acts.append(Act("write", self._open[descriptor], place=place, data=bytes(chunk[:written])))
        return written

    def posix_fallocate(self, descriptor: int, start: int, size: int) -> None:
        self._before("posix_fallocate")
        os.posix_fallocate(descriptor, start, size)
        self.acts.append(Act("write", self._open[descriptor], place=start, data=bytes(size)))

    def fsync(self, descriptor: int) -> None:
        self._before("fsync")
        number = self._open[descriptor]
        self.acts.append(Act("sync names") if number < 0 else Act("sync", number))

    def replace(self, old: Path, new: Path) -> None:
        self._before("replace")
        os.replace(old, new)
        number = self._files[str(new)] = self._files.pop(str(old))
        self.acts.append(Act("name", number, f"{Path(old).name}\n{Path(new).name}"))

    def pread(self, descriptor: int, size: int, place: int) -> bytes:
        self._before("pread")
        return os.pread(descriptor, size, place)

    def unlink(self, path: Path) -> None:
        """Of `Path.unlink`, which asks no module `os` that could be replaced."""
        self._files.pop(str(path), None)
        self.acts.append(Act("forget", name=path.name))

    def _number(self, path: str) -> int:
        if path not in self._files:
            self._files[path] = self._made
            self._made += 1
        return self._files[path]


def after_a_power_cut(acts: list[Act], drawn: random.Random) -> dict[str, bytes]:
    """What the disk may hold, by name, if the power is cut behind these acts.

    Of writes since the last fsync of a file each is there, is not, or is cut, in any order; of names since the last
    fsync of the directory the first ones are there. That is less than any real file system promises.
    """
    contents: dict[int, bytearray] = {}
    last = {act.number: place for place, act in enumerate(acts) if act.kind == "sync"}
    for place, act in enumerate(acts):
        if act.kind == "write":
            fate = 1.0 if place < last.get(act.number, -1) else drawn.choice((0.0, 1.0, drawn.random()))
            data = act.data[: round(fate * len(act.data))]
            held = contents.setdefault(act.number, bytearray())
            held.extend(bytes(max(0, act.place + len(data) - len(held))))
            held[act.place : act.place + len(data)] = data
    names: dict[str, int] = {}
    durable = max((place for place, act in enumerate(acts) if act.kind == "sync names"), default=-1)
    for act in acts[: drawn.randint(durable + 1, len(acts))]:
        if act.kind == "make":
            names[act.name] = act.number
        elif act.kind == "name":
            old, new = act.name.split("\n")
            names[new] = names.pop(old)
        elif act.kind == "forget":
            names.pop(act.name, None)
    return {name: bytes(contents.get(number, b"")) for name, number in names.items()}
