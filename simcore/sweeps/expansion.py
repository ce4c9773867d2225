"""From the `sweep` section to points: read, multiply out, check, name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from simcore.config import Document, from_dict, override, put, read
from simcore.config.overrides import without
from simcore.errors import ExperimentError, Problem
from simcore.runs.resolution import drawn_seed
from simcore.spec.observables import Derived, Observable
from simcore.spec.parameters import PARAMETERS
from simcore.sweeps.duplicates import without_duplicates
from simcore.sweeps.layout import Layout, Values
from simcore.sweeps.materialize import Written
from simcore.sweeps.names import coordinate, short_names
from simcore.sweeps.point_checks import Checked, check
from simcore.sweeps.points import Points, Swept
from simcore.sweeps.section_reader import combinations_of
from simcore.sweeps.sections import SweepSection

Source = str | Path | Mapping[str, Any]
_DRAWN = "drawn"


@dataclass(frozen=True)
class Sweep:
    """A sweep, expanded and checked.

    name: of its directory, None for a dict without a name. document: the experiment without `sweep`, with its seed.
    section: the sweep section. points: all of them, in the order of the file. dims, shape, coords: of the array that
    they fill; coords as (dimensions, values) by name. A point that `where` leaves out is a hole in the array.
    written: the experiment with its sweep and seed, as plain data. seed_drawn: whether `run.seed` was not given.
    """

    name: str | None
    document: Document
    section: SweepSection
    points: Points
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: dict[str, tuple[tuple[str, ...], list[Any]]]
    written: dict[str, Any]
    seed_drawn: bool

    @cached_property
    def nameless(self) -> Document:
        """The document of the points, which are called by their ids."""
        return replace(without(self.document, "name"), source=None)


OTHER_NAMES = ("sweeps", "Sweep", "scan", "grid", "zip", "sample", "parameter_sweep")
"""Keys at the top of a file that were meant to be the section `sweep`."""


def expand(source: Source, overrides: Mapping[str, Any] | Sequence[str] = (), seed: int | None = None) -> Sweep:
    """The sweep in a file or dict. Raises ExperimentError: all that is wrong, a bad point with its values.

    seed: taken if the experiment gives none (that with which the sweep was begun); else one is drawn.
    """
    whole = override(from_dict(source) if isinstance(source, Mapping) else read(source), overrides)
    if whole.problems:
        raise ExperimentError(whole.problems)
    node = whole.find(("sweep",))
    if node is None:
        if (near := next((key for key in whole.data if key in OTHER_NAMES), None)) is not None:
            raise ExperimentError([whole.problem((near,), "unknown key; did you mean 'sweep'?")])
        raise ExperimentError([Problem(whole.place(()), "", "has no section 'sweep'; one run is: simcore run FILE")])
    section, layout = combinations_of(whole)
    if section.budget is not None:
        _refuse_without_targets(whole, layout)
    document = _seeded(without(whole, "sweep"), layout, seed)
    written = Written(document, layout)
    checked = check(written)
    if (several := checked.first.run.replicas) > 1:
        reason = f"the points of a sweep are one system each; leave it out, and give sweep: {{replicas: {several}}}"
        raise ExperimentError([whole.problem(("run", "replicas"), reason)])
    if checked.first.tempering is not None:
        reason = "the points of a sweep are one system each, and a ladder has its own; run it by simcore run"
        raise ExperimentError([whole.problem(("tempering",), reason)])
    layout, checked = without_duplicates(written, checked)
    written = Written(document, layout)
    names = short_names((one.path for one in layout.values), _observed(checked) | _scheduled(layout))
    swept = [_swept(written, one, names[one.path]) for one in layout.values]
    first_replica = checked.first.run.replica
    return Sweep(
        name=checked.first.name,
        document=document,
        section=section,
        points=Points(checked.ids, swept, layout.indices, layout.replicas, checked.costs, first_replica),
        **_array(layout, swept, names, first_replica),
        written={**document.data, "sweep": node.plain()},
        seed_drawn=seed is None and document.place(("run", "seed")) == _DRAWN,
    )


def _refuse_without_targets(whole: Document, layout: Layout) -> None:
    """Every point of a sweep with a budget needs a target, which determines its share."""
    swept = any(one.path.startswith("run.until") and (one.codes >= 0).all() for one in layout.values)
    if not swept and whole.find(("run", "until", "error")) is None:
        at, reason = ("sweep", "budget"), "goes to points by their error targets: run.until: {error: {NAME: ERROR}}"
        raise ExperimentError([whole.problem(at, reason)])


def _seeded(document: Document, layout: Layout, seed: int | None) -> Document:
    node = document.find(("run", "seed"))
    if (node is not None and node.value is not None) or any(one.path == "run.seed" for one in layout.values):
        return document
    run = document.find(("run",))
    if run is None or not isinstance(run.value, dict):
        return document
    return put(document, "run.seed", drawn_seed() if seed is None else seed, _DRAWN)


def _observed(checked: Checked) -> set[str]:
    """The names of the variables of the result, which no dimension may have."""
    measured: list[Observable | Derived] = [*checked.first.observables, *checked.first.derived]
    return {f"{one.name}{ending}" for one in measured for ending in ("", "_error", "_tau", "_ess")}


def _scheduled(layout: Layout) -> set[str]:
    """Parameters that change in some of the points, the first perhaps not among them: their values are series."""
    sections = [one.path for one in layout.values if any(isinstance(value, Mapping) for value in one.listed())]
    return {path.rpartition(".")[2] for path in sections if path.startswith(PARAMETERS)}


def _swept(written: Written, one: Values, name: str) -> Swept:
    values = [*one.listed(), _left_alone(written, one)]
    labels = coordinate(values if (one.codes < 0).any() else values[:-1])
    return Swept(one.path, name, values, labels, one.codes)


def _left_alone(written: Written, one: Values) -> Any:
    """The value of a key that its block does not sweep; None if it is unknown."""
    alone = np.flatnonzero(one.codes < 0)
    if not alone.size:
        return None
    node = written.document.find(written.document.keys(one.path))
    if node is not None:
        return node.plain()
    found: Any = written.experiment(int(alone[0])).resolved
    for key in one.path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _array(layout: Layout, swept: Sequence[Swept], names: Mapping[str, str], first_replica: int) -> dict[str, Any]:
    most = int(layout.replicas.max())
    dims = (*(names[path] for path in layout.named), *(("point",) if layout.listed else ()), "replica")
    coords: dict[str, tuple[tuple[str, ...], list[Any]]] = {}
    for one in swept:
        if one.path in layout.named:
            coords[one.name] = ((one.name,), list(one.labels))
        else:
            coords[one.name] = (("point",), _along_points(layout, one))
    coords["replica"] = (("replica",), list(range(first_replica, first_replica + most)))
    return {"dims": dims, "shape": (*layout.shape, most), "coords": coords}


def _along_points(layout: Layout, one: Swept) -> list[Any]:
    """By the index along `point`. After a grid, the number of a value is that index."""
    return one.coordinates() if not layout.named else list(one.labels)
