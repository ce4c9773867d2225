"""Snapshots as a film."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import xarray
from matplotlib.animation import FFMpegWriter
from PIL import Image

from simcore import plots
from simcore.errors import StorageError, UsageError


@pytest.fixture
def moving() -> xarray.Dataset:
    """A bright cell that goes from left to right."""
    values = np.zeros((5, 8, 8))
    for frame in range(5):
        values[frame, frame + 1, 4] = 1.5
    return xarray.Dataset({"u": (("time", "x", "y"), values)}, {"time": np.arange(5.0), "x": range(8), "y": range(8)})


def test_a_gif_has_a_frame_for_each_snapshot_and_all_differ(moving, tmp_path):
    assert plots.animate(moving, tmp_path / "u.gif", fps=5) == tmp_path / "u.gif"
    with Image.open(tmp_path / "u.gif") as film:
        assert (film.n_frames, film.info["duration"]) == (5, 200)
        frames = set()
        for number in range(5):
            film.seek(number)
            frames.add(film.convert("RGB").tobytes())
    assert len(frames) == 5
    assert [path.name for path in tmp_path.iterdir()] == ["u.gif"]


def test_half_the_pixels_per_inch_are_half_as_many_along_each_side(moving, tmp_path):
    with Image.open(plots.animate(moving, tmp_path / "u.gif")) as film:
        width, height = film.size
    with Image.open(plots.animate(moving, tmp_path / "small.gif", dpi=50)) as film:
        assert film.size == pytest.approx((width / 2, height / 2), abs=1)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_an_mp4_is_one(moving, tmp_path):
    plots.animate(moving, tmp_path / "u.mp4")
    assert (tmp_path / "u.mp4").read_bytes()[4:8] == b"ftyp"


def test_without_ffmpeg_an_mp4_is_refused_and_a_gif_is_offered(moving, tmp_path, monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    with pytest.raises(UsageError, match=r"MP4 needs the program ffmpeg, which is not installed; .*u\.gif does not"):
        plots.animate(moving, tmp_path / "u.mp4")


def test_another_suffix_is_refused(moving, tmp_path):
    with pytest.raises(UsageError, match=r"an animation is one of \.gif, \.mp4"):
        plots.animate(moving, tmp_path / "u.avi")


def test_one_snapshot_does_not_move(moving, tmp_path):
    with pytest.raises(UsageError, match=r"two snapshots at least; output\.fields\.every"):
        plots.animate(moving.isel(time=[0]), tmp_path / "u.gif")


def test_a_file_that_cannot_be_written_is_an_error_of_storage(moving, tmp_path):
    with pytest.raises(StorageError, match=r"nowhere/u\.gif: No such file or directory"):
        plots.animate(moving, tmp_path / "nowhere" / "u.gif")
