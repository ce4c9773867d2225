"""Sweeps as commands of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sweeps.sweeping import Command


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    """Start `simcore sweep` on a source."""
    started: list[Command] = []

    def launch(source: dict, *options: str) -> Command:
        file = tmp_path / "sweep.yaml"
        file.write_text(json.dumps(source))
        started.append(Command(file, tmp_path / "s", *options))
        return started[-1]

    yield launch
    for command in started:
        command.kill()
