"""Lines of a ledger or a log: JSON objects, each of which ends with a checksum of what stands before it.

`{"done": {...}, "crc32": "5f3a0c12"}`: the CRC-32 of the line without that member. A process that dies may leave half
a line without a line end. Who comes next ends it with the control character CANCEL, so that it is told apart from a
whole line that was damaged later.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

CANCELLED = b"\x18\n"  # behind half a line
_SEALED = re.compile(rb'(.*), "crc32": "([0-9a-f]{8})"\}', re.DOTALL)
_CUT_OFF = re.compile(rb'.*, "crc32": "[0-9a-f]{8}"\}.', re.DOTALL)


class DamagedLineError(ValueError):
    """A line is not what was written. number: which one, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


def encoded(content: Mapping[str, Any], *, ascii: bool = True) -> bytes:
    """One line, with its end. ascii: letters beyond ASCII by their numbers."""
    text = json.dumps(content, ensure_ascii=ascii).encode(errors="backslashreplace")
    return text[:-1] + b', "crc32": "%08x"}\n' % zlib.crc32(text)


def decoded(text: bytes, first: int) -> Iterator[dict[str, Any]]:
    """The contents of whole lines, of which the first has the number `first`. Raises DamagedLineError."""
    for number, line in enumerate(text.split(b"\n")[:-1], first):
        if is_cancelled(line):
            continue
        found = unsealed(line)
        if found is None:
            raise DamagedLineError(number)
        yield json.loads(found)


def is_cancelled(line: bytes) -> bool:
    """Whether a process died while it wrote the line."""
    return line.removesuffix(b"\n").endswith(CANCELLED[:-1])


def is_sealed(line: bytes) -> bool:
    """Whether the line ends as one with a checksum does, right or wrong."""
    return _SEALED.fullmatch(line) is not None


def unsealed(line: bytes) -> bytes | None:
    """A line without its checksum, and without its end; None if that does not match."""
    found = _SEALED.fullmatch(line)
    if found is None or zlib.crc32(found[1] + b"}") != int(found[2], 16):
        return None
    return found[1] + b"}"


def whole(text: bytes, first: int) -> bytes:
    """Without the line at the end that is still being written. Raises DamagedLineError if only its end was changed."""
    end = text.rfind(b"\n") + 1
    if _CUT_OFF.fullmatch(text[end:]):
        raise DamagedLineError(first + text[:end].count(b"\n"))
    return text[:end]
