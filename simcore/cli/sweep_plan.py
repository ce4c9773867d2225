"""The plan of a sweep in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore.cli.outcome import shortest
from simcore.cli.table import columns
from simcore.display.wording import duration, memory

if TYPE_CHECKING:
    from simcore.sweeps.planning import SweepPlan
    from simcore.sweeps.point import Point


def sweep_forecast(plan: SweepPlan) -> str:
    """Points, the first and last of them, what is done, memory and time."""
    points = plan.sweep.points
    shape = " x ".join(f"{size} {name}" for name, size in zip(plan.sweep.dims, plan.sweep.shape, strict=True))
    about = "at most" if plan.at_most else "about"
    rows = [
        ("points", f"{len(points)} in an array of {shape}"),
        ("first", _described(points[0])),
        ("last", _described(points[-1])),
        ("done", _standing(plan)),
    ]
    if plan.todo:
        rows += [
            ("memory", f"{memory(plan.memory)} for {_count(plan.workers, 'worker')}"),
            ("time", f"{about} {duration(plan.seconds)} with {_count(plan.workers, 'worker')}"),
        ]
        rows += [("one point", f"{about} {duration(one.seconds)}: {_values(one.point)}") for one in plan.trials]
    rows += [
        (f"WARNING: {name}", f"{text} ({_values(one.point)})") for one in plan.trials for name, text in one.warnings
    ]
    return columns(rows)


def _standing(plan: SweepPlan) -> str:
    failed = f", {plan.failed} failed" if plan.failed else ""
    return f"{plan.done} of {len(plan.sweep.points)}{failed}, in {shortest(plan.directory)}"


def _described(point: Point) -> str:
    return f"{point.id}: {_values(point)}"


def _values(point: Point) -> str:
    return ", ".join(
        f"{name} = {value:.12g}" if isinstance(value, float) else f"{name} = {value}"
        for name, value in point.coordinates.items()
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
