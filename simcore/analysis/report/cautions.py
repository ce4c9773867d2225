"""What a reader must know before a number of a run is believed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import xarray

from simcore.analysis.arrays import numbers
from simcore.analysis.plots.exchanges import HOLE
from simcore.analysis.plots.labels import spoken
from simcore.analysis.plots.source import observables, of_a_run
from simcore.analysis.pooling import REPLICA
from simcore.analysis.recorded import recorded, thermalization_of
from simcore.runs import Status
from simcore.runs.targets import error_targets, missed_targets
from simcore.statistics import drift
from simcore.statistics.cautions import FEW_SAMPLES, MOST_DRIFT, Caution
from simcore.storage.dataset import CAUTIONS, TEMPERING

WITHOUT_SENTENCE = (
    Caution.NEVER_CHANGED,
    Caution.FEW_CHANGES,
    Caution.NO_SIGN_CHANGE,
    Caution.FEW_SIGN_CHANGES,
    Caution.CONSERVED,
)
"""What is said by the meaning of the word, since there is no number to tell beside it."""


def run_cautions(directory: Path, tree: xarray.DataTree, state: Status) -> list[str]:
    """Of a run: how it ended, what has not settled, what rests on too few samples, which checkpoints were damaged."""
    if TEMPERING in tree.children:
        return [*_ended(state), *_holes(tree[TEMPERING].to_dataset()), *_damaged(directory)]
    estimates, series = of_a_run(tree), numbers(tree["series"].to_dataset())
    cut = thermalization_of(tree)
    in_time = cut is None or tree.attrs.get("equilibrium") == 0
    drifts = drifting(series.mean(REPLICA) if REPLICA in series.dims else series, cut or 0)
    return [
        *_ended(state),
        *_given_up(tree),
        *_targets(tree, estimates),
        *_without_samples(estimates),
        *_unsettled(drifts, in_time=in_time),
        *_trends(estimates, without=drifts),
        *_few_samples(estimates, without=drifts if in_time else {}),
        *_apart(estimates),
        *_by_meaning(estimates),
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


def _holes(ladder: xarray.Dataset) -> list[str]:
    """Of a ladder: pairs that seldom exchange their states, and walkers that come round to nobody."""
    found = []
    rates, pairs = ladder["rate"].values, ladder["pair"].values
    if len(low := [f"{pair:.4g} ({rate:.0%})" for pair, rate in zip(pairs, rates, strict=True) if rate < HOLE]):
        found.append(f"The ladder has a hole: states seldom pass {listed(low)}. Put values closer together there.")
    if not ladder["round_trips"].values.any():
        found.append("No walker has gone from one end of the ladder to the other and back: the run is too short.")
    return found


def _given_up(tree: xarray.DataTree) -> list[str]:
    if tree.attrs.get("thermalized", 1):
        return []
    return ["Not thermalised: an observable still drifted when `run.thermalization_limit` was reached."]


def _targets(tree: xarray.DataTree, estimates: xarray.Dataset) -> list[str]:
    targets = error_targets(recorded(tree).get("run", {}))
    errors = {name: estimates[f"{name}_error"].item() for name in targets if f"{name}_error" in estimates}
    missed = missed_targets(targets, errors)
    return [f"{missed}."] if missed else []


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
    missing = [
        spoken(name)
        for name in observables(estimates)
        if not np.isfinite(estimates[name].item()) and Caution.CONSERVED not in words_of(estimates, name)
    ]
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


def words_of(estimates: xarray.Dataset, name: str) -> list[str]:
    """The cautions of one observable of a run."""
    joined = str(estimates[name].attrs.get(CAUTIONS, ""))
    return joined.split("; ") if joined else []


def _marked(estimates: xarray.Dataset, caution: Caution) -> list[str]:
    return [name for name in observables(estimates) if caution in words_of(estimates, name)]


def _trends(estimates: xarray.Dataset, without: Iterable[str]) -> list[str]:
    """Series in time that only rise or only fall, too short for a test of their drift."""
    names = [spoken(name) for name in _marked(estimates, Caution.NOT_STATIONARY) if name not in without]
    return [f"Not stationary: {listed(names)}. {_sentence(Caution.NOT_STATIONARY)}"] if names else []


def _apart(estimates: xarray.Dataset) -> list[str]:
    names = [spoken(name) for name in _marked(estimates, Caution.REPLICAS_DISAGREE)]
    return [f"Replicas disagree: {listed(names)}. {_sentence(Caution.REPLICAS_DISAGREE)}"] if names else []


def _by_meaning(estimates: xarray.Dataset) -> list[str]:
    marked = {caution: [spoken(name) for name in _marked(estimates, caution)] for caution in WITHOUT_SENTENCE}
    return [f"{_sentence(c, c.value)[:-1]}: {listed(names)}. {_sentence(c)}" for c, names in marked.items() if names]


def _sentence(caution: Caution, words: str = "") -> str:
    words = words or caution.meaning
    return f"{words[0].upper()}{words[1:]}."


def _few_samples(estimates: xarray.Dataset, without: Iterable[str]) -> list[str]:
    counts = {name: estimates[f"{name}_ess"].item() for name in observables(estimates) if name not in without}
    marked = _marked(estimates, Caution.FEW_SAMPLES)
    few = [
        (f"{count:.0f}", spoken(name))
        for name, count in counts.items()
        if count < FEW_SAMPLES or (name in marked and math.isfinite(count))
    ]
    if not few:
        return []
    (count, name), *others = few
    all_of_them = listed([f"{count} independent samples of {name}", *(f"{count} of {name}" for count, name in others)])
    return [f"Only {all_of_them}: with fewer than {FEW_SAMPLES}, error bars are themselves uncertain."]


def _damaged(directory: Path) -> list[str]:
    names = sorted(path.name for path in (directory / "checkpoints").glob("*.corrupt*"))
    return [f"Damaged checkpoints were moved aside: {listed(names)}."] if names else []
