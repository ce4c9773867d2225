"""The estimates of a sweep: one line for each point that has a result, as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simcore.cli.estimates import Row, as_objects, explained, known, number, read_rows
from simcore.cli.table import columns, fits, wrapped

if TYPE_CHECKING:
    import xarray

_PARTS = ("", "_error", "_tau", "_ess")


@dataclass(frozen=True)
class Point:
    """One point: its swept values and its replica by name, and its estimates. id: of its directory; '' if pooled."""

    labels: dict[str, Any]
    rows: list[Row]
    id: str = ""


def read(directory: Path, *, pooled: bool = False) -> list[Point]:
    """The points of the sweep in `directory` that have a result, in the order of its dimensions.

    pooled: the replicas of each combination of parameters as one, with R-hat.

    Raises UsageError if nothing is written yet, StorageError if a file cannot be read.
    """
    from simcore.analysis import load
    from simcore.analysis.arrays import numbers

    with load(directory) as tree:
        found = numbers(tree["estimates"].to_dataset()).load()
        return list(_pooled(found) if pooled else _points(found))


def _pooled(estimates: xarray.Dataset) -> Iterator[Point]:
    """The replicas of each point as one; its cautions are those of any of them."""
    import numpy as np

    from simcore.analysis.agreement import cautioned
    from simcore.analysis.pooling import REPLICA
    from simcore.analysis.pooling import pooled as pool
    from simcore.statistics.cautions import FEW_SAMPLES, Caution, as_mask, of_mask

    if REPLICA not in estimates.dims:
        yield from _points(estimates)
        return
    together = pool(estimates)
    dims = [dim for dim in together.dims if dim != REPLICA]
    few = as_mask([Caution.FEW_SAMPLES])
    masks = {
        name: np.bitwise_or.reduce(mask.transpose(*dims, REPLICA).values, axis=-1)
        for name, mask in cautioned(estimates).items()
    }
    for name, mask in masks.items():  # together they may be enough
        enough = together[f"{name}_ess"].transpose(*dims).values >= FEW_SAMPLES
        masks[name] = np.where(enough, mask & ~few, mask)
    shown = [name for name, x in estimates.coords.items() if len(x.dims) == 1 and name != REPLICA]
    any_of_it = next(name for name in together.data_vars if f"{name}_error" in together)
    like = together[any_of_it].transpose(*dims)
    labels = {str(name): estimates[name].broadcast_like(like).transpose(*dims).values for name in shown}
    numbers = {str(name): x.transpose(*dims).values for name, x in together.data_vars.items()}
    for index in np.ndindex(like.shape):
        variables = {name: (float(x[index]), *_described(together[name])) for name, x in numbers.items()}
        rows = read_rows(variables, {name: tuple(map(str, of_mask(int(m[index])))) for name, m in masks.items()})
        if any(np.isfinite(row.value) for row in rows):
            yield Point({name: x[index].item() for name, x in labels.items()}, rows)


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
    ids = estimates[POINT_ID].values
    there = estimates[POINT_DONE].values | np.any([np.isfinite(x) for x in numbers.values()], axis=0)
    for index in zip(*np.nonzero(there), strict=True):
        variables = {name: (x[index].item(), *_described(estimates[name])) for name, x in numbers.items()}
        cautions = {name: tuple(map(str, of_mask(int(mask[index])))) for name, mask in masks.items()}
        rows = read_rows(variables, cautions)
        yield Point({name: x[index].item() for name, x in labels.items()}, rows, str(ids[index]))


def _described(x: xarray.DataArray) -> tuple[str, str]:
    return x.attrs["units"], x.attrs["long_name"]


def as_table(points: list[Point], width: int | None = None, chosen: Sequence[str] = ()) -> str:
    """A line for each point: where it lies, its estimates with errors in the usual notation, and their cautions.

    width: of the terminal: what does not fit is left out and named. chosen: the columns, or `all`.
    """
    from simcore.statistics import notation

    if not points:
        return "no point has a result yet"
    titles = _titles(points)
    table = {name: [_label(point.labels[name]) for point in points] for name in points[0].labels}
    table |= {row.name: [] for row in points[0].rows}
    for point in points:
        for row in point.rows:
            table[row.name].append(notation(row.value, row.error))
    table["R-hat"] = [_worst(point.rows) for point in points]
    table["caution"] = [_cautions(point.rows) for point in points]
    table["point"] = [point.id for point in points]
    wanted = [name for name in chosen if name != "all"] or titles
    left_out: list[str] = []
    if not chosen and "caution" in wanted and not fits(_columns(table, wanted), width):
        wanted, left_out = [name for name in wanted if name != "caution"], ["caution"]
        for number_of_row, row in enumerate(points[0].rows):
            marks = ["*" if point.rows[number_of_row].cautions else "" for point in points]
            table[row.name] = [f"{cell}{mark}" for cell, mark in zip(table[row.name], marks, strict=True)]
    while not fits(shown := _columns(table, wanted), None if chosen else width) and len(wanted) > 1:
        last = next((name for name in reversed(wanted) if name not in points[0].labels), None)
        if last is None:
            break
        left_out = [last, *left_out]
        wanted = [name for name in wanted if name != last]
    if left_out:
        named = f"not shown at this width: {', '.join(left_out)} (--columns {left_out[0]}, or all)"
        marked = "\n* with a caution" if "caution" in left_out else ""
        shown += f"\n\n{wrapped(named, width)}{marked}"
    words = {word for point in points for row in point.rows for word in row.cautions}
    return shown + ("\n\n" + wrapped(explained(words), width) if words else "")


def column_names(points: list[Point]) -> list[str]:
    """What `--columns` takes for a sweep."""
    first = points[0]
    return [*first.labels, *(row.name for row in first.rows), "R-hat", "caution", "point", "all"]


def _titles(points: list[Point]) -> list[str]:
    """The columns that are shown: of replicas only if there are several, of cautions if there are any."""
    first = points[0]
    alike = {"replica"} if all(point.labels.get("replica", 0) == 0 for point in points) else set()
    more = ["caution"] if any(row.cautions for point in points for row in point.rows) else []
    if any(_worst(point.rows) for point in points):
        more = ["R-hat", *more]
    return [*(name for name in first.labels if name not in alike), *(row.name for row in first.rows), *more]


def _columns(table: Mapping[str, Sequence[str]], titles: Sequence[str]) -> str:
    return columns([titles, *zip(*(table[title] for title in titles), strict=True)])


def _worst(rows: list[Row]) -> str:
    """The largest R-hat of the observables of a point; '' if there is none."""
    found = [row.r_hat for row in rows if row.r_hat is not None and math.isfinite(row.r_hat)]
    return number(max(found)) if found else ""


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
    """A list with an object for each point: `id`, `point`, where it lies, and `estimates`, as those of a run."""
    plain = [
        {**({"id": point.id} if point.id else {}), "point": known(point.labels), "estimates": as_objects(point.rows)}
        for point in points
    ]
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(points: list[Point]) -> str:
    """A line for each point below a header: `point_id`, its swept values and its replica, and of each observable `x`

    `x`, `x_error`, `x_tau`, `x_ess`, `x_cautions`, if replicas are pooled `x_r_hat`, too.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if not points:
        return ""
    with_id = ["point_id"] if any(point.id for point in points) else []
    rated = ["_r_hat"] if any(row.r_hat is not None for point in points for row in point.rows) else []
    names = [f"{row.name}{part}" for row in points[0].rows for part in (*_PARTS, "_cautions", *rated)]
    writer.writerow([*with_id, *points[0].labels, *names])
    for point in points:
        cells: list[Any] = [point.id] if with_id else []
        cells += point.labels.values()
        for row in point.rows:
            cells += [row.value, row.error, row.tau, row.ess, "; ".join(row.cautions)]
            cells += [row.r_hat] if rated else []
        writer.writerow(cells)
    return text.getvalue().rstrip("\n")
