"""The estimates of a run: read from its result, and written as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

from simcore.cli.table import columns
from simcore.errors import UsageError


@dataclass(frozen=True)
class Row:
    """One observable: mean, standard error, integrated autocorrelation time in steps, effective sample size."""

    name: str
    value: float
    error: float
    tau: float
    ess: float
    unit: str
    long_name: str


def read(directory: Path) -> list[Row]:
    """The estimates of the run in `directory`, in the order of the file.

    Raises UsageError where no finished run is there, StorageError where its file cannot be read.
    """
    path = directory / "result.h5"
    if not path.is_file():
        raise UsageError(_nothing_to_show(directory))
    from simcore.storage.result import read_result

    variables = read_result(path, ["estimates"]).groups["estimates"].variables
    names = [name for name in variables if f"{name}_error" in variables]
    return [
        Row(
            name,
            *(float(variables[name + part].data) for part in ("", "_error", "_tau", "_ess")),
            variables[name].units,
            variables[name].long_name,
        )
        for name in names
    ]


def _nothing_to_show(directory: Path) -> str:
    if not directory.exists():
        return f"{directory}: no such directory"
    if (directory / "experiment.yaml").is_file():
        return f"{directory}: this run has no result yet; see `simcore status {directory}`"
    return f"{directory}: holds no run (a run's directory has the files experiment.yaml and result.h5)"


def as_table(rows: list[Row]) -> str:
    """Values with their errors in the usual notation."""
    from simcore.statistics.notation import notation

    header = ("observable", "estimate", "unit", "autocorrelation time", "independent samples")
    cells = [
        (row.name, notation(row.value, row.error), row.unit, _number(row.tau, " steps"), _number(row.ess))
        for row in rows
    ]
    return columns([header, *cells])


def _number(value: float, unit: str = "") -> str:
    return f"{value:.3g}{unit}" if abs(value) < 1000 else f"{value:.0f}{unit}" if math.isfinite(value) else "unknown"


def as_json(rows: list[Row]) -> str:
    """An object with one object for each observable; null for what is not a finite number."""
    plain = {
        row.name: {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in asdict(row).items()
            if key != "name"
        }
        for row in rows
    }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def as_csv(rows: list[Row]) -> str:
    """One line for each observable below a header; numbers with all their digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in fields(Row))
    writer.writerows(map(astuple, rows))
    return text.getvalue().rstrip("\n")
