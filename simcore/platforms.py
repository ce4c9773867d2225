"""Where simcore runs."""

from __future__ import annotations

import sys

from simcore.errors import UsageError


def refuse_windows() -> None:
    """Raise a `UsageError` of one line on Windows, which lacks the shared descriptors and the signals we rest on."""
    if sys.platform == "win32":
        raise UsageError("simcore runs on Linux and macOS, not on Windows; there, use it inside WSL")
