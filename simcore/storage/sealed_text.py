"""A text whose last line is a comment with its checksum: `# sha256 <64 digits>`, of all that stands before it.

By hand: `head -n -1 F | sha256sum` gives what `tail -n 1 F` shows. Who edits the text deletes that line.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from simcore.errors import StorageError

_LAST = re.compile(rb"(.*)# sha256 ([0-9a-f]{64})\n", re.DOTALL)


def sealed_text(text: str) -> bytes:
    """The bytes of a text that ends with a line end, and of its last line."""
    data = text.encode()
    return data + _last_line(data)


def read_sealed(path: Path) -> str:
    """The text without its checksum; one from which that line was deleted is taken as it is.

    Raises FileNotFoundError, and StorageError if it is not what was written.
    """
    return _checked(path, _read(path))


def verify_sealed(path: Path) -> None:
    """Compare a text with its checksum, which must be there. Raises FileNotFoundError, StorageError."""
    data = _read(path)
    _checked(path, data)
    if _LAST.fullmatch(data) is None:
        raise StorageError(f"{path}: it was edited, or cut off: its last line is no checksum")


def _checked(path: Path, data: bytes) -> str:
    found = _LAST.fullmatch(data)
    if found is not None and data == found[1] + _last_line(found[1]):
        return found[1].decode()
    last = data.removesuffix(b"\n").rpartition(b"\n")[2]
    if found is not None or last.startswith(b"#") or b"sha256" in last:
        raise StorageError(
            f"{path}: it is not what was written: its checksum, the last line, does not match. Without that line "
            "it is taken as it is"
        )
    return _decoded(path, data)


def _last_line(data: bytes) -> bytes:
    return b"# sha256 %s\n" % hashlib.sha256(data).hexdigest().encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error


def _decoded(path: Path, data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise StorageError(f"{path} is not UTF-8: byte {error.start}") from error
