"""Errors that a run was to reach (`run.until: {error: ...}`), and those that it has not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simcore.config import read
from simcore.runs.directory import RunDirectory
from simcore.runs.resuming import recorded_experiment


def error_targets(run: Mapping[str, Any]) -> dict[str, float]:
    """By observable, of the `run` section of an experiment; empty if it has none."""
    until = run.get("until")
    targets = until.get("error") if isinstance(until, Mapping) else None
    return {str(name): float(target) for name, target in targets.items()} if isinstance(targets, Mapping) else {}


def recorded_targets(directory: str | Path) -> dict[str, float]:
    """Of the run in a directory. Raises UsageError if there is none."""
    return error_targets(read(recorded_experiment(RunDirectory(directory))).data.get("run") or {})


def missed_targets(targets: Mapping[str, float], errors: Mapping[str, float]) -> str:
    """One line on the errors that are above their targets, or not known; empty if there are none."""
    missed = [
        f"the error of {name} is {errors.get(name, float('nan')):.3g}, not {target:g}"
        for name, target in targets.items()
        if not errors.get(name, float("nan")) <= target
    ]
    return f"run.until is not met: {', '.join(missed)}; a larger run.sweeps continues it" if missed else ""
