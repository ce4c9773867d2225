"""The estimates of a run: read from its result, and written as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simcore.cli.table import columns, fits, two_lines, wrapped

if TYPE_CHECKING:
    from simcore.storage.result import Group


@dataclass(frozen=True)
class Row:
    """One observable: mean, standard error, integrated autocorrelation time in steps, effective sample size.

    cautions: what must be known of it before it is believed, in the words of `simcore.statistics.cautions`. r_hat: that
    of the replicas which are taken together; None of a run that has one.
    """

    name: str
    value: float
    error: float
    tau: float
    ess: float
    unit: str
    long_name: str
    cautions: tuple[str, ...] = ()
    r_hat: float | None = None


def read(directory: Path) -> list[Row]:
    """The estimates of the run in `directory`, in the model's order; of one that goes on, so far.

    Raises UsageError if no run is there or nothing is written yet, StorageError if a file cannot be read.
    """
    from simcore.analysis import load
    from simcore.analysis.arrays import numbers

    with load(directory) as tree:
        group = "pooled" if "pooled" in tree.children else "estimates"  # of several replicas
        measured = numbers(tree[group].to_dataset())
        variables = {str(name): x for name, x in measured.data_vars.items()}
        cautions = {name: _words(x.attrs.get("cautions", "")) for name, x in variables.items()}
        found = {name: (x.values, x.attrs["units"], x.attrs["long_name"]) for name, x in variables.items()}
        labels = [np.asarray(measured.coords[dim].values) for dim in measured.dims]
        return rows_of(found, cautions, labels[0] if labels else None)


def _words(joined: str) -> tuple[str, ...]:
    return tuple(joined.split("; ")) if joined else ()


def from_memory(estimates: Group) -> list[Row]:
    """The same of a run that has just ended: its process never opens an HDF5 file."""
    variables = {name: x for name, x in estimates.variables.items() if not x.own_dims}
    found = {name: (np.asarray(x.data), x.units, x.long_name) for name, x in variables.items()}
    used = {dim for x in variables.values() for dim in x.dims}
    labels = [np.asarray(x.data) for name, x in estimates.coordinates.items() if name in used]
    cautions = {name: x.cautions for name, x in variables.items()}
    return rows_of(found, cautions, labels[0] if labels else None)


def rows_of(
    variables: Mapping[str, tuple[np.ndarray, str, str]],
    cautions: Mapping[str, tuple[str, ...]],
    labels: np.ndarray | None,
) -> list[Row]:
    """From arrays without a dimension, or over one with these labels: then a row for each, `energy at 1.5`."""
    if labels is None:
        return read_rows({name: (float(x), unit, doc) for name, (x, unit, doc) in variables.items()}, cautions)
    rows: list[Row] = []
    for name in [name for name in variables if f"{name}_error" in variables]:
        for place, label in enumerate(labels):
            parts = {f"{name}{part}": variables[f"{name}{part}"] for part in ("", "_error", "_tau", "_ess")}
            one = {key: (float(x[place]), unit, doc) for key, (x, unit, doc) in parts.items()}
            rows += [replace(row, name=f"{name} at {label:.6g}") for row in read_rows(one, cautions)]
    return rows


def read_rows(variables: Mapping[str, tuple[float, str, str]], cautions: Mapping[str, tuple[str, ...]]) -> list[Row]:
    """From value, unit and long name of each variable: `x` goes with `x_error`, `x_tau` and `x_ess`."""
    return [
        Row(
            name,
            value,
            error=variables[f"{name}_error"][0],
            tau=variables[f"{name}_tau"][0],
            ess=variables[f"{name}_ess"][0],
            unit=unit,
            long_name=long_name,
            cautions=cautions.get(name, ()),
            r_hat=variables[f"{name}_r_hat"][0] if f"{name}_r_hat" in variables else None,
        )
        for name, (value, unit, long_name) in variables.items()
        if f"{name}_error" in variables
    ]


COLUMNS = ("estimate", "unit", "tau", "ess", "r_hat", "caution")
"""What `--columns` takes for a run."""
LEFT_OUT_FIRST = ("autocorrelation time", "independent samples", "unit", "R-hat")
"""In this order, if a table is too wide."""


def as_table(rows: list[Row], width: int | None = None, chosen: Sequence[str] = ()) -> str:
    """Values with their errors in the usual notation, and what must be known of them; the words are explained below.

    width: of the terminal: what does not fit is left out and named. chosen: some of COLUMNS, or `all`.
    """
    header, cells = _cells(rows)
    if chosen and "all" not in chosen:
        kept = [0, *(1 + COLUMNS.index(name) for name in chosen)]
    else:
        always = len(header) - 2
        kept = [column for column in range(len(header)) if column < always or any(line[column] for line in cells)]
    lines = [tuple(line[column] for column in kept) for line in (header, *cells)]
    table, left_out = _fitting(lines, None if chosen else width)
    if left_out:
        table += wrapped(f"\n\nnot shown at this width: {', '.join(left_out)} (--columns all)", width)
    if not any(row.cautions for row in rows):
        return table
    return table + "\n\n" + wrapped(explained(word for row in rows for word in row.cautions), width)


def _fitting(lines: Sequence[Sequence[str]], width: int | None) -> tuple[str, list[str]]:
    """The table, with a header in two lines or without columns if it is too wide, and the titles that are left out."""
    left_out: list[str] = []
    for title in (None, *LEFT_OUT_FIRST):
        if title is not None and title in lines[0]:
            place = list(lines[0]).index(title)
            left_out += [title] if title != "unit" or any(line[place] != "1" for line in lines[1:]) else []
            lines = [[*line[:place], *line[place + 1 :]] for line in lines]
        for shown in (lines, [*two_lines(lines[0]), *lines[1:]]):
            if fits(table := columns(shown), width):
                return table, left_out
    if lines[0][-1] == "caution":
        lines = [lines[0][:-1], *([line[0], line[1] + ("*" if line[-1] else ""), *line[2:-1]] for line in lines[1:])]
        return columns(lines), [*left_out, "caution (*)"]
    return table, left_out


def _cells(rows: list[Row]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from simcore.statistics import notation

    header = ("observable", "estimate", "unit", "autocorrelation time", "independent samples", "R-hat", "caution")
    cells: list[tuple[str, ...]] = [
        (
            row.name,
            notation(row.value, row.error),
            row.unit,
            number(row.tau, " steps"),
            number(row.ess),
            "" if row.r_hat is None else number(row.r_hat),
            ", ".join(row.cautions),
        )
        for row in rows
    ]
    return header, cells


def explained(words: Iterable[str]) -> str:
    """A line for each caution that occurs: the word, and what it means."""
    from simcore.statistics.cautions import in_order

    return "\n".join(f"{caution}: {caution.meaning}" for caution in in_order(words))


def number(value: float, unit: str = "") -> str:
    """Three digits, and all of those before the point; `unknown` for NaN and the infinite."""
    if not math.isfinite(value):
        return "unknown"
    return f"{value:.0f}{unit}" if abs(value) >= 1000 else f"{value:.3g}{unit}"


def as_json(rows: list[Row], more: Mapping[str, Any] | None = None) -> str:
    """An object with one object for each observable; null for what is not a finite number. more: further objects."""
    return json.dumps({**as_objects(rows), **(more or {})}, indent=2, ensure_ascii=False, allow_nan=False)


def as_objects(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """What JSON can hold, by observable."""
    return {row.name: known({key: value for key, value in _written(row).items() if key != "name"}) for row in rows}


def _written(row: Row) -> dict[str, Any]:
    """All of a row, without what only several replicas have if there is one."""
    return {key: value for key, value in asdict(row).items() if (key, value) != ("r_hat", None)}


def known(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with None for what is not a finite number."""
    unknown = {key for key, value in values.items() if isinstance(value, float) and not math.isfinite(value)}
    return {key: None if key in unknown else value for key, value in values.items()}


def as_csv(rows: list[Row]) -> str:
    """One line for each observable below a header; numbers with all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [*_written(rows[0])] if rows else [column.name for column in fields(Row)]
    writer.writerow(names)
    writer.writerows([{**_written(row), "cautions": "; ".join(row.cautions)}[name] for name in names] for row in rows)
    return text.getvalue().rstrip("\n")
