"""The command as a shell starts it: a program of its own, in a folder and an environment that a test makes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAT = """
model:
  type: heat
  grid: {shape: [16, 16], spacing: 1.0, boundary: {value: 0.0}}
  parameters: {D: 1.0}
  fields: {u: {initial: "1"}}
run: {seed: 1, dt: 0.1, steps: 200, measure_every: 100, workers: 2}
"""
SCRIPT = Path(sys.executable).with_name("simcore")
# -P: the current folder is not on the path, as it is not for the script
SIMCORE = [str(SCRIPT)] if SCRIPT.is_file() else [sys.executable, "-P", "-m", "simcore"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an experiment of a second, `heat.yaml`."""
    place = tmp_path / "here"
    place.mkdir()
    (place / "heat.yaml").write_text(HEAT)
    return place


@pytest.fixture
def simcore(folder: Path, nothing_left: None) -> Callable[..., subprocess.CompletedProcess]:
    """`simcore("run", "heat.yaml")` in that folder. environment: variables beside those that are there."""

    def call(*arguments: str, environment: dict[str, str] | None = None, **options: Any) -> Any:
        variables = {**os.environ, **(environment or {})}
        command = options.pop("command", SIMCORE)
        options = {"capture_output": True, "text": True, **options}
        return subprocess.run([*command, *arguments], cwd=folder, env=variables, timeout=120, **options)

    return call
