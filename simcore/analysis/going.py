"""The fields of a run that is still going, from its snapshots, read when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray

from simcore.analysis.points import Key, orthogonal, stacked
from simcore.runs.partial_result import Unfinished
from simcore.storage.dataset import Variable
from simcore.storage.fields import FieldSource
from simcore.storage.netcdf import attributes_of


def fields_group(run: Unfinished, snapshots: Sequence[Path], places: xarray.Dataset) -> xarray.Dataset:
    """`/fields` of a run: its snapshots, each verified when it is read, and its state at the checkpoint behind them.

    places: the coordinates.
    """
    found: dict[Any, xarray.Variable] = {}
    states = np.array([*map(str, snapshots), ""], dtype=object)
    for name, source in run.fields.made_of(run.final).items():
        last = np.asarray(source.make(run.final))
        described = attributes_of(name, Variable(source.dims, last, source.unit, source.doc))
        like = xarray.Variable(source.dims, last, described)
        states[-1] = last
        found[name] = stacked(states.copy(), _Snapshots(run, source), (run.fields.when,), like)
    return places.assign(found)


class _Snapshots:
    """Reads one field of a snapshot; the last state is there already."""

    def __init__(self, run: Unfinished, source: FieldSource) -> None:
        self._run, self._source = run, source

    def __call__(self, state: str | np.ndarray, key: Key) -> np.ndarray:
        if isinstance(state, np.ndarray):
            return orthogonal(state, key)
        return orthogonal(np.asarray(self._source.make(self._run.fields.state(Path(state)))), key)
