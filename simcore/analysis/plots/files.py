"""Figures in files: all that fit into a folder, or one file by its suffix."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from simcore.analysis.load import load
from simcore.analysis.plots.animation import animate
from simcore.analysis.plots.fitting import Fitting, fitting, of_observable, single_names
from simcore.analysis.plots.style import rendered
from simcore.config import hint
from simcore.errors import StorageError, UsageError
from simcore.storage.atomic import write_file

FOLDER = "plots"


@dataclass(frozen=True)
class Look:
    """How figures look: a colour map and limits of what is drawn in colours, dots per inch, frames a second."""

    cmap: str | None = None
    limits: tuple[float, float] | None = None
    dpi: int | None = None
    fps: int | None = None

    @property
    def colours(self) -> dict[str, Any]:
        """What is said of colours."""
        said = {"cmap": self.cmap, "limits": self.limits}
        return {key: value for key, value in said.items() if value is not None}

    def draw(self, figure: Fitting, *, named: bool) -> Figure:
        """Make a figure. Raises UsageError for colours of one that was named and has none."""
        if self.colours and named and not figure.images:
            options = " and ".join(f"--{key}" for key in self.colours)
            raise UsageError(f"{options}: the figure {figure.name} has no colour scale; fields and heatmaps have")
        return figure.draw(**self.colours) if figure.images else figure.draw()

    def rendered(self, figure: Figure, kind: str) -> bytes:
        """The bytes of a file of this kind."""
        return rendered(figure, kind, **({} if self.dpi is None else {"dpi": self.dpi}))


def write_plots(directory: Path, names: Sequence[str] = (), look: Look = Look()) -> list[Path]:
    """Write the figures that fit a run or a sweep, or those that are named, as PNG into its folder `plots`.

    Returns their paths. Raises UsageError if nothing is there to draw or no figure has such a name, and what
    `simcore.load` raises.
    """
    folder = directory / FOLDER
    with load(directory) as tree:
        figures = _chosen(directory, tree, names)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(f"{folder} cannot be made: {error.strerror}") from error
        written = []
        for figure in figures:
            written.append(folder / f"{figure.name}.png")
            write_file(written[-1], look.rendered(look.draw(figure, named=bool(names)), "png"))
    return written


def write_plot(directory: Path, to: Path, names: Sequence[str] = (), look: Look = Look()) -> None:
    """Write one file, its kind by its suffix, of the figures with these names: `series`, `field-v`, an observable, ...

    .png, .svg: one figure; it must be named, unless only one fits. .pdf: those that are named, else all that fit, a
    page each. .gif, .mp4: an animation of the snapshots of the fields that are named, else of all. .vtkhdf: the fields
    for ParaView. Raises UsageError for another suffix, and for names that do not go with it.
    """
    write = WRITERS.get(to.suffix)
    if write is None:
        raise UsageError(f"{to}: no file of this kind can be written; allowed: {', '.join(WRITERS)}")
    if not to.parent.is_dir():
        raise UsageError(f"{to}: there is no directory {to.parent}")
    write(directory, to, names, look)


def _image(directory: Path, to: Path, names: Sequence[str], look: Look) -> None:
    with load(directory) as tree:
        figures = _chosen(directory, tree, names)
        if len(figures) > 1:
            known = ", ".join(figure.name for figure in figures)
            raise UsageError(f"{to} holds one figure; name it, --figure {figures[0].name}, one of {known}")
        write_file(to, look.rendered(look.draw(figures[0], named=bool(names)), to.suffix.removeprefix(".")))


def _pages(directory: Path, to: Path, names: Sequence[str], look: Look) -> None:
    file = io.BytesIO()
    with load(directory) as tree, PdfPages(file, metadata={"CreationDate": None}) as pages:
        for figure in _chosen(directory, tree, names):
            pages.savefig(look.draw(figure, named=bool(names)), **({} if look.dpi is None else {"dpi": look.dpi}))
    write_file(to, file.getvalue())


def _movie(directory: Path, to: Path, names: Sequence[str], look: Look) -> None:
    with load(directory) as tree:
        fields = list(map(str, tree["fields"].data_vars)) if "fields" in tree.children else []
        if len(names) > 1:
            raise UsageError(f"{to}: an animation shows one field, or all; name at most one of {', '.join(fields)}")
        for name in names:
            field = name.removeprefix("field-").removeprefix("snapshots-")
            if field not in fields:
                raise UsageError(f"{to}: an animation shows a field, and none is called '{name}'; {hint(name, fields)}")
        shown = names[0].removeprefix("field-").removeprefix("snapshots-") if names else None
        animate(tree, to, shown, fps=look.fps or 8, dpi=look.dpi or 100, cmap=look.cmap, limits=look.limits)


def _vtk(directory: Path, to: Path, names: Sequence[str], look: Look) -> None:
    from simcore.analysis.vtk import write_vtk

    if names or look != Look():
        raise UsageError(f"{to} holds all fields as numbers; leave out --figure, --cmap, --limits, --dpi and --fps")
    write_vtk(directory, to)


WRITERS: Mapping[str, Callable[[Path, Path, Sequence[str], Look], None]] = {
    ".png": _image,
    ".svg": _image,
    ".pdf": _pages,
    ".gif": _movie,
    ".mp4": _movie,
    ".vtkhdf": _vtk,
}


def _chosen(directory: Path, tree: xarray.DataTree, names: Sequence[str]) -> list[Fitting]:
    """The figures with these names, else all that fit. Raises UsageError."""
    figures = fitting(tree)
    if not figures:
        raise UsageError(f"{directory}: there is nothing to draw: no series, no fields, no swept estimates")
    if not names:
        return figures
    by_name = {figure.name: figure for figure in figures}
    found = []
    for name in names:
        figure = by_name.get(name) or of_observable(tree, name)
        if figure is None:
            raise UsageError(f"no figure is called '{name}'; {hint(name, [*by_name, *single_names(tree)])}")
        found.append(figure)
    return found
