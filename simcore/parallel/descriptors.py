"""Descriptors 0 to 2 belong to the standard streams, also in a process that was started without them.

`command >&-` starts a process whose descriptor 1 is free. The next pipe that is opened gets that number, and whoever
then writes to "standard output" writes into the pipe.
"""

from __future__ import annotations

import os

_STANDARD = (0, 1, 2)


def occupy_standard() -> None:
    """Open /dev/null in place of each standard descriptor that is closed; programs that are started inherit it."""
    for number in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            _open_null(number)


def _open_null(number: int) -> None:
    found = os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
    if found != number:  # another thread opened something in between
        os.dup2(found, number)
        os.close(found)
    os.set_inheritable(number, True)
