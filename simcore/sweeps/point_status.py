"""How the points of a sweep stand before a launch: which are done, which go further, and whether they may be mixed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simcore.errors import UsageError
from simcore.runs.model_source import changed_parts
from simcore.sweeps.expansion import Sweep
from simcore.sweeps.experiment import experiment_of
from simcore.sweeps.ledger import Records
from simcore.sweeps.point import Point

_TOTALS = ("sweeps", "steps", "t_end", "until")
_TYPE = "model.type"


@dataclass(frozen=True)
class PointStatus:
    """The points of a sweep by what is known of them. todo: those neither done nor failed."""

    done: list[Point]
    failed: list[Point]
    todo: list[Point]


def standing(sweep: Sweep, records: Records, *, retry_failed: bool) -> PointStatus:
    """Compare each point with the ledger. Raises UsageError if a point has gone further than it is asked to."""
    found = PointStatus([], [], [])
    for point in sweep.points:
        totals = totals_of(sweep, point)
        done, failed = records.done.get(point.id), records.failed.get(point.id)
        if done is not None and done.totals == totals:
            found.done.append(point)
        elif failed is not None and failed.totals == totals and not retry_failed:
            found.failed.append(point)
        else:
            if done is not None:
                _refuse_to_shorten(point, done.totals, totals)
            found.todo.append(point)
    return found


def totals_of(sweep: Sweep, point: Point) -> dict[str, Any]:
    """How far a point is to go: dotted path -> value, of what may be raised to extend it."""
    run = sweep.document.data.get("run") or {}
    totals = {f"run.{key}": run[key] for key in _TOTALS if run.get(key) is not None}
    given = {path: value for path, value in point.overrides.items() if _is_total(path)}
    return {**totals, **given}


def _is_total(path: str) -> bool:
    section, _, key = path.partition(".")
    return section == "run" and key.partition(".")[0] in _TOTALS


def _refuse_to_shorten(point: Point, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    for path, value in now.items():
        reached = before.get(path)
        if isinstance(value, (int, float)) and isinstance(reached, (int, float)) and reached > value:
            raise UsageError(
                f"points/{point.id} has {path} = {reached:.15g} already, more than the {value:.15g} asked for: "
                "--overwrite begins anew, --out names another directory"
            )


@dataclass(frozen=True)
class Fingerprint:
    """What decides the numbers of a sweep and stands in no id.

    text: a hash of all of it. sources: a digest of each file of the models, by its name. measured: of what is measured.
    """

    text: str
    sources: Mapping[str, str]
    measured: str


def fingerprint(sweep: Sweep) -> Fingerprint:
    """That of a sweep: the models' source, and what is measured."""
    first = sweep.points[0]
    models = {p.overrides[_TYPE]: p for p in sweep.points} if _TYPE in first.overrides else {"": first}
    experiments = [experiment_of(sweep, point) for _, point in sorted(models.items())]
    output = sweep.document.data.get("output") or {}
    measured = repr(sorted((output.get("observables") or {}).items()))
    text = "\0".join([*(experiment.source for experiment in experiments), measured])
    sources = {name: part for experiment in experiments for name, part in experiment.source_parts.items()}
    return Fingerprint(_hash(text), sources, _hash(measured))


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def refuse_to_mix(directory: Path, records: Records, now: Fingerprint, *, accept_source: bool = False) -> None:
    """Raises UsageError if points were computed by another version of the model, or with other observables.

    accept_source: another version of the model is taken.
    """
    before = records.launch
    if before is None or before.fingerprint == now.text:
        return
    if before.measured == now.measured:
        if not accept_source:
            raise UsageError(
                f"{directory}: its points were computed with another version of the model's source: "
                f"{changed_parts(before.sources, now.sources)} (comments and docstrings do not count): --accept-source "
                "goes on with the one of now, --overwrite begins anew, --out names another directory"
            )
    else:
        raise UsageError(
            f"{directory}: its points were computed with another version of the model's source, or with other "
            "output.observables, and would not fit: --overwrite begins anew, --out names another directory"
        )
