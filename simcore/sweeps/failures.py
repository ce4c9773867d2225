"""failures.log: which points failed, when, and with what traceback; for people, and only ever added to.

The logger "simcore" gets a warning of one line for each.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from simcore.runs.log import LOGGER
from simcore.sweeps.files import FAILURES


def write_failure(directory: Path, point: str, coordinates: Mapping[str, Any], report: str) -> None:
    """Add one failure. A log that cannot be written never ends a sweep."""
    where = ", ".join(f"{name}={value}" for name, value in coordinates.items())
    lines = report.rstrip().splitlines() or [""]
    LOGGER.warning("%s: points/%s (%s) failed: %s", directory.name, point, where, lines[-1])
    moment = time.strftime("%Y-%m-%dT%H:%M:%S")
    text = "".join(f"    {line}\n" for line in lines)
    with suppress(OSError), (directory / FAILURES).open("a") as log:
        log.write(f"{moment} points/{point} ({where})\n{text}\n")
