"""Every point of a sweep is looked at before the first one starts.

Every value of every swept key goes through the schema, with those that are validated together with it. As experiments
(what the model says of a combination, a stable time step, whole numbers of steps) are made all combinations if there
are at most 2,000; of more, 256 evenly spread ones and one of each size. What is wrong with another combination of good
values then shows when it is run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simcore.config import Section
from simcore.errors import ExperimentError
from simcore.runs.experiment import Experiment
from simcore.runs.model_errors import asking_model
from simcore.runs.number_formulas import work_out
from simcore.sweeps.costs import cost, kinds
from simcore.sweeps.ids import Resolved, ids, resolve_part
from simcore.sweeps.layout import Layout
from simcore.sweeps.materialize import Written
from simcore.sweeps.point import counted, point_id
from simcore.sweeps.validation_units import parts

ALL_UP_TO = 2000
SPREAD = 256


@dataclass(frozen=True)
class Checked:
    """first: the experiment of the first point. ids: of all points. costs: float64, of all combinations."""

    first: Experiment
    ids: list[str]
    costs: np.ndarray


def check(written: Written) -> Checked:
    """Raises ExperimentError if a point is bad, with the first 20 of them."""
    layout = written.layout
    first = written.experiment(0)
    found = _resolved_parts(written, first)
    written.refuse([int(one.first[i]) for one in found or () for i, text in enumerate(one.texts) if text is None])
    if any(text is None for one in found or () for text in one.texts):
        found = None  # a swept value is the formula of a number, which is good in its experiment only
    representatives, kind = kinds(layout)
    kind_of = {combination: i for i, combination in enumerate(representatives.tolist())}
    costs = np.zeros(len(representatives))
    made: dict[int, dict[str, Any]] = {}
    bad: list[int] = []
    for combination in sorted({*_looked_at(layout, found), *kind_of}):
        try:
            experiment = written.experiment(combination)
        except ExperimentError:
            bad.append(combination)
            continue
        made[combination] = counted(experiment)
        if combination in kind_of:
            with asking_model(experiment.document):
                costs[kind_of[combination]] = cost(experiment)
    written.refuse(bad)
    return Checked(first, _ids(written, found, made), costs[kind])


def _resolved_parts(written: Written, first: Experiment) -> list[Resolved] | None:
    """None if nothing can be validated apart: the class of the model is swept, or numbers follow from others."""
    paths = [values.path for values in written.layout.values]
    if "model.type" in paths or first.formulas.follow:
        return None
    roots: dict[str, type[Section]] = {"model": first.model_class, "run": type(first.run)}
    document = work_out(written.document, roots).document
    return [resolve_part(document, written.layout, part) for part in parts(roots, paths)]


def _looked_at(layout: Layout, found: list[Resolved] | None) -> Iterable[int]:
    if len(layout) <= ALL_UP_TO or found is None:
        return range(len(layout))
    return np.linspace(0, len(layout) - 1, SPREAD).astype(int).tolist()


def _ids(written: Written, found: list[Resolved] | None, made: Mapping[int, dict[str, Any]]) -> list[str]:
    """From the parts; from whole experiments if the model's class is swept, or looks across its parts after all."""
    replicas = written.layout.replicas.tolist()
    if found is not None:
        quick = ids(made[0], found, replicas)
        starts = np.cumsum(replicas) - replicas
        if all(quick[starts[i]] == point_id(one) for i, one in made.items()):
            return quick
    every = (made.get(i) or counted(written.experiment(i)) for i in range(len(replicas)))
    return [
        point_id({**one, "replica": one["replica"] + replica})
        for one, count in zip(every, replicas, strict=True)
        for replica in range(count)
    ]
