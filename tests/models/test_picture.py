"""Pictures as arrays: the orientation of a plot, grey values of every kind of picture, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from simcore.models.array_file import ArrayFile
from simcore.models.picture import read_picture

ROWS = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)  # two rows from above, three columns
AS_DRAWN = np.array([[153, 0], [204, 51], [255, 102]]) / 255.0  # [x, y], y upwards


@pytest.fixture
def saved(tmp_path):
    def save(pixels, mode=None, name="p.png", **how):
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        (image if mode is None else image.convert(mode)).save(tmp_path / name, **how)
        return tmp_path / name

    return save


def test_the_pixel_below_on_the_left_is_cell_0_0(saved):
    assert np.array_equal(read_picture(saved(ROWS)), AS_DRAWN)


def test_it_is_drawn_as_it_looks(saved):
    """`simcore plot` draws values.T with the origin below, see simcore/analysis/plots/panel.py."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(3, 2), dpi=1)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    axes.imshow(read_picture(saved(ROWS)).T, origin="lower", cmap="gray", vmin=0, vmax=1, aspect="auto")
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())[..., 0]
    plt.close(figure)
    assert np.array_equal(drawn, ROWS)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_grey_is_the_same_in_every_kind_of_picture(saved, mode):
    assert np.array_equal(read_picture(saved(ROWS, mode)), AS_DRAWN)


@pytest.mark.parametrize("name", ["p.bmp", "p.tif", "p.tiff"])
def test_other_files_without_loss(saved, name):
    assert np.array_equal(read_picture(saved(ROWS, name=name)), AS_DRAWN)


def test_one_bit_and_sixteen_bits(saved):
    black_and_white = np.array([[True, False, True], [False, False, True]])
    assert np.array_equal(read_picture(saved(black_and_white)), black_and_white[::-1].T)
    deep = np.array([[0, 1, 65535], [2, 256, 40000]], np.uint16)
    assert np.array_equal(read_picture(saved(deep)), deep[::-1].T / 65535.0)


def test_a_colour_is_its_luminance(saved):
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)
    last = (299 * 10 + 587 * 20 + 114 * 30) / 255000.0
    assert np.array_equal(read_picture(saved(colours)), [[0.114, 0.299], [last, 0.587]])


def test_the_turn_that_a_camera_notes_is_made(saved):
    exif = Image.Exif()
    exif[0x0112] = 3  # by 180 degrees
    path = saved(np.kron(ROWS, np.ones((8, 8), np.uint8)), name="p.jpg", exif=exif, quality=100)
    assert np.allclose(read_picture(path)[4::8, 4::8], AS_DRAWN[::-1, ::-1], atol=0.02)


@settings(max_examples=30, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_every_grey_picture_is_read_exactly(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("p") / "p.png"
    Image.fromarray(rows).save(path)
    assert np.array_equal(np.rint(read_picture(path) * 255).T[::-1], rows)


def test_scale_gives_the_values_of_black_and_white(saved):
    path = saved(ROWS)
    file = ArrayFile.read({"file": str(path), "scale": [-1, 3]})
    values = file.load((3, 2))
    assert np.allclose(values, -1 + 4 * AS_DRAWN, rtol=0, atol=1e-15)
    assert (values.min(), values.max()) == (-1.0, 3.0)
    assert ArrayFile.read(file.keys()) == file


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image.new("RGBA", (3, 2), (1, 2, 3, 254)), "partly transparent; save it without an alpha channel"),
        (Image.new("CMYK", (3, 2)), "colours are of the kind CMYK; save it as grey or RGB"),
        (Image.new("F", (3, 2)), "colours are of the kind F; save it as grey or RGB"),
    ],
)
def test_what_has_no_grey_values_is_refused(saved, image, words):
    with pytest.raises(ValueError, match=words):
        read_picture(saved(image, name="p.tif"))


def test_sixteen_bits_per_colour_are_refused(tmp_path):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header, row = struct.pack(">IIBBBBB", 1, 1, 16, 2, 0, 0, 0), b"\0" + struct.pack(">HHH", 1, 2, 3)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(row)), chunk(b"IEND", b"")
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    with pytest.raises(ValueError, match="16 bits per colour"):
        read_picture(tmp_path / "p.png")


def test_several_pictures_in_one_file_are_refused(tmp_path):
    Image.new("L", (3, 2)).save(tmp_path / "p.tif", save_all=True, append_images=[Image.new("L", (3, 2))])
    with pytest.raises(ValueError, match="several pictures"):
        read_picture(tmp_path / "p.tif")


@pytest.mark.parametrize("cut", [0, 7, 20, 40, 60, 150, 250])
def test_a_damaged_picture_is_one_line(saved, cut):
    path = saved(np.random.default_rng(1).integers(0, 256, (16, 16), np.uint8))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises((ValueError, OSError)) as error:
        read_picture(path)
    assert str(error.value)


def test_a_picture_of_another_size_is_not_decoded(saved):
    assert read_picture(saved(ROWS), (2, 3)).shape == (3, 2)
