"""A picture as an array over x and y: its grey values, from 0 (black) to 1 (white)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

ENDINGS = (".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff")
_LUMINANCE = (299, 587, 114)  # of red, green, blue, in thousandths: ITU-R BT.601
_GREY = {"1": 1.0, "L": 255.0, "I;16": 65535.0, "I;16L": 65535.0, "I;16B": 65535.0, "I": 65535.0}
"""The white of each mode of Pillow; `I` is what its older versions make of 16 bits."""
_COLOUR = ("RGB", "RGBA", "LA", "PA", "P")
_PNG_DEPTH = 24  # where the bits per channel stand in a PNG file; the kind of its colours follows


def read_picture(path: Path | str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """The grey values of a picture, float64 over [x, y], as it is seen: y upwards, x to the right.

    Args:
        path: of a file that ends in one of `ENDINGS`.
        shape: what the array must have, [columns, rows] of the picture (None: any). A picture of another size is not
            decoded: zeros of its size are returned.

    Returns:
        Of a picture of W columns and H rows, the array [W, H]; the pixel in column c of row r from above is at
        [c, H - 1 - r]. A colour is its luminance (299 R + 587 G + 114 B)/1000.

    Raises:
        ValueError: it cannot be read, is partly transparent, or its values have no fixed white.

    >>> import numpy as np, tempfile, PIL.Image
    >>> with tempfile.NamedTemporaryFile(suffix=".png") as file:
    ...     PIL.Image.fromarray(np.array([[0, 51], [102, 255]], np.uint8)).save(file.name)
    ...     read_picture(file.name).tolist()
    [[0.4, 0.0], [1.0, 0.2]]
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            turned = ImageOps.exif_transpose(image) if image.getexif().get(0x0112, 1) != 1 else image
            if shape is not None and turned.size != tuple(shape):
                return np.broadcast_to(np.zeros(()), turned.size)
            if getattr(image, "n_frames", 1) > 1:
                raise ValueError("it holds several pictures; save one of them")
            rows = _grey(turned, Path(path))
    except UnidentifiedImageError:
        raise ValueError("it is no picture") from None
    except (ValueError, OSError, MemoryError):
        raise
    except Exception as error:  # of a damaged file Pillow's decoders raise anything
        raise ValueError(f"it cannot be decoded: {error}") from None
    return np.ascontiguousarray(rows[::-1].T)


def _grey(image: Any, path: Path) -> np.ndarray:
    """Rows from above, of values from 0 to 1."""
    if image.mode in _GREY and "transparency" not in image.info:
        return np.asarray(image, float) / _GREY[image.mode]
    if image.mode not in (*_COLOUR, *_GREY):
        raise ValueError(f"its colours are of the kind {image.mode}; save it as grey or RGB")
    if path.suffix.lower() == ".png" and _sixteen_bits_of_colour(path):
        raise ValueError("it has 16 bits per colour; save it as grey, or with 8 bits per colour")
    pixels = np.asarray(image.convert("RGBA"), np.int64)
    if (pixels[..., 3] != 255).any():
        raise ValueError("it is partly transparent; save it without an alpha channel")
    return (pixels[..., :3] @ np.array(_LUMINANCE)) / (1000.0 * 255.0)


def _sixteen_bits_of_colour(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_PNG_DEPTH + 2)
    return header[_PNG_DEPTH] == 16 and header[_PNG_DEPTH + 1] != 0
