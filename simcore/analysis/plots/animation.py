"""The snapshots of a run as a film."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.animation import FFMpegWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

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
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
) -> Path:
    """Write all snapshots of the fields of a run, or of the one that is named, to `to`, and return its path.

    to: FILE.gif, or FILE.mp4 if ffmpeg is installed. fps: frames a second. dpi: pixels per inch; each
    image is about 4 inches wide. Colours keep their meaning throughout;
    normal, position, cmap and limits as in `field`. The file appears whole or not at all.

    Raises UsageError for another suffix, where ffmpeg is needed and not there, where the run kept fewer than two
    snapshots (see `output.fields`), and as `field`; StorageError if the file cannot be written.
    """
    to = Path(to)
    write = _writer(to)
    if fps < 1 or dpi < 1:
        raise UsageError(f"fps and dpi must be at least 1, not {fps} and {dpi}")
    shown = [part for array in fields_of(opened(source), name) for part in parts(array, normal, position, cmap, limits)]
    frames = min(part.values.sizes[part.moment] for part in shown)
    if frames < 2:
        raise UsageError("an animation needs two snapshots at least; output.fields.every in the experiment keeps them")
    with style():
        try:
            with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.", suffix=".tmp") as folder:
                film = Path(folder, to.name)
                write(_frames(shown, frames, dpi), film, fps)
                film.replace(to)
        except OSError as error:
            raise StorageError(f"{to}: {error.strerror or error}") from error
    return to


def _writer(to: Path) -> Callable[[Iterator[np.ndarray], Path, int], None]:
    if to.suffix == ".gif":
        return _gif
    if to.suffix != ".mp4":
        raise UsageError(f"{to}: an animation is one of {', '.join(FORMATS)}")
    if not FFMpegWriter.isAvailable():
        raise UsageError(
            f"{to}: MP4 needs the program ffmpeg, which is not installed; {to.with_suffix('.gif')} does not"
        )
    return _mp4


def _gif(frames: Iterator[np.ndarray], to: Path, fps: int) -> None:
    first, *others = (Image.fromarray(frame) for frame in frames)
    first.save(to, save_all=True, append_images=others, duration=round(1000 / fps), loop=0)


def _mp4(frames: Iterator[np.ndarray], to: Path, fps: int) -> None:
    first = next(frames)
    height, width, _ = first.shape
    given = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"]
    # An even number of pixels, and colours that every player knows.
    made = ["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white", "-pix_fmt", "yuv420p", "-c:v", "libx264"]
    command = [FFMpegWriter.bin_path(), "-loglevel", "error", "-y", *given, *made, str(to)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        try:
            for frame in itertools.chain([first], frames):
                process.stdin.write(frame.tobytes())
            process.stdin.close()
        except BrokenPipeError:
            pass  # ffmpeg has ended, and says why
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise StorageError(
            f"{to.name}: ffmpeg could not write it: {said.splitlines()[-1] if said else 'no reason given'}"
        )


def _frames(shown: list[Part], count: int, dpi: int) -> Iterator[np.ndarray]:
    """The images, uint8 (height, width, 3): all that stands still is drawn once."""
    figure, artists = _first_frame(shown)
    figure.set_dpi(dpi)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # so that nothing moves from frame to frame
    axes = [artist.axes for artist in artists]
    moments = [ax.set_title(part.when(0), loc="right", fontsize="small") for ax, part in zip(axes, shown, strict=True)]
    for moving in (*artists, *moments):
        moving.set_animated(True)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    for frame in range(count):
        canvas.restore_region(still)
        for ax, artist, moment, part in zip(axes, artists, moments, shown, strict=True):
            redraw(artist, part, frame)
            moment.set_text(part.when(frame))
            for each in (artist, *ax.spines.values(), moment):
                ax.draw_artist(each)
        yield np.asarray(canvas.buffer_rgba())[..., :3].copy()


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
