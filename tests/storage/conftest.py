"""Real faults for files: a disk that is full, a directory nobody may write to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A function that mounts a small disk of its own (tmpfs) with these options; skips where that is not permitted."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = []

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False) if os.getuid() == 0 else None
        if done is None or done.returncode:
            pytest.skip("to mount a disk of a few MB takes root and the right to mount")
        mounted.append(place)
        return place

    yield mount
    for each in mounted:
        subprocess.run(["umount", "--lazy", str(each)], check=True)


@pytest.fixture
def small_disk(mount: Callable[[str], Path]) -> Path:
    """A directory on a disk of 4 MiB."""
    return mount("size=4m")
