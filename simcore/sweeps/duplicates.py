"""A point that a sweep names twice is run once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np

from simcore.errors import ExperimentError, Problem
from simcore.runs.experiment import UNCOUNTED
from simcore.sweeps.layout import Layout, kept
from simcore.sweeps.materialize import Written
from simcore.sweeps.point_checks import Checked


def without_duplicates(written: Written, checked: Checked) -> tuple[Layout, Checked]:
    """The layout and what was found out about it, each combination once.

    If all combinations stand in one line, equal ones become one, with the most replicas of them. Raises
    ExperimentError where they lie apart in an array of several dimensions, or differ in the length of their runs.
    """
    layout = written.layout
    starts = np.cumsum(layout.replicas) - layout.replicas
    equal: dict[str, list[int]] = defaultdict(list)
    for combination, start in enumerate(starts.tolist()):
        equal[checked.ids[start]].append(combination)
    in_line = not layout.named and layout.listed
    for same in equal.values():
        if len(same) > 1 and not (in_line and _equally_long(layout, same)):
            raise ExperimentError([_twice(written, same)])
    if len(equal) == len(layout) and (not in_line or len(layout) == layout.shape[0]):
        return layout, checked
    which = np.sort([max(same, key=lambda i: layout.replicas[i]) for same in equal.values()])
    points = np.concatenate([np.arange(starts[i], starts[i] + layout.replicas[i]) for i in which])
    ids = [checked.ids[i] for i in points.tolist()] if in_line else checked.ids
    return (
        (kept(layout, which), replace(checked, ids=ids, costs=checked.costs[which])) if in_line else (layout, checked)
    )


def _equally_long(layout: Layout, same: list[int]) -> bool:
    """Whether equal combinations agree in what does not count for an id."""
    for one in layout.values:
        section, _, key = one.path.partition(".")
        if section == "run" and key.partition(".")[0] in UNCOUNTED:
            listed = one.listed()
            if any(one.codes[i] < 0 or listed[one.codes[i]] != listed[one.codes[same[0]]] for i in same):
                return False
    return True


def _twice(written: Written, same: list[int]) -> Problem:
    first, second = same[:2]
    place = written.layout.values[0].head if written.layout.values else written.document.place(())
    return Problem(
        place, "sweep", f"{written.point(second)} is the same run as {written.point(first)}; only one of them can stay"
    )
