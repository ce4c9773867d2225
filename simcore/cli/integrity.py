"""The command `check`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def check(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run or a sweep.")],
) -> None:
    """Read all files of a run or a sweep and compare them with their checksums.

    One line for each file; exit code 1 if one is damaged.
    """
    from simcore.analysis.integrity import check_files
    from simcore.cli.outcome import shortest

    damaged = 0
    for checked in check_files(directory):
        damaged += bool(checked.problem)
        print(f"{shortest(checked.path)}: {checked.problem or 'ok'}", flush=True)
    if damaged:
        print(f"{damaged} damaged", file=sys.stderr)
        raise typer.Exit(1)
