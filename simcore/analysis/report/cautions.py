"""What a reader must know before a number of a run is believed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import xarray

from simcore.analysis.plots.labels import spoken
from simcore.analysis.plots.source import observables
from simcore.analysis.recorded import thermalization_of
from simcore.engine import Status
from simcore.statistics import drift

FEW_SAMPLES = 50  # independent ones: an error bar is then uncertain by a tenth
MOST_DRIFT = 4.0  # standard errors


def run_cautions(directory: Path, tree: xarray.DataTree, state: Status) -> list[str]:
    """Of a run: how it ended, what has not settled, what rests on too few samples, which checkpoints were damaged."""
    estimates = tree["estimates"].to_dataset()
    cut = thermalization_of(tree)
    drifts = drifting(tree["series"].to_dataset(), cut or 0)
    return [
        *_ended(state),
        *_given_up(tree),
        *_without_samples(estimates),
        *_unsettled(drifts, in_time=cut is None),
        *_few_samples(estimates, without=drifts if cut is None else {}),
        *_damaged(directory),
    ]


def drifting(series: xarray.Dataset, cut: int) -> dict[str, float]:
    """z of each observable (steps,) whose beginning after `cut` steps does not agree with its end (J. Geweke 1992)."""
    found = {}
    for name, x in series.data_vars.items():
        kept = x.values[series["step"].values > cut]
        z = float(drift(kept)) if len(kept) else math.nan
        if abs(z) > MOST_DRIFT:
            found[str(name)] = z
    return found


def counted(number: int, word: str) -> str:
    """`1 point`, `12 points`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def listed(items: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def _given_up(tree: xarray.DataTree) -> list[str]:
    if tree.attrs.get("thermalized", 1):
        return []
    return ["Not thermalised: an observable still drifted when `run.thermalization_limit` was reached."]


def _ended(state: Status) -> list[str]:
    at = f"step {state.step:,} of {state.total:,}"
    if state.state == "running":
        return [f"The run is still going on, at {at}: all numbers are preliminary."]
    if state.state == "stopped":
        return [f"The run was stopped at {at}; simcore resume goes on with it."]
    if state.state == "paused":
        return [f"run.max_walltime ended the run at {at}; simcore resume goes on with it."]
    if state.state == "failed":
        return [f"The run failed at {at}: {state.message}"]
    return []


def _without_samples(estimates: xarray.Dataset) -> list[str]:
    missing = [spoken(name) for name in observables(estimates) if not np.isfinite(estimates[name].item())]
    if not missing:
        return []
    return [f"No value of {listed(missing)}: nothing was measured after thermalisation, or a sample was not finite."]


def _unsettled(drifts: Mapping[str, float], *, in_time: bool) -> list[str]:
    if not drifts:
        return []
    names = listed(f"{spoken(name)} ({_z(z)})" for name, z in drifts.items())
    if in_time:
        return [f"Not stationary: {names}. Their estimates are averages over a change, and their errors mean nothing."]
    return [f"Not thermalised: {names}. The beginning of these series, in standard errors, is not like their end."]


def _z(z: float) -> str:
    return f"z = {z:.1f}".replace("-", "−") if math.isfinite(z) else "z = ∞"


def _few_samples(estimates: xarray.Dataset, without: Iterable[str]) -> list[str]:
    counts = {name: estimates[f"{name}_ess"].item() for name in observables(estimates) if name not in without}
    few = [(f"{count:.0f}", spoken(name)) for name, count in counts.items() if count < FEW_SAMPLES]
    if not few:
        return []
    (count, name), *others = few
    all_of_them = listed([f"{count} independent samples of {name}", *(f"{count} of {name}" for count, name in others)])
    return [f"Only {all_of_them}: with fewer than {FEW_SAMPLES}, error bars are themselves uncertain."]


def _damaged(directory: Path) -> list[str]:
    names = sorted(path.name for path in (directory / "checkpoints").glob("*.corrupt*"))
    return [f"Damaged checkpoints were set aside: {listed(names)}."] if names else []
