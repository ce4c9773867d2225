"""What a reader must know before a number of a sweep is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray

from simcore.analysis.agreement import cautioned, disagreeing
from simcore.analysis.arrays import numbers
from simcore.analysis.plots.labels import spoken, value_text
from simcore.analysis.plots.source import BOOKKEEPING, observables, together
from simcore.analysis.pooling import REPLICA
from simcore.analysis.recorded import recorded, thermalization_of
from simcore.analysis.report.cautions import WITHOUT_SENTENCE, counted, listed
from simcore.runs.targets import error_targets
from simcore.statistics import drift
from simcore.statistics.cautions import FEW_SAMPLES, as_mask
from simcore.sweeps.files import POINT_DONE, POINT_ID
from simcore.sweeps.ledger import Ledger
from simcore.sweeps.progress import SweepStatus

_MOST_TESTED = 500  # points, whose files are all read
_MOST_Z = 5.0  # standard errors: hundreds of points are tested at once


def sweep_cautions(tree: xarray.DataTree, state: SweepStatus) -> list[str]:
    """Of a sweep: points that are missing, not thermalised or too short, and replicas that disagree."""
    estimates = numbers(tree["estimates"].to_dataset())
    return [
        *_unfinished(state),
        *_targets(tree, estimates),
        *_unsettled(tree),
        *_disagreeing(estimates),
        *_few_samples(estimates),
        *_by_meaning(estimates),
    ]


def _targets(tree: xarray.DataTree, estimates: xarray.Dataset) -> list[str]:
    """Points that are done with errors above the targets of `run.until`."""
    found = []
    for name, target in error_targets(recorded(tree).get("run", {})).items():
        if f"{name}_error" in estimates:
            done = estimates[POINT_DONE].values
            missed = done & ~(estimates[f"{name}_error"].transpose(*estimates[POINT_DONE].dims).values <= target)
            if missed.any():
                many = counted(int(missed.sum()), "point")
                found.append(
                    f"run.until is not met by {many} of {int(done.sum()):,}: the error of {name} is above {target:g}."
                )
    return found


def failed_points(directory: Path, estimates: xarray.Dataset) -> list[tuple[str, str, str]]:
    """Id, point in words, and reason, of the points of this sweep that failed."""
    ledger = Ledger(directory)
    ledger.refresh()
    places = {str(id): index for index, id in np.ndenumerate(estimates[POINT_ID].values)}
    failed = ledger.records.failed
    return [(id, in_words(estimates, places[id]), failed[id].reason) for id in places if id in failed]


def in_words(estimates: xarray.Dataset, index: tuple[int, ...]) -> str:
    """The point at an index of the sweep's array: `temperature = 2.2, size = 16, replica = 1`."""
    at = dict(zip(estimates[POINT_ID].dims, index, strict=True))
    point = estimates.isel(at)
    alone = {REPLICA} if estimates.sizes.get(REPLICA) == 1 else set()
    names = [str(name) for name in estimates.coords if name not in {*BOOKKEEPING, *alone, "point"}]
    return ", ".join(f"{name} = {value_text(point[name].item())}" for name in names if not point[name].ndim)


def _unfinished(state: SweepStatus) -> list[str]:
    progress = state.progress
    left = progress.total - progress.done - progress.failed
    found = []
    if progress.failed:
        found.append(f"{progress.failed:,} of {progress.total:,} points failed; they are missing in every figure.")
    if left > 0:
        why = "the sweep goes on" if state.state == "running" else "the same simcore sweep command goes on"
        found.append(f"{left:,} of {progress.total:,} points are not done yet; {why}.")
    return found


def _unsettled(tree: xarray.DataTree) -> list[str]:
    cut = thermalization_of(tree)
    if cut is None or "thermalization" in tree["estimates"].coords:
        return []
    if "series" not in tree.children:
        return ["Thermalisation was not tested: the series of the points differ in length."]
    if tree["estimates"][POINT_DONE].size > _MOST_TESTED:
        return [f"Thermalisation was not tested: there are more than {_MOST_TESTED} points."]
    series = tree["series"].to_dataset()
    kept = series.isel(step=series["step"].values > cut)
    beyond = {}
    for name, x in kept.data_vars.items():
        z = np.abs(drift(x.transpose(..., "step").values))
        beyond[str(name)] = int(np.sum(z > _MOST_Z))
    counts = [f"{counted(count, 'point')} in {spoken(name)}" for name, count in beyond.items() if count]
    return [f"Not thermalised: {listed(counts)}. Their series do not begin as they end."] if counts else []


def _disagreeing(estimates: xarray.Dataset) -> list[str]:
    """Replicas are independent: they must scatter about their mean as their errors say."""
    beyond = {name: int(apart.sum()) for name, apart in disagreeing(estimates).items()}
    counts = [f"in {spoken(name)} at {counted(count, 'point')}" for name, count in beyond.items() if count]
    return [f"Replicas disagree {listed(counts)}: they are too short to know their own errors."] if counts else []


def _by_meaning(estimates: xarray.Dataset) -> list[str]:
    masks, found = cautioned(estimates), []
    for caution in WITHOUT_SENTENCE:
        bit = as_mask([caution])
        counts = {name: int(((mask & bit) > 0).sum()) for name, mask in masks.items()}
        places = [f"{spoken(name)} at {counted(count, 'point')}" for name, count in counts.items() if count]
        if places:
            found.append(f"{caution.value.capitalize()}: {listed(places)}. {caution.meaning.capitalize()}.")
    return found


def _few_samples(estimates: xarray.Dataset) -> list[str]:
    counts, pool = [], together(estimates)
    for name in observables(estimates):
        samples = pool[f"{name}_ess"]
        few = int((samples < FEW_SAMPLES).sum())
        if few:
            counts.append(f"{spoken(name)} at {counted(few, 'point')} (as few as {float(samples.min()):.0f})")
    if not counts:
        return []
    return [f"Fewer than {FEW_SAMPLES} independent samples of {listed(counts)}: error bars are themselves uncertain."]
