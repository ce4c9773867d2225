"""The lines of a ledger: JSON objects, each of which ends with a checksum of what stands before it.

`{"done": {...}, "crc32": "5f3a0c12"}`: the CRC-32 of the line without that member. A launcher that dies may leave half
a line without a line end. Who comes next ends it with the control character CANCEL, so that it is told apart from a
whole line that was damaged later.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

CANCELLED = b"\x18\n"  # behind half a line
_SEALED = re.compile(rb'(.*), "crc32": "([0-9a-f]{8})"\}', re.DOTALL)
_CUT_OFF = re.compile(rb'.*, "crc32": "[0-9a-f]{8}"\}.', re.DOTALL)


class DamagedLineError(ValueError):
    """A line is not what was written. number: which one, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(f"line {number}")
        self.number = number


def encoded(content: dict[str, Any]) -> bytes:
    """One line, with its end."""
    text = json.dumps(content).encode()
    return text[:-1] + b', "crc32": "%08x"}\n' % zlib.crc32(text)


def decoded(text: bytes, first: int) -> Iterator[dict[str, Any]]:
    """The contents of whole lines, of which the first has the number `first`. Raises DamagedLineError."""
    for number, line in enumerate(text.split(b"\n")[:-1], first):
        if line.endswith(CANCELLED[:-1]):
            continue
        found = _SEALED.fullmatch(line)
        if found is None or zlib.crc32(found[1] + b"}") != int(found[2], 16):
            raise DamagedLineError(number)
        yield json.loads(found[1] + b"}")


def whole(text: bytes, first: int) -> bytes:
    """Without the line at the end that is still being written. Raises DamagedLineError if only its end was changed."""
    end = text.rfind(b"\n") + 1
    if _CUT_OFF.fullmatch(text[end:]):
        raise DamagedLineError(first + text[:end].count(b"\n"))
    return text[:end]
