"""The estimates of a sweep: one line for each point that has a result, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.cli.estimates import Row, as_objects, known, read_rows
from simcore.cli.table import columns

if TYPE_CHECKING:
    import xarray


@dataclass(frozen=True)
class Point:
    """One point: its swept values and its replica by name, and its estimates."""

    labels: dict[str, Any]
    rows: list[Row]


def read(directory: Path) -> list[Point]:
    """The points of the sweep in `directory` that have a result, in the order of its dimensions.

    Raises UsageError where nothing is written yet, StorageError where a file cannot be read.
    """
    from simcore.analysis import load

    with load(directory) as tree:
        return list(_points(tree["estimates"].to_dataset().load()))


def _points(estimates: xarray.Dataset) -> Iterator[Point]:
    import numpy as np

    from simcore.sweep.files import POINT_DONE, POINT_ID

    dims = estimates[POINT_ID].dims
    shown = [name for name, x in estimates.coords.items() if len(x.dims) == 1]
    labels = {str(name): estimates[name].broadcast_like(estimates[POINT_ID]).transpose(*dims).values for name in shown}
    numbers = {str(name): x.transpose(*dims).values for name, x in estimates.data_vars.items()}
    there = estimates[POINT_DONE].values | np.any([np.isfinite(x) for x in numbers.values()], axis=0)
    for index in zip(*np.nonzero(there), strict=True):
        variables = {name: (x[index].item(), *_described(estimates[name])) for name, x in numbers.items()}
        yield Point({name: x[index].item() for name, x in labels.items()}, read_rows(variables))


def _described(x: xarray.DataArray) -> tuple[str, str]:
    return x.attrs["units"], x.attrs["long_name"]


def as_table(points: list[Point]) -> str:
    """A line for each point: where it lies, and its estimates with errors in the usual notation."""
    from simcore.statistics import notation

    if not points:
        return "no point has a result yet"
    header = [*points[0].labels, *(row.name for row in points[0].rows)]
    lines = [
        [*map(_label, point.labels.values()), *(notation(row.value, row.error) for row in point.rows)]
        for point in points
    ]
    return columns([header, *lines])


def _label(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def as_json(points: list[Point]) -> str:
    """A list with an object for each point: `point`, where it lies, and `estimates`, as those of a run."""
    plain = [{"point": known(point.labels), "estimates": as_objects(point.rows)} for point in points]
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(points: list[Point]) -> str:
    """A line for each point below a header; `x`, `x_error`, `x_tau` and `x_ess` of each observable, all digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if points:
        names = [f"{row.name}{part}" for row in points[0].rows for part in ("", "_error", "_tau", "_ess")]
        writer.writerow([*points[0].labels, *names])
    for point in points:
        numbers = (number for row in point.rows for number in (row.value, row.error, row.tau, row.ess))
        writer.writerow([*point.labels.values(), *numbers])
    return text.getvalue().rstrip("\n")
