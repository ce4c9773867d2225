"""What the commands say of a run: what came out, what it will take, how far it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simcore.cli.estimates import as_table, from_memory
from simcore.cli.table import columns
from simcore.cli.wording import duration, memory, rate, share, values

if TYPE_CHECKING:
    from simcore.engine import Plan, Status
    from simcore.engine.run import Outcome


def tell(outcome: Outcome) -> None:
    """Print the estimates of a run, how to open its results, and whether `run.max_walltime` cut it short."""
    place = shortest(outcome.path)
    print(as_table(from_memory(outcome.estimates)))
    print(f"\nThe results are in {place}. In Python:\n    import simcore\n    tree = simcore.load({place!r})")
    if not outcome.done:
        print(f"run.max_walltime ended it at step {outcome.step}; to go on: simcore resume {place}", file=sys.stderr)


def shortest(path: Path) -> str:
    """The path from here, or from the root where that is shorter."""
    relative, absolute = os.path.relpath(path), str(path.absolute())
    return min(relative, absolute, key=len)


def forecast(plan: Plan) -> str:
    """The memory and time of a run that has not begun, and what its model says of itself, as comments of YAML."""
    return columns(
        [
            *((f"# {'WARNING: ' if warning else ''}{name}", text) for name, text, warning in plan.remarks),
            ("# steps", str(plan.steps)),
            ("# workers", f"{plan.workers} for {plan.rows} rows"),
            ("# memory", memory(plan.memory)),
            ("# rate", rate(plan.rate)),
            ("# time", f"about {duration(plan.seconds)}"),
        ]
    )


def condition(status: Status) -> str:
    """How far a run is: state, step, time left, checkpoint, newest observables."""
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
    return columns(rows)
