"""The snapshots of a run as a film."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.figure import Figure

from simcore.analysis.plots.colours import bar
from simcore.analysis.plots.panel import draw, height_of, redraw
from simcore.analysis.plots.parts import Part, fields_of, parts, space
from simcore.analysis.plots.source import opened
from simcore.analysis.plots.style import panels, style
from simcore.errors import StorageError, UsageError

if TYPE_CHECKING:
    from simcore.analysis.plots.source import Source

FORMATS = (".gif", ".mp4")


def animate(
    source: Source,
    to: str | os.PathLike[str],
    name: str | None = None,
    *,
    fps: int = 8,
    dpi: int = 100,
    normal: str | None = None,
    position: float | None = None,
) -> Path:
    """Write all snapshots of the fields of a run, or of the one that is named, to `to`, and return its path.

    to: FILE.gif, or FILE.mp4 if ffmpeg is installed. fps: frames a second. dpi: pixels per inch; each
    image is about 4 inches wide. Colours keep their meaning throughout;
    normal and position as in `field`. The file appears whole or not at all.

    Raises UsageError for another suffix, where ffmpeg is needed and not there, where the run kept fewer than two
    snapshots (see `output.fields`), and as `field`; StorageError if the file cannot be written.
    """
    to = Path(to)
    writer = _writer(to, fps)
    shown = [part for array in fields_of(opened(source), name) for part in parts(array, normal, position)]
    frames = min(part.values.sizes[part.moment] for part in shown)
    if frames < 2:
        raise UsageError("an animation needs two snapshots at least; output.fields.every in the experiment keeps them")
    with style():
        try:
            with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.", suffix=".tmp") as folder:
                film = Path(folder, to.name)
                _film(shown, frames, writer, film, dpi)
                film.replace(to)
        except OSError as error:
            raise StorageError(f"{to}: {error.strerror or error}") from error
    return to


def _writer(to: Path, fps: int) -> AbstractMovieWriter:
    if to.suffix == ".gif":
        return PillowWriter(fps=fps)
    if to.suffix != ".mp4":
        raise UsageError(f"{to}: an animation is one of {', '.join(FORMATS)}")
    if not FFMpegWriter.isAvailable():
        raise UsageError(
            f"{to}: MP4 needs the program ffmpeg, which is not installed; {to.with_suffix('.gif')} does not"
        )
    # An even number of pixels, and colours that every player knows.
    options = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p"]
    return FFMpegWriter(fps=fps, codec="libx264", extra_args=options)


def _film(shown: list[Part], frames: int, writer: AbstractMovieWriter, to: Path, dpi: int) -> None:
    figure, artists = _first_frame(shown)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # so that nothing moves from frame to frame
    with writer.saving(figure, str(to), dpi):
        for frame in range(frames):
            for artist, part in zip(artists, shown, strict=True):
                redraw(artist, part, frame)
                artist.axes.set_title(part.when(frame), loc="right", fontsize="small")
            writer.grab_frame()


def _first_frame(shown: list[Part]) -> tuple[Figure, list]:
    flat = all(len(space(part.values)) == 1 for part in shown)
    rows, columns = (len(shown), 1) if flat else (1, len(shown))
    height = 2.2 if flat else 0.6 + max(height_of(part, 3.2) for part in shown)
    figure, axes = panels(rows, columns, width=5.0 if flat else 4.2, height=height, images=not flat)
    artists = []
    for ax, part in zip(axes.flat, shown, strict=True):
        artists.append(draw(ax, part, 0))
        if not flat:
            bar(ax, part.scale)
        ax.set_title(part.title)
    return figure, artists
