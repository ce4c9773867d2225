"""Sweeps to carry out, and `simcore sweep` commands that can be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import xarray

import simcore
from simcore.storage.checkpoint import checkpoint_steps
from simcore.sweeps.expansion import expand
from simcore.sweeps.experiment import experiment_of

MODEL = Path(__file__).with_name("fragile.py")


def ising(points: int = 6, sweeps: int = 40, **sweep: Any) -> dict[str, Any]:
    """A sweep over temperatures of an 8 x 8 lattice."""
    return {
        "name": "small",
        "model": {"type": "ising", "lattice": {"type": "square", "size": 8}, "parameters": {"temperature": 2.0}},
        "run": {"seed": 5, "sweeps": sweeps, "thermalization": 10},
        "sweep": {"grid": {"model.parameters.temperature": {"linspace": [1.5, 3.0, points]}}, **sweep},
    }


def fragile(weights: list[float], bad: dict[float, int], sweeps: int = 30, diary: Path | None = None) -> dict[str, Any]:
    """A sweep over weights; `bad` says what is wrong with some."""
    return {
        "name": "fragile",
        "model": {"type": f"{MODEL}:Fragile", "diary": str(diary or ""), "parameters": {}},
        "run": {"seed": 5, "sweeps": sweeps},
        "sweep": {
            "zip": {
                "model.parameters.weight": weights,
                "model.parameters.bad": [bad.get(weight, 0) for weight in weights],
            }
        },
    }


def serial(source: dict[str, Any], place: Path, without: set[str] = frozenset()) -> dict[str, dict[str, float]]:
    """The estimates of each point by a loop of `simcore.run`, by id."""
    sweep, found = expand(source), {}
    for point in sweep.points:
        if point.id not in without:
            run = simcore.run(experiment_of(sweep, point).resolved, out=place / point.id, workers=1)
            found[point.id] = {str(name): float(x) for name, x in run.estimates.data_vars.items()}
    return found


def collected(path: Path) -> dict[str, dict[str, float]]:
    """The estimates in estimates.h5 of each point that is done, by id."""
    with xarray.open_dataset(path / "estimates.h5", group="estimates", engine="h5netcdf") as estimates:
        ids, done = estimates["point_id"].values, estimates["point_done"].values
        columns = {str(name): x.values for name, x in estimates.data_vars.items() if not name.endswith("_caution")}
    return {
        str(ids[index]): {name: float(column[index]) for name, column in columns.items()}
        for index in np.ndindex(ids.shape)
        if done[index]
    }


def same_bits(a: dict[str, dict[str, float]], b: dict[str, dict[str, float]]) -> bool:
    """Whether all numbers are equal, NaN to NaN."""
    return {id: {name: x.hex() for name, x in of.items()} for id, of in a.items()} == {
        id: {name: x.hex() for name, x in of.items()} for id, of in b.items()
    }


def farthest(path: Path) -> int:
    """The step of the farthest point that a sweep has stopped in."""
    return max(step for point in (path / "points").iterdir() for step in checkpoint_steps(point / "checkpoints"))


def ledger_entries(path: Path, kind: str) -> list[str]:
    """The ids of all entries of a kind, in order."""
    lines = [json.loads(line) for line in (path / "ledger.jsonl").read_text().splitlines()]
    return [line[kind]["id"] for line in lines if kind in line]


class Command:
    """A `simcore sweep` under way, in a process group of its own."""

    def __init__(self, file: Path, place: Path, *options: str, workers: int | None = 2) -> None:
        self.place = place
        given = [] if workers is None else ["--workers", str(workers)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simcore", "sweep", str(file), "--out", str(place), *given, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.launcher = psutil.Process(self.process.pid)

    def workers(self) -> list[psutil.Process]:
        """The pool's worker processes: children of the fork server."""
        try:
            return [worker for child in self.launcher.children() for worker in child.children()]
        except psutil.NoSuchProcess:
            return []

    def done(self) -> int:
        """How many points the ledger knows to be done."""
        path = self.place / "ledger.jsonl"
        return path.read_text().count('{"done"') if path.exists() else 0

    def signal(self, number: int) -> None:
        """As a terminal does: to the whole group."""
        os.killpg(self.process.pid, number)

    def end(self) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        out, err = self.process.communicate(timeout=240)
        return self.process.returncode, out, err

    def kill(self) -> None:
        if self.process.poll() is None:
            family = self.launcher.children(recursive=True)
            for each in [self.launcher, *family]:
                try:
                    each.send_signal(signal.SIGKILL)
                except psutil.NoSuchProcess:
                    continue
        self.process.communicate()
