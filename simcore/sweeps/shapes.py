"""Whether the series and the fields of two points can lie beside each other in one array: their shapes, as hashes."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from simcore.runs.experiment import Experiment


def shapes_of(experiment: Experiment) -> dict[str, str]:
    """`series` and `fields`; neither if the run decides by itself when it ends."""
    if experiment.ends_by_itself:
        return {}
    clock = (experiment.total_steps, experiment.dt)
    names = [o.name for o in experiment.observables if not o.hidden]
    state = [(array.name, array.shape, str(array.dtype)) for array in experiment.description.arrays if not array.work]
    every = experiment.array_observables
    arrays = [(one.name, [(dim, np.asarray(places).tobytes()) for dim, places in one.dims]) for one in every]
    shown = [field.name for field in experiment.fields]
    places = [(axis, values.tobytes()) for axis, values in experiment.description.coordinates.items()]
    return {
        "series": _hash(clock, experiment.run.measure_every, names, *arrays),
        "fields": _hash(clock, experiment.output.fields, state, shown, places),
    }


def _hash(*parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()
