"""The command `plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plot(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run or a sweep.")],
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One file: .png, .svg, .pdf, .gif, .mp4 or .vtkhdf.")
    ] = None,
) -> None:
    """Draw what fits a run or a sweep, into DIR/plots.

    --to writes one file, its kind by its suffix: the figure that FILE is called after (energy.pdf, field-v.png,
    estimates.svg), else the first; .pdf all figures, .gif and .mp4 an animation of the snapshots, .vtkhdf the fields
    for ParaView.
    """
    from simcore.analysis.plots.files import write_plot, write_plots
    from simcore.cli.outcome import shortest

    if to is None:
        for written in write_plots(directory):
            print(shortest(written))
        return
    write_plot(directory, to)
    print(shortest(to))
