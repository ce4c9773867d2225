"""The estimates of a sweep: one line for each point that has a result, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.cli.estimates import Row, as_objects, explained, known, read_rows
from simcore.cli.table import columns

if TYPE_CHECKING:
    import xarray

_PARTS = ("", "_error", "_tau", "_ess")


@dataclass(frozen=True)
class Point:
    """One point: its swept values and its replica by name, and its estimates."""

    labels: dict[str, Any]
    rows: list[Row]


def read(directory: Path) -> list[Point]:
    """The points of the sweep in `directory` that have a result, in the order of its dimensions.

    Raises UsageError if nothing is written yet, StorageError if a file cannot be read.
    """
    from simcore.analysis import load
    from simcore.analysis.arrays import numbers

    with load(directory) as tree:
        return list(_points(numbers(tree["estimates"].to_dataset()).load()))


def _points(estimates: xarray.Dataset) -> Iterator[Point]:
    import numpy as np

    from simcore.analysis.agreement import cautioned
    from simcore.statistics.cautions import of_mask
    from simcore.sweeps.files import CAUTION, POINT_DONE, POINT_ID

    dims = estimates[POINT_ID].dims
    masks = {name: x.transpose(*dims).values for name, x in cautioned(estimates).items()}
    shown = [name for name, x in estimates.coords.items() if len(x.dims) == 1]
    labels = {str(name): estimates[name].broadcast_like(estimates[POINT_ID]).transpose(*dims).values for name in shown}
    beside = {f"{name}{CAUTION}" for name in estimates.data_vars}
    measured = {str(name): x for name, x in estimates.data_vars.items() if name not in beside}
    numbers = {name: x.transpose(*dims).values for name, x in measured.items()}
    there = estimates[POINT_DONE].values | np.any([np.isfinite(x) for x in numbers.values()], axis=0)
    for index in zip(*np.nonzero(there), strict=True):
        variables = {name: (x[index].item(), *_described(estimates[name])) for name, x in numbers.items()}
        cautions = {name: tuple(map(str, of_mask(int(mask[index])))) for name, mask in masks.items()}
        yield Point({name: x[index].item() for name, x in labels.items()}, read_rows(variables, cautions))


def _described(x: xarray.DataArray) -> tuple[str, str]:
    return x.attrs["units"], x.attrs["long_name"]


def as_table(points: list[Point]) -> str:
    """A line for each point: where it lies, its estimates with errors in the usual notation, and their cautions."""
    from simcore.statistics import notation

    if not points:
        return "no point has a result yet"
    header = [*points[0].labels, *(row.name for row in points[0].rows), "caution"]
    lines = [
        [
            *map(_label, point.labels.values()),
            *(notation(row.value, row.error) for row in point.rows),
            _cautions(point.rows),
        ]
        for point in points
    ]
    words = {word for point in points for row in point.rows for word in row.cautions}
    if not words:
        return columns([line[:-1] for line in (header, *lines)])
    return columns([header, *lines]) + "\n\n" + explained(words)


def _cautions(rows: list[Row]) -> str:
    """`few samples (energy, binder); never changed (magnetization)`; the names are left out if it is all of them."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for word in row.cautions:
            found.setdefault(word, []).append(row.name)
    return "; ".join(
        word if len(names) == len(rows) else f"{word} ({', '.join(names)})" for word, names in found.items()
    )


def _label(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def as_json(points: list[Point]) -> str:
    """A list with an object for each point: `point`, where it lies, and `estimates`, as those of a run."""
    plain = [{"point": known(point.labels), "estimates": as_objects(point.rows)} for point in points]
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(points: list[Point]) -> str:
    """A line for each point below a header; `x`, `x_error`, `x_tau`, `x_ess` and `x_cautions` of each observable."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if points:
        names = [f"{row.name}{part}" for row in points[0].rows for part in (*_PARTS, "_cautions")]
        writer.writerow([*points[0].labels, *names])
    for point in points:
        numbers = (
            cell for row in point.rows for cell in (row.value, row.error, row.tau, row.ess, "; ".join(row.cautions))
        )
        writer.writerow([*point.labels.values(), *numbers])
    return text.getvalue().rstrip("\n")
