"""Figures in files: all that fit into a folder, or one file by its suffix."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import xarray
from matplotlib.backends.backend_pdf import PdfPages

from simcore.analysis.load import load
from simcore.analysis.plots.animation import animate
from simcore.analysis.plots.fitting import Fitting, fitting, of_observable
from simcore.analysis.plots.style import rendered
from simcore.config import hint
from simcore.errors import StorageError, UsageError
from simcore.storage.atomic import write_file

FOLDER = "plots"


def write_plots(directory: Path) -> list[Path]:
    """Write the figures that fit a run or a sweep as PNG into its folder `plots`, and return their paths.

    Raises UsageError if nothing is there to draw, and what `simcore.load` raises.
    """
    folder = directory / FOLDER
    with load(directory) as tree:
        figures = _figures(directory, fitting(tree))
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder} cannot be made: {error.strerror}") from error
        written = []
        for figure in figures:
            written.append(folder / f"{figure.name}.png")
            write_file(written[-1], rendered(figure.draw(), "png"))
    return written


def write_plot(directory: Path, to: Path) -> None:
    """Write one file, its kind by its suffix.

    .png, .svg: the figure that the file is called after (`series`, `field-v`, `estimates`, ..., or an observable), else
    the first that fits. .pdf: the same, else all that fit, a page each. .gif, .mp4: an animation of the snapshots.
    .vtkhdf: the fields for ParaView. Raises UsageError for another suffix, and for a file called after a field of which
    there is none.
    """
    write = WRITERS.get(to.suffix)
    if write is None:
        raise UsageError(f"{to}: no file of this kind can be written; allowed: {', '.join(WRITERS)}")
    if not to.parent.is_dir():
        raise UsageError(f"{to}: there is no directory {to.parent}")
    write(directory, to)


def _image(directory: Path, to: Path) -> None:
    with load(directory) as tree:
        write_file(to, rendered(_called(directory, tree, to)[0].draw(), to.suffix.removeprefix(".")))


def _pages(directory: Path, to: Path) -> None:
    file = io.BytesIO()
    with load(directory) as tree, PdfPages(file, metadata={"CreationDate": None}) as pages:
        for figure in _called(directory, tree, to):
            pages.savefig(figure.draw())
    write_file(to, file.getvalue())


def _movie(directory: Path, to: Path) -> None:
    with load(directory) as tree:
        names = list(map(str, tree["fields"].data_vars)) if "fields" in tree.children else []
        animate(tree, to, to.stem if to.stem in names else None)


def _vtk(directory: Path, to: Path) -> None:
    from simcore.analysis.vtk import write_vtk

    write_vtk(directory, to)


WRITERS: Mapping[str, Callable[[Path, Path], None]] = {
    ".png": _image,
    ".svg": _image,
    ".pdf": _pages,
    ".gif": _movie,
    ".mp4": _movie,
    ".vtkhdf": _vtk,
}


def _figures(directory: Path, figures: list[Fitting]) -> list[Fitting]:
    if not figures:
        raise UsageError(f"{directory}: there is nothing to draw: no series, no fields, no swept estimates")
    return figures


def _called(directory: Path, tree: xarray.DataTree, to: Path) -> list[Fitting]:
    """The figure that the file is called after, else all; a name that says `field-` must be one."""
    figures = _figures(directory, fitting(tree))
    named = [figure for figure in (*figures, of_observable(tree, to.stem)) if figure and figure.name == to.stem]
    if not named and to.stem.partition("-")[0] in ("field", "snapshots", "spacetime"):
        raise UsageError(f"{to}: no figure is called '{to.stem}'; {hint(to.stem, [each.name for each in figures])}")
    return named or figures
