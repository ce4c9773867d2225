"""The command `show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def show(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run or a sweep.")],
    json: Annotated[bool, typer.Option("--json", help="For programs; what is not known is null.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="For spreadsheets.")] = False,
    columns: Annotated[
        str | None, typer.Option(metavar="NAME,NAME,...", help="The columns of the table, or all; else those that fit.")
    ] = None,
    pooled: Annotated[bool, typer.Option("--pooled", help="Of a sweep: the replicas of each point as one.")] = False,
) -> None:
    """Print the estimates of a run, or of all points of a sweep.

    On a terminal the table has as many columns as fit, and the others are named. --columns chooses: of a run estimate,
    unit, tau, ess, r_hat, caution; of a sweep its parameters, observables, R-hat, caution, point. --json and --csv have
    all of them, with all digits.
    """
    if json and csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    chosen = [] if columns is None else [name.strip() for name in columns.split(",")]
    from simcore.sweeps.status import holds_sweep

    if holds_sweep(directory):
        _show_sweep(directory, chosen, json=json, csv=csv, pooled=pooled)
    else:
        _show_run(directory, chosen, json=json, csv=csv, pooled=pooled)


def _show_sweep(directory: Path, chosen: list[str], *, json: bool, csv: bool, pooled: bool) -> None:
    from simcore.cli import sweep_estimates as estimates
    from simcore.cli.table import terminal_width

    points = estimates.read(directory, pooled=pooled)
    if points:
        _require(chosen, estimates.column_names(points))
    if json or csv:
        print(estimates.as_json(points) if json else estimates.as_csv(points))
    else:
        print(estimates.as_table(points, terminal_width(), chosen))


def _show_run(directory: Path, chosen: list[str], *, json: bool, csv: bool, pooled: bool) -> None:
    from simcore.cli.estimates import COLUMNS, read
    from simcore.cli.outcome import tell_missed, with_arrays
    from simcore.errors import UsageError

    _require(chosen, (*COLUMNS, "all"))
    rows = read(directory)
    if pooled:
        raise UsageError("--pooled is for sweeps; the replicas of one run are pooled already")
    print(with_arrays(directory, rows, json=json, csv=csv, chosen=chosen))
    tell_missed(directory, rows)


def _require(chosen: list[str], known: list[str] | tuple[str, ...]) -> None:
    from simcore.config import hint
    from simcore.errors import UsageError

    for name in chosen:
        if name not in known:
            raise UsageError(f"--columns: there is no column '{name}'; {hint(name, known)}")
