"""The command `report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run or a sweep.")],
) -> None:
    """Write DIR/report.html: figures, estimates, experiment, provenance and warnings on one page.

    The page is one file that needs no network, for a screen, a phone or paper.
    """
    from simcore.analysis.report import write_report
    from simcore.cli.outcome import shortest

    print(shortest(write_report(directory)))
