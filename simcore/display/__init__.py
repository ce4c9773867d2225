"""What shows a run while it goes on: a terminal, a notebook, or one plain line every ten seconds."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simcore.display.base import Display


def choose() -> Display:
    """The display for the kind of standard error: terminal, notebook or plain stream."""
    if in_notebook():
        from simcore.display.notebook import Notebook

        return Notebook()
    if sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from simcore.display.terminal import Terminal

        return Terminal(sys.stderr)
    from simcore.display.lines import Lines

    return Lines(sys.stderr)


def in_notebook() -> bool:
    """Whether this is a Jupyter kernel; imports nothing for it."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")
