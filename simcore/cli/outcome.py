"""What the commands say of a run: what came out, what it will take, how far it is."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.cli import array_estimates
from simcore.cli.estimates import Row, as_csv, as_json, as_table, from_memory, read
from simcore.cli.table import columns, terminal_width
from simcore.display.wording import duration, memory, rate, share, values
from simcore.errors import SimcoreError

if TYPE_CHECKING:
    from simcore.runs import Plan, Status
    from simcore.runs.run import Outcome


PAUSED = 3


def tell(outcome: Outcome) -> int:
    """Print the estimates of a run, how to open its results, and whether `run.max_walltime` cut it short.

    Returns the exit code, 3 for a run that is not at its end.
    """
    place = shortest(outcome.path)
    print(as_table(from_memory(outcome.estimates), terminal_width()))
    if arrays := array_estimates.from_memory(outcome.estimates):
        print(f"\n{array_estimates.as_table(arrays)}")
    if missed := _missed(outcome.path, from_memory(outcome.estimates)):
        print(missed)
    print(f"\nThe results are in {place}. In Python:\n    import simcore\n    tree = simcore.load({place!r})")
    if outcome.done:
        return 0
    print(f"run.max_walltime ended it at step {outcome.step}; to continue: simcore resume {place}", file=sys.stderr)
    return PAUSED


def with_arrays(directory: Path, rows: list[Row], *, json: bool, csv: bool, chosen: Sequence[str] = ()) -> str:
    """The estimates of a run, arrays included: a line for each, or all elements for programs."""
    arrays = array_estimates.read(directory)
    if json:
        return as_json(rows, {one.name: one.as_object() for one in arrays})
    if csv:
        return as_csv([*rows, *array_estimates.elements(arrays)])
    table = as_table(rows, terminal_width(), chosen)
    return f"{table}\n\n{array_estimates.as_table(arrays)}" if arrays else table


def tell_missed(directory: Path, rows: Sequence[Row]) -> None:
    """Print, on standard error, which targets of `run.until` the estimates of a run have not reached."""
    if missed := _missed(directory, rows):
        print(missed, file=sys.stderr)


def _missed(directory: Path, rows: Sequence[Row]) -> str:
    from simcore.runs.targets import missed_targets, recorded_targets

    return missed_targets(recorded_targets(directory), {row.name: row.error for row in rows})


def shortest(path: Path) -> str:
    """The path from here, or from the root if that is shorter."""
    relative, absolute = os.path.relpath(path), str(path.absolute())
    return min(relative, absolute, key=len)


def forecast(plan: Plan) -> str:
    """The memory and time of a run that has not begun, and what its model says of itself, as comments of YAML."""
    rows = [
        *((f"# {'WARNING: ' if warning else ''}{name}", text) for name, text, warning in plan.remarks),
        ("# steps", str(plan.steps)),
        ("# workers", f"{plan.workers} for {plan.rows} rows"),
        ("# memory", memory(plan.memory)),
        *(
            [("# solvers", f"{memory(plan.solvers)} besides, set up in {duration(plan.set_up)}")]
            if plan.solvers
            else []
        ),
        ("# rate", rate(plan.rate)),
        ("# time", f"about {duration(plan.seconds)}"),
    ]
    return columns(rows)


def condition(status: Status, directory: Path) -> str:
    """How far a run is: state, step, time left, checkpoint, newest observables, targets that it ended without."""
    from simcore.runs.targets import recorded_targets

    rows = [("state", status.state), ("step", f"{status.step} of {status.total} ({share(status.step, status.total)})")]
    if status.state == "running":
        if status.rate:
            rows.append(("rate", rate(status.rate)))
        if status.seconds_left is not None:
            rows.append(("time left", duration(status.seconds_left)))
    rows.append(("checkpoint", "none" if status.checkpoint is None else f"step {status.checkpoint}"))
    if status.latest:
        rows.append(("latest", ", ".join(values(status.latest))))
    if status.message:
        rows.append(("message", status.message))
    if status.state == "done":
        try:
            found = read(directory)
        except SimcoreError as error:
            return columns([*rows, ("results", str(error).partition("\n")[0])])
        if recorded_targets(directory):
            rows += [("targets", _missed(directory, found) or "run.until is met")]
        rows += _cautions(found)
    return columns(rows)


def _cautions(found: Sequence[Row]) -> list[tuple[str, str]]:
    """A line for each caution of the estimates: the word, and the observables that it is for."""
    from simcore.statistics.cautions import in_order

    words = in_order(word for row in found for word in row.cautions)
    return [("caution", f"{word}: {', '.join(row.name for row in found if word in row.cautions)}") for word in words]
