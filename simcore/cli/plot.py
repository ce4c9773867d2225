"""The command `plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plot(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The directory of a run or a sweep.")],
    figure: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A figure: series, field-v, estimates, ... or an observable; repeatable."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="One file: .png, .svg, .pdf, .gif, .mp4 or .vtkhdf.")
    ] = None,
    cmap: Annotated[str | None, typer.Option(metavar="NAME", help="A colour map of matplotlib.")] = None,
    limits: Annotated[str | None, typer.Option(metavar="LOW,HIGH", help="The values at their ends.")] = None,
    fps: Annotated[int | None, typer.Option(metavar="N", min=1, max=1000, help="Frames a second, else 8.")] = None,
    dpi: Annotated[int | None, typer.Option(metavar="N", min=10, max=2400, help="Dots per inch.")] = None,
) -> None:
    """Draw what fits a run or a sweep, into DIR/plots.

    --figure chooses figures by name: series, field-v, snapshots-v, spacetime-v, estimates, heatmaps, or an observable.
    --to writes one file, its kind by its suffix: .png and .svg one figure, .pdf those that are named or all, .gif and
    .mp4 an animation of the snapshots, .vtkhdf the fields for ParaView.
    """
    from simcore.analysis.plots.files import Look, write_plot, write_plots
    from simcore.cli.outcome import shortest
    from simcore.errors import UsageError

    look = Look(cmap, _numbers(limits), dpi, fps)
    if fps is not None and (to is None or to.suffix not in (".gif", ".mp4")):
        raise UsageError("--fps goes with an animation: --to FILE.gif or FILE.mp4")
    if to is None:
        for written in write_plots(directory, figure or (), look):
            print(shortest(written))
        return
    write_plot(directory, to, figure or (), look)
    print(shortest(to))


def _numbers(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        from simcore.errors import UsageError

        raise UsageError(f"--limits: {text!r} is not two numbers as in 0,1") from None
    return low, high
